import assert from "node:assert/strict";
import {
  block,
  component,
  map,
  ref,
  renderAlloy,
  type Attribute,
  type Component,
  type Value,
} from "../../../components/alloy/syntax";
import { Random } from "../../../bench/load/random";
import { blockAt, parseAlloy, type ParsedValue } from "./parse";

const queue = component("otelcol.storage.file", "queue", [["directory", "/a"]]);
const handler = ref("otelcol.storage.file", "queue", "handler");

/** A component with these attributes, whatever they would mean to Alloy. */
function withAttributes(...attributes: Attribute[]): Component {
  return component("prometheus.exporter.self", "default", attributes);
}

describe("renderAlloy", () => {
  it("writes as alloy fmt would: equals signs below each other, an empty line around blocks and long values", () => {
    const text = renderAlloy([
      queue,
      component("otelcol.exporter.otlphttp", "a", [
        ["number", 1],
        ["text", "a"],
        block("empty", []),
        ["absent", undefined],
        ["yes", true],
        ["longer", handler],
        ["entries", map({ a: "b", "c.d": ["e"] })],
        ["last", [handler, 2]],
        block("inner", [block("deepest", [["a", []]])]),
      ]),
    ]);
    assert.equal(
      text,
      `otelcol.storage.file "queue" {
	directory = "/a"
}

otelcol.exporter.otlphttp "a" {
	number = 1
	text   = "a"

	empty { }

	yes    = true
	longer = otelcol.storage.file.queue.handler

	entries = {
		"a"   = "b",
		"c.d" = ["e"],
	}

	last = [otelcol.storage.file.queue.handler, 2]

	inner {
		deepest {
			a = []
		}
	}
}
`,
    );
  });

  it("breaks a list that is too long for a line", () => {
    const items = ["a".repeat(50), "b".repeat(50)];
    assert.equal(
      renderAlloy([withAttributes(["a", items])]),
      `prometheus.exporter.self "default" {\n\ta = [\n\t\t"${items[0] ?? ""}",\n\t\t"${items[1] ?? ""}",\n\t]\n}\n`,
    );
  });

  it("puts what is said about the whole above it", () => {
    assert.equal(renderAlloy([queue], ["one", "two"]), `// one\n// two\n\n${renderAlloy([queue])}`);
  });

  it("is the same for the same components", () => {
    const components = (): Component[] => [queue, withAttributes(["a", map({ b: [handler] })])];
    assert.equal(renderAlloy(components()), renderAlloy(components()));
  });

  // Names and patterns of the settings stand in such strings.
  it("lets no text out of its quotes, whatever is in it", () => {
    const hostile = [
      '"',
      "`",
      "\\",
      '"\n}\nlocal.file "x" { filename = "/etc/shadow" }',
      '`" + env("HOME") + "',
      "\\`",
      "// no comment",
      "a\r\nb\tc\u0000\u001f\u007f\u2028é🎉",
      "${x} {{x}} $$1 %s",
      "",
      ' "\\" ',
    ];
    for (const text of hostile) {
      const rendered = renderAlloy([withAttributes(["a", text], ["b", [text]], ["c", map({ [text]: text })])]);
      const [parsed, ...more] = parseAlloy(rendered);
      assert.deepEqual(more, [], rendered);
      assert.deepEqual(parsed?.blocks, []);
      assert.deepEqual(parsed.attributes, { a: text, b: [text], c: { map: { [text]: text } } });
    }
  });

  it("is read back as it was meant, values of any kind", () => {
    const random = new Random(1);
    for (let round = 0; round < 300; round++) {
      const value = randomValue(random, 3);
      const [parsed] = parseAlloy(renderAlloy([withAttributes(["a", value], ["b", 1])]));
      assert.deepEqual(parsed?.attributes, { a: meaningOf(value), b: 1 });
    }
  });

  describe("refuses", () => {
    const refuses = (components: readonly Component[], message: string): void => {
      assert.throws(() => renderAlloy(components), { message });
    };

    it("two components of one name", () => {
      refuses([queue, queue], "two components of Alloy are named otelcol.storage.file.queue");
      const other = component("otelcol.storage.file", "other", []);
      assert.match(renderAlloy([queue, other]), /"other"/);
    });

    it("a reference to what is not there, be it deep within", () => {
      const missing = ref("otelcol.exporter.otlp", "tempo", "input");
      const message =
        "prometheus.exporter.self.default refers to otelcol.exporter.otlp.tempo.input, which is not there";
      for (const value of [missing, [missing], map({ a: [map({ b: missing })] })]) {
        refuses([withAttributes(["a", value])], message);
      }
      const nested = component("prometheus.exporter.self", "default", [block("a", [block("b", [["c", missing]])])]);
      refuses([nested], message);
      // Another label is another component.
      refuses(
        [component("otelcol.exporter.otlp", "other", []), withAttributes(["a", missing])],
        "prometheus.exporter.self.default refers to otelcol.exporter.otlp.tempo.input, which is not there",
      );
    });

    it("a reference to an export that the component has not", () => {
      const wrong = { component: "otelcol.storage.file.queue", export: "input" };
      refuses(
        [queue, withAttributes(["a", wrong])],
        "prometheus.exporter.self.default refers to otelcol.storage.file.queue.input, which is not there",
      );
    });

    it("nothing that is there, in any order", () => {
      const user = withAttributes(["a", handler]);
      for (const components of [
        [queue, user],
        [user, queue],
      ]) {
        assert.deepEqual(blockAt(parseAlloy(renderAlloy(components)), "prometheus.exporter.self").attributes, {
          a: { ref: "otelcol.storage.file.queue.handler" },
        });
      }
    });
  });
});

describe("the reader of these tests", () => {
  it("refuses what is no Alloy", () => {
    for (const text of [
      "a",
      "a {",
      "a { b }",
      "a { b = }",
      'a "b" c {}',
      "a { b = [1 2] }",
      "a = 1",
      "a { b = 1 b = 2 }",
    ]) {
      assert.throws(() => parseAlloy(text), { name: "AssertionError" }, text);
    }
  });

  it("reads nothing of comments", () => {
    assert.deepEqual(parseAlloy('// a { b = 1 }\n// c\na "x" { } // d\n'), [
      { name: "a", label: "x", attributes: {}, blocks: [] },
    ]);
  });
});

const CHARACTERS = ['"', "`", "\\", "\n", "{", "}", "[", "]", "=", ",", "/", "a", "é", "🎉", "$", " "];

function randomValue(random: Random, depth: number): Value {
  const pick = (count: number): number => random.word() % count;
  const text = (): string => Array.from({ length: pick(60) }, () => CHARACTERS[pick(CHARACTERS.length)]).join("");
  switch (pick(depth > 0 ? 5 : 3)) {
    case 0:
      return pick(1_000_000);
    case 1:
      return random.happens(0.5);
    case 2:
      return text();
    case 3:
      return Array.from({ length: pick(4) }, () => randomValue(random, depth - 1));
    default:
      return map(Object.fromEntries(Array.from({ length: pick(4) }, () => [text(), randomValue(random, depth - 1)])));
  }
}

function meaningOf(value: Value): ParsedValue {
  if (typeof value !== "object") return value;
  if (isList(value)) return value.map(meaningOf);
  if ("component" in value) return { ref: `${value.component}.${value.export}` };
  return { map: Object.fromEntries(Object.entries(value.map).map(([key, entry]) => [key, meaningOf(entry)])) };
}

function isList(value: object): value is readonly Value[] {
  return Array.isArray(value);
}
