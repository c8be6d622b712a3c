import { homedir } from "node:os";
import { reasonOf, request, type Answer } from "../http/request";
import { accessOf } from "./access";
import { chooseContext, type ContextSettings } from "./context";
import { IN_CLUSTER, KubeconfigError, loadKubeconfig, type Kubeconfig } from "./kubeconfig";

/** Names one object of a cluster. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** A Kubernetes object as the API answers it; the checks look at a few fields of few kinds. */
export interface LiveObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    /** RFC 3339, in UTC. */
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly uid: string;
      readonly controller?: boolean;
    }[];
  };
  readonly spec?: unknown;
  readonly status?: unknown;
  /** Of a StorageClass. */
  readonly allowVolumeExpansion?: boolean;
}

/** The API server of the chosen context, for the few questions that a plan has to ask before it changes anything. */
export interface LiveCluster {
  readonly context: string;
  readonly server: string;
  /**
   * Reads an object.
   * @returns undefined where there is none.
   * @throws ClusterSilent when the API does not answer in time or does not let us ask.
   */
  read(ref: ObjectRef): Promise<LiveObject | undefined>;
  /** Lists the objects of a kind, in all namespaces unless one is named. @throws ClusterSilent as {@link read}. */
  list(apiVersion: string, kind: string, where?: ListOptions): Promise<readonly LiveObject[]>;
  /** A page behind a Service, through the API's proxy; undefined where it is not to be had, for whatever reason. */
  page(
    service: Required<Pick<ObjectRef, "namespace" | "name">>,
    port: number,
    path: string,
  ): Promise<string | undefined>;
}

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
}

/** The cluster cannot be asked. A warning in a preview, an error in an `up`. */
export class ClusterSilent extends Error {
  override readonly name = "ClusterSilent";
}

/** The stack's settings forbid the cluster. An error always. */
export class ContextRefused extends Error {
  override readonly name = "ContextRefused";
}

/** Which cluster is meant. */
export type ClusterChoice = ContextSettings & { readonly kubeconfig?: string | undefined };

/** How long one request may take, in milliseconds. */
const REQUEST_TIMEOUT = 8_000;

/** The API server of a context, and one way to ask it. */
export interface KubeApi {
  readonly context: string;
  /** Its URL, without credentials. */
  readonly server: string;
  /**
   * One request.
   * @param path from the slash on, with its query.
   * @param more a body, sent as JSON, and how long all of it may take, in ms; default: 8 s.
   * @throws ClusterSilent without an answer.
   */
  readonly ask: (
    method: string,
    path: string,
    more?: { readonly body?: string; readonly timeout?: number },
  ) => Promise<Answer>;
}

/**
 * Chooses the context that the settings name.
 * @throws ContextRefused when the kubeconfig has not the context, or it is none that the stack names, or the provider
 *   would understand the kubeconfig otherwise.
 * @throws ClusterSilent when there is no usable kubeconfig.
 */
export function openApi(settings: ClusterChoice): KubeApi {
  const path = settings.kubeconfig === undefined ? undefined : expandHome(settings.kubeconfig);
  const kubeconfig = silently(() => loadKubeconfig(path));
  const { contexts, currentContext, ofPod } = kubeconfig;
  if (contexts.size === 0 && path === undefined) {
    throw new ClusterSilent("there is no kubeconfig, neither at $KUBECONFIG nor at ~/.kube/config");
  }
  if (ofPod !== undefined && settings.kubeContext !== undefined && settings.kubeContext !== IN_CLUSTER) {
    throw new ClusterSilent(`there is no kubeconfig; this pod's own credential has the name ${IN_CLUSTER}`);
  }
  const choice = chooseContext(settings, { current: currentContext || undefined, all: [...contexts.keys()] });
  if ("refused" in choice) throw new ContextRefused(choice.refused);
  const { context } = choice;
  if (!kubeconfig.clusters.has(contexts.get(context)?.cluster ?? "")) {
    throw new ContextRefused(`context "${context}" names a cluster that the kubeconfig does not have`);
  }
  if (path !== undefined) checkProviderPaths(path, kubeconfig, context);
  const { server, options } = silently(() => accessOf(kubeconfig, context));
  return {
    context,
    server,
    ask: async (method, at, { body, timeout = REQUEST_TIMEOUT } = {}) => {
      try {
        const { headers, ...connection } = await options();
        return await request(
          `${server}${at}`,
          {
            ...connection,
            method,
            headers: {
              Accept: "application/json",
              "User-Agent": "pulumi-tempo",
              ...(body !== undefined && { "Content-Type": "application/json" }),
              ...headers,
            },
            // Aborted, not merely given up: an open connection would keep the process alive long after its last message.
            signal: AbortSignal.timeout(timeout),
          },
          body,
        );
      } catch (error) {
        throw new ClusterSilent(reasonOf(error, timeout));
      }
    },
  };
}

