import { INNER_SPANS } from "../../contracts/attributes";
import { EDGE_LATENCY_BUCKETS, LATENCY_BUCKETS } from "../../contracts/histogram";
import { allowedHeaders, INTERNAL_MESSAGE_MIB, LEAST_MESSAGE_MIB } from "../../contracts/otlp";
import { goDuration, minutes, seconds } from "../../../lib/schema/duration";
import { MIB, toBytes } from "../../../lib/schema/quantity";
import type { Settings } from "../../contracts/settings";
import { writtenLabels } from "../../contracts/instance";
import { ports } from "../../contracts/ports";
import { remoteWriteClient } from "../../common/remoteWrite";
import type { Section, StorageConfiguration, TempoPaths } from "../../contracts/tempoVersion";
import { DEDICATED_COLUMNS } from "./columns";
import { DATA_PATH } from "../../contracts/dataPath";
import { tenantLimits } from "./limits";
import { deriveTiming, SHUTDOWN_DELAY, type Timing2 } from "./timing";

/**
 * The whole of Tempo's configuration. Rendered here and not by the chart, whose own mapping of values to it has been
 * wrong more than once; Tempo refuses unknown keys, so a mistake shows at the first start.
 *
 * Deterministic: the same settings give the same text, byte by byte, since its checksum restarts the pod.
 */

/** How long the remote write may take to deliver at the end, in seconds. */
const FLUSH_DEADLINE_SECONDS = 10;

/**
 * How long the pod has to stop, in seconds. Tempo stops its ingester and generator within five after the delay, but does
 * not exit while a query of the last 30 s waits for a timer that has been stopped itself (seen): it is killed when this
 * ends. The chart has no value for it, so the post-renderer sets it (postrender.mjs).
 */
export const GRACE_PERIOD_SECONDS = SHUTDOWN_DELAY / 1_000 + 2 * FLUSH_DEADLINE_SECONDS;

/** Jobs of one query that run at a time; by default 1,000, for a fleet of queriers. */
const CONCURRENT_JOBS = 100;

/** The ingester's completed blocks lie in its WAL. */
export const paths: TempoPaths = { wal: "wal", completed: "wal/blocks", generator: "generator" };

export function configuration(settings: Settings, owner: string, store: StorageConfiguration): Section {
  const timing = deriveTiming(settings.metricsGenerator.maxSpanAge.ms);
  const largestMessage = toBytes(settings.receiver.maxMessageSize);
  const passedOn = largestPassedOn(largestMessage);
  return {
    target: "all",
    multitenancy_enabled: false,
    // Grafana streams search results through the query port; without it the data source's streaming hangs.
    stream_over_http_enabled: true,
    shutdown_delay: goDuration(SHUTDOWN_DELAY),
    // Default on: it would tell Grafana Labs about this instance.
    usage_report: { reporting_enabled: false },
    server: {
      http_listen_port: ports.http,
      // All modules run in this process, nobody else has business there.
      grpc_listen_address: "127.0.0.1",
      grpc_listen_port: ports.grpc,
      log_format: "logfmt",
      // At "info" nothing but the reading of the blocklist, once a minute, makes 60 lines an hour while nothing happens.
      log_level: "warn",
      ...(passedOn && { grpc_server_max_recv_msg_size: passedOn }),
    },
    // Both are given what the distributor was sent.
    ...(passedOn && { ingester_client: sending(passedOn), metrics_generator_client: sending(passedOn) }),
    distributor: {
      receivers: {
        otlp: {
          protocols: {
            // The receivers' own default is localhost, which nothing outside the pod reaches.
            // Both limited below the ingestion burst: what is larger than the burst is told to retry, for ever.
            grpc: { endpoint: `0.0.0.0:${ports.otlpGrpc}`, max_recv_msg_size_mib: largestMessage / MIB },
            http: {
              endpoint: `0.0.0.0:${ports.otlpHttp}`,
              max_request_body_size: largestMessage,
              ...cors(settings.receiver),
            },
          },
        },
      },
      // Without it the rate limit answers ResourceExhausted without RetryInfo, on which gRPC exporters drop the batch.
      retry_after_on_resource_exhausted: goDuration(seconds(5)),
    },
    ingester: {
      // The ring has one member and lives in memory: there is nothing to wait for, by default 15 s at every start.
      lifecycler: { min_ready_duration: "0s", final_sleep: "0s" },
      trace_idle_period: goDuration(timing.traceIdlePeriod),
      trace_live_period: goDuration(timing.traceLivePeriod),
      flush_check_period: goDuration(timing.flushCheckPeriod),
      max_block_duration: goDuration(timing.maxBlockDuration),
      // A block is held in memory while it is completed; the default of 500 MB is half of the pod, or of a small volume.
      max_block_bytes: store.headBlockBytes,
      complete_block_timeout: goDuration(timing.completeBlockTimeout),
    },
    storage: {
      trace: {
        ...store.backend,
        wal: {
          path: `${DATA_PATH}/${paths.wal}`,
          ingestion_time_range_slack: goDuration(timing.walTimeRangeSlack),
        },
        block: { parquet_dedicated_columns: DEDICATED_COLUMNS },
        blocklist_poll: goDuration(timing.blocklistPoll),
        // Readers for one disk and two cores instead of a fleet's object storage (default 400).
        pool: { max_workers: 30, queue_depth: 10_000 },
      },
    },
    compactor: {
      compaction: {
        block_retention: goDuration(settings.retention.ms),
        compacted_block_retention: goDuration(timing.compactedBlockRetention),
        compaction_window: goDuration(timing.compactionWindow),
        compaction_cycle: goDuration(timing.compactionCycle),
        // By default 100 GB: one compaction would need ten times the volume. It holds its inputs meanwhile.
        max_block_bytes: store.compactionBlockBytes,
        max_time_per_tenant: goDuration(store.compactionPass),
        max_compaction_objects: 1_000_000,
      },
    },
    query_frontend: {
      search: {
        // 0 is no limit: a search may span the whole retention.
        max_duration: "0s",
        query_backend_after: goDuration(timing.queryBackendAfter),
        query_ingesters_until: goDuration(timing.queryIngestersUntil),
        ingester_shards: timing.ingesterShards,
        concurrent_jobs: CONCURRENT_JOBS,
      },
      trace_by_id: { query_shards: 4 },
      metrics: {
        max_duration: "0s",
        query_backend_after: goDuration(timing.metricsQueryBackendAfter),
        concurrent_jobs: CONCURRENT_JOBS,
      },
    },
    querier: { max_concurrent_queries: 4 },
    metrics_generator: metricsGenerator(settings, owner, timing, store),
    overrides: {
      defaults: tenantLimits(settings),
      // What the guard writes when the volume fills; as long as it does not, an empty file.
      ...(store.overrides && {
        per_tenant_override_config: store.overrides.file,
        per_tenant_override_period: goDuration(store.overrides.period),
      }),
    },
  };
}

