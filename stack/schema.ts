import { isIPv4 } from "node:net";
import { z } from "zod";
import { communityCharts, versions } from "../components/versions";
import { LOKI_LABELS } from "../components/contracts/attributes";
import * as field from "../lib/schema/fields";
import { isYamlText } from "../lib/schema/names";
import { affinity, toleration } from "../lib/schema/scheduling";
import { IGNORED_ROUTES } from "../lib/schema/routePattern";

/**
 * Every setting: its type and its default. Pulumi.yaml declares the same keys and defaults for the CLI to show;
 * tests/stack/settings/defaults.test.ts holds the two together. `{}` or `""` in Pulumi.yaml means absent, since the CLI
 * aborts on a declared key without a value.
 *
 * A section (an object) that a stack gives replaces the whole default of Pulumi.yaml, as the CLI does it; what it
 * leaves out takes the default written here.
 */

/** A StatefulSet adds a hash of up to 11 characters to its name in a label that holds 63. */
const LONGEST_NAME = 52;

const releaseName = field.dnsLabel
  .refine((name) => name.length <= LONGEST_NAME, {
    error: `longer than ${LONGEST_NAME} characters, which Kubernetes has no room for in the pod's labels. Write a shorter name`,
  })
  .refine((name) => /^[a-z]/.test(name), {
    error: "begins with a digit, which a Service's name may not. Write a name that begins with a letter",
  })
  .refine(isYamlText, { error: field.NO_YAML_TEXT });

const accessMode = z.enum(["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"], {
  error: "no access mode that Tempo can write with. Write ReadWriteOnce, ReadWriteOncePod or ReadWriteMany",
});

/** The claim that holds the traces. Only `size` may change later, and only upwards. */
const volume = z.strictObject({
  /** Size of the claim, in bytes. */
  size: field.byteSize.prefault("10Gi"),
  /** StorageClass; absent: the cluster's default class. */
  storageClass: field.optional(field.dnsName),
  accessModes: field
    .distinct(accessMode, "access mode")
    .min(1, { error: "empty. Write at least one access mode" })
    .refine((modes) => modes.length < 2 || !modes.includes("ReadWriteOncePod"), {
      error: "ReadWriteOncePod beside another mode, which Kubernetes refuses. Write one of them",
    })
    .default(["ReadWriteOnce"]),
  /** Name of the claim; absent: `data-<name>-0`, as a StatefulSet's template would have named it. */
  claimName: field.optional(field.dnsName),
  /** A PersistentVolume made by hand that the claim shall bind; absent: whichever the class provides. */
  volumeName: field.optional(field.dnsName),
  /** Labels that a PersistentVolume must have; empty: any. */
  selector: field.kubernetesLabels.prefault({}),
  /** Pulumi refuses to delete the claim. Retained on destroy it is in any case. */
  protect: field.boolean.prefault(true),
});

/** No CPU is a choice (`""`); no memory is not, since GOMEMLIMIT and the scheduler need it. */
const amounts = (cpu: string, memory: string) =>
  z
    .strictObject({
      cpu: field.optional(field.cpu).prefault(cpu),
      memory: field.byteSize.prefault(memory),
      /** Of the node's disk, logs included; absent: none. A ResourceQuota may demand it. */
      ephemeralStorage: field.optional(field.byteSize),
    })
    .prefault({});

type Amounts = readonly [cpu: string, memory: string];

/** What a container asks for and may use. */
const resourcesOf = (requests: Amounts, limits: Amounts) =>
  z.strictObject({ requests: amounts(...requests), limits: amounts(...limits) }).prefault({});

/** The Tempo container's; GOMEMLIMIT is derived from the memory limit. */
const resources = resourcesOf(["100m", "256Mi"], ["2", "1Gi"]);

/** The chart and some objects write these names without quotes. */
const plainName = field.dnsName.refine(isYamlText, { error: field.NO_YAML_TEXT });

