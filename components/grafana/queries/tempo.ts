import { increase, max, quantile, rate, select, sum, type Matchers } from "./promql";

/**
 * Tempo's own metrics, as 2.10.1 has them (seen on a real one that was fresh, loaded, quiet, and in trouble).
 *
 * Three things are everywhere below. Many counters are absent until the first event: their absence means zero, as long as
 * Tempo is scraped at all ({@link orZero}). Some appear with their first value, of which `increase` sees nothing
 * ({@link growth}). And no query names a job: the metrics' names are Tempo's alone, so whoever scrapes it may call the
 * job what he likes; those that other programs have as well are told apart by {@link ofTempo}.
 */

/** There is one of it for each Tempo that is scraped, from its first second on. */
export const BUILD_INFO = "tempo_build_info";

/** 0 while a Tempo is scraped, and nothing otherwise. */
export const ZERO = `0 * sum(${BUILD_INFO})`;

/** A sum that is 0 where nothing has been counted yet. */
export function orZero(expression: string): string {
  return `(${expression}) or ${ZERO}`;
}

/** The same for a sum by one label: a single row, whose label says `none`, until there is something. */
function orNone(expression: string, label: string): string {
  return `(${expression}) or label_replace(${ZERO} unless on () (${expression}), "${label}", "none", "", "")`;
}

/** What is Tempo's of a metric that every Go program has. */
function ofTempo(expression: string): string {
  return `(${expression} and on (job, instance) ${BUILD_INFO})`;
}

/**
 * Growth of a counter over a range, by series, the first event of an absent counter included.
 *
 * Such a counter is new if Tempo was scraped when the range began and did not have it yet. Where Tempo was not scraped
 * then, a counter is new if nobody has seen it in the hours before: so neither a gap in scraping nor an outage of
 * Prometheus makes an event of what was counted long ago. Of a Tempo that is gone there is nothing: the range would tell
 * of its last minutes for as long as it is.
 *
 * @param alive what there is one of for each process from its first second on; that of Tempo, unless the counter is
 * another program's.
 */
export function growth(metric: string, range: string, matchers: Matchers = [], alive: string = BUILD_INFO): string {
  const series = select(metric, matchers);
  const earlier = `last_over_time(${series}[6h] offset ${range}) unless on (job, instance) ${alive} offset ${range}`;
  const grown = `${series} unless ${series} offset ${range} unless (${earlier}) or increase(${series}[${range}])`;
  return `((${grown}) and on (job, instance) ${alive})`;
}

/** How many Tempos are scraped: 0, not nothing, when there is none. */
export const scraped = `count(${BUILD_INFO}) or vector(0)`;

/** Rings that accept work: 2, the ingester's and the generator's. There is no metric for /ready itself. */
export const activeRings = orZero(
  sum(`max by (name) (tempo_ring_members{state="ACTIVE", name=~"ingester|metrics-generator"})`),
);

// What comes in.

/** Spans per second that passed the rate limit. */
export const spansReceived = (range: string): string =>
  orZero(sum(rate("tempo_distributor_spans_received_total", range)));
/** Bytes per second, before any limit. */
export const bytesReceived = (range: string): string =>
  orZero(sum(rate("tempo_distributor_ingress_bytes_total", range)));
/** Spans per second by transport. */
export const spansAccepted = (range: string): string =>
  orNone(sum(rate("tempo_receiver_accepted_spans", range), ["transport"]), "transport");
/** Spans that senders were refused, and told so: they retry. */
const spansRefused = (range: string): string => orZero(sum(growth("tempo_receiver_refused_spans", range)));
export const spansRefusedByTransport = (range: string): string =>
  orNone(sum(growth("tempo_receiver_refused_spans", range), ["transport"]), "transport");
/** The same, also where a receiver counts none: the distributor counts those of the rate limit once more. */
export const spansRefusedOrLimited = (range: string): string => {
  const limited = sum(growth("tempo_discarded_spans_total", range, [`reason="rate_limited"`]));
  return max(`${spansRefused(range)} or label_replace(${limited}, "reason", "rate_limited", "", "")`);
};
/** Spans that were thrown away by reason. `rate_limited` ones were refused, all others were acknowledged before. */
export const spansDiscarded = (range: string): string =>
  orNone(sum(growth("tempo_discarded_spans_total", range), ["reason"]), "reason");
/** Spans that were acknowledged and are lost. */
export const spansLost = (range: string): string =>
  orNone(sum(growth("tempo_discarded_spans_total", range, [`reason!="rate_limited"`]), ["reason"]), "reason");
/** Attributes that were cut to 2,048 bytes. */
export const attributesTruncated = (range: string): string =>
  orZero(sum(growth("tempo_distributor_attributes_truncated_total", range)));
