import assert from "node:assert/strict";
import { exposures, fullName, renderIngress, tailnetUrl } from "../../components/tailnet/ingress";
import { tailnetSettingsOf, type Changes } from "../program/stacks";

/** The Ingresses of a section of settings, by their part. */
function ingressesOf(section: Changes = {}) {
  const { settings, tailnet } = tailnetSettingsOf(section);
  const rendered = exposures(settings, tailnet).map(
    (exposure) => [exposure.part, renderIngress(settings, tailnet, exposure, "tempo.test")] as const,
  );
  return Object.fromEntries(rendered);
}

const labels = {
  "app.kubernetes.io/name": "tempo",
  "app.kubernetes.io/managed-by": "pulumi",
  "pulumi-tempo/stack": "tempo.test",
};

/** An Ingress as it has to be, but for its annotations. */
const expected = (name: string, host: string, port: number, annotations: object): object => ({
  metadata: { name, namespace: "monitoring", labels, annotations },
  spec: {
    ingressClassName: "tailscale",
    tls: [{ hosts: [host] }],
    rules: [
      {
        http: {
          paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "tempo", port: { number: port } } } }],
        },
      },
    ],
  },
});

describe("the tailnet's Ingresses", () => {
  it("are Services of a ProxyGroup", () => {
    const annotations = {
      "tailscale.com/proxy-group": "ingress",
      "tailscale.com/tags": "tag:k8s",
      "tailscale.com/funnel": "false",
      "pulumi.com/skipAwait": "true",
      "pulumi.com/patchFieldManager": "pulumi-tempo",
      "pulumi.com/patchForce": "true",
    };
    assert.deepEqual(ingressesOf(), {
      query: expected("tempo-tailscale", "tempo", 3200, annotations),
      otlp: expected("tempo-otlp-tailscale", "tempo-otlp", 4318, annotations),
    });
  });

  it("are devices of their own without one", () => {
    const annotations = {
      "tailscale.com/tags": "tag:k8s,tag:traces",
      "tailscale.com/funnel": "false",
      "pulumi.com/skipAwait": "true",
      "pulumi.com/patchFieldManager": "pulumi-tempo",
      "pulumi.com/patchForce": "true",
    };
    const section = { proxyGroup: "", tags: ["tag:k8s", "tag:traces"], queryHostname: "traces", otlpHostname: "spans" };
    assert.deepEqual(ingressesOf(section), {
      query: expected("tempo-tailscale", "traces", 3200, annotations),
      otlp: expected("tempo-otlp-tailscale", "spans", 4318, annotations),
    });
  });

  it("have one more for OTLP over gRPC, where it has a name", () => {
    const { "otlp-grpc": grpc, ...others } = ingressesOf({ otlpGrpcHostname: "spans-grpc" });
    assert.deepEqual(others, ingressesOf());
    assert.deepEqual(
      grpc,
      expected("tempo-otlp-grpc-tailscale", "spans-grpc", 4317, {
        "tailscale.com/proxy-group": "ingress",
        "tailscale.com/tags": "tag:k8s",
        "tailscale.com/funnel": "false",
        "pulumi.com/skipAwait": "true",
        "pulumi.com/patchFieldManager": "pulumi-tempo",
        "pulumi.com/patchForce": "true",
      }),
    );
  });

  it("never open the public internet, nor name a host that the operator would refuse", () => {
    for (const section of [{}, { proxyGroup: "", otlpGrpcHostname: "spans-grpc" }]) {
      for (const { metadata, spec } of Object.values(ingressesOf(section))) {
        const { annotations } = metadata as { annotations: Record<string, unknown> };
        assert.equal(annotations["tailscale.com/funnel"], "false");
        const { rules, tls } = spec as { rules: object[]; tls: { hosts: string[]; secretName?: string }[] };
        assert.deepEqual(rules.map(Object.keys), [["http"]]);
        assert.deepEqual(tls.map(Object.keys), [["hosts"]]);
        for (const host of tls.flatMap(({ hosts }) => hosts)) assert.doesNotMatch(host, /\./);
      }
    }
  });

  it("have names of a tailnet that the outputs name as well", () => {
    assert.equal(fullName("tempo", { domain: "tail8d86e.ts.net" }), "tempo.tail8d86e.ts.net");
    assert.equal(tailnetUrl("tempo", { domain: "tail8d86e.ts.net" }), "https://tempo.tail8d86e.ts.net");
  });
});
