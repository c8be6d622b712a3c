import { sectionOf, type GoTime, type Value } from "./yaml";

/** What stands for a secret's value. */
export const SECRET = "[secret]";

/** A value as the engine keeps it: dates are texts, every secret is replaced. */
interface Stored {
  readonly value: Exclude<Value, GoTime>;
  /** Whether a secret is anywhere in it. */
  readonly secret: boolean;
}

/** What Pulumi.yaml says. */
export interface Declarations {
  /** The project's. */
  readonly name: string;
  readonly config: ReadonlyMap<string, Value>;
}

/** As an engine hands a configuration over. */
export interface Merged {
  /** Full keys to texts; lists and sections as JSON. */
  readonly values: Readonly<Record<string, string>>;
  /** Full keys that hold a secret anywhere in their value. */
  readonly secretKeys: readonly string[];
}

/**
 * The configuration of a stack from its file's and the project's, as in pkg/workspace/config.go of the CLI (3.274).
 * @param isOpen whether more of it may come from elsewhere, so that nothing is missing
 * @throws Error with what the CLI would refuse
 */
export function mergeConfig(project: Declarations, config: ReadonlyMap<string, Value>, isOpen = false): Merged {
  const merged = new Map<string, Stored>();
  const problems: string[] = [];
  for (const [key, value] of config) {
    const full = fullKey(key, project.name);
    // The CLI goes through a Go map here, whose order is another one at each run.
    if (merged.has(full)) problems.push(`config.${full}: given in two spellings. Keep one`);
    merged.set(full, value === null ? { value: "", secret: false } : store(full, value, "text"));
  }

  for (const [key, declared] of project.config) {
    const full = fullKey(key, project.name);
    const { type, items, secret, fallback } = declarationOf(key, declared, full.startsWith(`${project.name}:`));
    const given = merged.get(full);
    if (!given && fallback === null) {
      if (!isOpen) problems.push(`config.${key}: missing, and without a default in Pulumi.yaml. Give it a value`);
      continue;
    }
    const stored = given ?? store(full, fallback, "iso");
    merged.set(full, stored);
    // What stands for a secret says nothing about its type, except that it is no section and no list.
    const hidden = stored.value === SECRET && /^(?:integer|boolean)$/.test(type ?? "");
    // A single value of a stack is a text by now, one of Pulumi.yaml is what it is.
    const typed = given && !isPart(stored.value) ? textOf(stored.value) : stored.value;
    if (type !== undefined && !hidden && !isOfType(typed, type, items)) {
      problems.push(`config.${key}: Pulumi.yaml declares ${nameOf(type, items)}, and the CLI takes nothing else`);
    }
    if (secret && !stored.secret) problems.push(`config.${key}: Pulumi.yaml declares a secret. Encrypt it`);
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));

  return {
    values: Object.fromEntries([...merged].map(([key, { value }]) => [key, textOf(value)])),
    secretKeys: [...merged].flatMap(([key, { secret }]) => (secret ? [key] : [])),
  };
}

/** `NAMESPACE:NAME`. Without a namespace a key is the project's own; `NAMESPACE:config:NAME` is the old form. */
export function fullKey(key: string, project: string): string {
  const [namespace = "", name, last, ...more] = key.split(":");
  if (name === undefined) return `${project}:${namespace}`;
  if (last === undefined) return key;
  if (name === "config" && more.length === 0) return `${namespace}:${last}`;
  throw new Error(`config.${key}: not a key. Write NAMESPACE:NAME`);
}

interface Declaration {
  readonly type?: string;
  readonly items: Value;
  readonly secret: boolean;
  /** Null where there is none. */
  readonly fallback: Value;
}

