/** Expressions and alerts of the collector on what a real one wrote to Prometheus. */
import assert from "node:assert/strict";
import { conditionOf } from "../../../components/grafana/alerts/prometheus";
import * as collectors from "../../../components/grafana/queries/collector";
import { sectionOf, type Changes } from "../../stack/program/stacks";
import { describePrometheus } from "../../support/describePrometheus";
import { substituteVariables } from "../../support/grafanaVariables";
import { readState, type State } from "../../support/series";
import { rulesOf } from "./support/alerts";
import { LISTED, UNGUARDED } from "./support/collector";
import { REMEMBERED, suites } from "./support/collectorScenarios";
import { contentsOf, dashboardExpressions, OWNER } from "./support/expressions";

const section = sectionOf("prod", "collector");
/** How the collector is named there. */
const prod = { name: "tempo-collector", namespace: "alloy", clusterName: "ringtail", owner: OWNER };
const VARIABLES = { __rate_interval: "2m" };

/** The collector of the captures: one instance of Beyla for all services, since all of them ignore the same routes. */
const CAPTURED: Changes = {
  ...UNGUARDED,
  collector: {
    ...section,
    services: (section["services"] as object[]).map((one) => ({ ...one, ignoredRoutes: ["/healthz"] })),
  },
};
const STATES = ["collector", "collector-outage", "collector-lost", "collector-gone"] as const;

