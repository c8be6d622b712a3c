import { randomBytes } from "node:crypto";
import type { RequestOptions } from "node:https";
import { kubernetesClient } from "../../../cluster/client";
import { request, type Answer } from "../../../request";
import { probe } from "../tempo/client";
import { until } from "../until";

/** The little that the bench does to a cluster. */
export interface BenchCluster {
  namespaceExists(name: string): Promise<boolean>;
  /** Whether the Tempo of a namespace takes a span now, by OTLP over HTTP. */
  takesSpan(namespace: string): Promise<boolean>;
  deletePod(namespace: string, name: string): Promise<void>;
  /** Deletes a namespace with all that is in it, and waits until it is gone. */
  deleteNamespace(name: string): Promise<void>;
}

/** How long one request may take, in ms: a Service whose pod has just gone leads nowhere for a while. */
const REQUEST_TIMEOUT = 1_000;
/** How long a namespace may take to go, in ms, and the pause between two looks. */
const DELETION_TIMEOUT = 300_000;
const PAUSE = 500;

/** @throws Error when the kubeconfig has no such context, with those that it has. */
export async function openBenchCluster(context: string): Promise<BenchCluster> {
  const { KubeConfig } = await kubernetesClient();
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromDefault();
  const contexts = kubeconfig.getContexts().map(({ name }) => name);
  if (!contexts.includes(context)) {
    throw new Error(`the kubeconfig has no context ${JSON.stringify(context)}; it has ${contexts.join(", ")}`);
  }
  kubeconfig.setCurrentContext(context);
  const base = (kubeconfig.getCurrentCluster()?.server ?? "").replace(/\/+$/, "");

  /** The credential may come from a program, and end. @throws Error when there is none to be had. */
  async function credentials(): Promise<RequestOptions> {
    const options: RequestOptions = { headers: { "content-type": "application/json" } };
    await kubeconfig.applyToHTTPSOptions(options);
    return options;
  }

  function send(method: string, path: string, credential: RequestOptions, body?: string): Promise<Answer> {
    const options = { ...credential, method, signal: AbortSignal.timeout(REQUEST_TIMEOUT) };
    return request(`${base}${path}`, options, body);
  }

  const ask = async (method: string, path: string): Promise<Answer> => send(method, path, await credentials());

  async function remove(path: string): Promise<void> {
    const { status, text } = await ask("DELETE", path);
    if (status >= 300 && status !== 404) throw new Error(`DELETE ${path} answers ${status}: ${text.slice(0, 200)}`);
  }

  async function namespaceExists(name: string): Promise<boolean> {
    const { status, text } = await ask("GET", `/api/v1/namespaces/${name}`);
    if (status !== 200 && status !== 404) throw new Error(`the cluster answers ${status}: ${text.slice(0, 200)}`);
    return status === 200;
  }

  return {
    namespaceExists,
    async takesSpan(namespace) {
      const path = `/api/v1/namespaces/${namespace}/services/tempo:4318/proxy/v1/traces`;
      const credential = await credentials();
      try {
        return (await send("POST", path, credential, probe(randomBytes(16).toString("hex")))).status === 200;
      } catch {
        return false;
      }
    },
    deletePod: (namespace, name) => remove(`/api/v1/namespaces/${namespace}/pods/${name}`),
    async deleteNamespace(name) {
      await remove(`/api/v1/namespaces/${name}`);
      const isGone = async (): Promise<boolean> => !(await namespaceExists(name));
      await until(`deletion of the namespace ${name}`, isGone, { every: PAUSE, within: DELETION_TIMEOUT });
    },
  };
}
