import assert from "node:assert/strict";
import { collectorEndpoint, onTempoCluster, otlpOnTailnet, otlpService } from "../../../components/contracts/endpoints";
import { settingsOf } from "../../stack/program/stacks";

describe("onTempoCluster", () => {
  const same: [tempo: object, collector: object, expected: boolean][] = [
    [{ kubeContext: "a" }, {}, true],
    [{ kubeContext: "a" }, { kubeContext: "a" }, true],
    [{ kubeContext: "a" }, { kubeContext: "b" }, false],
    [{ kubeContext: "a" }, { kubeconfig: "~/b" }, false],
    [{ kubeContext: "a", kubeconfig: "~/b" }, { kubeconfig: "~/b" }, true],
    [{ kubeContext: "a", kubeconfig: "~/b" }, { kubeContext: "a" }, true],
    // The current context, whichever that is.
    [{}, {}, true],
    [{}, { kubeContext: "a" }, false],
  ];
  for (const [tempo, collector, expected] of same) {
    it(`${expected ? "is" : "is not"} so for ${JSON.stringify(collector)} beside ${JSON.stringify(tempo)}`, () => {
      assert.equal(onTempoCluster(tempo, collector), expected);
    });
  }
});

describe("collectorEndpoint", () => {
  const settings = settingsOf("prod", {
    tailnet: { domain: "example.ts.net", otlpHostname: "spans", otlpGrpcHostname: "spans-grpc" },
    name: "traces",
    namespace: "observability",
    networkPolicy: undefined,
  });
  const elsewhere = { kubeContext: "k3s-ringtail" };

  it("is what the settings say, on either cluster", () => {
    for (const cluster of [{}, elsewhere]) {
      const collector = { ...cluster, endpoint: "https://a", protocol: "http" } as const;
      assert.equal(collectorEndpoint(settings, collector), "https://a");
    }
  });

  it("is the Service on Tempo's own cluster, which needs no tailnet", () => {
    const own = "http://traces.observability.svc.cluster.local";
    assert.equal(collectorEndpoint(settings, { protocol: "http" }), `${own}:4318`);
    assert.equal(collectorEndpoint({ ...settings, tailnet: undefined }, { protocol: "grpc" }), `${own}:4317`);
  });

  it("is the tailnet's from another cluster, by protocol, and none without a name", () => {
    const of = (protocol: "http" | "grpc", tailnet = settings.tailnet) =>
      collectorEndpoint({ ...settings, tailnet }, { ...elsewhere, protocol });
    assert.equal(of("http"), "https://spans.example.ts.net");
    assert.equal(of("grpc"), "https://spans-grpc.example.ts.net");
    assert.ok(settings.tailnet);
    assert.equal(of("grpc", { ...settings.tailnet, otlpGrpcHostname: undefined }), undefined);
    assert.equal(collectorEndpoint({ ...settings, tailnet: undefined }, { ...elsewhere, protocol: "http" }), undefined);
  });
});

describe("Tempo's OTLP", () => {
  it("has a port for each protocol in the cluster, and a name for each on the tailnet", () => {
    const tempo = { name: "tempo", namespace: "monitoring" };
    assert.equal(otlpService(tempo, "http"), "http://tempo.monitoring.svc.cluster.local:4318");
    assert.equal(otlpService(tempo, "grpc"), "http://tempo.monitoring.svc.cluster.local:4317");
    const tailnet = { domain: "a.ts.net", otlpHostname: "b", otlpGrpcHostname: "c" };
    assert.equal(otlpOnTailnet(tailnet, "http"), "https://b.a.ts.net");
    assert.equal(otlpOnTailnet(tailnet, "grpc"), "https://c.a.ts.net");
  });
});
