import type { types } from "@pulumi/kubernetes";
import { labelsOf, selectorOf } from "../contracts/labels";
import { alloyPeers } from "../monitoring/alloy";
import { senderPeers } from "./senderPeers";
import { ports } from "../contracts/ports";
import type { NetworkPolicySettings, Peer, Settings } from "../contracts/settings";

type Rule = types.input.networking.v1.NetworkPolicyIngressRule;
type Policy = types.input.networking.v1.NetworkPolicy;

/**
 * Who may reach Tempo's pod; everyone else is refused. Only ingress: what Tempo sends (remote write, DNS) depends on
 * addresses that a policy cannot name. kubelet's probes come from the node, which CNIs let through.
 */
export function renderNetworkPolicy(settings: Settings, policy: NetworkPolicySettings, owner: string): Policy {
  const behindTailnet = settings.tailnet ? [policy.proxies] : [];
  const scrapers = [...policy.metrics, ...alloyPeers(settings)];
  return {
    metadata: { name: settings.name, namespace: settings.namespace, labels: labelsOf(settings, owner) },
    spec: {
      podSelector: { matchLabels: selectorOf(settings) },
      policyTypes: ["Ingress"],
      ingress: [
        ...allow([...policy.query, ...scrapers, ...behindTailnet], [ports.http]),
        ...(settings.storage.guard ? allow(scrapers, [ports.guard]) : []),
        ...allow([...policy.otlp, ...senderPeers(settings)], [ports.otlpGrpc, ports.otlpHttp]),
        ...allow(behindTailnet, [
          ports.otlpHttp,
          ...(settings.tailnet?.otlpGrpcHostname === undefined ? [] : [ports.otlpGrpc]),
        ]),
      ],
    },
  };
}

/** A rule without peers would mean "everyone", therefore there is none for an empty list. */
function allow(from: readonly Peer[], to: readonly number[]): Rule[] {
  if (from.length === 0) return [];
  return [{ from: unique(from.map(renderPeer)), ports: to.map((port) => ({ port, protocol: "TCP" })) }];
}

function renderPeer({ namespace, labels }: Peer): object {
  return {
    // The label that the API server itself puts on every namespace.
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    ...(Object.keys(labels).length > 0 && { podSelector: { matchLabels: labels } }),
  };
}

function unique(peers: readonly object[]): object[] {
  return [...new Map(peers.map((peer) => [JSON.stringify(peer), peer])).values()];
}
