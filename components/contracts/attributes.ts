/**
 * The attributes by which spans, logs and metrics find each other. The collector writes them, Grafana maps them, the
 * queries name them: whoever needs one takes it from here.
 */

/**
 * Resource attributes that say where a span comes from, and the label under which Loki has the same. By OpenTelemetry's
 * Kubernetes conventions on the left; on the right by the usual labels of Promtail and Alloy.
 */
export const LOKI_LABELS: Readonly<Record<string, string>> = {
  "k8s.cluster.name": "cluster",
  "k8s.namespace.name": "namespace",
  "k8s.pod.name": "pod",
  "k8s.container.name": "container",
};

/** The resource attribute that names a service, and the label that Tempo's metrics generator makes of it. */
export const SERVICE = { attribute: "service.name", label: "service" } as const;

/**
 * What Beyla puts below each server span, as INTERNAL spans. Two of three of its spans are such, their names are the
 * same for all routes, and no panel asks for them; in span metrics they would be a fifth of the series, so they are not
 * counted there. They are in the traces and in TraceQL metrics.
 */
export const INNER_SPANS: readonly string[] = ["in queue", "processing"];
