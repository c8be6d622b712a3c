import { parseArgs } from "node:util";
import { closest } from "fastest-levenshtein";
import { parseDuration, type Duration } from "../../lib/schema/duration";
import { parseQuantity, toBytes, type Quantity } from "../../lib/schema/quantity";

/** The words of `npm run capacity`. */
export const USAGE = `npm run capacity -- [--stack NAME] [--spans-per-second N | --prometheus URL] [--bytes-per-span N]
                     [--retention TIME] [--size SIZE] [--price AMOUNT] [--json]

  --stack NAME           the stack whose settings count: its Pulumi.NAME.yaml (default: prod)
  --spans-per-second N   what is sent; without it and --prometheus, the most that the volume holds
  --prometheus URL       a Prometheus that scrapes the stack's Tempo: what was sent and stored within a day is measured there
  --bytes-per-span N     bytes of a span as sent
  --retention TIME       such as 168h or 7d, instead of the stack's
  --size SIZE            such as 10Gi, instead of the stack's volume.size
  --price AMOUNT         what a GiB costs in a month, such as "0.08 EUR"
  --json                 everything as JSON on standard output, in bytes, milliseconds and spans per second

A number that is given counts more than one that is measured.`;

/** What a GiB costs in a month. */
export interface Price {
  readonly amount: number;
  /** What stood before and after the number, such as EUR; empty when nothing did. */
  readonly currency: string;
}

export interface Arguments {
  readonly stack: string;
  readonly help: boolean;
  readonly json: boolean;
  readonly spansPerSecond?: number;
  readonly bytesPerSpan?: number;
  readonly retention?: Duration;
  readonly size?: Quantity;
  readonly prometheus?: URL;
  readonly price?: Price;
}

/** Words that make no sense, all of them. */
export class ArgumentsError extends Error {}

/** From the text of an option to its value; undefined when it is none. `write` is what to write instead. */
interface Kind<T> {
  readonly read: (text: string) => T | undefined;
  readonly write: string;
}

const positive: Kind<number> = {
  read: (text) => (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0 ? Number(text) : undefined),
  write: "a number above 0, such as 25",
};

const kinds = {
  stack: { read: (text: string) => text || undefined, write: "the NAME of a Pulumi.NAME.yaml" },
  "spans-per-second": positive,
  "bytes-per-span": positive,
  retention: {
    read: (text: string) => {
      const duration = parseDuration(text);
      return duration && duration.ms >= 3_600_000 ? duration : undefined;
    },
    write: "a time of at least 1h, such as 168h or 7d",
  },
  size: {
    read: (text: string) => {
      const size = parseQuantity(text);
      return size && toBytes(size) > 0 ? size : undefined;
    },
    write: "a Kubernetes quantity of bytes, such as 10Gi",
  },
  prometheus: {
    read: (text: string) => (URL.canParse(text) && /^https?:/.test(text) ? new URL(text) : undefined),
    write: "an http:// or https:// URL, such as http://prometheus.example.com:9090",
  },
  price: { read: readPrice, write: 'a number and, if you like, a currency, such as "0.08 EUR"' },
} as const;

const flags = ["json", "help"] as const;

/**
 * Parses the command's arguments.
 * @throws ArgumentsError with everything that is wrong, and what to write
 */
export function readArguments(words: readonly string[]): Arguments {
  const options = {
    ...Object.fromEntries(Object.keys(kinds).map((name) => [name, { type: "string" } as const])),
    json: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  } as const;
  // Not strict: it would stop at the first mistake.
  const { tokens } = parseArgs({ args: [...words], options, strict: false, tokens: true });

  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const token of tokens) {
    if (token.kind === "positional")
      problems.push(`${token.value}: not expected here. Every value belongs to an option`);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    if (flags.some((flag) => flag === name)) {
      if (value !== undefined) problems.push(`${rawName} takes no value. Write it alone`);
      values[name] = true;
    } else if (isKind(name)) {
      // The next option is not this one's value.
      const missing = value === undefined || (!token.inlineValue && value.startsWith("--"));
      const read = missing ? undefined : kinds[name].read(value);
      if (name in values) problems.push(`${rawName} stands there twice. Write it once`);
      else if (missing) problems.push(`${rawName} has no value. Write ${kinds[name].write}`);
      else if (read === undefined) problems.push(`${rawName} ${JSON.stringify(value)}: write ${kinds[name].write}`);
      values[name] = read;
    } else {
      const known = closest(name, [...Object.keys(kinds), ...flags]);
      problems.push(`${rawName}: an unknown option. Did you mean --${known}?`);
    }
  }
  if (problems.length > 0) throw new ArgumentsError(problems.join("\n"));
  const { "spans-per-second": spansPerSecond, "bytes-per-span": bytesPerSpan, ...others } = values;
  const given = { spansPerSecond, bytesPerSpan, ...others };
  return {
    ...{ stack: "prod", help: false, json: false },
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

function isKind(name: string): name is keyof typeof kinds {
  return Object.hasOwn(kinds, name);
}

/** `0.08`, `0.08 EUR`, `€0.08`: one number, and around it no digits. */
function readPrice(text: string): Price | undefined {
  const match = /^([^\d.,-]*)(\d+(?:\.\d+)?)([^\d.,-]*)$/.exec(text);
  const amount = Number(match?.[2]);
  if (!match || !(amount > 0)) return undefined;
  return { amount, currency: `${match[1] ?? ""}${match[3] ?? ""}`.trim() };
}
