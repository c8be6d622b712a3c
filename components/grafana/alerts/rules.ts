import { serviceKey } from "./uids";
import { SERVICE } from "../../contracts/attributes";
import type { AlertSettings, ServiceAlert } from "../../contracts/settings";
import type { AlertRule } from "../kit/alertRule";
import type { Own } from "../queries/own";
import { promqlOf, sum } from "../queries/promql";
import { errorRatio, ifEnough, latencyOrZero, SERVED, service, type Selection } from "../queries/spanMetrics";
import { tempoQueries, type TempoQueries } from "../queries/tempo";

/** Spans within an hour up to which a day says nothing about the next one. */
const FEW = 10;

/** Seconds by which the metrics of spans may be late. */
const LATE = 300;

/**
 * The rules about Tempo itself, and about spans that stop coming.
 * @param own how this stack's series are told from others'.
 * @param excused services whose silence other rules tell of, as {@link silent} takes them.
 */
export function tempoRules(own: Own, excused?: string): AlertRule[] {
  return [...ofTempo(tempoQueries(own), own.version.metrics.rings.length), sourceSilent(own, excused)];
}

const ofTempo = (tempo: TempoQueries, rings: number): AlertRule[] => [
  {
    key: "down",
    title: "Tempo is down",
    severity: "critical",
    query: tempo.scraped,
    below: 1,
    for: "5m",
    summary: "Tempo is down, or Prometheus does not scrape it",
    description:
      "Prometheus has had no metrics of Tempo for 5 minutes. Senders keep their spans as long as their queues last.",
    runbook: "tempo-down",
    panel: { dashboard: "operations", key: "scraped" },
    tellsErrors: true,
  },
  {
    key: "not-ready",
    title: "Tempo is not ready",
    severity: "critical",
    query: tempo.activeRings,
    below: rings,
    for: "10m",
    summary: "Tempo runs and does not accept work",
    description:
      "Of the ingester and the metrics generator only {{ humanize $values.A.Value }} have been ACTIVE in their ring for 10 minutes.",
    runbook: "tempo-not-ready",
    panel: { dashboard: "operations", key: "restarts" },
  },
  {
    key: "spans-refused",
    title: "Tempo refuses spans",
    severity: "warning",
    query: tempo.spansRefusedOrLimited("10m"),
    above: 0,
    // A short burst is retried; a sender's queue is not endless.
    for: "15m",
    summary: "Senders are told to retry",
    description: `{{ humanize $values.A.Value }} spans were refused within 10 minutes, most often because of limits.ingestionRate. They are lost when a sender's queue is full.`,
    runbook: "tempo-spans-refused",
    panel: { dashboard: "operations", key: "refused" },
  },
  {
    key: "spans-discarded",
    title: "Tempo discards spans",
    severity: "critical",
    query: tempo.spansLost("10m"),
    above: 0,
    for: "0s",
    summary: "Spans are lost: {{ $labels.reason }}",
    description:
      "{{ humanize $values.A.Value }} spans were acknowledged and thrown away within 10 minutes, because of {{ $labels.reason }}.",
    runbook: "tempo-spans-discarded",
    panel: { dashboard: "operations", key: "discarded" },
  },
  {
    key: "flush-failing",
    title: "Tempo cannot flush",
    severity: "critical",
    query: tempo.flushesFailed("15m"),
    // One that succeeds when it is tried again half a minute later is no news.
    above: 1,
    for: "10m",
    summary: "Blocks cannot be written",
    description:
      "{{ humanize $values.A.Value }} flushes failed within 15 minutes. A block that cannot be completed is given up after three attempts, and its traces with it; one that cannot be moved is tried again.",
    runbook: "tempo-flush-failing",
    panel: { dashboard: "operations", key: "flushes" },
  },
  {
    key: "not-flushing",
    title: "Tempo flushes no blocks",
    severity: "critical",
    query: tempo.notFlushing,
    above: 0,
    for: "5m",
    summary: "Spans come in and no block is written",
    description:
      "For 30 minutes spans were received and no block was flushed: the volume may be full, of which Tempo itself says nothing but in its log.",
    runbook: "tempo-flush-failing",
    panel: { dashboard: "operations", key: "flushes" },
  },
  {
    key: "compaction-failing",
    title: "Tempo's compaction fails",
    severity: "warning",
    query: tempo.compactionErrors("1h"),
    above: 2,
    for: "30m",
    summary: "Compaction fails",
    description:
      "{{ humanize $values.A.Value }} compactions failed within an hour. Blocks stay small and many; queries become slower.",
    runbook: "tempo-blocks-failing",
    panel: { dashboard: "operations", key: "block-errors" },
  },
  {
    key: "poll-failing",
    title: "Tempo cannot read its blocklist",
    severity: "critical",
    query: tempo.pollErrors("15m"),
    above: 2,
    for: "10m",
    summary: "The blocklist cannot be read",
    description:
      "{{ humanize $values.A.Value }} polls failed within 15 minutes. New blocks are not found by queries once they leave the ingester.",
    runbook: "tempo-blocks-failing",
    panel: { dashboard: "operations", key: "block-errors" },
  },
  {
    key: "poll-stopped",
    title: "Tempo does not read its blocklist",
    severity: "critical",
    query: tempo.polls("15m"),
    below: 1,
    for: "5m",
    summary: "The blocklist is not read any more",
    description: "No poll has ended for 15 minutes; there should be one every minute.",
    runbook: "tempo-blocks-failing",
    panel: { dashboard: "operations", key: "poll" },
  },
  {
    key: "retention-failing",
    title: "Tempo cannot delete old blocks",
    severity: "warning",
    query: tempo.retentionErrors("1h"),
    above: 0,
    for: "30m",
    summary: "Retention fails",
    description: "{{ humanize $values.A.Value }} deletions failed within an hour. The volume fills up.",
    runbook: "tempo-blocks-failing",
    panel: { dashboard: "operations", key: "block-errors" },
  },
  {
    key: "series-cap",
    title: "Tempo's metrics generator reached its series limit",
    severity: "warning",
    query: tempo.seriesLimited("10m"),
    above: 0,
    for: "10m",
    summary: "New series are not made",
    description:
      "The metrics generator has as many series as limits.maxActiveSeries allows. Rates of new services and operations go into one overflow series.",
    runbook: "tempo-series-cap",
    panel: { dashboard: "operations", key: "limited" },
  },
  {
    key: "generator-failing",
    title: "Tempo's metrics generator loses spans",
    severity: "warning",
    query: `(${tempo.generatorPushesFailed("10m")}) + (${tempo.collectionsFailed("10m")})`,
    above: 0,
    for: "10m",
    summary: "Spans are stored and count in no metric",
    description:
      "{{ humanize $values.A.Value }} pushes to the metrics generator or collections of its series failed within 10 minutes.",
    runbook: "tempo-generator-failing",
    panel: { dashboard: "operations", key: "limited" },
  },
  {
    key: "generator-stopped",
    title: "Tempo's metrics generator produces no metrics",
    severity: "warning",
    query: tempo.generatorStopped,
    above: 0,
    for: "10m",
    summary: "Spans are stored and count in no metric",
    description:
      "Of these something is true for 10 minutes: spans come in and the metrics generator gets none; it does not collect its series; " +
      "its processor span-metrics or service-graphs is off.",
    runbook: "tempo-generator-failing",
    panel: { dashboard: "operations", key: "generator-spans" },
  },
  {
    key: "remote-write-failing",
    title: "Tempo's metrics do not reach Prometheus",
    severity: "warning",
    query: tempo.samplesLost("10m"),
    above: 0,
    for: "0s",
    summary: "Span metrics are lost on the way to Prometheus",
    description: "{{ humanize $values.A.Value }} samples were refused or dropped within 10 minutes.",
    runbook: "tempo-remote-write-failing",
    panel: { dashboard: "operations", key: "samples-failed" },
  },
  {
    key: "remote-write-behind",
    title: "Tempo's metrics are late",
    severity: "warning",
    query: tempo.remoteWriteLag,
    above: LATE,
    for: "10m",
    summary: "Prometheus is behind the metrics generator",
    description:
      "Span metrics are {{ humanizeDuration $values.A.Value }} late. They wait in memory and are lost with the pod.",
    runbook: "tempo-remote-write-failing",
    panel: { dashboard: "operations", key: "remote-write-lag" },
  },
];