describePrometheus("the collector on what a real one wrote", STATES, (server) => {
  const captured = contentsOf("prod", CAPTURED);
  const panels = dashboardExpressions(captured)
    .filter(({ where }) => where.startsWith("dashboard Collector,"))
    .map((expression) => ({ ...expression, expr: substituteVariables(expression.expr, VARIABLES) }));
  const rules = rulesOf(CAPTURED).flatMap((group) =>
    group.rules.filter(({ key }) => group.name === "Collector" || key === "source-silent"),
  );

  /** Rules whose condition is true at any time from some seconds before the end on, by their keys. */
  async function trueIn(state: State, seconds = Infinity): Promise<string[]> {
    const keys: string[] = [];
    const { lastTime } = server(state);
    const range = seconds === Infinity ? {} : { start: lastTime - seconds };
    for (const rule of rules) {
      if ((await server(state).queryRange(conditionOf(rule.sent), range)).length > 0) keys.push(rule.key);
    }
    return keys;
  }

  for (const state of ["collector", "collector-outage", "collector-lost"] as const) {
    it(`has numbers for everything that is shown, with the labels that a legend names, on ${state}`, async () => {
      assert.ok(panels.length > 20);
      for (const { where, expr, legend = "" } of panels) {
        const answer = await server(state).query(expr);
        assert.ok(answer.length > 0, `${where} returns nothing: ${expr}`);
        const named = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? "");
        for (const { labels, value } of answer) {
          assert.ok(Number.isFinite(value), `${where}: ${value}`);
          assert.deepEqual(Object.keys(labels).sort(), named.sort(), where);
        }
      }
    });

    it(`has a number for each alert, with the labels that its texts name, on ${state}`, async () => {
      for (const rule of rules) {
        const answer = await server(state).query(rule.query);
        assert.ok(answer.length > 0, rule.key);
        const texts = `${rule.summary} ${rule.description}`;
        const named = [...texts.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label ?? "");
        for (const { labels } of answer) for (const label of named) assert.ok(label in labels, `${rule.key}: ${label}`);
      }
    });
  }

  it("has nothing to tell of one that is well", async () => {
    assert.deepEqual(await trueIn("collector"), []);
  });

  it("shows of one that is well what it is attached to, and what its queue holds", async () => {
    const value = async (expr: string): Promise<number | undefined> =>
      (await server("collector").query(expr))[0]?.value;
    assert.equal(await value(collectors.instrumentedInAll(prod)), LISTED.length);
    assert.equal(await value(collectors.queueCapacity(prod)), 864_000_000);
    assert.ok(((await value(collectors.queueHolds(prod))) ?? 0) > 12);
    assert.ok(((await value(collectors.received(prod, "2m"))) ?? 0) > 0);
  });

  it("tells of an outage that nothing is delivered, that the queue fills, and what is lost in the end", async () => {
    assert.deepEqual(await trueIn("collector-outage"), [
      "collector-spans-lost",
      "collector-undelivered",
      "collector-queue-filling",
      "collector-queue-full",
      "collector-unattached",
    ]);
  });

  it("tells of an outage in this order: the queue is filling, it is full, spans are lost", async () => {
    const since = async (key: string): Promise<number> => {
      const rule = rules.find((candidate) => candidate.key === key);
      assert.ok(rule);
      const found = await server("collector-outage").queryRange(conditionOf(rule.sent));
      return Math.min(...found.flatMap(({ values }) => values.map(([time]) => time)));
    };
    const keys = ["queue-filling", "queue-full", "spans-lost"].map((key) => `collector-${key}`);
    const times = await Promise.all(keys.map(since));
    assert.deepEqual(
      times,
      [...times].sort((one, other) => one - other),
    );
  });

  it("counts the first spans that Tempo refuses, after a start and after the next one", async () => {
    const rule = rules.find(({ key }) => key === "collector-spans-lost");
    assert.ok(rule);
    const { lastTime } = server("collector-lost");
    const failed = `otelcol_exporter_send_failed_spans_total`;
    const found = await server("collector-lost").queryRange(conditionOf(rule.sent));
    const told = found.flatMap(({ labels, values }) => {
      assert.equal(labels["reason"], "refused for good");
      return values.map(([time]) => time);
    });
    const counted = (await server("collector-lost").queryRange(failed)).flatMap(({ values }) =>
      values.map(([time]) => time),
    );
    // At the very time at which the counter appears; not for ever; and once more at the end.
    const [first, last] = [Math.min(...told), Math.max(...told)];
    assert.equal(first, Math.min(...counted));
    assert.ok(last > lastTime - 60);
    assert.ok(new Set(told).size < (last - first) / 30);
    assert.deepEqual(await trueIn("collector-lost"), ["collector-spans-lost", "collector-unattached"]);
  });

  it("shows why a request was not taken", async () => {
    const answers = async (state: State): Promise<string[]> =>
      (await server(state).queryRange(`${collectors.answers(prod, "2m")} > 0`))
        .map(({ labels }) => labels["answer"] ?? "")
        .sort();
    assert.deepEqual(await answers("collector"), ["200"]);
    // One that hangs, one that ends within a request, and one that is refused.
    const lost = ["context.deadlineExceededError", "errors.errorString", "net.OpError"];
    assert.deepEqual(await answers("collector-outage"), ["200", "503", ...lost]);
    assert.deepEqual(await answers("collector-lost"), ["200", "400"]);
  });

  it("tells of one that is gone that it is gone, and of nothing else", async () => {
    assert.deepEqual(await trueIn("collector-gone", 60), ["collector-down"]);
  });

  it("tells of one that is gone within the time for which Prometheus remembers, and holds the rest back", async () => {
    const rule = rules.find(({ key }) => key === "collector-down");
    assert.ok(rule);
    const [last] = (await server("collector-gone").queryRange("max(timestamp(alloy_build_info))")).flatMap(
      ({ values }) => values.slice(-1),
    );
    const [first] = (await server("collector-gone").queryRange(conditionOf(rule.sent))).flatMap(({ values }) =>
      values.slice(0, 1),
    );
    assert.ok(last && first);
    const waited = first[0] - last[1];
    assert.ok(waited > 0 && waited <= 60 * REMEMBERED + 30, `${waited}`);
  });

  it("has names and labels in the hand-made series that a real one gave", () => {
    const real = new Map<string, Set<string>>();
    for (const { selector } of STATES.flatMap((state) => readState(state).series)) {
      const labels = real.get(nameOf(selector)) ?? new Set<string>();
      for (const label of labelsOf(selector)) labels.add(label);
      real.set(nameOf(selector), labels);
    }
    const scenarios = Object.values(suites).flat();
    for (const selector of new Set(scenarios.flatMap(({ system }) => Object.keys(system)))) {
      // What a Tempo tells is held against captures of Tempo (alerts.test.ts); memory was never short in a capture.
      if (!selector.includes("tempo-collector") || nameOf(selector) === "otelcol_processor_refused_spans_total")
        continue;
      const labels = real.get(nameOf(selector));
      assert.deepEqual(
        labelsOf(selector).filter((label) => !labels?.has(label)),
        [],
        selector,
      );
    }
  });
});

const nameOf = (selector: string): string => selector.replace(/\{.*/s, "");
const labelsOf = (selector: string): string[] => [...selector.matchAll(/[{,](\w+)="/g)].map(([, label]) => label ?? "");
