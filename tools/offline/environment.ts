import { fullKey, type Declarations } from "./merge";
import type { Value } from "./yaml";

/**
 * The environments of Pulumi ESC that a stack's file names. Pulumi Cloud alone can open them, so an offline plan cannot
 * know what they say; it knows what they may say: the CLI lets an environment set what the stack's file leaves out, before
 * a default of Pulumi.yaml, and the fields that a section of the stack's file leaves out.
 */
export interface Environment {
  /** Names of the environments; none where the stack's file has a definition of its own without imports. */
  readonly imports: readonly string[];
  /** Keys of Pulumi.yaml of which nothing is known. */
  readonly absent: readonly string[];
  /** Sections of the stack's file, of which what they leave out is not known. */
  readonly partial: readonly string[];
}

/** @param config the stack's own configuration */
export function environmentOf(
  environment: Value | undefined,
  { name, config: declared }: Declarations,
  config: ReadonlyMap<string, Value>,
): Environment | undefined {
  // An empty list opens nothing; an empty map is a definition.
  if (environment === undefined || environment === null) return undefined;
  if (Array.isArray(environment) && environment.length === 0) return undefined;
  const definition = environment instanceof Map ? (environment as ReadonlyMap<string, Value>) : undefined;
  const listed = definition ? definition.get("imports") : environment;
  const imports = Array.isArray(listed) ? (listed as readonly Value[]).map(nameOf) : [];

  const given = new Map([...config].map(([key, value]) => [fullKey(key, name), value]));
  const mayCome = imports.length === 0 ? definedIn(definition, name) : undefined;
  const open = [...declared.keys()].filter((key) => mayCome?.has(fullKey(key, name)) ?? true);
  return {
    imports,
    absent: open.filter((key) => !given.has(fullKey(key, name))),
    partial: open.filter((key) => isSection(given.get(fullKey(key, name)))),
  };
}

/** A secret is one value, though it is written as a map. */
function isSection(value: Value | undefined): boolean {
  return value instanceof Map && (value.size !== 1 || !value.has("secure"));
}

/** `NAME`, or `{NAME: how it is merged}`. */
function nameOf(entry: Value): string {
  if (entry instanceof Map) return [...(entry as ReadonlyMap<string, Value>).keys()].join();
  return typeof entry === "string" ? entry : "?";
}

/** The keys that a definition sets, where it says so itself; undefined where a function or a reference does. */
function definedIn(definition: ReadonlyMap<string, Value> | undefined, project: string): Set<string> | undefined {
  const values = definition?.get("values") ?? null;
  if (!(values instanceof Map)) return values === null ? new Set() : undefined;
  const config = (values as ReadonlyMap<string, Value>).get("pulumiConfig") ?? null;
  if (!(config instanceof Map)) return config === null ? new Set() : undefined;
  const keys = [...(config as ReadonlyMap<string, Value>).keys()];
  return keys.some((key) => key.startsWith("fn::")) ? undefined : new Set(keys.map((key) => fullKey(key, project)));
}

/** What a reader of a plan must know; for people, in sentences. */
export function describeEnvironment(stack: string, { imports, absent, partial }: Environment): string {
  const from = imports.length > 0 ? `the ESC environments ${imports.join(", ")}` : "an ESC environment";
  const unknown = [
    ...(absent.length > 0 ? [`what Pulumi.${stack}.yaml leaves out: ${absent.join(", ")}`] : []),
    ...(partial.length > 0 ? [`fields that it leaves out of ${partial.join(", ")}`] : []),
  ];
  return unknown.length === 0
    ? `Pulumi.${stack}.yaml names ${from}. No setting can come from there, since it gives every one itself.`
    : `This is not the whole configuration: Pulumi.${stack}.yaml names ${from}, which only Pulumi Cloud can open. ` +
        `From there may come ${unknown.join("; ")}. \`npm run preview:engine\` knows them.`;
}
