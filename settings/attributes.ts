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
