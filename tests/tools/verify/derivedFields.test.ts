import assert from "node:assert/strict";
import { lokiJsonData } from "../../../components/grafana/dataSources/loki";
import { linkFromLog } from "../../../tools/verify/lib/derivedFields";
import type { DataSource } from "../../../tools/verify/lib/grafana";
import { logLines, makeTrace } from "../../../tools/verify/lib/trace";
import { CheckFailure } from "../../../tools/verify/lib/failure";
import { settingsOf } from "../../stack/program/stacks";

const trace = makeTrace("http");
const lines = logLines(trace);
const sources: readonly DataSource[] = [
  { uid: "tempo", name: "Tempo", type: "tempo" },
  { uid: "tempo-2", name: "Tempo 2", type: "tempo" },
  { uid: "jaeger", name: "Jaeger", type: "jaeger" },
];
const field = {
  name: "trace",
  matcherType: "regex",
  matcherRegex: "trace_id=(\\w+)",
  url: "${__value.raw}",
  datasourceUid: "tempo",
};

function link(...fields: object[]): string {
  const loki = { uid: "loki", name: "Loki", type: "loki", jsonData: { derivedFields: fields } };
  return linkFromLog(loki, lines, trace.id, { tempo: "tempo", sources });
}

function refused(...fields: object[]): string {
  try {
    return assert.fail(`found: ${link(...fields)}`);
  } catch (error) {
    if (error instanceof CheckFailure) return [error.what, ...error.causes].join("\n");
    throw error;
  }
}

describe("from a log line to its trace", () => {
  it("by the fields that this stack writes, in every spelling", () => {
    const { derivedFields } = lokiJsonData(settingsOf("prod").grafana ?? assert.fail());
    assert.equal(
      link(...derivedFields),
      '"Trace ID in the line" finds the ID in trace_id=, JSON, traceID= lines; "Trace ID" by a label',
    );
  });

  it("by somebody's own field, in its spelling, and by a link that is none of a data source", () => {
    assert.equal(link(field), '"trace" finds the ID in trace_id= lines');
    assert.match(link({ ...field, matcherType: undefined, matcherRegex: "traceID=(\\w+)" }), /in traceID= lines/);
    const outside = { ...field, datasourceUid: undefined, url: "https://grafana/explore?trace=${__value.raw}" };
    assert.match(link(outside), /finds the ID/);
  });

  it("not without fields, nor by an expression that does not match", () => {
    assert.match(refused(), /has no derived fields/);
    assert.match(
      refused({ ...field, matcherRegex: "tid=(\\w+)" }),
      /no trace's ID in a line: ts=[\s\S]*"trace" tid=\(\\w\+\)/,
    );
    assert.match(refused({ ...field, matcherType: "label", matcherRegex: "^trace_id$" }), /as a label only/);
    // Without a group there is no value.
    assert.match(refused({ ...field, matcherRegex: "trace_id=\\w+" }), /finds no trace's ID/);
  });

  it("not by a value that is more or less than the ID", () => {
    assert.match(refused({ ...field, matcherRegex: "trace_id=(.*)" }), /takes "[0-9a-f]{32} span_id=/);
    assert.match(refused({ ...field, matcherRegex: "(trace_id=\\w+)" }), /takes "trace_id=[0-9a-f]{32}" from/);
  });

  it("not where the link leads elsewhere", () => {
    assert.match(refused({ ...field, datasourceUid: "gone" }), /leads to the data source gone, which does not exist/);
    assert.match(refused({ ...field, datasourceUid: "tempo-2" }), /leads to the data source tempo-2, not to tempo/);
    assert.match(refused({ ...field, datasourceUid: "jaeger" }), /of the type jaeger/);
    assert.match(refused({ ...field, url: "$${__value.raw}" }), /asks for "\$[0-9a-f]{32}".*one \$ too many/);
    assert.match(refused({ ...field, url: "" }), /asks for "" instead of the ID/);
    assert.match(refused({ ...field, datasourceUid: "", url: "https://x" }), /in which there is no \$\{__value\.raw\}/);
  });

  it("as Grafana does it: of fields that share a name the first one's expression counts, with the links of all", () => {
    const second = { ...field, matcherRegex: "nothing=(\\w+)" };
    assert.match(link({ ...field, datasourceUid: "gone" }, second), /finds the ID/);
    assert.match(refused(second, field), /finds no trace's ID/);
  });

  it("not by a text that is no expression, or takes for ever", () => {
    assert.match(refused({ ...field, matcherRegex: "trace_id=(\\w+" }), /an expression that fails: SyntaxError/);
    assert.match(refused({ ...field, matcherRegex: "^(([^#])+)+#$" }), /an expression that fails: .*timed out/);
  });
});
