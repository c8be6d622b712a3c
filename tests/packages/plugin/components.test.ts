import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { renderOutputs } from "../../../stack/outputs";
import { Collector, type CollectorArgs } from "../../../packages/plugin/collector";
import { refusedSettings } from "../../../packages/plugin/settings";
import { TempoStack, type TempoStackArgs } from "../../../packages/plugin/tempoStack";
import { readStackConfig } from "../../../tools/offline/project";
import { promiseOf } from "../../examples/support/program";
import { planOf, ROOT, sectionOf, settingsOf } from "../../stack/program/stacks";

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: unknown;
}

/** Registers a component where Pulumi would: in a project and a stack. */
async function register<T>(make: () => T): Promise<{ component: T; resources: Registered[] }> {
  const resources: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, custom }) => {
        resources.push({ type, name, inputs });
        return { ...(custom === true ? { id: undefined } : { id: `${name}-id` }), state: inputs as object };
      },
      call: ({ token }) => {
        throw new Error(`the component calls ${token}`);
      },
    },
    "tempo",
    "prod",
    true,
  );
  const component = make();
  await pulumi.runtime.disconnect();
  return { component, resources };
}

/** The settings of a stack as arguments: what is written in its files, without what is absent. */
function argumentsOf(stack: string): TempoStackArgs {
  const { values } = readStackConfig(ROOT, stack);
  const given = Object.entries(values).flatMap(([key, text]): [string, unknown][] => {
    const value: unknown = /^[[{]/.test(text) ? JSON.parse(text) : /^(true|false)$/.test(text) ? text === "true" : text;
    const isAbsent = value === "" || (typeof value === "object" && Object.keys(value ?? {}).length === 0);
    return isAbsent ? [] : [[key.replace(/^tempo:/, ""), value]];
  });
  return Object.fromEntries(given) as unknown as TempoStackArgs;
}

const byName = ({ name: a }: Registered, { name: b }: Registered): number => (a < b ? -1 : 1);

describe("TempoStack", () => {
  it("registers what the stack registers, under its own name", async () => {
    const { resources } = await register(() => new TempoStack("traces", argumentsOf("prod")));
    const { resources: planned } = await planOf("prod");
    const [component, ...below] = resources;
    assert.deepEqual([component?.type, component?.name], ["tempo:index:TempoStack", "traces"]);
    // In Grafana the names are those that the preflight looks for.
    const isPrefixed = (type: string) => !type.startsWith("grafana:");
    assert.deepEqual(
      below.sort(byName),
      planned
        .map(({ type, name, inputs }) => ({ type, name: isPrefixed(type) ? `traces-${name}` : name, inputs }))
        .sort(byName),
    );
  });

  it("has the outputs of the stack", async () => {
    const args = argumentsOf("local") as unknown as Record<string, unknown>;
    delete args["allowedKubeContexts"];
    const { component } = await register(() => new TempoStack("traces", { ...args, kubeContext: "kind-a" }));
    const expected = renderOutputs(settingsOf("local"), "tempo.prod");
    for (const [name, value] of Object.entries(expected)) {
      assert.deepEqual(await promiseOf<unknown>(Reflect.get(component, name) as pulumi.Output<unknown>), value, name);
    }
  });

  it("refuses wrong arguments with the errors of the configuration, all at once, before it registers anything below", async () => {
    let error: unknown;
    const args = { kubeContext: "a", retention: "72", volume: { sise: "1Gi" } };
    const { resources } = await register(() => {
      try {
        new TempoStack("traces", args as TempoStackArgs);
      } catch (thrown) {
        error = thrown;
      }
    });
    assert.ok(pulumi.RunError.isInstance(error));
    assert.match(error.message, /^2 problems in the configuration of stack "prod"; nothing was changed:/);
    assert.match(error.message, /- traces:volume\.sise: an unknown key\. Did you mean size\?/);
    assert.match(error.message, /- traces:retention = "72": not a duration\./);
    assert.deepEqual(
      resources.map(({ type }) => type),
      ["tempo:index:TempoStack"],
    );
  });

  it("refuses outputs, by the path of each", async () => {
    await register(() => {
      const args = {
        kubeContext: "a",
        retention: pulumi.output("72h"),
        networkPolicy: { query: [{ namespace: pulumi.secret("a") }] },
      } as unknown as TempoStackArgs;
      assert.throws(() => new TempoStack("traces", args), {
        message:
          /\n {2}- retention: an output\. Write a plain value\.\n {2}- networkPolicy\.query\[0\]\.namespace: an output/,
      });
    });
  });

  for (const [path, reason] of Object.entries(refusedSettings)) {
    it(`refuses ${path}, and says why`, async () => {
      const [last = "", ...around] = path.split(".").reverse();
      const given = around.reduce<unknown>((below, key) => ({ [key]: below }), { [last]: "hunter2-canary" });
      await register(() => {
        const args = { kubeContext: "a", ...(given as object) };
        assert.throws(
          () => new TempoStack("traces", args),
          ({ message }: Error) => message.includes(`- ${path}: ${reason}.`) && !message.includes("hunter2-canary"),
        );
      });
    });
  }
});

describe("Collector", () => {
  const { kubeContext, ...section } = sectionOf("prod", "collector");
  const args = { ...section, kubeContext, endpoint: "https://tempo-otlp.tail8d86e.ts.net" } as CollectorArgs;
  /** In order of their names, without the names. */
  const inputsIn = (resources: readonly Registered[], type: RegExp) =>
    resources
      .filter((resource) => type.test(resource.type))
      .map(({ inputs }) => JSON.stringify(inputs))
      .sort();

  for (const [title, endpoint] of Object.entries({
    "a text": args.endpoint,
    "an output of another stack": pulumi.output(args.endpoint),
  })) {
    it(`registers what the stack registers for it, with ${title} as its endpoint`, async () => {
      const { component, resources } = await register(() => new Collector("ringtail", { ...args, endpoint }));
      assert.equal(await promiseOf(component.otlpHttpEndpoint), "");
      assert.equal(await promiseOf(component.namespace), "alloy");
      const { resources: planned } = await planOf("prod");
      const inCollector = planned.filter(({ parent }) => parent === "tempo:collector:Collector::collector");
      assert.ok(inCollector.length >= 6);
      assert.deepEqual(inputsIn(resources, /^kubernetes:/), inputsIn(inCollector, /^kubernetes:/));
    });
  }

  it("refuses wrong arguments with the errors of the configuration", async () => {
    await register(() => {
      assert.throws(() => new Collector("ringtail", { ...args, services: [] }), {
        message: /- ringtail:collector\.services = \[\]: empty\. Write at least one service\./,
      });
    });
  });
});
