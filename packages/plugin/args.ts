/**
 * The arguments of the components: the settings of a stack by the same names, as plain interfaces, which is what Pulumi's
 * analyzer makes a schema of. Written by `npm run generate`. Amounts and durations are texts such as `10Gi` and `168h`.
 * What is missing: credentials (Grafana's is taken from $GRAFANA_AUTH), and `allowedKubeContexts`, for which there is no
 * current context that a program in another language has agreed to.
 */

/** Which cluster. */
export interface ClusterSection {
  /** Kubeconfig context of the cluster; in-cluster: the pod's own. One of this and allowedKubeContexts is required. */
  readonly kubeContext: string;
  /** Path of the kubeconfig; ~/ is understood. Absent: $KUBECONFIG, else ~/.kube/config. */
  readonly kubeconfig?: string;
}

/** Limits. */
export interface AmountsSection {
  /** Limit of processor time. Empty: none. Default: 1. */
  readonly cpu?: string;
  /** Limit of memory. Default: 1Gi. */
  readonly memory?: string;
  /** Limit of the node's disk, for logs and /tmp. A ResourceQuota may demand it. Empty: none. */
  readonly ephemeralStorage?: string;
}

/** What its container asks for and may use. */
export interface ResourcesSection {
  /** Requests. */
  readonly requests?: AmountsSection;
  /** Limits. */
  readonly limits?: AmountsSection;
}

/** SELinux context of its processes. Absent parts: the container runtime's. The Pod Security levels baseline and restricted allow type and level only. */
export interface SeLinuxOptionsSection {
  /** Such as system_u. */
  readonly user?: string;
  /** Such as system_r. */
  readonly role?: string;
  /** Such as container_t. */
  readonly type?: string;
  /** Such as s0:c123,c456. */
  readonly level?: string;
}

/** Where Tempo's pod may run, as whom, and what it carries. Applies to the Alloy of scrape.method: alloy as well. The pod satisfies the Pod Security level restricted. */
export interface PodSection {
  /** Labels that its node must have. Empty: any. */
  readonly nodeSelector?: Record<string, string>;
  /** Tolerations, as kubectl explain pod.spec.tolerations shows them. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the analyzer takes no other word for it
  readonly tolerations?: Record<string, any>[];
  /** Its PriorityClass. Absent: the cluster's default. */
  readonly priorityClassName?: string;
  /** Affinity, as kubectl explain pod.spec.affinity shows it. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the analyzer takes no other word for it
  readonly affinity?: Record<string, any>;
  /** Secrets of its namespace with the credentials of registries. */
  readonly imagePullSecrets?: string[];
  /** Annotations besides those written here. */
  readonly annotations?: Record<string, string>;
  /** Labels besides those written here. */
  readonly labels?: Record<string, string>;
  /** SELinux context of its processes. Absent parts: the container runtime's. The Pod Security levels baseline and restricted allow type and level only. */
  readonly seLinuxOptions?: SeLinuxOptionsSection;
  /** fixed: uid and gid 10001. platform: no user, group and fsGroup are written, for a platform that assigns them, such as OpenShift. Elsewhere write an image for storage.image whose user is not root. Default: fixed. */
  readonly runAs?: string;
}

/** Web pages that may send spans by HTTP. */
export interface CorsSection {
  /** Their origins, such as https://app.example.com; one * stands for any text. */
  readonly allowedOrigins?: string[];
  /** Headers that they may send besides Accept, Content-Type and X-Requested-With. *: any. */
  readonly allowedHeaders?: string[];
  /** How long a browser remembers the answer, at most 24h. Absent: as long as it likes, usually 5 s. */
  readonly maxAge?: string;
}

/** What Tempo's OTLP receivers accept. */
export interface ReceiverSection {
  /** Largest OTLP message, by HTTP and gRPC: whole MiB from 4Mi to 16Mi. At most limits.ingestionBurst. Default: 4Mi. */
  readonly maxMessageSize?: string;
  /** Web pages that may send spans by HTTP. */
  readonly cors?: CorsSection;
}

