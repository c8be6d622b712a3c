import assert from "node:assert/strict";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { Random } from "../../bench/load/random";
import { planRequest, type PlannedSpan } from "../../bench/load/spans";
import { homelab } from "../../bench/load/traffic";

/** A span and all below it. */
function family(span: PlannedSpan): PlannedSpan[] {
  return [span, ...span.children.flatMap(family)];
}

function traces(seed: number, count: number): PlannedSpan[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => planRequest(random.pick(homelab).request, random));
}

describe("load", () => {
  it("repeats itself with a seed and only with it", () => {
    assert.deepEqual(traces(1, 50), traces(1, 50));
    assert.notDeepEqual(traces(1, 50), traces(2, 50));
  });

  it("keeps children within their parents", () => {
    for (const span of traces(1, 500).flatMap(family)) {
      assert.ok(span.end > span.start);
      for (const child of span.children) {
        // The halves of a millisecond are no exact numbers.
        assert.ok(child.start >= span.start && child.end <= span.end + 1e-9, `${child.name} in ${span.name}`);
      }
    }
  });

  it("gives a server of Beyla its two inner spans, with calls below the second", () => {
    const server = traces(1, 200)
      .flatMap(family)
      .find(({ service, kind }) => service === "immich" && kind === SpanKind.SERVER);
    assert.deepEqual(
      server?.children.map(({ name, kind }) => [name, kind]),
      [
        ["in queue", SpanKind.INTERNAL],
        ["processing", SpanKind.INTERNAL],
      ],
    );
    assert.ok(server.children[1]?.children.every(({ attributes }) => attributes["db.system"] === "postgresql"));
  });

  it("fails some services and never others", () => {
    const failing = traces(1, 4000)
      .flatMap(family)
      .filter(({ kind, status }) => kind === SpanKind.SERVER && status === SpanStatusCode.ERROR)
      .map(({ service }) => service);
    assert.deepEqual([...new Set(failing)].sort(), ["caddy", "hermes", "immich", "ollama"]);
  });
});
