import assert from "node:assert/strict";
import { resolve } from "node:path";
import { parseSettings } from "../../config";
import { parseDuration, type Duration } from "../../settings/parse/duration";
import { parseQuantity, type Quantity } from "../../settings/parse/quantity";
import type { Settings } from "../../settings/schema";
import { readStackConfig } from "../../tools/offline/project";
import { parseConfig, type Config } from "./parse";

const ROOT = resolve(__dirname, "../..");

function stackSettings(stack: string): Settings {
  const { values, project, secretKeys } = readStackConfig(ROOT, stack);
  return parseSettings(values, project, stack, (key) => secretKeys.includes(`${project}:${key}`));
}

function size(text: string): Quantity {
  const quantity = parseQuantity(text);
  assert.ok(quantity);
  return quantity;
}

function time(text: string): Duration {
  const duration = parseDuration(text);
  assert.ok(duration);
  return duration;
}

/** What both committed stacks have, apart from what each says itself. */
const common = {
  allowedKubeContexts: [],
  kubeContext: undefined,
  kubeconfig: undefined,
  namespace: "monitoring",
  createNamespace: false,
  name: "tempo",
  image: { text: "grafana/tempo:2.10.1", registry: "docker.io", repository: "grafana/tempo", tag: "2.10.1" },
  chart: { kind: "repository", url: "https://grafana-community.github.io/helm-charts" },
  chartVersion: "2.2.4",
  volume: {
    size: { text: "10Gi", milli: 10_737_418_240_000n },
    accessModes: ["ReadWriteOnce"],
    selector: {},
    protect: true,
    storageClass: undefined,
    claimName: undefined,
    volumeName: undefined,
  },
  retention: { text: "168h", ms: 604_800_000 },
  resources: {
    requests: { cpu: size("100m"), memory: size("256Mi") },
    limits: { cpu: size("2"), memory: size("1Gi") },
  },
  limits: {
    ingestionRate: size("1M"),
    ingestionBurst: size("8M"),
    maxLiveTraces: 100_000,
    maxBytesPerTrace: size("5M"),
    maxActiveSeries: 10_000,
  },
  metricsGenerator: {
    dimensions: ["http.request.method", "http.response.status_code", "http.route"],
    collectionInterval: time("15s"),
    maxSpanAge: time("12h"),
    traceqlMetrics: "recent",
  },
  prometheus: undefined,
  tailnet: undefined,
  networkPolicy: undefined,
} satisfies { [K in keyof Settings]: unknown };

/** Without the keys that are undefined, which zod sets or leaves out by how a value came to be absent. */
function present(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries.map(([key, entry]) => [key, present(entry)]));
}

describe("the committed stacks", () => {
  it("prod: BlumeOps on indri, with a tailnet, a Prometheus and a network policy", () => {
    assert.deepEqual(
      present(stackSettings("prod")),
      present({
        ...common,
        kubeContext: "minikube-indri",
        prometheus: {
          remoteWriteUrl: "http://prometheus.monitoring.svc.cluster.local:9090/api/v1/write",
          externalLabels: { source: "tempo" },
        },
        tailnet: {
          domain: "tail8d86e.ts.net",
          proxyGroup: "ingress",
          tags: ["tag:k8s"],
          queryHostname: "tempo",
          otlpHostname: "tempo-otlp",
          addressTimeout: time("60s"),
          apiUrl: "https://api.tailscale.com",
        },
        networkPolicy: {
          query: [{ namespace: "monitoring", labels: {} }],
          metrics: [{ namespace: "monitoring", labels: {} }],
          otlp: [{ namespace: "monitoring", labels: {} }],
          proxies: { namespace: "tailscale", labels: {} },
        },
      }),
    );
  });

  it("local: Tempo alone on whatever small cluster is current", () => {
    const contexts = "kind-* k3d-* minikube default docker-desktop rancher-desktop colima* orbstack".split(" ");
    assert.deepEqual(
      present(stackSettings("local")),
      present({
        ...common,
        allowedKubeContexts: contexts,
        createNamespace: true,
        volume: { ...common.volume, protect: false },
      }),
    );
  });
});

