import { onTempoCluster } from "../contracts/endpoints";
import { sendersOf } from "./senders";
import { clusterRoleName } from "./manifests";
import { hasSecretFiles, remoteWriteSecretName } from "../common/remoteWrite";
import type { CollectorSettings, InstrumentedService, SdkNamespace, Settings } from "../contracts/settings";
import type { LiveCluster, LiveObject, ObjectRef } from "../../lib/kubernetes/live";
import { checkNamespace, checkOwners, prefixed, type Finding, type Found } from "../../lib/kubernetes/objects";
import type { PreflightResult } from "../../lib/kubernetes/objects";

/**
 * What only a live cluster can tell about the senders of spans on it: whether there are the namespaces and the
 * workloads that the settings name, and whether an object that we would write is somebody else's.
 */
export interface SendersSnapshot {
  readonly namespaces: ReadonlyMap<string, LiveObject | undefined>;
  readonly found: readonly Found[];
  /** For each service of the collector: what it selects. */
  readonly workloads: ReadonlyMap<InstrumentedService, readonly string[]>;
}

export type Cluster = SdkNamespace["cluster"];

/** What this stack writes on a cluster besides Tempo. */
export function writtenSenders(settings: Pick<Settings, "collector" | "sdk">, cluster: Cluster): ObjectRef[] {
  return [
    ...(cluster === "collector" && settings.collector ? collectorObjects(settings, settings.collector) : []),
    ...sdkNamespaces(settings, cluster).map(({ namespace }) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      namespace,
      name: settings.sdk?.configMapName ?? "",
    })),
  ];
}

function collectorObjects(settings: Pick<Settings, "collector" | "sdk">, collector: CollectorSettings): ObjectRef[] {
  const { name, namespace, remoteWrite } = collector;
  const rbac = "rbac.authorization.k8s.io/v1";
  return [
    { apiVersion: "v1", kind: "ServiceAccount", namespace, name },
    { apiVersion: "v1", kind: "ConfigMap", namespace, name },
    { apiVersion: "apps/v1", kind: "DaemonSet", namespace, name },
    { apiVersion: rbac, kind: "ClusterRole", name: clusterRoleName(collector) },
    { apiVersion: rbac, kind: "ClusterRoleBinding", name: clusterRoleName(collector) },
    { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", namespace, name },
    ...(sendersOf(settings) ? [{ apiVersion: "v1", kind: "Service", namespace, name }] : []),
    ...(hasSecretFiles(remoteWrite)
      ? [{ apiVersion: "v1", kind: "Secret", namespace, name: remoteWriteSecretName(name) }]
      : []),
  ];
}

function sdkNamespaces({ sdk }: Pick<Settings, "sdk">, cluster: Cluster): readonly SdkNamespace[] {
  return sdk?.namespaces.filter((entry) => entry.cluster === cluster) ?? [];
}

/** Asks a cluster. @throws ClusterSilent when it does not answer. */
export async function takeSendersSnapshot(
  settings: Pick<Settings, "collector" | "sdk">,
  cluster: Cluster,
  live: LiveCluster,
): Promise<SendersSnapshot> {
  const collector = cluster === "collector" ? settings.collector : undefined;
  const names = new Set([
    ...(collector ? [collector.namespace, ...collector.services.map(({ namespace }) => namespace)] : []),
    ...sdkNamespaces(settings, cluster).map(({ namespace }) => namespace),
  ]);
  const [namespaces, objects, workloads] = await Promise.all([
    Promise.all(
      [...names].map(async (name) => [name, await live.read({ apiVersion: "v1", kind: "Namespace", name })] as const),
    ),
    Promise.all(writtenSenders(settings, cluster).map(async (ref) => ({ ref, object: await live.read(ref) }))),
    Promise.all(
      (collector?.services ?? []).map(async (service) => [service, await selectedBy(service, live)] as const),
    ),
  ]);
  return {
    namespaces: new Map(namespaces),
    found: objects.flatMap(({ ref, object }) => (object ? [{ ref, object }] : [])),
    workloads: new Map(workloads),
  };
}

const OWNERS = [
  ["deployment", "Deployment"],
  ["statefulSet", "StatefulSet"],
  ["daemonSet", "DaemonSet"],
] as const;

/**
 * The workload of a service; or, where it has labels only, the workloads whose pods have them. Pods that none of these
 * has made, such as those of an operator, count as one.
 */
async function selectedBy(service: InstrumentedService, live: LiveCluster): Promise<readonly string[]> {
  const { namespace, labels } = service;
  const selected = await Promise.all(
    OWNERS.map(async ([key, kind]): Promise<string[]> => {
      const name = service[key];
      if (name !== undefined) {
        const workload = await live.read({ apiVersion: "apps/v1", kind, namespace, name });
        return workload && hasLabels(workload, labels) ? [`${kind} ${name}`] : [];
      }
      if (OWNERS.some(([other]) => service[other] !== undefined)) return [];
      const all = await live.list("apps/v1", kind, { namespace });
      return all.filter((each) => hasLabels(each, labels)).map(({ metadata }) => `${kind} ${metadata?.name ?? "?"}`);
    }),
  );
  const found = selected.flat();
  if (found.length > 0 || OWNERS.some(([key]) => service[key] !== undefined)) return found;
  const labelSelector = Object.entries(labels)
    .map((entry) => entry.join("="))
    .join(",");
  const pods = await live.list("v1", "Pod", { namespace, labelSelector });
  return pods.length > 0 ? [`pods with ${labelSelector}`] : [];
}

interface WorkloadSpec {
  readonly template?: { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> } };
}

