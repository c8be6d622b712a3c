/** What every stack registers and how, for tests that compare the whole list of a stack. */

/** The options of a resource that asks for none. */
export const none = { protect: false, retainOnDelete: false, dependsOn: [] };
export const inTempo = { parent: "tempo:tempo:Tempo::tempo" };
export const inGrafana = { parent: "tempo:grafana:Grafana::grafana" };

export const inCollector = { parent: "tempo:collector:Collector::collector" };

/** The first of every stack. */
export const clusterAndTempo = [
  { type: "pulumi:providers:kubernetes", name: "cluster", ...none },
  { type: "tempo:tempo:Tempo", name: "tempo", provider: "cluster", ...none },
];

/**
 * The claim after its provider, what the guard of the volume runs, and the release that waits for both.
 * @param claim the options of the claim that differ from stack to stack
 */
export function claimAndRelease(claim: { protect: boolean; dependsOn: string[] }) {
  return [
    { type: "pulumi:providers:kubernetes", name: "tempo-claim-provider", ...inTempo, ...none },
    {
      type: "kubernetes:core/v1:PersistentVolumeClaim",
      name: "tempo-claim",
      ...inTempo,
      provider: "tempo-claim-provider",
      retainOnDelete: true,
      ...claim,
    },
    {
      type: "kubernetes:core/v1:ConfigMap",
      name: "tempo-guard",
      ...inTempo,
      ...none,
      dependsOn: claim.dependsOn,
    },
    {
      type: "kubernetes:helm.sh/v3:Release",
      name: "tempo-release",
      ...inTempo,
      ...none,
      dependsOn: ["tempo-claim", "tempo-guard"],
    },
  ];
}

/** The output to paste into Prometheus' configuration: Tempo and the guard of its volume. */
export const scrapeConfig = `scrape_configs:
  - job_name: monitoring/tempo
    scrape_interval: 30s
    metrics_path: /metrics
    static_configs:
      - targets:
          - tempo.monitoring.svc.cluster.local:3200
        labels:
          job: tempo
  - job_name: monitoring/tempo-guard
    scrape_interval: 30s
    metrics_path: /metrics/
    static_configs:
      - targets:
          - tempo-guard.monitoring.svc.cluster.local:3201
        labels:
          job: tempo-guard
`;

/** How the metrics of Tempo and of its volume reach Prometheus, as far as objects are needed. */
export const monitoring = [
  { type: "tempo:monitoring:Monitoring", name: "monitoring", provider: "cluster", ...none, dependsOn: ["tempo"] },
  {
    type: "kubernetes:core/v1:Service",
    name: "monitoring-guard",
    parent: "tempo:monitoring:Monitoring::monitoring",
    ...none,
  },
];

/** A collector to which nobody sends, on the cluster of its own or of Tempo. */
export function collector(provider: string) {
  const kubernetes = (type: string, name: string) => ({ type: `kubernetes:${type}`, name, ...inCollector, ...none });
  return [
    { type: "tempo:collector:Collector", name: "collector", provider, ...none, dependsOn: ["tempo"] },
    kubernetes("core/v1:ServiceAccount", "collector-service-account"),
    kubernetes("rbac.authorization.k8s.io/v1:ClusterRole", "collector-role"),
    kubernetes("rbac.authorization.k8s.io/v1:ClusterRoleBinding", "collector-role-binding"),
    kubernetes("core/v1:ConfigMap", "collector-config"),
    {
      ...kubernetes("apps/v1:DaemonSet", "collector-alloy"),
      dependsOn: ["collector-service-account", "collector-role", "collector-role-binding", "collector-config"],
    },
    kubernetes("networking.k8s.io/v1:NetworkPolicy", "collector-network-policy"),
  ];
}
