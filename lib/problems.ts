import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";
import { aboutOf } from "./schema/walk";

/** One thing that is wrong with the configuration, as a person reads it. */
export interface Problem {
  /** The full key, such as `tempo:volume.size`. */
  readonly key: string;
  /** What was found, as JSON; absent where nothing was. */
  readonly found?: string;
  /** What is wrong and what to write instead. */
  readonly message: string;
}

/** Every problem of a configuration in one message; thrown before anything is registered. */
export class ConfigurationError extends Error {
  constructor(
    readonly problems: readonly Problem[],
    stack: string,
  ) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`${count} in the configuration of stack "${stack}"; nothing was changed:\n${listProblems(problems)}`);
    this.name = "ConfigurationError";
  }
}

/** A line for each problem, below the sentence that says what they are problems of. */
export function listProblems(problems: readonly Problem[]): string {
  return problems.map((problem) => `  - ${formatProblem(problem)}`).join("\n");
}

export function formatProblem({ key, found, message }: Problem): string {
  const sentence = /[.?]$/.test(message) ? message : `${message}.`;
  return found === undefined ? `${key}: ${sentence}` : `${key} = ${found}: ${sentence}`;
}

/** "Did you mean …?" where a known key is near enough to be meant, else the list of known ones. */
export function suggest(unknown: string, known: readonly string[]): string {
  const lower = known.map((key) => key.toLowerCase());
  const nearest = known.length > 0 ? closest(unknown.toLowerCase(), lower) : "";
  const near = known.length > 0 && distance(unknown.toLowerCase(), nearest) <= 1 + unknown.length / 3;
  return near ? `Did you mean ${known[lower.indexOf(nearest)] ?? nearest}?` : `Known are ${known.join(", ")}`;
}

/** {@link suggest} within a section, where a renamed key is told by its new name. */
function suggestIn(unknown: string, known: Readonly<Record<string, z.ZodType>>): string {
  const renamed = Object.entries(known).find(([, type]) => aboutOf(type).formerly === unknown);
  return renamed ? `It was renamed. Write ${renamed[0]}` : suggest(unknown, Object.keys(known));
}

/** Key of a value within a setting, as `pulumi config set --path` takes it: `volume.size`, `tailnet.tags[0]`. */
export function joinPath(head: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((key, part) => {
    if (typeof part === "number") return `${key}[${part}]`;
    const text = String(part);
    return /^[\w-]+$/.test(text) ? `${key}.${text}` : `${key}["${text}"]`;
  }, head);
}

const TYPE_ADVICE: Readonly<Record<string, string>> = {
  string: "not a text. Write a string",
  array: "not a list. Write a list in [ ] or with a line beginning with - for each entry",
  object: "not a section. Write the keys of the section below it",
  record: "not a map. Write a line `key: value` for each entry",
};

/**
 * What zod found, as problems.
 * @param head the full key of the setting.
 * @param input the setting's value, to show what was found.
 * @param isSecret whether a value, by its path, must not be shown.
 * @param knownAt what the section at a path has, by its keys.
 */
export function problemsOf(
  head: string,
  input: unknown,
  error: z.ZodError,
  isSecret: (path: readonly PropertyKey[]) => boolean,
  knownAt: (path: readonly PropertyKey[]) => Readonly<Record<string, z.ZodType>>,
): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const value = valueAt(input, issue.path);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        key: joinPath(head, [...issue.path, key]),
        message: `an unknown key. ${suggestIn(key, knownAt(issue.path))}`,
      }));
    }
    const key = joinPath(head, issue.path);
    if (value === undefined) return [{ key, message: `missing. ${required(issue)}` }];
    const found = isSecret(issue.path) ? "[secret]" : show(value, isSecret);
    if (issue.code === "invalid_type") {
      // A parsed field has a hint of its own; what zod says by itself gives no advice.
      const own = issue.message.startsWith("Invalid input") ? undefined : issue.message;
      return [{ key, found, message: own ?? TYPE_ADVICE[issue.expected] ?? `not a ${issue.expected}` }];
    }
    return [{ key, found, message: issue.message }];
  });
}

/** Keys whose values are never printed, wherever they stand. */
export const SECRET_FIELDS: ReadonlySet<PropertyKey> = new Set([
  "apiKey",
  "oauthClientId",
  "oauthClientSecret",
  "auth",
  "httpHeaders",
  "headers",
  "credential",
]);

/** A value as JSON, without what must not be printed: secrets below it, private keys, and a URL's credentials. */
function show(value: unknown, isSecret: (path: readonly PropertyKey[]) => boolean): string {
  const isHidden = (key: string, below: unknown): boolean =>
    SECRET_FIELDS.has(key) ||
    (key !== "" && isSecret([key])) ||
    (typeof below === "string" && below.includes("PRIVATE KEY-----"));
  return JSON.stringify(value, (key, below: unknown) => (isHidden(key, below) ? "[secret]" : below)).replace(
    /:\/\/[^\s"]*@/g,
    "://[secret]@",
  );
}

/** The advice of a message; where nothing was found there is nothing to say against it. */
function required(issue: z.core.$ZodIssue): string {
  const isPlain = issue.code === "invalid_type" && issue.message.startsWith("Invalid input");
  const message = isPlain ? (TYPE_ADVICE[issue.expected] ?? `Write a ${issue.expected}`) : issue.message;
  const advice = message.indexOf("Write ");
  return advice < 0 ? `It is ${message}` : message.slice(advice);
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === "object" && value !== null ? Reflect.get(value, part) : undefined),
    input,
  );
}
