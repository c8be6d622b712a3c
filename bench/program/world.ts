import { serve, type Served } from "../../tools/lib/loopback";

/**
 * What the stack asks before it changes anything, on loopback: two clusters and a Grafana that answer at once. They have
 * the namespaces, the watched workloads, a default class, and the data sources that somebody provisioned.
 */
export function startWorld(): Promise<Served> {
  return serve((request, response) => {
    const answer = answerTo(new URL(request.url ?? "/", "http://world").pathname);
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? NOT_FOUND));
  });
}

const NOT_FOUND = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", code: 404, message: "-" };

function answerTo(path: string): unknown {
  return path.startsWith("/grafana/") ? inGrafana(path.slice("/grafana".length)) : inCluster(path);
}

/** Kinds by their API, as discovery tells them: the client asks for it before it reads the first object of each. */
const KINDS: Readonly<Record<string, readonly (readonly [kind: string, plural: string, namespaced: boolean])[]>> = {
  "/api/v1": [
    ["Namespace", "namespaces", false],
    ["PersistentVolumeClaim", "persistentvolumeclaims", true],
    ["PersistentVolume", "persistentvolumes", false],
    ["ConfigMap", "configmaps", true],
    ["Service", "services", true],
    ["ServiceAccount", "serviceaccounts", true],
    ["Pod", "pods", true],
    ["Node", "nodes", false],
  ],
  "/apis/apps/v1": [
    ["StatefulSet", "statefulsets", true],
    ["Deployment", "deployments", true],
    ["DaemonSet", "daemonsets", true],
  ],
  "/apis/networking.k8s.io/v1": [
    ["Ingress", "ingresses", true],
    ["IngressClass", "ingressclasses", false],
    ["NetworkPolicy", "networkpolicies", true],
  ],
  "/apis/storage.k8s.io/v1": [["StorageClass", "storageclasses", false]],
  "/apis/rbac.authorization.k8s.io/v1": [
    ["ClusterRole", "clusterroles", false],
    ["ClusterRoleBinding", "clusterrolebindings", false],
  ],
  "/apis/apiextensions.k8s.io/v1": [["CustomResourceDefinition", "customresourcedefinitions", false]],
};

function inCluster(path: string): unknown {
  const kinds = KINDS[path];
  if (kinds) {
    const resources = kinds.map(([kind, name, namespaced]) => ({ name, kind, namespaced, verbs: ["get", "list"] }));
    return { kind: "APIResourceList", apiVersion: "v1", groupVersion: path.replace(/^\/apis?\//, ""), resources };
  }
  if (path === "/apis/storage.k8s.io/v1/storageclasses") return list([DEFAULT_CLASS]);
  for (const [pattern, apiVersion, kind] of PRESENT) {
    const [, name] = pattern.exec(path) ?? [];
    if (name !== undefined) return { apiVersion, kind, metadata: { name } };
  }
  const isList = Object.entries(KINDS).some(([api, known]) =>
    known.some(([, plural]) => path.startsWith(api) && path.endsWith(`/${plural}`)),
  );
  return isList ? list([]) : undefined;
}

/** What is there, whatever its name: the namespaces, and the workloads that the collector watches. */
const PRESENT = [
  [/^\/api\/v1\/namespaces\/([^/]+)$/, "v1", "Namespace"],
  [/^\/apis\/apps\/v1\/namespaces\/[^/]+\/deployments\/([^/]+)$/, "apps/v1", "Deployment"],
] as const;

const DEFAULT_CLASS = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: "bench",
  allowVolumeExpansion: true,
};

function list(items: readonly object[]): object {
  return { kind: "List", apiVersion: "v1", metadata: {}, items };
}

function inGrafana(path: string): unknown {
  const sources = ["tempo", "loki", "prometheus"].map((type, index) => ({
    id: index + 1,
    uid: type,
    name: type,
    type,
    url: `http://${type}`,
    access: "proxy",
    readOnly: type === "prometheus",
    isDefault: false,
    jsonData: {},
  }));
  if (path === "/api/datasources") return sources;
  if (path === "/api/health") return { database: "ok", version: "12.3.0" };
  return sources.find(({ uid }) => path === `/api/datasources/uid/${uid}`);
}
