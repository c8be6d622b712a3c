import assert from "node:assert/strict";
import { spanLogs } from "../../../../components/grafana/queries/logs";
import { LOKI_LABELS } from "../../../../components/contracts/attributes";
import { substituteVariables } from "../../../support/grafanaVariables";
import { assertLogQL } from "../../../support/logql";
import { re2, re2Label } from "../../../support/re2";
import { assertTraceQL } from "../../../support/traceql";

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const other = "5b8aa5a2d2c872e8321cf37308d69df2";
/** A 64-bit ID; Grafana shows it without the zeros that pad it in Tempo. */
const short = "463ac35c9f6413ad";
const zeros = "0".repeat(32);
const padded = `${"0".repeat(16)}${short}`;

/** Everything in raw strings, in the order of the query. */
function rawStrings(query: string): string[] {
  return [...query.matchAll(/`([^`]*)`/g)].map(([, text = ""]) => text);
}

/** What Loki 3.7.6 does with the query, step by step; the skeleton is held by a test of its own. */
function shows(traceId: string, line: string, labels: Readonly<Record<string, string>>): boolean {
  const query = substituteVariables(spanLogs(LOKI_LABELS), { "__span.traceId": traceId });
  const [thisTrace = "", someTrace = "", template = "", labelled = "", noLabel = "", noMention = ""] =
    rawStrings(query);
  const extract = (regexp: string): string => Object.values(re2(regexp).exec(line)?.groups ?? {})[0] ?? "";
  const label = [...template.matchAll(/\.(\w+)/g)].map(([, name = ""]) => labels[name] ?? "").find(Boolean) ?? "";
  return (
    extract(thisTrace) !== "" ||
    re2Label(labelled).test(label) ||
    (re2Label(noLabel).test(label) && re2Label(noMention).test(extract(someTrace)))
  );
}

describe("the log lines of a span", () => {
  it("are asked for in LogQL, in these steps", () => {
    assertLogQL(spanLogs(LOKI_LABELS));
    assert.equal(
      spanLogs(LOKI_LABELS).replace(/`[^`]*`/g, "`…`"),
      '{namespace="${__span.tags["k8s.namespace.name"]}", ${__tags}} | ' +
        "regexp `…` | regexp `…` | label_format labelled_trace=`…` | " +
        'this_trace!="" or labelled_trace=~`…` or (labelled_trace=~`…` and some_trace=~`…`) | ' +
        "drop this_trace, some_trace, labelled_trace",
    );
  });

  it("are asked for in LogQL of the log volume, too, which Explore makes of it", () => {
    assertLogQL(
      `sum by (level, detected_level) (count_over_time(${spanLogs(LOKI_LABELS)} | drop __error__ [$__auto]))`,
    );
  });

  it("are found by the variables of a span alone, or Grafana would show no link", () => {
    const used = [...spanLogs(LOKI_LABELS).matchAll(/\$(?:\{[^}]+\}|\w+)/g)].map(([text]) => text);
    // The first of __span is the one that Grafana looks for on the span.
    assert.deepEqual([...new Set(used)], ['${__span.tags["k8s.namespace.name"]}', "${__tags}", "${__span.traceId}"]);
  });

  it("are those of another attribute where the settings map no namespace", () => {
    const query = spanLogs({ "service.name": "service_name", host: "host" });
    assertLogQL(query);
    assert.match(query, /^\{service_name="\$\{__span\.tags\["service\.name"\]\}", \$\{__tags\}\} \| /);
  });

  // The same table came back from a real Loki 3.7.6, line by line, for three traces.
  const table: readonly (readonly [
    line: string,
    labels: Record<string, string>,
    of: "any" | "this" | "short" | "other",
  ])[] = [
    ["no trace", {}, "any"],
    [`trace_id=${trace}`, {}, "this"],
    [`{"traceID":"${trace.toUpperCase()}"}`, {}, "this"],
    [`[orders,${trace}-00f067aa0ba902b7] x`, {}, "this"],
    [`trace_id=${other}`, {}, "other"],
    [`{"trace_id":"${other}"}`, {}, "other"],
    [`traceparent 00-${other}-00f067aa0ba902b7-01`, {}, "other"],
    [`\u001b[36mtrace_id\u001b[0m=${other}`, {}, "other"],
    [`two\nlines, trace_id=${other}`, {}, "other"],
    [`{"trace_id":"${other}`, {}, "other"],
    ["OTLP", { trace_id: trace, span_id: "00f067aa0ba902b7" }, "this"],
    ["OTLP", { trace_id: trace.toUpperCase() }, "this"],
    ["OTLP", { trace_id: other, span_id: "00f067aa0ba902b7" }, "other"],
    ["another name of the label", { traceID: trace }, "this"],
    ["another name of the label", { traceID: other }, "other"],
    ["OTLP without a trace", { trace_id: zeros }, "any"],
    [`trace_id=${zeros}`, {}, "any"],
    [`traceparent=00-${zeros}-0000000000000000-00`, {}, "any"],
    [`trace_id=0x${zeros}`, {}, "any"],
    ["trace_id=null span_id=00f067aa0ba902b7", {}, "any"],
    ["dd.trace_id=1234567890123456789", {}, "any"],
    ["dd.trace_id=5234857623485762", {}, "any"],
    [`span_id=00f067aa0ba902b7 parent_trace_id=00f067aa0ba902b700f067aa0ba902b7`, {}, "any"],
    [`traceID=${short}`, {}, "short"],
    [`traceID=${padded}`, {}, "short"],
    ["64 bits", { trace_id: padded }, "short"],
    ["64 bits", { trace_id: short }, "short"],
  ];
  for (const [line, labels, of] of table) {
    it(`${JSON.stringify(line)} ${JSON.stringify(labels)}: of ${of}`, () => {
      assert.equal(shows(trace, line, labels), of === "any" || of === "this");
      assert.equal(shows(short, line, labels), of === "any" || of === "short");
      assert.equal(shows(other, line, labels), of === "any" || of === "other");
    });
  }

  it("name the trace anywhere: beside others, without a key, in the line against the label", () => {
    assert.ok(shows(trace, `trace_id=${other} link=${trace}`, {}));
    assert.ok(shows(trace, `GET /api/traces/${trace}`, {}));
    assert.ok(shows(trace, `trace_id=${trace}`, { trace_id: other }));
    assert.ok(shows(trace, `trace_id=${other}`, { trace_id: trace }));
    assert.ok(!shows(trace, `trace_id=${other} traceID=${short}`, {}));
  });
});

describe("the grammars", () => {
  it("take LogQL and TraceQL and name the place where a text is none", () => {
    assertLogQL('sum by (pod) (count_over_time({app="ntfy"} |= "x" | json [$__auto]))');
    assertTraceQL('{ resource.service.name = "$service" && status = error } | rate() by (span.http.route)', {
      service: "ntfy",
    });
    assert.throws(() => {
      assertLogQL('{app="ntfy"} garbage');
    }, /no LogQL from position 13 on: {app="ntfy"} {2}--> garbage/);
    assert.throws(() => {
      assertLogQL('sum(count_over_time({app="ntfy"}[5m])');
    }, /position 37/);
    assert.throws(() => {
      assertLogQL(" ");
    }, /empty/);
    assert.throws(() => {
      assertTraceQL("{ name = }");
    }, /no TraceQL from position 9/);
  });

  it("do not take a variable that nobody defines", () => {
    assert.throws(() => {
      assertLogQL('{app="$app"}');
    }, /nobody defines the variable \$app/);
    assert.equal(
      substituteVariables("$a ${a} ${a:regex} [[a]] ${__span.spanId} $", { a: "b" }),
      "b b b b 00f067aa0ba902b7 $",
    );
  });
});
