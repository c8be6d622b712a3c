import { stringify } from "yaml";
import { goDuration, seconds } from "../../settings/parse/duration";
import { toBytes } from "../../settings/parse/quantity";
import type { Settings } from "../../settings/schema";
import { ports } from "../ports";
import { deriveTiming } from "./timing";

/**
 * The whole of Tempo's configuration. Rendered here and not by the chart, whose own mapping of values to it has been
 * wrong more than once; Tempo refuses unknown keys, so a mistake shows at the first start.
 *
 * Deterministic: the same settings give the same text, byte by byte, since its checksum restarts the pod.
 */

/** Where the volume is mounted. */
export const DATA_PATH = "/var/tempo";

/** A pod's grace period is 30 s by default, and the chart has no setting for it; flushing must end well before. */
export const GRACE_PERIOD_SECONDS = 30;

type Section = Record<string, unknown>;

export function tempoConfig(settings: Settings): Section {
  const timing = deriveTiming(settings.metricsGenerator.maxSpanAge.ms);
  const { limits } = settings;
  return {
    target: "all",
    multitenancy_enabled: false,
    // Grafana streams search results through the query port; without it the data source's streaming hangs.
    stream_over_http_enabled: true,
    // Default on: it would tell Grafana Labs about this instance.
    usage_report: { reporting_enabled: false },
    server: {
      http_listen_port: ports.http,
      // All modules run in this process, nobody else has business there.
      grpc_listen_address: "127.0.0.1",
      grpc_listen_port: ports.grpc,
      log_format: "logfmt",
      log_level: "info",
    },
    distributor: {
      receivers: {
        otlp: {
          protocols: {
            // The receivers' own default is localhost, which nothing outside the pod reaches.
            grpc: { endpoint: `0.0.0.0:${ports.otlpGrpc}` },
            http: { endpoint: `0.0.0.0:${ports.otlpHttp}` },
          },
        },
      },
      // Without it the rate limit answers ResourceExhausted without RetryInfo, on which gRPC exporters drop the batch.
      retry_after_on_resource_exhausted: goDuration(seconds(5)),
    },
    ingester: {
      trace_idle_period: goDuration(timing.traceIdlePeriod),
      trace_live_period: goDuration(timing.traceLivePeriod),
      flush_check_period: goDuration(timing.flushCheckPeriod),
      max_block_duration: goDuration(timing.maxBlockDuration),
      complete_block_timeout: goDuration(timing.completeBlockTimeout),
    },
    storage: {
      trace: {
        backend: "local",
        local: { path: `${DATA_PATH}/blocks` },
        wal: {
          path: `${DATA_PATH}/wal`,
          ingestion_time_range_slack: goDuration(timing.walTimeRangeSlack),
        },
        blocklist_poll: goDuration(timing.blocklistPoll),
      },
    },
    compactor: {
      compaction: {
        block_retention: goDuration(settings.retention.ms),
        compacted_block_retention: goDuration(timing.compactedBlockRetention),
      },
    },
    query_frontend: {
      search: {
        // 0 is no limit: a search may span the whole retention.
        max_duration: "0s",
        query_backend_after: goDuration(timing.queryBackendAfter),
        query_ingesters_until: goDuration(timing.queryIngestersUntil),
      },
      metrics: {
        max_duration: "0s",
        query_backend_after: goDuration(timing.metricsQueryBackendAfter),
      },
    },
    metrics_generator: metricsGenerator(settings),
    overrides: {
      defaults: {
        ingestion: {
          rate_strategy: "local",
          rate_limit_bytes: toBytes(limits.ingestionRate),
          burst_size_bytes: toBytes(limits.ingestionBurst),
          max_traces_per_user: limits.maxLiveTraces,
        },
        global: { max_bytes_per_trace: toBytes(limits.maxBytesPerTrace) },
        metrics_generator: {
          // Span metrics and service graphs have nowhere to go without a Prometheus.
          processors: [...(settings.prometheus ? ["service-graphs", "span-metrics"] : []), "local-blocks"],
          max_active_series: limits.maxActiveSeries,
        },
      },
    },
  };
}

function metricsGenerator(settings: Settings): Section {
  const { metricsGenerator: generator, prometheus } = settings;
  const timing = deriveTiming(generator.maxSpanAge.ms);
  return {
    metrics_ingestion_time_range_slack: goDuration(generator.maxSpanAge.ms),
    registry: {
      collection_interval: goDuration(generator.collectionInterval.ms),
      ...(prometheus && { external_labels: sorted(prometheus.externalLabels) }),
    },
    processor: {
      span_metrics: { dimensions: generator.dimensions },
      service_graphs: { wait: goDuration(seconds(10)) },
      local_blocks: {
        flush_to_storage: generator.traceqlMetrics === "retention",
        filter_server_spans: false,
        max_block_duration: goDuration(timing.generatorBlockDuration),
        complete_block_timeout: goDuration(timing.generatorBlockTimeout),
      },
    },
    storage: {
      // On the volume for room, not for durability: Tempo deletes it at close and at start.
      path: `${DATA_PATH}/generator/wal`,
      remote_write_flush_deadline: goDuration(seconds(GRACE_PERIOD_SECONDS / 2)),
      ...(prometheus && { remote_write: [{ url: prometheus.remoteWriteUrl, send_exemplars: true }] }),
    },
    traces_storage: {
      path: `${DATA_PATH}/generator/traces`,
      ingestion_time_range_slack: goDuration(timing.generatorTimeRangeSlack),
    },
  };
}

function sorted(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** tempo.yaml as text. */
export function renderTempoYaml(settings: Settings): string {
  return stringify(tempoConfig(settings), { lineWidth: 0, aliasDuplicateObjects: false });
}
