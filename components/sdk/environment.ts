import type { types } from "@pulumi/kubernetes";
import type { SdkNamespace, Settings } from "../contracts/settings";
import { grpcAddress, otlpOnTailnet, otlpService } from "../contracts/endpoints";
import { wayOf } from "../collector/senders";
import { labelsOf } from "../contracts/labels";

/** Environment of services with an OpenTelemetry SDK, by the names of OpenTelemetry's specification. */

type SdkSettings = Pick<Settings, "name" | "namespace" | "tailnet" | "collector">;

/**
 * Where the spans of a namespace go.
 * @returns undefined where the settings name no way; settings/rules tells it.
 */
export function sdkEndpoint(
  settings: SdkSettings,
  { cluster, endpoint, protocol }: Pick<SdkNamespace, "cluster" | "endpoint" | "protocol">,
): string | undefined {
  switch (wayOf(settings, { cluster, endpoint })) {
    case "service":
      return cluster === "tempo" ? otlpService(settings, protocol) : undefined;
    case "tailnet":
      return settings.tailnet && otlpOnTailnet(settings.tailnet, protocol);
    case "collector":
      return cluster === "collector" && settings.collector && settings.collector.receiver !== false
        ? otlpService(settings.collector, protocol)
        : undefined;
  }
}

/** The variables of an exporter. gRPC goes without TLS where the URL says http. */
export function otelEnvironment(endpoint: string, protocol: "http" | "grpc"): Record<string, string> {
  return {
    // Beyla knows an exporter of gRPC by the port in this variable.
    OTEL_EXPORTER_OTLP_ENDPOINT:
      protocol === "grpc" ? `${new URL(endpoint).protocol}//${grpcAddress(endpoint)}` : endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol === "grpc" ? "grpc" : "http/protobuf",
    OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
  };
}

/** The ConfigMap of a namespace, for `envFrom`. */
export function renderSdkConfigMap(
  settings: SdkSettings,
  configMapName: string,
  target: SdkNamespace,
  endpoint: string,
  owner: string,
): types.input.core.v1.ConfigMap {
  const cluster = target.cluster === "collector" ? settings.collector?.clusterName : undefined;
  const resource = {
    "service.namespace": target.namespace,
    "k8s.namespace.name": target.namespace,
    ...(cluster !== undefined && { "k8s.cluster.name": cluster }),
  };
  return {
    metadata: { name: configMapName, namespace: target.namespace, labels: labelsOf(settings, owner) },
    data: {
      ...otelEnvironment(endpoint, target.protocol),
      OTEL_RESOURCE_ATTRIBUTES: Object.entries(resource)
        .map((entry) => entry.join("="))
        .join(","),
      // Node's and Python's distributions would send metrics there once a minute, which is answered by 404.
      OTEL_METRICS_EXPORTER: "none",
      OTEL_LOGS_EXPORTER: "none",
      // The context of W3C, which eBPF reads as well.
      OTEL_PROPAGATORS: "tracecontext,baggage",
      // An HTTP server's span is named by the stable conventions, as those of eBPF are.
      OTEL_SEMCONV_STABILITY_OPT_IN: "http",
    },
  };
}
