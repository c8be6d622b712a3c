import { ClusterSilent, type LiveCluster, type LiveObject } from "../../lib/kubernetes/live";
import { takeSnapshot, type Snapshot } from "../../stack/preflight";
import { claimName } from "../../components/storage/claim/claim";
import type { Settings } from "../../components/contracts/settings";
import { claimsOf, configFileOf, tempoContainer } from "./oldTempo";
import { nameOf, specOf, type PodSpec, type WorkloadSpec } from "./shapes";

/** Everything that the plan is made from; gathered first, so that the plan itself is pure. */
export interface Reading {
  readonly preflight: Snapshot;
  /** The volume of the claim. */
  readonly volume: LiveObject | undefined;
  /** StatefulSets and Deployments that mount the claim, or have our StatefulSet's name. */
  readonly workloads: readonly LiveObject[];
  /** Pods that mount the claim now. */
  readonly pods: readonly LiveObject[];
  /** Claims of the namespace besides ours whose pod is a Tempo: where the traces may be instead. */
  readonly otherClaims: readonly string[];
  /** The configuration that the workload reads, and the ConfigMap that it is in. */
  readonly config: string | undefined;
  readonly configMap: LiveObject | undefined;
  /** Ingresses and Services of all namespaces, or of ours where the credentials reach no further. */
  readonly ingresses: readonly LiveObject[];
  readonly services: readonly LiveObject[];
  /** Argo CD's Applications; undefined where the cluster knows none, or does not let us ask. */
  readonly applications: readonly LiveObject[] | undefined;
  /** Images that the pods' node has; undefined where it cannot be asked. */
  readonly images: ReadonlySet<string> | undefined;
  /** What could not be asked. */
  readonly silent: readonly string[];
}

/** Asks the cluster. @throws ClusterSilent when it does not answer what the plan cannot do without. */
export async function takeReading(settings: Settings, owner: string, live: LiveCluster): Promise<Reading> {
  const { namespace, name } = settings;
  const claim = claimName(settings);
  const silent: string[] = [];
  const inNamespace = { namespace };
  const [preflight, statefulSets, deployments, pods, ingresses, services, applications] = await Promise.all([
    takeSnapshot(settings, owner, live),
    live.list("apps/v1", "StatefulSet", inNamespace),
    live.list("apps/v1", "Deployment", inNamespace),
    live.list("v1", "Pod", inNamespace),
    listWide(live, "networking.k8s.io/v1", "Ingress", namespace, silent),
    listWide(live, "v1", "Service", namespace, silent),
    listApplications(live, silent),
  ]);
  const all = [...withKind(statefulSets, "StatefulSet", "apps/v1"), ...withKind(deployments, "Deployment", "apps/v1")];
  const workloads = all.filter(
    (each) => claimsOf(each).includes(claim) || (each.kind === "StatefulSet" && nameOf(each) === name),
  );
  const using = pods.filter((pod) => claimsOfPod(pod).includes(claim));
  const volumeName = specOf<{ volumeName: string }>(preflight.claim).volumeName;
  const [volume, { config, configMap }, images] = await Promise.all([
    volumeName === undefined ? undefined : live.read({ apiVersion: "v1", kind: "PersistentVolume", name: volumeName }),
    readConfig(live, namespace, workloads),
    readImages(live, using, silent),
  ]);
  return {
    preflight,
    volume,
    workloads,
    pods: using,
    otherClaims: all
      .filter((each) => isTempo(specOf<WorkloadSpec>(each).template?.spec))
      .flatMap(claimsOf)
      .filter((other) => other !== claim),
    config,
    configMap,
    ingresses: withKind(ingresses, "Ingress", "networking.k8s.io/v1"),
    services: withKind(services, "Service", "v1"),
    applications,
    images,
    silent,
  };
}

/** Items of a list come without what they all have in common. */
function withKind(objects: readonly LiveObject[], kind: string, apiVersion: string): LiveObject[] {
  return objects.map((object) => ({ ...object, apiVersion, kind }));
}

function isTempo(pod: PodSpec | undefined): boolean {
  const image = pod && pod.containers.length > 0 ? tempoContainer(pod)?.image : undefined;
  return image !== undefined && /(^|\/)tempo([:@]|$)/.test(image);
}

function claimsOfPod(pod: LiveObject): string[] {
  return (specOf<PodSpec>(pod).volumes ?? []).flatMap(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
  );
}

async function listWide(
  live: LiveCluster,
  apiVersion: string,
  kind: string,
  namespace: string,
  silent: string[],
): Promise<readonly LiveObject[]> {
  try {
    return await live.list(apiVersion, kind);
  } catch (error) {
    if (!(error instanceof ClusterSilent)) throw error;
    silent.push(`${error.message}, so only those of ${namespace} were looked at`);
    return live.list(apiVersion, kind, { namespace });
  }
}

async function listApplications(live: LiveCluster, silent: string[]): Promise<readonly LiveObject[] | undefined> {
  const definition = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
  try {
    // The API has no answer for objects of a kind that it does not know.
    if (!(await live.read({ ...definition, name: "applications.argoproj.io" }))) return undefined;
    return withKind(await live.list("argoproj.io/v1alpha1", "Application"), "Application", "argoproj.io/v1alpha1");
  } catch (error) {
    if (!(error instanceof ClusterSilent)) throw error;
    silent.push(`${error.message}, so Argo CD's Applications were not looked at`);
    return undefined;
  }
}

async function readConfig(
  live: LiveCluster,
  namespace: string,
  workloads: readonly LiveObject[],
): Promise<Pick<Reading, "config" | "configMap">> {
  for (const workload of workloads) {
    const pod = specOf<WorkloadSpec>(workload).template?.spec;
    const container = pod && tempoContainer(pod);
    const file = container && configFileOf(pod, container);
    if (!file) continue;
    const map = await live.read({ apiVersion: "v1", kind: "ConfigMap", namespace, name: file.name });
    const text = (map as { data?: Record<string, string> } | undefined)?.data?.[file.key];
    if (map && text !== undefined) return { config: text, configMap: map };
  }
  return { config: undefined, configMap: undefined };
}

async function readImages(
  live: LiveCluster,
  pods: readonly LiveObject[],
  silent: string[],
): Promise<ReadonlySet<string> | undefined> {
  const name = pods.map((pod) => specOf<PodSpec>(pod).nodeName).find((node) => node !== undefined);
  if (name === undefined) return undefined;
  try {
    const node = await live.read({ apiVersion: "v1", kind: "Node", name });
    const images = (node?.status as { images?: { names?: string[] }[] } | undefined)?.images ?? [];
    return new Set(images.flatMap(({ names = [] }) => names));
  } catch (error) {
    if (!(error instanceof ClusterSilent)) throw error;
    silent.push(`${error.message}, so it is not known which images are there`);
    return undefined;
  }
}
