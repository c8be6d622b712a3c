/** Small parts of PromQL that every query is built from. */

/** Conditions on labels, as PromQL writes them between braces; empty texts count as none. */
export type Matchers = readonly string[];

/** `label="value"`, with what PromQL escapes in a quoted text. */
export function equals(label: string, value: string): string {
  return `${label}="${value.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

/** `label=~"pattern"`; the pattern is taken as it is. */
export function matches(label: string, pattern: string): string {
  return `${label}=~"${pattern}"`;
}

export function select(metric: string, matchers: Matchers = []): string {
  const conditions = matchers.filter((matcher) => matcher !== "").join(", ");
  return conditions === "" ? metric : `${metric}{${conditions}}`;
}

/** Per-second rate of a counter. Nothing where the counter has fewer than two samples in the range. */
export function rate(metric: string, range: string, matchers: Matchers = []): string {
  return `rate(${select(metric, matchers)}[${range}])`;
}

/** Growth of a counter over a range, which may lie in the past. */
export function increase(metric: string, range: string, matchers: Matchers = [], ago?: string): string {
  return `increase(${select(metric, matchers)}[${range}]${ago === undefined ? "" : ` offset ${ago}`})`;
}

export function sum(expression: string, by: readonly string[] = []): string {
  return aggregate("sum", expression, by);
}

export function max(expression: string, by: readonly string[] = []): string {
  return aggregate("max", expression, by);
}

function aggregate(operator: string, expression: string, by: readonly string[]): string {
  return by.length > 0 ? `${operator} by (${by.join(", ")}) (${expression})` : `${operator}(${expression})`;
}

/** A quantile of a classic histogram, from a rate of its buckets. */
export function quantile(q: number, buckets: string, range: string, by: readonly string[], matchers: Matchers): string {
  return `histogram_quantile(${q}, ${sum(rate(buckets, range, matchers), [...by, "le"])})`;
}

/**
 * Growth of a counter over a range, by series, the first event of an absent counter included.
 *
 * Such a counter is new if its process was scraped when the range began and did not have it yet. Where it was not scraped
 * then, a counter is new if nobody has seen it in the hours before: so neither a gap in scraping nor an outage of
 * Prometheus makes an event of what was counted long ago. Of a process that is gone there is nothing: the range would tell
 * of its last minutes for as long as it is.
 *
 * @param alive what there is one of for each process from its first second on, by `job` and `instance`.
 */
export function growth(metric: string, range: string, matchers: Matchers, alive: string): string {
  const series = select(metric, matchers);
  const earlier = `last_over_time(${series}[6h] offset ${range}) unless on (job, instance) ${alive} offset ${range}`;
  const grown = `${series} unless ${series} offset ${range} unless (${earlier}) or increase(${series}[${range}])`;
  return `((${grown}) and on (job, instance) ${alive})`;
}

/** Selectors of one stack's series alone: what of the above names a metric, with conditions that are always there. */
export function promqlOf(own: Matchers) {
  return {
    select: (metric: string, matchers: Matchers = []): string => select(metric, [...own, ...matchers]),
    rate: (metric: string, range: string, matchers: Matchers = []): string =>
      rate(metric, range, [...own, ...matchers]),
    increase: (metric: string, range: string, matchers: Matchers = [], ago?: string): string =>
      increase(metric, range, [...own, ...matchers], ago),
    quantile: (q: number, buckets: string, range: string, by: readonly string[], matchers: Matchers): string =>
      quantile(q, buckets, range, by, [...own, ...matchers]),
  };
}

/** Without the NaN of a quantile of nothing: a line stops, and a panel without any says why. */
export function whereAny(expression: string): string {
  return `${expression} >= 0`;
}

/** What Grafana puts in place of a range: at least four times the interval of the query. */
export const RATE_INTERVAL = "$__rate_interval";
/** The time range of the dashboard. */
export const RANGE = "$__range";
