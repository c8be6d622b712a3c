/** What is asked about the collector, and its alerts as Grafana gets them. */
import assert from "node:assert/strict";
import { stringify } from "yaml";
import { KEPT_METRICS, watchedCollector, type WatchedCollector } from "../../../components/collector/metrics";
import { ownSeries } from "../../../components/grafana/queries/own";
import * as collectors from "../../../components/grafana/queries/collector";
import { sectionOf, settingsOf, type Changes } from "../../stack/program/stacks";
import { findPrometheus } from "../../support/findProgram";
import { skipWithout } from "../../support/skip";
import { substituteVariables } from "../../support/grafanaVariables";
import { promtoolTestRules } from "../../support/prometheus";
import { assertPromQL } from "../../support/promql";
import { rulesOf, type System } from "./support/alerts";
import { CAPACITY, collector, LISTED, UNGUARDED } from "./support/collector";
import { busy, HOUR, living, of } from "./support/collectorScenarios";
import { alertExpressions, contentsOf, dashboardExpressions, OWNER, panelsOf } from "./support/expressions";

const section = sectionOf("prod", "collector");
const ofCollector = rulesOf(UNGUARDED).find(({ name }) => name === "Collector")?.rules ?? [];

function watched(changes: Changes = {}): WatchedCollector {
  const found = watchedCollector(settingsOf("prod", changes), OWNER);
  assert.ok(found);
  return found;
}

/** One expression on one collector, and what it must come to. */
interface Sum {
  readonly name: string;
  readonly system: System;
  readonly expr: string;
  /** By the labels of its rows. */
  readonly values: Readonly<Record<string, number>>;
}

const prod = watched();
/** Two services that ignore the same routes, and so are of one instance. */
const together = watched({
  collector: { ...section, services: ["frigate", "ntfy"].map((name) => ({ name, namespace: name, deployment: name })) },
});
const NODE = '{instance="ringtail"}';
const bothIn = (processes: number): System => ({
  ...living,
  [of.own("beyla_internal_build_info", 'services="frigate, ntfy"')]: () => 1,
  [of.own("beyla_instrumented_processes", 'process_name="server",services="frigate, ntfy"')]: () => processes,
});

const sums: readonly Sum[] = [
  {
    // 600 spans of 1,000 bytes a minute.
    name: "the queue holds what comes in for a day",
    system: busy,
    expr: `round(${collectors.queueHolds(prod)}, 0.1)`,
    values: { [NODE]: 24 },
  },
  {
    name: "a queue that is half full lasts half as long",
    system: { ...busy, [of.queueSize]: () => CAPACITY / 2 },
    expr: `round(${collectors.queueLasts(prod)}, 0.1)`,
    values: { [NODE]: 12 },
  },
  {
    name: "a span is as large as expected where none was sent for hours",
    system: {
      ...busy,
      ...Object.fromEntries(
        Object.keys(collector())
          .filter((name) => name.includes("batch_send"))
          .map((name) => [name, () => undefined]),
      ),
    },
    expr: `round(${collectors.queueHolds(prod)}, 0.1)`,
    values: { [NODE]: 24 },
  },
  {
    name: "a queue into which nothing comes lasts as long as can be said",
    system: { ...living, ...collector({ lastSpan: 10 }) },
    expr: collectors.queueLasts(prod),
    values: { [NODE]: collectors.MOST_HOURS },
  },
  {
    name: "one process is too few for two services of one instance",
    system: bothIn(1),
    expr: collectors.unattached(together),
    values: { '{services="frigate, ntfy"}': 1 },
  },
  {
    name: "three processes are enough for two services of one instance",
    system: bothIn(3),
    expr: collectors.unattached(together),
    values: { '{services="frigate, ntfy"}': 0 },
  },
  {
    name: "processes of all nodes count together",
    system: { ...busy, ...collector({ node: "other" }) },
    expr: collectors.instrumentedInAll(prod),
    values: { "{}": 2 * LISTED.length },
  },
];

describe("the figures of the collector, by promtool", function () {
  for (const { name, system, expr, values } of sums) {
    it(name, async function () {
      const found = findPrometheus();
      skipWithout(this, found);
      if ("missing" in found) return;
      const tests = [
        {
          interval: "1m",
          input_series: Object.entries(system).map(([series, course]) => ({
            series,
            values: Array.from({ length: HOUR + 1 }, (_, minute) => course(minute) ?? "_").join(" "),
          })),
          promql_expr_test: [
            {
              expr,
              eval_time: "60m",
              exp_samples: Object.entries(values).map(([labels, value]) => ({ labels, value })),
            },
          ],
        },
      ];
      const { passed, output } = await promtoolTestRules(stringify({ tests }), {});
      assert.ok(passed, output);
    });
  }
});

