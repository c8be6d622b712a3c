import assert from "node:assert/strict";
import { describePrometheus } from "./describePrometheus";
import { promtoolCheckRules, promtoolTestRules, type Prometheus } from "./prometheus";
import { readSeries, states, toOpenMetrics, writeSeries, type State } from "./series";

describe("series", () => {
  const text = 'start 60 step 30\nup{job="tempo"} 1x2 0 _x2 NaN _ 5\n';

  it("reads and writes gaps and repetitions", () => {
    const capture = readSeries(text);
    assert.deepEqual(capture.series[0]?.values, ["1", "1", "1", "0", undefined, undefined, "NaN", undefined, "5"]);
    assert.equal(writeSeries(capture), text);
  });

  it("gives OpenMetrics a time for each value and nothing for a gap", () => {
    assert.equal(
      toOpenMetrics(readSeries('start 60 step 30\nup{job="tempo"} 1 _ 0\n')),
      'up{job="tempo"} 1 60\nup{job="tempo"} 0 120\n# EOF\n',
    );
  });

  it("refuses a text without a header and a line without a series", () => {
    assert.throws(() => readSeries("up{} 1\n"), /start <seconds> step <seconds>/);
    assert.throws(() => readSeries("start 0 step 30\nup 1\n"), /no series in "up 1"/);
  });
});

describePrometheus("prometheus", states, (server) => {
  it("holds the newest values of each state", async () => {
    for (const state of states) {
      const [up] = await server(state).query('up{job="tempo"}');
      assert.equal(up?.value, state === "down" ? 0 : 1, state);
    }
  });

  it("tells the states apart: spans arrive, arrived once, never arrived", async () => {
    const received = "sum(rate(tempo_distributor_spans_received_total[5m]))";
    assert.ok(((await server("loaded").query(received))[0]?.value ?? 0) > 5);
    assert.equal((await server("quiet").query(received))[0]?.value, 0);
    assert.deepEqual(await server("fresh").query(received), []);
    assert.deepEqual(await server("quiet").query("traces_spanmetrics_calls_total"), []);
    assert.equal((await server("idle").query("sum(rate(traces_spanmetrics_calls_total[5m]))"))[0]?.value, 0);
  });

  // "Over ten minutes" is all of a capture; `max_over_time` where the counter appears with its first event.
  const troubles: [State, string][] = [
    ["trouble", 'max_over_time(tempo_discarded_spans_total{reason="rate_limited"}[10m])'],
    ["trouble", 'increase(tempo_discarded_spans_total{reason="live_traces_exceeded"}[10m])'],
    ["trouble", 'increase(tempo_discarded_spans_total{reason="trace_too_large"}[10m])'],
    ["trouble", "increase(tempo_receiver_refused_spans[10m])"],
    ["trouble", "increase(tempo_metrics_generator_registry_series_limited_total[10m])"],
    ["trouble", 'count(traces_spanmetrics_calls_total{metric_overflow="true"})'],
    ["trouble", "increase(tempo_ingester_failed_flushes_total[10m])"],
    ["trouble", "increase(prometheus_remote_storage_samples_failed_total[10m])"],
    ["trouble", "increase(prometheus_remote_storage_samples_retried_total[10m])"],
    ["corrupt", "increase(tempodb_compaction_errors_total[10m])"],
    ["corrupt", "max_over_time(tempodb_blocklist_poll_errors_total[10m])"],
    ["corrupt", "increase(tempodb_retention_errors_total[10m])"],
  ];
  for (const [state, expression] of troubles) {
    it(`shows in "${state}" and not in "loaded": ${expression}`, async () => {
      assert.ok((await greatest(server(state), expression)) > 0);
      assert.equal(await greatest(server("loaded"), expression), 0);
    });
  }

  it("answers numbers and ranges", async () => {
    assert.deepEqual(await server("fresh").query("1 + 1"), [{ labels: {}, value: 2 }]);
    assert.equal((await server("fresh").query("time()"))[0]?.value, server("fresh").lastTime);
    const [up] = await server("loaded").queryRange("up");
    assert.ok((up?.values.length ?? 0) > 10);
    assert.ok(up?.values.every(([, value]) => value === 1));
  });

  it("parses, and says what is wrong", async () => {
    assert.equal(await server("fresh").parse("sum( up )"), "sum(up)");
    await assert.rejects(server("fresh").parse("sum(up"), /unclosed left parenthesis in: sum\(up/);
    await assert.rejects(server("fresh").query("rate(up)"), /expected type range vector/);
  });

  const rules = 'groups: [{ name: tempo, rules: [{ alert: Down, expr: "up == 0", for: 1m }] }]';
  const tests = (expected: string) => `
rule_files: [rules.yaml]
tests:
  - interval: 30s
    input_series: [{ series: 'up{job="tempo"}', values: "0x10" }]
    alert_rule_test: [{ eval_time: 2m, alertname: Down, exp_alerts: ${expected} }]`;

  it("runs promtool's unit tests of rules, which can fail", async () => {
    const firing = "[{ exp_labels: { job: tempo } }]";
    assert.equal((await promtoolTestRules(tests(firing), { "rules.yaml": rules })).passed, true);
    const { passed, output } = await promtoolTestRules(tests("[]"), { "rules.yaml": rules });
    assert.equal(passed, false);
    assert.match(output, /alertname: Down/);
  });

  it("checks rules", async () => {
    assert.equal((await promtoolCheckRules(rules)).passed, true);
    assert.equal((await promtoolCheckRules(rules.replace("up == 0", "up =="))).passed, false);
  });
});

/** The greatest value of an expression; 0 where it returns nothing. */
async function greatest(prometheus: Prometheus, expression: string): Promise<number> {
  return Math.max(0, ...(await prometheus.query(expression)).map(({ value }) => value));
}
