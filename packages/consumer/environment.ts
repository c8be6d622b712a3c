/** A service with an OpenTelemetry SDK. */
export interface Service {
  /** `service.name` of its spans: its name in Grafana, in metrics and in alerts. */
  readonly name: string;
  /** Kubernetes namespace, and `service.namespace` of its spans; absent: outside Kubernetes. */
  readonly namespace?: string;
  /** `k8s.cluster.name` of its spans. Default: none. */
  readonly cluster?: string;
  /** `service.version` of its spans. Default: none. */
  readonly version?: string;
}

/**
 * The variables of a service's SDK.
 * @param exporter where to and how: the output `otelEnvironment`, or {@link inCluster}
 */
export function serviceEnvironment(
  exporter: Readonly<Record<string, string>>,
  service: Service,
): Record<string, string> {
  const { name, namespace, cluster, version } = service;
  const resource = {
    "service.namespace": namespace,
    "k8s.namespace.name": namespace,
    "k8s.cluster.name": cluster,
    "service.version": version,
  };
  const attributes = Object.entries(resource).flatMap(([key, value]) =>
    // A comma or an equals sign would begin another attribute.
    value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`],
  );
  return {
    ...exporter,
    OTEL_SERVICE_NAME: name,
    ...(attributes.length > 0 && { OTEL_RESOURCE_ATTRIBUTES: attributes.join(",") }),
    // Tempo takes neither, and Node's and Python's distributions would send them all the same.
    OTEL_METRICS_EXPORTER: "none",
    OTEL_LOGS_EXPORTER: "none",
    OTEL_PROPAGATORS: "tracecontext,baggage",
    // The attributes that the dashboards know; Python's default is the older ones.
    OTEL_SEMCONV_STABILITY_OPT_IN: "http",
  };
}

/**
 * The exporter's variables for a service in Tempo's own cluster, which need not go through the tailnet.
 * @param otelEnvironment the output of that name
 * @param otlpHttpEndpoint the output of that name
 */
export function inCluster(
  otelEnvironment: Readonly<Record<string, string>>,
  otlpHttpEndpoint: string,
): Record<string, string> {
  return { ...otelEnvironment, OTEL_EXPORTER_OTLP_ENDPOINT: otlpHttpEndpoint };
}