/** Whether the pods of a workload get the labels. */
function hasLabels({ spec }: LiveObject, labels: Readonly<Record<string, string>>): boolean {
  const given = (spec as WorkloadSpec | undefined)?.template?.metadata?.labels ?? {};
  return Object.entries(labels).every(([key, value]) => given[key] === value);
}

/** What a check of the senders reads of the settings. */
export type SendersSettings = Pick<
  Settings,
  "collector" | "sdk" | "kubeContext" | "kubeconfig" | "namespace" | "createNamespace"
>;

/** Judges a snapshot. `project` prefixes the keys; `owner` is the value of the owner label. */
export function checkSenders(
  settings: SendersSettings,
  project: string,
  owner: string,
  { cluster, snapshot }: { readonly cluster: Cluster; readonly snapshot: SendersSnapshot },
): PreflightResult {
  const { namespaces, found } = snapshot;
  const collector = cluster === "collector" ? settings.collector : undefined;
  const problems: Finding[] = [
    ...(collector
      ? [...checkCollectorNamespace(collector, owner, namespaces), ...checkServices(collector, snapshot)]
      : []),
    ...checkSdkNamespaces(settings, cluster, namespaces),
    ...checkOwners(owner, found),
  ];
  return { problems: prefixed(problems, project), notes: [] };
}

function checkCollectorNamespace(
  collector: CollectorSettings,
  owner: string,
  namespaces: SendersSnapshot["namespaces"],
): Finding[] {
  const live = namespaces.get(collector.namespace);
  const findings = checkNamespace({ ...collector, prefix: "collector.", live }, owner);
  const enforced = live?.metadata?.labels?.["pod-security.kubernetes.io/enforce"] ?? "privileged";
  if (enforced === "privileged") return findings;
  const message =
    `enforces the Pod Security level ${enforced}, by which no pod sees the processes of its node: none would start. ` +
    "Write a namespace of its own, or give it the level privileged";
  const found = JSON.stringify(collector.namespace);
  return [...findings, { key: "collector.namespace", isSetting: true, found, message }];
}

function checkServices({ services }: CollectorSettings, { namespaces, workloads }: SendersSnapshot): Finding[] {
  return services.flatMap((service, index) => {
    const own = workloads.get(service) ?? [];
    const findings = checkWorkload(service, index, namespaces.get(service.namespace), own);
    return findings.length > 0 ? findings : checkShared(services, index, workloads);
  });
}

/** A workload of two services: its spans would have the name of either. */
function checkShared(
  services: CollectorSettings["services"],
  index: number,
  workloads: SendersSnapshot["workloads"],
): Finding[] {
  const service = services[index];
  if (!service) return [];
  const [workload] = workloads.get(service) ?? [];
  const first = services
    .slice(0, index)
    .findIndex(
      (other) =>
        other.namespace === service.namespace && workload !== undefined && workloads.get(other)?.includes(workload),
    );
  if (first < 0) return [];
  const message =
    `${describeSelector(service)} selects ${workload ?? "?"}, as collector.services[${first}] does: its spans would have ` +
    "either name. Write each workload once";
  const key = `collector.services[${index}]`;
  return [{ key, isSetting: true, found: JSON.stringify(service.name), message }];
}

function checkWorkload(
  service: InstrumentedService,
  index: number,
  namespace: LiveObject | undefined,
  workloads: readonly string[],
): Finding[] {
  const key = `collector.services[${index}]`;
  if (!namespace) {
    const message = `no such namespace on the collector's cluster. Write the one of ${service.name}'s workload`;
    return [{ key: `${key}.namespace`, isSetting: true, found: JSON.stringify(service.namespace), message }];
  }
  if (workloads.length === 1) return [];
  const wanted = describeSelector(service);
  const where = `kubectl -n ${service.namespace} get deployments,statefulsets,daemonsets --show-labels`;
  const message =
    workloads.length === 0
      ? `no workload in namespace ${service.namespace} is ${wanted}. Write one that is there (${where})`
      : `${wanted} selects ${workloads.join(", ")}, which would all be called ${service.name}. Write deployment, ` +
        "statefulSet or daemonSet";
  return [{ key, isSetting: true, found: JSON.stringify(service.name), message }];
}

function describeSelector(service: InstrumentedService): string {
  const owner = OWNERS.flatMap(([key, kind]) => (service[key] === undefined ? [] : [`${kind} ${service[key]}`]));
  const labels = Object.entries(service.labels).map((entry) => entry.join("="));
  return [...owner, ...(labels.length > 0 ? [`with the labels ${labels.join(",")}`] : [])].join(" ");
}

function checkSdkNamespaces(
  settings: SendersSettings,
  cluster: Cluster,
  namespaces: SendersSnapshot["namespaces"],
): Finding[] {
  const made = createdNamespaces(settings, cluster);
  return (settings.sdk?.namespaces ?? []).flatMap((entry, index): Finding[] => {
    if (entry.cluster !== cluster || made.includes(entry.namespace) || namespaces.get(entry.namespace)) return [];
    const message = `no such namespace on the cluster of ${cluster === "tempo" ? "Tempo" : "the collector"}. Make it, or write another`;
    const key = `sdk.namespaces[${index}].namespace`;
    return [{ key, isSetting: true, found: JSON.stringify(entry.namespace), message }];
  });
}

/** The namespaces that this stack makes on a cluster. */
function createdNamespaces(settings: SendersSettings, cluster: Cluster): string[] {
  const { collector } = settings;
  const isOne = collector !== undefined && onTempoCluster(settings, collector);
  const parts = [
    ...(cluster === "tempo" || isOne ? [settings] : []),
    ...(collector && (cluster === "collector" || isOne) ? [collector] : []),
  ];
  return parts.flatMap(({ namespace, createNamespace }) => (createNamespace ? [namespace] : []));
}
