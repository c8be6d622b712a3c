/** LogQL of the jump from a span to its log lines. */
import { mentionsNoTrace, mentionsTrace, traceIdLabels } from "./traceId";

/** Written by Grafana when the link is followed; 16 digits where Tempo has a 64-bit ID padded with zeros. */
const SPAN_TRACE_ID = "${__span.traceId}";

/**
 * The lines that the span's pod wrote around the span: those of this trace, and those of no trace at all, for most
 * programs that eBPF instruments log no ID. Lines of other traces are left out.
 *
 * For `tracesToLogsV2.query`, with `customQuery: true`; the mapped tags arrive as `${__tags}`.
 * @param labels span attributes and the labels that Loki has for them; at least one.
 *
 * A line is of this trace when it has the ID anywhere, in any case and under any key or none, or as a label or
 * structured metadata. It is of another when it has an ID by {@link mentionsTrace} or such a label, and not this one.
 * The labels that the query makes for itself are dropped, or they would stand beside every line.
 */
export function spanLogs(labels: Readonly<Record<string, string>>): string {
  return [
    selector(labels),
    // Two parsers: one alone would stop at the first ID of a line that has several.
    `regexp \`(?P<this_trace>(?i:${SPAN_TRACE_ID}))\``,
    `regexp \`(?P<some_trace>${mentionsTrace})\``,
    `label_format labelled_trace=\`{{ or ${traceIdLabels.map((label) => `.${label}`).join(" ")} }}\``,
    // A label's ID may be padded to 32 digits, or all zeros, which is none.
    [
      'this_trace!=""',
      `labelled_trace=~\`(?i)0*${SPAN_TRACE_ID}\``,
      `(labelled_trace=~\`0*\` and some_trace=~\`${mentionsNoTrace}\`)`,
    ].join(" or "),
    "drop this_trace, some_trace, labelled_trace",
  ].join(" | ");
}

/** Without it no log line can be told from those of everybody else. */
const NAMESPACE = "k8s.namespace.name";

/**
 * The log streams of a span. Grafana takes an empty `${__tags}` for known and would send `{}`, which is no LogQL. So one
 * attribute is asked for by itself: on a span without it there is no link. It must be the first use of `__span`, since
 * Grafana's check looks no further (variableName in its createSpanLink.tsx).
 */
function selector(labels: Readonly<Record<string, string>>): string {
  const [attribute, label] =
    Object.entries(labels).find(([name]) => name === NAMESPACE) ?? Object.entries(labels)[0] ?? [];
  return attribute === undefined ? "{${__tags}}" : `{${label ?? ""}="\${__span.tags["${attribute}"]}", \${__tags}}`;
}
