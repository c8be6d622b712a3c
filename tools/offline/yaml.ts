import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, type Document, type Scalar, type YAMLMap } from "yaml";

/**
 * YAML as Pulumi's CLI reads it: by gopkg.in/yaml.v3 (resolve.go, decode.go), which has YAML 1.1's octal numbers, dates
 * and merge keys, and 1.2's booleans. The package `yaml` knows either version and not this mixture; it parses, and what a
 * scalar means is decided here.
 */
export type Value = string | boolean | bigint | number | null | GoTime | readonly Value[] | ReadonlyMap<string, Value>;

/** A date, which Go keeps as a time; the CLI writes it in two ways. */
export class GoTime {
  constructor(
    /** As in a stack's file: Go's `String()`, such as `2026-01-02 00:00:00 +0000 UTC`. */
    readonly text: string,
    /** As in a default of Pulumi.yaml: RFC 3339. */
    readonly iso: string,
  ) {}
}

/**
 * Reads a file's first document; what follows it is not read by the CLI, either. Null where there is none.
 * @throws Error with what is wrong, and where
 */
export function readYaml(bytes: Uint8Array): Value {
  const [document] = parseAllDocuments(decode(bytes), { schema: "failsafe", resolveKnownTags: false });
  if (!document) return null;
  if (document.errors[0]) throw document.errors[0];
  return valueOf(document.contents, document, []);
}

/** Text with line feeds alone, whatever a checkout on Windows made of them; Windows' editors also write UTF-16. */
function decode(bytes: Uint8Array): string {
  const mark = `${bytes[0]} ${bytes[1]}`;
  const encoding = mark === "255 254" ? "utf-16le" : mark === "254 255" ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding, { fatal: true }).decode(bytes).replace(/\r\n?/g, "\n");
}

/** A map; empty where there is none. @throws Error when it is something else */
export function sectionOf(value: Value | undefined, what: string): ReadonlyMap<string, Value> {
  if (value === null || value === undefined) return new Map();
  if (!(value instanceof Map)) throw new Error(`${what}: not a map of keys to values`);
  return value as ReadonlyMap<string, Value>;
}

/** @param within the anchors that are being read */
function valueOf(node: unknown, document: Document, within: readonly unknown[]): Value {
  if (isAlias(node)) {
    const target = node.resolve(document);
    if (!target) throw new Error(`the anchor ${node.source} is nowhere before its use`);
    if (within.includes(target)) throw new Error(`the anchor ${node.source} contains itself`);
    return valueOf(target, document, within);
  }
  if (isScalar(node)) return scalarOf(node);
  if (isSeq(node)) return node.items.map((item) => valueOf(item, document, [...within, node]));
  if (isMap(node)) return mapOf(node, document, [...within, node]);
  return null;
}

function mapOf(node: YAMLMap, document: Document, within: readonly unknown[]): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  let merged: Value = [];
  for (const { key, value } of node.items) {
    // In quotes as well: the CLI writes the file out without them, and reads that.
    if (isScalar(key) && key.source === "<<") {
      merged = valueOf(value, document, within);
      continue;
    }
    const name = nameOf(valueOf(key, document, within));
    if (values.has(name)) throw new Error(`the key ${name} is there twice. Keep one`);
    values.set(name, valueOf(value, document, within));
  }
  for (const map of Array.isArray(merged) ? (merged as readonly Value[]) : [merged]) {
    if (!(map instanceof Map)) throw new Error("<< takes a map, or a list of maps");
    for (const [name, value] of map as ReadonlyMap<string, Value>) if (!values.has(name)) values.set(name, value);
  }
  return values;
}

/** A key that is no text, as Go prints it. */
function nameOf(key: Value): string {
  if (key instanceof GoTime) return key.text;
  if (key === null) return "<nil>";
  if (typeof key === "object") throw new Error("a key is a list or a map. Write a text");
  return String(key);
}

