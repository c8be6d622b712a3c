/** Requests to Tempo's query port, by their target: whose door is open beyond the cluster, and whose is not. */

const ID = "0af7651916cd43dd8448eb211c80319c";

/** What Grafana's data source, a script and an uptime check ask for. */
export const READER_REQUESTS = [
  "/api/echo",
  "/api/status/buildinfo",
  "/ready",
  "/api/search",
  "/api/search/tags",
  "/api/search/tag/service.name/values",
  "/api/v2/search/tags",
  "/api/v2/search/tag/resource.service.name/values",
  "/api/v2/search/tag/span.a%2Fb/values",
  `/api/traces/${ID}`,
  `/api/v2/traces/${ID}`,
  "/api/metrics/query",
  "/api/metrics/query_range",
  "/api/metrics/summary",
  "/tempopb.StreamingQuerier/Search",
  "/tempopb.StreamingQuerier/MetricsQueryRange",
] as const;

/**
 * What stops Tempo, writes to it, shows its configuration, or costs it much; then the same behind an open path. Tempo's
 * own router cleans a path and redirects, and its gRPC server takes the whole path for a name.
 */
export const CLOSED_REQUESTS = [
  "/",
  "/shutdown",
  "/flush",
  "/ingester/prepare-partition-downscale",
  "/ingester/ring",
  "/metrics-generator/ring",
  "/partition-ring",
  "/memberlist",
  "/metrics",
  "/usage_metrics",
  "/status",
  "/status/version",
  "/status/config",
  "/status/runtime_config",
  "/status/overrides",
  "/debug/pprof/heap",
  "/debug/fgprof",
  "/api",
  "/api/overrides",
  "/api/mcp",
  "/api/status",
  "/api/searchx",
  "/readyx",
  "/querier/api/search",
  "/generator/api/metrics",
  "/tempopb.Pusher/PushBytesV2",
  "/tempopb.MetricsGenerator/PushSpans",
  "/tempopb.Querier/SearchRecent",
  "/tempopb.StreamingQuerierX/Search",
  "/frontend.Frontend/Process",
  "/grpc.health.v1.Health/Check",
  "/api/../shutdown",
  "/api/search/../../shutdown",
  "/api/search/%2e%2e/%2E%2E/shutdown",
  "/api/search/..%2f..%2fshutdown",
  "/api/traces/..%2F..%2F..%2Fflush",
  "//shutdown",
  "/ready/../shutdown",
  "/tempopb.StreamingQuerier/../tempopb.Pusher/PushBytesV2",
] as const;
