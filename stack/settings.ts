import * as pulumi from "@pulumi/pulumi";
import * as runtimeConfig from "@pulumi/pulumi/runtime/config";
import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { userError } from "../lib/errors";
import { ConfigurationError, problemsOf, SECRET_FIELDS, suggest, type Problem } from "../lib/problems";
import { validateCrossFields } from "./rules";
import type { Settings } from "../components/contracts/settings";
import { fieldsOf, unwrap } from "../lib/schema/walk";
import { schema, type Key } from "./schema";

/**
 * The only reader of the stack's configuration. Everything is read, validated and reported here at once, before the
 * program registers anything; the rest of the program sees parsed {@link Settings} only.
 *
 * It reads the runtime's whole configuration map rather than `pulumi.Config`, which answers single keys and therefore
 * cannot tell that `retentoin` was never asked for.
 */

/** The SDK has the question "is this key a secret?" but leaves it out of its typings. */
const isConfigSecret = (key: string): boolean =>
  (runtimeConfig as unknown as { isConfigSecret(key: string): boolean }).isConfigSecret(key);

const KEYS = Object.keys(schema) as Key[];

/** Sections that may hold secrets; everything else is written into manifests. */
const MAY_BE_SECRET: ReadonlySet<Key> = new Set(["prometheus", "tailnet", "grafana", "collector"]);

/** A field that takes whatever Grafana's plugins know: of a section with a secret, nothing below it is shown. */
const ANYTHING = "jsonData";

/** Namespaces of providers that this program never uses with defaults: a value there would do nothing. */
const UNUSED_NAMESPACES: ReadonlyMap<string, string> = new Map([
  ["kubernetes", "kubeContext or kubeconfig"],
  ["tailscale", "the section tailnet"],
  ["grafana", "the section grafana"],
]);

/**
 * Reads and validates the configuration.
 * @throws RunError naming every key that is wrong, what was found and what to write instead.
 */
export function loadSettings(): Settings {
  const project = pulumi.getProject();
  try {
    return parseSettings(pulumi.runtime.allConfig(), project, pulumi.getStack(), (key) =>
      isConfigSecret(`${project}:${key}`),
    );
  } catch (error) {
    throw error instanceof ConfigurationError ? userError(error.message) : error;
  }
}

/**
 * {@link loadSettings} on a given map of full keys to texts; structured values are JSON, as the engine sends them.
 * @param isSecret whether a key (without the project's prefix) is held as a secret.
 * @throws ConfigurationError with every problem.
 */
export function parseSettings(
  config: Readonly<Record<string, string>>,
  project: string,
  stack: string,
  isSecret: (key: string) => boolean = () => false,
): Settings {
  const problems: Problem[] = unknownKeys(Object.keys(config), project);
  const parsed: Record<string, unknown> = {};

  for (const key of KEYS) {
    if (isSecret(key) && !MAY_BE_SECRET.has(key)) {
      problems.push({
        key: `${project}:${key}`,
        found: "[secret]",
        message:
          "a secret, though it is written into manifests that everybody in the namespace reads. Write it in plain text",
      });
      continue;
    }
    const input = decode(config[`${project}:${key}`]);
    const result = z.safeParse(schema[key], input);
    if (result.success) {
      parsed[key] = result.data;
      continue;
    }
    const hidden = (path: readonly PropertyKey[]): boolean =>
      path.some((part) => SECRET_FIELDS.has(part) || (isSecret(key) && part === ANYTHING)) ||
      (path.length === 0 && holdsCredentials(key, input)) ||
      // The engine says that a secret is somewhere in the section, not where; one of the known fields explains it.
      (isSecret(key) && (path.length === 0 || !hasSecretField(input)));
    // What of the section is right still takes part in the rules below, so that all errors come at once.
    const partial = partialOf(schema[key], input);
    if (partial !== undefined) parsed[key] = partial;
    problems.push(
      ...problemsOf(`${project}:${key}`, input, result.error, hidden, (path) => knownAt(schema[key], path)),
    );
  }

  // What has an error of its own is not "missing" as well.
  const told = new Set(problems.map(({ key }) => key));
  for (const finding of validateCrossFields(parsed, isSecret)) {
    const key = `${project}:${finding.key}`;
    if (!told.has(key)) problems.push({ ...finding, key });
  }
  if (problems.length > 0) throw new ConfigurationError(problems, stack);
  return parsed as unknown as Settings;
}

/** The fields of a section that parse, their defaults included; undefined for what is no section. */
function partialOf(type: z.ZodType, input: unknown): Record<string, unknown> | undefined {
  const section = unwrap(type);
  if (!(section instanceof z.ZodObject) || typeof input !== "object" || input === null || Array.isArray(input)) {
    return undefined;
  }
  const fields = Object.entries(section.shape as Record<string, z.ZodType>).flatMap(([name, field]) => {
    const value: unknown = Reflect.get(input, name);
    const result = z.safeParse(field, value);
    if (result.success) return [[name, result.data] as const];
    const known = partialOf(field, value);
    return known === undefined ? [] : [[name, known] as const];
  });
  return Object.fromEntries(fields);
}

/** A kubeconfig's contents, or a section that is not one: text that may have credentials anywhere in it. */
function holdsCredentials(key: Key, input: unknown): boolean {
  if (key === "kubeconfig") return typeof input !== "string" || input.includes("\n");
  return (
    MAY_BE_SECRET.has(key) &&
    typeof input === "string" &&
    [...SECRET_FIELDS].some((field) => input.includes(String(field)))
  );
}

function hasSecretField(input: unknown): boolean {
  if (typeof input !== "object" || input === null) return false;
  return Object.entries(input).some(([key, value]) => SECRET_FIELDS.has(key) || hasSecretField(value));
}

/** The engine hands lists and sections over as JSON, everything else as text. */
function decode(text: string | undefined): unknown {
  if (text === undefined || !/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function unknownKeys(keys: readonly string[], project: string): Problem[] {
  return keys.flatMap((full): Problem[] => {
    const colon = full.indexOf(":");
    const namespace = full.slice(0, colon);
    const key = full.slice(colon + 1);
    if (namespace === project) {
      if ((KEYS as string[]).includes(key)) return [];
      // `pulumi config set volume.size 10Gi` makes one key with a dot in it.
      const inside = KEYS.some((known) => key.startsWith(`${known}.`));
      const advice = inside ? `Write it with: pulumi config set --path ${key} VALUE` : suggest(key, KEYS);
      return [{ key: full, message: `an unknown key. ${advice}` }];
    }
    const instead = UNUSED_NAMESPACES.get(namespace);
    if (instead !== undefined) {
      return [{ key: full, message: `has no effect here, every provider is made from ${instead}. Write that` }];
    }
    // Other namespaces may come from a shared environment and mean other programs; a slip of the finger does not.
    return distance(namespace, project) <= 2
      ? [{ key: full, message: `an unknown namespace. Did you mean ${project}:${key}?` }]
      : [];
  });
}

/** What the schema knows at a path within a setting, by its keys. */
function knownAt(type: z.ZodType, path: readonly PropertyKey[]): Readonly<Record<string, z.ZodType>> {
  let at: z.ZodType | undefined = type;
  for (const part of path) {
    const inner: z.ZodType | undefined = at && unwrap(at);
    at = inner instanceof z.ZodArray ? (inner.element as z.ZodType) : at && fieldsOf(at)[String(part)];
  }
  return at ? fieldsOf(at) : {};
}
