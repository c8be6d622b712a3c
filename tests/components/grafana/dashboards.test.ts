import assert from "node:assert/strict";
import type { Dashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { DASHBOARDS } from "../../../components/grafana/kit/panels";
import { sectionOf } from "../../stack/program/stacks";
import { substituteVariables } from "../../support/grafanaVariables";
import { assertTraceQL } from "../../support/traceql";
import { typeErrors } from "../../support/typecheck";
import { contentsOf, panelsOf, queriesOf } from "./support/expressions";

const contents = contentsOf();
const dashboards = contents.dashboards.map(({ json }) => json);
const panels = dashboards.flatMap((dashboard) =>
  panelsOf(dashboard).map((panel) => ({ panel, where: `${dashboard.title ?? "?"}: ${panel.title ?? "?"}` })),
);
const defaultsOf = (panel: Panel): { unit?: string; noValue?: string } => panel.fieldConfig?.defaults ?? {};

/** Every URL of a dashboard: its own links, those of fields, and those of a table's columns. */
function urlsOf(dashboard: Dashboard): string[] {
  const urls: string[] = [];
  JSON.stringify(dashboard, (key, value: unknown) => {
    if (key === "url" && typeof value === "string" && value !== "") urls.push(value);
    return value;
  });
  return urls;
}

interface ExplorePane {
  datasource: string;
  queries: { query: string; queryType: string; datasource: { type: string; uid: string } }[];
  range: { from: string; to: string };
}

/** What Explore reads out of a link, once Grafana has put values in place of the variables. */
function paneOf(url: string): ExplorePane {
  const filled = url.replace(/\$\{([^:}]+)(?::percentencode)?\}/g, (_, name: string) =>
    encodeURIComponent(name === "__from" || name === "__to" ? "1774000000000" : "GET /api/tags"),
  );
  const panes = new URL(filled, "https://grafana.example.com").searchParams.get("panes") ?? "";
  const [pane, ...more] = Object.values(JSON.parse(panes) as Record<string, ExplorePane>);
  assert.ok(pane && more.length === 0, url);
  return pane;
}

/** A module in which each text must be a dashboard by the SDK's types; enumerations are their texts in JSON. */
function sdkTyped(literals: readonly string[]): string {
  return `
import type { Dashboard as Typed } from "@grafana/grafana-foundation-sdk/dashboard";
type Method = (...args: never[]) => unknown;
type Json<T> = T extends string ? \`\${T}\` : T extends number ? T
  : T extends object ? { [K in keyof T as T[K] extends Method ? never : K]: Json<T[K]> } : T;
declare function check(value: Json<Typed>): void;
${literals.map((literal) => `check(${literal});`).join("\n")}
`;
}

