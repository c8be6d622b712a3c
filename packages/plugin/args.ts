/**
 * The arguments of the components: the settings of a stack (stack/schema.ts), by the same names, as plain
 * interfaces, which is what Pulumi's analyzer makes a schema of. Amounts and durations are texts such as `10Gi` and
 * `168h`. Their rules and defaults are the settings' own, since the same parser reads them. What is missing here:
 * credentials (Grafana's is taken from $GRAFANA_AUTH), and `allowedKubeContexts`, for which there is no current context
 * that a program in another language has agreed to.
 *
 * tests/packages/plugin/schema.test.ts holds the two together.
 */

/** Which cluster. */
export interface ClusterSection {
  /** Kubeconfig context of the cluster. */
  readonly kubeContext: string;
  /** Path of the kubeconfig. Default: $KUBECONFIG, or ~/.kube/config. */
  readonly kubeconfig?: string;
}

/** The claim that holds the traces. */
export interface VolumeSection {
  /** Size in bytes, grows only. Default: 10Gi. */
  readonly size?: string;
  /** StorageClass. Default: the cluster's. */
  readonly storageClass?: string;
  /** Default: ReadWriteOnce. */
  readonly accessModes?: string[];
  /** Default: data-<name>-0. */
  readonly claimName?: string;
  /** A PersistentVolume made by hand. */
  readonly volumeName?: string;
  /** Labels that a PersistentVolume must have. */
  readonly selector?: Record<string, string>;
  /** Pulumi refuses to delete it. Default: true. */
  readonly protect?: boolean;
}

/** CPU, memory and disk, such as 100m, 256Mi and 1Gi. */
export interface AmountsSection {
  readonly cpu?: string;
  readonly memory?: string;
  /** Default: none. */
  readonly ephemeralStorage?: string;
}

/** What a container asks for and may use. */
export interface ResourcesSection {
  readonly requests?: AmountsSection;
  readonly limits?: AmountsSection;
}

/** A part of the SELinux context of a pod. */
export interface SeLinuxOptionsSection {
  readonly user?: string;
  readonly role?: string;
  readonly type?: string;
  readonly level?: string;
}

/** What a pod has besides its containers. */
export interface PodPartsSection {
  /** As Kubernetes has them. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the analyzer takes no other word for it
  readonly tolerations?: Record<string, any>[];
  /** As Kubernetes has it. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  readonly affinity?: Record<string, any>;
  readonly priorityClassName?: string;
  /** Names of Secrets. */
  readonly imagePullSecrets?: string[];
  readonly annotations?: Record<string, string>;
  readonly labels?: Record<string, string>;
  readonly seLinuxOptions?: SeLinuxOptionsSection;
}

/** Tempo's pod. */
export interface PodSection extends PodPartsSection {
  /** Default: any node. */
  readonly nodeSelector?: Record<string, string>;
  /** fixed or platform. Default: fixed. */
  readonly runAs?: string;
}

/** Web pages that may send spans. */
export interface CorsSection {
  /** Such as https://app.example.com. Default: none. */
  readonly allowedOrigins?: string[];
  /** Besides those of OTLP. */
  readonly allowedHeaders?: string[];
  readonly maxAge?: string;
}

/** What Tempo's receivers of OTLP take. */
export interface ReceiverSection {
  /** Bytes, whole MiB. Default: 4Mi. */
  readonly maxMessageSize?: string;
  readonly cors?: CorsSection;
}

/** Caps that keep one node alive. */
export interface LimitsSection {
  /** Bytes per second. Default: 1M. */
  readonly ingestionRate?: string;
  /** Bytes. Default: 8M. */
  readonly ingestionBurst?: string;
  /** Traces. Default: 100000. */
  readonly maxLiveTraces?: number;
  /** Bytes. Default: 5M. */
  readonly maxBytesPerTrace?: string;
  /** Series. Default: 10000. */
  readonly maxActiveSeries?: number;
}

/** What Tempo computes from spans. */
export interface MetricsGeneratorSection {
  /** Span attributes that become labels. Default: method, status and route of HTTP. */
  readonly dimensions?: string[];
  /** Default: 15s. */
  readonly collectionInterval?: string;
  /** The longest outage of a sender after which its spans still count. Default: 12h. */
  readonly maxSpanAge?: string;
  /** recent or retention. Default: recent. */
  readonly traceqlMetrics?: string;
}

/** What watches over the volume. */
export interface StorageSection {
  /** Default: true. */
  readonly guard?: boolean;
  /** The guard's image, busybox, pinned. */
  readonly image?: string;
  /** Of the guard's containers. */
  readonly resources?: ResourcesSection;
  /** Retention is shortened before the volume is full. Default: false. */
  readonly sizeAware?: boolean;
  /** Shortest retention that this leads to. Default: 24h. */
  readonly floor?: string;
  /** Traces older than this may go at once where the volume is full already. Default: none may. */
  readonly shortenAtOnceTo?: string;
}

