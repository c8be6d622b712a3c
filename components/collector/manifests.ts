import type { types } from "@pulumi/kubernetes";
import type { CollectorSettings } from "../contracts/settings";
import { alloyArgs, CONFIG_FILE, CONFIG_PATH, configChecksum, MIN_READY_SECONDS } from "../alloy/pod";
import { labelsOf } from "../contracts/labels";
import { renderResources, renderScheduling, renderSeLinux } from "../common/pod";
import { ports } from "../contracts/ports";
import { remoteWriteMounts, remoteWriteVolumes } from "../common/remoteWrite";
import { memoryLimits } from "./budget";
import { STORAGE_PATH } from "./paths";
import type { Senders } from "./senders";

type ClusterRole = types.input.rbac.v1.ClusterRole;
type ClusterRoleBinding = types.input.rbac.v1.ClusterRoleBinding;
type ConfigMap = types.input.core.v1.ConfigMap;
type Container = types.input.core.v1.Container;
type DaemonSet = types.input.apps.v1.DaemonSet;
type NetworkPolicy = types.input.networking.v1.NetworkPolicy;
type Service = types.input.core.v1.Service;
type ServiceAccount = types.input.core.v1.ServiceAccount;

/** The collector's objects as plain values; what it does is in stack/settings.ts. */

/**
 * What the kernel asks for. SYS_ADMIN: without it functions of programs cannot be watched, which is how Go's requests are
 * seen, and Debian's kernel lets nothing be watched at all; it includes BPF, PERFMON and CHECKPOINT_RESTORE. The others:
 * to find processes, their files and their network. Measured one by one: docs/decisions/collector.md.
 */
export const CAPABILITIES = ["DAC_READ_SEARCH", "NET_RAW", "SYS_ADMIN", "SYS_PTRACE"] as const;

/** To write trace contexts into outgoing requests. */
const INJECTING = ["NET_ADMIN"] as const;

/** What listens where services with an SDK send to it. */
const RECEIVER_PORTS = [
  ["otlp-grpc", ports.otlpGrpc],
  ["otlp-http", ports.otlpHttp],
] as const;

/** Cluster-wide names have the namespace in them: two collectors may be on one cluster. */
export function clusterRoleName({ name, namespace }: Pick<CollectorSettings, "name" | "namespace">): string {
  return `${namespace}-${name}`;
}

export function collectorLabels({ name }: Pick<CollectorSettings, "name">, owner: string): Record<string, string> {
  return labelsOf({ name }, owner);
}

/** Labels that select its pods. */
export function collectorSelector({ name }: Pick<CollectorSettings, "name">): Record<string, string> {
  return { "app.kubernetes.io/name": name };
}

type Part<K extends keyof CollectorSettings = never> = Pick<CollectorSettings, "name" | "namespace" | K>;

function metadata(collector: Part, owner: string) {
  return { name: collector.name, namespace: collector.namespace, labels: collectorLabels(collector, owner) };
}

export function renderServiceAccount(collector: Part, owner: string): ServiceAccount {
  return { metadata: metadata(collector, owner), automountServiceAccountToken: false };
}

/** Which pods, Services and nodes there are: that is how a process and an address get a name. */
export function renderClusterRole(collector: Part, owner: string): ClusterRole {
  return {
    metadata: { name: clusterRoleName(collector), labels: collectorLabels(collector, owner) },
    rules: [{ apiGroups: [""], resources: ["nodes", "pods", "services"], verbs: ["list", "watch"] }],
  };
}

export function renderClusterRoleBinding(collector: Part, owner: string): ClusterRoleBinding {
  const name = clusterRoleName(collector);
  return {
    metadata: { name, labels: collectorLabels(collector, owner) },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    subjects: [{ kind: "ServiceAccount", name: collector.name, namespace: collector.namespace }],
  };
}

export function renderConfigMap(collector: Part, config: string, owner: string): ConfigMap {
  return { metadata: metadata(collector, owner), data: { [CONFIG_FILE]: config } };
}

/** Whether it runs on every node that there is. */
function isEverywhere({ nodeSelector, pod }: Pick<CollectorSettings, "nodeSelector" | "pod">): boolean {
  const isAll = ({ operator, key, effect }: Record<string, unknown>): boolean =>
    operator === "Exists" && key === undefined && effect === undefined;
  return (
    Object.keys(nodeSelector).length === 0 && Object.keys(pod.affinity).length === 0 && pod.tolerations.some(isAll)
  );
}

/**
 * Services with an SDK reach the collector of their own node. Where some nodes have none, those of others answer:
 * `Local` would drop the connections of whoever is on such a node.
 */