/** Caps that keep one node alive. What happens at each, and which metric counts it: docs/decisions/caps.md. */
export interface LimitsSection {
  /** Accepted in the long run; above it senders are refused and told to retry. Default: 1M. */
  readonly ingestionRate?: string;
  /** Accepted at once: at least receiver.maxMessageSize, at least a second of the rate, more than any sender's batch. Default: 8M. */
  readonly ingestionBurst?: string;
  /** Traces that may be receiving spans at one time; spans of further ones are discarded and counted. Default: 100000. */
  readonly maxLiveTraces?: number;
  /** Size of one trace; its further spans are discarded and counted. At most 16Mi, above which a trace is stored and cannot be read; below the memory limit. Default: 5M. */
  readonly maxBytesPerTrace?: string;
  /** Series that the metrics generator keeps; further ones are not made, and counted. Default: 10000. */
  readonly maxActiveSeries?: number;
}

/** Span metrics and service graph. */
export interface MetricsGeneratorSection {
  /** Span attributes that become labels. Each must have few values: docs/decisions/cardinality.md; known unbounded ones (url.path, http.target, *.id …) are refused. */
  readonly dimensions?: string[];
  /** How often series are sent. Default: 15s. */
  readonly collectionInterval?: string;
  /** Oldest span, by its end, that still counts in metrics and is found at once by a search: the longest outage that a sender's queue holds. Shorter than retention. Default: 12h. */
  readonly maxSpanAge?: string;
  /** How far back TraceQL metrics ({} | rate()) reach: what the generator still holds, or the whole retention. retention stores every span a second time for as long as it is kept. Default: recent. */
  readonly traceqlMetrics?: string;
}

/** Credential. It is read from a file at each request: a Secret that changes needs no restart. */
export interface RemoteWriteAuthSection {
  /** User of basic authentication. Absent: the credential is a bearer token. */
  readonly username?: string;
  /** A Secret in the same namespace that has it. */
  readonly secretName?: string;
  /** Its key in that Secret. Default: password. */
  readonly secretKey?: string;
}

/** Remote write of span metrics and service graphs. Absent: these metrics are not created. */
export interface PrometheusSection {
  /** A remote-write receiver, with its path: /api/v1/write of Prometheus and VictoriaMetrics, /api/v1/push of Mimir. A Prometheus needs --web.enable-remote-write-receiver, and --enable-feature=exemplar-storage to keep exemplars. */
  readonly remoteWriteUrl: string;
  /** Labels on every series sent, none of the series' own (service, span_name, client, le, a dimension …), beside tempo_instance, which says whose they are: docs/decisions/scraping.md#selecting-this-stacks-series. */
  readonly externalLabels?: Record<string, string>;
  /** Tenant, sent as X-Scope-OrgID. */
  readonly tenant?: string;
  /** Credential. It is read from a file at each request: a Secret that changes needs no restart. */
  readonly auth?: RemoteWriteAuthSection;
}

/** May send spans, on 4317 and 4318. */
export interface PeerSection {
  /** Namespace of such pods. */
  readonly namespace: string;
  /** Labels of such pods. Empty: every pod of the namespace. */
  readonly labels?: Record<string, string>;
}

/** The tailnet's proxies, which may query (3200) and send (4318). Counts only with tailnet. */
export interface ProxiesSection {
  /** Namespace of the proxies. Default: tailscale. */
  readonly namespace?: string;
  /** Labels of such pods. Empty: every pod of the namespace. */
  readonly labels?: Record<string, string>;
}

/** Who may reach Tempo's pod. Absent: everyone. Only some CNIs enforce a NetworkPolicy: docs/decisions/network-policy.md. */
export interface NetworkPolicySection {
  /** May query, on 3200: Grafana. */
  readonly query?: PeerSection[];
  /** May scrape, on 3200 and 3201: Prometheus. */
  readonly metrics?: PeerSection[];
  /** May send spans, on 4317 and 4318. */
  readonly otlp?: PeerSection[];
  /** The tailnet's proxies, which may query (3200) and send (4318). Counts only with tailnet. */
  readonly proxies?: ProxiesSection;
}

