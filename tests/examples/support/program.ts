/** Programs of the examples, on the SDK's mocks instead of an engine. */
import * as pulumi from "@pulumi/pulumi";
import { renderOutputs, type TempoOutputs } from "../../../stack/outputs";
import { settingsOf } from "../../stack/program/stacks";

/** What Tempo's stack `prod` exports, but for what follows from a Grafana. */
export const outputs: TempoOutputs = {
  ...renderOutputs(settingsOf("prod"), "tempo.prod"),
  dashboardUrls: { services: "https://grafana.ops.eblu.me/d/tempo-services" },
};

export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface Run {
  readonly resources: readonly Registered[];
  readonly exports: Readonly<Record<string, unknown>>;
}

/**
 * Runs a program from the beginning.
 * @param path its file
 * @param config its settings, without the project's prefix
 * @param referred the outputs of the stack that it refers to
 * @throws what an output of its exports is rejected with
 */
export async function runProgram(
  path: string,
  config: Readonly<Record<string, string>>,
  referred: Readonly<Record<string, unknown>>,
): Promise<Run> {
  const resources: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const given = inputs as Record<string, unknown>;
        resources.push({ type, name, inputs: given });
        const isReference = type === "pulumi:pulumi:StackReference";
        const state = isReference ? { ...given, outputs: referred, secretOutputNames: [] } : withName(name, given);
        return { id: `${name}-id`, state };
      },
      call: ({ token }) => {
        throw new Error(`the program calls ${token}`);
      },
    },
    "hermes",
    "test",
    false,
  );
  pulumi.runtime.setAllConfig(
    Object.fromEntries(Object.entries(config).map(([key, value]) => [`hermes:${key}`, value])),
  );
  // Its resources are registered when it is loaded.
  Reflect.deleteProperty(require.cache, require.resolve(path));
  // oxlint-disable-next-line typescript/no-require-imports
  const exported = require(path) as Record<string, pulumi.Input<unknown>>;
  const settled = await Promise.allSettled(Object.values(exported).map((value) => promiseOf(value)));
  await pulumi.runtime.disconnect();
  const failed = settled.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  const values = settled.map((result) => (result as PromiseFulfilledResult<unknown>).value);
  return { resources, exports: Object.fromEntries(Object.keys(exported).map((key, index) => [key, values[index]])) };
}

/** An object without a name gets one, as Pulumi does it. */
function withName(name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  return { ...inputs, metadata: { name: `${name}-5e1f`, ...(inputs["metadata"] as object | undefined) } };
}

/** The value of an output; an output has a promise, which the SDK's typings leave out. */
export function promiseOf<T>(value: pulumi.Input<T>): Promise<T> {
  return (pulumi.output(value) as unknown as { promise(): Promise<T> }).promise();
}
