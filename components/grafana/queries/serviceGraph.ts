import { quantile, rate, sum, type Matchers } from "./promql";

/**
 * Requests from service to service, as Tempo's metrics generator pairs client and server spans. Rates are per second.
 * `own` are conditions that the series of this stack's own Tempo meet (own.ts).
 */

const REQUESTS = "traces_service_graph_request_total";
const FAILED_REQUESTS = "traces_service_graph_request_failed_total";
const SERVER_BUCKETS = "traces_service_graph_request_server_seconds_bucket";
const CLIENT_BUCKETS = "traces_service_graph_request_client_seconds_bucket";

/** Without what was counted beyond the cap on series, of which no service is known. */
const KNOWN: Matchers = ['client!=""'];

/** An edge of the graph. */
export const EDGE = ["client", "server"] as const;

export function edgeRate(own: Matchers, range: string): string {
  return sum(rate(REQUESTS, range, [...own, ...KNOWN]), EDGE);
}

/** Share of failed requests, from 0 to 1; 0 also where there was no request. */
export function edgeErrorRatio(own: Matchers, range: string): string {
  const all = edgeRate(own, range);
  return `${sum(rate(FAILED_REQUESTS, range, [...own, ...KNOWN]), EDGE)} / (${all} > 0) or 0 * ${all}`;
}

/** Latency in seconds as the server measured it; NaN where there was no request. */
export function edgeServerLatency(own: Matchers, q: number, range: string): string {
  return quantile(q, SERVER_BUCKETS, range, EDGE, [...own, ...KNOWN]);
}

/** Latency in seconds as the client measured it: the network and its queues included. */
export function edgeClientLatency(own: Matchers, q: number, range: string): string {
  return quantile(q, CLIENT_BUCKETS, range, EDGE, [...own, ...KNOWN]);
}