/** The claim that holds the traces. Only size may change later, and only upwards. Everything else moves the traces: docs/runbooks/migrate-volume.md. */
export interface VolumeSection {
  /** Size of the claim. Grows in place where the class allows it. Default: 10Gi. */
  readonly size?: string;
  /** StorageClass. Absent: the cluster's default class, or none with volumeName or selector. */
  readonly storageClass?: string;
  /** ReadWriteOnce, ReadWriteOncePod, ReadWriteMany. */
  readonly accessModes?: string[];
  /** Name of the claim. Absent: data-<name>-0, as a StatefulSet's own template would name it. */
  readonly claimName?: string;
  /** A PersistentVolume made by hand that the claim shall bind. Absent: whichever the class gives. */
  readonly volumeName?: string;
  /** Labels that a PersistentVolume must have. Empty: any. */
  readonly selector?: Record<string, string>;
  /** Pulumi refuses to delete the claim. It is retained on destroy in any case. Default: true. */
  readonly protect?: boolean;
}

/** The guard of the volume: docs/decisions/storage.md. */
export interface StorageSection {
  /** A container beside Tempo measures the volume and publishes what it finds as metrics, on 3201. Default: true. */
  readonly guard?: boolean;
  /** Its image. Another one must have busybox's shell and tools. Default: busybox:1.37.0@sha256:9db7b59979c38555a39def84a31fb98b5296952f9e3afd4f6f11f05b07adfab0. */
  readonly image?: string;
  /** What each of the guard's two containers asks for and may use. */
  readonly resources?: ResourcesSection;
  /** The guard shortens retention before the volume is full, and in the end has senders refused. Needs storage.guard. Default: false. */
  readonly adaptiveRetention?: boolean;
  /** Shortest retention that this leads to: at least 1h, at most retention. Default: 24h. */
  readonly minRetention?: string;
  /** Traces older than this may be deleted at once where the volume is full already, as the preflight asks for when adaptiveRetention is switched on. Without it old traces only make room for new ones. */
  readonly shortenAtOnceTo?: string;
}

/** Labels by which Prometheus knows this stack's series: dashboards, alerts, capacity and verify select by them. */
export interface SeriesSection {
  /** Those of Tempo's own. */
  readonly tempo?: Record<string, string>;
  /** The same of the guard's series. */
  readonly guard?: Record<string, string>;
  /** The same of what kubelet tells of the claim. */
  readonly kubelet?: Record<string, string>;
}

/** How the metrics of Tempo and its volume reach Prometheus. Which method to choose: docs/guides/scraping.md. */
export interface ScrapeSection {
  /** What tells a Prometheus to scrape Tempo and its volume. Default: job. */
  readonly method?: string;
  /** How often, 5s to 1m. With annotations Prometheus' own interval counts. Default: 30s. */
  readonly interval?: string;
  /** Labels of the ServiceMonitors, by which a Prometheus selects them. */
  readonly labels?: Record<string, string>;
  /** Labels by which Prometheus knows this stack's series: dashboards, alerts, capacity and verify select by them. */
  readonly series?: SeriesSection;
  /** Alloy's image, with alloy. Default: grafana/alloy:v1.18.1. */
  readonly alloyImage?: string;
  /** What that Alloy asks for and may use. */
  readonly resources?: ResourcesSection;
}

/** Ingresses of the Tailscale operator. Absent: Tempo is only reachable inside the cluster. The operator must be installed and own the tags; a ProxyGroup needs autoApprovers.services in the tailnet's policy file. */
export interface TailnetSection {
  /** The tailnet's DNS name, such as tail8d86e.ts.net. */
  readonly domain: string;
  /** ProxyGroup that serves both names. Absent: a proxy for each. */
  readonly proxyGroup?: string;
  /** ACL tags of the two Services or devices. */
  readonly tags?: string[];
  /** First label of the name for queries. Default: tempo. */
  readonly queryHostname?: string;
  /** First label of the name for OTLP over HTTP. Default: tempo-otlp. */
  readonly otlpHostname?: string;
  /** First label of a name for OTLP over gRPC. Absent: none. */
  readonly otlpGrpcHostname?: string;
  /** Annotations of the Ingresses besides those written here, such as tailscale.com/proxy-class. */
  readonly annotations?: Record<string, string>;
  /** How long an up waits for the tailnet to give each name before it warns and goes on; at most 10m. Default: 60s. */
  readonly addressTimeout?: string;
  /** Base URL of the Tailscale API. Default: https://api.tailscale.com. */
  readonly apiUrl?: string;
}

