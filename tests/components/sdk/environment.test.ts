import assert from "node:assert/strict";
import { wayOf } from "../../../components/collector/senders";
import { otelEnvironment, renderSdkConfigMap, sdkEndpoint } from "../../../components/sdk/environment";
import type { SdkNamespace, Settings } from "../../../components/contracts/settings";
import { sectionOf, settingsOf, type Changes } from "../../stack/program/stacks";

const settings = (collector: Changes = {}, changes: Changes = {}): Settings =>
  settingsOf("prod", {
    tailnet: { domain: "example.ts.net", otlpGrpcHostname: "tempo-otlp-grpc" },
    collector: { ...sectionOf("prod", "collector"), ...collector },
    ...changes,
  });
const alone = settings({}, { collector: undefined, tailnet: undefined, caddy: undefined });

const target = (entry: Partial<SdkNamespace>): SdkNamespace => ({
  namespace: "hermes",
  cluster: "tempo",
  protocol: "http",
  ...entry,
});

describe("where the spans of a namespace go", () => {
  const own = "http://tempo.monitoring.svc.cluster.local";
  const beside = "http://tempo-collector.alloy.svc.cluster.local";
  const ways: [entry: Partial<SdkNamespace>, http: string | undefined, grpc: string | undefined][] = [
    [{ cluster: "tempo" }, `${own}:4318`, `${own}:4317`],
    [{ cluster: "tempo", endpoint: "service" }, `${own}:4318`, `${own}:4317`],
    [
      { cluster: "tempo", endpoint: "tailnet" },
      "https://tempo-otlp.example.ts.net",
      "https://tempo-otlp-grpc.example.ts.net",
    ],
    [{ cluster: "tempo", endpoint: "collector" }, undefined, undefined],
    [{ cluster: "collector" }, `${beside}:4318`, `${beside}:4317`],
    [{ cluster: "collector", endpoint: "collector" }, `${beside}:4318`, `${beside}:4317`],
    [
      { cluster: "collector", endpoint: "tailnet" },
      "https://tempo-otlp.example.ts.net",
      "https://tempo-otlp-grpc.example.ts.net",
    ],
    [{ cluster: "collector", endpoint: "service" }, undefined, undefined],
  ];
  for (const [entry, http, grpc] of ways) {
    it(`is ${http ?? "nowhere"} for ${JSON.stringify(entry)}`, () => {
      assert.equal(sdkEndpoint(settings(), target({ ...entry, protocol: "http" })), http);
      assert.equal(sdkEndpoint(settings(), target({ ...entry, protocol: "grpc" })), grpc);
    });
  }

  it("is what is nearest where nothing is said", () => {
    assert.equal(wayOf(settings(), { cluster: "tempo" }), "service");
    for (const receiver of [undefined, true]) {
      assert.equal(wayOf(settings({ receiver }), { cluster: "collector" }), "collector");
    }
    assert.equal(wayOf(settings({ receiver: false }), { cluster: "collector" }), "tailnet");
    assert.equal(wayOf(alone, { cluster: "collector" }), "tailnet");
  });

  it("is nowhere without a receiver, without a tailnet, and without its name for gRPC", () => {
    const without = settings({ receiver: false });
    assert.equal(sdkEndpoint(without, target({ cluster: "collector", endpoint: "collector" })), undefined);
    assert.equal(sdkEndpoint(alone, target({ endpoint: "tailnet" })), undefined);
    const noGrpc = settings({}, { tailnet: { domain: "example.ts.net" } });
    assert.equal(sdkEndpoint(noGrpc, target({ endpoint: "tailnet", protocol: "grpc" })), undefined);
    assert.equal(sdkEndpoint(alone, target({})), `${own}:4318`);
  });
});

describe("otelEnvironment", () => {
  it("says where, how, and compressed", () => {
    assert.deepEqual(otelEnvironment("https://a.example", "http"), {
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://a.example",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
    });
  });

  // Without one the exporters of gRPC take 4317, where a tailnet's proxy does not listen.
  it("gives gRPC a port in any case", () => {
    for (const [url, expected] of [
      ["https://a.example", "https://a.example:443"],
      ["https://a.example:4317", "https://a.example:4317"],
      ["http://tempo.monitoring.svc.cluster.local:4317", "http://tempo.monitoring.svc.cluster.local:4317"],
      ["http://tempo", "http://tempo:4317"],
      ["https://[::1]/", "https://[::1]:443"],
    ] as const) {
      const environment = otelEnvironment(url, "grpc");
      assert.equal(environment["OTEL_EXPORTER_OTLP_ENDPOINT"], expected);
      assert.equal(environment["OTEL_EXPORTER_OTLP_PROTOCOL"], "grpc");
    }
  });
});

describe("the ConfigMap of a namespace", () => {
  const configMap = (entry: Partial<SdkNamespace>, from = settings()) =>
    renderSdkConfigMap(from, "tempo-otel", target(entry), "http://a:4318", "tempo.prod") as {
      metadata: object;
      data: Record<string, string>;
    };

  it("is for envFrom: names that every shell takes, texts only", () => {
    const { data } = configMap({ cluster: "collector" });
    for (const [name, value] of Object.entries(data)) {
      assert.match(name, /^OTEL_[A-Z_]+$/);
      assert.equal(typeof value, "string");
    }
  });

  it("has its namespace, its owner, and the variables of OpenTelemetry", () => {
    assert.deepEqual(configMap({ cluster: "collector", namespace: "iris" }), {
      metadata: {
        name: "tempo-otel",
        namespace: "iris",
        labels: {
          "app.kubernetes.io/name": "tempo",
          "app.kubernetes.io/managed-by": "pulumi",
          "pulumi-tempo/stack": "tempo.prod",
        },
      },
      data: {
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://a:4318",
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
        OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
        OTEL_RESOURCE_ATTRIBUTES: "service.namespace=iris,k8s.namespace.name=iris,k8s.cluster.name=ringtail",
        OTEL_METRICS_EXPORTER: "none",
        OTEL_LOGS_EXPORTER: "none",
        OTEL_PROPAGATORS: "tracecontext,baggage",
        OTEL_SEMCONV_STABILITY_OPT_IN: "http",
      },
    });
  });

  it("tells the cluster only where it is known", () => {
    assert.equal(
      configMap({ cluster: "tempo" }, alone).data["OTEL_RESOURCE_ATTRIBUTES"],
      "service.namespace=hermes,k8s.namespace.name=hermes",
    );
  });

  // Both are one service's own.
  it("names no service and samples nothing", () => {
    for (const name of Object.keys(configMap({}).data)) assert.doesNotMatch(name, /SERVICE_NAME|SAMPLER/);
  });
});
