import assert from "node:assert/strict";
import { parse } from "yaml";
import { sentJsonData, type DataSourcePlan } from "../../../components/grafana/dataSources";
import { renderProvisioning } from "../../../components/grafana/dataSources/provisioning";
import { LOKI_LABELS } from "../../../components/contracts/attributes";
import { WRITTEN_KEYS } from "../../../components/grafana/dataSources/keys";
import { sectionOf } from "../../stack/program/stacks";
import { typeErrors } from "../../support/typecheck";
import { contentsOf } from "./support/expressions";

const OWNER = "tempo.test";
const prod = sectionOf("prod", "grafana");

function sources(section: Record<string, unknown> = {}): Record<string, DataSourcePlan> {
  const { dataSources } = contentsOf("prod", { grafana: { ...prod, ...section } });
  return Object.fromEntries(dataSources.map((source) => [source.key, source]));
}

function sourceOf(key: "tempo" | "loki" | "prometheus", section: Record<string, unknown> = {}): DataSourcePlan {
  const source = sources(section)[key];
  assert.ok(source);
  return source;
}

interface TempoJson {
  tracesToLogsV2: { tags: { key: string; value: string }[]; query: string; customQuery: boolean };
  tracesToMetrics: { tags: { key: string; value: string }[]; queries: { name: string; query: string }[] };
  traceQuery: { spanStartTimeShift: string; spanEndTimeShift: string };
}
const tempoJson = (section: Record<string, unknown> = {}): TempoJson =>
  sourceOf("tempo", section).written as unknown as TempoJson;

/**
 * The settings as Grafana documents them for provisioning (grafana.com/docs/grafana/v12.4/datasources/tempo/
 * configure-tempo-data-source, and those of Loki and Prometheus): its API stores any other key without a word.
 */
const TYPES = `
import type { DataSourceJsonData } from "@grafana/schema";
import type { TraceqlFilter } from "@grafana/grafana-foundation-sdk/tempo";

interface Owned { "pulumi-tempo/stack": string }
interface Correlation {
  datasourceUid: string;
  spanStartTimeShift?: string;
  spanEndTimeShift?: string;
  tags?: { key: string; value?: string }[];
}
interface Tempo extends DataSourceJsonData, Owned {
  tracesToLogsV2?: Correlation & {
    filterByTraceID?: boolean; filterBySpanID?: boolean; customQuery: boolean; query?: string;
  };
  tracesToMetrics?: Correlation & { queries: { name?: string; query?: string }[] };
  nodeGraph?: { enabled?: boolean };
  spanBar?: { type?: string; tag?: string };
  serviceMap?: { datasourceUid?: string };
  search?: { hide?: boolean; filters?: (Omit<TraceqlFilter, "scope"> & { scope?: \`\${NonNullable<TraceqlFilter["scope"]>}\` })[] };
  streamingEnabled?: { search?: boolean; metrics?: boolean };
  traceQuery?: { timeShiftEnabled?: boolean; spanStartTimeShift?: string; spanEndTimeShift?: string };
}
interface Loki extends DataSourceJsonData, Owned {
  maxLines?: string;
  derivedFields?: {
    matcherRegex: string; name: string; url?: string; urlDisplayLabel?: string; datasourceUid?: string;
    matcherType?: "label" | "regex"; targetBlank?: boolean;
  }[];
}
interface Prometheus extends DataSourceJsonData, Owned {
  exemplarTraceIdDestinations?: { name: string; url?: string; urlDisplayLabel?: string; datasourceUid?: string }[];
}
`;

