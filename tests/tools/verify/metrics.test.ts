import assert from "node:assert/strict";
import { ended, forever, verifyIn } from "./support/run";
import type { Weather } from "./support/world";

/** Something is waited for in vain, for as long as this: what shall be found is found in a fraction of it. */
const brief = { wait: 2_000 } as const;

describe("verify where metrics do not come", function () {
  const none: Weather = { calls: false, edge: false };

  it("the generator's processors are off: known before the time is over", async () => {
    const runtime = "defaults:\n  metrics_generator:\n    processors: []\n";
    const { failed, skipped } = await verifyIn({ ...none, runtime }, { stack: "prod", ...forever });
    assert.match(failed("spanMetrics").causes, /processor span-metrics is off: .* has none/);
    assert.match(failed("spanMetrics").causes, /pulumi up --stack prod/);
    assert.match(failed("serviceGraph").causes, /processor service-graphs is off/);
    assert.match(skipped("exemplar").what, /no span metrics/);
  });

  it("a tenant's overrides replace the defaults", async () => {
    const runtime = "overrides:\n  single-tenant:\n    ingestion:\n      rate_limit_bytes: 1\n";
    const { failed } = await verifyIn({ ...none, runtime });
    assert.match(failed("spanMetrics").causes, /processors has none \(a tenant's overrides replace the defaults/);
  });

  it("Tempo's own list of active processors counts more than a configuration", async () => {
    const counters = {
      'tempo_metrics_generator_active_processors{processor="span-metrics",tenant="single-tenant"}': 1,
      'tempo_metrics_generator_active_processors{processor="service-graphs",tenant="single-tenant"}': 0,
    };
    const { failed, passed } = await verifyIn({ edge: false, counters });
    passed("spanMetrics");
    assert.match(failed("serviceGraph").causes, /processor service-graphs is off/);
  });

  it("the generator gets no spans", async () => {
    const counters = { 'tempo_metrics_generator_spans_received_total{tenant="single-tenant"}': 0 };
    const { failed } = await verifyIn({ ...none, counters });
    assert.match(failed("spanMetrics").causes, /The generator gets no spans though the distributor does/);
  });

  it("spans that are too old, with the clocks", async () => {
    const counters = {
      'tempo_metrics_generator_spans_discarded_total{processor="all",reason="outside_metrics_ingestion_slack"}': 4,
    };
    const { failed } = await verifyIn({ ...none, counters, ahead: 86_400_000 });
    assert.match(failed("spanMetrics").causes, /ended more than 12 h ago or ahead .* left 4 out/);
    assert.match(failed("spanMetrics").causes, /The clock of this machine is 24 h behind/);
  });

  it("spans that span metrics leave out, but for those that they leave out of every service", async () => {
    const counters = {
      'tempo_metrics_generator_spans_discarded_total{processor="span-metrics",reason="span_metrics_filtered"}': 4,
    };
    const filtering = (name: string): string =>
      `target: all\nmetrics_generator:\n  processor:\n    span_metrics:\n      filter_policies:\n` +
      `        - exclude: { match_type: strict, attributes: [{ key: name, value: "${name}" }] }\n` +
      "overrides: { defaults: { metrics_generator: { processors: [service-graphs, span-metrics] } } }\n";
    const [strange, ours] = await Promise.all([
      verifyIn({ ...none, counters, config: filtering("GET /") }),
      verifyIn({ ...none, counters, config: filtering("in queue") }),
    ]);
    assert.match(strange.failed("spanMetrics").causes, /left 4 spans out: span_metrics_filtered .*filter_policies/);
    assert.doesNotMatch(ours.failed("spanMetrics").causes, /span_metrics_filtered/);
  });

  it("the cap on series", async () => {
    const counters = {
      "tempo_metrics_generator_registry_series_limited_total{}": 20,
      "tempo_metrics_generator_registry_active_series{}": 10_000,
      "tempo_metrics_generator_registry_max_active_series{}": 10_000,
    };
    const { failed } = await verifyIn({ ...none, counters });
    assert.match(failed("spanMetrics").causes, /it has 10000 of 10000 \(limits\.maxActiveSeries/);
  });

  it("a remote write without a target, to nobody, to one who refuses, to another Prometheus", async () => {
    const empty = "target: all\nmetrics_generator:\n  storage:\n    path: /x\n";
    const processors =
      "overrides:\n  defaults:\n    metrics_generator:\n      processors: [span-metrics, service-graphs]\n";
    const sent = (what: string, count: number): Record<string, number> => ({
      [`prometheus_remote_storage_samples_${what}{tenant="single-tenant"}`]: count,
    });
    const weathers: readonly Weather[] = [
      { config: empty + processors },
      { counters: sent("retried_total", 3) },
      { counters: sent("failed_total", 30) },
      { counters: sent("total", 40) },
    ];
    const all = await Promise.all(weathers.map((weather) => verifyIn({ ...none, ...weather })));
    const [nowhere = "", nobody = "", refused = "", other = ""] = all.map(({ failed }) => failed("spanMetrics").causes);
    assert.match(nowhere, /remote_write is empty/);
    assert.match(nobody, /does not reach http:\/\/prometheus:9090\/api\/v1\/write/);
    assert.match(refused, /refuses what the generator sends: 30 samples are lost/);
    assert.match(other, /has sent 40 samples to http:\/\/prometheus:9090.*none of them is in the Prometheus/);
  });

  it("a Prometheus without a remote-write receiver", async () => {
    const flags = { "enable-feature": "exemplar-storage", "web.enable-remote-write-receiver": "false" };
    const { failed } = await verifyIn({ ...none, flags });
    assert.match(failed("spanMetrics").causes, /without --web\.enable-remote-write-receiver/);
  });

  it("series of other services arrive", async () => {
    const { failed } = await verifyIn({ ...none, others: { service: "hermes", client: "hermes" }, config: "" });
    assert.match(failed("spanMetrics").causes, /of other services arrive, not that of these spans/);
  });

  it("series arrive that do not say whose they are", async () => {
    const { failed } = await verifyIn({ ...none, others: { span_kind: "SPAN_KIND_SERVER" } });
    const { causes } = failed("spanMetrics");
    assert.match(causes, /none of service, service_name, span_name, only span_kind \(.*intrinsic_dimensions/);
    assert.match(failed("serviceGraph").causes, /none of client, server/);
  });

  it("the spans count in series that are another stack's", async () => {
    const { failed } = await verifyIn({ instance: "tempo.staging/staging/tempo" }, { stack: "prod" });
    for (const check of ["spanMetrics", "serviceGraph"] as const) {
      assert.match(failed(check).what, /no such series in/);
      assert.match(
        failed(check).causes,
        /not this stack's: .*tempo_instance=~"tempo\[\.\]prod.*they have tempo_instance="tempo\.staging\/staging\/tempo".*pulumi up --stack prod/,
      );
    }
    // Of a Tempo that is known by its URLs only, nobody says which are its own.
    const { passed } = await verifyIn({ instance: "tempo.staging/staging/tempo" });
    passed("spanMetrics");
  });

  it("relabelling of the remote write drops them", async () => {
    const counters = {
      'prometheus_remote_storage_samples_dropped_total{reason="dropped_series",tenant="single-tenant"}': 40,
      'prometheus_remote_storage_samples_total{tenant="single-tenant"}': 12,
    };
    const { failed } = await verifyIn({ ...none, counters });
    assert.match(failed("spanMetrics").causes, /drops series before it sends them, 40 samples.*write_relabel_configs/);
  });

  it("native histograms for a Prometheus that takes none", async () => {
    const runtime =
      "defaults:\n  metrics_generator:\n    processors: [span-metrics, service-graphs]\n    generate_native_histograms: native\n";
    const counters = { 'prometheus_remote_storage_samples_retried_total{tenant="single-tenant"}': 40 };
    const flags = { "enable-feature": "exemplar-storage,native-histograms" };
    const [{ failed }, other] = await Promise.all([
      verifyIn({ ...none, runtime, counters }),
      verifyIn({ ...none, runtime, counters, flags }),
    ]);
    assert.match(failed("spanMetrics").causes, /Prometheus runs without --enable-feature=native-histograms/);
    assert.match(other.failed("spanMetrics").causes, /does not reach/);
  });

  it("a time that is too short for them", async () => {
    const { failed } = await verifyIn({ ...none, config: "" }, { ...brief, times: { collections: 60_000 } });
    assert.match(failed("spanMetrics").causes, /^It was waited for .* only/);
  });

  it("takes nothing that came after the trace for what was before it", async () => {
    const { report } = await verifyIn({}, { times: { beforeSending: 0 } });
    assert.deepEqual(ended(report, "failed"), [], JSON.stringify(report, null, 1));
  });

  it("a Tempo that tells nothing of itself: everything that may be", async () => {
    const { failed } = await verifyIn({ ...none, config: "" }, brief);
    assert.equal(failed("spanMetrics").causes.split("\n").length, 3);
  });

  it("exemplars that Prometheus does not keep, or that do not come", async () => {
    const off = await verifyIn({ exemplars: false, flags: { "enable-feature": "" } }, forever);
    assert.match(off.failed("exemplar").causes, /without --enable-feature=exemplar-storage/);
    const { failed } = await verifyIn({ exemplars: false }, brief);
    assert.match(failed("exemplar").causes, /The store keeps none/);
  });
});
