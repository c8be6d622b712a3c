/**
 * What of Tempo's ports goes beyond the cluster: the Ingresses and Caddy pass these paths and whatever is below them,
 * and nothing else. Port 3200 has `/shutdown`, `/flush`, `/debug/pprof`, `/status/config` and the gRPC services between
 * Tempo's own modules, which take spans past every limit, behind the same door as the queries.
 *
 * Prefixes of whole path elements, because that is all that the operator's proxy knows: it takes an `Exact` path for a
 * prefix as well (docs/decisions/open-paths.md).
 */

/**
 * Whoever reads: Grafana's data source by HTTP (the paths below `/api`) and streaming (gRPC), and whoever wants to know
 * whether Tempo is up. Not `/api/overrides` and `/api/mcp`, which are off by default, and which write or answer machines.
 */
export const READER_PATHS = [
  "/api/echo",
  // query, query_range, summary
  "/api/metrics",
  // Below it tags, and the values of a tag.
  "/api/search",
  "/api/status/buildinfo",
  "/api/traces",
  "/api/v2/search",
  "/api/v2/traces",
  "/ready",
  // The one gRPC service that is made for readers.
  "/tempopb.StreamingQuerier",
] as const;

/** Whoever sends by HTTP. */
export const OTLP_HTTP_PATHS = ["/v1/traces"] as const;

/** Whoever sends by gRPC. */
export const OTLP_GRPC_PATHS = ["/opentelemetry.proto.collector.trace.v1.TraceService"] as const;

/** Whether a request of a reader passes. */
export function isOpenToReaders(path: string): boolean {
  return READER_PATHS.some((open) => path === open || path.startsWith(`${open}/`) || path.startsWith(`${open}?`));
}