/** What a pod has besides its containers, as Kubernetes has it. */
const podParts = {
  /** Absent: the cluster's default. */
  priorityClassName: field.optional(plainName),
  /** Kubernetes' own words; empty: none. */
  affinity: affinity.prefault({}),
  /** Secrets of the pod's namespace with the credentials of registries. */
  imagePullSecrets: field.distinct(plainName, "Secret").default([]),
  /** Besides those written here. */
  annotations: field.annotations.prefault({}),
  /** Besides those written here. */
  labels: field.kubernetesLabels.prefault({}),
  /** Parts of the SELinux context of its processes; absent: the container runtime's. */
  seLinuxOptions: z
    .strictObject({
      user: field.optional(field.seLinuxPart),
      role: field.optional(field.seLinuxPart),
      type: field.optional(field.seLinuxPart),
      level: field.optional(field.seLinuxPart),
    })
    .prefault({}),
};

/** Where Tempo's pod may run, as whom, and what it carries; and that of the Alloy of `scrape.method: alloy`. */
const pod = z.strictObject({
  /** Labels that its node must have; empty: any. */
  nodeSelector: field.kubernetesLabels.prefault({}),
  tolerations: z.array(toleration).default([]),
  ...podParts,
  /**
   * `fixed`: uid and gid 10001, Tempo's own (473 for Alloy); `platform`: neither these nor fsGroup are written, since
   * the platform assigns them and refuses others, as OpenShift does.
   */
  runAs: z.enum(["fixed", "platform"], { error: "neither of the two. Write fixed or platform" }).default("fixed"),
});

/** What Tempo's receivers of OTLP take. */
const receiver = z.strictObject({
  /** Largest message, by HTTP and by gRPC; whole MiB. */
  maxMessageSize: field.byteSize.prefault("4Mi"),
  /** Which web pages may send spans (OTLP over HTTP); without an origin none may. */
  cors: z
    .strictObject({
      allowedOrigins: field.distinct(field.origin, "origin").default([]),
      /** Besides those that the format of OTLP needs. */
      allowedHeaders: field.distinct(field.headerName, "header", (name) => name.toLowerCase()).default([]),
      /** How long a browser remembers the answer; absent: as long as it likes, usually 5 s. */
      maxAge: field.optional(field.duration),
    })
    .prefault({}),
});

/** By what a receiver of remote writes knows the sender. */
const remoteWriteAccess = {
  /** Sent as X-Scope-OrgID; absent: none. */
  tenant: field.optional(field.tenant),
  /** Further headers; their values are secrets, and kept in a Secret. */
  headers: field.remoteWriteHeaders.prefault({}),
  /** Absent: no credential. */
  auth: section(
    withAbsent(
      ["credential", "secretName"],
      z.strictObject({
        /** User of basic authentication; absent: the credential is a bearer token. */
        username: field.optional(field.userName),
        /** Password or token, as a secret; it is kept in a Secret of this stack. Or: */
        credential: field.optional(field.remoteWriteCredential),
        /** A Secret in the same namespace that has it. */
        secretName: field.optional(field.dnsName),
        /** Its key in that Secret. */
        secretKey: field.secretKey.prefault("password"),
      }),
    ),
  ),
};

/** Caps that keep one node alive. What each does when it is reached: docs/decisions/caps.md. */
const limits = z.strictObject({
  /** Spans accepted in the long run, in bytes per second; above it senders are refused and told to retry. */
  ingestionRate: field.byteSize.prefault("1M"),
  /** Largest amount accepted at once, in bytes; larger than the largest batch of any sender. */
  ingestionBurst: field.byteSize.prefault("8M"),
  /** Traces that may be receiving spans at one time; spans of further traces are discarded and counted. */
  maxLiveTraces: field.integer(100, 1_000_000, "traces").prefault(100_000),
  /** Size of one trace, in bytes; further spans of it are discarded and counted. */
  maxBytesPerTrace: field.byteSize.prefault("5M"),
  /** Series that the metrics generator keeps; further ones are not made, and counted. */
  maxActiveSeries: field.integer(100, 1_000_000, "series").prefault(10_000),
});