/** Labels by which Prometheus knows the series of Tempo, of the guard, and kubelet's of the claim. */
export interface SeriesSection {
  readonly tempo?: Record<string, string>;
  readonly guard?: Record<string, string>;
  readonly kubelet?: Record<string, string>;
}

/** How metrics reach Prometheus. */
export interface ScrapeSection {
  /** job, annotations, serviceMonitor, alloy or none. Default: job. */
  readonly method?: string;
  /** Default: 30s. */
  readonly interval?: string;
  /** Labels of the ServiceMonitors. */
  readonly labels?: Record<string, string>;
  /** Labels by which Prometheus knows this stack's series. Default: as the method gives them. */
  readonly series?: SeriesSection;
  /** Alloy's image, pinned. */
  readonly alloyImage?: string;
  /** Alloy's. */
  readonly resources?: ResourcesSection;
}

/** A credential in a Secret that is there. */
export interface RemoteWriteAuthSection {
  /** User of basic authentication. Default: the Secret has a bearer token. */
  readonly username?: string;
  /** In the namespace of the sender. */
  readonly secretName?: string;
  /** Default: password. */
  readonly secretKey?: string;
}

/** By what a receiver of remote writes knows the sender. */
export interface RemoteWriteAccessSection {
  /** X-Scope-OrgID. */
  readonly tenant?: string;
  readonly auth?: RemoteWriteAuthSection;
}

/** Where span metrics and service graphs go. */
export interface PrometheusSection extends RemoteWriteAccessSection {
  /** URL of a remote-write receiver. */
  readonly remoteWriteUrl: string;
  readonly externalLabels?: Record<string, string>;
}

/** Two Tailscale Ingresses. */
export interface TailnetSection {
  /** The tailnet's DNS name. */
  readonly domain: string;
  /** ProxyGroup that serves both. Default: a proxy for each. */
  readonly proxyGroup?: string;
  /** Default: tag:k8s. */
  readonly tags?: string[];
  /** Default: tempo. */
  readonly queryHostname?: string;
  /** Default: tempo-otlp. */
  readonly otlpHostname?: string;
  /** Default: no OTLP over gRPC. */
  readonly otlpGrpcHostname?: string;
  /** Of the Ingresses. */
  readonly annotations?: Record<string, string>;
  /** How long an up waits for the tailnet's names. Default: 60s. */
  readonly addressTimeout?: string;
  /** Base URL of the Tailscale API. */
  readonly apiUrl?: string;
}

/** A name by which Tempo is reached. */
export interface ExposedByRouteSection {
  readonly host: string;
  readonly annotations?: Record<string, string>;
}

/** A name by which Tempo is reached, through an Ingress. */
export interface ExposedByIngressSection extends ExposedByRouteSection {
  /** Default: the controller's own certificate. */
  readonly tlsSecret?: string;
}

/** Ingresses of a class other than Tailscale's. */
export interface IngressSection {
  readonly className: string;
  readonly query?: ExposedByIngressSection;
  /** OTLP over HTTP. */
  readonly otlp?: ExposedByIngressSection;
}

/** HTTPRoutes of the Gateway API. */
export interface HttpRouteSection {
  /** Name of the Gateway. */
  readonly gateway: string;
  /** Default: Tempo's. */
  readonly gatewayNamespace?: string;
  readonly listener?: string;
  readonly query?: ExposedByRouteSection;
  /** OTLP over HTTP. */
  readonly otlp?: ExposedByRouteSection;
}

/** Pods by namespace and labels. */
export interface PeerSection {
  readonly namespace: string;
  /** Default: every pod. */
  readonly labels?: Record<string, string>;
}

/** The tailnet's proxies. */
export interface ProxiesSection {
  /** Default: tailscale. */
  readonly namespace?: string;
  /** Default: every pod. */
  readonly labels?: Record<string, string>;
}

/** Who may reach Tempo's pod. */
export interface NetworkPolicySection {
  readonly query?: PeerSection[];
  readonly metrics?: PeerSection[];
  readonly otlp?: PeerSection[];
  readonly proxies?: ProxiesSection;
}

