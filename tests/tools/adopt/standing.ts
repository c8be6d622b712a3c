/** What stands on a cluster before it is adopted: a Tempo from plain manifests, shaped like BlumeOps'. */
import type { ListOptions, LiveCluster, LiveObject, ObjectRef } from "../../../lib/kubernetes/live";
import { ownerOf } from "../../../lib/kubernetes/owner";
import { takeReading } from "../../../tools/adopt/reading";
import { makePlan, type Adoption } from "../../../tools/adopt/plan";
import type { Settings } from "../../../components/contracts/settings";
import { parseConfig, type Config } from "../../stack/settings/parse";

export const OWNER = ownerOf("tempo", "prod");

/** Fields of an object, as its manifest has them. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

export const TEMPO_YAML = `
storage:
  trace:
    backend: local
    local: { path: /var/tempo/blocks }
    wal: { path: /var/tempo/wal }
compactor: { compaction: { block_retention: 168h } }
`;

const inMonitoring = (name: string, more: object = {}) => ({ name, namespace: "monitoring", ...more });

/** Changes of a part by its name; null takes it away. */
export type Changes = Readonly<Record<string, object | null>>;

/** Tempo's container. */
export const CONTAINER = {
  name: "tempo",
  image: "grafana/tempo:2.10.1",
  args: ["-config.file=/etc/tempo/tempo.yaml"],
  volumeMounts: [
    { name: "config", mountPath: "/etc/tempo" },
    { name: "data", mountPath: "/var/tempo" },
  ],
} as const;

/** The objects, by names that tests change them by. */
export function standing(changes: Changes = {}): Manifest[] {
  const parts: Record<string, Manifest> = {
    namespace: { apiVersion: "v1", kind: "Namespace", metadata: { name: "monitoring" } },
    class: { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "standard" } },
    config: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: inMonitoring("tempo-config-7h"),
      data: { "tempo.yaml": TEMPO_YAML },
    },
    service: {
      apiVersion: "v1",
      kind: "Service",
      metadata: inMonitoring("tempo"),
      spec: {
        type: "ClusterIP",
        clusterIP: "10.0.0.9",
        selector: { app: "tempo" },
        ports: [{ port: 3200 }, { port: 4318 }],
      },
    },
    workload: {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: inMonitoring("tempo"),
      spec: {
        replicas: 1,
        template: {
          metadata: { labels: { app: "tempo" } },
          spec: {
            securityContext: { runAsUser: 10001, fsGroup: 10001 },
            containers: [CONTAINER],
            volumes: [{ name: "config", configMap: { name: "tempo-config-7h" } }],
          },
        },
        volumeClaimTemplates: [{ metadata: { name: "data" } }],
      },
    },
    pod: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: inMonitoring("tempo-0", { ownerReferences: [{ kind: "StatefulSet", name: "tempo" }] }),
      spec: {
        nodeName: "indri",
        containers: [],
        volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data-tempo-0" } }],
      },
    },
    claim: {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: inMonitoring("data-tempo-0"),
      spec: {
        storageClassName: "standard",
        volumeName: "pvc-1",
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "10Gi" } },
      },
      status: { phase: "Bound" },
    },
    volume: {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "pvc-1" },
      spec: { persistentVolumeReclaimPolicy: "Delete" },
    },
    node: {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "indri" },
      status: { images: [{ names: ["docker.io/grafana/tempo:2.10.1"] }] },
    },
    query: ingress("tempo-tailscale", "tempo", 3200),
    otlp: ingress("tempo-otlp-tailscale", "tempo-otlp", 4318),
  };
  const kept = Object.entries(parts).flatMap(([name, part]) => {
    const change = changes[name];
    return change === null ? [] : [changed(part, change ?? {})];
  });
  const added = Object.entries(changes).flatMap(([name, part]) => (name in parts || !part ? [] : [part as Manifest]));
  return [...kept, ...added];
}

export function ingress(name: string, hostname: string, port: number, namespace = "monitoring"): Manifest {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name, namespace, annotations: { "tailscale.com/proxy-group": "ingress" } },
    spec: {
      ingressClassName: "tailscale",
      rules: [{ http: { paths: [{ backend: { service: { name: "tempo", port: { number: port } } } }] } }],
      tls: [{ hosts: [hostname] }],
    },
  };
}

function changed(part: Manifest, change: object): Manifest {
  return { ...part, ...(merge(part, change) as object) };
}

/** Sections are merged, everything else is replaced. */
function merge(base: unknown, change: unknown): unknown {
  if (!isSection(base) || !isSection(change)) return change;
  const keys = new Set([...Object.keys(base), ...Object.keys(change)]);
  return Object.fromEntries([...keys].map((key) => [key, key in change ? merge(base[key], change[key]) : base[key]]));
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A cluster that has these objects. Lists come as the API's do: without kind and version of their items. */
export function clusterOf(objects: readonly Manifest[]): LiveCluster {
  return {
    context: "indri",
    server: "https://indri:6443",
    page: () => Promise.resolve(undefined),
    read: ({ kind, namespace, name }: ObjectRef) =>
      Promise.resolve(
        objects.find(
          (each) => each.kind === kind && each.metadata.name === name && each.metadata.namespace === namespace,
        ) as LiveObject | undefined,
      ),
    list: (_version: string, kind: string, { namespace }: ListOptions = {}) =>
      Promise.resolve(
        objects
          .filter((each) => each.kind === kind && (namespace === undefined || each.metadata.namespace === namespace))
          .map((each) => ({ ...each, apiVersion: undefined, kind: undefined }) as unknown as LiveObject),
      ),
  };
}

export const TAILNET = { domain: "tail8d86e.ts.net", proxyGroup: "ingress" };

export function settingsWith(config: Config = {}): Settings {
  return parseConfig({ kubeContext: "indri", tailnet: TAILNET, ...config });
}

export interface Words {
  readonly version?: string;
  readonly shortenRetention?: boolean;
}

/** The plan for what stands. */
export async function adoptionOf(changes: Changes = {}, config: Config = {}, words: Words = {}): Promise<Adoption> {
  const settings = settingsWith(config);
  const live = clusterOf(standing(changes));
  return makePlan({
    settings,
    project: "tempo",
    stack: "prod",
    owner: OWNER,
    reading: await takeReading(settings, OWNER, live),
    grafana: { problems: [], notes: [] },
    version: words.version,
    shortenRetention: words.shortenRetention ?? false,
    live,
  });
}
