/** What both examples of a consumer do, whichever language they are written in. */
import assert from "node:assert/strict";
import { without } from "../../stack/program/stacks";
import { outputs, type Run } from "./program";

const config = { tempoStack: "organization/tempo/prod", kubeContext: "minikube-indri", image: "hermes:1.4.2" };

/**
 * Declares the tests of one.
 * @param runWith runs it with its settings and with the outputs of the stack that it refers to
 */
export function describeConsumer(
  runWith: (config: Readonly<Record<string, string>>, referred: Readonly<Record<string, unknown>>) => Promise<Run>,
): void {
  const run = (changes: Record<string, string> = {}, referred: object = outputs): Promise<Run> =>
    runWith({ ...config, ...changes }, { ...referred });

  it("refers to the stack that its settings name", async () => {
    assert.equal(inputsOf(await run(), "pulumi:pulumi:StackReference")["name"], "organization/tempo/prod");
  });

  it("has the environment of a service that sends through the tailnet", async () => {
    const { exports } = await run({ version: "1.4.2" });
    assert.deepEqual(exports["environment"], {
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://tempo-otlp.tail8d86e.ts.net",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      OTEL_SERVICE_NAME: "hermes",
      OTEL_RESOURCE_ATTRIBUTES: "service.namespace=hermes,k8s.namespace.name=hermes,service.version=1.4.2",
      OTEL_METRICS_EXPORTER: "none",
      OTEL_LOGS_EXPORTER: "none",
      OTEL_PROPAGATORS: "tracecontext,baggage",
      OTEL_SEMCONV_STABILITY_OPT_IN: "http",
    });
  });

  it("sends to Tempo's Service in Tempo's own cluster, and all else stays", async () => {
    const [away, beside] = [await run(), await run({ besideTempo: "true" })].map(
      ({ exports }) => exports["environment"] as Record<string, string>,
    );
    assert.ok(away && beside);
    const name = "OTEL_EXPORTER_OTLP_ENDPOINT";
    assert.equal(beside[name], outputs.otlpHttpEndpoint);
    assert.deepEqual(without(beside, name), without(away, name));
  });

  it("has a ConfigMap with that environment, in the namespace of the service, and the pod reads it", async () => {
    const found = await run({ namespace: "chat" });
    const { metadata, data } = inputsOf(found, "kubernetes:core/v1:ConfigMap");
    assert.deepEqual([metadata, data], [{ namespace: "chat" }, found.exports["environment"]]);
    const { spec } = inputsOf(found, "kubernetes:apps/v1:Deployment") as {
      spec: { template: { spec: { containers: object[] } } };
    };
    assert.deepEqual(spec.template.spec.containers, [
      {
        name: "hermes",
        image: "hermes:1.4.2",
        envFrom: [{ configMapRef: { name: "hermes-otel-5e1f" } }],
        env: [
          { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
          {
            name: "OTEL_RESOURCE_ATTRIBUTES",
            value: "service.namespace=chat,k8s.namespace.name=chat,k8s.pod.name=$(POD_NAME),k8s.container.name=hermes",
          },
        ],
      },
    ]);
    assert.equal(found.exports["configMap"], "hermes-otel-5e1f");
  });

  it("tells where its requests are seen, if anywhere", async () => {
    assert.equal((await run()).exports["dashboard"], outputs.dashboardUrls["services"]);
    assert.equal((await run({}, { ...outputs, dashboardUrls: {} })).exports["dashboard"], "");
  });

  it("ends where Tempo's stack has not what it reads", async () => {
    await assert.rejects(run({}, without(outputs, "dashboardUrls")), {
      message: /^output dashboardUrls of stack organization\/tempo\/prod is not there: .* older version/,
    });
  });

  it("does not mind what it does not read", async () => {
    await run({}, without(outputs, "caddyRoute", "otlpGrpcUrl", "grafanaProvisioning"));
  });
}

function inputsOf({ resources }: Run, type: string): Readonly<Record<string, unknown>> {
  const [found, ...more] = resources.filter((resource) => resource.type === type);
  assert.ok(found && more.length === 0, `not exactly one ${type}`);
  return found.inputs;
}
