/** The project's own stacks, as they are committed and with changes, for tests. */
import { ROOT } from "../../../lib/root";
import { parseSettings } from "../../../stack/settings";
import type { Settings, TailnetSettings } from "../../../components/contracts/settings";
import { readStackConfig, type StackConfig } from "../../../tools/offline/project";
import { planStack, type Plan, type PlannedResource, type RunOptions } from "../../../tools/offline/run";

// The tests say themselves which credential there is; that of somebody's shell would stand in every plan.
delete process.env["GRAFANA_AUTH"];

/** The project's folder. */
export { ROOT };

/** Settings by their keys without the project's prefix: a text as it is, anything else as JSON; undefined removes. */
export type Changes = Readonly<Record<string, unknown>>;

const read = new Map<string, StackConfig>();

/** A stack's configuration as it is committed: read once, since hundreds of tests ask for it. */
function committed(stack: string): StackConfig {
  const config = read.get(stack) ?? readStackConfig(ROOT, stack);
  read.set(stack, config);
  return config;
}

/** A stack's configuration, with changes. A section that is given replaces the stack's. */
export function configOf(stack: string, changes: Changes = {}, secretKeys: readonly string[] = []): StackConfig {
  const config = committed(stack);
  const values = new Map(Object.entries(config.values));
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) values.delete(`${config.project}:${key}`);
    else values.set(`${config.project}:${key}`, typeof value === "string" ? value : JSON.stringify(value));
  }
  return {
    ...config,
    values: Object.fromEntries(values),
    secretKeys: secretKeys.map((key) => `${config.project}:${key}`),
  };
}

/** The stack's own value of a section, for changes within it. */
export function sectionOf(stack: string, key: string): Record<string, unknown> {
  const { project, values } = committed(stack);
  return JSON.parse(values[`${project}:${key}`] ?? "{}") as Record<string, unknown>;
}

/** Plans a stack, with changes of its configuration. */
export async function planOf(
  stack: string,
  changes: Changes = {},
  { secretKeys = [], ...options }: RunOptions & { readonly secretKeys?: readonly string[] } = {},
): Promise<Plan> {
  return planStack(configOf(stack, changes, secretKeys), options);
}

/** Parsed settings of a stack with changes, for renderers. The tailnet counts as a secret, so that credentials pass. */
export function settingsOf(stack: string, changes: Changes = {}): Settings {
  const { project, values } = configOf(stack, changes);
  return parseSettings(values, project, stack, (key) => key === "tailnet");
}

/** Settings of a stack that is on the tailnet, and their section for it. */
export function tailnetSettingsOf(section: Changes = {}): { settings: Settings; tailnet: TailnetSettings } {
  const settings = settingsOf("prod", { tailnet: { ...sectionOf("prod", "tailnet"), ...section } });
  if (!settings.tailnet) throw new Error("the stack prod has no tailnet");
  return { settings, tailnet: settings.tailnet };
}

/** The one resource of a name. */
export function resourceOf(plan: Plan, name: string): PlannedResource {
  const [found, ...more] = plan.resources.filter((resource) => resource.name === name);
  if (!found || more.length > 0) {
    const names = plan.resources.map((resource) => resource.name).join(", ");
    throw new Error(`not exactly one resource ${name} among ${names}`);
  }
  return found;
}

/** Resources without their inputs: what they are and with which options. */
export function optionsOf(plan: Plan): Omit<PlannedResource, "inputs">[] {
  return plan.resources.map((resource) => without(resource, "inputs"));
}

/** A copy without some of its keys. */
export function without<T extends object, K extends keyof T>(value: T, ...keys: readonly K[]): Omit<T, K> {
  const kept = Object.entries(value).filter(([key]) => !(keys as readonly PropertyKey[]).includes(key));
  return Object.fromEntries(kept) as Omit<T, K>;
}

/** The provider resources of a plan that take over objects which exist; the SDK hands their settings over as JSON. */
export function adoptingProviders(plan: Plan): string[] {
  return plan.resources.filter(({ inputs }) => inputs["upsertExistingObjects"] === "true").map(({ name }) => name);
}

/** The cluster that each Kubernetes provider of a plan means; an empty text is as good as none. */
export function clustersOf(plan: Plan): Record<string, { context?: unknown; kubeconfig?: unknown }> {
  const providers = plan.resources.filter(({ type }) => type === "pulumi:providers:kubernetes");
  return Object.fromEntries(
    providers.map(({ name, inputs: { context, kubeconfig } }) => [
      name,
      {
        ...(context !== undefined && { context }),
        ...(kubeconfig !== undefined && kubeconfig !== "" && { kubeconfig }),
      },
    ]),
  );
}

/** Runs something while environment variables have other values; undefined unsets. */
export async function withEnvironment<T>(
  changes: Readonly<Record<string, string | undefined>>,
  run: () => Promise<T>,
): Promise<T> {
  const set = (values: Readonly<Record<string, string | undefined>>): void => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  };
  const before = Object.fromEntries(Object.keys(changes).map((name) => [name, process.env[name]]));
  set(changes);
  try {
    return await run();
  } finally {
    set(before);
  }
}
