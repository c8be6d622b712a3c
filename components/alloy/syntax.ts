/**
 * Configuration in Alloy's language, as plain values, and its text as `alloy fmt` would write it. What a component
 * refers to must be there: a reference to a component that is not is a fault of this program, told before anything is
 * rendered, since Alloy tells it only when its pod has started.
 */

/** An export of another component, such as `otelcol.storage.file.queue.handler`. */
export interface Reference {
  readonly component: string;
  readonly export: string;
}

export interface AlloyMap {
  readonly map: Readonly<Record<string, Value>>;
}

export type Value = string | number | boolean | Reference | AlloyMap | readonly Value[];

/** An attribute; one that is undefined is left out. */
export type Attribute = readonly [name: string, value: Value | undefined];

export interface Block {
  readonly block: string;
  readonly label?: string;
  readonly body: readonly (Attribute | Block)[];
}

/** A component: a block with a name of its own, and what others may refer to. */
export interface Component extends Block {
  readonly label: string;
  readonly exports: readonly string[];
}

/** What the components that are used here export. Source: Alloy's component reference, v1.18. */
const EXPORTS = {
  "beyla.ebpf": ["targets"],
  "local.file": ["content"],
  "otelcol.exporter.otlp": ["input"],
  "otelcol.exporter.otlphttp": ["input"],
  "otelcol.processor.k8sattributes": ["input"],
  "otelcol.processor.memory_limiter": ["input"],
  "otelcol.processor.transform": ["input"],
  "otelcol.receiver.otlp": [],
  "otelcol.storage.file": ["handler"],
  "prometheus.exporter.self": ["targets"],
  "prometheus.relabel": ["receiver"],
  "prometheus.remote_write": ["receiver"],
  "prometheus.scrape": [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ComponentName = keyof typeof EXPORTS;

export function component(name: ComponentName, label: string, body: Block["body"]): Component {
  return { block: name, label, body, exports: EXPORTS[name] };
}

export function block(name: string, body: Block["body"]): Block {
  return { block: name, body };
}

/** A map, which a list of entries and a reference are told apart from. */
export function map(entries: Readonly<Record<string, Value>>): AlloyMap {
  return { map: entries };
}

/** Refers to an export of a component. */
export function ref<N extends ComponentName>(name: N, label: string, of: (typeof EXPORTS)[N][number]): Reference {
  return { component: `${name}.${label}`, export: of };
}

/**
 * The text of a configuration.
 * @param comment lines above it.
 * @throws Error when two components have one name, or one refers to what is not there.
 */
export function renderAlloy(components: readonly Component[], comment: readonly string[] = []): string {
  check(components);
  const head = comment.map((line) => `// ${line}\n`).join("");
  return [...(head === "" ? [] : [head]), ...components.map((each) => `${renderBlock(each, "")}\n`)].join("\n");
}

function check(components: readonly Component[]): void {
  const exported = new Map<string, readonly string[]>();
  for (const { block: name, label, exports } of components) {
    const id = `${name}.${label}`;
    if (exported.has(id)) throw new Error(`two components of Alloy are named ${id}`);
    exported.set(id, exports);
  }
  for (const each of components) {
    for (const { component: id, export: field } of references(each)) {
      if (exported.get(id)?.includes(field) === true) continue;
      throw new Error(`${each.block}.${each.label} refers to ${id}.${field}, which is not there`);
    }
  }
}

function references({ body }: Block): Reference[] {
  return body.flatMap((entry) => ("block" in entry ? references(entry) : referencesIn(entry[1])));
}

function referencesIn(value: Value | undefined): Reference[] {
  if (typeof value !== "object") return [];
  if (isList(value)) return value.flatMap(referencesIn);
  return "map" in value ? Object.values(value.map).flatMap(referencesIn) : [value];
}

function renderBlock({ block: name, label, body }: Block, indent: string): string {
  const head = `${indent}${name}${label === undefined ? "" : ` ${quote(label)}`} {`;
  const inner = renderBody(body, `${indent}\t`);
  return inner === "" ? `${head} }` : `${head}\n${inner}\n${indent}}`;
}

/**
 * Attributes and blocks, with an empty line around each block and around each attribute of several lines: alloy fmt
 * puts the equals signs of the attributes in between below each other.
 */
function renderBody(body: Block["body"], indent: string): string {
  const groups: (Line[] | string)[] = [];
  for (const entry of body) {
    if ("block" in entry) {
      groups.push(renderBlock(entry, indent));
      continue;
    }
    const [name, value] = entry;
    if (value === undefined) continue;
    const text = renderValue(value, indent);
    const last = groups.at(-1);
    if (text.includes("\n")) groups.push(`${indent}${name} = ${text}`);
    else if (Array.isArray(last)) last.push([name, text]);
    else groups.push([[name, text]]);
  }
  return groups.map((group) => (typeof group === "string" ? group : align(group, indent))).join("\n\n");
}

type Line = readonly [name: string, text: string];

function align(lines: readonly Line[], indent: string, end = ""): string {
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, text]) => `${indent}${name.padEnd(width)} = ${text}${end}`).join("\n");
}

/** Longest list that stands on one line, in characters. */
const ONE_LINE = 90;

function renderValue(value: Value, indent: string): string {
  if (typeof value === "string") return quote(value);
  if (typeof value !== "object") return String(value);
  const inner = `${indent}\t`;
  if (isList(value)) {
    const items = value.map((item) => renderValue(item, inner));
    const line = `[${items.join(", ")}]`;
    if (line.length <= ONE_LINE && !line.includes("\n")) return line;
    return `[\n${items.map((item) => `${inner}${item},\n`).join("")}${indent}]`;
  }
  if (!("map" in value)) return `${value.component}.${value.export}`;
  const entries = Object.entries(value.map).map(([key, item]): Line => [quote(key), renderValue(item, inner)]);
  if (entries.length === 0) return "{}";
  const [first, ...more] = entries;
  // As one item of a list of targets is written.
  if (first?.[0] === '"__address__"' && more.length === 0) return `{${first.join(" = ")}}`;
  return `{\n${align(entries, inner, ",")}\n${indent}}`;
}

function isList(value: object): value is readonly Value[] {
  return Array.isArray(value);
}

/**
 * A string: raw between backticks where it has quotes or backslashes, such as a statement of OTTL. The quoted kind has
 * all of JSON's escapes but that of a slash, which is never written.
 */
function quote(text: string): string {
  return /["\\]/.test(text) && !/[`\n\r]/.test(text) ? `\`${text}\`` : JSON.stringify(text);
}
