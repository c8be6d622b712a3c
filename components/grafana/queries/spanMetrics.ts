import { SERVICE } from "../../contracts/attributes";
import type { Own } from "./own";
import { equals, increase, matches, quantile, rate, sum, type Matchers } from "./promql";

/**
 * Requests, errors and latency from the series that Tempo's metrics generator makes of spans. Every rate is per second, every latency in seconds.
 */

export const SPAN_NAME = "span_name";
export const SPAN_KIND = "span_kind";
const STATUS_CODE = "status_code";

/** Spans in which a service answers somebody: a request or a message. */
export const SERVED_KINDS = ["SPAN_KIND_SERVER", "SPAN_KIND_CONSUMER"] as const;
export const SERVED = matches(SPAN_KIND, SERVED_KINDS.join("|"));
/** Every kind that OpenTelemetry knows. */
export const SPAN_KINDS = [...SERVED_KINDS, "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_INTERNAL"] as const;
const FAILED = equals(STATUS_CODE, "STATUS_CODE_ERROR");

/** Of {@link Own}, what queries about spans need. */
export type OwnSpans = Pick<Own, "spans" | "version">;

/** Which spans are counted, by what they are grouped, and over which time. */
export interface Selection {
  /** How the series of this stack's own Tempo are told from others' (own.ts). */
  readonly own: OwnSpans;
  readonly matchers?: Matchers;
  readonly by?: readonly string[];
  readonly range: string;
}

export const service = (name: string): string => equals(SERVICE.label, name);

export function requestRate({ own, matchers = [], by = [], range }: Selection): string {
  return sum(rate(own.version.metrics.calls, range, [...own.spans, ...matchers]), by);
}

/** Requests in the range, as a number. */
export function requests({ own, matchers = [], by = [], range }: Selection): string {
  return sum(increase(own.version.metrics.calls, range, [...own.spans, ...matchers]), by);
}

/** Share of failed requests, from 0 to 1; 0 also where there was no request to fail. */
export function errorRatio(selection: Selection): string {
  const failed = requestRate({ ...selection, matchers: [FAILED, ...(selection.matchers ?? [])] });
  const all = requestRate(selection);
  return `${failed} / (${all} > 0) or 0 * ${all}`;
}

/** Latency below which a share `q` of requests stayed; NaN where there was none. */
export function latency(q: number, { own, matchers = [], by = [], range }: Selection): string {
  return quantile(q, `${own.version.metrics.callLatency}_bucket`, range, by, [...own.spans, ...matchers]);
}

/** {@link latency}, but 0 where there was no request, for a threshold, which cannot compare with NaN. */
export function latencyOrZero(q: number, selection: Selection): string {
  return `${latency(q, selection)} >= 0 or 0 * ${requestRate(selection)}`;
}

/**
 * A value that says something only if there were enough requests: 0 otherwise.
 * @param value an expression that has exactly the labels `by`.
 */
export function ifEnough(value: string, minimum: number, selection: Selection): string {
  return `(${value}) * (${requests(selection)} >= bool ${minimum})`;
}
