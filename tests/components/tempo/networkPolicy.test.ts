import assert from "node:assert/strict";
import { renderDaemonSet } from "../../../components/collector/manifests";
import { renderNetworkPolicy } from "../../../components/tempo/networkPolicy";
import { senderPeers } from "../../../components/tempo/senderPeers";
import { sectionOf, settingsOf } from "../../stack/program/stacks";

/** A NetworkPolicy's spec, as far as it is used here. */
interface Spec {
  readonly policyTypes: readonly string[];
  readonly ingress: readonly {
    readonly from: readonly {
      readonly namespaceSelector: { readonly matchLabels: Readonly<Record<string, string>> };
      readonly podSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
    }[];
    readonly ports: readonly { readonly port: number; readonly protocol: string }[];
  }[];
}

const tailnet = sectionOf("prod", "tailnet");

function specOf(networkPolicy: object, changes: Record<string, unknown> = {}): Spec {
  const settings = settingsOf("local", { networkPolicy, ...changes });
  assert.ok(settings.networkPolicy);
  return renderNetworkPolicy(settings, settings.networkPolicy, "tempo.test").spec as unknown as Spec;
}

/** Who a pod is: its namespace, then its labels. */
type Pod = readonly [namespace: string, labels?: Readonly<Record<string, string>>];

