/** One change of every setting, on deployed stacks, and what an engine is to make of it. */

export interface Change {
  readonly stack: "local" | "prod";
  /** What becomes of the stack's settings: a section is merged into the stack's, an empty one goes. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** `op name: paths` in the order of the names, or what the preview is refused with. */
  readonly steps: readonly string[] | RegExp;
}

const release = (...paths: string[]): string =>
  `update tempo-release: ${paths.map((path) => `values.${path}`).join(" ")}`;

/** What is in the guard's files changes with tempo.yaml. The provider replaces a ConfigMap whose data changes. */
const withGuard = (file: "guard.conf" | "overrides.tmpl", ...paths: string[]): string[] => [
  `replace tempo-guard: data["${file}"]`,
  release("config", ...paths, "podAnnotations.checksum/guard"),
];

const COLLECTOR = [
  "collector",
  "collector-alloy",
  "collector-cluster",
  "collector-config",
  "collector-network-policy",
  "collector-role",
  "collector-role-binding",
  "collector-service-account",
  "grafana-dashboard-tempo-collector",
  "grafana-rules-Collector",
];
const deleted = (names: readonly string[]): string[] => names.map((name) => `delete ${name}`);

const remoteWrite = { remoteWriteUrl: "http://prometheus:9090/api/v1/write" };

