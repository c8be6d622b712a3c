/** The series that the trace makes, under the names and labels that Tempo's generator and others' give them. */
import { equals, matches, select } from "../../../components/grafana/queries/promql";
import { SERVICE } from "../../../components/contracts/attributes";
import type { Sample, Series } from "./prometheus";
import { SPAN_NAME, type OwnSpans } from "../../../components/grafana/queries/spanMetrics";
import { CLIENT, SERVER, SPAN_NAMES } from "./trace";

/** How far back samples are looked at: two collections and a slow queue. */
const RANGE = "10m";

/** Of Tempo, and of the connector of OpenTelemetry's collector, which some use in its place. */
const CALLS = "traces_span_?metrics_calls(_total)?";
const ANY_SPAN_METRIC = "traces_span_?metrics_.+";

/** By what the server's series are known: the service's label, under the name that others give it, or the span's. */
const OF_SERVER = [
  equals(SERVICE.label, SERVER),
  equals("service_name", SERVER),
  matches(SPAN_NAME, `${SPAN_NAMES}.*`),
] as const;

function named(pattern: string, matchers: readonly string[]): string {
  return select("", [matches("__name__", pattern), ...matchers]);
}

/** Samples of the calls that the trace's server answers. @param own how this Tempo's series are told from others'. */
export const callsOfServer = (own: OwnSpans): readonly string[] =>
  OF_SERVER.map((one) => `${named(CALLS, [...own.spans, one])}[${RANGE}]`);

/** One series of calls, of whatever service. */
export const callsOfAnybody = `topk(1, ${named(CALLS, [])})`;

/** Whatever has exemplars of the server's spans. */
export const exemplarSelectors = (own: OwnSpans): readonly string[] =>
  OF_SERVER.map((one) => named(ANY_SPAN_METRIC, [...own.spans, one]));

/** Samples of the edge. */
export const edge = (own: OwnSpans): readonly string[] => [
  `${select(own.version.metrics.edgeRequests, [...own.spans, equals("client", CLIENT), equals("server", SERVER)])}[${RANGE}]`,
];

/** One edge, of whatever services. */
export const edgesOfAnybody = ({ version }: OwnSpans): string => `topk(1, ${version.metrics.edgeRequests})`;

/** The newest sample of each series before the trace was sent. */
export type Baseline = ReadonlyMap<string, Sample>;

/** @param until milliseconds of the epoch; later samples are none of the baseline. */
export function baselineOf(series: readonly Series[], until = Infinity): Baseline {
  return new Map(
    series.flatMap((one) => {
      const earlier = one.samples.filter(({ time }) => time <= until).at(-1);
      return earlier ? [[keyOf(one), earlier] as const] : [];
    }),
  );
}

/**
 * Whether a counter has counted since the baseline. Earlier runs have left the same series, and a restart of Tempo
 * begins it anew.
 */
export function counted(series: readonly Series[], before: Baseline): boolean {
  return series.some((one) => {
    const earlier = before.get(keyOf(one));
    return one.samples.some(({ time, value }) => {
      if (earlier === undefined) return value > 0;
      return time > earlier.time && value > 0 && value !== earlier.value;
    });
  });
}

function keyOf({ labels }: Series): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
