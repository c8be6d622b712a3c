import assert from "node:assert/strict";
import { sumOf } from "../../../bench/tempo/client";
import { probedReady } from "../../../bench/tempo/probe";
import { renderTempo, summarize, type TempoReport } from "../../../bench/tempo/report";
import { median, quantile } from "../../../bench/lib/statistics";

const titles = { ours: "ours", chart: "the chart's", today: "today's" };

describe("bench: figures", () => {
  it("takes quantiles between neighbours", () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.equal(quantile([0, 10], 0.95), 9.5);
    assert.equal(median([]), undefined);
  });

  it("sums a metric over its series, and no other whose name begins alike", () => {
    const page = [
      "# TYPE spans_total counter",
      'spans_total{tenant="a"} 1e+03',
      'spans_total{tenant="b"} 5',
      'spans_total_more{tenant="a"} 7',
      "spans 3",
    ].join("\n");
    assert.equal(sumOf(page, "spans_total"), 1005);
    assert.equal(sumOf(page, "spans_total", 'tenant="b"'), 5);
    assert.equal(sumOf(page, "spans"), 3);
    assert.equal(sumOf(page, "nothing"), 0);
  });

  it("computes when kubelet notices", () => {
    assert.equal(probedReady(0.2, { initialDelay: 1, period: 2 }), 1);
    assert.equal(probedReady(1.5, { initialDelay: 1, period: 2 }), 3);
    assert.equal(probedReady(15.1, { initialDelay: 20, period: 10 }), 20);
    assert.equal(probedReady(20.1, { initialDelay: 20, period: 10 }), 30);
  });
});

describe("bench: report", () => {
  const variants = summarize(
    {
      ours: [{ resident: 100, idleCpu: 0 }, { resident: 300, idleCpu: 0 }, { resident: 200 }],
      chart: [{ resident: 400, idleCpu: 1 }],
    },
    titles,
  );
  const report: TempoReport = {
    version: "2.10.1",
    processors: 2,
    rounds: 3,
    seed: 1,
    load: {
      steady: { rate: 1, seconds: 1 },
      light: { rate: 1, seconds: 1 },
      most: { traces: 1 },
      idleSeconds: 1,
      probes: 1,
    },
    variants,
  };

  it("has runs, median, spread and the ratio to ours", () => {
    assert.deepEqual(variants.ours?.figures.resident, {
      runs: [100, 300, 200],
      median: 200,
      min: 100,
      max: 300,
      ratio: 1,
    });
    assert.equal(variants.chart?.figures.resident?.ratio, 2);
  });

  it("has no ratio to nothing", () => {
    assert.equal(variants.chart?.figures.idleCpu?.ratio, undefined);
    assert.equal(variants.chart?.figures.activeSeries, undefined);
  });

  it("is a table with a row for each figure and a dash for what could not be measured", () => {
    const rows = renderTempo(report).split("\n");
    const row = (start: string): string | undefined => rows.find((text) => text.startsWith(`| ${start}`));
    assert.equal(rows[0], "|  | ours | the chart's |");
    assert.equal(
      row("resident memory, steady"),
      "| resident memory, steady load, MiB ▼ | 200 (100 – 300) | 400 ×2.00 |",
    );
    assert.equal(row("active series"), "| active series ▼ | – | – |");
  });
});