/** What Tempo computes from spans. */
const metricsGenerator = z.strictObject({
  /** Span attributes that become labels. Each must have few values: a path or an id makes a series per value. */
  dimensions: field
    .distinct(field.dimension, "label (http.route and http_route become one)", (name) => name.replace(/\W/g, "_"))
    .default(["http.request.method", "http.response.status_code", "http.route"]),
  /** How often series are sent. */
  collectionInterval: field.duration.prefault("15s"),
  /**
   * Oldest span, by its end, that still counts in metrics and that a search over its true time finds at once: the
   * longest outage that a collector's queue holds. Blocks stay this long in the ingester and the generator, too.
   */
  maxSpanAge: field.duration.prefault("12h"),
  /** How far back TraceQL metrics reach: `recent` (what the generator holds) or `retention`, which stores spans twice. */
  traceqlMetrics: z
    .enum(["recent", "retention"], { error: "neither of the two ranges. Write recent or retention" })
    .default("recent"),
});

/** What watches over the volume: docs/decisions/storage.md. */
const storage = z.strictObject({
  /** A container beside Tempo measures the volume and publishes what it holds as metrics. */
  guard: field.boolean.prefault(true),
  /** Its image: busybox, pinned. */
  image: field.image.prefault(versions.guardImage),
  /** Of its container, and of the one that measures once before Tempo starts. */
  resources: resourcesOf(["10m", "16Mi"], ["", "64Mi"]),
  /** The guard shortens retention before the volume is full, and in the end has senders refused. */
  sizeAware: field.boolean.prefault(false),
  /** Shortest retention that this leads to. */
  floor: field.duration.prefault("24h"),
  /**
   * The word that traces older than this may go at once where the volume is full already, as when `sizeAware` is
   * switched on or a Tempo is adopted. Without it the guard makes room for what comes in, and for nothing else.
   */
  shortenAtOnceTo: field.optional(field.duration),
});

/** How Tempo's own metrics and those of its volume reach Prometheus. */
const scrape = z.strictObject({
  /**
   * `job`: a job to paste is an output; `annotations`: prometheus.io/scrape and so on; `serviceMonitor`: objects of the
   * Prometheus operator; `alloy`: a Grafana Alloy in the cluster scrapes and remote-writes; `none`.
   */
  method: z
    .enum(["job", "annotations", "serviceMonitor", "alloy", "none"], {
      error: "no way of scraping. Write job, annotations, serviceMonitor, alloy or none",
    })
    .default("job"),
  interval: field.duration.prefault("30s"),
  /** Labels of the ServiceMonitors, by which a Prometheus selects them. */
  labels: field.kubernetesLabels.prefault({}),
  /**
   * Labels by which Prometheus knows the series of this stack's Tempo, of the guard, and kubelet's of the claim: every
   * query selects by them. Each is replaced as a whole; empty: as the method gives them (components/monitoring/series.ts).
   */
  series: z
    .strictObject({
      tempo: field.prometheusLabels.prefault({}),
      guard: field.prometheusLabels.prefault({}),
      kubelet: field.prometheusLabels.prefault({}),
    })
    .prefault({}),
  /** Alloy's image, pinned. */
  alloyImage: field.image.prefault(versions.alloyImage),
  /** Alloy's. */
  resources: resourcesOf(["20m", "96Mi"], ["500m", "256Mi"]),
});

/** Where span metrics and service graphs go. Absent: they are not made. */
const prometheus = z.strictObject({
  /** URL of a Prometheus remote-write receiver. */
  remoteWriteUrl: field.httpUrl,
  /** Labels on every series sent. */
  externalLabels: field.prometheusLabels.prefault({}),
  ...remoteWriteAccess,
});

