import type { Own } from "./own";
import { growth as growthOf, matches, max, promqlOf, sum, type Matchers } from "./promql";

/**
 * Tempo's own metrics, by the names that its version gives them.
 *
 * Three things are everywhere below. Many counters are absent until the first event: their absence means zero, as long as
 * Tempo is scraped at all (`orZero`). Some appear with their first value, of which `increase` sees nothing (`growth`). And
 * every selector has the conditions that tell this stack's Tempo from others (own.ts); they may be as wide as a namespace,
 * so metrics that other programs have as well are told apart by `ofTempo`.
 */

/** Of remote write. Prometheus exports the same names of itself, without a tenant. */
const TENANT: Matchers = [`tenant!=""`];

/** The queries about one Tempo. */
export type TempoQueries = ReturnType<typeof tempoQueries>;

/** @param own how the series of this stack's own Tempo are told from others' (own.ts). */
export function tempoQueries({ tempo: own, version: { metrics } }: Pick<Own, "tempo" | "version">) {
  const { select, rate, increase, quantile } = promqlOf(own);
  const growth = (metric: string, range: string, matchers: Matchers = []): string =>
    growthOf(metric, range, [...own, ...matchers], buildInfo);

  /** There is one of it for each Tempo that is scraped, from its first second on. */
  const buildInfo = select(metrics.buildInfo);

  /** 0 while a Tempo is scraped, and nothing otherwise. */
  const zero = `0 * sum(${buildInfo})`;

  /** A sum that is 0 where nothing has been counted yet. */
  function orZero(expression: string): string {
    return `(${expression}) or ${zero}`;
  }

  /** The same for a sum by one label: a single row, whose label says `none`, until there is something. */
  function orNone(expression: string, label: string): string {
    return `(${expression}) or label_replace(${zero} unless on () (${expression}), "${label}", "none", "", "")`;
  }

  /** What is Tempo's of a metric that every Go program has. */
  function ofTempo(expression: string): string {
    return `(${expression} and on (job, instance) ${buildInfo})`;
  }

  /** How many Tempos are scraped: 0, not nothing, when there is none. */
  const scraped = `count(${buildInfo}) or vector(0)`;

  /** Rings that accept work: all of them, of a Tempo that is well. There is no metric for /ready itself. */
  const activeRings = orZero(
    sum(max(select(metrics.ringMembers, [`state="ACTIVE"`, matches("name", metrics.rings.join("|"))]), ["name"])),
  );

  // What comes in.

  /** Spans per second that passed the rate limit. */
  const spansReceived = (range: string): string => orZero(sum(rate(metrics.spansReceived, range)));
  /** Bytes per second, before any limit. */
  const bytesReceived = (range: string): string => orZero(sum(rate(metrics.bytesIngress, range)));
  /** Spans per second by transport. */
  const spansAccepted = (range: string): string =>
    orNone(sum(rate(metrics.spansAccepted, range), ["transport"]), "transport");
  /** Spans that senders were refused, and told so: they retry. */
  const spansRefused = (range: string): string => orZero(sum(growth(metrics.spansRefused, range)));
  const spansRefusedByTransport = (range: string): string =>
    orNone(sum(growth(metrics.spansRefused, range), ["transport"]), "transport");
  /** The same, also where a receiver counts none: the distributor counts those of the rate limit once more. */
  const spansRefusedOrLimited = (range: string): string => {
    const limited = sum(growth(metrics.spansDiscarded, range, [`reason="rate_limited"`]));
    return max(`${spansRefused(range)} or label_replace(${limited}, "reason", "rate_limited", "", "")`);
  };
  /** Spans that were thrown away by reason. `rate_limited` ones were refused, all others were acknowledged before. */
  const spansDiscarded = (range: string): string =>
    orNone(sum(growth(metrics.spansDiscarded, range), ["reason"]), "reason");
  /** Spans that were acknowledged and are lost. */
  const spansLost = (range: string): string =>
    orNone(sum(growth(metrics.spansDiscarded, range, [`reason!="rate_limited"`]), ["reason"]), "reason");
  /** Attributes that were cut to 2,048 bytes. */
  const attributesTruncated = (range: string): string => orZero(sum(growth(metrics.attributesTruncated, range)));
  /** Share of spans, 0 to 1, that ended more than five minutes before they arrived: a collector empties its queue. */
  const lateSpans = (range: string): string => {
    const all = sum(rate(`${metrics.spanAge}_count`, range));
    const punctual = sum(rate(`${metrics.spanAge}_bucket`, range, [`le=~"300(.0)?"`]));
    return orZero(`(${all} - ${punctual}) / (${all} > 0)`);
  };

  // What the ingester holds and flushes.

  const liveTraces = orZero(sum(select(metrics.liveTraces)));
  /** The cap on them. */
  const maxLiveTraces = sum(select(metrics.limits, [`limit_name="max_local_traces_per_user"`]));
  const blocksFlushed = (range: string): string => sum(increase(metrics.blocksFlushed, range));
  const flushesFailed = (range: string): string => orZero(sum(growth(metrics.flushesFailed, range)));
  /** Average time of a flush in seconds, over a range in which there may be none. */
  const flushTime = (range: string): string =>
    orZero(`${sum(rate(`${metrics.flushTime}_sum`, range))} / (${sum(rate(`${metrics.flushTime}_count`, range))} > 0)`);
  /** Blocks of the WAL that could not be read after a start; their traces are lost. */
  const replayErrors = (range: string): string | undefined =>
    metrics.replayErrors === undefined ? undefined : orZero(sum(growth(metrics.replayErrors, range)));
  /**
   * 1 while spans come in all the time and no block has been flushed for half an hour: the only sign in Tempo's metrics
   * that nothing is written, such as on a full volume. A Tempo that has not been there for so long is not judged.
   */
  const notFlushing = orZero(
    `(min_over_time((${spansReceived("5m")})[30m:5m]) > bool 0) * (count_over_time((${zero})[30m:5m]) >= bool 6)` +
      ` * (${blocksFlushed("30m")} == bool 0)`,
  );

  // The backend: blocks on the volume.

  /** Bytes by status: `live`, and `compacted`, which waits for its deletion. */
  const blockBytes = orNone(sum(select(metrics.backendBytes), ["status"]), "status");
  const blockBytesInAll = orZero(sum(select(metrics.backendBytes)));
  const blocklistLength = orZero(sum(select(metrics.blocklistLength)));
  const compactionBytes = (range: string): string => orZero(sum(rate(metrics.compactionBytes, range)));
  const compactedBlocks = (range: string): string => orZero(sum(increase(metrics.compactedBlocks, range)));
  const outstandingBlocks = orZero(sum(select(metrics.outstandingBlocks)));
  const compactionErrors = (range: string): string => orZero(sum(growth(metrics.compactionErrors, range)));
  const polls = (range: string): string => sum(increase(`${metrics.pollTime}_count`, range));
  /** Polls that could not list the tenants, and tenants whose blocks or index could not be read: two counters. */
  const pollErrors = (range: string): string => {
    const list = orZero(sum(growth(metrics.pollErrors, range)));
    const tenant = orZero(sum(growth(metrics.tenantIndexErrors, range)));
    return `(${list}) + (${tenant})`;
  };
  /** 95th percentile in seconds; polling never stops. */
  const pollTime = (range: string): string => quantile(0.95, `${metrics.pollTime}_bucket`, range, [], []);
  const blocksDeleted = (range: string): string => sum(increase(metrics.blocksDeleted, range));
  const retentionErrors = (range: string): string => orZero(sum(growth(metrics.retentionErrors, range)));

  // Queries.

  /** Queries per second by kind. */
  const queries = (range: string): string => orNone(sum(rate(metrics.queries, range), ["op"]), "op");
  /** Queries per second that failed on Tempo's side; 0, not nothing, for a kind of which none failed. */
  const queriesFailed = (range: string): string =>
    orNone(
      `${sum(rate(metrics.queries, range), ["op"])} - ${sum(rate(metrics.queriesWithinSlo, range), ["op"])}`,
      "op",
    );
  /** Bytes per second that queries read. */
  const queryBytes = (range: string): string => orZero(sum(rate(metrics.queryBytes, range)));
  /** Latency in seconds of what people ask, streams included; nothing while nobody asks. */
  const queryLatency = (q: number, range: string): string =>
    `${quantile(q, `${metrics.requestTime}_bucket`, range, ["route"], [`route=~"api_.*|/tempopb.StreamingQuerier/.*"`])} >= 0`;

  // The metrics generator.

  const generatorSpans = (range: string): string => orZero(sum(rate(metrics.generatorSpans, range)));
  /** Spans that count in no metric, by reason; without those that are left out on purpose (INNER_SPANS). */
  const generatorDiscarded = (range: string): string =>
    orNone(sum(growth(metrics.generatorDiscarded, range, [`reason!="span_metrics_filtered"`]), ["reason"]), "reason");
  const activeSeries = orZero(sum(select(metrics.activeSeries)));
  const maxActiveSeries = sum(select(metrics.limits, [`limit_name="metrics_generator_max_active_series"`]));
  /** Share of the cap that is used, 0 to 1. */
  const seriesUse = `(${activeSeries}) / ${maxActiveSeries}`;
  /** Samples of series that were not made, at the cap. It counts attempts, not series. */
  const seriesLimited = (range: string): string => orZero(sum(growth(metrics.seriesLimited, range)));
  /** Series that there would be without a cap; an estimate. */
  const seriesDemand = orZero(sum(select(metrics.seriesDemand)));
  const collectionsFailed = (range: string): string => orZero(sum(growth(metrics.collectionsFailed, range)));
  /** Pushes from the distributor that the generator did not take: their spans count in no metric. */
  const generatorPushesFailed = (range: string): string => orZero(sum(growth(metrics.generatorPushesFailed, range)));
  /**
   * More than 0 while the generator makes no metrics: the distributor has spans and the generator gets none of them, a
   * registry hands on no series (it does every collection interval, spans or not), or a processor is off.
   */
  const generatorStopped = [
    `((${spansReceived("10m")}) > bool 0) * ((${generatorSpans("10m")}) == bool 0)`,
    orZero(sum(`${increase(metrics.collections, "10m")} == bool 0`)),
    orZero(sum(`${select(metrics.generatorProcessors, [`processor=~"span-metrics|service-graphs"`])} == bool 0`)),
  ]
    .map((sign) => `(${sign})`)
    .join(" + ");
  /** Client and server spans that found no other half in time, per second: edges that are missing in the graph. */
  const expiredEdges = (range: string): string => orZero(sum(rate(metrics.expiredEdges, range)));

  // Remote write.

  const sent = select("prometheus_remote_storage_queue_highest_sent_timestamp_seconds", TENANT);
  /** What was never sent is late since Tempo's start; its timestamp is 0. */
  const sentOrStart = `(${sent} > 0 or ${sent} + on (job, instance) group_left () ${select("process_start_time_seconds")})`;
  /** Seconds by which Prometheus is behind; 0 on a quiet system. */
  const remoteWriteLag = orZero(
    max(`${select("prometheus_remote_storage_queue_highest_timestamp_seconds", TENANT)} - ${sentOrStart}`),
  );
  const samplesSent = (range: string): string =>
    orZero(sum(rate("prometheus_remote_storage_samples_total", range, TENANT)));
  const samplesPending = orZero(sum(select("prometheus_remote_storage_samples_pending", TENANT)));
  /** Samples that are lost. */
  const samplesFailed = (range: string): string =>
    orZero(sum(growth("prometheus_remote_storage_samples_failed_total", range, TENANT)));
  const samplesDropped = (range: string): string =>
    orZero(sum(growth("prometheus_remote_storage_samples_dropped_total", range, TENANT)));
  /** Both of them. */
  const samplesLost = (range: string): string => `(${samplesFailed(range)}) + (${samplesDropped(range)})`;
  /** Samples that are sent again, since Prometheus did not take them. */
  const samplesRetried = (range: string): string =>
    orZero(sum(growth("prometheus_remote_storage_samples_retried_total", range, TENANT)));

  // The process.

  const residentMemory = max(ofTempo(select("process_resident_memory_bytes")));
  const heapMemory = max(ofTempo(select("go_memstats_heap_inuse_bytes")));
  /** GOMEMLIMIT, near which the garbage collector works harder. */
  const memoryLimit = max(ofTempo(select("go_gc_gomemlimit_bytes")));
  /** Cores. */
  const cpu = (range: string): string => sum(ofTempo(rate("process_cpu_seconds_total", range)));
  /** Seconds since the start. */
  const uptime = `time() - ${max(ofTempo(select("process_start_time_seconds")))}`;
  /** Of the newest start, since a pod that was replaced may have another address, and so be another series. */
  const restarts = (range: string): string =>
    `changes((${max(ofTempo(select("process_start_time_seconds")))})[${range}:30s])`;

  return {
    buildInfo,
    zero,
    orZero,
    scraped,
    activeRings,
    spansReceived,
    bytesReceived,
    spansAccepted,
    spansRefusedByTransport,
    spansRefusedOrLimited,
    spansDiscarded,
    spansLost,
    attributesTruncated,
    lateSpans,
    liveTraces,
    maxLiveTraces,
    blocksFlushed,
    flushesFailed,
    flushTime,
    replayErrors,
    notFlushing,
    blockBytes,
    blockBytesInAll,
    blocklistLength,
    compactionBytes,
    compactedBlocks,
    outstandingBlocks,
    compactionErrors,
    polls,
    pollErrors,
    pollTime,
    blocksDeleted,
    retentionErrors,
    queries,
    queriesFailed,
    queryBytes,
    queryLatency,
    generatorSpans,
    generatorDiscarded,
    activeSeries,
    maxActiveSeries,
    seriesUse,
    seriesLimited,
    seriesDemand,
    collectionsFailed,
    generatorPushesFailed,
    generatorStopped,
    expiredEdges,
    remoteWriteLag,
    samplesSent,
    samplesPending,
    samplesFailed,
    samplesDropped,
    samplesLost,
    samplesRetried,
    residentMemory,
    heapMemory,
    memoryLimit,
    cpu,
    uptime,
    restarts,
  };
}
