import { RunError } from "@pulumi/pulumi";
import { connectCaddy } from "../components/caddy/connect";
import { connectCluster, connectCollector, type ClusterRun, type Connection } from "./clusters";
import { connectGrafana, type GrafanaConnection } from "../components/grafana/preflight";
import type { Settings } from "../components/contracts/settings";
import { currentEngine } from "../lib/engine";
import { userError } from "../lib/errors";

/** What a run is connected with. */
export interface Connections {
  readonly cluster: Connection;
  /** The cluster of the collector; absent where the settings have none. */
  readonly collector?: Connection;
  /** Absent where the settings have no Grafana. */
  readonly grafana?: GrafanaConnection;
}

/** Who asks each of them. */
const PARTS = {
  cluster: connectCluster,
  collector: connectCollector,
  grafana: (settings: Settings, { owner, engine }: ClusterRun) => connectGrafana(settings, owner, engine),
  caddy: (settings: Settings, { owner, engine }: ClusterRun) => connectCaddy(settings, owner, engine),
} as const;

/**
 * Checks everything that is live, at the same time.
 * @param prefix what goes before the names of the resources. Default: nothing
 * @throws RunError with the problems of all of them in one message.
 */
export async function connect(settings: Settings, owner: string, prefix = "", parts = PARTS): Promise<Connections> {
  const run: ClusterRun = { owner, prefix, engine: currentEngine() };
  const results = await Promise.allSettled([
    parts.cluster(settings, run),
    parts.collector(settings, run),
    parts.grafana(settings, run),
    parts.caddy(settings, run),
  ]);
  const [cluster, collector, grafana, caddy] = results;
  if (
    cluster.status === "rejected" ||
    collector.status === "rejected" ||
    grafana.status === "rejected" ||
    caddy.status === "rejected"
  ) {
    throw together(results);
  }
  return {
    cluster: cluster.value,
    ...(collector.value && { collector: collector.value }),
    ...(grafana.value && { grafana: grafana.value }),
  };
}

/** What a person has to put right, together; a fault of this program goes before it, with its stack. */
function together(results: readonly PromiseSettledResult<unknown>[]): unknown {
  const reasons = results.flatMap((result): unknown[] => (result.status === "rejected" ? [result.reason] : []));
  const messages = reasons.flatMap((reason) => (RunError.isInstance(reason) ? [reason.message] : []));
  if (messages.length < reasons.length) return reasons.find((reason) => !RunError.isInstance(reason));
  return userError(messages.join("\n"));
}
