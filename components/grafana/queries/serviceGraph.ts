import { quantile, rate, sum, type Matchers } from "./promql";
import type { OwnSpans } from "./spanMetrics";

/**
 * Requests from service to service, as Tempo's metrics generator pairs client and server spans. Rates are per second.
 */

/** Without what was counted beyond the cap on series, of which no service is known. */
const KNOWN: Matchers = ['client!=""'];

/** An edge of the graph. */
export const EDGE = ["client", "server"] as const;

export function edgeRate(own: OwnSpans, range: string): string {
  return sum(rate(own.version.metrics.edgeRequests, range, [...own.spans, ...KNOWN]), EDGE);
}

/** Share of failed requests, from 0 to 1; 0 also where there was no request. */
export function edgeErrorRatio(own: OwnSpans, range: string): string {
  const all = edgeRate(own, range);
  return `${sum(rate(own.version.metrics.edgeRequestsFailed, range, [...own.spans, ...KNOWN]), EDGE)} / (${all} > 0) or 0 * ${all}`;
}

/** Latency in seconds as the server measured it; NaN where there was no request. */
export function edgeServerLatency(own: OwnSpans, q: number, range: string): string {
  return quantile(q, `${own.version.metrics.edgeServerLatency}_bucket`, range, EDGE, [...own.spans, ...KNOWN]);
}

/** Latency in seconds as the client measured it: the network and its queues included. */
export function edgeClientLatency(own: OwnSpans, q: number, range: string): string {
  return quantile(q, `${own.version.metrics.edgeClientLatency}_bucket`, range, EDGE, [...own.spans, ...KNOWN]);
}