describe("the data sources", () => {
  const literals = (["tempo", "loki", "prometheus"] as const).map((key) => {
    const type = `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
    return `export const ${key}: ${type} = ${JSON.stringify(sentJsonData(sourceOf(key), OWNER), undefined, 1)};\n`;
  });

  it("have the settings that Grafana's types know, and no others", function () {
    assert.deepEqual(typeErrors(TYPES + literals.join("")), []);
  });

  it("would be caught with a setting that Grafana does not know, at any depth", function () {
    const wrong = literals
      .join("")
      .replace('"customQuery"', '"customQery"')
      .replace('"timeShiftEnabled"', '"timeShift"');
    assert.equal(typeErrors(TYPES + wrong).length, 2);
  });

  it("write exactly the keys that the settings refuse to take from anybody else", () => {
    assert.deepEqual(Object.keys(sourceOf("tempo").written).sort(), [...WRITTEN_KEYS.tempo].sort());
  });

  it("link to each other by the uids of the settings", () => {
    const json = JSON.stringify(
      Object.values(
        sources({
          tempo: { uid: "traces" },
          loki: { uid: "logs" },
          prometheus: { uid: "metrics" },
        }),
      ),
    );
    const uids = new Set([...json.matchAll(/"datasourceUid":"([^"]*)"/g)].map(([, uid = ""]) => uid));
    assert.deepEqual([...uids].sort(), ["logs", "metrics", "traces"]);
  });

  it("have no link to a data source that is not there", () => {
    const { tempo, loki, prometheus } = sources({ loki: {}, prometheus: {}, alerts: {} });
    assert.deepEqual([loki, prometheus], [undefined, undefined]);
    assert.deepEqual(Object.keys(tempo?.written ?? {}), [
      "nodeGraph",
      "search",
      "spanBar",
      "streamingEnabled",
      "traceQuery",
    ]);
  });

  it("say whose they are", () => {
    for (const source of Object.values(sources())) {
      assert.equal(sentJsonData(source, OWNER)["pulumi-tempo/stack"], OWNER);
    }
  });

  describe("Tempo's", () => {
    it("finds the log lines by what the collector writes and Loki has", () => {
      const { tags, customQuery } = tempoJson().tracesToLogsV2;
      assert.deepEqual(Object.fromEntries(tags.map(({ key, value }) => [key, value])), LOKI_LABELS);
      assert.ok(customQuery);
    });

    it("takes other labels from the settings", () => {
      const { tags } = tempoJson({ loki: { labels: { "service.name": "service_name" } } }).tracesToLogsV2;
      assert.deepEqual(tags, [{ key: "service.name", value: "service_name" }]);
    });

    it("finds the metrics by the label that Tempo writes", () => {
      assert.deepEqual(tempoJson().tracesToMetrics.tags, [{ key: "service.name", value: "service" }]);
    });

    it("has rate, errors and three latencies, of the service and of the operation", () => {
      assert.deepEqual(
        tempoJson().tracesToMetrics.queries.map(({ name }) => name),
        ["Service", "Operation"].flatMap((of) =>
          ["request rate", "error ratio", "latency p50", "latency p95", "latency p99"].map((what) => `${of}: ${what}`),
        ),
      );
    });

    it("has no time shift that Grafana cannot read", () => {
      const json = JSON.stringify(tempoJson());
      const shifts = [...json.matchAll(/"span(?:Start|End)TimeShift":"([^"]*)"/g)].map(([, shift]) => shift ?? "");
      assert.equal(shifts.length, 6);
      for (const shift of shifts) assert.match(shift, /^-?\d+(ms|[Mwdhmsy])$/);
      // A trace by its ID: Grafana subtracts the first and adds the second.
      const { spanStartTimeShift, spanEndTimeShift } = tempoJson().traceQuery;
      assert.doesNotMatch(spanStartTimeShift + spanEndTimeShift, /-/);
    });
  });

  describe("lists", () => {
    const kept = { name: "Ticket", matcherRegex: "#(\\d+)", url: "https://example.com/${__value.raw}" };
    const fields = (given: unknown[]): { name: string }[] => {
      const loki = sourceOf("loki", { loki: { ownership: "settings-only", jsonData: { derivedFields: given } } });
      return sentJsonData(loki, OWNER)["derivedFields"] as { name: string }[];
    };

    it("keep what the settings give beside ours", () => {
      assert.deepEqual(fields([kept]), [...fields([]), kept]);
    });

    it("have ours where both have one name", () => {
      assert.deepEqual(fields([{ ...kept, name: fields([])[0]?.name }]), fields([]));
    });
  });

  describe("a provisioning file", () => {
    const provisioned = { ownership: "provisioned" };
    const written = (key: "tempo" | "loki" | "prometheus"): string =>
      renderProvisioning(sourceOf(key, { tempo: provisioned, loki: provisioned, prometheus: provisioned }));

    for (const key of ["tempo", "loki", "prometheus"] as const) {
      it(`has what would be sent for ${key}, every dollar twice`, () => {
        const text = written(key);
        const { apiVersion, datasources } = parse(text) as {
          apiVersion: number;
          datasources: { uid: string; type: string; url?: string; jsonData: unknown }[];
        };
        assert.equal(apiVersion, 1);
        assert.equal(datasources.length, 1);
        const [source] = datasources;
        assert.ok(source);
        assert.deepEqual([source.uid, source.type], [key, key]);
        // Grafana reads `$$` as `$`, and a single `$` as a variable of its environment.
        assert.doesNotMatch(JSON.stringify(source).replaceAll("$$", ""), /\$/);
        const read = JSON.parse(JSON.stringify(source.jsonData).replaceAll("$$", "$")) as unknown;
        assert.deepEqual(read, sourceOf(key).written);
      });
    }

    it("has the URL of Tempo, which is ours to know, and of nothing else", () => {
      assert.match(written("tempo"), /\n {4}url: http:\/\/tempo\.monitoring\.svc\.cluster\.local:3200\n/);
      assert.doesNotMatch(written("loki") + written("prometheus"), /\n {4}url:/);
    });
  });
});
