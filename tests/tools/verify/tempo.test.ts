import assert from "node:assert/strict";
import {
  goMs,
  grown,
  processorOn,
  reasons,
  remoteWrites,
  formatDuration,
  type Evidence,
} from "../../../tools/verify/lib/evidence";
import { Clock } from "../../../tools/verify/lib/clock";
import { baselineOf, counted } from "../../../tools/verify/lib/series";
import { parseMetrics, spanIdsOf, traceIdsOf, traceOfRun } from "../../../tools/verify/lib/tempo";
import { assertPromQL } from "../../support/promql";
import * as series from "../../../tools/verify/lib/series";
import { assertTraceQL } from "../../support/traceql";
import { DEFAULT_TEMPO } from "../../../components/versions";
import { ANYBODY } from "../../support/anybody";

const page = (text: string): Evidence["after"] => parseMetrics(text);

describe("what Tempo answers", () => {
  it("a trace by the newer and the older API, and none", () => {
    const id = "00f067aa0ba902b7";
    const spans = [{ spanId: Buffer.from(id, "hex").toString("base64") }, { spanId: "a3ce929d0e0e4736" }];
    const resourceSpans = [{ scopeSpans: [{ spans }] }];
    const both = new Set([id, "a3ce929d0e0e4736"]);
    const ids = (body: unknown) => spanIdsOf({ status: 200, text: JSON.stringify(body), headers: {} });
    assert.deepEqual(ids({ trace: { resourceSpans } }), both);
    assert.deepEqual(ids({ batches: resourceSpans }), both);
    assert.deepEqual(ids({ batches: [{ instrumentationLibrarySpans: [{ spans }] }] }), both);
    assert.deepEqual(ids({ trace: {}, metrics: {} }), new Set());
    assert.equal(spanIdsOf({ status: 200, text: "<html>", headers: {} }), undefined);
  });

  it("a search with the zeros that it leaves out", () => {
    const found = (text: string) => traceIdsOf({ status: 200, text, headers: {} });
    assert.deepEqual(found('{"traces":[{"traceID":"67aa0ba902b7"}]}'), [
      "0000000000000000000067aa0ba902b7".padStart(32, "0"),
    ]);
    assert.deepEqual(found('{"metrics":{}}'), []);
    assert.equal(found("no"), undefined);
  });

  it("its metrics, by their sums and labels", () => {
    const metrics = parseMetrics(
      '# TYPE a counter\na{x="1",reason="late"} 2\na{x="2",reason="big"} 1.5e+01\nab 7\nb 1\n',
    );
    assert.deepEqual([metrics.sum("a"), metrics.sum("a", 'x="1"'), metrics.sum("c")], [17, 2, undefined]);
    assert.deepEqual(
      [...metrics.by("a", "reason")],
      [
        ["late", 2],
        ["big", 15],
      ],
    );
  });
});

describe("what changed between two looks at Tempo", () => {
  const rest = { version: DEFAULT_TEMPO, config: undefined, behind: 0, tenant: "single-tenant", sent: 4 };

  it("is the growth of a counter, that was perhaps not there, and begins anew with a restart", () => {
    const at = (start: number, count?: number) =>
      page(`process_start_time_seconds ${start}\n${count === undefined ? "" : `c{reason="x"} ${count}\n`}`);
    assert.equal(grown({ ...rest, before: at(1, 3), after: at(1, 5) }, "c"), 2);
    assert.equal(grown({ ...rest, before: at(1), after: at(1, 5) }, "c"), 5);
    assert.equal(grown({ ...rest, before: at(1, 9), after: at(2, 5) }, "c"), 5);
    assert.equal(grown({ ...rest, before: undefined, after: at(1, 5) }, "c"), undefined);
    assert.deepEqual(reasons({ ...rest, before: at(1, 3), after: at(1, 5) }, "c"), [["x", 2]]);
    assert.deepEqual(reasons({ ...rest, before: at(1, 3), after: at(1, 3) }, "c"), []);
  });

  it("knows a processor by its metric, or by the configuration", () => {
    const evidence = { ...rest, before: undefined, after: page("x 1\n") };
    assert.equal(processorOn(evidence, "span-metrics"), undefined);
    const config = {
      runtime: {},
      overrides: { defaults: { metrics_generator: { processors: ["span-metrics-latency"] } } },
    };
    assert.equal(processorOn({ ...evidence, config }, "span-metrics"), true);
    assert.equal(processorOn({ ...evidence, config }, "service-graphs"), false);
    const after = page('tempo_metrics_generator_active_processors{processor="service-graphs",tenant="t"} 1\n');
    assert.equal(processorOn({ ...evidence, after, config }, "service-graphs"), true);
  });

  it("shows no credentials of a remote write", () => {
    const config = {
      runtime: {},
      metrics_generator: { storage: { remote_write: [{ url: "https://u:p@mimir/push" }] } },
    };
    assert.deepEqual(remoteWrites({ ...rest, before: undefined, after: undefined, config }), ["https://mimir/push"]);
  });
});