/** OTLP over HTTP. Absent: no spans through it. */
export interface ExposedByIngressSection {
  /** Name by which it is reached. */
  readonly host: string;
  /** Annotations, by which controllers authenticate. */
  readonly annotations?: Record<string, string>;
  /** Secret of the type kubernetes.io/tls, in Tempo's namespace. Absent: the controller's own certificate. */
  readonly tlsSecret?: string;
}

/** Ingresses of another class, in addition to the tailnet or instead of it. Absent: none. They pass only what readers and senders need. Tempo itself has no authentication: whoever reaches the controller can read all traces, unless an annotation adds it, such as nginx.ingress.kubernetes.io/auth-type: basic with auth-secret. Without a tailnet, the outputs name these URLs. Results are streamed to Grafana by gRPC, which a controller only forwards if configured to. */
export interface IngressSection {
  /** IngressClass of the controller. For tailscale there is the section tailnet. */
  readonly className: string;
  /** Queries. Absent: none through it. */
  readonly query?: ExposedByIngressSection;
  /** OTLP over HTTP. Absent: no spans through it. */
  readonly otlp?: ExposedByIngressSection;
}

/** OTLP over HTTP. Absent: no spans through it. */
export interface ExposedByRouteSection {
  /** Name by which it is reached. */
  readonly host: string;
  /** Annotations, by which controllers authenticate. */
  readonly annotations?: Record<string, string>;
}

/** HTTPRoutes of the Gateway API (v1), to a Gateway that exists. Absent: none. As of ingress. */
export interface HttpRouteSection {
  /** Name of the Gateway, where TLS ends. It must allow routes of Tempo's namespace. */
  readonly gateway: string;
  /** Its namespace. Absent: Tempo's. */
  readonly gatewayNamespace?: string;
  /** Its listener. Absent: each that takes the name. */
  readonly listener?: string;
  /** Queries. Absent: none through it. */
  readonly query?: ExposedByRouteSection;
  /** OTLP over HTTP. Absent: no spans through it. */
  readonly otlp?: ExposedByRouteSection;
}

/** The data source with Tempo's metrics. Absent: no links from spans to metrics, no dashboards, no alerts. Needs prometheus. */
export interface DataSourceSection {
  /** Who makes it. Default: provisioned. */
  readonly ownership?: string;
  /** Its uid. At most 40 letters, digits, -, _. Default: prometheus. */
  readonly uid?: string;
  /** Its name. Default: Prometheus. */
  readonly name?: string;
  /** With settings-only: the settings that it has besides ours, which would be lost. With create: further ones. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the analyzer takes no other word for it
  readonly jsonData?: Record<string, any>;
  /** Where Grafana reaches Loki. Required with create, refused otherwise. */
  readonly url?: string;
}

/** Loki's data source. Absent: no links between logs and traces. */
export interface LokiSection {
  /** Who makes it. Default: provisioned. */
  readonly ownership?: string;
  /** Its uid. At most 40 letters, digits, -, _. Default: loki. */
  readonly uid?: string;
  /** Its name. Default: Loki. */
  readonly name?: string;
  /** With settings-only: the settings that it has besides ours, which would be lost. With create: further ones. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the analyzer takes no other word for it
  readonly jsonData?: Record<string, any>;
  /** Where Grafana reaches Loki. Required with create, refused otherwise. */
  readonly url?: string;
  /** Span attribute to the label that its logs have in Loki. Those that a span has select its logs. */
  readonly labels?: Record<string, string>;
}

/** Services whose errors and latency are watched. */
export interface ServiceAlertSection {
  /** service.name of its spans. At most 26 characters with the default prefix. */
  readonly name: string;
  /** Share of failed requests, above 0 and at most 1 (never), above which an alert fires. Default: 0.05. */
  readonly errorRatio?: number;
  /** 95th percentile of the duration above which an alert fires. Less than 262s, where the histogram ends. Default: 2s. */
  readonly latency?: string;
}