/** Two Tailscale Ingresses. Absent: Tempo is reached inside the cluster only. */
const tailnet = z.strictObject({
  /** The tailnet's DNS name. */
  domain: field.tailnetDomain,
  /** ProxyGroup that serves both; absent: a proxy for each. */
  proxyGroup: field.optional(field.dnsName),
  /** ACL tags of the two Services or devices; the operator must own them. */
  tags: field
    .distinct(field.tailscaleTag, "tag")
    .min(1, { error: "empty. Write at least one tag, such as tag:k8s" })
    .default(["tag:k8s"]),
  /** First label of the name for queries. */
  queryHostname: field.dnsLabel.prefault("tempo"),
  /** First label of the name for OTLP over HTTP. */
  otlpHostname: field.dnsLabel.prefault("tempo-otlp"),
  /** First label of a name for OTLP over gRPC; absent: none. */
  otlpGrpcHostname: field.optional(field.dnsLabel),
  /** Annotations of the Ingresses besides those written here, such as tailscale.com/proxy-class. */
  annotations: field.annotations.prefault({}),
  /** How long an `up` waits for the tailnet to give each name before it warns and goes on. */
  addressTimeout: field.duration.prefault("60s"),
  /** Base URL of the Tailscale API. */
  apiUrl: field.httpUrl.prefault("https://api.tailscale.com"),
  /** An API key, as a secret; or the two below; or none, then nothing is looked up. */
  apiKey: field.optional(field.secretText),
  oauthClientId: field.optional(field.secretText),
  oauthClientSecret: field.optional(field.secretText),
});

/** A name by which Tempo is reached, and the annotations of the object that says so. */
const exposedHost = {
  /** The DNS name, which somebody points at the controller. */
  host: field.dnsName.refine((host) => !isIPv4(host), {
    error: "an address, which Kubernetes refuses as a host. Write a DNS name that points at the controller",
  }),
  annotations: field.annotations.prefault({}),
};

/** An Ingress of any class but Tailscale's. */
const exposedByIngress = z.strictObject({
  ...exposedHost,
  /** Secret of type kubernetes.io/tls in Tempo's namespace; absent: the controller's own certificate. */
  tlsSecret: field.optional(field.dnsName),
});

/** Ingresses of another class. Absent: none. Whoever reaches them reaches Tempo, unless an annotation says otherwise. */
const ingress = withAbsent(
  ["query", "otlp"],
  z.strictObject({
    /** IngressClass of the controller. */
    className: field.dnsName,
    /** Absent: no queries through it. */
    query: section(exposedByIngress),
    /** OTLP over HTTP; absent: no spans through it. */
    otlp: section(exposedByIngress),
  }),
);

const exposedByRoute = z.strictObject(exposedHost);

/** HTTPRoutes of the Gateway API, to a Gateway that others have made. Absent: none. */
const httpRoute = withAbsent(
  ["query", "otlp"],
  z.strictObject({
    /** Name of the Gateway; TLS ends there. */
    gateway: field.dnsName,
    /** Its namespace; absent: Tempo's. */
    gatewayNamespace: field.optional(field.dnsLabel),
    /** Its listener; absent: each that takes the name. */
    listener: field.optional(field.dnsName),
    query: section(exposedByRoute),
    otlp: section(exposedByRoute),
  }),
);

/** Pods by namespace and labels. */
const peer = z.strictObject({
  namespace: field.dnsLabel,
  /** Empty: every pod of the namespace. */
  labels: field.kubernetesLabels.prefault({}),
});
const peers = z.array(peer).default([]);

/** Who may reach Tempo's pod. Absent: everyone. Only a CNI that enforces NetworkPolicy gives it effect. */
const networkPolicy = z.strictObject({
  /** May query, on 3200: Grafana. */
  query: peers,
  /** May scrape, on 3200: Prometheus. */
  metrics: peers,
  /** May send spans, on 4317 and 4318. */
  otlp: peers,
  /** The tailnet's proxies: they may query and send. */
  proxies: peer.extend({ namespace: field.dnsLabel.prefault("tailscale") }).prefault({}),
});

/** Who makes a data source, and so what may be sent for it: docs/decisions/data-sources.md. */
const ownership = z.enum(["create", "own", "provisioned"], {
  error:
    "no kind of ownership. Write create (this stack makes it), own (its settings) or provisioned (nothing is sent)",
});

/** What is said of each data source. A default name and uid are those that Grafana's own examples use. */
const dataSource = (name: string, whose: z.output<typeof ownership>) => ({
  ownership: ownership.default(whose),
  uid: field.grafanaUid.prefault(name.toLowerCase()),
  name: field.title.prefault(name),
  /** With `own`: the settings that it has besides the ones written here, which would be lost. With `create`: further ones. */
  jsonData: field.jsonObject.prefault({}),
  /** HTTP headers that Grafana sends to it, as secrets, such as X-Scope-OrgID. */
  httpHeaders: field.httpHeaders.prefault({}),
});