describe("what is absent", () => {
  const cluster = { kubeContext: "c" };
  const nothing = parseConfig(cluster);

  it("has the defaults", () => {
    assert.deepEqual(present(nothing), present({ ...common, kubeContext: "c" }));
  });

  const absent: [what: string, config: Config][] = [
    ["an empty text for a text", { kubeconfig: "" }],
    ["{} for a section that may be absent", { prometheus: {}, tailnet: {}, networkPolicy: {} }],
    ["{} for a section that has defaults", { volume: {}, resources: {}, limits: {}, metricsGenerator: {} }],
    ["{} in a section", { resources: { requests: {}, limits: {} }, volume: { selector: {} } }],
    ["an empty text in a section", { volume: { storageClass: "", claimName: "", volumeName: "" } }],
    ["an empty list", { allowedKubeContexts: [] }],
  ];
  for (const [what, config] of absent) {
    it(`is ${what}`, () => {
      assert.deepEqual(present(parseConfig({ ...cluster, ...config })), present(nothing));
    });
  }

  it("is an empty context where patterns are given", () => {
    const { kubeContext } = parseConfig({ kubeContext: "", allowedKubeContexts: ["kind-*"] });
    assert.equal(kubeContext, undefined);
  });

  it("is an empty text for the tailnet's optional fields", () => {
    const domain = "tail8d86e.ts.net";
    const empty = { proxyGroup: "", apiKey: "", oauthClientId: "", oauthClientSecret: "" };
    assert.deepEqual(
      present(parseConfig({ ...cluster, tailnet: { domain, ...empty } })),
      present(parseConfig({ ...cluster, tailnet: { domain } })),
    );
  });

  it("takes the section's default for each key that a stack leaves out", () => {
    const { volume, resources, networkPolicy } = parseConfig({
      ...cluster,
      volume: { size: "20Gi" },
      resources: { limits: { memory: "2Gi" } },
      networkPolicy: { query: [{ namespace: "a" }] },
    });
    assert.deepEqual(present(volume), present({ ...common.volume, size: size("20Gi") }));
    assert.deepEqual(resources.requests, common.resources.requests);
    assert.deepEqual(resources.limits, { cpu: size("2"), memory: size("2Gi") });
    assert.deepEqual(networkPolicy, {
      query: [{ namespace: "a", labels: {} }],
      metrics: [],
      otlp: [],
      proxies: { namespace: "tailscale", labels: {} },
    });
  });

  it("takes the proxies' namespace where only their labels are given", () => {
    const labels = { "app.kubernetes.io/name": "proxy" };
    assert.deepEqual(
      parseConfig({ ...cluster, tailnet: { domain: "a.ts.net" }, networkPolicy: { proxies: { labels } } }).networkPolicy
        ?.proxies,
      {
        namespace: "tailscale",
        labels,
      },
    );
  });
});

