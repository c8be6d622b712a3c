/**
 * Tempo's ports, written once: tempo.yaml listens on them, the Service, the Ingresses, the NetworkPolicy and the
 * outputs name them.
 */
export const ports = {
  /** Query API, `/ready` and `/metrics`. */
  http: 3200,
  /** Between Tempo's own modules. The port is on loopback, since all of them run in one process; see pod-security.md. */
  grpc: 9095,
  otlpGrpc: 4317,
  otlpHttp: 4318,
  /** Metrics of the volume, from the guard beside Tempo. */
  guard: 3201,
} as const;

/** The guard's metrics are a page there; without the last slash it is a redirect. */
export const GUARD_METRICS_PATH = "/metrics/";

/** URL of a port of Tempo's Service inside its cluster. */
export function inClusterUrl({ name, namespace }: { readonly name: string; readonly namespace: string }, port: number) {
  return `http://${name}.${namespace}.svc.cluster.local:${port}`;
}
