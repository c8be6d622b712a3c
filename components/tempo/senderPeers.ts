import { onTempoCluster } from "../contracts/endpoints";
import { collectorSelector } from "../collector/manifests";
import type { Peer, Settings } from "../contracts/settings";

/** Who sends in Tempo's cluster by the settings: a NetworkPolicy must let them in. */
export function senderPeers(settings: Pick<Settings, "collector" | "sdk" | "kubeContext" | "kubeconfig">): Peer[] {
  const { collector, sdk } = settings;
  const beside = collector && onTempoCluster(settings, collector) ? [collector] : [];
  const namespaces = sdk?.namespaces.filter(
    ({ cluster, endpoint = "service" }) => cluster === "tempo" && endpoint === "service",
  );
  return [
    ...beside.map((each) => ({ namespace: each.namespace, labels: collectorSelector(each) })),
    ...(namespaces ?? []).map(({ namespace }) => ({ namespace, labels: {} })),
  ];
}
