import assert from "node:assert/strict";
import { validateCrossFields } from "../../../stack/rules";
import { findings, parse, type Inputs } from "../../support/findings";

const tailnet = { domain: "tail8d86e.ts.net" };
const frigate = { name: "frigate", namespace: "frigate", deployment: "frigate" };
const collector = { kubeContext: "ringtail", clusterName: "ringtail", services: [frigate] };

/** The findings on namespaces of a stack with a tailnet and a collector on another cluster, unless told otherwise. */
const of = (namespaces: object[], inputs: Inputs = {}, section: object = {}): string[] =>
  findings({ tailnet, collector, ...inputs, sdk: { ...section, namespaces } });
const one = (entry: object, inputs: Inputs = {}): string[] => of([{ namespace: "hermes", ...entry }], inputs);

describe("the rules on services with an SDK", () => {
  it("have nothing to say where there are none, or where a way is known", () => {
    assert.deepEqual(findings({ sdk: {} }), []);
    for (const cluster of ["tempo", "collector"]) assert.deepEqual(one({ cluster }), []);
    for (const endpoint of ["service", "tailnet"]) assert.deepEqual(one({ cluster: "tempo", endpoint }), []);
    for (const endpoint of ["collector", "tailnet"]) assert.deepEqual(one({ cluster: "collector", endpoint }), []);
    assert.deepEqual(one({ cluster: "tempo", protocol: "grpc" }, { tailnet: {}, collector: {} }), []);
  });

  it("want each namespace once on a cluster", () => {
    const entry = { namespace: "hermes", cluster: "tempo" };
    assert.deepEqual(of([entry, { ...entry, endpoint: "tailnet" }]), [
      'sdk.namespaces[1].namespace = "hermes": named above already for the same cluster. Write each namespace once.',
    ]);
    const onBoth = [entry, { ...entry, cluster: "collector" }];
    assert.deepEqual(of(onBoth), []);
    // Both are one.
    assert.equal(of(onBoth, { collector: { ...collector, kubeContext: "c" } }).length, 1);
    assert.equal(of(onBoth, { collector: { ...collector, kubeContext: "" } }).length, 1);
  });

  it("want a collector on whose cluster a namespace is", () => {
    for (const endpoint of [undefined, "tailnet", "collector"]) {
      assert.deepEqual(one({ cluster: "collector", endpoint }, { collector: {} }), [
        'sdk.namespaces[0].cluster = "collector": there is no collector. Write tempo, or the section collector.',
      ]);
    }
  });

  it("want a way that there is", () => {
    const at = "sdk.namespaces[0].endpoint";
    const without = { collector: { ...collector, receiver: false } };
    assert.deepEqual(one({ cluster: "collector", endpoint: "service" }), [
      `${at} = "service": Tempo's Service is in the other cluster. Write tailnet or collector.`,
    ]);
    assert.deepEqual(one({ cluster: "collector", endpoint: "collector" }, without), [
      `${at} = "collector": no collector on this cluster takes spans. Write tailnet, or collector.receiver true.`,
    ]);
    assert.deepEqual(one({ cluster: "tempo", endpoint: "collector" }), [
      `${at} = "collector": no collector on this cluster takes spans. Write tailnet, or collector.receiver true.`,
    ]);
    assert.deepEqual(one({ cluster: "tempo", endpoint: "tailnet", protocol: "grpc" }), [
      `${at} = "tailnet": the tailnet has no name for gRPC. Write tailnet.otlpGrpcHostname, or protocol http.`,
    ]);
    for (const protocol of ["http", "grpc"]) {
      assert.deepEqual(one({ cluster: "tempo", endpoint: "tailnet", protocol }, { tailnet: {}, collector: {} }), [
        `${at} = "tailnet": there is no tailnet. Write the section tailnet, or another way.`,
      ]);
    }
    const grpc = { tailnet: { ...tailnet, otlpGrpcHostname: "spans" } };
    assert.deepEqual(one({ cluster: "tempo", endpoint: "tailnet", protocol: "grpc" }, grpc), []);
  });

  it("tell of the way that is taken where none is written", () => {
    const inputs = { tailnet: {}, collector: { ...collector, receiver: false, endpoint: "https://a" } };
    assert.deepEqual(one({ cluster: "collector" }, inputs), [
      "sdk.namespaces[0].endpoint: there is no tailnet. Write the section tailnet, or another way.",
    ]);
  });

  it("want a name of its own for the ConfigMap, where others of this stack are", () => {
    const named = (configMapName: string, entry: object, inputs: Inputs = {}): string[] =>
      of([{ namespace: "monitoring", cluster: "tempo", ...entry }], inputs, { configMapName });
    const line = (name: string, namespace: string): string =>
      `sdk.configMapName = "${name}": the name of another ConfigMap of this stack in namespace ${namespace}. Write another one, such as tempo-otel.`;
    for (const name of ["tempo", "tempo-guard", "tempo-metrics"]) {
      assert.deepEqual(named(name, {}), [line(name, "monitoring")]);
      assert.deepEqual(named(name, { namespace: "hermes" }), []);
      assert.deepEqual(named(name, { cluster: "collector" }), []);
      const beside = { collector: { ...collector, kubeContext: "" } };
      assert.deepEqual(named(name, { cluster: "collector" }, beside), [line(name, "monitoring")]);
    }
    const inCollectors = { namespace: "alloy", cluster: "collector" };
    assert.deepEqual(named("tempo-collector", inCollectors), [line("tempo-collector", "alloy")]);
    assert.deepEqual(named("tempo-collector", { namespace: "alloy" }), []);
    assert.deepEqual(named("tempo-otel", inCollectors), []);
  });

  it("say nothing about what has an error of its own", () => {
    const { sdk, ...settings } = parse({
      kubeContext: "c",
      tailnet,
      sdk: { namespaces: [{ namespace: "a", cluster: "collector" }] },
    });
    const say = (loose: object): string[] => validateCrossFields({ ...loose, sdk }, () => false).map(({ key }) => key);
    assert.deepEqual(say(settings), ["sdk.namespaces[0].cluster"]);
    for (const key of ["tailnet", "collector", "name", "namespace"]) {
      const loose = Object.fromEntries(Object.entries(settings).filter(([name]) => name !== key));
      assert.deepEqual(say(loose), [], key);
    }
  });
});