const has = (labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

/** The ports that a pod may reach, by the rules of Kubernetes. */
function reachable({ ingress }: Spec, [namespace, labels = {}]: Pod): number[] {
  const rules = ingress.filter(({ from }) =>
    from.some(
      ({ namespaceSelector, podSelector }) =>
        has({ "kubernetes.io/metadata.name": namespace }, namespaceSelector.matchLabels) &&
        (!podSelector || has(labels, podSelector.matchLabels)),
    ),
  );
  return [...new Set(rules.flatMap(({ ports }) => ports.map(({ port }) => port)))].sort((a, b) => a - b);
}

describe("the NetworkPolicy", () => {
  it("opens to each peer the ports of its part, and to others none", () => {
    const spec = specOf({
      query: [{ namespace: "grafana" }],
      metrics: [{ namespace: "prometheus" }],
      otlp: [{ namespace: "alloy" }],
    });
    assert.deepEqual(reachable(spec, ["grafana"]), [3200]);
    assert.deepEqual(reachable(spec, ["prometheus"]), [3200, 3201]);
    assert.deepEqual(reachable(spec, ["alloy"]), [4317, 4318]);
    for (const stranger of ["default", "tailscale", "monitoring"]) assert.deepEqual(reachable(spec, [stranger]), []);
  });

  it("lets the tailnet's proxies query and send over HTTP, where there is a tailnet", () => {
    const without = specOf({ query: [{ namespace: "grafana" }] });
    const standard = specOf({ query: [{ namespace: "grafana" }] }, { tailnet });
    const elsewhere = specOf(
      { proxies: { namespace: "ts", labels: { "tailscale.com/managed": "true" } } },
      { tailnet },
    );
    assert.deepEqual(reachable(without, ["tailscale"]), []);
    assert.deepEqual(reachable(standard, ["tailscale"]), [3200, 4318]);
    assert.deepEqual(reachable(elsewhere, ["tailscale"]), []);
    assert.deepEqual(reachable(elsewhere, ["ts"]), []);
    assert.deepEqual(reachable(elsewhere, ["ts", { "tailscale.com/managed": "true" }]), [3200, 4318]);
  });

  it("lets the tailnet's proxies send over gRPC only where there is a name for it", () => {
    const { domain } = tailnet;
    const named = specOf({ query: [{ namespace: "grafana" }] }, { tailnet: { domain, otlpGrpcHostname: "grpc" } });
    assert.deepEqual(reachable(named, ["tailscale"]), [3200, 4317, 4318]);
    const nobody = specOf({ query: [{ namespace: "grafana" }] }, { tailnet: { domain } });
    assert.deepEqual(reachable(nobody, ["tailscale"]), [3200, 4318]);
  });

  describe("for those who send by the settings", () => {
    const service = { name: "frigate", namespace: "frigate", deployment: "frigate" };
    const collector = { clusterName: "indri", services: [service] };
    const query = { query: [{ namespace: "grafana" }] };
    const pod = { "app.kubernetes.io/name": "tempo-collector" };
    const policyFor = (changes: Record<string, unknown>): Spec =>
      specOf(query, { kubeContext: "c", allowedKubeContexts: undefined, ...changes });

    it("lets the collector in beside it, by its pod's labels", () => {
      for (const kubeContext of [undefined, "c"]) {
        const spec = policyFor({ collector: { ...collector, kubeContext } });
        assert.deepEqual(reachable(spec, ["alloy", pod]), [4317, 4318]);
        assert.deepEqual(reachable(spec, ["alloy"]), []);
        assert.deepEqual(reachable(spec, ["monitoring", pod]), []);
        // What it instruments sends nothing itself.
        assert.deepEqual(reachable(spec, ["frigate"]), []);
      }
    });

    it("lets nobody in for a collector elsewhere, who comes through the tailnet or another way", () => {
      const elsewhere = { ...collector, kubeContext: "ringtail", endpoint: "https://a" };
      assert.deepEqual(reachable(policyFor({ collector: elsewhere }), ["alloy", pod]), []);
    });

    it("lets in the namespaces with an SDK that send to the Service", () => {
      const namespaces = [
        { namespace: "hermes", cluster: "tempo" },
        { namespace: "ares", cluster: "tempo", endpoint: "service", protocol: "grpc" },
        { namespace: "iris", cluster: "tempo", endpoint: "tailnet" },
        { namespace: "zeus", cluster: "collector" },
      ];
      const spec = policyFor({ tailnet, collector: { ...collector, kubeContext: "ringtail" }, sdk: { namespaces } });
      assert.deepEqual(
        ["hermes", "ares", "iris", "zeus"].map((namespace) => reachable(spec, [namespace])),
        [[4317, 4318], [4317, 4318], [], []],
      );
    });

    it("names the collector's own pods, and nobody whom its DaemonSet does not make", () => {
      const settings = settingsOf("local", { collector });
      const [peer, ...more] = senderPeers(settings);
      assert.deepEqual(more, []);
      assert.ok(settings.collector && peer);
      const { template } = renderDaemonSet(settings.collector, "a", "o").spec as unknown as {
        template: { metadata: { labels: Record<string, string> } };
      };
      assert.ok(has(template.metadata.labels, peer.labels) && Object.keys(peer.labels).length > 0);
      assert.deepEqual(senderPeers(settingsOf("local")), []);
    });
  });

  it("asks of a peer its namespace and its labels together", () => {
    const spec = specOf({ otlp: [{ namespace: "alloy", labels: { app: "alloy", tier: "node" } }] });
    assert.deepEqual(reachable(spec, ["alloy", { app: "alloy", tier: "node", more: "x" }]), [4317, 4318]);
    assert.deepEqual(reachable(spec, ["alloy", { app: "alloy" }]), []);
    assert.deepEqual(reachable(spec, ["other", { app: "alloy", tier: "node" }]), []);
  });

  it("has no rule without peers, which would let everybody in", () => {
    const some = specOf({ otlp: [{ namespace: "alloy" }] });
    assert.deepEqual(
      some.ingress.map(({ from }) => from.length),
      [1],
    );
  });

  it("names a peer once, however often it is written", () => {
    const peer = { namespace: "monitoring", labels: { app: "x" } };
    const spec = specOf({ query: [peer], metrics: [peer, { namespace: "monitoring" }] });
    assert.deepEqual(spec.ingress[0]?.from, [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } },
        podSelector: { matchLabels: { app: "x" } },
      },
      { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } },
    ]);
  });

  it("selects the chart's pod of this release only, over TCP", () => {
    const settings = settingsOf("local", { name: "traces", networkPolicy: { query: [{ namespace: "grafana" }] } });
    assert.ok(settings.networkPolicy);
    const policy = renderNetworkPolicy(settings, settings.networkPolicy, "tempo.test") as unknown as {
      spec: Spec & { podSelector: unknown };
    };
    assert.deepEqual(policy.spec.podSelector, {
      matchLabels: { "app.kubernetes.io/name": "traces", "app.kubernetes.io/instance": "traces" },
    });
    assert.deepEqual(policy.spec.ingress[0]?.ports, [{ port: 3200, protocol: "TCP" }]);
    // Egress would have to name addresses that it cannot know.
    assert.equal("egress" in policy.spec, false);
  });
});
