import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { renderSdkConfigMap, sdkEndpoint } from "../../../components/sdk/environment";
import { LOKI_LABELS, SERVICE } from "../../../components/contracts/attributes";
import { ROOT, settingsOf } from "../../stack/program/stacks";
import { OtlpReceiver, type ReceivedSpan } from "../../support/otlpReceiver";
import { whileReceiving } from "./recipe/endpoint";
import { environmentOf, type Container, type Pod } from "./recipe/podEnvironment";
import { LOADER } from "../../support/tool";

/** What the page for those who connect a service says of the pod: its blocks of YAML. */
const PAGE = readFileSync(join(ROOT, "docs", "guides", "sending.md"), "utf8");
const specs = [...PAGE.matchAll(/^\x60{3}yaml\n([\s\S]*?)^\x60{3}$/gm)].map(([, text = ""]) => text);

/** The container that the page shows. */
function documented(): Container {
  const text = specs.find((spec) => spec.includes("envFrom"));
  assert.ok(text !== undefined, "docs/guides/sending.md has no block of YAML with envFrom");
  const { spec } = parse(text) as { spec: { template: { spec: { containers: Container[] } } } };
  const [container, ...others] = spec.template.spec.containers;
  assert.ok(container && others.length === 0);
  return container;
}

interface Shared {
  readonly name: string;
  readonly data: Readonly<Record<string, string>>;
}

const POD = "hermes-58d9f6c7b4-p7d2c";

function podWith({ name, data }: Shared): Pod {
  return { fields: { "metadata.name": POD }, configMaps: { [name]: data } };
}

/** The ConfigMap of namespace hermes, by protocol and in place of the collector's address. */
function configMap(protocol: "http" | "grpc", endpoint?: string): Shared {
  const settings = settingsOf("prod", {
    sdk: { namespaces: [{ namespace: "hermes", cluster: "collector", protocol }] },
  });
  const target = settings.sdk?.namespaces[0];
  assert.ok(settings.sdk && target);
  const way = endpoint ?? sdkEndpoint(settings, target);
  assert.ok(way !== undefined);
  const name = settings.sdk.configMapName;
  const { data } = renderSdkConfigMap(settings, name, target, way, "test");
  return { name, data: data as Record<string, string> };
}

/** Runs the service in the container that the page shows, with nothing of this machine's environment but the PATH. */
async function run(shared: Shared): Promise<void> {
  const env = { PATH: process.env["PATH"], ...environmentOf(documented(), podWith(shared)) };
  const program = join(ROOT, "tests/components/sdk/recipe/service.ts");
  await promisify(execFile)(process.execPath, [...LOADER, program], { cwd: ROOT, env });
}

/** All that Grafana looks for in a span, so that a span leads to its logs and to its service's metrics. */
function assertFound(spans: readonly ReceivedSpan[]): void {
  assert.deepEqual(spans.map(({ name }) => name).sort(), ["GET /items/{id}", "look up"]);
  for (const { resource } of spans) {
    assert.equal(resource[SERVICE.attribute], "hermes");
    const { cluster, ...others } = Object.fromEntries(
      Object.entries(LOKI_LABELS).map(([attribute, label]) => [label, resource[attribute]]),
    );
    assert.equal(cluster, "ringtail");
    assert.deepEqual(others, { namespace: "hermes", pod: POD, container: "hermes" });
    assert.equal(resource["service.namespace"], "hermes");
  }
}

describe("a service with an SDK, as docs/guides/sending.md shows it", function () {
  it("sends protobuf to /v1/traces, compressed, and says where it comes from", async () => {
    const asked = await whileReceiving(async (url) => {
      await run(configMap("http", url));
    });
    assert.deepEqual(
      asked.map(({ request, contentType, compression }) => ({ request, contentType, compression })),
      [{ request: "POST /v1/traces", contentType: "application/x-protobuf", compression: "gzip" }],
    );
    assertFound(asked.flatMap(({ spans }) => spans));
  });

  it("sends by gRPC where the settings say so", async () => {
    const receiver = new OtlpReceiver({ protocol: "grpc" });
    await receiver.start();
    try {
      await run(configMap("grpc", receiver.url));
      assert.deepEqual(
        receiver.requests.map(({ compression }) => compression),
        ["gzip"],
      );
      assertFound(receiver.taken);
    } finally {
      await receiver.stop();
    }
  });

  it("has every variable of the ConfigMap, and adds to its resource attributes", () => {
    const { name, data } = configMap("http");
    const env = environmentOf(documented(), podWith({ name, data }));
    const { OTEL_RESOURCE_ATTRIBUTES: shared = "", ...others } = data;
    for (const [variable, value] of Object.entries(others)) assert.equal(env[variable], value);
    assert.ok(env["OTEL_RESOURCE_ATTRIBUTES"]?.startsWith(`${shared},`));
  });
});

describe("environmentOf", () => {
  const pod = { fields: { "metadata.name": "p" }, configMaps: { shared: { A: "of the map", B: "of the map" } } };
  const envFrom = [{ configMapRef: { name: "shared" } }];

  it("lets env win over envFrom, and add to it", () => {
    const env = [
      { name: "A", value: "$(A), and more" },
      { name: "B", value: "own" },
      { name: "C", value: "$(B)" },
    ];
    const expected = { A: "of the map, and more", B: "own", C: "own" };
    assert.deepEqual(environmentOf({ name: "c", envFrom, env }, pod), expected);
  });

  it("replaces references to what stands above, and no others", () => {
    const env = [
      { name: "P", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "D", value: "$(P),$(LATER)" },
      { name: "LATER", value: "x" },
    ];
    assert.equal(environmentOf({ name: "c", env }, pod)["D"], "p,$(LATER)");
  });

  it("refuses what a pod would not start with", () => {
    const other = { name: "c", envFrom: [{ configMapRef: { name: "other" } }] };
    assert.throws(() => environmentOf(other, pod), /there is no ConfigMap other/);
    const uid = { name: "c", env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.uid" } } }] };
    assert.throws(() => environmentOf(uid, pod), /there is no field metadata.uid/);
  });
});
