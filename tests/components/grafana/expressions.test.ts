import assert from "node:assert/strict";
import { describePrometheus } from "../../support/describePrometheus";
import { substituteVariables } from "../../support/grafanaVariables";
import { assertPromQL } from "../../support/promql";
import {
  alertExpressions,
  contentsOf,
  dashboardExpressions,
  linkExpressions,
  type Expression,
} from "./support/expressions";

/** As Grafana would put them in for somebody who looks at everything, on panels that ask once a minute. */
const VARIABLES = {
  service: ".+",
  span_kind: "SPAN_KIND_SERVER",
  __rate_interval: "4m",
  __range: "6m",
  __tags: 'service="ollama"',
  "__span.name": "GET /api/tags",
};

/** Of these Tempos; what is asked of a collector has tests of its own (collector.test.ts). */
const contents = contentsOf("prod", { collector: {} });
const dashboards = dashboardExpressions(contents);
const alerts = alertExpressions(contents);
const links = linkExpressions(contents);
const all = [...dashboards, ...alerts, ...links];

const asked = ({ expr }: Expression): string => substituteVariables(expr, VARIABLES);

describe("the PromQL of the project", () => {
  it("is in dashboards, alerts and links", () => {
    assert.ok(dashboards.length > 60 && alerts.length > 20 && links.length === 10, `${all.length}`);
  });

  it("parses by Prometheus' own grammar", () => {
    for (const expression of all) assertPromQL(asked(expression));
  });

  it("parses also where a span has none of the mapped tags, as Grafana then sends it", () => {
    for (const { expr } of links) assertPromQL(substituteVariables(expr, { ...VARIABLES, __tags: "" }));
  });
});

/** What only the guard of the volume tells, which these Tempos do not have (storage.test.ts). */
const ofGuard = ({ where, expr }: Expression): boolean =>
  where.startsWith("dashboard Tempo storage,") && /tempo_(volume|retention|compaction|ingestion|wal|guard)_/.test(expr);
const withoutGuard = (expressions: readonly Expression[]): Expression[] => expressions.filter((one) => !ofGuard(one));

/**
 * What shows requests and nobody's: these series are there once a span has come, and panels say so before. Two tiles
 * have a zero.
 */
const OF_SPANS = /^(dashboard (Services, (?!panel (Requests, requests|Errors, errors) )|Service graph,)|link )/;

describePrometheus("a real Prometheus with what Tempo 2.10.1 exported", ["fresh", "loaded", "idle", "quiet"], (of) => {
  it("has an answer to every expression under load", async () => {
    for (const expression of withoutGuard(all)) {
      const answer = await of("loaded").query(asked(expression));
      assert.ok(answer.length > 0, `${expression.where} returns nothing: ${asked(expression)}`);
    }
  });

  it("answers every expression with numbers under load", async () => {
    for (const expression of all) {
      for (const { value, labels } of await of("loaded").query(asked(expression))) {
        assert.ok(Number.isFinite(value), `${expression.where} ${JSON.stringify(labels)}: ${value}`);
      }
    }
  });

  it("answers with numbers when requests have just ended, but for quantiles of none", async () => {
    const without = new Set<string>();
    for (const expression of all) {
      for (const { value, labels } of await of("idle").query(asked(expression))) {
        if (Number.isFinite(value)) continue;
        assert.ok(Number.isNaN(value), `${expression.where}: ${value}`);
        assert.match(expression.expr, /histogram_quantile/, `${expression.where} ${JSON.stringify(labels)}`);
        without.add(expression.where);
      }
    }
    assert.ok(without.size > 0);
  });

  for (const state of ["fresh", "quiet"] as const) {
    it(`has an answer about Tempo itself and to every alert on a ${state} one`, async () => {
      for (const expression of withoutGuard([...dashboards, ...alerts])) {
        // Nobody has asked Tempo anything yet: the panel says so.
        if (OF_SPANS.test(expression.where) || expression.where.includes("panel Latency of queries")) continue;
        const answer = await of(state).query(asked(expression));
        assert.ok(answer.length > 0, `${expression.where} returns nothing: ${asked(expression)}`);
        for (const { value } of answer) assert.ok(!Number.isNaN(value), `${expression.where}: ${asked(expression)}`);
      }
    });
  }

  it("knows every label that a legend names", async () => {
    for (const expression of dashboards) {
      const named = [...(expression.legend ?? "").matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? "");
      for (const { labels } of await of("loaded").query(asked(expression))) {
        assert.deepEqual(Object.keys(labels).sort(), named.sort(), `${expression.where}: ${asked(expression)}`);
      }
    }
  });
});