/** By the setting, or one of its parts. */
export const changes: Readonly<Record<string, Change>> = {
  // Other names of the same cluster: nothing on it is made anew.
  kubeContext: {
    stack: "prod",
    settings: { kubeContext: "kind-tests" },
    steps: [
      "update cluster: context",
      "update tailnet-ingress-provider: context",
      "update tempo-claim-provider: context",
    ],
  },
  kubeconfig: {
    stack: "local",
    settings: { kubeconfig: "$KUBECONFIG" },
    steps: [
      "update cluster: kubeconfig",
      "update tempo-claim-provider: kubeconfig",
      "update tempo-namespace-provider: kubeconfig",
    ],
  },
  allowedKubeContexts: { stack: "local", settings: { allowedKubeContexts: ["kind-*"] }, steps: [] },
  "allowedKubeContexts, without the current one": {
    stack: "local",
    settings: { allowedKubeContexts: ["minikube"] },
    steps: /the current context "kind-tests" is none that this stack names/,
  },
  // The traces are in the claim of the namespace and of the name that were.
  namespace: {
    stack: "local",
    settings: { namespace: "elsewhere" },
    steps: /local\/data-tempo-0: has the traces of this stack, and elsewhere\/data-tempo-0/,
  },
  name: {
    stack: "local",
    settings: { name: "traces" },
    steps: /local\/data-tempo-0: has the traces of this stack, and local\/data-traces-0/,
  },
  // It stays: the provider is told to retain it.
  createNamespace: {
    stack: "local",
    settings: { createNamespace: false },
    steps: ["delete tempo-namespace", "delete tempo-namespace-provider"],
  },
  image: { stack: "local", settings: { image: "grafana/tempo:2.10.2" }, steps: [release("tempo.tag")] },
  chart: { stack: "prod", settings: { chart: "$CHARTS" }, steps: ["update tempo-release: chart repositoryOpts"] },
  chartVersion: { stack: "local", settings: { chartVersion: "2.2.5" }, steps: ["update tempo-release: version"] },
  "chartVersion, of none that there is": {
    stack: "local",
    settings: { chartVersion: "2.2.6" },
    steps: /chart "tempo" version "2\.2\.6" not found/,
  },
  "volume.size": {
    stack: "local",
    settings: { volume: { size: "11Gi" } },
    steps: [
      'replace tempo-guard: data["guard.conf"]',
      "update tempo-claim: spec.resources.requests.storage",
      release("config", "podAnnotations.checksum/guard"),
    ],
  },
  "volume.size, smaller": {
    stack: "local",
    settings: { volume: { size: "5Gi" } },
    steps: /tempo:volume\.size = "5Gi": smaller than the claim, which has 10Gi/,
  },
  "volume.storageClass": {
    stack: "local",
    settings: { volume: { storageClass: "fast" } },
    steps: /tempo:volume\.storageClass = "fast": .*never changeable/,
  },
  "volume.protect": { stack: "local", settings: { volume: { protect: true } }, steps: [] },
  retention: { stack: "local", settings: { retention: "72h" }, steps: withGuard("guard.conf") },
  resources: {
    stack: "local",
    settings: { resources: { limits: { memory: "2Gi" } } },
    steps: [release("tempo.extraEnv[0].value", "tempo.resources.limits.memory")],
  },
  limits: { stack: "local", settings: { limits: { maxLiveTraces: 5_000 } }, steps: withGuard("overrides.tmpl") },
  metricsGenerator: {
    stack: "local",
    settings: { metricsGenerator: { maxSpanAge: "1h" } },
    steps: withGuard("guard.conf"),
  },
  "storage.adaptiveRetention": {
    stack: "local",
    settings: { storage: { adaptiveRetention: true } },
    steps: [
      'replace tempo-guard: data["guard.conf"]',
      release("config", "initContainers", "podAnnotations.checksum/guard", "tempo.extraVolumeMounts[2]"),
    ],
  },
  "storage.guard": {
    stack: "local",
    settings: { storage: { guard: false } },
    steps: [
      ...deleted(["monitoring-guard", "tempo-guard"]),
      release("extraContainers", "extraVolumes[2]", "extraVolumes[3]", "podAnnotations.checksum/guard"),
    ],
  },
  "scrape.method, annotations": {
    stack: "local",
    settings: { scrape: { method: "annotations" } },
    steps: [
      "update monitoring-guard: metadata.annotations",
      release(...["path", "port", "scrape"].map((key) => `podAnnotations["prometheus.io/${key}"]`)),
    ],
  },
  "scrape.method, alloy": {
    stack: "local",
    settings: { scrape: { method: "alloy" }, prometheus: remoteWrite },
    steps: ["create monitoring-alloy", "create monitoring-alloy-config", ...withGuard("overrides.tmpl")],
  },
  "scrape.method, serviceMonitor": {
    stack: "local",
    settings: { scrape: { method: "serviceMonitor" } },
    steps: /the cluster has no servicemonitors\.monitoring\.coreos\.com/,
  },
  prometheus: { stack: "local", settings: { prometheus: remoteWrite }, steps: withGuard("overrides.tmpl") },
  tailnet: {
    stack: "prod",
    settings: { tailnet: { queryHostname: "traces" } },
    steps: ["update caddy-route", "update tailnet-query-ingress: spec.tls[0].hosts[0]"],
  },
  "tailnet, without it": {
    stack: "prod",
    settings: { tailnet: {}, caddy: {}, collector: {}, networkPolicy: {} },
    steps: [
      ...deleted(["caddy", "caddy-route", ...COLLECTOR, "tailnet", "tailnet-ingress-provider"]),
      ...deleted(["tailnet-otlp-ingress", "tailnet-query-ingress", "tempo-network-policy"]),
      "update grafana-rules-Tempo",
    ],
  },
  networkPolicy: {
    stack: "prod",
    settings: { networkPolicy: { otlp: [{ namespace: "apps" }] } },
    steps: [
      'update tempo-network-policy: spec.ingress[2].from[0].namespaceSelector.matchLabels["kubernetes.io/metadata.name"]',
    ],
  },
  grafana: { stack: "prod", settings: { grafana: { folder: "Traces" } }, steps: ["update grafana-folder"] },
  "grafana.alerts": {
    stack: "prod",
    settings: { grafana: { alerts: undefined } },
    steps: deleted(["Collector", "Services", "Storage", "Tempo"].map((group) => `grafana-rules-${group}`)),
  },
  collector: {
    stack: "prod",
    settings: { collector: { services: [{ name: "ntfy", namespace: "ntfy", deployment: "ntfy" }] } },
    steps: [
      'replace collector-config: data["config.alloy"]',
      "update collector-alloy: spec.template.metadata.annotations.checksum/config",
      "update grafana-rules-Collector",
      "update grafana-rules-Tempo",
    ],
  },
  "collector, without it": {
    stack: "prod",
    settings: { collector: {} },
    steps: [...deleted(COLLECTOR), "update grafana-rules-Tempo"],
  },
  pod: { stack: "local", settings: { pod: { nodeSelector: { disk: "ssd" } } }, steps: [release("nodeSelector")] },
  receiver: {
    stack: "local",
    settings: { receiver: { cors: { allowedOrigins: ["https://app.example.com"] } } },
    steps: [release("config")],
  },
  ingress: {
    stack: "local",
    settings: { ingress: { className: "traefik", query: { host: "tempo.example.com" } } },
    steps: ["create exposed", "create exposed-query-ingress"],
  },
  httpRoute: {
    stack: "local",
    settings: { httpRoute: { gateway: "public", query: { host: "tempo.example.com" } } },
    steps: /the cluster has no httproutes\.gateway\.networking\.k8s\.io/,
  },
  sdk: {
    stack: "prod",
    settings: { sdk: { namespaces: [{ namespace: "ntfy", cluster: "collector" }] } },
    steps: [
      "create collector-receiver",
      "create sdk",
      "create sdk-collector-ntfy",
      'replace collector-config: data["config.alloy"]',
      "update collector-alloy: spec.template.metadata.annotations.checksum/config spec.template.spec.containers[0].ports spec.template.spec.containers[0].readinessProbe",
      "update collector-network-policy: spec.ingress",
    ],
  },
  caddy: { stack: "prod", settings: { caddy: { hostname: "traces.ops.localhost" } }, steps: ["update caddy-route"] },
};
