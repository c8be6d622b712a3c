/** Several stacks, and somebody's own Tempo, in one Prometheus: each is asked for by itself. */
import assert from "node:assert/strict";
import { renderPrometheusRules } from "../../../components/grafana/alerts/prometheus";
import { planGrafana, type GrafanaContents } from "../../../components/grafana/plan";
import { parseConfig } from "../../stack/settings/parse";
import { sectionOf } from "../../stack/program/stacks";
import { findPrometheus } from "../../support/findProgram";
import { substituteVariables } from "../../support/grafanaVariables";
import { startPrometheus, type Prometheus } from "../../support/prometheus";
import { selectorsIn } from "../../support/promql";
import { readState, type Capture } from "../../support/series";
import { inFullRun, skipWithout } from "../../support/skip";
import { alertExpressions, dashboardExpressions, linkExpressions, type Expression } from "./support/expressions";
import { kubeletOf, seriesOf, together, type Method, type Stack } from "./support/manyTempos";

const METHODS: readonly Method[] = ["job", "annotations", "serviceMonitor", "alloy", "none"];

/** The stack that is looked at, by how it is scraped. The label `source` is prod's. */
const ours = (method: Method, externalLabels: Stack["externalLabels"] = { source: "tempo" }): Stack => ({
  method,
  name: "tempo",
  namespace: "monitoring",
  owner: "tempo.prod",
  externalLabels,
});

/** All others: of the same name, in the same namespace, with a name that begins with ours, and one that nobody labels. */
const foreign = (method: Method): Stack[] => [
  { ...ours(method), namespace: "staging", owner: "tempo.staging" },
  { ...ours(method), name: "tempo-b", owner: "tempo.other" },
  { ...ours(method), name: "temp", namespace: "monitoring-b", owner: "tempo.prod" },
  { method, name: "tempo", namespace: "observability", externalLabels: {} },
];

/** What a person whose own way it is writes. */
const SERIES = {
  tempo: { job: "mine/tempo", kubernetes_namespace: "monitoring", kubernetes_name: "tempo" },
  guard: { job: "mine/guard", kubernetes_namespace: "monitoring", kubernetes_name: "tempo" },
};

function contentsOf({ method, name, namespace, owner = "", externalLabels }: Stack): GrafanaContents {
  const settings = parseConfig({
    kubeContext: "c",
    name,
    namespace,
    prometheus: { remoteWriteUrl: "http://p/api/v1/write", externalLabels },
    scrape: { method, ...(method === "none" && { series: SERIES }) },
    storage: { adaptiveRetention: true },
    grafana: sectionOf("prod", "grafana"),
    collector: {
      clusterName: "ringtail",
      namespace: "alloy",
      remoteWriteUrl: "http://p/api/v1/write",
      services: [{ name: "frigate", namespace: "frigate", deployment: "frigate" }],
    },
  });
  assert.ok(settings.grafana);
  return planGrafana(settings, settings.grafana, owner);
}

function expressionsOf(contents: GrafanaContents): Expression[] {
  return [...dashboardExpressions(contents), ...alertExpressions(contents), ...linkExpressions(contents)];
}

const VARIABLES = {
  service: ".+",
  span_kind: "SPAN_KIND_SERVER",
  __rate_interval: "4m",
  __range: "6m",
  __tags: 'service="ollama"',
  "__span.name": "GET /api/tags",
};

