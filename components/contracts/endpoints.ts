import { inClusterUrl, ports } from "./ports";
import type { CollectorSettings, Settings, TailnetSettings } from "./settings";

interface Cluster {
  readonly kubeContext?: string | undefined;
  readonly kubeconfig?: string | undefined;
}

/** Whether the collector runs on Tempo's cluster. */
export function onTempoCluster(settings: Cluster, { kubeContext, kubeconfig }: Cluster): boolean {
  return (
    (kubeContext ?? settings.kubeContext) === settings.kubeContext &&
    (kubeconfig ?? settings.kubeconfig) === settings.kubeconfig
  );
}

/**
 * Where the collector sends to.
 * @returns undefined where the settings name no way; settings/rules tells it.
 */
export function collectorEndpoint(
  settings: Pick<Settings, "kubeContext" | "kubeconfig" | "name" | "namespace" | "tailnet">,
  collector: Pick<CollectorSettings, "endpoint" | "protocol" | "kubeContext" | "kubeconfig">,
): string | undefined {
  if (collector.endpoint !== undefined) return collector.endpoint;
  if (onTempoCluster(settings, collector)) return otlpService(settings, collector.protocol);
  return settings.tailnet && otlpOnTailnet(settings.tailnet, collector.protocol);
}

/** Tempo's OTLP in its cluster. */
export function otlpService(settings: Pick<Settings, "name" | "namespace">, protocol: "http" | "grpc"): string {
  return inClusterUrl(settings, protocol === "grpc" ? ports.otlpGrpc : ports.otlpHttp);
}

/** Tempo's OTLP on the tailnet; gRPC has a name of its own there, or none. */
export function otlpOnTailnet(
  tailnet: Pick<NonNullable<Settings["tailnet"]>, "domain" | "otlpHostname" | "otlpGrpcHostname">,
  protocol: "http" | "grpc",
): string | undefined {
  const hostname = protocol === "grpc" ? tailnet.otlpGrpcHostname : tailnet.otlpHostname;
  return hostname === undefined ? undefined : tailnetUrl(hostname, tailnet);
}

/** Host and port of an endpoint for gRPC, whose usual port is 4317, and 443 with TLS. */
export function grpcAddress(url: string): string {
  const { protocol, hostname } = new URL(url);
  // Not the URL's own `port`, which is empty for http://host:80, too.
  const [, port] = /^\w+:\/\/[^/]*:(\d+)(?:\/|$)/.exec(url) ?? [];
  return `${hostname}:${port ?? (protocol === "https:" ? 443 : ports.otlpGrpc)}`;
}

/** The name that the tailnet gives when `hostname` is free, such as `tempo.tail8d86e.ts.net`. */
export function fullName(hostname: string, { domain }: Pick<TailnetSettings, "domain">): string {
  return `${hostname}.${domain}`;
}

export function tailnetUrl(hostname: string, tailnet: Pick<TailnetSettings, "domain">): string {
  return `https://${fullName(hostname, tailnet)}`;
}