/** A data source in Grafana. */
export interface DataSourceSection {
  /** create, own or provisioned. */
  readonly ownership?: string;
  readonly uid?: string;
  readonly name?: string;
  /** URL by which Grafana reaches it. */
  readonly url?: string;
  /** Settings besides the ones written here. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the analyzer takes no other word for it
  readonly jsonData?: Record<string, any>;
}

/** Loki in Grafana. */
export interface LokiSection extends DataSourceSection {
  /** Span attribute to the label that logs have. */
  readonly labels?: Record<string, string>;
}

/** When one service is in trouble. */
export interface ServiceAlertSection {
  /** service.name of its spans. */
  readonly name: string;
  /** Share of failed requests, from 0 to 1. Default: 0.05. */
  readonly errorRatio?: number;
  /** 95th percentile. Default: 2s. */
  readonly latency?: string;
}

/** Alert rules. */
export interface AlertsSection {
  readonly contactPoint?: string;
  readonly runbookUrl?: string;
  /** Default: 20. */
  readonly minimumRequests?: number;
  readonly services?: ServiceAlertSection[];
}

/** Data sources, dashboards and alerts in Grafana. The credential is taken from $GRAFANA_AUTH. */
export interface GrafanaSection {
  readonly url: string;
  /** Number of the organisation, with user:password in $GRAFANA_AUTH. */
  readonly orgId?: number;
  /** Default: Tempo. */
  readonly folder?: string;
  /** Default: tempo. */
  readonly uidPrefix?: string;
  readonly tempo?: DataSourceSection;
  readonly loki?: LokiSection;
  readonly prometheus?: DataSourceSection;
  /** Default: true. */
  readonly dashboards?: boolean;
  readonly alerts?: AlertsSection;
}

/** One service that eBPF instruments. */
export interface InstrumentedServiceSection {
  /** service.name of its spans. */
  readonly name: string;
  readonly namespace: string;
  /** The workload by its name; or labels. */
  readonly deployment?: string;
  readonly statefulSet?: string;
  readonly daemonSet?: string;
  readonly labels?: Record<string, string>;
  /** Paths that become http.route. */
  readonly routes?: string[];
  readonly ignoredRoutes?: string[];
  /** Share of traces that are kept. Default: 1. */
  readonly sampling?: number;
}

/** What outlives an outage of the receiver. */
export interface CollectorQueueSection {
  /** Default: 12h. */
  readonly outage?: string;
  /** Per node. Default: 20. */
  readonly spansPerSecond?: number;
  /** Folder on the node. Default: /var/lib/tempo-collector. */
  readonly hostPath?: string;
  /** Default: 4Gi. */
  readonly volumeSize?: string;
}

/** Grafana Alloy with Beyla on the cluster of the services. */
export interface CollectorSection {
  /** k8s.cluster.name of its spans. */
  readonly clusterName: string;
  readonly services: InstrumentedServiceSection[];
  /** Default: alloy. */
  readonly namespace?: string;
  readonly createNamespace?: boolean;
  /** Default: tempo-collector. */
  readonly name?: string;
  /** Alloy's image, pinned. */
  readonly image?: string;
  /** http or grpc. Default: http. */
  readonly protocol?: string;
  /** A CA in PEM besides those of the image. */
  readonly caCertificate?: string;
  readonly queue?: CollectorQueueSection;
  readonly resources?: ResourcesSection;
  /** Default: false. */
  readonly privileged?: boolean;
  /** accept or inject. Default: accept. */
  readonly propagation?: string;
  /** Services with an SDK may send to it. Absent: those that sdk sends there. */
  readonly receiver?: boolean;
  /** Of its own metrics. */
  readonly remoteWriteUrl?: string;
  readonly remoteWrite?: RemoteWriteAccessSection;
  readonly nodeSelector?: Record<string, string>;
  readonly pod?: PodPartsSection;
  /** Paths of which no span is made. */
  readonly ignoredRoutes?: string[];
}

/** The collector of a whole stack, on a cluster of its own or on Tempo's. */
export interface StackCollectorSection extends CollectorSection {
  /** Default: the cluster of Tempo. */
  readonly kubeContext?: string;
  readonly kubeconfig?: string;
  /** Base URL of Tempo's OTLP. Default: the tailnet's. */
  readonly endpoint?: string;
}

/** A namespace whose services have an OpenTelemetry SDK. */
export interface SdkNamespaceSection {
  readonly namespace: string;
  /** tempo or collector. */
  readonly cluster: string;
  /** service, tailnet or collector. */
  readonly endpoint?: string;
  /** http or grpc. Default: http. */
  readonly protocol?: string;
}

/** ConfigMaps with OTEL_* variables. */
export interface SdkSection {
  /** Default: tempo-otel. */
  readonly configMapName?: string;
  readonly namespaces: SdkNamespaceSection[];
}

/** A route of a Caddy outside the cluster, to paste. */
export interface CaddySection {
  readonly hostname: string;
  readonly upstream?: string;
  /** The output queryUrl names it. Default: false. */
  readonly preferred?: boolean;
}
