import type { TempoMetrics } from "../../contracts/tempoVersion";

/** As 2.10.1 has them: seen on a real one that was fresh, loaded, quiet, and in trouble. */
export const metrics = {
  buildInfo: "tempo_build_info",
  limits: "tempo_limits_defaults",
  ringMembers: "tempo_ring_members",
  rings: ["ingester", "metrics-generator"],

  spansReceived: "tempo_distributor_spans_received_total",
  bytesReceived: "tempo_distributor_bytes_received_total",
  bytesIngress: "tempo_distributor_ingress_bytes_total",
  spansAccepted: "tempo_receiver_accepted_spans",
  spansRefused: "tempo_receiver_refused_spans",
  spansDiscarded: "tempo_discarded_spans_total",
  attributesTruncated: "tempo_distributor_attributes_truncated_total",
  spanAge: "tempo_spans_distance_in_past_seconds",

  liveTraces: "tempo_ingester_live_traces",
  tracesCreated: "tempo_ingester_traces_created_total",
  blocksFlushed: "tempo_ingester_blocks_flushed_total",
  flushesFailed: "tempo_ingester_failed_flushes_total",
  flushTime: "tempo_ingester_flush_duration_seconds",
  replayErrors: "tempo_ingester_replay_errors_total",

  // Gauges, whatever their names say.
  backendBytes: "tempodb_backend_bytes_total",
  backendObjects: "tempodb_backend_objects_total",
  blocklistLength: "tempodb_blocklist_length",
  compactionBytes: "tempodb_compaction_bytes_written_total",
  compactedBlocks: "tempodb_compaction_blocks_total",
  outstandingBlocks: "tempodb_compaction_outstanding_blocks",
  compactionErrors: "tempodb_compaction_errors_total",
  pollTime: "tempodb_blocklist_poll_duration_seconds",
  pollErrors: "tempodb_blocklist_poll_errors_total",
  tenantIndexErrors: "tempodb_blocklist_tenant_index_errors_total",
  blocksDeleted: "tempodb_retention_deleted_total",
  retentionErrors: "tempodb_retention_errors_total",

  queries: "tempo_query_frontend_queries_total",
  queriesWithinSlo: "tempo_query_frontend_queries_within_slo_total",
  queryBytes: "tempo_query_frontend_bytes_inspected_total",
  requestTime: "tempo_request_duration_seconds",

  generatorSpans: "tempo_metrics_generator_spans_received_total",
  generatorDiscarded: "tempo_metrics_generator_spans_discarded_total",
  generatorPushesFailed: "tempo_distributor_metrics_generator_pushes_failures_total",
  generatorProcessors: "tempo_metrics_generator_active_processors",
  activeSeries: "tempo_metrics_generator_registry_active_series",
  maxActiveSeries: "tempo_metrics_generator_registry_max_active_series",
  seriesLimited: "tempo_metrics_generator_registry_series_limited_total",
  seriesDemand: "tempo_metrics_generator_registry_active_series_demand_estimate",
  collections: "tempo_metrics_generator_registry_collections_total",
  collectionsFailed: "tempo_metrics_generator_registry_collections_failed_total",
  expiredEdges: "tempo_metrics_generator_processor_service_graphs_expired_edges",

  // The histogram is called latency; the `duration` that Grafana's documentation queries does not exist.
  calls: "traces_spanmetrics_calls_total",
  callLatency: "traces_spanmetrics_latency",
  edgeRequests: "traces_service_graph_request_total",
  edgeRequestsFailed: "traces_service_graph_request_failed_total",
  edgeServerLatency: "traces_service_graph_request_server_seconds",
  edgeClientLatency: "traces_service_graph_request_client_seconds",
} as const satisfies TempoMetrics;
