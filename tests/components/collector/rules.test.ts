import assert from "node:assert/strict";
import { validateCrossFields } from "../../../stack/rules";
import { CERTIFICATE } from "./certificate";
import { findings, parse, type Inputs } from "../../support/findings";

const tailnet = { domain: "tail8d86e.ts.net" };
const frigate = { name: "frigate", namespace: "frigate", deployment: "frigate" };
const elsewhere = { kubeContext: "ringtail", clusterName: "ringtail", services: [frigate] };

/** The findings on a collector on a cluster of its own, unless the section says otherwise. */
const of = (section: object = {}, inputs: Inputs = {}): string[] =>
  findings({ tailnet, ...inputs, collector: { ...elsewhere, ...section } });
/** The same on Tempo's cluster. */
const beside = (section: object = {}, inputs: Inputs = {}): string[] => of({ kubeContext: "", ...section }, inputs);

describe("the rules on the collector", () => {
  it("have nothing to say where there is none, or only what is needed", () => {
    assert.deepEqual(findings({ collector: {} }), []);
    assert.deepEqual(of(), []);
    assert.deepEqual(beside(), []);
    assert.deepEqual(beside({}, { tailnet: {} }), []);
  });

  describe("on services", () => {
    const services = (...list: object[]): string[] => of({ services: list });

    it("refuse one name for two: their spans could not be told apart", () => {
      assert.deepEqual(services(frigate, { ...frigate, namespace: "b" }, { ...frigate, namespace: "c" }), [
        'collector.services[1].name = "frigate": named above already: the spans of two services could not be told apart. Write another name.',
        'collector.services[2].name = "frigate": named above already: the spans of two services could not be told apart. Write another name.',
      ]);
    });

    it("want a workload, which a namespace alone is not", () => {
      assert.deepEqual(services({ name: "a", namespace: "a" }, { name: "b", namespace: "a", labels: {} }), [
        'collector.services[0] = "a": no workload: every process of the namespace would be meant. Write deployment, statefulSet, daemonSet or labels.',
        'collector.services[1] = "b": no workload: every process of the namespace would be meant. Write deployment, statefulSet, daemonSet or labels.',
      ]);
    });

    it("want one workload of one kind, with labels or without", () => {
      assert.deepEqual(services({ ...frigate, statefulSet: "b" }, { ...frigate, name: "b", daemonSet: "c" }), [
        'collector.services[0] = "frigate": names a deployment and a statefulSet; a service is one workload. Write one of them.',
        'collector.services[1] = "b": names a deployment and a daemonSet; a service is one workload. Write one of them.',
      ]);
      assert.deepEqual(services({ ...frigate, labels: { a: "b" } }), []);
      assert.deepEqual(services({ name: "a", namespace: "a", labels: { a: "" } }), []);
    });

    it("refuse to select the same twice, in whatever order the labels are", () => {
      const labels = { name: "a", namespace: "a", labels: { a: "1", b: "2" } };
      assert.deepEqual(
        services(frigate, { ...frigate, name: "b" }, labels, { ...labels, name: "c", labels: { b: "2", a: "1" } }),
        [
          'collector.services[1] = "b": selects the same as collector.services[0]. Write each workload once.',
          'collector.services[3] = "c": selects the same as collector.services[2]. Write each workload once.',
        ],
      );
      for (const other of [
        { namespace: "other" },
        { deployment: undefined, statefulSet: "frigate" },
        { labels: { a: "b" } },
      ]) {
        assert.deepEqual(services(frigate, { ...frigate, name: "b", ...other }), []);
      }
    });
  });

  describe("on the endpoint", () => {
    it("want a way to Tempo from another cluster", () => {
      assert.deepEqual(of({}, { tailnet: {} }), [
        "collector.endpoint: missing, and there is no tailnet by which another cluster reaches Tempo. Write the URL of Tempo's OTLP.",
      ]);
      assert.deepEqual(of({ protocol: "grpc" }), [
        "collector.endpoint: missing, and the tailnet has no name for gRPC. Write the URL, or tailnet.otlpGrpcHostname.",
      ]);
      assert.deepEqual(of({ protocol: "grpc" }, { tailnet: { ...tailnet, otlpGrpcHostname: "spans" } }), []);
      assert.deepEqual(of({ endpoint: "https://a" }, { tailnet: {} }), []);
      // By another kubeconfig the same context is another cluster.
      assert.equal(of({ kubeContext: "c", kubeconfig: "~/other" }, { tailnet: {} }).length, 1);
    });

    it("want none on Tempo's own cluster, over either protocol", () => {
      for (const protocol of ["http", "grpc"]) assert.deepEqual(beside({ protocol }, { tailnet: {} }), []);
      assert.deepEqual(of({ kubeContext: "c" }, { tailnet: {} }), []);
    });

    it("refuse a path for gRPC, which has none", () => {
      assert.deepEqual(of({ protocol: "grpc", endpoint: "https://a/otlp" }), [
        'collector.endpoint = "https://a/otlp": has a path, which gRPC has not. Write scheme, host and port.',
      ]);
      for (const endpoint of ["https://a", "https://a:4317", "https://a/"]) {
        assert.deepEqual(of({ protocol: "grpc", endpoint }), []);
      }
      assert.deepEqual(of({ endpoint: "https://a/otlp" }), []);
    });

    it("refuse a certificate where nothing is encrypted", () => {
      const line = "collector.caCertificate: has no effect without TLS. Write an https endpoint, or leave it out.";
      const caCertificate = CERTIFICATE;
      assert.deepEqual(of({ endpoint: "http://a:4318", caCertificate }), [line]);
      assert.deepEqual(beside({ caCertificate }), [line]);
      assert.deepEqual(of({ endpoint: "https://a", caCertificate }), []);
      assert.deepEqual(beside({ endpoint: "https://a", caCertificate }), []);
      assert.deepEqual(of({ caCertificate }), []);
    });
  });

  describe("on the queue", () => {
    const queue = (section: object, maxSpanAge = "12h"): string[] =>
      of({ queue: section }, { metricsGenerator: { maxSpanAge } });

    it("refuse one that is larger than its volume, and tell what it would take", () => {
      assert.deepEqual(queue({ volumeSize: "1Gi" }), [
        'collector.queue.volumeSize = "1Gi": 12h at 20 spans per second take 1.67 GiB, more than this. Write more, or a shorter collector.queue.outage, or fewer spansPerSecond.',
      ]);
      assert.deepEqual(queue({ spansPerSecond: 500 }).length, 1);
      assert.deepEqual(queue({ spansPerSecond: 500, outage: "10m" }), []);
      assert.deepEqual(queue({ volumeSize: "1Gi", outage: "6h" }), []);
    });

    it("refuse an outage that is longer than spans count, by value", () => {
      assert.deepEqual(queue({ outage: "13h" }), [
        'collector.queue.outage = "13h": longer than metricsGenerator.maxSpanAge = 12h: spans that waited longer would not count in metrics. Write at most that, or raise it.',
      ]);
      assert.deepEqual(queue({ outage: "720m" }), []);
      assert.deepEqual(queue({ outage: "13h" }, "1d"), []);
    });
  });

  describe("on resources", () => {
    it("refuse memory in which Beyla does not start", () => {
      const resources = (limit: string) => ({ resources: { requests: { memory: "1Mi" }, limits: { memory: limit } } });
      assert.deepEqual(of(resources("255Mi")), [
        'collector.resources.limits.memory = "255Mi": less than 256Mi, in which Beyla does not start. Write at least that.',
      ]);
      assert.deepEqual(of(resources("256Mi")), []);
    });

    it("refuse a request above its limit, and none beside one", () => {
      assert.deepEqual(of({ resources: { requests: { cpu: "2", memory: "2Gi" } } }), [
        'collector.resources.requests.cpu = "2": more than the limit of 1. Write at most the limit, or raise collector.resources.limits.cpu.',
        'collector.resources.requests.memory = "2Gi": more than the limit of 1Gi. Write at most the limit, or raise collector.resources.limits.memory.',
      ]);
      assert.deepEqual(of({ resources: { requests: { cpu: "" } } }), [
        'collector.resources.requests.cpu = "": none, for which Kubernetes puts the limit of 1. Write an amount, or "" as collector.resources.limits.cpu as well.',
      ]);
      assert.deepEqual(of({ resources: { requests: { cpu: "" }, limits: { cpu: "" } } }), []);
    });
  });

  describe("on Tempo's own cluster", () => {
    const inTempos = { namespace: "monitoring" };

    it("want names of its own in Tempo's namespace", () => {
      for (const name of ["tempo", "tempo-guard", "tempo-metrics"]) {
        assert.deepEqual(beside({ ...inTempos, name }), [
          `collector.name = "${name}": the name of objects of Tempo in the same namespace. Write another one, such as tempo-collector.`,
        ]);
        assert.deepEqual(of({ kubeContext: "c", ...inTempos, name }).length, 1);
        assert.deepEqual(beside({ name }), []);
        // On another cluster they are nobody's.
        assert.deepEqual(of({ ...inTempos, name }), []);
      }
      assert.deepEqual(beside(inTempos), []);
    });

    it("make a namespace once", () => {
      assert.deepEqual(beside({ ...inTempos, createNamespace: true }, { createNamespace: true }), [
        "collector.createNamespace = true: the namespace is Tempo's, which createNamespace makes already. Write false.",
      ]);
      assert.deepEqual(of({ ...inTempos, createNamespace: true }, { createNamespace: true }), []);
      assert.deepEqual(beside({ createNamespace: true }, { createNamespace: true }), []);
    });

    it("hold with the current context as well, whichever that is", () => {
      const current = { kubeContext: "", allowedKubeContexts: ["kind-*"] };
      assert.equal(beside({ ...inTempos, name: "tempo" }, current).length, 1);
      assert.deepEqual(of({ ...inTempos, name: "tempo" }, current), []);
    });
  });

  it("say nothing about what has an error of its own", () => {
    // As stack/settings.ts hands it over: a part that is wrong is not there.
    const { tailnet: parsed, ...rest } = parse({ kubeContext: "c", tailnet });
    const say = (settings: object): string[] => validateCrossFields(settings, () => false).map(({ key }) => key);
    const collector = { kubeContext: "ringtail", kubeconfig: undefined };
    assert.deepEqual(say({ ...rest, collector: { ...collector, protocol: "http" } }), []);
    assert.deepEqual(say({ ...rest, tailnet: parsed, collector }), []);
    assert.deepEqual(say({ ...rest, tailnet: parsed, collector: { services: [{}, {}], queue: {}, resources: {} } }), [
      "collector.services[0]",
      "collector.services[1]",
    ]);
    // Which cluster is meant is not known.
    const certificate = { kubeconfig: undefined, endpoint: undefined, caCertificate: CERTIFICATE };
    assert.deepEqual(say({ ...rest, tailnet: parsed, collector: certificate }), []);
  });
});
