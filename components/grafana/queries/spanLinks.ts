import { errorRatio, latency, requestRate, SERVED, SPAN_NAME, type OwnSpans, type Selection } from "./spanMetrics";

/**
 * From a span to the metrics of its service and of its operation: the queries of Grafana's trace-to-metrics links.
 *
 * Grafana puts `service="…"` in place of $__tags, or nothing, so our own conditions come first: a comma may end a
 * selector and not begin one. It escapes nothing unless told to.
 */
const TAGS = "$__tags";
/** The clicked span's operation, quoted by Grafana. */
const OPERATION = `${SPAN_NAME}=\${__span.name:doublequote}`;

/** Wide enough for a few samples, whatever is between them. */
const WINDOW = "5m";

interface SpanLink {
  readonly name: string;
  readonly query: string;
}

const QUANTILES = [0.5, 0.95, 0.99] as const;

export function spanLinks(own: OwnSpans): SpanLink[] {
  const ofOperation: Selection = { own, matchers: [OPERATION, TAGS], range: WINDOW };
  /** The requests that the span's service answers; its calls, where it only calls others and answers nobody. */
  const ofServiceOrItsCalls = (query: (selection: Selection) => string): string => {
    const served = query({ own, matchers: [SERVED, TAGS], range: WINDOW });
    const all = query({ own, matchers: [TAGS], range: WINDOW });
    return `(${served}) or (${all})`;
  };
  return [
    { name: "Service: request rate", query: ofServiceOrItsCalls(requestRate) },
    { name: "Service: error ratio", query: ofServiceOrItsCalls(errorRatio) },
    ...QUANTILES.map((q) => ({
      name: `Service: latency p${q * 100}`,
      query: ofServiceOrItsCalls((selection) => latency(q, selection)),
    })),
    { name: "Operation: request rate", query: requestRate(ofOperation) },
    { name: "Operation: error ratio", query: errorRatio(ofOperation) },
    ...QUANTILES.map((q) => ({
      name: `Operation: latency p${q * 100}`,
      query: latency(q, ofOperation),
    })),
  ];
}
