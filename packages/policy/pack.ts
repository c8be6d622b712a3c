import * as pulumi from "@pulumi/pulumi";
import { PolicyPack, type ResourceValidationArgs } from "@pulumi/policy";
import { policies } from "./rules";

/**
 * The same rules for the engine: `pulumi preview --policy-pack packages/policy`, and `pulumi up` likewise. A violation stops
 * both; `--policy-pack-config` can make a rule `advisory` or `disabled`.
 */
new PolicyPack("tempo", {
  enforcementLevel: "mandatory",
  policies: policies.map(({ name, description, check }) => ({
    name,
    description,
    validateResource: ({ type, name: resource, urn, props, opts }: ResourceValidationArgs, report) => {
      const checked = { type, name: resource, parentType: parentTypeOf(urn), inputs: props, protect: opts.protect };
      for (const message of check(checked, { stack: pulumi.getStack() })) report(message);
    },
  })),
});

/** The type of the component: a URN has the types of a resource and of all that it is a part of. */
function parentTypeOf(urn: string): string | undefined {
  return urn.split("::")[2]?.split("$").at(-2);
}