/** What Pulumi.yaml says of a key: in its short form a value alone. */
function declarationOf(key: string, declared: Value, isOwn: boolean): Declaration {
  const isShort = declared !== null && !(declared instanceof Map);
  if (isShort && (typeof declared === "number" || isTime(declared))) {
    throw new Error(`config.${key}: the CLI takes no such value in this short form. Write it below default`);
  }
  const parts = isShort ? new Map([[isOwn ? "default" : "value", declared]]) : sectionOf(declared, key);
  const of = (part: string): Value => parts.get(part) ?? null;
  const [type, standard, value] = [of("type"), of("default"), of("value")];
  if (standard !== null && value !== null) throw new Error(`config.${key}: a default and a value. Keep one`);
  if (!isOwn && (type !== null || standard !== null)) {
    throw new Error(`config.${key}: of another namespace, so that Pulumi.yaml may give it a value alone`);
  }
  // The CLI would set it within a section.
  if (/[.[\]"]/.test(key)) throw new Error(`config.${key}: a path. Declare the section as a whole`);
  return {
    ...(typeof type === "string" && { type }),
    items: of("items"),
    secret: of("secret") === true,
    fallback: standard ?? value,
  };
}

/** @param time how a date is written: in a stack's file as Go prints it, in Pulumi.yaml as JSON has it */
function store(key: string, value: Value, time: "text" | "iso", within = false): Stored {
  const below = (part: Value) => store(key, part, time, true);
  if (Array.isArray(value)) {
    const items = (value as readonly Value[]).map(below);
    return { value: items.map((item) => item.value), secret: items.some(({ secret }) => secret) };
  }
  if (value instanceof Map) {
    const map = value as ReadonlyMap<string, Value>;
    const sealed = map.size === 1 ? (map.get("secure") ?? null) : null;
    if (typeof sealed === "string" || isTime(sealed)) return { value: SECRET, secret: true };
    const entries = [...map].map(([name, part]) => [name, below(part)] as const);
    return {
      value: new Map(entries.map(([name, part]) => [name, part.value])),
      secret: entries.some(([, { secret }]) => secret),
    };
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new Error(`config.${key}: ${value} is no number for the CLI. Write it in quotes, or another one`);
  }
  // Where the CLI goes by JSON, what is larger than its integers becomes a float.
  if ((within || time === "iso") && typeof value === "bigint" && BigInt.asIntN(64, value) !== value) {
    return { value: Number(value), secret: false };
  }
  return { value: isTime(value) ? value[time] : value, secret: false };
}

function isTime(value: Value): value is GoTime {
  return typeof value === "object" && value !== null && "iso" in value;
}

function isPart(value: Value): boolean {
  return Array.isArray(value) || value instanceof Map;
}

function textOf(value: Value): string {
  return typeof value === "string" ? value : toJson(value);
}

/** JSON as Go writes it: the keys of a map in their order, so that a plan's texts are in the engine's. */
function toJson(value: Value): string {
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(toJson).join(",")}]`;
  if (value instanceof Map) {
    const map = value as ReadonlyMap<string, Value>;
    const keys = [...map.keys()].sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${toJson(map.get(key) ?? null)}`).join(",")}}`;
  }
  return typeof value === "bigint" ? value.toString() : JSON.stringify(value);
}

/** As `ValidateConfigValue` of the CLI. */
function isOfType(value: Value, type: string, items: Value): boolean {
  switch (type) {
    case "string":
      return typeof value === "string";
    case "integer":
      return typeof value === "bigint" || Number.isInteger(value) || /^[-+]?\d+$/.test(textOf(value));
    case "boolean":
      return typeof value === "boolean" || value === "true" || value === "false";
    case "object":
      return value instanceof Map;
    default: {
      const inner = sectionOf(items, "items");
      const of = inner.get("type");
      if (!Array.isArray(value) || typeof of !== "string") return false;
      return (value as readonly Value[]).every((item) => isOfType(item, of, inner.get("items") ?? null));
    }
  }
}

function nameOf(type: string, items: Value): string {
  return type === "array" ? `a list of ${textOf(sectionOf(items, "items").get("type") ?? null)}` : `the type ${type}`;
}
