import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { parseSettings } from "../../config";
import type { Settings } from "../../settings/schema";

/**
 * The project and stack files as the Pulumi CLI reads them: the defaults of Pulumi.yaml, overridden key by key by the
 * stack's. Secrets are not decrypted; a plan does not need them.
 */
export interface StackConfig {
  readonly project: string;
  readonly stack: string;
  /** Full keys to texts; lists and sections as JSON, as the engine hands them over. */
  readonly values: Readonly<Record<string, string>>;
  /** Full keys that hold a secret anywhere in their value. */
  readonly secretKeys: readonly string[];
}

/** What stands for a secret's value. */
export const SECRET = "[secret]";

interface ProjectFile {
  readonly name: string;
  readonly config?: Readonly<Record<string, { readonly default?: unknown; readonly value?: unknown } | null>>;
}

interface StackFile {
  readonly config?: Readonly<Record<string, unknown>> | null;
}

/**
 * Reads both files of a folder.
 * @throws Error naming the stacks that there are, when the stack has no file.
 */
export function readStackConfig(folder: string, stack: string): StackConfig {
  const project = readYaml(join(folder, "Pulumi.yaml")) as ProjectFile;
  const stacks = readdirSync(folder)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
  if (!stacks.includes(stack)) {
    throw new Error(`There is no Pulumi.${stack}.yaml. The stacks here: ${stacks.join(", ")}.`);
  }
  return mergeConfig(project, stack, readYaml(join(folder, `Pulumi.${stack}.yaml`)) ?? {});
}

/** YAML as the CLI reads it, merge keys included. @throws Error naming the file, when it is none. */
function readYaml(path: string): unknown {
  try {
    return parse(readFileSync(path, "utf8"), { merge: true });
  } catch (error) {
    throw new Error(`${basename(path)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The merge itself, on the parsed files. */
export function mergeConfig(project: ProjectFile, stack: string, file: StackFile): StackConfig {
  const qualify = (key: string): string => (key.includes(":") ? key : `${project.name}:${key}`);
  const merged = new Map<string, unknown>();
  for (const [key, declared] of Object.entries(project.config ?? {})) {
    const value = declared?.value ?? declared?.default;
    if (value !== undefined) merged.set(qualify(key), value);
  }
  for (const [key, value] of Object.entries(file.config ?? {})) merged.set(qualify(key), value);

  const values: Record<string, string> = {};
  const secretKeys: string[] = [];
  for (const [key, value] of merged) {
    const hidden = hideSecrets(value);
    if (hidden.found) secretKeys.push(key);
    values[key] = typeof hidden.value === "string" ? hidden.value : JSON.stringify(hidden.value);
  }
  return { project: project.name, stack, values, secretKeys };
}

/** Replaces every `{ secure: … }` within a value. */
function hideSecrets(value: unknown): { value: unknown; found: boolean } {
  if (typeof value !== "object" || value === null) return { value: value ?? "", found: false };
  if (Array.isArray(value)) {
    const items = value.map(hideSecrets);
    return { value: items.map((item) => item.value), found: items.some(({ found }) => found) };
  }
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === "secure") return { value: SECRET, found: true };
  const hidden = entries.map(([key, entry]) => [key, hideSecrets(entry)] as const);
  return {
    value: Object.fromEntries(hidden.map(([key, entry]) => [key, entry.value])),
    found: hidden.some(([, { found }]) => found),
  };
}

/**
 * The stack's settings, as the program itself reads them.
 * @throws ConfigurationError with every problem.
 */
export function settingsOf({ project, stack, values, secretKeys }: StackConfig): Settings {
  return parseSettings(values, project, stack, (key) => secretKeys.includes(`${project}:${key}`));
}