describe("values by meaning", () => {
  const cluster = { kubeContext: "c" };

  it("numbers and booleans are texts at the top, and either below it", () => {
    assert.equal(parseConfig({ ...cluster, createNamespace: true }).createNamespace, true);
    assert.equal(parseConfig({ ...cluster, createNamespace: "true" }).createNamespace, true);
    for (const maxLiveTraces of [500, "500"]) {
      assert.equal(parseConfig({ ...cluster, limits: { maxLiveTraces } }).limits.maxLiveTraces, 500);
    }
    for (const protect of [false, "false"]) {
      assert.equal(parseConfig({ ...cluster, volume: { protect } }).volume.protect, false);
    }
    assert.equal(parseConfig({ kubeContext: 5 }).kubeContext, "5");
    assert.equal(parseConfig({ ...cluster, namespace: "5-a" }).namespace, "5-a");
  });

  it("an amount of CPU may be a number, as in a manifest, or none", () => {
    const amounts = (requests: unknown, limits: unknown): unknown[] => {
      const { resources } = parseConfig({
        ...cluster,
        resources: { requests: { cpu: requests }, limits: { cpu: limits } },
      });
      return [resources.requests.cpu, resources.limits.cpu];
    };
    assert.deepEqual(amounts(0.25, 1), [size("0.25"), size("1")]);
    assert.deepEqual(amounts("", ""), [undefined, undefined]);
    assert.deepEqual(amounts("100m", ""), [size("100m"), undefined]);
    // Where nothing is said there is the default.
    assert.deepEqual(amounts(undefined, undefined), [size("100m"), size("2")]);
  });

  it("the same size and time may be written in many ways, and are kept as written", () => {
    const { volume, retention } = parseConfig({ ...cluster, volume: { size: "10240Mi" }, retention: "6d24h" });
    assert.deepEqual(volume.size, { text: "10240Mi", milli: common.volume.size.milli });
    assert.deepEqual(retention, { text: "6d24h", ms: common.retention.ms });
  });

  it("a JSON text is the list or section that it holds", () => {
    const config = { kubeContext: "", allowedKubeContexts: '[ "kind-*" ]', volume: ' {"size": "20Gi"}' };
    assert.deepEqual(parseConfig(config).allowedKubeContexts, ["kind-*"]);
    assert.equal(parseConfig(config).volume.size.text, "20Gi");
  });

  it("secrets are taken where the engine holds them as such", () => {
    const domain = "tail8d86e.ts.net";
    const secret = ["tailnet"];
    assert.equal(parseConfig({ ...cluster, tailnet: { domain, apiKey: "k" } }, secret).tailnet?.apiKey, "k");
    const oauth = { oauthClientId: "i", oauthClientSecret: "s" };
    assert.deepEqual(
      present(parseConfig({ ...cluster, tailnet: { domain, ...oauth } }, secret).tailnet),
      present({ ...parseConfig({ ...cluster, tailnet: { domain } }).tailnet, ...oauth }),
    );
  });

  const good: Config[] = [
    { kubeContext: "arn:aws:eks:eu-west-1:123456789012:cluster/prod" },
    { kubeContext: "admin@home lab" },
    { kubeconfig: "~/.kube/config" },
    { name: "a".repeat(52) },
    { name: "yes-tempo" },
    { name: "yn" },
    { namespace: "a".repeat(63) },
    { namespace: "0a" },
    { image: `registry.example:5000/tempo@sha256:${"0".repeat(64)}` },
    { chart: "oci://ghcr.io/grafana/tempo" },
    { chart: "./charts/tempo-2.2.4.tgz" },
    { chart: "http://charts.local:8080" },
    { chartVersion: "2.3.0-rc.1" },
    { volume: { size: "1.5Ti", accessModes: ["ReadWriteMany", "ReadWriteOnce"], selector: { "a.b/c": "" } } },
    { volume: { storageClass: "local-path.v2", claimName: "data.tempo", volumeName: "pv-1" } },
    { retention: "90d" },
    { retention: "1h", metricsGenerator: { maxSpanAge: "59m" } },
    { resources: { limits: { cpu: "0.5", memory: "1G" } } },
    { resources: { requests: { cpu: 0.25 }, limits: { cpu: 1 } } },
    { resources: { requests: { cpu: "" }, limits: { cpu: "" } } },
    { metricsGenerator: { dimensions: [], traceqlMetrics: "retention" } },
    { prometheus: { remoteWriteUrl: "https://[fd00::1]:9090", externalLabels: { a: "{{x}} ü" } } },
    { tailnet: { domain: "cat-crocodile.ts.net", tags: ["tag:a", "tag:b"], queryHostname: "0" } },
    { tailnet: { domain: "headscale.example.com", apiUrl: "http://127.0.0.1:8080" } },
    { networkPolicy: { query: [{ namespace: "a" }, { namespace: "a" }], otlp: [] } },
  ];
  for (const config of good) {
    it(`accepts ${JSON.stringify(config).slice(0, 90)}`, () => {
      assert.ok(parseConfig({ ...cluster, ...config }));
    });
  }
});