/** Alert rules. They need grafana.prometheus. */
export interface AlertsSection {
  /** Contact point that is notified. Absent: what Grafana's notification policies say. */
  readonly contactPoint?: string;
  /** Base URL of docs/runbooks, for links in notifications. Absent: the file's path in this project. */
  readonly runbookUrl?: string;
  /** Requests within ten minutes below which a service's errors and latency say nothing. Default: 20. */
  readonly minimumRequests?: number;
  /** Services whose errors and latency are watched. */
  readonly services?: ServiceAlertSection[];
}

/** Data sources, dashboards, alerts. Absent: nothing in Grafana. What is created, and which ownership to choose: docs/guides/grafana.md. */
export interface GrafanaSection {
  /** Base URL of Grafana. */
  readonly url: string;
  /** Number of the organisation. Only with user:password: a token belongs to one. */
  readonly orgId?: number;
  /** Title of the folder of dashboards and alert rules. Default: Tempo. */
  readonly folder?: string;
  /** Uid of that folder, and beginning of the uids in it. At most 16 letters, digits, -, _. Default: tempo. */
  readonly uidPrefix?: string;
  /** Tempo's data source. */
  readonly tempo?: DataSourceSection;
  /** Loki's data source. Absent: no links between logs and traces. */
  readonly loki?: LokiSection;
  /** The data source with Tempo's metrics. Absent: no links from spans to metrics, no dashboards, no alerts. Needs prometheus. */
  readonly prometheus?: DataSourceSection;
  /** Make the dashboards. They need grafana.prometheus. Default: true. */
  readonly dashboards?: boolean;
  /** Alert rules. They need grafana.prometheus. */
  readonly alerts?: AlertsSection;
}

/** What waits on disk, on each node. */
export interface CollectorQueueSection {
  /** Longest outage of Tempo for which the queue has room at the expected rate. At most metricsGenerator.maxSpanAge. Default: 12h. */
  readonly outage?: string;
  /** The expected rate of a node. A request makes about three spans. Default: 20. */
  readonly spansPerSecond?: number;
  /** Folder on the node. Default: /var/lib/tempo-collector. */
  readonly hostPath?: string;
  /** What the node's disk has to spare for it. A queue that would take more is refused. Default: 4Gi. */
  readonly volumeSize?: string;
}

/** By what that receiver knows the collector. */
export interface RemoteWriteAccessSection {
  /** Tenant, sent as X-Scope-OrgID. */
  readonly tenant?: string;
  /** Credential. It is read from a file at each request: a Secret that changes needs no restart. */
  readonly auth?: RemoteWriteAuthSection;
}

/** As of pod. */
export interface PodPartsSection {
  /** Tolerations. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the analyzer takes no other word for it
  readonly tolerations?: Record<string, any>[];
  /** Its PriorityClass. Absent: the cluster's default. */
  readonly priorityClassName?: string;
  /** Affinity, as kubectl explain pod.spec.affinity shows it. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the analyzer takes no other word for it
  readonly affinity?: Record<string, any>;
  /** Secrets of its namespace with the credentials of registries. */
  readonly imagePullSecrets?: string[];
  /** Annotations besides those written here. */
  readonly annotations?: Record<string, string>;
  /** Labels besides those written here. */
  readonly labels?: Record<string, string>;
  /** SELinux context of its processes. Absent parts: the container runtime's. The Pod Security levels baseline and restricted allow type and level only. */
  readonly seLinuxOptions?: SeLinuxOptionsSection;
}

/** The services that are instrumented, and no others. */
export interface InstrumentedServiceSection {
  /** service.name of its spans. */
  readonly name: string;
  /** Namespace of its workload. */
  readonly namespace: string;
  /** Name of the workload; write one of the three, or labels. */
  readonly deployment?: string;
  /** The workload's name, where it is a StatefulSet. */
  readonly statefulSet?: string;
  /** The workload's name, where it is a DaemonSet. */
  readonly daemonSet?: string;
  /** Labels that its pods have. */
  readonly labels?: Record<string, string>;
  /** Paths that become http.route and the span's name, first match first: /api/events/{id}, /static/*. Others are told apart by Beyla, with at most ten values of a segment. */
  readonly routes?: string[];
  /** Instead of that list. Each list that differs is an instance of Beyla of its own, which costs as much again. */
  readonly ignoredRoutes?: string[];
  /** Share of the traces that begin at this service and are kept. Span metrics count what is kept. Default: 1. */
  readonly sampling?: number;
}

