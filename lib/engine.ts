import * as pulumi from "@pulumi/pulumi";

/** Whether an engine runs the program. Without one the SDK's mocks do (tools/preview/index.ts, tests), and nothing is live. */
export function hasEngine(): boolean {
  // Not runtime.hasEngine(), which says no until something was logged.
  return pulumi.runtime.getEngine() !== undefined;
}

/** The run of which a check is a part. */
export interface Engine {
  readonly project: string;
  readonly stack: string;
  readonly isPreview: boolean;
  info(text: string): Promise<void>;
  warn(text: string): Promise<void>;
  /** What this stack's state has. */
  resources(): Promise<readonly StateResource[]>;
}

/** A resource as a stack's state has it. */
export interface StateResource {
  readonly type: string;
  readonly name: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** The engine that runs the program; undefined without one. */
export function currentEngine(): Engine | undefined {
  if (!hasEngine()) return undefined;
  let state: Promise<StateResource[]> | undefined;
  return {
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    isPreview: pulumi.runtime.isDryRun(),
    info: (text) => pulumi.log.info(text),
    warn: (text) => pulumi.log.warn(text),
    // A backend on the network gives all of it out for every question.
    resources: () => (state ??= readState()),
  };
}

/** A program does not get its previous state, but the engine answers for any stack by its name, this one included. */
async function readState(): Promise<StateResource[]> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName })) as {
    outputs: Record<string, { type: string; outputs?: Record<string, unknown> }>;
  };
  return Object.entries(outputs).map(([urn, { type, outputs: values = {} }]) => ({
    type,
    name: nameOf(urn),
    outputs: values,
  }));
}

/** `urn:pulumi:<stack>::<project>::<types>::<name>`, of which the name alone may have `::` in it. */
function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
