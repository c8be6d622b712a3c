/**
 * OTTL (OpenTelemetry Transformation Language), as far as the collector's statements use it: what they do with a span.
 * A real Alloy does the same in the tests of the pipeline; here there may be thousands of spans.
 */
import assert from "node:assert/strict";
import type { ParsedBlock } from "../alloy/parse";
import { blocksOf } from "../alloy/parse";

export type Attributes = Readonly<Record<string, string>>;

/** A span as far as a statement may look at it. */
export interface Span {
  readonly name: string;
  /** Such as `SPAN_KIND_SERVER`. */
  readonly kind: string;
  readonly attributes: Attributes;
  readonly resource: Attributes;
}

type Mutable = { -readonly [K in keyof Span]: Span[K] extends Attributes ? Record<string, string> : Span[K] };

/** A string of OTTL; its escapes are JSON's. */
const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;
const PATH = String.raw`(?:span|resource)\.(?:name|kind|attributes\[${TEXT}\])`;
const FUNCTIONS = {
  deleteKey: new RegExp(`^delete_key\\((span|resource)\\.attributes, (${TEXT})\\)$`),
  replacePattern: new RegExp(`^replace_pattern\\((${PATH}), (${TEXT}), (${TEXT})\\)$`),
  set: new RegExp(`^set\\((${PATH}), (.*)\\)$`),
  concat: new RegExp(`^Concat\\(\\[(${PATH}(?:, ${PATH})*)\\], (${TEXT})\\)$`),
  isMatch: new RegExp(`^IsMatch\\((${PATH}), (${TEXT})\\)$`),
  equals: new RegExp(`^(${PATH}) (==|!=) (${TEXT}|nil|[A-Z_]+)$`),
};

/**
 * What becomes of a span.
 * @param transform the block `otelcol.processor.transform`
 * @throws AssertionError where a statement is of no kind that is known here
 */
export function transformed(transform: ParsedBlock, span: Span): Span {
  const result: Mutable = { ...span, attributes: { ...span.attributes }, resource: { ...span.resource } };
  for (const { attributes } of blocksOf(transform.blocks, "trace_statements")) {
    const { conditions = [], statements = [] } = attributes as Record<string, string[]>;
    // One of several would do.
    if (conditions.length > 0 && !conditions.some((condition) => holds(condition, result))) continue;
    for (const statement of statements) execute(statement, result);
  }
  return result;
}

function execute(statement: string, span: Mutable): void {
  const [action = "", condition, ...more] = splitAt(" where ", statement);
  assert.deepEqual(more, [], statement);
  if (condition !== undefined && !holds(condition, span)) return;
  let match: RegExpExecArray | null;
  if ((match = FUNCTIONS.deleteKey.exec(action))) {
    Reflect.deleteProperty(match[1] === "span" ? span.attributes : span.resource, textOf(match[2]));
  } else if ((match = FUNCTIONS.replacePattern.exec(action))) {
    const before = read(match[1] ?? "", span);
    if (before !== undefined) write(match[1] ?? "", before.replace(goRegExp(textOf(match[2])), textOf(match[3])), span);
  } else if ((match = FUNCTIONS.set.exec(action))) {
    write(match[1] ?? "", evaluate(match[2] ?? "", span), span);
  } else {
    assert.fail(`no statement that is known here: ${statement}`);
  }
}

/** The parts between a word, which counts outside of strings only. */
function splitAt(word: string, text: string): string[] {
  const parts = text.match(new RegExp(`(?:${TEXT}|(?!${word})[^"])+`, "g")) ?? [];
  return parts.map((part, index) => (index === 0 ? part : part.slice(word.length - 1)));
}

function holds(condition: string, span: Mutable): boolean {
  return splitAt(" and ", condition).every((part) => {
    const match = FUNCTIONS.isMatch.exec(part);
    if (match) return goRegExp(textOf(match[2])).test(read(match[1] ?? "", span) ?? "");
    const [, path = "", operator, right = ""] = FUNCTIONS.equals.exec(part) ?? assert.fail(`no condition: ${part}`);
    const expected = right === "nil" ? undefined : right.startsWith('"') ? textOf(right) : right;
    return (read(path, span) === expected) === (operator === "==");
  });
}

function evaluate(expression: string, span: Mutable): string {
  if (expression.startsWith('"')) return textOf(expression);
  const [, paths, separator] = FUNCTIONS.concat.exec(expression) ?? assert.fail(`no expression: ${expression}`);
  return (paths ?? "")
    .split(", ")
    .map((path) => read(path, span) ?? "<nil>")
    .join(textOf(separator));
}

function read(path: string, span: Mutable): string | undefined {
  if (path === "span.name") return span.name;
  if (path === "span.kind") return span.kind;
  return attributesOf(path, span)[keyOf(path)];
}

function write(path: string, value: string, span: Mutable): void {
  if (path === "span.name") span.name = value;
  else attributesOf(path, span)[keyOf(path)] = value;
}

function attributesOf(path: string, span: Mutable): Record<string, string> {
  return path.startsWith("span.") ? span.attributes : span.resource;
}

function keyOf(path: string): string {
  return textOf(path.slice(path.indexOf("[") + 1, -1));
}

function textOf(quoted: string | undefined): string {
  return JSON.parse(quoted ?? "") as string;
}

/** Go's regular expressions: a `.` is no line break unless `(?s)` says so. All that matches is replaced. */
export function goRegExp(text: string): RegExp {
  const [, flag, source = ""] = /^(\(\?s\))?(.*)$/s.exec(text) ?? [];
  assert.doesNotMatch(source, /\(\?(?!:)|\\[1-9]|\\k</, "RE2 has neither lookaround nor references back");
  return new RegExp(source, flag === undefined ? "g" : "gs");
}