export function renderReceiverService(collector: Part<"nodeSelector" | "pod">, owner: string): Service {
  return {
    metadata: metadata(collector, owner),
    spec: {
      type: "ClusterIP",
      selector: collectorSelector(collector),
      internalTrafficPolicy: isEverywhere(collector) ? "Local" : "Cluster",
      ports: RECEIVER_PORTS.map(([name, port]) => ({ name, port, targetPort: port, protocol: "TCP" })),
    },
  };
}

/**
 * Who reaches its pods: the senders, on the ports of the receiver, and otherwise nobody. kubelet comes from the node,
 * which CNIs let through. Where the CNI enforces no policy, what does not listen is closed all the same.
 */
export function renderCollectorPolicy(collector: Part, senders: Senders | undefined, owner: string): NetworkPolicy {
  const from =
    senders === "everyone"
      ? [{ namespaceSelector: {} }]
      : senders?.map((namespace) => ({
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
        }));
  return {
    metadata: metadata(collector, owner),
    spec: {
      podSelector: { matchLabels: collectorSelector(collector) },
      policyTypes: ["Ingress"],
      ingress: from ? [{ from, ports: RECEIVER_PORTS.map(([, port]) => ({ port, protocol: "TCP" })) }] : [],
    },
  };
}

export function renderDaemonSet(collector: CollectorSettings, config: string, owner: string): DaemonSet {
  const { name, queue, nodeSelector, pod, remoteWrite } = collector;
  const labels = { ...pod.labels, ...collectorLabels(collector, owner) };
  return {
    metadata: metadata(collector, owner),
    spec: {
      selector: { matchLabels: collectorSelector(collector) },
      minReadySeconds: MIN_READY_SECONDS,
      // The old pod first: two have no room in one queue.
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels, annotations: { ...pod.annotations, ...configChecksum(config) } },
        spec: {
          serviceAccountName: name,
          automountServiceAccountToken: true,
          enableServiceLinks: false,
          // Without it Beyla finds no process of other pods, and says nothing.
          hostPID: true,
          ...renderScheduling({ ...pod, nodeSelector }),
          terminationGracePeriodSeconds: 30,
          containers: [container(collector)],
          volumes: [
            { name: "config", configMap: { name } },
            { name: "queue", hostPath: { path: queue.hostPath, type: "DirectoryOrCreate" } },
            { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
            ...remoteWriteVolumes(remoteWrite, name),
          ],
        },
      },
    },
  };
}

function container(collector: CollectorSettings): Container {
  const { image, resources, receiver, remoteWrite } = collector;
  return {
    name: "alloy",
    image: image.text,
    // The queue on disk is of this stability since Alloy 1.6.
    args: [...alloyArgs(STORAGE_PATH), "--stability.level=public-preview"],
    env: [
      // The label `instance` of its metrics.
      { name: "HOSTNAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
      { name: "GOMEMLIMIT", value: `${memoryLimits(collector).goLimit}MiB` },
      // Beyla would put an agent into JVMs and a script into Node otherwise; its fields in Alloy have no word for it.
      { name: "OTEL_EBPF_JAVAAGENT_ENABLED", value: "false" },
      { name: "OTEL_EBPF_NODEJS_ENABLED", value: "false" },
      // It would count the entries of each of the kernel's maps every 15 s, for metrics that nobody asks for.
      { name: "OTEL_EBPF_BPF_METRIC_SCRAPE_INTERVAL", value: "0s" },
    ],
    ...(receiver === true && {
      ports: RECEIVER_PORTS.map(([name, containerPort]) => ({ name, containerPort, protocol: "TCP" })),
      // To attach its programs Beyla takes all the processor time that it gets, for a minute on a small node.
      readinessProbe: { tcpSocket: { port: ports.otlpGrpc }, periodSeconds: 10, timeoutSeconds: 10 },
    }),
    resources: renderResources(resources),
    securityContext: securityContext(collector),
    volumeMounts: [
      { name: "config", mountPath: CONFIG_PATH, readOnly: true },
      { name: "queue", mountPath: STORAGE_PATH },
      { name: "tmp", mountPath: "/tmp" },
      ...remoteWriteMounts(remoteWrite),
    ],
  };
}

/** As root, since a capability counts for a user other than root only where the image's file has it as well. */
function securityContext({
  privileged,
  propagation,
  pod,
}: Pick<CollectorSettings, "privileged" | "propagation" | "pod">) {
  const common = { runAsUser: 0, runAsGroup: 0, readOnlyRootFilesystem: true, ...renderSeLinux(pod) };
  if (privileged) return { ...common, privileged: true };
  return {
    ...common,
    privileged: false,
    allowPrivilegeEscalation: false,
    seccompProfile: { type: "RuntimeDefault" },
    // AppArmor's usual profile forbids to look into other processes.
    appArmorProfile: { type: "Unconfined" },
    capabilities: { drop: ["ALL"], add: [...CAPABILITIES, ...(propagation === "inject" ? INJECTING : [])].sort() },
  };
}
