import assert from "node:assert/strict";
import { ended, forever, NEVER, verifyIn } from "./support/run";
import { sourcesOf, type Answer, type Weather } from "./support/world";

describe("verify in a world that is well", function () {
  it("passes every check", async () => {
    const { report, world, progress } = await verifyIn({}, forever);
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
    const { world } = await verifyIn({}, forever);
    const { otlp, ...others } = world.asked;
    assert.deepEqual(otlp, ["POST /v1/traces"]);
    for (const one of Object.values(others).flat()) assert.match(one, /^GET /);
  });

  it("asks Prometheus through Grafana's data source where no URL of it is given", async () => {
    const { report, world, passed } = await verifyIn({}, { ...forever, without: ["prometheus"] });
    assert.equal(report.failed, 0);
    assert.match(passed("prometheus").what, /Grafana's data source prometheus answers/);
    assert.ok(world.asked.grafana.some((one) => one.includes("/proxy/uid/prometheus/api/v1/query_exemplars")));
  });

  it("passes a Tempo of which the URLs are all that is known", async () => {
    const { report } = await verifyIn({}, { ...forever, without: ["prometheus", "grafana", "otlpGrpc"] });
    assert.deepEqual(ended(report, "passed"), ["queryApi", "otlpHttp", "byId", "search"]);
    assert.deepEqual(ended(report, "failed"), []);
    const why = Object.fromEntries(report.checks.map(({ check, what }) => [check, what]));
    assert.equal(why["otlpGrpc"], "no --otlp-grpc-url is given");
    assert.equal(why["prometheus"], "no --prometheus-url and no --grafana-url is given");
    assert.equal(why["grafana"], "no --grafana-url is given");
  });

  it("takes gRPC alone", async () => {
    const { report, skipped } = await verifyIn({}, { ...forever, without: ["otlp"] });
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
    const { report } = await verifyIn(weather, forever);
    assert.deepEqual(ended(report, "failed"), [], JSON.stringify(report, null, 1));
  });

  it("names the tenant where one is given", async () => {
    const { report } = await verifyIn({ tenant: "home" }, { ...forever, orgId: "home", without: ["grafana"] });
    assert.deepEqual(ended(report, "failed"), []);
  });

  it("knows the stack's settings, and that a stack without Prometheus makes no metrics", async () => {
    const { report, skipped } = await verifyIn({}, { ...forever, stack: "local", without: ["grafana"] });
    assert.deepEqual(ended(report, "failed"), []);
    assert.equal(skipped("spanMetrics").what, "the setting prometheus is absent, so Tempo makes none");
    assert.equal(skipped("grafana").what, "the setting grafana is absent");
    assert.equal(report.stack, "local");
  });
});

describe("verify where a trace is not taken", function () {
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
    const grpc = {
      code: 8,
      message:
        "RATE_LIMITED: batch size (9 bytes) exceeds ingestion limit (local: 1 bytes/s, global: 0 bytes/s, burst: 1 bytes)",
    };
    const [ofGuard, ofLimit, ofGrpc] = await Promise.all([
      verifyIn({ otlp: limit(1) }, { stack: "prod" }),
      verifyIn({ otlp: limit(1_000_000) }),
      verifyIn({ grpc }),
    ]);
    const closed = ofGuard.failed("otlpHttp");
    assert.match(closed.what, /refuses spans for their rate: RATE_LIMITED/);
    assert.match(closed.causes, /the guard of the volume lets nothing in/);
    assert.match(closed.more, /kubectl --context minikube-indri -n monitoring logs tempo-0 -c guard/);
    const busy = ofLimit.failed("otlpHttp");
    assert.match(busy.causes, /Senders send more than the limit of 1000000 bytes\/s/);
    assert.match(ofGrpc.failed("otlpGrpc").causes, /the guard of the volume lets nothing in/);
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

describe("verify of the disk", function () {
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
  it("at its deadline, whatever hangs", async () => {
    const hang = (): void => undefined;
    const all: Weather = { otlp: hang, query: hang, prometheus: hang, grafana: hang };
    const { report } = await verifyIn(all, {
      timeout: 4_000,
      times: { request: NEVER, export: NEVER, beforeSending: 1_000 },
    });
    assert.deepEqual(ended(report, "failed"), ["queryApi", "otlpHttp", "prometheus", "grafana"]);
  });

  it("when it is interrupted, with what is known by then", async () => {
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort(new Error("interrupted"));
    }, 700);
    const { report } = await verifyIn(
      { calls: false, config: "" },
      { ...forever, interrupt: controller.signal, times: { patience: NEVER } },
    );
    assert.deepEqual([report.interrupted, report.failed], [true, 0], JSON.stringify(report, null, 1));
    assert.equal(report.checks.find(({ check }) => check === "spanMetrics")?.what, "interrupted");
    assert.equal(report.checks.length, 14);
  });
});

function urlOf(part: "otlp", port: number): { otlp: URL } {
  return { [part]: new URL(`http://127.0.0.1:${port}`) };
}
