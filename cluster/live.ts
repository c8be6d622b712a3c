import { homedir } from "node:os";
import type { KubernetesObject } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { kubernetesClient } from "./client";
import { chooseContext, type ContextSettings } from "./context";
import type { Settings } from "../settings/schema";

/** Names one object of a cluster. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** A Kubernetes object as the API answers it; the checks look at a few fields of few kinds. */
export type LiveObject = KubernetesObject & {
  readonly spec?: unknown;
  readonly status?: unknown;
  /** Of a StorageClass. */
  readonly allowVolumeExpansion?: boolean;
};

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
export type ClusterChoice = ContextSettings & Pick<Settings, "kubeconfig">;

/** How long one request may take, in milliseconds. */
const REQUEST_TIMEOUT = 8_000;

/**
 * Opens the cluster that the settings name.
 * @throws ContextRefused when the kubeconfig has not the context, or it is none that the stack names.
 * @throws ClusterSilent when there is no usable kubeconfig.
 */
export async function openCluster(settings: ClusterChoice): Promise<LiveCluster> {
  // Loaded here and not at the top: a plan without a cluster does not need it.
  const { createConfiguration, KubeConfig, KubernetesObjectApi, ServerConfiguration } = await kubernetesClient();
  const kubeconfig = new KubeConfig();
  try {
    if (settings.kubeconfig === undefined) kubeconfig.loadFromDefault();
    else kubeconfig.loadFromFile(expandHome(settings.kubeconfig));
  } catch (error) {
    // The client looks into what it did not parse: an empty file gives a TypeError.
    const reason = error instanceof TypeError ? "it is none" : messageOf(error);
    throw new ClusterSilent(`the kubeconfig cannot be read: ${reason}`);
  }
  if (kubeconfig.currentContext === INVENTED_CONTEXT) {
    throw new ClusterSilent("there is no kubeconfig, neither at $KUBECONFIG nor at ~/.kube/config");
  }
  const choice = chooseContext(settings, {
    current: kubeconfig.currentContext || undefined,
    all: kubeconfig.getContexts().map(({ name }) => name),
  });
  if ("refused" in choice) throw new ContextRefused(choice.refused);
  kubeconfig.setCurrentContext(choice.context);
  const server = kubeconfig.getCurrentCluster()?.server;
  if (server === undefined) {
    throw new ContextRefused(`context "${choice.context}" names a cluster that the kubeconfig does not have`);
  }

  const api = new KubernetesObjectApi(
    createConfiguration({
      baseServer: new ServerConfiguration(server, {}),
      authMethods: { default: kubeconfig },
      // Aborted, not merely given up: an open connection would keep the process alive long after its last message.
      promiseMiddleware: [
        {
          pre: (request) => {
            request.setSignal(AbortSignal.timeout(REQUEST_TIMEOUT));
            return Promise.resolve(request);
          },
          post: (response) => Promise.resolve(response),
        },
      ],
    }),
  );
  return {
    context: choice.context,
    server,
    async read({ apiVersion, kind, namespace, name }) {
      try {
        const metadata = { name, ...(namespace !== undefined && { namespace }) };
        return await api.read({ apiVersion, kind, metadata });
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw new ClusterSilent(`${kind} ${name} cannot be read: ${messageOf(error)}`);
      }
    },
    async list(apiVersion, kind, { namespace, labelSelector } = {}) {
      try {
        const none = undefined;
        return (await api.list(apiVersion, kind, namespace, none, none, none, none, labelSelector)).items;
      } catch (error) {
        throw new ClusterSilent(`${kind} objects cannot be listed: ${messageOf(error)}`);
      }
    },
  };
}

/** What the client makes up where it finds no kubeconfig at all: a cluster at http://localhost:8080. */
const INVENTED_CONTEXT = "loaded-context";

/** `~/` in a path that does not pass a shell. */
export function expandHome(path: string): string {
  return path.startsWith("~/") ? `${homedir()}${path.slice(1)}` : path;
}

function statusOf(error: unknown): number | undefined {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "number"
    ? error.code
    : undefined;
}

/** The API's own sentence where it gave one; the client's message is a dump of the whole response. */
export function messageOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "body" in error && typeof error.body === "string") {
    try {
      const { message } = JSON.parse(error.body) as { message?: string };
      if (message !== undefined) return message;
    } catch {
      // Not a Status object: a proxy's page, for example. The error's own message follows.
    }
  }
  if (error instanceof Error && /^(Abort|Timeout)Error$/.test(error.name)) {
    return `no answer within ${REQUEST_TIMEOUT / 1000} s`;
  }
  return error instanceof Error ? (error.message.split("\n")[0] ?? error.message) : String(error);
}