function sourceSilent(own: Own, excused: string | undefined): AlertRule {
  return {
    key: "source-silent",
    title: "A service stopped sending spans",
    severity: "warning",
    query: silent(own, excused),
    above: 0,
    for: "15m",
    summary: "No spans from {{ $labels.service }}",
    description:
      "{{ $labels.service }} has sent nothing for two hours, in which it sent something on each of the last three days.",
    runbook: "tempo-source-silent",
    panel: { dashboard: "services", key: "service-rate" },
  };
}

/**
 * 1 for a service that has sent nothing for two hours although it sent something in the same hours of each of the last
 * three days; 0 for every other one. Whoever is quiet every night is expected to be quiet, and a service that was new
 * yesterday is not expected at all. Of the days before the hour in the middle counts, so that what runs once a day may
 * run half an hour earlier or later.
 *
 * It is silent about silence that is not the service's: while Tempo is not there or was not for most of these hours, and
 * while spans come in and do not become metrics, of which other rules tell; and about that of services which those of a
 * collector tell of.
 * @param excused a vector with such services, by the same label.
 */
export function silent(own: Own, excused?: string): string {
  const tempo = tempoQueries(own);
  const { select, increase } = promqlOf(own.spans);
  const { calls } = own.version.metrics;
  const by = [SERVICE.label];
  // Above its cap, the generator counts in a series of no service.
  const named = [`${SERVICE.label}!=""`];
  const on = (day: number): string => `${sum(increase(calls, "1h", named, `${day}d30m`), by)} > ${FEW}`;
  const usual = [1, 2, 3].map((day) => `(${on(day)})`).join(` and on (${SERVICE.label}) `);
  const now = `${sum(increase(calls, "2h", named), by)} > 0`;
  const known = `0 * ${sum(`last_over_time(${select(calls, named)}[2h])`, by)}`;
  const watched = `avg_over_time((${tempo.scraped})[2h:5m]) > 0.5 and on () ${tempo.zero}`;
  const lost = `(${tempo.remoteWriteLag}) > ${LATE} or (${tempo.samplesLost("10m")}) > 0 or (${tempo.generatorStopped}) > 0`;
  return (
    `((${usual}) > bool 0) and on () (${watched}) unless on () (${lost}) unless on (${SERVICE.label}) (${now})` +
    (excused === undefined ? "" : ` unless on (${SERVICE.label}) (${excused})`) +
    ` or ${known} or (${tempo.zero} unless on () (${known}))`
  );
}