describe("times", () => {
  it("of Go, and in words", () => {
    assert.deepEqual(["12h0m0s", "1m30s", "500ms", "0s", "soon", 5].map(goMs), [
      43_200_000,
      90_000,
      500,
      0,
      undefined,
      undefined,
    ]);
    assert.deepEqual([40, 1_250, 90_000, 1_200_000, 86_400_000, -20_000].map(formatDuration), [
      "40 ms",
      "1.3 s",
      "90 s",
      "20 min",
      "24 h",
      "20 s",
    ]);
  });

  it("of a server's clock, where the header tells them apart", () => {
    const clock = new Clock();
    assert.equal(clock.behind, undefined);
    clock.note(undefined, 0, 1);
    clock.note("never", 0, 1);
    assert.equal(clock.behind, undefined);
    const now = Date.UTC(2026, 2, 2, 8, 0, 0);
    clock.note(new Date(now + 1_000).toUTCString(), now, now + 100);
    assert.equal(clock.behind, 0);
    const late = new Clock();
    // The slow answer says less than the quick one.
    late.note(new Date(now + 90_000).toUTCString(), now, now + 60_000);
    late.note(new Date(now + 1_200_000).toUTCString(), now, now + 100);
    assert.equal(late.behind, 1_200_000);
    const ahead = new Clock();
    ahead.note(new Date(now - 30_000).toUTCString(), now, now + 100);
    assert.ok((ahead.behind ?? 0) < -28_000);
  });
});

describe("queries of verify", () => {
  it("parse", () => {
    const { callsOfServer, exemplarSelectors, edge, callsOfAnybody, edgesOfAnybody } = series;
    for (const spans of [[], ['tempo_instance="tempo.prod/monitoring/tempo"']]) {
      const own = { ...ANYBODY, spans };
      const ofServer = [callsOfServer, exemplarSelectors, edge].flatMap((queries) => queries(own));
      for (const query of [...ofServer, callsOfAnybody, edgesOfAnybody(own)]) assertPromQL(query);
      for (const query of ofServer) for (const condition of spans) assert.ok(query.includes(condition), query);
    }
    assertTraceQL(traceOfRun("pulumi-tempo-verify", "7d0f2cfc-7c3e-4f36-8a6c-2f4a47f4e0c9"));
  });
});

describe("a counter of this run among those of earlier ones", () => {
  const one = (...samples: [time: number, value: number][]) => [
    { labels: { a: "1" }, samples: samples.map(([time, value]) => ({ time, value })) },
  ];

  it("has counted when it has grown, is new, or has begun anew", () => {
    const before = baselineOf(one([10, 3]));
    assert.equal(counted(one([10, 3]), before), false);
    assert.equal(counted(one([10, 3], [25, 3]), before), false);
    assert.equal(counted(one([10, 3], [25, 4]), before), true);
    assert.equal(counted(one([10, 3], [25, 1]), before), true);
    assert.equal(counted(one([25, 0]), new Map()), false);
    assert.equal(counted(one([25, 0], [26, 1]), new Map()), true);
    assert.equal(counted([], before), false);
  });

  it("is compared with what was before the trace, where nobody looked then", () => {
    const samples = one([10, 3], [25, 4]);
    assert.equal(counted(samples, baselineOf(samples, 12)), true);
    assert.equal(counted(samples, baselineOf(samples, 30)), false);
  });
});
