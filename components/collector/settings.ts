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
const instrumentedService = z
  .strictObject({
    name: field.title.describe("`service.name` of its spans"),
    namespace: field.dnsLabel.describe("Namespace of its workload"),
    deployment: field.optional(field.dnsName).describe("Name of the workload; write one of the three, or labels"),
    statefulSet: field.optional(field.dnsName).describe("The workload's name, where it is a StatefulSet"),
    daemonSet: field.optional(field.dnsName).describe("The workload's name, where it is a DaemonSet"),
    labels: field.kubernetesLabels.prefault({}).describe("Labels that its pods have"),
    routes: field
      .distinct(field.routePattern, "pattern")
      .default([])
      .describe(
        "Paths that become `http.route` and the span's name, first match first: `/api/events/{id}`, `/static/*`. Others are told apart by Beyla, with at most ten values of a segment",
      ),
    ignoredRoutes: field
      .distinct(field.routePattern, "pattern")
      .optional()
      .describe(
        "Instead of that list. Each list that differs is an instance of Beyla of its own, which costs as much again",
      ),
    sampling: field.ratio
      .default(1)
      .describe("Share of the traces that begin at this service and are kept. Span metrics count what is kept"),
  })
  .meta({ typeName: "InstrumentedService" });

/** What outlives an outage of the receiver, on the disk of each node. */
const collectorQueue = z
  .strictObject({
    outage: field.duration
      .prefault("12h")
      .describe(
        "Longest outage of Tempo for which the queue has room at the expected rate. At most `metricsGenerator.maxSpanAge`",
      ),
    spansPerSecond: field
      .integer(1, 100_000, "spans per second")
      .prefault(20)
      .describe("The expected rate of a node. A request makes about three spans"),
    hostPath: field.hostPath.prefault("/var/lib/tempo-collector").describe("Folder on the node"),
    volumeSize: field.byteSize
      .prefault("4Gi")
      .describe("What the node's disk has to spare for it. A queue that would take more is refused"),
  })
  .meta({ typeName: "CollectorQueue" });

/** Grafana Alloy with Beyla on the cluster of the services. Absent: none. */
const collectorSection = z.strictObject({
  kubeContext: field.optional(field.contextName).describe("Kubeconfig context of that cluster. Absent: Tempo's"),
  kubeconfig: field.optional(field.kubeconfigPath).describe("Path of its kubeconfig. Absent: that of Tempo's cluster"),
  clusterName: field.label.describe(
    "`k8s.cluster.name` of the spans, and label `cluster` of the collector's metrics. Write what the logs have as `cluster`",
  ),
  namespace: field.dnsLabel
    .refine(isYamlText, { error: field.NO_YAML_TEXT })
    .prefault("alloy")
    .describe("Namespace of the collector"),
  createNamespace: field.boolean.prefault(false).describe("Create it. It is then kept on destroy"),
  name: releaseName.prefault("tempo-collector").describe("Name of its objects"),
  image: field.image.prefault(versions.alloyImage).describe("Alloy's image"),
  endpoint: field
    .optional(field.httpUrlSuchAs("https://tempo-otlp.tail8d86e.ts.net"))
    .describe(
      "Base URL of Tempo's OTLP as that cluster reaches it. Absent: the tailnet's name, or the Service where the cluster is Tempo's",
    ),
  protocol: z
    .enum(["http", "grpc"], { error: "no protocol of OTLP. Write http or grpc" })
    .default("http")
    .describe("OTLP over HTTP or gRPC. gRPC through the tailnet needs `tailnet.otlpGrpcHostname`"),
  caCertificate: field
    .optional(field.certificate)
    .describe("A CA besides those of the image, for an endpoint of your own"),
  queue: collectorQueue.prefault({}).describe("What waits on disk, on each node"),
  resources: resourcesOf(["100m", "256Mi"], ["1", "1Gi"]).describe("What its container asks for and may use"),
  privileged: field.boolean.prefault(false).describe("All capabilities, for a kernel on which the few do not suffice"),
  propagation: z
    .enum(["accept", "inject"], { error: "no kind of propagation. Write accept or inject" })
    .default("accept")
    .describe("Take an incoming trace context (and pass it on); or write one into all outgoing requests"),
  receiver: field
    .optional(field.boolean)
    .describe(
      "Take spans of services with an SDK on 4317 and 4318, from every pod of its cluster. Absent: from the namespaces that `sdk` sends there, and from nobody where there are none",
    ),
  remoteWriteUrl: field
    .optional(field.httpUrl)
    .describe(
      "A remote-write receiver for the collector's own metrics. Absent: they are not sent, and there is no dashboard and no alert of it",
    ),
  remoteWrite: z
    .strictObject(remoteWriteAccess)
    .meta({ typeName: "RemoteWriteAccess" })
    .prefault({})
    .describe("By what that receiver knows the collector"),
  nodeSelector: field.kubernetesLabels.prefault({}).describe("Labels of the nodes on which it runs. Empty: all"),
  pod: z
    .strictObject({
      tolerations: z
        .array(toleration)
        .default([{ operator: "Exists" }])
        .describe("Tolerations"),
      ...podParts,
    })
    .meta({ typeName: "PodParts" })
    .prefault({})
    .describe("As of `pod`"),
  ignoredRoutes: field
    .distinct(field.routePattern, "pattern")
    .default(IGNORED_ROUTES)
    .describe("Paths that make no spans: those of the probes. They count for all services"),
  services: z
    .array(instrumentedService)
    .min(1, { error: "empty. Write at least one service" })
    .describe("The services that are instrumented, and no others"),
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
  collector: section(collector).describe(
    "Grafana Alloy with Beyla (eBPF) on the cluster of the services. Absent: no collector. What it does with each span, and why: docs/decisions/collector.md",
  ),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof collectorSettings> {}
}
