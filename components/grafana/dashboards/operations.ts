import type { Own } from "../queries/own";
import { RATE_INTERVAL } from "../queries/promql";
import { tempoQueries } from "../queries/tempo";
import { NOT_SCRAPED, stat, timeSeries, type PanelArgs, type Row, type Threshold } from "../kit/panels";

/** For what should not happen at all. */
const ANY: readonly Threshold[] = [{ from: 1, color: "red" }];

/**
 * Tempo itself: what comes in, what is lost, what is flushed, what is asked, and what goes to Prometheus.
 * @param interval how often Tempo's own metrics are scraped, or longer.
 */
export function operationsRows(interval: string, own: Own): Row[] {
  const tempo = tempoQueries(own);
  const replayErrors = tempo.replayErrors("1h");
  const common = { empty: NOT_SCRAPED, interval };
  const range = RATE_INTERVAL;
  const third = { ...common, width: 8 } satisfies Partial<PanelArgs>;
  const half = { ...common, width: 12 } satisfies Partial<PanelArgs>;
  const tile = { ...common, width: 4, height: 4 } satisfies Partial<PanelArgs>;
  return [
    {
      title: "At a glance",
      panels: [
        stat({
          ...tile,
          key: "scraped",
          title: "Tempo",
          description: "Whether Prometheus scrapes this stack's Tempo; 0 means that it is down, or not scraped.",
          unit: "short",
          base: "red",
          thresholds: [{ from: 1, color: "green" }],
          queries: [{ expr: tempo.scraped, legend: "scraped" }],
        }),
        stat({
          ...tile,
          key: "uptime",
          title: "Up for",
          description: "Time since the process started.",
          unit: "s",
          queries: [{ expr: tempo.uptime, legend: "uptime" }],
        }),
        stat({
          ...tile,
          key: "spans",
          title: "Spans received",
          description: "Spans per second that passed the rate limit.",
          unit: "cps",
          decimals: 1,
          queries: [{ expr: tempo.spansReceived(range), legend: "spans/s" }],
        }),
        stat({
          ...tile,
          key: "lost",
          title: "Spans lost, 1 h",
          description: "Acknowledged and then thrown away by a cap. Which one: the panel Spans discarded.",
          unit: "short",
          decimals: 0,
          thresholds: ANY,
          queries: [{ expr: `sum(${tempo.spansLost("1h")})`, legend: "lost" }],
        }),
        stat({
          ...tile,
          key: "series-use",
          title: "Series of the cap",
          description: "Share of the metrics generator's cap on series that is used. At 100 % new series are not made.",
          unit: "percentunit",
          decimals: 1,
          thresholds: [
            { from: 0.7, color: "yellow" },
            { from: 0.9, color: "red" },
          ],
          queries: [{ expr: tempo.seriesUse, legend: "used" }],
        }),
        stat({
          ...tile,
          key: "lag",
          title: "Remote write lag",
          description: "Seconds by which Prometheus is behind the metrics generator; 0 when nothing is waiting.",
          unit: "s",
          decimals: 0,
          thresholds: [
            { from: 60, color: "yellow" },
            { from: 300, color: "red" },
          ],
          queries: [{ expr: tempo.remoteWriteLag, legend: "lag" }],
        }),
      ],
    },
    {
      title: "Ingest",
      panels: [
        timeSeries({
          ...third,
          key: "ingest",
          title: "Spans received",
          description: "Spans per second, by the transport of OTLP; none means that nothing was ever sent.",
          unit: "cps",
          min: 0,
          queries: [{ expr: tempo.spansAccepted(range), legend: "{{transport}}" }],
        }),
        timeSeries({
          ...third,
          key: "ingest-bytes",
          title: "Bytes received",
          description: "Bytes per second before any limit. The ingestion rate is limited: limits.ingestionRate.",
          unit: "Bps",
          min: 0,
          queries: [{ expr: tempo.bytesReceived(range), legend: "bytes" }],
        }),
        timeSeries({
          ...third,
          key: "late",
          title: "Late spans",
          description:
            "Share of spans that ended more than five minutes before they arrived: a collector empties its queue after " +
            "an outage. They count in the span metrics when they arrive, so rates are higher then.",
          unit: "percentunit",
          min: 0,
          max: 1,
          queries: [{ expr: tempo.lateSpans(range), legend: "late" }],
        }),
        timeSeries({
          ...third,
          key: "refused",
          title: "Spans refused",
          description: "Spans that senders were told to send again later, by transport. Well-made senders do.",
          unit: "short",
          min: 0,
          thresholds: ANY,
          queries: [{ expr: tempo.spansRefusedByTransport(range), legend: "{{transport}}" }],
        }),
        timeSeries({
          ...third,
          key: "discarded",
          title: "Spans discarded",
          description:
            "By reason. rate_limited: refused, see Spans refused. live_traces_exceeded, trace_too_large: acknowledged " +
            "and lost, because of limits.maxLiveTraces or limits.maxBytesPerTrace.",
          unit: "short",
          min: 0,
          thresholds: ANY,
          queries: [{ expr: tempo.spansDiscarded(range), legend: "{{reason}}" }],
        }),
        timeSeries({
          ...third,
          key: "truncated",
          title: "Attributes cut",
          description: "Attributes of spans that were longer than 2,048 bytes; the rest of their text is not stored.",
          unit: "short",
          min: 0,
          queries: [{ expr: tempo.attributesTruncated(range), legend: "attributes" }],
        }),
      ],
    },
    {
      title: "Ingester",
      panels: [
        timeSeries({
          ...third,
          key: "live-traces",
          title: "Live traces",
          description:
            "Traces that are receiving spans, and the cap above which spans of further traces are discarded.",
          unit: "short",
          min: 0,
          queries: [
            { expr: tempo.liveTraces, legend: "live" },
            { expr: tempo.maxLiveTraces, legend: "cap" },
          ],
        }),
        timeSeries({
          ...third,
          key: "flushes",
          title: "Blocks flushed",
          description:
            "Blocks that left the ingester within the last hour, and flushes that failed and are tried again.",
          unit: "short",
          min: 0,
          queries: [
            { expr: tempo.blocksFlushed("1h"), legend: "flushed" },
            { expr: tempo.flushesFailed("1h"), legend: "failed" },
          ],
        }),
        timeSeries({
          ...third,
          key: "flush-time",
          title: "Time of a flush",
          description: "Average over an hour; 0 when nothing was flushed.",
          unit: "s",
          min: 0,
          queries: [{ expr: tempo.flushTime("1h"), legend: "flush" }],
        }),
      ],
    },
    {
      title: "Blocks",
      panels: [
        timeSeries({
          ...third,
          key: "blocklist",
          title: "Blocklist",
          description: "Blocks that queries look through, and those that wait for compaction.",
          unit: "short",
          min: 0,
          queries: [
            { expr: tempo.blocklistLength, legend: "blocks" },
            { expr: tempo.outstandingBlocks, legend: "to be compacted" },
          ],
        }),
        timeSeries({
          ...third,
          key: "compaction",
          title: "Compaction",
          description: "Bytes per second that compaction writes.",
          unit: "Bps",
          min: 0,
          queries: [{ expr: tempo.compactionBytes(range), legend: "written" }],
        }),
        timeSeries({
          ...third,
          key: "block-errors",
          title: "Errors",
          description:
            "Compactions, polls of the blocklist, deletions by retention, and replays of the WAL after a start, that " +
            "failed within an hour. What is not replayed is lost.",
          unit: "short",
          min: 0,
          thresholds: ANY,
          queries: [
            { expr: tempo.compactionErrors("1h"), legend: "compaction" },
            { expr: tempo.pollErrors("1h"), legend: "poll" },
            { expr: tempo.retentionErrors("1h"), legend: "retention" },
            ...(replayErrors === undefined ? [] : [{ expr: replayErrors, legend: "replay" }]),
          ],
        }),
        timeSeries({
          ...half,
          key: "poll",
          title: "Time of a poll",
          description:
            "Reading the blocklist, 95th percentile. It happens every minute; what is flushed is found after it.",
          unit: "s",
          min: 0,
          queries: [{ expr: tempo.pollTime("10m"), legend: "p95" }],
        }),
        timeSeries({
          ...half,
          key: "deleted",
          title: "Blocks deleted",
          description: "By retention and after compaction, within the last hour.",
          unit: "short",
          min: 0,
          queries: [{ expr: tempo.blocksDeleted("1h"), legend: "deleted" }],
        }),
      ],
    },
    {
      title: "Queries",
      panels: [
        timeSeries({
          ...third,
          key: "queries",
          title: "Queries",
          description: "Per second, by kind: traces (by ID), search, metadata (tags), metrics.",
          unit: "reqps",
          min: 0,
          queries: [{ expr: tempo.queries(range), legend: "{{op}}" }],
        }),
        timeSeries({
          ...third,
          key: "queries-failed",
          title: "Queries that failed",
          description: "Per second, by kind, on Tempo's side.",
          unit: "reqps",
          min: 0,
          queries: [{ expr: tempo.queriesFailed(range), legend: "{{op}}" }],
        }),
        timeSeries({
          ...third,
          key: "query-bytes",
          title: "Bytes read by queries",
          description: "Bytes of blocks per second that queries look through.",
          unit: "Bps",
          min: 0,
          queries: [{ expr: tempo.queryBytes(range), legend: "read" }],
        }),
        timeSeries({
          ...common,
          width: 24,
          key: "query-latency",
          title: "Latency of queries, 95th percentile",
          description: "By route of the API.",
          unit: "s",
          min: 0,
          empty: "Nobody has asked anything in this time range",
          queries: [{ expr: tempo.queryLatency(0.95, range), legend: "{{route}}" }],
        }),
      ],
    },
    {
      title: "Metrics generator",
      panels: [
        timeSeries({
          ...third,
          key: "series",
          title: "Series",
          description: "Active series, their cap, and an estimate of what there would be without a cap.",
          unit: "short",
          min: 0,
          queries: [
            { expr: tempo.activeSeries, legend: "active" },
            { expr: tempo.maxActiveSeries, legend: "cap" },
            { expr: tempo.seriesDemand, legend: "wanted (estimate)" },
          ],
        }),
        timeSeries({
          ...third,
          key: "generator-discarded",
          title: "Spans that count in no metric",
          description:
            "By reason. outside_metrics_ingestion_slack: older than metricsGenerator.maxSpanAge, or a wrong clock. They " +
            "are stored and found all the same.",
          unit: "short",
          min: 0,
          queries: [{ expr: tempo.generatorDiscarded(range), legend: "{{reason}}" }],
        }),
        timeSeries({
          ...third,
          key: "limited",
          title: "Series not made",
          description: "Attempts to make a series above the cap, and pushes that the generator did not take.",
          unit: "short",
          min: 0,
          thresholds: ANY,
          queries: [
            { expr: tempo.seriesLimited(range), legend: "above the cap" },
            { expr: tempo.generatorPushesFailed(range), legend: "pushes failed" },
            { expr: tempo.collectionsFailed(range), legend: "collections failed" },
          ],
        }),
        timeSeries({
          ...half,
          key: "generator-spans",
          title: "Spans counted",
          description: "Spans per second that the metrics generator received.",
          unit: "cps",
          min: 0,
          queries: [{ expr: tempo.generatorSpans(range), legend: "spans" }],
        }),
        timeSeries({
          ...half,
          key: "expired-edges",
          title: "Calls without their other half",
          description:
            "Client or server spans per second whose partner never came: their edge is missing in the graph.",
          unit: "cps",
          min: 0,
          queries: [{ expr: tempo.expiredEdges(range), legend: "spans" }],
        }),
      ],
    },
    {
      title: "Remote write to Prometheus",
      panels: [
        timeSeries({
          ...third,
          key: "remote-write-lag",
          title: "Lag",
          description: "Seconds by which Prometheus is behind.",
          unit: "s",
          min: 0,
          queries: [{ expr: tempo.remoteWriteLag, legend: "lag" }],
        }),
        timeSeries({
          ...third,
          key: "samples",
          title: "Samples",
          description: "Samples per second that are sent.",
          unit: "cps",
          min: 0,
          queries: [{ expr: tempo.samplesSent(range), legend: "sent" }],
        }),
        timeSeries({
          ...third,
          key: "samples-waiting",
          title: "Samples waiting",
          description: "In memory, until Prometheus takes them.",
          unit: "short",
          min: 0,
          queries: [{ expr: tempo.samplesPending, legend: "waiting" }],
        }),
        timeSeries({
          ...common,
          width: 24,
          key: "samples-failed",
          title: "Samples in trouble",
          description: "Failed and dropped ones are lost; retried ones are sent again. Within ten minutes.",
          unit: "short",
          min: 0,
          thresholds: ANY,
          queries: [
            { expr: tempo.samplesFailed("10m"), legend: "failed" },
            { expr: tempo.samplesDropped("10m"), legend: "dropped" },
            { expr: tempo.samplesRetried("10m"), legend: "retried" },
          ],
        }),
      ],
    },
    {
      title: "Process",
      panels: [
        timeSeries({
          ...third,
          key: "memory",
          title: "Memory",
          description: "Resident memory, the heap, and GOMEMLIMIT, near which the garbage collector works harder.",
          unit: "bytes",
          min: 0,
          queries: [
            { expr: tempo.residentMemory, legend: "resident" },
            { expr: tempo.heapMemory, legend: "heap" },
            { expr: tempo.memoryLimit, legend: "GOMEMLIMIT" },
          ],
        }),
        timeSeries({
          ...third,
          key: "cpu",
          title: "CPU",
          description: "Processor cores in use.",
          unit: "short",
          min: 0,
          queries: [{ expr: tempo.cpu(range), legend: "cores" }],
        }),
        timeSeries({
          ...third,
          key: "restarts",
          title: "Restarts",
          description: "Within the last hour, and the members of Tempo's rings that do not accept work.",
          unit: "short",
          min: 0,
          queries: [
            { expr: tempo.restarts("1h"), legend: "restarts" },
            { expr: `${own.version.metrics.rings.length} - (${tempo.activeRings})`, legend: "rings not active" },
          ],
        }),
      ],
    },
  ];
}
