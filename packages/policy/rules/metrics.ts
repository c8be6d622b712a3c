import captured from "../captured-metrics.json";
import { metricsIn } from "./promql";
import { queriesOf } from "./queries";
import type { Policy } from "./types";

/**
 * Metrics that exist, but that no capture holds: counters that appear with the first event that they count, what is
 * captured without its parts, and what kubelet has.
 */
const OTHERS = [
  // Tempo 2.10.1, by its source.
  "tempo_distributor_attributes_truncated_total",
  "tempo_distributor_metrics_generator_pushes_failures_total",
  "tempo_ingester_replay_errors_total",
  "tempo_metrics_generator_registry_collections_failed_total",
  "tempo_spans_distance_in_past_seconds_bucket",
  "tempo_spans_distance_in_past_seconds_count",
  "tempodb_blocklist_tenant_index_errors_total",
  "prometheus_remote_storage_samples_dropped_total",
  // Alloy 1.18 with Beyla 3.28, by their sources; the first also by a run with gRPC.
  "rpc_client_call_duration_seconds_count",
  "beyla_avoided_services",
  "beyla_instrumentation_errors_total",
  "beyla_instrumented_processes",
  "otelcol_processor_refused_spans_total",
  // Kubernetes' kubelet: its metrics reference, "Volume stats".
  "kubelet_volume_stats_capacity_bytes",
  "kubelet_volume_stats_inodes",
  "kubelet_volume_stats_inodes_free",
  "kubelet_volume_stats_used_bytes",
];

/**
 * Every metric that a query may name: those that a real Tempo, its generator, the guard and a real collector were seen
 * to have (`captured-metrics.json`), and the few others with their sources above.
 */
export const KNOWN_METRICS: ReadonlySet<string> = new Set([...captured, ...OTHERS]);

/** A query that misspells a metric is empty for ever, and an alert on it never fires. */
export const knownMetrics: Policy = {
  name: "known-metrics",
  description: "No dashboard, link or alert asks for a metric that nothing here has: it would be empty for ever.",
  check: (resource) =>
    queriesOf(resource).flatMap(({ path, expr }) =>
      metricsIn(expr)
        .filter((name) => !KNOWN_METRICS.has(name))
        .map((name) => `${path} asks for ${name}, which neither Tempo nor the collector has. Correct its name`),
    ),
};
