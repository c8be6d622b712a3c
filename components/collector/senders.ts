import type { SdkNamespace, Settings } from "../contracts/settings";

/** Who may send spans to the collector: all pods of its cluster, or those of some namespaces. */
export type Senders = "everyone" | readonly string[];

type Part = Pick<Settings, "collector" | "sdk">;

/**
 * Whom the settings let send to the collector. A process with rights on the node listens only when it was asked to.
 * @returns undefined where nobody does
 */
export function sendersOf({ collector, sdk }: Part): Senders | undefined {
  if (collector?.receiver !== undefined) return collector.receiver ? "everyone" : undefined;
  const namespaces = (sdk?.namespaces ?? [])
    .filter((entry) => wayOf({ collector }, entry) === "collector")
    .map(({ namespace }) => namespace);
  return collector && namespaces.length > 0 ? namespaces : undefined;
}

/** Where the spans of a namespace go: as it says, or to what is nearest. */
export function wayOf(
  settings: Pick<Settings, "collector">,
  { cluster, endpoint }: Pick<SdkNamespace, "cluster" | "endpoint">,
): NonNullable<SdkNamespace["endpoint"]> {
  return endpoint ?? defaultWay(settings, cluster);
}

/** The Service in Tempo's cluster; elsewhere the collector, which queues, or else the tailnet. */
function defaultWay({ collector }: Pick<Settings, "collector">, cluster: SdkNamespace["cluster"]) {
  if (cluster === "tempo") return "service";
  return collector && collector.receiver !== false ? "collector" : "tailnet";
}