/** Error ratio and latency of one service. */
export function serviceRules(
  { name, errorRatio: ratio, latency: slow }: ServiceAlert,
  { minimumRequests }: Pick<AlertSettings, "minimumRequests">,
  own: Own,
): AlertRule[] {
  // Without labels, so that the 0 of a service that is not there yet is the same series; the rule has the label.
  const selection: Selection = { own, matchers: [service(name), SERVED], range: "10m" };
  const key = serviceKey(name);
  const enough = (value: string): string => tempoQueries(own).orZero(ifEnough(value, minimumRequests, selection));
  const common = { for: "5m", runbook: "service-requests", labels: { [SERVICE.label]: name } } as const;
  return [
    {
      ...common,
      key: `${key}-errors`,
      title: `${name}: errors`,
      severity: "warning",
      query: enough(errorRatio(selection)),
      above: ratio,
      summary: `${name} fails {{ humanizePercentage $values.A.Value }} of its requests`,
      description: `Above ${percent(ratio)} for 5 minutes, of at least ${minimumRequests} requests in ten minutes.`,
      panel: { dashboard: "services", key: "service-errors" },
    },
    {
      ...common,
      key: `${key}-latency`,
      title: `${name}: latency`,
      severity: "warning",
      query: enough(latencyOrZero(0.95, selection)),
      above: slow.ms / 1000,
      summary: `${name} is slow: 95th percentile {{ humanizeDuration $values.A.Value }}`,
      description: `Above ${slow.text} for 5 minutes, of at least ${minimumRequests} requests in ten minutes.`,
      panel: { dashboard: "services", key: "service-latency" },
    },
  ];
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(6))} %`;
}
