/**
 * How a trace's ID is recognised in a log line that nobody has parsed, in two dialects of one pattern: JavaScript for
 * Loki's derived fields, RE2 for LogQL. Both are put together from the same pieces, therefore they agree but where RE2
 * has no lookahead (see {@link mentionsTrace}).
 *
 * An ID is 32 hexadecimal digits, or 16 as of old Zipkin and Jaeger clients; Tempo takes both. It is believed
 * - after a key: `trace_id` in any spelling (`traceID`, `trace-id`, `trace.id`, `TRACE_ID`, `Trace ID`), alone or after
 *   a known first part (`otelTraceID`, `x-b3-traceid`, `uber-trace-id`), `"trace":{"id":`, `@tr` of Serilog, `b3`,
 *   `X-Cloud-Trace-Context`, a Google Cloud resource name; through quotes, escaped quotes, brackets and colours;
 * - after the bare key `trace`, but 32 digits only: 16 are also an address in a stack trace;
 * - without any key as 32 digits beside 16, a trace and its span: traceparent, `[app,trace,span]`, `[app,trace-span]`,
 *   but not with a slash between them, which is a path of hashes;
 *   and 16 beside 16 only as the second and third of a bracket, which is Spring Cloud Sleuth's.
 *
 * It is not believed
 * - after `parent_trace_id`, `linked_trace_id` and any other first part that is not listed: most often that trace is
 *   another one, and a line that belongs to a trace names it by itself, too. A path such as `parent.trace_id` is
 *   believed, for what stands before a dot is the name of a logger's or parser's scope;
 * - when all digits are zeros (the W3C's "no trace"), or when 16 are all decimal: Datadog and timestamps write such
 *   numbers, and of true 64-bit IDs one in 1,800 is lost;
 * - as AWS X-Ray's `1-5759e988-bd862e3fe1be46a994272793`: a link needs the ID in one piece.
 *
 * Without `$` and backtick, so that the texts stand in Grafana's provisioning files and in LogQL's raw strings as they
 * are. A hostile line costs linear time: in JavaScript every repetition is bounded, and RE2 is linear by nature.
 */

/** What the dialects write differently. */
interface Dialect {
  /** A word in any case; JavaScript's pattern gets no flags from Grafana. */
  readonly word: (lowerCase: string) => string;
  /** A pattern in which case counts. */
  readonly exactly: (pattern: string) => string;
  /** How often something may repeat; JavaScript needs the bound, or a hostile line costs quadratic time. */
  readonly upTo: (count: number) => string;
  /** One hexadecimal digit. */
  readonly digit: string;
}

