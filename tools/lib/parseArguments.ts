import { parseArgs } from "node:util";
import { closest } from "fastest-levenshtein";

/** Words of a command line that make no sense, all of them. */
export class ArgumentsError extends Error {}

/** From the text of an option to its value; undefined when it is none. `write` is what to write instead. */
export interface Kind<T> {
  readonly read: (text: string) => T | undefined;
  readonly write: string;
}

type Kinds = Readonly<Record<string, Kind<unknown>>>;

/** What was given: a value for each option, `true` for each flag; what was not given is absent. */
export type Given<K extends Kinds, F extends string> = {
  readonly [N in keyof K]?: K[N] extends Kind<infer T> ? T : never;
} & Readonly<Partial<Record<F, true>>>;

/**
 * Parses a command's arguments. Every option is written once, none takes the next option for its value.
 * @param flags options without a value; `help` is `-h`, too.
 * @throws ArgumentsError with everything that is wrong, and what to write
 */
export function parseArguments<K extends Kinds, F extends string>(
  words: readonly string[],
  kinds: K,
  flags: readonly F[],
): Given<K, F> {
  const options = {
    ...Object.fromEntries(Object.keys(kinds).map((name) => [name, { type: "string" } as const])),
    ...Object.fromEntries(
      flags.map((name) => [name, { type: "boolean", ...(name === "help" && { short: "h" }) } as const]),
    ),
  };
  // Not strict: it would stop at the first mistake.
  const { tokens } = parseArgs({ args: [...words], options, strict: false, tokens: true });

  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const token of tokens) {
    if (token.kind === "positional") {
      problems.push(`${token.value}: not expected here. Every value belongs to an option`);
    }
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (flags.some((flag) => flag === name)) {
      if (value !== undefined) problems.push(`${rawName} takes no value. Write it alone`);
      values[name] = true;
    } else if (kind) {
      // The next option is not this one's value.
      const missing = value === undefined || (!token.inlineValue && value.startsWith("--"));
      const read = missing ? undefined : kind.read(value);
      if (name in values) problems.push(`${rawName} stands there twice. Write it once`);
      else if (missing) problems.push(`${rawName} has no value. Write ${kind.write}`);
      else if (read === undefined) problems.push(`${rawName} ${shown(value)}: write ${kind.write}`);
      values[name] = read;
    } else {
      const known = closest(name, [...Object.keys(kinds), ...flags]);
      problems.push(`${rawName}: an unknown option. Did you mean --${known}?`);
    }
  }
  if (problems.length > 0) throw new ArgumentsError(problems.join("\n"));
  return values as Given<K, F>;
}

/** A value as it was written, without the password of a URL. */
function shown(value: string): string {
  return JSON.stringify(value.replace(/:\/\/[^\s/@]*@/g, "://[secret]@"));
}

/** What there is to write for a URL of a server. */
export const httpUrl = (example: string): Kind<URL> => ({
  read: (text) => (URL.canParse(text) && /^https?:\/\//.test(text) ? new URL(text) : undefined),
  write: `an http:// or https:// URL, such as ${example}`,
});