function silently<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw new ClusterSilent(`the kubeconfig cannot be used: ${error.message}`);
  }
}

/**
 * The provider's plugin reads the file of the setting `kubeconfig` without its folder: relative paths in it are, to the
 * plugin, relative to where it runs. Those of $KUBECONFIG are not.
 */
function checkProviderPaths(path: string, kubeconfig: Kubeconfig, context: string): void {
  const ours = filesOf(kubeconfig, context);
  const theirs = filesOf(loadKubeconfig(path, process.cwd()), context);
  const relative = Object.keys(ours).filter((key) => ours[key] !== theirs[key]);
  if (relative.length === 0) return;
  throw new ContextRefused(
    `kubeconfig ${path} has relative paths (${relative.join(", ")}), which the provider looks for in ${process.cwd()}. ` +
      "Write absolute ones there, or leave the setting out and name the file in $KUBECONFIG",
  );
}

function filesOf({ contexts, clusters, users }: Kubeconfig, context: string): Record<string, string | undefined> {
  const chosen = contexts.get(context);
  const user = users.get(chosen?.user ?? "");
  return {
    "certificate-authority": clusters.get(chosen?.cluster ?? "")?.["certificate-authority"],
    "client-certificate": user?.["client-certificate"],
    "client-key": user?.["client-key"],
    tokenFile: user?.tokenFile,
    "exec.command": user?.exec?.command,
  };
}

/** A kind as the API tells of it. */
interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/**
 * Opens the cluster that the settings name.
 * @throws ContextRefused, ClusterSilent as {@link openApi}.
 */
export function openCluster(settings: ClusterChoice): LiveCluster {
  const { context, server, ask } = openApi(settings);
  const kinds = new Map<string, Promise<readonly Resource[]>>();

  /** @returns undefined for 404. @throws ClusterSilent for every other answer that is no success */
  async function get<T>(path: string): Promise<T | undefined> {
    const { status, text } = await ask("GET", path);
    if (status === 404) return undefined;
    if (status !== 200) throw new ClusterSilent(messageIn(text) ?? `it answers ${status}`);
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new ClusterSilent("it answers no JSON");
    }
  }

  /** @returns undefined for a kind that the cluster does not know */
  async function pathOf({ apiVersion, kind, namespace }: Omit<ObjectRef, "name">): Promise<string | undefined> {
    const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const asked = kinds.get(group) ?? get<{ resources: Resource[] }>(group).then((list) => list?.resources ?? []);
    kinds.set(group, asked);
    // A subresource, such as `pods/status`, may have the same kind.
    const resource = (await asked).find(({ name, kind: served }) => served === kind && !name.includes("/"));
    if (!resource) return undefined;
    const within = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
    return `${group}${within}/${resource.name}`;
  }

  async function toldOf<T>(what: string, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw error instanceof ClusterSilent ? new ClusterSilent(`${what}: ${error.message}`) : error;
    }
  }

  return {
    context,
    server,
    read({ name, ...ref }) {
      const answer = pathOf(ref).then((path) =>
        path === undefined ? undefined : get<LiveObject>(`${path}/${encodeURIComponent(name)}`),
      );
      return toldOf(`${ref.kind} ${name} cannot be read`, answer);
    },
    list(apiVersion, kind, { namespace, labelSelector } = {}) {
      const query = labelSelector === undefined ? "" : `?${new URLSearchParams({ labelSelector }).toString()}`;
      const ref = { apiVersion, kind, ...(namespace !== undefined && { namespace }) };
      const answer = pathOf(ref).then(async (path) => {
        const list = path === undefined ? undefined : await get<{ items: LiveObject[] }>(`${path}${query}`);
        if (!list) throw new ClusterSilent(`it has no kind ${kind} of ${apiVersion}`);
        return list.items;
      });
      return toldOf(`${kind} objects cannot be listed`, answer);
    },
    async page({ namespace, name }, port, path) {
      const service = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}:${port}`;
      const answer = await ask("GET", `${service}/proxy${path}`).catch(() => undefined);
      return answer?.status === 200 ? answer.text : undefined;
    },
  };
}

/** `~/` in a path that does not pass a shell. */
export function expandHome(path: string): string {
  return path.startsWith("~/") ? `${homedir()}${path.slice(1)}` : path;
}

/** The API's own sentence, where an answer has one. */
export function messageIn(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? message : undefined;
  } catch {
    // Not a Status object: a proxy's page, for example.
    return undefined;
  }
}