function metricsGenerator(settings: Settings, owner: string, timing: Timing2, store: StorageConfiguration): Section {
  const { metricsGenerator: generator, prometheus } = settings;
  return {
    metrics_ingestion_time_range_slack: goDuration(generator.maxSpanAge.ms),
    registry: {
      collection_interval: goDuration(generator.collectionInterval.ms),
      ...(prometheus && { external_labels: sorted(writtenLabels(settings, owner, prometheus.externalLabels)) }),
    },
    processor: {
      span_metrics: {
        dimensions: generator.dimensions,
        histogram_buckets: LATENCY_BUCKETS,
        filter_policies: INNER_SPANS.map(notCounted),
      },
      service_graphs: { wait: goDuration(seconds(10)), histogram_buckets: EDGE_LATENCY_BUCKETS },
      local_blocks: {
        // Stores every span a second time: 108 % more bytes were measured.
        flush_to_storage: generator.traceqlMetrics === "retention",
        // By default only server and root spans are kept, and `{} | rate()` counts only those.
        filter_server_spans: false,
        block: { parquet_dedicated_columns: DEDICATED_COLUMNS },
        trace_idle_period: goDuration(timing.generatorIdlePeriod),
        trace_live_period: goDuration(timing.generatorLivePeriod),
        flush_check_period: goDuration(timing.generatorFlushCheckPeriod),
        max_block_duration: goDuration(timing.generatorBlockDuration),
        max_block_bytes: store.headBlockBytes,
        complete_block_timeout: goDuration(timing.generatorBlockTimeout),
      },
    },
    storage: {
      // On the volume for room, not for durability: Tempo deletes it at close and at start.
      path: `${DATA_PATH}/${paths.generator}/wal`,
      remote_write_flush_deadline: goDuration(seconds(FLUSH_DEADLINE_SECONDS)),
      // By default two hours, three of which lie on the volume. Each writes up to five lines into the log, at any level.
      wal: { truncate_frequency: goDuration(minutes(30)) },
      ...(prometheus && { remote_write: [remoteWrite(prometheus)] }),
    },
    traces_storage: {
      path: `${DATA_PATH}/${paths.generator}/traces`,
      ingestion_time_range_slack: goDuration(timing.generatorTimeRangeSlack),
    },
  };
}

/**
 * Size of a message between Tempo's modules where the receivers take larger ones than by default; the distributor passes
 * on what it was sent with the resource repeated for each trace. Seen: 8 MiB of small traces, each with 600 bytes of
 * resource, were too large for the default of 16 MiB, and refused at every retry. In proportion to what is taken.
 */
function largestPassedOn(largestMessage: number): number | undefined {
  const times = INTERNAL_MESSAGE_MIB / LEAST_MESSAGE_MIB;
  return largestMessage > LEAST_MESSAGE_MIB * MIB ? times * largestMessage : undefined;
}

function sending(bytes: number): Section {
  return { grpc_client_config: { max_send_msg_size: bytes } };
}

/** Web pages that may send spans. A list of headers replaces what the receiver allows by itself, JSON's among them. */
function cors({ cors: { allowedOrigins, allowedHeaders: more, maxAge } }: Settings["receiver"]): Section {
  if (allowedOrigins.length === 0) return {};
  return {
    cors: {
      allowed_origins: allowedOrigins,
      ...(more.length > 0 && { allowed_headers: allowedHeaders(more) }),
      ...(maxAge && { max_age: Math.round(maxAge.ms / 1_000) }),
    },
  };
}

function notCounted(name: string): Section {
  const attributes = [
    { key: "kind", value: "SPAN_KIND_INTERNAL" },
    { key: "name", value: name },
  ];
  return { exclude: { match_type: "strict", attributes } };
}

/**
 * Through an outage of Prometheus samples wait in this queue, and when it is full in the WAL. In memory: capacity times
 * shards is 200,000 samples, which at the usual 250 series and four collections a minute is three hours.
 */
function remoteWrite(prometheus: NonNullable<Settings["prometheus"]>): Section {
  return {
    url: prometheus.remoteWriteUrl,
    ...remoteWriteClient(prometheus),
    send_exemplars: true,
    queue_config: { capacity: 100_000, max_shards: 2, max_samples_per_send: 2_000 },
  };
}

function sorted(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
