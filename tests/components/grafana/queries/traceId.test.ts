import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import {
  mentionsNoTrace,
  mentionsTrace,
  traceIdInLine,
  traceIdLabelName,
  traceIdLabels,
} from "../../../../components/grafana/queries/traceId";
import { re2, re2Label } from "../../../support/re2";

interface LogLine {
  readonly source: string;
  readonly line: string;
  readonly id: string | null;
  readonly why?: string;
  readonly differsInRe2?: string;
}

const lines = parse(readFileSync(join(__dirname, "../../../fixtures/log-lines.yaml"), "utf8")) as readonly LogLine[];

/** As Grafana does: a text without flags, first match, group 1. */
const idOf = (line: string): string | null => new RegExp(traceIdInLine).exec(line)?.[1] ?? null;

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const shortTrace = "463ac35c9f6413ad";

describe("the trace's ID in a log line", () => {
  describe("of real formats", () => {
    for (const { source, line, id, why } of lines) {
      it(`${source}: ${id === null ? "none" : "found"}${why === undefined ? "" : `, ${why}`}`, () => {
        assert.equal(idOf(line), id, line);
      });
    }

    it("are many, with and without a trace, none twice", () => {
      assert.ok(lines.filter(({ id }) => id !== null).length >= 60);
      assert.ok(lines.filter(({ id }) => id === null).length >= 30);
      assert.equal(new Set(lines.map(({ line }) => line)).size, lines.length);
    });
  });

  describe("every key with every separator", () => {
    const keys = [
      "traceID",
      "trace_id",
      "traceid",
      "traceId",
      "TraceId",
      "TraceID",
      "TRACE_ID",
      "trace-id",
      "trace.id",
    ];
    const prefixed = ["otelTraceID", "otel.trace_id", "otel_trace_id", "X-B3-TraceId", "x-trace-id", "uber-trace-id"];
    const written: Record<string, (key: string, id: string) => string> = {
      "=": (key, id) => `a=1 ${key}=${id} b=2`,
      '="': (key, id) => `a=1 ${key}="${id}" b=2`,
      ": ": (key, id) => `a: 1, ${key}: ${id}, b: 2`,
      ":": (key, id) => `[a:1 ${key}:${id} b:2]`,
      JSON: (key, id) => JSON.stringify({ a: 1, [key]: id, b: 2 }),
      "JSON in JSON": (key, id) => JSON.stringify({ log: JSON.stringify({ a: 1, [key]: id }) }),
      "JSON in JSON in JSON": (key, id) => JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ [key]: id }) }) }),
      "indented JSON": (key, id) => JSON.stringify({ [key]: id }, undefined, 2),
      brackets: (key, id) => `[${key}=${id}] (${key} ${id})`,
      colours: (key, id) => `\u001b[36m${key}\u001b[0m=\u001b[35m${id}\u001b[0m`,
      "start and end of the line": (key, id) => `${key}=${id}`,
      tabs: (key, id) => `a\t${key}\t${id}\tb`,
    };
    for (const [name, write] of Object.entries(written)) {
      it(name, () => {
        for (const key of [...keys, ...prefixed]) {
          for (const id of [trace, trace.toUpperCase(), shortTrace, shortTrace.toUpperCase()]) {
            assert.equal(idOf(write(key, id)), id, write(key, id));
          }
          for (const none of [
            trace.slice(1),
            `${trace}0`,
            shortTrace.slice(1),
            "0".repeat(32),
            "0".repeat(16),
            "null",
            "",
          ]) {
            assert.equal(idOf(write(key, none)), null, write(key, none));
          }
        }
      });
    }

    it("no key inside of another word", () => {
      for (const key of [...keys, "trace"]) {
        for (const line of [
          `back${key}=${trace}`,
          `parent_${key}=${trace}`,
          `parent-${key}: ${trace}`,
          `${key}s=${trace}`,
        ]) {
          assert.equal(idOf(line), null, line);
        }
      }
    });
  });

  it("is found behind a megabyte of whatever makes patterns slow, which quadratic time would not finish", function () {
    this.timeout("5m");
    const hostile = [
      "a",
      "0",
      " ",
      "\\",
      '"',
      "[",
      "[a",
      "{",
      "-",
      "_",
      "trace",
      "trace_id",
      "trace_id=",
      "x-",
      "otel",
      "trace_id            ",
      'trace_id""""""""',
      'trace" : { "id',
      "trace_id\\u0022\\u0022",
      "trace_id(value=",
      "projects/",
      "\u001b[",
      "\u001b[0m",
      "00-",
      `${trace}-`,
      `${trace.slice(1)},`,
      `[a,${shortTrace},`,
      `trace_id=${trace}0 `,
      `trace_id=${"0".repeat(32)} `,
    ];
    for (const text of hostile) {
      const line = text.repeat(Math.ceil(1_000_000 / text.length));
      assert.equal(idOf(line), null, text);
      assert.equal(idOf(`${line} trace_id=${trace}`), trace, text);
    }
  });
});

describe("the same in RE2", () => {
  for (const { source, line, id, differsInRe2 } of lines) {
    it(`${source}: ${differsInRe2 ?? "agrees"}`, () => {
      const mention = re2(mentionsTrace).exec(line)?.[0] ?? "";
      const found = !re2Label(mentionsNoTrace).test(mention);
      assert.equal(found, id !== null && differsInRe2 === undefined, mention);
      if (found) assert.ok(id !== null && mention.includes(id), mention);
    });
  }

  it("tells a mention of no trace from one of a trace", () => {
    const none = re2Label(mentionsNoTrace);
    for (const text of [
      "",
      `trace_id=${"0".repeat(32)}`,
      " traceID=0x0000000000000000",
      "dd.trace_id=5234857623485762",
    ]) {
      assert.match(text, none);
    }
    for (const text of [
      `trace_id=${trace}`,
      `trace_id=0x${trace}`,
      `\n00-${trace}-00f067aa0ba902b7`,
      ` a=${shortTrace}`,
    ]) {
      assert.doesNotMatch(text, none);
    }
  });
});

describe("both patterns", () => {
  it("stand in a LogQL raw string and in a provisioning file as they are", () => {
    for (const text of [traceIdInLine, mentionsTrace, mentionsNoTrace, traceIdLabelName]) {
      assert.doesNotMatch(text, /[`$]|[^ -~]/);
    }
  });
});

describe("the trace's ID as a label", () => {
  it("is looked for by the label's name", () => {
    const names = new RegExp(traceIdLabelName);
    for (const name of traceIdLabels) assert.match(name, names);
    for (const name of ["span_id", "parent_trace_id", "trace_id_extracted", "trace_flags", "xtrace_id", "app"]) {
      assert.doesNotMatch(name, names);
    }
  });
});