const javaScript: Dialect = {
  word: (lowerCase) => lowerCase.replace(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`),
  exactly: (pattern) => pattern,
  upTo: (count) => `{0,${count}}`,
  digit: "[0-9A-Fa-f]",
};

/** To be used below `(?i:…)`. RE2 is linear in any case, and without counting it is twice as fast. */
const re2: Dialect = {
  word: (lowerCase) => lowerCase,
  exactly: (pattern) => `(?-i:${pattern})`,
  upTo: () => "*",
  digit: "[0-9a-f]",
};

/** Names before `trace_id` that leave it the ID of the line's own trace. */
const FIRST_PARTS = [
  "sentry",
  "otel",
  "opentelemetry",
  "w3c",
  "b3",
  "x",
  "ot",
  "tracer",
  "uber",
  "cloud",
  "dd",
  "http",
  "req",
  "request",
  "ctx",
  "context",
  "span",
  "current",
  "active",
  "log",
  "app",
  "server",
  "service",
  "event",
  "error",
  "nginx",
  "envoy",
  "grafana",
];

/** The parts of the pattern: what stands before a key, and the places at which an ID is believed, right before it. */
function parts({ word, exactly, upTo, digit }: Dialect) {
  // A terminal's colour, raw or as JSON escapes it; and quotes, `=`, `&` as encoders escape them for HTML's sake.
  // No letter of either is part of the word behind it.
  const escape = String.raw`(?:\x1b|\\u001[Bb])\[[0-9;]${upTo(15)}m|\\u00[23][2-7Dd]`;
  const marks = String.raw`(?:${escape}|["'\x60\\()\[\]{<])${upTo(8)}`;
  const space = String.raw`[ \t\r\n]${upTo(12)}`;
  const quotes = String.raw`["'\\]${upTo(4)}`;
  // `=`, `: `, `":"`, `\":\"`, `" : "`, `=>`, `>` of XML, `,` of a list of pairs, `|` of a table, a space alone. No space
  // between quotes, here and below, so that an empty value does not lead on to what stands behind it.
  const separator = `${marks}${space}(?:(?:[-:=]?[:=>]|[,|])${space})?${marks}`;
  // The same for keys that are words of other meanings, too.
  const assign = String.raw`${quotes} ?[:=]>? ?["'\\\[{]${upTo(4)}`;
  // `"trace_id","value":{"stringValue":"` of OTLP, `"trace_id":{"w3c":"` of Kong, `Some("` and `Str(` of debug output.
  const wrapper = String.raw`(?:(?:${word("w3c")}|(?:${word("string")}_?)?${word("value")})${assign})${upTo(2)}(?:[A-Za-z]{1,12}\(${quotes})?(?:0x)?`;

  const trace = word("trace");
  const firstParts = `[-_]${upTo(2)}(?:(?:${FIRST_PARTS.map(word).join("|")})[-_.]?)${upTo(3)}`;
  const traceId = String.raw`${trace}[-_.]?(?:${word("id")}|${word("context")})\b${separator}${wrapper}`;
  const b3 = `${word("b3")}${assign}`;
  const serilog = `@${word("tr")}${assign}`;
  // Where `trace` is the level of a line and not half of the key, as in `TRACE id=` and `level=trace {"id":`, what comes
  // after it is the ID of something else.
  const nested = String.raw`${trace}${quotes} ?[:=]>? ?\{ ?${quotes}${word("id")}${assign}`;
  // `trace id=` is more often a level and the key after it than one key; with spaces around `=` it is prose.
  const said = String.raw`(?:[ \t]${upTo(11)} = |${space}:?${space})`;
  const prose = String.raw`${exactly("(?:[Tt]race [Ii][Dd]|TRACE ID)")}\b${quotes}${said}${quotes}`;
  const resourceName = String.raw`${word("projects")}/[\w.:-]{1,64}/${word("traces")}/`;

  const id16 = `${digit}{16}`;
  return {
    id16,
    id32: `${digit}{32}`,
    id: `${id16}(?:${id16})?`,
    // `\n` and `\t` are how JSON escapes them.
    start: String.raw`(?:^|[^0-9A-Za-z_-]|${escape}|\\[nrt])`,
    keyed: `(?:${[`${firstParts}(?:${traceId}|${b3})`, serilog, nested, prose, resourceName].join("|")})`,
    bare: `${trace}${assign}`,
    besideSpan: { before: `(?:${digit}{2}-)?`, after: String.raw`(?:[-:,|;] ?|\] ?\[| )${id16}\b` },
    sleuth: { before: String.raw`\[[\w. /-]${upTo(64)},`, after: String.raw`[,-] ?${id16}\b` },
  };
}

/**
 * The ID of the trace that a line belongs to, as group 1, for `matcherRegex` of a derived field with `matcherType`
 * `regex`. One pattern, because Grafana looks only at the first of those that share a name
 * (its getDerivedFields.ts), without flags.
 */
export const traceIdInLine: string = (() => {
  const { id16, id32, id, start, keyed, bare, besideSpan, sleuth } = parts(javaScript);
  const place = [
    keyed,
    String.raw`${bare}(?=${id32}\b)`,
    `${besideSpan.before}(?=${id32}${besideSpan.after})`,
    `${sleuth.before}(?=${id16}${sleuth.after})`,
  ].join("|");
  return String.raw`${start}(?:${place})(?!0+\b|[0-9]{16}\b)(${id})\b`;
})();

/**
 * The same for RE2: matches from before the key to the end of the ID, without groups. RE2 has no lookahead, therefore a
 * line whose first ID is none (zeros, or 16 decimal digits) stops at it, where {@link traceIdInLine} looks for the next
 * one; {@link mentionsNoTrace} tells such a match. Loki 3.7.6 on two busy
 * cores took seven seconds for 40,000 lines (6.4 MB): enough for a pod around a span, not for a day of a cluster.
 */
export const mentionsTrace: string = (() => {
  const { id16, id32, id, start, keyed, bare, besideSpan, sleuth } = parts(re2);
  const mention = [
    String.raw`${keyed}${id}\b`,
    String.raw`${bare}${id32}\b`,
    `${besideSpan.before}${id32}${besideSpan.after}`,
    `${sleuth.before}${id16}${sleuth.after}`,
  ].join("|");
  return `(?i:${start}(?:${mention}))`;
})();

/** The matches of {@link mentionsTrace} that name no trace, and no match at all; for `=~`, which anchors it. */
export const mentionsNoTrace = String.raw`(?s:(?:.*\W(?:0x)?(?:0+|[0-9]{16}))?)`;

/**
 * Names under which a trace's ID is found as a label or as structured metadata: the first is what Loki makes of OTLP
 * logs, the others are what people write into their collector's pipeline.
 */
export const traceIdLabels = [
  "trace_id",
  "traceID",
  "traceId",
  "traceid",
  "TraceId",
  "TraceID",
  "otelTraceID",
] as const;

/**
 * Those names, for `matcherRegex` of a derived field with `matcherType` `label`: there it is matched against the NAMES
 * of a line's labels and its structured metadata, and the link's value is the label's (Grafana's getDerivedFields.ts).
 */
export const traceIdLabelName = String.raw`^(?:${traceIdLabels.join("|")})\b`;
