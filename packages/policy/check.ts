import type { CheckedResource, PolicyContext } from "./rules/types";
import { policies } from "./rules";

export interface Violation {
  readonly policy: string;
  /** Type and name of the resource. */
  readonly resource: string;
  readonly message: string;
}

/** What a planned resource has that a policy needs. */
interface Planned extends Omit<CheckedResource, "parentType"> {
  /** `type::name` of the component that it is a part of. */
  readonly parent?: string;
}

/** Holds every policy against every resource of a plan. */
export function checkPlan(resources: readonly Planned[], context: PolicyContext): Violation[] {
  return resources.flatMap((planned) => {
    const resource = { ...planned, parentType: planned.parent?.split("::")[0] };
    return policies.flatMap((policy) =>
      policy
        .check(resource, context)
        .map((message) => ({ policy: policy.name, resource: `${planned.type}  ${planned.name}`, message })),
    );
  });
}

/** For people: one line for each violation, or that there is none. */
export function renderViolations(violations: readonly Violation[]): string {
  if (violations.length === 0) return `Policies: all ${policies.length} hold.`;
  const lines = violations.map(({ policy, resource, message }) => `  ${policy}: ${resource}: ${message}.`);
  return ["Policies that do not hold (docs/decisions/policies.md):", ...lines].join("\n");
}
