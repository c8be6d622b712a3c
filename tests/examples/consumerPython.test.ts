import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { outputKinds, outputNames, serviceEnvironment, type Service } from "../../packages/consumer";
import { describeMissing } from "../../packages/consumer/read";
import { ROOT } from "../stack/program/stacks";
import { skipWithout } from "../support/skip";
import { describeConsumer } from "./support/describeConsumer";
import { outputs } from "./support/program";
import { evaluatePython, findPython, PythonProgram } from "./support/python";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const helper = read("packages/consumer/python/tempo_outputs/__init__.py");
const program = read("examples/consumer-python/__main__.py");

/** The properties of the helper's class, each with the output that it reads. */
const properties = new Map(
  [
    ...helper.matchAll(
      /@property\n {4}def (\w+)\(self\) -> pulumi\.Output\[(.+)\]:\n {8}return self\._read\("(\w+)"\)/g,
    ),
  ].map(([, property = "", type = "", output = ""]) => [property, { type, output }]),
);

describe("the helper in Python, by its text", () => {
  it("has the outputs of the one in TypeScript, each with its type", () => {
    const body = /^class TempoOutputs\(TypedDict\):\n((?: {4}.*\n|\n)+)/m.exec(helper)?.[1] ?? "";
    const fields = [...body.matchAll(/^ {4}(\w+): (.+)$/gm)].map(([, name, type]) => [name, type]);
    const types = { text: "str", texts: "Dict[str, str]" };
    assert.deepEqual(
      fields,
      outputNames.map((name) => [name, types[outputKinds[name]]]),
    );
  });

  it("has a property for each, of that type", () => {
    assert.deepEqual(
      [...properties],
      outputNames.map((name) => {
        const type = outputKinds[name] === "text" ? "str" : "Dict[str, str]";
        return [snakeCase(name), { type, output: name }];
      }),
    );
  });
});

describe("the consumer in Python, by its text", () => {
  it("names outputs that there are", () => {
    const named = [...program.matchAll(/\btempo\.(\w+)/g)].map(([, name = ""]) => name);
    assert.ok(named.length >= 3);
    for (const name of named) {
      const output = properties.get(name)?.output ?? "";
      assert.ok(output in outputKinds, `tempo.${name} is no output`);
    }
    assert.doesNotMatch(program, /get_output|require_output/, "outputs are read by the helper alone");
  });

  it("has the settings of the one in TypeScript", () => {
    const settings = (example: string) =>
      (parse(read(`examples/${example}/Pulumi.yaml`)) as { config: Record<string, unknown> }).config;
    assert.deepEqual(settings("consumer-python"), settings("consumer-ts"));
    const asked = [...program.matchAll(/config\.\w+\("(\w+)"\)/g)].map(([, name]) => name);
    assert.deepEqual(new Set(asked), new Set(Object.keys(settings("consumer-python"))));
  });
});

describe("the consumer in Python", function () {
  // The Kubernetes package alone takes seconds to import.
  let python = "";
  let consumer: PythonProgram | undefined;

  before(function () {
    const found = findPython();
    skipWithout(this, found);
    if (!("python" in found)) return;
    ({ python } = found);
    consumer = new PythonProgram(python, join(ROOT, "examples/consumer-python/__main__.py"));
  });
  after(() => {
    consumer?.stop();
  });

  describeConsumer((config, referred) => (consumer ?? assert.fail()).run(config, referred));

  it("makes of a service what the helper in TypeScript makes of it", () => {
    const services: Service[] = [
      { name: "hermes" },
      { name: "hermes", namespace: "chat", cluster: "ringtail", version: "1.4.2" },
      { name: "hermes", cluster: "a b", version: "1,5=~*'()!é" },
    ];
    const expression =
      '[tempo_outputs.service_environment(input["exporter"], **service) for service in input["services"]]';
    assert.deepEqual(
      evaluatePython(python, expression, { exporter: outputs.otelEnvironment, services }),
      services.map((service) => serviceEnvironment(outputs.otelEnvironment, service)),
    );
  });

  it("ends with the words of the helper in TypeScript", () => {
    const stack = "organization/tempo/prod";
    const cases: [name: "queryUrl" | "otelEnvironment", value: unknown, all: string[]][] = [
      ["queryUrl", null, []],
      ["queryUrl", null, ["url"]],
      ["queryUrl", null, ["caddyRoute", "url", "otlpUrl"]],
      ["queryUrl", 1, ["queryUrl"]],
      ["otelEnvironment", "text", ["otelEnvironment"]],
    ];
    const expression = "[tempo_outputs.describe_missing(name, input[0], value, all) for name, value, all in input[1]]";
    assert.deepEqual(
      evaluatePython(python, expression, [stack, cases]),
      cases.map(([name, value, all]) => describeMissing(name, stack, value ?? undefined, all)),
    );
  });
});