/** Share of spans, 0 to 1, that ended more than five minutes before they arrived: a collector empties its queue. */
export const lateSpans = (range: string): string => {
  const all = sum(rate("tempo_spans_distance_in_past_seconds_count", range));
  const punctual = sum(rate("tempo_spans_distance_in_past_seconds_bucket", range, [`le=~"300(.0)?"`]));
  return orZero(`(${all} - ${punctual}) / (${all} > 0)`);
};

// What the ingester holds and flushes.

export const liveTraces = orZero(sum("tempo_ingester_live_traces"));
/** The cap on them. */
export const maxLiveTraces = sum(`tempo_limits_defaults{limit_name="max_local_traces_per_user"}`);
export const blocksFlushed = (range: string): string => sum(`increase(tempo_ingester_blocks_flushed_total[${range}])`);
export const flushesFailed = (range: string): string =>
  orZero(sum(growth("tempo_ingester_failed_flushes_total", range)));
/** Average time of a flush in seconds, over a range in which there may be none. */
export const flushTime = (range: string): string =>
  orZero(
    `${sum(rate("tempo_ingester_flush_duration_seconds_sum", range))} / (${sum(rate("tempo_ingester_flush_duration_seconds_count", range))} > 0)`,
  );
/** Blocks of the WAL that could not be read after a start; their traces are lost. */
export const replayErrors = (range: string): string => orZero(sum(growth("tempo_ingester_replay_errors_total", range)));
/**
 * 1 while spans come in all the time and no block has been flushed for half an hour: the only sign in Tempo's metrics
 * that nothing is written, such as on a full volume. A Tempo that has not been there for so long is not judged.
 */
export const notFlushing = orZero(
  `(min_over_time((${spansReceived("5m")})[30m:5m]) > bool 0) * (count_over_time((${ZERO})[30m:5m]) >= bool 6)` +
    ` * (${blocksFlushed("30m")} == bool 0)`,
);

// The backend: blocks on the volume.

/** Bytes by status: `live`, and `compacted`, which waits for its deletion. Gauges, whatever their name says. */
export const blockBytes = orNone(sum("tempodb_backend_bytes_total", ["status"]), "status");
export const blockBytesInAll = orZero(sum("tempodb_backend_bytes_total"));
export const blocklistLength = orZero(sum("tempodb_blocklist_length"));
export const compactionBytes = (range: string): string =>
  orZero(sum(rate("tempodb_compaction_bytes_written_total", range)));
export const compactedBlocks = (range: string): string =>
  orZero(sum(`increase(tempodb_compaction_blocks_total[${range}])`));
export const outstandingBlocks = orZero(sum("tempodb_compaction_outstanding_blocks"));
export const compactionErrors = (range: string): string =>
  orZero(sum(growth("tempodb_compaction_errors_total", range)));
export const polls = (range: string): string =>
  sum(`increase(tempodb_blocklist_poll_duration_seconds_count[${range}])`);
/** Polls that could not list the tenants, and tenants whose blocks or index could not be read: two counters. */
export const pollErrors = (range: string): string => {
  const list = orZero(sum(growth("tempodb_blocklist_poll_errors_total", range)));
  const tenant = orZero(sum(growth("tempodb_blocklist_tenant_index_errors_total", range)));
  return `(${list}) + (${tenant})`;
};
/** 95th percentile in seconds; polling never stops. */
export const pollTime = (range: string): string =>
  quantile(0.95, "tempodb_blocklist_poll_duration_seconds_bucket", range, [], []);
export const blocksDeleted = (range: string): string => sum(`increase(tempodb_retention_deleted_total[${range}])`);
export const retentionErrors = (range: string): string => orZero(sum(growth("tempodb_retention_errors_total", range)));

// Queries.

/** Queries per second by kind. */
export const queries = (range: string): string =>
  orNone(sum(rate("tempo_query_frontend_queries_total", range), ["op"]), "op");
/** Queries per second that failed on Tempo's side; 0, not nothing, for a kind of which none failed. */
export const queriesFailed = (range: string): string =>
  orNone(
    `${sum(rate("tempo_query_frontend_queries_total", range), ["op"])} - ${sum(rate("tempo_query_frontend_queries_within_slo_total", range), ["op"])}`,
    "op",
  );
/** Bytes per second that queries read. */
export const queryBytes = (range: string): string =>
  orZero(sum(rate("tempo_query_frontend_bytes_inspected_total", range)));
/** Latency in seconds of what people ask, streams included; nothing while nobody asks. */
export const queryLatency = (q: number, range: string): string =>
  `${quantile(q, "tempo_request_duration_seconds_bucket", range, ["route"], [`route=~"api_.*|/tempopb.StreamingQuerier/.*"`])} >= 0`;

// The metrics generator.

