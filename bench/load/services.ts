/** The services that the load speaks for, and how a collector describes each of them. */
import type { Attributes } from "@opentelemetry/api";

/** `beyla`: an eBPF collector watches it from outside. `sdk`: it traces itself. */
export type Instrumentation = "beyla" | "sdk";

/** A service and the resource attributes on each of its spans. */
export interface Service {
  instrumentation: Instrumentation;
  resource: Attributes;
}

export const services = {
  // On a host beside the cluster: no Kubernetes attributes.
  caddy: {
    instrumentation: "sdk",
    resource: {
      "service.name": "caddy",
      "service.version": "2.10.0",
      "host.name": "indri",
      "telemetry.sdk.language": "go",
      "telemetry.sdk.name": "opentelemetry",
    },
  },
  frigate: beyla("frigate", "frigate", "frigate-6c9d8f7b5d-x2k4q", "python"),
  ntfy: beyla("ntfy", "ntfy", "ntfy-7f8c6d9b44-9lq2m", "go"),
  ollama: beyla("ollama", "ollama", "ollama-5b7f9c8d66-tz8vw", "go"),
  immich: beyla("immich", "immich-server", "immich-server-84d5c7f9b8-jj5rn", "nodejs"),
  hermes: {
    instrumentation: "sdk",
    resource: {
      ...kubernetes("hermes", "hermes", "hermes-58d9f6c7b4-p7d2c"),
      "telemetry.sdk.language": "python",
      "telemetry.sdk.name": "opentelemetry",
      "telemetry.sdk.version": "1.38.0",
    },
  },
} as const satisfies Record<string, Service>;

export type ServiceName = keyof typeof services;

/** A Deployment that Beyla instruments; its namespace carries the service's name. */
function beyla(name: string, container: string, pod: string, language: string): Service {
  return {
    instrumentation: "beyla",
    resource: {
      ...kubernetes(name, container, pod),
      "telemetry.sdk.language": language,
      "telemetry.sdk.name": "beyla",
      "telemetry.distro.name": "beyla",
    },
  };
}

function kubernetes(name: string, deployment: string, pod: string): Attributes {
  return {
    "service.name": name,
    "service.namespace": name,
    "service.instance.id": `${name}.${pod}.${deployment}`,
    "host.name": pod,
    "k8s.cluster.name": "ringtail",
    "k8s.namespace.name": name,
    "k8s.node.name": "ringtail",
    "k8s.pod.name": pod,
    "k8s.container.name": deployment,
    "k8s.deployment.name": deployment,
    "k8s.owner.name": deployment,
  };
}
