import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { renderSdkConfigMap, sdkEndpoint } from "../../components/sdk/environment";
import {
  inCluster,
  outputKinds,
  outputNames,
  serviceEnvironment,
  tempoOutputs,
  type TempoStack,
} from "../../packages/consumer";
import { ROOT, settingsOf, without } from "../stack/program/stacks";
import { outputs, promiseOf } from "./support/program";

/** A reference whose stack has these outputs. */
function stackWith(values: Readonly<Record<string, unknown>>): TempoStack {
  return {
    name: pulumi.output("organization/tempo/prod"),
    outputs: pulumi.output(values) as unknown as TempoStack["outputs"],
    getOutput: (name: pulumi.Input<string>) => pulumi.output(name).apply((key) => values[key]),
  };
}

/** How a program ends that reads an output. */
async function endOf(values: Readonly<Record<string, unknown>>, name: keyof typeof outputKinds): Promise<Error> {
  try {
    await promiseOf<unknown>(tempoOutputs(stackWith(values))[name]);
  } catch (error) {
    return error as Error;
  }
  assert.fail(`${name} was read`);
}

describe("a reader of the outputs", () => {
  it("knows every output of the stack, and its kind", () => {
    assert.deepEqual([...outputNames].sort(), Object.keys(outputs).sort());
    for (const name of outputNames) {
      assert.equal(typeof outputs[name], outputKinds[name] === "text" ? "string" : "object", name);
    }
  });

  it("reads each as the stack has it", async () => {
    const references = tempoOutputs(stackWith({ ...outputs }));
    for (const name of outputNames) assert.deepEqual(await promiseOf<unknown>(references[name]), outputs[name], name);
  });

  it("names the output, the stack and what to do, where an older version was deployed", async () => {
    const { message } = await endOf(without(outputs, "otlpGrpcUrl"), "otlpGrpcUrl");
    assert.match(message, /^output otlpGrpcUrl of stack organization\/tempo\/prod is not there: .* older version /);
    assert.match(message, /: pulumi up --stack organization\/tempo\/prod\. It has: queryUrl, otlpUrl, .*caddyRoute\.$/);
  });

  it("says so where the stack was not deployed, and where it is another program's", async () => {
    assert.match((await endOf({}, "queryUrl")).message, /no outputs at all.* Deploy it first, .*: pulumi up --stack /);
    assert.match((await endOf({ url: "x" }, "queryUrl")).message, /Is this the stack of Tempo\? It has: url\.$/);
  });

  for (const [title, values] of Object.entries({
    "a text where texts belong": { otelEnvironment: "OTEL_SERVICE_NAME=a" },
    "a list": { otelEnvironment: ["a"] },
    "a number among texts": { otelEnvironment: { OTEL_SERVICE_NAME: 1 } },
    null: { otelEnvironment: null },
  })) {
    it(`refuses ${title}`, async () => {
      const { message } = await endOf({ ...outputs, ...values }, "otelEnvironment");
      assert.match(message, /^output otelEnvironment of stack organization\/tempo\/prod is not a map of texts, /);
    });
  }

  it("refuses another thing where a text belongs", async () => {
    assert.match((await endOf({ ...outputs, queryUrl: 1 }, "queryUrl")).message, / is not a text, /);
  });

  it("ends as with Pulumi's own RunError, without a stack trace", async () => {
    const error = await endOf({}, "queryUrl");
    assert.ok(pulumi.RunError.isInstance(error));
    assert.equal(error.stack, `Error: ${error.message}`);
  });

  it("loads nothing, so that it is of use wherever it lies", () => {
    for (const file of ["index", "outputs", "read", "environment"]) {
      const text = readFileSync(join(ROOT, "packages/consumer", `${file}.ts`), "utf8");
      const modules = [...text.matchAll(/^(import|export) (type )?.*from "([^"]+)"/gm)].filter(
        ([, , type, from]) => type === undefined && !from?.startsWith("./"),
      );
      assert.deepEqual(modules, [], file);
      assert.doesNotMatch(text, /require\(|import\(/);
    }
  });
});

describe("a service's environment", () => {
  const { otelEnvironment } = outputs;

  it("says what the ConfigMap of the stack's own section sdk says", () => {
    const settings = settingsOf("prod");
    const target = { namespace: "hermes", cluster: "tempo", endpoint: "tailnet", protocol: "http" } as const;
    const endpoint = sdkEndpoint(settings, target) ?? "";
    const { data } = renderSdkConfigMap(settings, "tempo-otel", target, endpoint, "tempo.prod");
    assert.deepEqual(serviceEnvironment(otelEnvironment, { name: "hermes", namespace: "hermes" }), {
      ...(data as Record<string, string>),
      OTEL_SERVICE_NAME: "hermes",
    });
  });

  it("says so in Tempo's own cluster, too", () => {
    const settings = settingsOf("prod");
    const target = { namespace: "hermes", cluster: "tempo", endpoint: "service", protocol: "http" } as const;
    const endpoint = sdkEndpoint(settings, target) ?? "";
    const { data } = renderSdkConfigMap(settings, "tempo-otel", target, endpoint, "tempo.prod");
    const exporter = inCluster(otelEnvironment, outputs.otlpHttpEndpoint);
    assert.deepEqual(
      without(serviceEnvironment(exporter, { name: "a", namespace: "hermes" }), "OTEL_SERVICE_NAME"),
      data,
    );
  });

  it("has no resource attributes for a service outside Kubernetes without a version", () => {
    assert.ok(!("OTEL_RESOURCE_ATTRIBUTES" in serviceEnvironment(otelEnvironment, { name: "hermes" })));
  });

  it("keeps a value in one attribute", () => {
    const { OTEL_RESOURCE_ATTRIBUTES: attributes } = serviceEnvironment(otelEnvironment, {
      name: "hermes",
      cluster: "ringtail",
      version: "1,5=beta 2",
    });
    assert.equal(attributes, "k8s.cluster.name=ringtail,service.version=1%2C5%3Dbeta%202");
  });
});
