import { RunError } from "@pulumi/pulumi";
import { connectCaddy } from "./caddy/connect";
import { connectCluster, connectCollector, type Connection } from "./cluster/connect";
import { connectGrafana, type GrafanaConnection } from "./grafana/connect";
import type { Settings } from "./settings/schema";
import { userError } from "./errors";

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
  cluster: (settings: Settings, owner: string) => connectCluster(settings, owner),
  collector: (settings: Settings, owner: string) => connectCollector(settings, owner),
  grafana: (settings: Settings, owner: string) => connectGrafana(settings, owner),
  caddy: (settings: Settings, owner: string) => connectCaddy(settings, owner),
} as const;

/**
 * Checks everything that is live, at the same time.
 * @throws RunError with the problems of all of them in one message.
 */
export async function connect(settings: Settings, owner: string, parts = PARTS): Promise<Connections> {
  const results = await Promise.allSettled([
    parts.cluster(settings, owner),
    parts.collector(settings, owner),
    parts.grafana(settings, owner),
    parts.caddy(settings, owner),
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
