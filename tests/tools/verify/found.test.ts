import assert from "node:assert/strict";
import { ended, forever, verifyIn } from "./support/run";
import type { Weather } from "./support/world";

/** Something is waited for in vain, for as long as this: what shall be found is found in a fraction of it. */
const brief = { wait: 2_000 } as const;

describe("verify where a trace is taken and not found", function () {
  it("another Tempo behind the query URL", async () => {
    const counters = { 'tempo_distributor_spans_received_total{tenant="single-tenant"}': 0 };
    const { failed } = await verifyIn({ found: "none", searchable: false, counters }, brief);
    assert.match(failed("byId").what, /^trace [0-9a-f]{32} is not found, .* after it was acknowledged$/);
    assert.match(failed("search").causes, /The Tempo behind the query URL has not received the spans/);
    assert.match(failed("grafanaTrace").causes, /The Tempo behind the query URL has not received the spans/);
    assert.match(failed("byId").causes, /The Tempo behind the query URL has not received the spans/);
  });

  it("a Tempo that received it and threw it away", async () => {
    const counters = { 'tempo_discarded_spans_total{reason="live_traces_exceeded",tenant="single-tenant"}': 4 };
    const { failed } = await verifyIn({ found: "none", searchable: false, counters }, brief);
    assert.match(failed("byId").causes, /threw 4 spans away meanwhile: live_traces_exceeded/);
  });

  it("found, and gone when it should have been written: no other check is waited for", async () => {
    const weather: Weather = {
      ...{ found: "moment", searchable: false, calls: false, edge: false },
      counters: { "tempo_metrics_generator_registry_collections_failed_total{}": 3 },
    };
    const { report, failed } = await verifyIn(weather, { ...forever, stack: "prod", without: ["grafana"] });
    for (const check of ["byId", "search", "spanMetrics", "serviceGraph"] as const) {
      assert.match(failed(check).causes, /Tempo cannot write its WAL: the volume is full/);
    }
    assert.match(failed("byId").what, /it was found after .* and is gone/);
    assert.match(failed("byId").more, /logs tempo-0 -c tempo --since=15m \| grep -iE 'failed to cut traces/);
    assert.equal(report.checks.find(({ check }) => check === "exemplar")?.status, "skipped");
  });

  it("some of its spans", async () => {
    const { failed } = await verifyIn({ found: "first" }, brief);
    assert.match(failed("byId").what, /found 1 of 2 spans/);
    assert.match(failed("byId").causes, /dropped on its way/);
  });

  it("by its ID and not by a search: the clocks", async () => {
    const { report, failed } = await verifyIn({ searchable: false, ahead: 20 * 60_000 }, brief);
    assert.equal(report.clockBehind, 1_200_000);
    assert.match(failed("search").causes, /The clock of this machine is 20 min behind the server's/);
  });

  it("by its ID and not by a search: a window that leaves out what is new", async () => {
    const config = "query_frontend:\n  search:\n    query_ingesters_until: 1s\n";
    const { failed } = await verifyIn({ searchable: false, config }, brief);
    assert.match(failed("search").causes, /ask the ingester only about the newest 1 s/);
  });

  it("by its ID and not by a search: not written yet, which says nothing about whether it stays", async () => {
    const config = "ingester:\n  trace_idle_period: 10m0s\n  flush_check_period: 10s\n";
    const { failed, passed } = await verifyIn({ searchable: false, config }, brief);
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
      { times: { request: 500, beforeSending: 1_000 }, wait: 15_000 },
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