/** A data source that others made or that this stack makes at a URL; that of Tempo is known. */
const otherDataSource = (name: string, port: number) =>
  z.strictObject({
    ...dataSource(name, "provisioned"),
    /** URL by which Grafana reaches it; with `create` only. */
    url: field.optional(field.httpUrlSuchAs(`http://${name.toLowerCase()}:${port}`)),
  });

/** When one service is in trouble. */
const serviceAlert = z.strictObject({
  /** `service.name` of its spans. */
  name: field.title,
  /** Share of failed requests, from 0 to 1, above which an alert fires. */
  errorRatio: field.ratio.default(0.05),
  /** 95th percentile of the duration of requests above which an alert fires. */
  latency: field.duration.prefault("2s"),
});

/** Alert rules of Grafana. */
const alerts = z.strictObject({
  /** Contact point that is notified; absent: what Grafana's notification policies say. */
  contactPoint: field.optional(field.title),
  /** Base URL of this project's docs/runbooks, for links in notifications; absent: the file's path in this project. */
  runbookUrl: field.optional(field.httpUrlSuchAs("https://git.example.com/docs/runbooks")),
  /** Requests within ten minutes below which a service's error ratio and latency say nothing. */
  minimumRequests: field.integer(1, 1_000_000, "requests").prefault(20),
  services: z.array(serviceAlert).default([]),
});

/** Grafana: data sources, dashboards, alerts. Absent: none. */
const grafanaSection = z.strictObject({
  /** Base URL of its HTTP API. */
  url: field.httpUrlSuchAs("https://grafana.example.com"),
  /** Service account token or user:password, as a secret; absent: from $GRAFANA_AUTH. */
  auth: field.optional(field.grafanaAuth),
  /** Number of the organisation; absent: the credential's own. Only with `user:password`: a token belongs to one. */
  orgId: field.optional(field.organisation),
  /** HTTP headers of every request to its API, as secrets, for what stands in front of it. */
  headers: field.httpHeaders.prefault({}),
  /** Title of the folder of dashboards and alert rules. */
  folder: field.title.prefault("Tempo"),
  /** Beginning of the uid of everything but the data sources. */
  uidPrefix: field.uidPrefix.prefault("tempo"),
  tempo: z
    .strictObject({
      ...dataSource("Tempo", "create"),
      /** URL by which Grafana reaches Tempo; absent: the Service in the cluster. Without effect with `own`. */
      url: field.optional(field.httpUrlSuchAs("http://tempo:3200")),
    })
    .prefault({}),
  /** Absent: no links between logs and traces. */
  loki: section(
    otherDataSource("Loki", 3100).extend({
      /** Span attribute to the label that logs have in Loki; only attributes that a span has take part. */
      labels: field.attributeLabels.prefault(LOKI_LABELS),
    }),
  ),
  /** Absent: no links from spans to metrics, no dashboards, no alerts. */
  prometheus: section(otherDataSource("Prometheus", 9090)),
  dashboards: field.boolean.prefault(true),
  alerts: section(alerts),
});

const grafana = withAbsent(["auth", "prometheus"], grafanaSection);

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

/** A namespace whose services have an OpenTelemetry SDK. */
const sdkNamespace = z.strictObject({
  namespace: field.dnsLabel,
  /** On which of the two clusters it is. */
  cluster: z.enum(["tempo", "collector"], { error: "neither of the two clusters. Write tempo or collector" }),
  /** Where its spans go: to Tempo's `service` in the cluster, through the `tailnet`, or to the `collector` beside it. */
  endpoint: z
    .enum(["service", "tailnet", "collector"], { error: "no such way. Write service, tailnet or collector" })
    .optional(),
  protocol: z.enum(["http", "grpc"], { error: "no protocol of OTLP. Write http or grpc" }).default("http"),
});

/** ConfigMaps with OTEL_* variables. */
const sdk = z.strictObject({
  /** Name of the ConfigMap in each of the namespaces. */
  configMapName: field.dnsName.prefault("tempo-otel"),
  namespaces: z.array(sdkNamespace).min(1, { error: "empty. Write at least one namespace" }),
});