/** What tells a series of ours from others', by the beginning of the metric's name. */
function conditionsOf(method: Method, metric: string): RegExp[] {
  const ofSpans = [/^tempo_instance=~"tempo\[\.\]prod\/monitoring\/tempo\|"$/, /^source="tempo"$/];
  if (metric.startsWith("traces_")) return ofSpans;
  if (metric.startsWith("kubelet_")) return [/^namespace="monitoring"$/, /^persistentvolumeclaim="data-tempo-0"$/];
  if (/^(alloy|beyla|otelcol|http_client|rpc_client)_/.test(metric)) {
    return [/^tempo_instance=~"tempo\[\.\]prod\/alloy\/tempo-collector\|"$/, /^job="tempo-collector"$/];
  }
  // The collector's process has these, too.
  if (metric.startsWith("process_")) return [/^(job|pod)="/];
  const guard = /^tempo_(volume|retention|ingestion|compaction_paused|wal|guard)/.test(metric);
  const service = guard ? "tempo-guard" : "tempo";
  switch (method) {
    case "job":
      return [
        new RegExp(`^job="${service}"$`),
        new RegExp(`^instance="${service}\\.monitoring\\.svc\\.cluster\\.local:\\d+"$`),
      ];
    case "alloy":
      return [new RegExp(`^instance="${service}\\.monitoring\\.svc\\.cluster\\.local:\\d+"$`), ...ofSpans];
    case "serviceMonitor":
      return [new RegExp(`^job="${service}"$`), /^namespace="monitoring"$/];
    case "annotations":
      return [guard ? /^service="tempo-guard"$/ : /^pod="tempo-0"$/, /^namespace="monitoring"$/];
    case "none":
      return [/^kubernetes_namespace="monitoring"$/, new RegExp(`^job="mine/${guard ? "guard" : "tempo"}"$`)];
  }
}

describe("every selector of every expression", () => {
  for (const method of METHODS) {
    it(`has the conditions that only this stack's series meet, with scrape.method ${method}`, () => {
      const contents = contentsOf(ours(method));
      const texts = JSON.stringify(contents);
      const variables = [...texts.matchAll(/label_values\(((?:[^"\\]|\\.)*?), service\)/g)].map(([, text = ""]) =>
        (JSON.parse(`"${text}"`) as string).replaceAll('\\"', '"'),
      );
      const maps = [...texts.matchAll(/"serviceMapQuery":("(?:[^"\\]|\\.)*")/g)].map(
        ([, text = ""]) => `traces_service_graph_request_total${JSON.parse(text) as string}`,
      );
      assert.ok(variables.length > 0 && maps.length === 1);
      const rules = renderPrometheusRules(
        contents.alerts.map(({ name, interval, rules: each }) => ({ name, intervalSeconds: interval, rules: each })),
      );
      const all = [...expressionsOf(contents).map(({ expr }) => expr), ...variables, ...maps];
      assert.ok(all.length > 150, `${all.length}`);
      let seen = 0;
      for (const text of all) {
        for (const { metric, conditions } of selectorsIn(substituteVariables(text, VARIABLES))) {
          assert.ok(metric !== undefined, text);
          for (const wanted of conditionsOf(method, metric)) {
            assert.ok(
              conditions.some((condition) => wanted.test(condition)),
              `${metric}{${conditions.join(",")}} lacks ${String(wanted)} in: ${text}`,
            );
          }
          seen++;
        }
      }
      assert.ok(seen > 500, `${seen}`);
      assert.ok(rules.includes("tempo_build_info{"));
    });
  }

  it("is strict where no label of the settings tells whose a series without tempo_instance is", () => {
    for (const { expr } of linkExpressions(contentsOf(ours("job", {})))) {
      for (const { conditions } of selectorsIn(substituteVariables(expr, VARIABLES))) {
        assert.ok(conditions.includes('tempo_instance="tempo.prod/monitoring/tempo"'), conditions.join());
      }
    }
  });

  it("would be seen without them", () => {
    assert.deepEqual(selectorsIn('sum(rate(a{b="c", d=~"e"}[5m])) / count(f offset 5m)'), [
      { metric: "a", conditions: ['b="c"', 'd=~"e"'] },
      { metric: "f", conditions: [] },
    ]);
  });
});

const found = findPrometheus();

inFullRun.describe("a real Prometheus with several Tempos in it", function () {
  this.timeout(300_000);
  const well = readState("loaded");
  const trouble = readState("trouble");
  const only = (capture: Capture, which: (selector: string) => boolean): Capture => ({
    ...capture,
    series: capture.series.filter(({ selector }) => which(selector)),
  });
  const guard = (state: "volume" | "volume-filling"): Capture =>
    only(readState(state), (selector) => selector.includes('job="tempo-guard"'));

  /** One that is well, on a volume that is. */
  const healthy = (stack: Stack): Capture =>
    together([seriesOf(stack, well), seriesOf(stack, guard("volume")), kubeletOf(stack, 0, well)]);
  /** One that loses spans, on a full volume, with requests of the same services. */
  const sick = (stack: Stack): Capture =>
    together([
      seriesOf(
        stack,
        only(trouble, (selector) => !selector.startsWith("traces_")),
      ),
      seriesOf(
        stack,
        only(well, (selector) => selector.startsWith("traces_")),
      ),
      seriesOf(stack, guard("volume-filling")),
      kubeletOf(stack, 9.9 * 1024 ** 3, well),
    ]);

  /** All answers to the expressions of a stack, in words. */
  async function answers(stack: Stack, prometheus: Prometheus): Promise<string[]> {
    const said: string[] = [];
    for (const { where, expr } of expressionsOf(contentsOf(stack))) {
      const rows = await prometheus.query(substituteVariables(expr, VARIABLES));
      const words = rows.map(({ labels, value }) => `${JSON.stringify(labels)} ${value.toPrecision(9)}`).sort();
      said.push(`${where}: ${words.join(", ")}`);
    }
    return said;
  }

  async function holding<T>(capture: Capture, use: (prometheus: Prometheus) => Promise<T>): Promise<T> {
    const prometheus = await startPrometheus(capture);
    try {
      return await use(prometheus);
    } finally {
      await prometheus.stop();
    }
  }

  let alone: string[];
  let nobody: string[];
  before(async function () {
    skipWithout(this, found);
    const stack = ours("job");
    alone = await holding(healthy(stack), (prometheus) => answers(stack, prometheus));
    const empty = { ...well, series: [{ selector: 'up{job="prometheus"}', values: Array<string>(17).fill("1") }] };
    nobody = await holding(empty, (prometheus) => answers(stack, prometheus));
    assert.ok(alone.filter((text, index) => text !== nobody[index]).length > 120);
  });

  for (const method of METHODS) {
    // That of the job method has prod's external label, the others' have none: then the label alone tells.
    const stack = ours(method, method === "job" ? { source: "tempo" } : {});
    const others = foreign(method).map((other) => ({
      ...other,
      externalLabels: other.owner === undefined ? {} : stack.externalLabels,
    }));

    it(`gives each its own answers, whatever trouble the others are in, with scrape.method ${method}`, async () => {
      const all = together([healthy(stack), ...others.map(sick)]);
      assert.deepEqual(await holding(all, (prometheus) => answers(stack, prometheus)), alone);
    });

    it(`misses the one that is gone, however many others there are, with scrape.method ${method}`, async () => {
      const rest = together([sick(others[0] ?? stack), ...others.slice(1).map(healthy)]);
      const said = await holding(rest, (prometheus) => answers(stack, prometheus));
      assert.deepEqual(said, nobody);
      assert.ok(
        said.includes("alert Tempo is down: {} 0.00000000"),
        said.find((text) => text.startsWith("alert Tempo is")),
      );
    });
  }

  it("goes on with series from before they said whose they are, where prometheus.externalLabels do", async () => {
    const stack = ours("alloy");
    const { owner: _, ...before } = stack;
    const all = together([healthy(before), ...foreign("alloy").map(sick)]);
    assert.deepEqual(await holding(all, (prometheus) => answers(stack, prometheus)), alone);
  });
});
