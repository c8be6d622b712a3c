import { z } from "zod";
import * as field from "../../lib/schema/fields";
import { podParts, releaseName, resourcesOf } from "../../lib/schema/kubernetes";
import { isYamlText } from "../../lib/schema/names";
import { IGNORED_ROUTES } from "../../lib/schema/routePattern";
import { toleration } from "../../lib/schema/scheduling";
import { section, withAbsent, type Sections } from "../../lib/schema/sections";
import { remoteWriteAccess } from "../common/settings";
import { versions } from "../versions/pins";

/** One service that eBPF instruments: a workload, by its owner's name or by its pods' labels. */
const instrumentedService = z.strictObject({
  /** `service.name` of its spans. */
  name: field.title,
  namespace: field.dnsLabel,
  /** The workload's name and kind; or labels that its pods have. */
  deployment: field.optional(field.dnsName),
  statefulSet: field.optional(field.dnsName),
  daemonSet: field.optional(field.dnsName),
  labels: field.kubernetesLabels.prefault({}),
  /** Paths that become `http.route` and the span's name, first match first. Others by Beyla's low-cardinality heuristic. */
  routes: field.distinct(field.routePattern, "pattern").default([]),
  /** Instead of the collector's list. Each list that differs is an instance of Beyla of its own, which costs as much again. */
  ignoredRoutes: field.distinct(field.routePattern, "pattern").optional(),
  /** Share of the traces beginning at this service that are kept. Span metrics count what is kept. */
  sampling: field.ratio.default(1),
});

/** What outlives an outage of the receiver, on the disk of each node. */
const collectorQueue = z.strictObject({
  /** Longest outage through which nothing is lost at the expected rate. */
  outage: field.duration.prefault("12h"),
  /** The expected rate, in spans per second and node. */
  spansPerSecond: field.integer(1, 100_000, "spans per second").prefault(20),
  /** Folder on the node; it outlives the pod. */
  hostPath: field.hostPath.prefault("/var/lib/tempo-collector"),
  /** What the node's disk has to spare for that folder. */
  volumeSize: field.byteSize.prefault("4Gi"),
});

/** Grafana Alloy with Beyla on the cluster of the services. Absent: none. */
const collectorSection = z.strictObject({
  /** Kubeconfig context of that cluster; absent: the cluster of Tempo. */
  kubeContext: field.optional(field.contextName),
  /** Path of its kubeconfig; absent: that of Tempo's cluster. */
  kubeconfig: field.optional(field.kubeconfigPath),
  /** `k8s.cluster.name` of its spans; logs have the same value as their label. */
  clusterName: field.label,
  namespace: field.dnsLabel.refine(isYamlText, { error: field.NO_YAML_TEXT }).prefault("alloy"),
  createNamespace: field.boolean.prefault(false),
  name: releaseName.prefault("tempo-collector"),
  /** Alloy's image, pinned. */
  image: field.image.prefault(versions.alloyImage),
  /** Base URL of Tempo's OTLP as this cluster reaches it; absent: the tailnet's, or the Service where it is Tempo's cluster. */
  endpoint: field.optional(field.httpUrlSuchAs("https://tempo-otlp.tail8d86e.ts.net")),
  protocol: z.enum(["http", "grpc"], { error: "no protocol of OTLP. Write http or grpc" }).default("http"),
  /** A CA in PEM besides those of the image; for an endpoint of one's own. */
  caCertificate: field.optional(field.certificate),
  queue: collectorQueue.prefault({}),
  resources: resourcesOf(["100m", "256Mi"], ["1", "1Gi"]),
  /** All capabilities, for a kernel on which the few do not suffice. */
  privileged: field.boolean.prefault(false),
  /** `accept` an incoming trace context; or `inject` it into outgoing requests of the services as well. */
  propagation: z
    .enum(["accept", "inject"], { error: "no kind of propagation. Write accept or inject" })
    .default("accept"),
  /**
   * Whether services with an SDK may send to the collector, which queues on disk what an SDK would drop; absent: those
   * of the namespaces that `sdk` sends there, and nobody where there are none.
   */
  receiver: field.optional(field.boolean),
  /** URL of a Prometheus remote-write receiver, for the collector's own metrics; absent: they are not sent. */
  remoteWriteUrl: field.optional(field.httpUrl),
  /** By what that receiver knows the sender. A Secret is one of the collector's namespace. */
  remoteWrite: z.strictObject(remoteWriteAccess).prefault({}),
  /** Labels of the nodes on which it runs; empty: all. */
  nodeSelector: field.kubernetesLabels.prefault({}),
  pod: z
    .strictObject({
      /** By default all taints: a node without a collector is one whose services are not seen. */
      tolerations: z.array(toleration).default([{ operator: "Exists" }]),
      ...podParts,
    })
    .prefault({}),
  /** Paths of which no span is made: those of the probes. They count for all services, since Beyla has one list. */
  ignoredRoutes: field.distinct(field.routePattern, "pattern").default(IGNORED_ROUTES),
  services: z.array(instrumentedService).min(1, { error: "empty. Write at least one service" }),
});

const collector = withAbsent(
  ["kubeContext", "kubeconfig", "endpoint", "remoteWriteUrl"],
  collectorSection.transform(({ services, ...section }) => ({
    ...section,
    services: services.map((service) => ({
      ...service,
      ignoredRoutes: service.ignoredRoutes ?? section.ignoredRoutes,
    })),
  })),
);

export const collectorSettings = {
  collector: section(collector),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof collectorSettings> {}
}