function scalarOf({ source = "", type, tag }: Scalar): Value {
  const kind = tag === undefined || tag === "!" ? "" : tag.replace("tag:yaml.org,2002:", "!!");
  if (kind === "!!binary") {
    const data = source.replaceAll("\n", "");
    if (!/^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/.test(data))
      throw new Error(`!!binary ${source}: not base64`);
    return Buffer.from(data, "base64").toString();
  }
  const isText = kind === "" ? type !== "PLAIN" : !/^!!(?:null|bool|int|float|timestamp)$/.test(kind);
  if (isText) return source;
  const value = plain(source, kind === "" || kind === "!!timestamp");
  if (kind === "" || kind === kindOf(value)) return value;
  if (kind === "!!float" && typeof value === "bigint") return Number(value);
  throw new Error(`${kind} ${JSON.stringify(source)}: no value of that kind`);
}

function kindOf(value: Value): string {
  if (value === null) return "!!null";
  if (value instanceof GoTime) return "!!timestamp";
  return { boolean: "!!bool", bigint: "!!int", number: "!!float" }[typeof value as string] ?? "!!str";
}

const NAMED: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...["", "~", "null", "Null", "NULL"].map((text) => [text, null] as const),
  ...["true", "True", "TRUE"].map((text) => [text, true] as const),
  ...["false", "False", "FALSE"].map((text) => [text, false] as const),
  ...[".nan", ".NaN", ".NAN"].map((text) => [text, NaN] as const),
  ...[".inf", ".Inf", ".INF"].flatMap((text) =>
    (["", "+", "-"] as const).map((sign) => [sign + text, sign === "-" ? -Infinity : Infinity] as const),
  ),
]);

const INTEGER = /^([-+]?)(?:(0x[\da-f]+|0b[01]+)|0o?([0-7]+)|(0|[1-9]\d*))$/i;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?$/i;

/** A scalar without quotes. */
function plain(text: string, mayBeTime: boolean): Value {
  const named = NAMED.get(text);
  if (named !== undefined) return named;
  const time = mayBeTime ? timeOf(text) : undefined;
  if (time) return time;
  if (!/^[-+.\d]/.test(text)) return text;
  const digits = text.replaceAll(text.startsWith(".") ? /(?<=\d)_(?=\d)/g : "_", "");
  const [integer, sign = "", prefixed, octal, decimal] = INTEGER.exec(digits) ?? [];
  if (integer !== undefined) {
    const size = BigInt(prefixed ?? (octal === undefined ? (decimal ?? "") : `0o${octal}`));
    const value = sign === "-" ? -size : size;
    if (BigInt.asIntN(64, value) === value || (sign === "" && BigInt.asUintN(64, value) === value)) return value;
  }
  const number = FLOAT.test(digits) ? Number(digits) : NaN;
  // A number that is too large for a float is a text.
  return Number.isFinite(number) ? number : text;
}

const CLOCK = String.raw`(\d\d?):(\d\d?):(\d\d?)(?:[.,](\d+))?`;
const TIME = new RegExp(String.raw`^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt]${CLOCK}(Z|[-+]\d\d:\d\d)| +${CLOCK})?$`);

function timeOf(text: string): GoTime | undefined {
  const [all, year = "", month = "", day = "", ...rest] = TIME.exec(text) ?? [];
  if (all === undefined) return undefined;
  const [hour = "0", minute = "0", second = "0", parts = ""] = rest[0] === undefined ? rest.slice(5) : rest;
  const zone = rest[4] === undefined || /^(?:Z|.00:00)$/.test(rest[4]) ? "Z" : rest[4];
  const [date, clock] = [
    [year, month, day].map((part) => part.padStart(2, "0")).join("-"),
    [hour, minute, second].map((part) => part.padStart(2, "0")).join(":"),
  ];
  // Which turns the 30th of February into a day of March.
  if (!isReal(`${date}T${clock}Z`)) return undefined;
  const fraction = parts.slice(0, 9).replace(/0+$/, "");
  const exact = fraction === "" ? clock : `${clock}.${fraction}`;
  const offset = zone === "Z" ? "+0000 UTC" : `${zone.replace(":", "")} ${zone.replace(":", "")}`;
  return new GoTime(`${date} ${exact} ${offset}`, `${date}T${exact}${zone}`);
}

function isReal(iso: string): boolean {
  const time = new Date(iso);
  return !Number.isNaN(time.valueOf()) && time.toISOString().replace(".000", "") === iso;
}