export const generatorSpans = (range: string): string =>
  orZero(sum(rate("tempo_metrics_generator_spans_received_total", range)));
/** Spans that count in no metric, by reason; without those that are left out on purpose (INNER_SPANS). */
export const generatorDiscarded = (range: string): string =>
  orNone(
    sum(growth("tempo_metrics_generator_spans_discarded_total", range, [`reason!="span_metrics_filtered"`]), [
      "reason",
    ]),
    "reason",
  );
export const activeSeries = orZero(sum("tempo_metrics_generator_registry_active_series"));
export const maxActiveSeries = sum(`tempo_limits_defaults{limit_name="metrics_generator_max_active_series"}`);
/** Share of the cap that is used, 0 to 1. */
export const seriesUse = `(${activeSeries}) / ${maxActiveSeries}`;
/** Samples of series that were not made, at the cap. It counts attempts, not series. */
export const seriesLimited = (range: string): string =>
  orZero(sum(growth("tempo_metrics_generator_registry_series_limited_total", range)));
/** Series that there would be without a cap; an estimate. */
export const seriesDemand = orZero(sum("tempo_metrics_generator_registry_active_series_demand_estimate"));
export const collectionsFailed = (range: string): string =>
  orZero(sum(growth("tempo_metrics_generator_registry_collections_failed_total", range)));
/** Pushes from the distributor that the generator did not take: their spans count in no metric. */
export const generatorPushesFailed = (range: string): string =>
  orZero(sum(growth("tempo_distributor_metrics_generator_pushes_failures_total", range)));
/**
 * More than 0 while the generator makes no metrics: the distributor has spans and the generator gets none of them, a
 * registry hands on no series (it does every collection interval, spans or not), or a processor is off.
 */
export const generatorStopped = [
  `((${spansReceived("10m")}) > bool 0) * ((${generatorSpans("10m")}) == bool 0)`,
  orZero(sum(`${increase("tempo_metrics_generator_registry_collections_total", "10m")} == bool 0`)),
  orZero(sum(`tempo_metrics_generator_active_processors{processor=~"span-metrics|service-graphs"} == bool 0`)),
]
  .map((sign) => `(${sign})`)
  .join(" + ");
/** Client and server spans that found no other half in time, per second: edges that are missing in the graph. */
export const expiredEdges = (range: string): string =>
  orZero(sum(rate("tempo_metrics_generator_processor_service_graphs_expired_edges", range)));

// Remote write. Prometheus exports the same names of itself, without a tenant.

const TENANT = [`tenant!=""`] as const;
const SENT = select("prometheus_remote_storage_queue_highest_sent_timestamp_seconds", TENANT);
/** What was never sent is late since Tempo's start; its timestamp is 0. */
const sentOrStart = `(${SENT} > 0 or ${SENT} + on (job, instance) group_left () process_start_time_seconds)`;
/** Seconds by which Prometheus is behind; 0 on a quiet system. */
export const remoteWriteLag = orZero(
  max(`${select("prometheus_remote_storage_queue_highest_timestamp_seconds", TENANT)} - ${sentOrStart}`),
);
export const samplesSent = (range: string): string =>
  orZero(sum(rate("prometheus_remote_storage_samples_total", range, TENANT)));
export const samplesPending = orZero(sum(select("prometheus_remote_storage_samples_pending", TENANT)));
/** Samples that are lost. */
export const samplesFailed = (range: string): string =>
  orZero(sum(growth("prometheus_remote_storage_samples_failed_total", range, TENANT)));
export const samplesDropped = (range: string): string =>
  orZero(sum(growth("prometheus_remote_storage_samples_dropped_total", range, TENANT)));
/** Both of them. */
export const samplesLost = (range: string): string => `(${samplesFailed(range)}) + (${samplesDropped(range)})`;
/** Samples that are sent again, since Prometheus did not take them. */
export const samplesRetried = (range: string): string =>
  orZero(sum(growth("prometheus_remote_storage_samples_retried_total", range, TENANT)));

// The process.

export const residentMemory = max(ofTempo("process_resident_memory_bytes"));
export const heapMemory = max(ofTempo("go_memstats_heap_inuse_bytes"));
/** GOMEMLIMIT, near which the garbage collector works harder. */
export const memoryLimit = max(ofTempo("go_gc_gomemlimit_bytes"));
/** Cores. */
export const cpu = (range: string): string => sum(ofTempo(rate("process_cpu_seconds_total", range)));
/** Seconds since the start. */
export const uptime = `time() - ${max(ofTempo("process_start_time_seconds"))}`;
/** Of the newest start, since a pod that was replaced may have another address, and so be another series. */
export const restarts = (range: string): string =>
  `changes((${max(ofTempo("process_start_time_seconds"))})[${range}:30s])`;