/** Grafana Alloy with Beyla (eBPF) on the cluster of the services. Absent: no collector. What it does with each span, and why: docs/decisions/collector.md. */
export interface CollectorSection {
  /** k8s.cluster.name of the spans, and label cluster of the collector's metrics. Write what the logs have as cluster. */
  readonly clusterName: string;
  /** Namespace of the collector. Default: alloy. */
  readonly namespace?: string;
  /** Create it. It is then kept on destroy. Default: false. */
  readonly createNamespace?: boolean;
  /** Name of its objects. Default: tempo-collector. */
  readonly name?: string;
  /** Alloy's image. Default: grafana/alloy:v1.18.1. */
  readonly image?: string;
  /** OTLP over HTTP or gRPC. gRPC through the tailnet needs tailnet.otlpGrpcHostname. Default: http. */
  readonly protocol?: string;
  /** A CA besides those of the image, for an endpoint of your own. */
  readonly caCertificate?: string;
  /** What waits on disk, on each node. */
  readonly queue?: CollectorQueueSection;
  /** What its container asks for and may use. */
  readonly resources?: ResourcesSection;
  /** All capabilities, for a kernel on which the few do not suffice. Default: false. */
  readonly privileged?: boolean;
  /** Take an incoming trace context (and pass it on); or write one into all outgoing requests. Default: accept. */
  readonly propagation?: string;
  /** Take spans of services with an SDK on 4317 and 4318, from every pod of its cluster. Absent: from the namespaces that sdk sends there, and from nobody where there are none. */
  readonly receiver?: boolean;
  /** A remote-write receiver for the collector's own metrics. Absent: they are not sent, and there is no dashboard and no alert of it. */
  readonly remoteWriteUrl?: string;
  /** By what that receiver knows the collector. */
  readonly remoteWrite?: RemoteWriteAccessSection;
  /** Labels of the nodes on which it runs. Empty: all. */
  readonly nodeSelector?: Record<string, string>;
  /** As of pod. */
  readonly pod?: PodPartsSection;
  /** Paths that make no spans: those of the probes. They count for all services. */
  readonly ignoredRoutes?: string[];
  /** The services that are instrumented, and no others. */
  readonly services: InstrumentedServiceSection[];
}

/** The collector of a whole stack, on a cluster of its own or on Tempo's. */
export interface StackCollectorSection extends CollectorSection {
  /** Kubeconfig context of that cluster. Absent: Tempo's. */
  readonly kubeContext?: string;
  /** Path of its kubeconfig. Absent: that of Tempo's cluster. */
  readonly kubeconfig?: string;
  /** Base URL of Tempo's OTLP as that cluster reaches it. Absent: the tailnet's name, or the Service where the cluster is Tempo's. */
  readonly endpoint?: string;
}

/** The namespaces. */
export interface SdkNamespaceSection {
  /** One of them. It must be there. */
  readonly namespace: string;
  /** On which of the two clusters it is. */
  readonly cluster: string;
  /** Where the spans go: to Tempo's Service, through the tailnet, or to the collector, which queues on disk. */
  readonly endpoint?: string;
  /** OTLP over HTTP or gRPC. Default: http. */
  readonly protocol?: string;
}

/** ConfigMaps with OTEL_* variables for services with an OpenTelemetry SDK. Absent: none. How to connect a service: docs/guides/sending.md. */
export interface SdkSection {
  /** Name of the ConfigMap with OTEL_* variables in each namespace. Default: tempo-otel. */
  readonly configMapName?: string;
  /** The namespaces. */
  readonly namespaces: SdkNamespaceSection[];
}

/** A route of a Caddy outside the clusters. Absent: none. How to use it: docs/guides/caddy.md. */
export interface CaddySection {
  /** Name by which Tempo is queried through it, such as tempo.ops.eblu.me. */
  readonly hostname: string;
  /** Where it passes requests on to. Absent: the tailnet's name for queries. */
  readonly upstream?: string;
  /** The output queryUrl names Caddy's URL instead of the tailnet's. Default: false. */
  readonly preferred?: boolean;
}