/** A route of a Caddy outside the cluster. Absent: none. */
const caddy = z.strictObject({
  /** Name by which Tempo is queried through it. */
  hostname: field.dnsName,
  /** URL that it passes requests on to; absent: the tailnet's name for queries. */
  upstream: field.optional(field.httpUrlSuchAs("https://tempo.tail8d86e.ts.net")),
  /**
   * URL of its admin API, by which the route is made; absent: what to write into its files is the output caddyRoute.
   * Whoever reaches that API may change all of Caddy.
   */
  adminUrl: field.optional(field.httpUrlSuchAs("http://localhost:2019")),
  /** The HTTP server of its configuration that gets the route; absent: the one that listens on 443. */
  server: field.optional(field.caddyServer),
  /** The outputs and the links in Grafana name this URL instead of the tailnet's. */
  preferred: field.boolean.prefault(false),
});

const patterns = z.array(field.contextPattern).default([]);

/** What is absent is there, as undefined: settings/rules can tell it from what is wrong. */
function withAbsent<T extends z.ZodType>(keys: readonly string[], type: T) {
  const absent = Object.fromEntries(keys.map((key) => [key, undefined]));
  return z.preprocess((input) => (isObject(input) ? { ...absent, ...input } : input), type);
}

/** `{}` is an absent section. */
function section<T extends z.ZodType>(type: T) {
  return z.preprocess((input) => (isEmptyObject(input) ? undefined : input), type.optional());
}

function isEmptyObject(input: unknown): boolean {
  return isObject(input) && Object.keys(input).length === 0;
}

function isObject(input: unknown): input is object {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

/** The settings by their key in the configuration. */
export const schema = {
  kubeContext: field.optional(field.contextName),
  allowedKubeContexts: patterns,
  kubeconfig: field.optional(field.kubeconfigPath),
  namespace: field.dnsLabel.refine(isYamlText, { error: field.NO_YAML_TEXT }).prefault("monitoring"),
  createNamespace: field.boolean.prefault(false),
  name: releaseName.prefault("tempo"),
  image: field.image.prefault(versions.tempoImage),
  chart: field.chartSource.prefault(communityCharts),
  chartVersion: field.exactVersion.prefault(versions.tempoChart),
  volume: volume.prefault({}),
  retention: field.duration.prefault("168h"),
  resources,
  pod: pod.prefault({}),
  receiver: receiver.prefault({}),
  limits: limits.prefault({}),
  metricsGenerator: metricsGenerator.prefault({}),
  storage: storage.prefault({}),
  scrape: scrape.prefault({}),
  prometheus: section(prometheus),
  tailnet: section(tailnet),
  ingress: section(ingress),
  httpRoute: section(httpRoute),
  networkPolicy: section(networkPolicy),
  grafana: section(grafana),
  collector: section(collector),
  sdk: section(sdk),
  caddy: section(caddy),
} as const;

export type Key = keyof typeof schema;

/** What the program is built from; every value is parsed. */
export type Settings = { readonly [K in Key]: z.output<(typeof schema)[K]> };

export type RemoteWriteAccess = Pick<NonNullable<Settings["prometheus"]>, "tenant" | "headers" | "auth">;
export type ResourcesSettings = Settings["resources"];
export type TailnetSettings = NonNullable<Settings["tailnet"]>;
export type NetworkPolicySettings = NonNullable<Settings["networkPolicy"]>;
export type CollectorSettings = NonNullable<Settings["collector"]>;
export type InstrumentedService = CollectorSettings["services"][number];
export type SdkSettings = NonNullable<Settings["sdk"]>;
export type SdkNamespace = z.output<typeof sdkNamespace>;
export type CaddySettings = NonNullable<Settings["caddy"]>;
export type Peer = z.output<typeof peer>;
export type GrafanaSettings = NonNullable<Settings["grafana"]>;
export type AlertSettings = NonNullable<GrafanaSettings["alerts"]>;
export type ServiceAlert = z.output<typeof serviceAlert>;
export type Ownership = z.output<typeof ownership>;
