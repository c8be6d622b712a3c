import { randomBytes } from "node:crypto";
import { openApi } from "../../lib/kubernetes/live";
import type { Answer } from "../../lib/http/request";
import { probe } from "../tempo/client";
import { until } from "../lib/until";

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

/** @throws ContextRefused when the kubeconfig has no such context, with those that it has. */
export function openBenchCluster(context: string): BenchCluster {
  const { ask: askWithin } = openApi({
    kubeContext: context,
    allowedKubeContexts: [],
    kubeconfig: undefined,
    key: "--context",
  });
  const ask = (method: string, path: string, body?: string): Promise<Answer> =>
    askWithin(method, path, { timeout: REQUEST_TIMEOUT, ...(body !== undefined && { body }) });

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
      try {
        return (await ask("POST", path, probe(randomBytes(16).toString("hex")))).status === 200;
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
