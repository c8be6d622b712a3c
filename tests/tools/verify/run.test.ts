import assert from "node:assert/strict";
import { CHECKS } from "../../../tools/verify/report";
import { ended, verifyIn } from "./support/run";
import { AUTHORIZATION, sourcesOf, type Answer, type Weather } from "./support/world";
import { grafana, type FakeSource } from "./support/grafana";

/** Two cores that compile something else meanwhile need it, in ms. */
const timeout = 60_000;

/** All goes well, so nothing waits as long as this: a machine that is busy may. */
const patient = { timeout: 30_000 } as const;

describe("verify in a world that is well", function () {
  this.timeout(timeout);

  it("passes every check", async () => {
    const { report, world, progress } = await verifyIn({}, patient);
    assert.deepEqual(
      ended(report, "passed"),
      report.checks.map(({ check }) => check),
      JSON.stringify(report, null, 1),
    );
    assert.equal(report.checks.length, 14);
    assert.deepEqual([report.failed, report.interrupted], [0, false]);
    assert.deepEqual(
      report.traces.map(({ protocol }) => protocol),
      ["http", "grpc"],
    );
    assert.match(report.logLine ?? "", new RegExp(`trace_id=${report.traces[0]?.id ?? "?"} span_id=`));
    // Two traces of two services each, in which the server's span is the client's child.
    assert.equal(world.spans.length, 4);
    for (const { id } of report.traces) {
      const spans = world.spans.filter(({ traceId }) => traceId === id);
      const client = spans.find(({ service }) => service === "pulumi-tempo-verify-client");
      const server = spans.find(({ service }) => service === "pulumi-tempo-verify");
      assert.equal(server?.parentId, client?.spanId);
      assert.equal(client?.parentId, "");
    }
    assert.match(progress, /Span metrics: passed/);
  });

  it("leaves nothing behind but the trace: every other request only reads", async () => {
    const { world } = await verifyIn({}, patient);
    const { otlp, ...others } = world.asked;
    assert.deepEqual(otlp, ["POST /v1/traces"]);
    for (const one of Object.values(others).flat()) assert.match(one, /^GET /);
  });

  it("asks Prometheus through Grafana's data source where no URL of it is given", async () => {
    const { report, world, passed } = await verifyIn({}, { ...patient, without: ["prometheus"] });
    assert.equal(report.failed, 0);
    assert.match(passed("prometheus").what, /Grafana's data source prometheus answers/);
    assert.ok(world.asked.grafana.some((one) => one.includes("/proxy/uid/prometheus/api/v1/query_exemplars")));
  });

  it("passes a Tempo of which the URLs are all that is known", async () => {
    const { report } = await verifyIn({}, { ...patient, without: ["prometheus", "grafana", "otlpGrpc"] });
    assert.deepEqual(ended(report, "passed"), ["queryApi", "otlpHttp", "byId", "search"]);
    assert.deepEqual(ended(report, "failed"), []);
    const why = Object.fromEntries(report.checks.map(({ check, what }) => [check, what]));
    assert.equal(why["otlpGrpc"], "no --otlp-grpc-url is given");
    assert.equal(why["prometheus"], "no --prometheus-url and no --grafana-url is given");
    assert.equal(why["grafana"], "no --grafana-url is given");
  });

  it("takes gRPC alone", async () => {
    const { report, skipped } = await verifyIn({}, { ...patient, without: ["otlp"] });
    assert.deepEqual([ended(report, "failed"), ended(report, "skipped")], [[], ["otlpHttp", "byId"]]);
    assert.equal(skipped("byId").what, "no trace was accepted over HTTP");
  });

  it("passes an older Tempo, other names of labels, and data sources without a test of their own", async () => {
    const weather: Weather = {
      old: true,
      serviceLabel: "service_name",
      config: "",
      sources: (world) => sourcesOf(world).map((source) => ({ ...source, withoutHealth: true })),
    };
    const { report } = await verifyIn(weather, patient);
    assert.deepEqual(ended(report, "failed"), [], JSON.stringify(report, null, 1));
  });

  it("names the tenant where one is given", async () => {
    const { report } = await verifyIn({ tenant: "home" }, { ...patient, orgId: "home", without: ["grafana"] });
    assert.deepEqual(ended(report, "failed"), []);
  });

  it("knows the stack's settings, and that a stack without Prometheus makes no metrics", async () => {
    const { report, skipped } = await verifyIn({}, { ...patient, stack: "local", without: ["grafana"] });
    assert.deepEqual(ended(report, "failed"), []);
    assert.equal(skipped("spanMetrics").what, "the setting prometheus is absent, so Tempo makes none");
    assert.equal(skipped("grafana").what, "the setting grafana is absent");
    assert.equal(report.stack, "local");
  });
});

describe("verify where a trace is not taken", function () {
  this.timeout(timeout);

  it("says that spans were rejected within a success", async () => {
    const { failed, skipped } = await verifyIn({ rejected: { count: 1, message: "span too long" } });
    assert.match(failed("otlpHttp").what, /accepts the request and rejects 1 of its spans: span too long/);
    assert.match(failed("otlpGrpc").what, /rejects 1 of its spans: span too long/);
    assert.equal(skipped("search").what, "no trace was accepted");
    assert.equal(skipped("grafanaTrace").what, "no trace was accepted");
  });

  it("takes a remark beside a success for none", async () => {
    const { passed } = await verifyIn({ rejected: { count: 0, message: "slow down" } });
    passed("otlpHttp");
  });

  it("tells the guard's door from senders that send too much", async () => {
    const limit =
      (bytes: number): Answer =>
      (_, out) => {
        const message = `RATE_LIMITED: ingestion rate limit (local: ${bytes} bytes/s, global: 0 bytes/s, burst: ${bytes} bytes) exceeded while adding 600 bytes`;
        out.writeHead(429, { "content-type": "application/x-protobuf" }).end(message);
      };
    const closed = (await verifyIn({ otlp: limit(1) }, { stack: "prod" })).failed("otlpHttp");
    assert.match(closed.what, /refuses spans for their rate: RATE_LIMITED/);
    assert.match(closed.causes, /the guard of the volume lets nothing in/);
    assert.match(closed.more, /kubectl --context minikube-indri -n monitoring logs tempo-0 -c guard/);
    const busy = (await verifyIn({ otlp: limit(1_000_000) })).failed("otlpHttp");
    assert.match(busy.causes, /Senders send more than the limit of 1000000 bytes\/s/);
    const grpc = {
      code: 8,
      message:
        "RATE_LIMITED: batch size (9 bytes) exceeds ingestion limit (local: 1 bytes/s, global: 0 bytes/s, burst: 1 bytes)",
    };
    assert.match((await verifyIn({ grpc })).failed("otlpGrpc").causes, /the guard of the volume lets nothing in/);
  });

  it("wants the tenant of a Tempo with multi-tenancy", async () => {
    const { failed } = await verifyIn({ tenant: "home" });
    assert.match(failed("otlpHttp").causes, /--org-id TENANT/);
    assert.match(failed("otlpGrpc").causes, /--org-id TENANT/);
  });

  it("reads in Tempo's configuration that there is no receiver, or that it listens to itself only", async () => {
    const config = "target: all\ndistributor:\n  receivers:\n    otlp:\n      protocols:\n        grpc: null\n";
    const refused = { ...urlOf("otlp", 1) };
    const { failed } = await verifyIn({ config }, { urls: refused });
    assert.match(failed("otlpHttp").what, /127\.0\.0\.1:1 refuses the connection/);
    assert.match(failed("otlpHttp").causes, /^Tempo has no receiver for it: .*protocols\.http, only grpc\./);
    const local = config.replace("grpc: null", "http:\n          endpoint: localhost:4318");
    const elsewhere = { otlp: new URL("http://0.0.0.0:2") };
    const other = (await verifyIn({ config: local }, { urls: elsewhere })).failed("otlpHttp");
    assert.match(other.causes, /listens on localhost only.*endpoint must be 0\.0\.0\.0:4318/);
  });

  it("goes on with the trace that was taken", async () => {
    const { report, failed } = await verifyIn({}, { urls: urlOf("otlp", 1) });
    assert.match(failed("otlpHttp").what, /refuses the connection/);
    assert.deepEqual(ended(report, "failed"), ["otlpHttp"]);
    assert.deepEqual(ended(report, "skipped"), ["byId"]);
  });
});

describe("verify where a trace is taken and not found", function () {
  this.timeout(timeout);

  it("another Tempo behind the query URL", async () => {
    const counters = { 'tempo_distributor_spans_received_total{tenant="single-tenant"}': 0 };
    const { failed } = await verifyIn({ found: "none", searchable: false, counters }, { timeout: 1_500 });
    assert.match(failed("byId").what, /^trace [0-9a-f]{32} is not found, .* after it was acknowledged$/);
    assert.match(failed("search").causes, /The Tempo behind the query URL has not received the spans/);
    assert.match(failed("grafanaTrace").causes, /The Tempo behind the query URL has not received the spans/);
    assert.match(failed("byId").causes, /The Tempo behind the query URL has not received the spans/);
  });

  it("a Tempo that received it and threw it away", async () => {
    const counters = { 'tempo_discarded_spans_total{reason="live_traces_exceeded",tenant="single-tenant"}': 4 };
    const { failed } = await verifyIn({ found: "none", searchable: false, counters }, { timeout: 1_500 });
    assert.match(failed("byId").causes, /threw 4 spans away meanwhile: live_traces_exceeded/);
  });

  it("found, and gone when it should have been written: no other check is waited for", async () => {
    const began = Date.now();
    const weather: Weather = {
      ...{ found: "moment", searchable: false, calls: false, edge: false },
      counters: { "tempo_metrics_generator_registry_collections_failed_total{}": 3 },
    };
    const { report, failed } = await verifyIn(weather, { timeout: 20_000, stack: "prod", without: ["grafana"] });
    assert.ok(Date.now() - began < 10_000);
    for (const check of ["byId", "search", "spanMetrics", "serviceGraph"] as const) {
      assert.match(failed(check).causes, /Tempo cannot write its WAL: the volume is full/);
    }
    assert.match(failed("byId").what, /it was found after .* and is gone/);
    assert.match(failed("byId").more, /logs tempo-0 -c tempo --since=15m \| grep -iE 'failed to cut traces/);
    assert.equal(report.checks.find(({ check }) => check === "exemplar")?.status, "skipped");
  });

  it("some of its spans", async () => {
    const { failed } = await verifyIn({ found: "first" }, { timeout: 1_500 });
    assert.match(failed("byId").what, /found 1 of 2 spans/);
    assert.match(failed("byId").causes, /dropped on its way/);
  });

  it("by its ID and not by a search: the clocks", async () => {
    const { report, failed } = await verifyIn({ searchable: false, ahead: 20 * 60_000 }, { timeout: 1_500 });
    assert.equal(report.clockBehind, 1_200_000);
    assert.match(failed("search").causes, /The clock of this machine is 20 min behind the server's/);
  });

  it("by its ID and not by a search: a window that leaves out what is new", async () => {
    const config = "query_frontend:\n  search:\n    query_ingesters_until: 1s\n";
    const { failed } = await verifyIn({ searchable: false, config }, { timeout: 1_500 });
    assert.match(failed("search").causes, /ask the ingester only about the newest 1 s/);
  });

  it("by its ID and not by a search: not written yet, which says nothing about whether it stays", async () => {
    const config = "ingester:\n  trace_idle_period: 10m0s\n  flush_check_period: 10s\n";
    const { failed, passed } = await verifyIn({ searchable: false, config }, { timeout: 1_500 });
    assert.match(failed("search").causes, /once it is in the WAL.*10 min and 10 s here/);
    assert.match(passed("byId").what, /Tempo writes them later than there is time to look/);
  });

  it("a Tempo that is not ready", async () => {
    const { report, failed, skipped } = await verifyIn({ ready: "Ingester not ready: waiting for 15s" });
    assert.match(failed("queryApi").what, /Tempo is not ready: Ingester not ready/);
    assert.deepEqual(ended(report, "failed"), ["queryApi"]);
    assert.match(failed("queryApi").more, /curl .*\/status\/services/);
    assert.equal(skipped("byId").what, "the query API does not answer as it should, see above");
  });

  it("a search that is not passed on, and a query by ID that takes too long", async () => {
    const { failed } = await verifyIn(
      {
        query: (request, out) => {
          if (request.url?.startsWith("/api/search") === true) out.writeHead(404).end("404 page not found");
          else if (request.url?.includes("/traces/") !== true) out.end("echo");
        },
      },
      { times: { request: 500 } },
    );
    assert.match(failed("search").what, /answers, but 404 below \/api\/search/);
    assert.match(failed("search").causes, /passes on some of its paths only/);
    assert.match(failed("byId").what, /^the query by ID: no answer within 0.5 s/);
    assert.match(failed("byId").causes, /its queriers or its storage are slow/);
  });

  it("a search that Tempo refuses", async () => {
    const { failed } = await verifyIn({
      query: (request, out) => {
        if (request.url?.startsWith("/api/search") === true) out.writeHead(400).end("range exceeds 168h0m0s");
        else out.end("echo");
      },
    });
    assert.match(failed("search").what, /refuses the search: range exceeds 168h0m0s/);
  });
});

describe("verify where metrics do not come", function () {
  this.timeout(timeout);
  const none: Weather = { calls: false, edge: false };

  it("the generator's processors are off: known before the time is over", async () => {
    const runtime = "defaults:\n  metrics_generator:\n    processors: []\n";
    const began = Date.now();
    const { failed, skipped } = await verifyIn({ ...none, runtime }, { stack: "prod", timeout: 30_000 });
    assert.ok(Date.now() - began < 15_000);
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
    const strange = await verifyIn({ ...none, counters, config: filtering("GET /") });
    assert.match(strange.failed("spanMetrics").causes, /left 4 spans out: span_metrics_filtered .*filter_policies/);
    const ours = await verifyIn({ ...none, counters, config: filtering("in queue") });
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
    const nowhere = await verifyIn({ ...none, config: empty + processors });
    assert.match(nowhere.failed("spanMetrics").causes, /remote_write is empty/);
    const sent = (what: string, count: number): Record<string, number> => ({
      [`prometheus_remote_storage_samples_${what}{tenant="single-tenant"}`]: count,
    });
    const cause = async (counters: Record<string, number>): Promise<string> =>
      (await verifyIn({ ...none, counters })).failed("spanMetrics").causes;
    assert.match(await cause(sent("retried_total", 3)), /does not reach http:\/\/prometheus:9090\/api\/v1\/write/);
    assert.match(await cause(sent("failed_total", 30)), /refuses what the generator sends: 30 samples are lost/);
    const other = await cause(sent("total", 40));
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
    const { failed } = await verifyIn({ ...none, runtime, counters });
    assert.match(failed("spanMetrics").causes, /Prometheus runs without --enable-feature=native-histograms/);
    const flags = { "enable-feature": "exemplar-storage,native-histograms" };
    const other = await verifyIn({ ...none, runtime, counters, flags });
    assert.match(other.failed("spanMetrics").causes, /does not reach/);
  });

  it("a time that is too short for them", async () => {
    const { failed } = await verifyIn({ ...none, config: "" }, { timeout: 1_500, times: { collections: 60_000 } });
    assert.match(failed("spanMetrics").causes, /^It was waited for .* only/);
  });

  it("takes nothing that came after the trace for what was before it", async () => {
    const { report } = await verifyIn({}, { times: { beforeSending: 0 } });
    assert.deepEqual(ended(report, "failed"), [], JSON.stringify(report, null, 1));
  });

  it("a Tempo that tells nothing of itself: everything that may be", async () => {
    const { failed } = await verifyIn({ ...none, config: "" }, { timeout: 1_500 });
    assert.equal(failed("spanMetrics").causes.split("\n").length, 3);
  });

  it("exemplars that Prometheus does not keep, or that do not come", async () => {
    const off = await verifyIn({ exemplars: false, flags: { "enable-feature": "" } }, { timeout: 20_000 });
    assert.match(off.failed("exemplar").causes, /without --enable-feature=exemplar-storage/);
    const { failed } = await verifyIn({ exemplars: false }, { timeout: 1_500 });
    assert.match(failed("exemplar").causes, /The store keeps none/);
  });
});

describe("verify where Grafana leads astray", function () {
  this.timeout(timeout);

  /** A world whose data sources are changed. */
  const changed =
    (uid: string, change: Partial<FakeSource>): NonNullable<Weather["sources"]> =>
    (world) =>
      sourcesOf(world).map((source) => (source.uid === uid ? { ...source, ...change } : source));

  it("a wrong URL of the data source", async () => {
    const { report, failed } = await verifyIn({ sources: changed("tempo", { url: "http://127.0.0.1:2" }) });
    assert.match(failed("grafana").what, /at http:\/\/127\.0\.0\.1:2: its own test says: .*ECONNREFUSED/);
    assert.match(failed("grafanaTrace").what, /through Grafana it answers 502/);
    assert.deepEqual(ended(report, "failed"), ["grafana", "grafanaTrace"]);
  });

  it("a data source whose test ends after everything else", async () => {
    const { report, failed } = await verifyIn({
      sources: changed("tempo", { url: "http://127.0.0.1:2", testTakes: 1_500 }),
    });
    assert.match(failed("grafana").what, /its own test says: .*ECONNREFUSED/);
    assert.deepEqual([report.failed, report.checks.length], [2, Object.keys(CHECKS).length]);
  });

  it("a data source of another Tempo", async () => {
    const other = await verifyIn(
      {
        sources: (world) =>
          sourcesOf(world).map((one) => (one.uid === "tempo" ? { ...one, url: world.prometheus } : one)),
      },
      { timeout: 1_500 },
    );
    assert.match(other.failed("grafana").what, /status 404/);
  });

  it("a uid that is not there, or another type's", async () => {
    const gone = await verifyIn(
      { sources: changed("tempo", { uid: "P1809F7CD0C75ACF3" }) },
      { uids: { tempo: "tempo" } },
    );
    assert.match(gone.failed("grafana").what, /no data source with the uid tempo/);
    assert.match(gone.failed("grafana").causes, /Of the type tempo it has P1809F7CD0C75ACF3 \("Tempo"\)/);
    const type = await verifyIn({ sources: changed("tempo", { type: "jaeger" }) }, { uids: { tempo: "tempo" } });
    assert.match(type.failed("grafana").what, /is of the type jaeger, not tempo/);
  });

  it("finds the only one of its type without a uid, and asks where there are several", async () => {
    const only = await verifyIn({ sources: changed("tempo", { uid: "other" }) });
    assert.match(only.passed("grafanaTrace").what, /other/);
    const several = await verifyIn({
      sources: (world) => [
        ...sourcesOf(world).map((one) => ({ ...one, uid: `${one.uid}-1` })),
        { uid: "tempo-2", name: "Tempo 2", type: "tempo", url: world.query },
      ],
    });
    assert.match(several.failed("grafana").what, /several data sources of the type tempo: tempo-1 .*tempo-2/);
    assert.match(several.failed("grafana").causes, /--tempo-uid UID/);
  });

  it("a credential that it does not know, or that may not read", async () => {
    const { failed, skipped } = await verifyIn({}, { auth: "glsa_wrong_token" });
    assert.match(failed("grafana").causes, /does not know the credential in \$GRAFANA_AUTH/);
    assert.equal(skipped("derivedField").what, "Grafana is not asked, see above");
    const state = { sources: [], authorization: AUTHORIZATION, viewer: "Bearer viewer" };
    const viewer = await verifyIn({ grafana: grafana(() => state) }, { auth: "viewer" });
    assert.match(viewer.failed("grafana").causes, /the role Admin/);
  });

  it("no derived fields: where to take them from", async () => {
    const { failed } = await verifyIn({ sources: changed("loki", { jsonData: {} }) }, { stack: "prod" });
    assert.match(failed("derivedField").what, /has no derived fields/);
    assert.match(
      failed("derivedField").more,
      /pulumi stack output grafanaProvisioning --json --stack prod \| jq -r \.loki/,
    );
  });

  it("Tempo with multi-tenancy behind a data source without a tenant", async () => {
    const { failed, report } = await verifyIn({ tenant: "home" }, { orgId: "home" });
    assert.deepEqual(ended(report, "failed"), ["grafanaTrace"]);
    assert.match(failed("grafanaTrace").causes, /sends no header X-Scope-OrgID/);
  });
});

describe("verify of the disk", function () {
  this.timeout(timeout);

  it("is judged by what is scraped", async () => {
    const figures = [["tempo_volume_used_bytes", undefined]] as const;
    const target = { labels: { job: "tempo-guard" }, scrapeUrl: "http://10.0.0.1:3201/metrics" };
    const given = { stack: "prod", without: ["grafana"] } as const;
    const down = { ...target, health: "down", lastError: "server returned HTTP status 404 Not Found" };
    const isDown = (await verifyIn({ figures, targets: [down] }, given)).failed("disk");
    assert.match(isDown.what, /no tempo_volume_used_bytes of the guard/);
    assert.match(
      isDown.causes,
      /The target http:\/\/10\.0\.0\.1:3201\/metrics is down: server returned HTTP status 404/,
    );
    const none = (await verifyIn({ figures }, given)).failed("disk");
    assert.match(
      none.causes,
      /no target for tempo-guard\.monitoring\.svc\.cluster\.local:3201\/metrics\/.*prometheusScrapeConfig/,
    );
    const up = { ...target, health: "up", lastError: "" };
    assert.match(
      (await verifyIn({ figures, targets: [up] }, given)).failed("disk").causes,
      /is up, but has no such metric/,
    );
  });

  it("is skipped where nobody shall scrape", async () => {
    const figures = [["tempo_volume_used_bytes", undefined]] as const;
    const settings = { scrape: { method: "none" } };
    const { skipped } = await verifyIn({ figures }, { stack: "prod", settings, without: ["grafana"] });
    assert.match(skipped("disk").what, /scrape\.method is none/);
  });
});

describe("verify that ends early", function () {
  this.timeout(timeout);

  it("at its deadline, whatever hangs", async () => {
    const hang = (): void => undefined;
    const began = Date.now();
    const all: Weather = { otlp: hang, query: hang, prometheus: hang, grafana: hang };
    const { report } = await verifyIn(all, { timeout: 2_000, times: { request: 60_000, export: 60_000 } });
    assert.ok(Date.now() - began < 6_000, `${Date.now() - began}`);
    assert.deepEqual(ended(report, "failed"), ["queryApi", "otlpHttp", "prometheus", "grafana"]);
  });

  it("when it is interrupted, with what is known by then", async () => {
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort(new Error("interrupted"));
    }, 700);
    const began = Date.now();
    const { report } = await verifyIn(
      { calls: false, config: "" },
      { timeout: 60_000, interrupt: controller.signal, times: { patience: 60_000 } },
    );
    assert.ok(Date.now() - began < 10_000);
    assert.deepEqual([report.interrupted, report.failed], [true, 0], JSON.stringify(report, null, 1));
    assert.equal(report.checks.find(({ check }) => check === "spanMetrics")?.what, "interrupted");
    assert.equal(report.checks.length, 14);
  });
});

function urlOf(part: "otlp", port: number): { otlp: URL } {
  return { [part]: new URL(`http://127.0.0.1:${port}`) };
}