describe("the dashboards", () => {
  it("are five, with explicit uids and titles", () => {
    assert.deepEqual(
      dashboards.map(({ uid, title }) => [uid, title]),
      [
        ["tempo-services", "Services"],
        ["tempo-service-graph", "Service graph"],
        ["tempo-operations", "Tempo operations"],
        ["tempo-storage", "Tempo storage"],
        ["tempo-collector", "Collector"],
      ],
    );
  });

  it("are the same every time", () => {
    assert.equal(JSON.stringify(contentsOf().dashboards), JSON.stringify(contents.dashboards));
  });

  it("are what the Foundation SDK's types allow, and nothing else", function () {
    const literals = dashboards.map((dashboard) => JSON.stringify(dashboard, undefined, 1));
    // Beside one that is wrong, which is all that is complained about.
    const wrong = (literals.at(-1) ?? "").replace('"noValue"', '"noValu"');
    const [complaint, ...more] = typeErrors(sdkTyped([...literals, wrong]));
    assert.match(complaint ?? "", /'noValu'|"noValu"/);
    assert.deepEqual(more, []);
  });

  it("may be edited, and say by which stack they are managed", () => {
    for (const { editable, tags } of dashboards) {
      assert.equal(editable, true);
      assert.deepEqual(tags, ["tempo", "managed-by-pulumi", "pulumi-tempo/stack=tempo.test"]);
    }
  });

  it("lie in the folder, below the prefix of the settings", () => {
    const { folder, dashboards: planned } = contentsOf("prod", {
      grafana: { ...sectionOf("prod", "grafana"), folder: "Traces", uidPrefix: "traces" },
    });
    assert.deepEqual(folder, { uid: "traces", title: "Traces" });
    assert.deepEqual(
      planned.map(({ uid }) => uid),
      DASHBOARDS.map((key) => `traces-${key}`),
    );
  });

  it("are left out where the settings want none, and where there is no Prometheus", () => {
    const grafana = sectionOf("prod", "grafana");
    for (const changed of [
      { ...grafana, dashboards: false, alerts: {} },
      { ...grafana, prometheus: {}, alerts: {} },
    ]) {
      const { folder, dashboards: planned } = contentsOf("prod", { grafana: changed });
      assert.deepEqual([folder, planned], [undefined, []]);
    }
  });

  it("leave that of the collector out where there is none, and where nobody has its metrics", () => {
    for (const collector of [{}, { ...sectionOf("prod", "collector"), remoteWriteUrl: "" }]) {
      const { dashboards: planned, alerts } = contentsOf("prod", { collector });
      assert.deepEqual(
        planned.map(({ key }) => key),
        DASHBOARDS.filter((key) => key !== "collector"),
      );
      assert.ok(alerts.length > 0 && alerts.every(({ name }) => name !== "Collector"));
    }
  });

  for (const { panel, where } of panels) {
    describe(where, () => {
      it("has a unit, a description and a sentence for the time when there is nothing", () => {
        const { unit = "", noValue = "" } = defaultsOf(panel);
        assert.notEqual(unit, "");
        assert.match(panel.description ?? "", /^[A-Z].{15,}\.$/s);
        assert.match(noValue, /^[A-Z](?!o data).{15,}$/);
      });

      it("has a name for each of its lines", () => {
        const legends = queriesOf(panel).map(({ legendFormat }) => legendFormat ?? "");
        assert.ok(!legends.includes(""));
        if (panel.type !== "table") assert.equal(new Set(legends).size, legends.length);
      });

      it("asks a data source by the uid of the settings", () => {
        const targets = (panel.targets ?? []) as { datasource?: { uid?: string } }[];
        const uids = [panel, ...targets].map(({ datasource }) => datasource?.uid);
        assert.ok(targets.length > 0);
        assert.equal(new Set(uids).size, 1);
        assert.match(uids[0] ?? "", /^(prometheus|tempo)$/);
      });
    });
  }

  for (const dashboard of dashboards) {
    describe(dashboard.title ?? "?", () => {
      it("has a number for each panel, from 1 on", () => {
        const ids = (dashboard.panels ?? []).map(({ id }) => id);
        assert.deepEqual(
          ids,
          ids.map((_, index) => index + 1),
        );
      });

      it("fills 24 columns without an overlap or a gap", () => {
        const taken = new Set<string>();
        const places = (dashboard.panels ?? []).map(({ gridPos }) => gridPos ?? { x: 0, y: 0, w: 0, h: 0 });
        for (const { x, y, w, h } of places) {
          assert.ok(x >= 0 && w > 0 && x + w <= 24);
          for (let column = x; column < x + w; column++) {
            for (let line = y; line < y + h; line++) {
              assert.ok(!taken.has(`${column},${line}`), `${column},${line} twice`);
              taken.add(`${column},${line}`);
            }
          }
        }
        const bottom = Math.max(...places.map(({ y, h }) => y + h));
        assert.equal(taken.size, 24 * bottom);
      });

      it("has panels that are wide enough to be read on 1280 pixels", () => {
        // A column is 53 pixels then; lines with a legend want 400, a number 150.
        for (const { type, gridPos, title } of panelsOf(dashboard)) {
          assert.ok((gridPos?.w ?? 0) >= (type === "stat" ? 3 : 8), title);
        }
      });

      it("links to the others and to Explore, and nowhere else", () => {
        const [others, explore] = dashboard.links ?? [];
        assert.deepEqual(
          [others?.type, others?.tags, others?.keepTime],
          ["dashboards", ["tempo", "managed-by-pulumi", "pulumi-tempo/stack=tempo.test"], true],
        );
        assert.match(explore?.url ?? "", /^\/explore\?/);
        for (const url of urlsOf(dashboard)) assert.match(url, /^\/explore\?schemaVersion=1&panes=[^&]+$/);
      });

      it("opens Explore with a query that Tempo reads, over the same time", () => {
        for (const url of urlsOf(dashboard)) {
          const { datasource, queries, range } = paneOf(url);
          assert.equal(datasource, "tempo");
          assert.deepEqual(range, { from: "1774000000000", to: "1774000000000" });
          for (const { query, queryType, datasource: of } of queries) {
            assert.deepEqual([queryType, of], ["traceql", { type: "tempo", uid: "tempo" }]);
            assertTraceQL(query);
          }
        }
      });

      it("asks Tempo in its language", () => {
        for (const panel of panelsOf(dashboard)) {
          for (const target of (panel.targets ?? []) as { queryType?: string; query?: string }[]) {
            if (target.queryType !== "traceql") continue;
            // As Grafana writes two services that were chosen; between quotes the escape would be none of TraceQL's.
            const service = String.raw`(ollama|my\.service)`;
            assertTraceQL(target.query ?? "", { service });
            assert.doesNotMatch(substituteVariables(target.query ?? "", { service }), /"[^"`]*\\\./);
          }
        }
      });

      it("shows the quotient of nothing by nothing as a dash in every column of a table that has a unit", () => {
        const mapping = {
          type: "special",
          options: { match: "null+nan", result: { text: "–", index: 0 } },
        };
        for (const panel of panelsOf(dashboard).filter(({ type }) => type === "table")) {
          for (const { properties } of panel.fieldConfig?.overrides ?? []) {
            const of = (name: string): unknown => properties.find(({ id }) => id === name)?.value;
            if (of("unit") !== undefined) assert.deepEqual(of("mappings"), [mapping], panel.title);
          }
        }
      });
    });
  }

  it("show an exemplar on every latency of requests over time", () => {
    const latencies = panels.filter(
      ({ panel }) =>
        panel.type === "timeseries" && /latency_bucket|seconds_bucket/.test(queriesOf(panel)[0]?.expr ?? ""),
    );
    const ofRequests = latencies.filter(({ where }) => where.startsWith("Service"));
    assert.equal(ofRequests.length, 3);
    for (const { panel } of ofRequests) assert.ok((panel.targets ?? []).every((target) => "exemplar" in target));
  });

  it("let the reader choose services and kinds of spans", () => {
    const [services] = dashboards;
    const variables = services?.templating.list ?? [];
    assert.deepEqual(
      variables.map(({ name, multi, includeAll, allValue, current }) => [
        name,
        multi,
        includeAll,
        allValue,
        current?.value,
      ]),
      [
        ["service", true, true, ".+", ["$__all"]],
        ["span_kind", true, true, ".+", ["SPAN_KIND_SERVER", "SPAN_KIND_CONSUMER"]],
      ],
    );
  });

  it("show a Tempo that is not there in red", () => {
    const tile = panels.find(({ where }) => where === "Tempo operations: Tempo")?.panel.fieldConfig?.defaults;
    assert.deepEqual(tile?.thresholds?.steps, [
      { value: null, color: "red" },
      { value: 1, color: "green" },
    ]);
  });

  it("ask no more often than there are new values", () => {
    const interval = (where: string): string | null | undefined =>
      panels.find((panel) => panel.where === where)?.panel.interval;
    assert.equal(interval("Services: Errors"), "15s");
    assert.equal(interval("Tempo operations: Live traces"), "1m");
    // Grafana takes the query's, and not the panel's, for the time between two samples: $__rate_interval follows it.
    for (const { panel, where } of panels) {
      for (const target of (panel.targets ?? []) as { expr?: string; interval?: string }[]) {
        if (target.expr !== undefined) assert.equal(target.interval, panel.interval, where);
      }
    }
  });

  it("link to each other where everybody sees it, and not in a menu", () => {
    for (const { links = [] } of dashboards) {
      assert.equal(links.length, 2);
      for (const link of links) assert.equal("placement" in link, false);
    }
  });
});