const contents = contentsOf("prod", UNGUARDED);
const shown = dashboardExpressions(contents).filter(({ where }) => where.startsWith("dashboard Collector,"));
const asked = [...shown, ...alertExpressions(contents)].filter(({ expr }) => expr.includes(prod.name));
const METRIC = /\b(?:alloy|beyla|otelcol|process|http_client|rpc_client)_\w+/g;

describe("the expressions about the collector", () => {
  it("parse by Prometheus' own grammar", () => {
    assert.ok(shown.length > 20);
    for (const { expr } of asked) assertPromQL(substituteVariables(expr, VARIABLES));
  });

  it("ask for its own metrics only, and for all that are kept", () => {
    const named = new Set(asked.flatMap(({ expr }) => [...expr.matchAll(METRIC)].map(([name]) => name)));
    assert.deepEqual([...named].sort(), [...KEPT_METRICS].sort());
    // Of the silence of services Tempo's own metrics have something to say, too.
    for (const { expr, where } of asked.filter(({ where: title }) => !title.startsWith("alert A service"))) {
      for (const [name, matchers] of [...expr.matchAll(new RegExp(`(${METRIC.source})(?:\\{([^}]*)\\})?`, "g"))].map(
        (found) => found.slice(1),
      )) {
        assert.ok(matchers?.startsWith('job="tempo-collector", cluster="ringtail"'), `${where}: ${name}`);
      }
    }
  });

  it("follow the names of the settings", () => {
    const renamed = contentsOf("prod", { ...UNGUARDED, collector: { ...section, name: "spans", clusterName: "lab" } });
    const texts = alertExpressions(renamed).map(({ expr }) => expr);
    assert.ok(texts.some((expr) => expr.includes('alloy_build_info{job="spans", cluster="lab", ')));
    assert.ok(texts.every((expr) => !expr.includes("tempo-collector") && !expr.includes("ringtail")));
  });

  it("take a dollar in a name for what it is", () => {
    const services = [{ name: "a$1b", namespace: "a", deployment: "a" }];
    assert.match(
      collectors.unheard(watched({ collector: { ...section, services } }), ownSeries(settingsOf("prod"), OWNER)),
      /"service", "a\$\$1b", "", ""/,
    );
  });
});

const VARIABLES = { __rate_interval: "2m" };

describe("the alerts on the collector as Grafana gets them", () => {
  const rendered = contents.alerts.find(({ name }) => name === "Collector")?.rules ?? [];

  it("say which cluster they are about", () => {
    assert.equal(rendered.length, ofCollector.length);
    for (const { labels } of rendered) assert.equal(labels["cluster"], "ringtail");
  });

  it("have short uids, even with the longest prefix", () => {
    for (const { key } of ofCollector) assert.ok(`a-prefix-of-many-${key}`.length <= 40, key);
  });

  it("point at a panel of its dashboard that shows the same metric", () => {
    const dashboard = contents.dashboards.find(({ key }) => key === "collector");
    assert.ok(dashboard);
    for (const { uid, annotations, datas } of rendered) {
      assert.equal(annotations["__dashboardUid__"], "tempo-collector", uid);
      const panel = panelsOf(dashboard.json).find(({ id }) => String(id) === annotations["__panelId__"]);
      const told = new Set(
        shown
          .filter(({ where }) => where.includes(`panel ${panel?.title},`))
          .flatMap(({ expr }) => expr.match(METRIC) ?? []),
      );
      const of = (datas[0]?.model.match(METRIC) ?? []).filter(
        (name) => name !== "alloy_build_info" || uid.includes("down") || uid.includes("gone"),
      );
      assert.ok(
        of.some((name) => told.has(name)),
        `${uid}: ${[...told].join(" ")}`,
      );
    }
  });

  it("name the hours and the rate of the settings", () => {
    const queue = { outage: "8h", spansPerSecond: 7, volumeSize: "4Gi" };
    const texts = rulesOf({ ...UNGUARDED, collector: { ...section, queue } }).flatMap(({ rules }) =>
      rules.map(({ description }) => description),
    );
    assert.ok(texts.some((text) => text.includes("7 spans per second of the settings the rest lasts for 4h.")));
    assert.ok(texts.some((text) => text.includes("Nothing is lost for 8h at 7 spans per second.")));
  });
});
