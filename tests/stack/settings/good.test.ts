import { ROOT } from "../../../lib/root";
import assert from "node:assert/strict";
import { parseSettings } from "../../../stack/settings";
import { parseDuration, type Duration } from "../../../lib/schema/duration";
import { parseQuantity, type Quantity } from "../../../lib/schema/quantity";
import type { Settings } from "../../../components/contracts/settings";
import { readStackConfig } from "../../../tools/offline/project";
import { parseConfig, type Config } from "./parse";

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

const BUSYBOX = "sha256:9db7b59979c38555a39def84a31fb98b5296952f9e3afd4f6f11f05b07adfab0";

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
    requests: { cpu: size("100m"), memory: size("256Mi"), ephemeralStorage: size("64Mi") },
    limits: { cpu: size("2"), memory: size("1Gi") },
  },
  pod: {
    nodeSelector: {},
    tolerations: [],
    affinity: {},
    priorityClassName: undefined,
    imagePullSecrets: [],
    annotations: {},
    labels: {},
    seLinuxOptions: {},
    runAs: "fixed",
  },
  receiver: { maxMessageSize: size("4Mi"), cors: { allowedOrigins: [], allowedHeaders: [] } },
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
  storage: {
    guard: true,
    image: {
      text: `busybox:1.37.0@${BUSYBOX}`,
      registry: "docker.io",
      repository: "library/busybox",
      tag: "1.37.0",
      digest: BUSYBOX,
    },
    resources: {
      requests: { cpu: size("10m"), memory: size("16Mi"), ephemeralStorage: size("64Mi") },
      limits: { memory: size("64Mi") },
    },
    adaptiveRetention: false,
    minRetention: time("24h"),
  },
  scrape: {
    method: "job",
    interval: time("30s"),
    labels: {},
    series: { tempo: {}, guard: {}, kubelet: {} },
    alloyImage: {
      text: "grafana/alloy:v1.18.1",
      registry: "docker.io",
      repository: "grafana/alloy",
      tag: "v1.18.1",
    },
    resources: {
      requests: { cpu: size("20m"), memory: size("96Mi"), ephemeralStorage: size("64Mi") },
      limits: { cpu: size("500m"), memory: size("256Mi") },
    },
  },
  prometheus: undefined,
  tailnet: undefined,
  ingress: undefined,
  httpRoute: undefined,
  networkPolicy: undefined,
  grafana: undefined,
  collector: undefined,
  sdk: undefined,
  caddy: undefined,
} satisfies { [K in keyof Settings]: unknown };

/** Without the keys that are undefined, which zod sets or leaves out by how a value came to be absent. */
function present(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(present);
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries.map(([key, entry]) => [key, present(entry)]));
}

/** A data source of which only this is said. */
const dataSource = (ownership: string, uid: string, name: string) => ({
  ownership,
  uid,
  name,
  jsonData: {},
  httpHeaders: {},
});
const lokiLabels = {
  "k8s.cluster.name": "cluster",
  "k8s.namespace.name": "namespace",
  "k8s.pod.name": "pod",
  "k8s.container.name": "container",
};

/** A collector of which only what it needs is said. */
const probes = ["/health", "/healthz", "/livez", "/readyz", "/ping"];
const commonCollector = {
  namespace: "alloy",
  createNamespace: false,
  name: "tempo-collector",
  image: common.scrape.alloyImage,
  protocol: "http",
  queue: {
    outage: time("12h"),
    spansPerSecond: 20,
    hostPath: "/var/lib/tempo-collector",
    volumeSize: size("4Gi"),
  },
  resources: {
    requests: { cpu: size("100m"), memory: size("256Mi"), ephemeralStorage: size("64Mi") },
    limits: { cpu: size("1"), memory: size("1Gi") },
  },
  privileged: false,
  propagation: "accept",
  remoteWrite: { headers: {} },
  nodeSelector: {},
  pod: {
    tolerations: [{ operator: "Exists" }],
    affinity: {},
    imagePullSecrets: [],
    annotations: {},
    labels: {},
    seLinuxOptions: {},
  },
  ignoredRoutes: probes,
};

/** The probes of the four services of prod. */
const ofProd = ["/api/version", "/v1/health", "/api/tags", "/api/server/ping"];

/** The section of a stack that says only where Grafana is. */
const commonGrafana = {
  url: "https://grafana.example.com",
  headers: {},
  folder: "Tempo",
  uidPrefix: "tempo",
  tempo: dataSource("create", "tempo", "Tempo"),
  dashboards: true,
};

describe("the committed stacks", () => {
  it("prod: BlumeOps on indri, with all that there is, and a collector on ringtail", () => {
    assert.deepEqual(
      present(stackSettings("prod")),
      present({
        ...common,
        kubeContext: "minikube-indri",
        storage: { ...common.storage, adaptiveRetention: true },
        prometheus: {
          remoteWriteUrl: "http://prometheus.monitoring.svc.cluster.local:9090/api/v1/write",
          externalLabels: { source: "tempo" },
          headers: {},
        },
        tailnet: {
          domain: "tail8d86e.ts.net",
          proxyGroup: "ingress",
          tags: ["tag:k8s"],
          queryHostname: "tempo",
          otlpHostname: "tempo-otlp",
          annotations: {},
          addressTimeout: time("60s"),
          apiUrl: "https://api.tailscale.com",
        },
        networkPolicy: {
          query: [{ namespace: "monitoring", labels: {} }],
          metrics: [{ namespace: "monitoring", labels: {} }],
          otlp: [{ namespace: "monitoring", labels: {} }],
          proxies: { namespace: "tailscale", labels: {} },
        },
        grafana: {
          ...commonGrafana,
          url: "https://grafana.ops.eblu.me",
          tempo: dataSource("settings-only", "tempo", "Tempo"),
          loki: { ...dataSource("settings-only", "loki", "Loki"), labels: lokiLabels },
          prometheus: dataSource("provisioned", "prometheus", "Prometheus"),
          alerts: {
            minimumRequests: 20,
            services: [
              { name: "frigate", errorRatio: 0.05, latency: time("2s") },
              { name: "ntfy", errorRatio: 0.05, latency: time("1s") },
              { name: "ollama", errorRatio: 0.05, latency: time("2m") },
              { name: "immich", errorRatio: 0.05, latency: time("5s") },
            ],
          },
        },
        collector: {
          ...commonCollector,
          kubeContext: "k3s-ringtail",
          clusterName: "ringtail",
          remoteWriteUrl: "https://prometheus.tail8d86e.ts.net/api/v1/write",
          ignoredRoutes: ofProd,
          services: [
            {
              name: "frigate",
              namespace: "frigate",
              deployment: "frigate",
              labels: {},
              routes: [
                "/api/events/{id}",
                "/api/events/{id}/{part}",
                "/api/{camera}/latest.jpg",
                "/api/{camera}/{kind}/{item}",
              ],
              ignoredRoutes: ofProd,
              sampling: 1,
            },
            {
              name: "ntfy",
              namespace: "ntfy",
              deployment: "ntfy",
              labels: {},
              routes: ["/v1/*", "/static/*", "/file/*", "/{topic}", "/{topic}/{action}"],
              ignoredRoutes: ofProd,
              sampling: 1,
            },
            {
              name: "ollama",
              namespace: "ollama",
              deployment: "ollama",
              labels: {},
              routes: [],
              ignoredRoutes: ofProd,
              sampling: 1,
            },
            {
              name: "immich",
              namespace: "immich",
              deployment: "immich-server",
              labels: {},
              routes: ["/_app/*", "/api/assets/{id}", "/api/assets/{id}/{part}"],
              ignoredRoutes: ofProd,
              sampling: 1,
            },
          ],
        },
        caddy: { hostname: "tempo.ops.eblu.me", preferred: false },
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
        image: { text: "grafana/tempo:2.10.8", registry: "docker.io", repository: "grafana/tempo", tag: "2.10.8" },
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
    ["{} for a section that may be absent", { prometheus: {}, tailnet: {}, networkPolicy: {}, grafana: {} }],
    ["{} for a section of senders and their way", { collector: {}, sdk: {}, caddy: {} }],
    ["{} for a section that has defaults", { volume: {}, resources: {}, limits: {}, metricsGenerator: {} }],
    ["{} for what watches and scrapes", { storage: {}, scrape: { labels: {} } }],
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
    const empty = { proxyGroup: "", otlpGrpcHostname: "", apiKey: "", oauthClientId: "", oauthClientSecret: "" };
    assert.deepEqual(
      present(parseConfig({ ...cluster, tailnet: { domain, ...empty } })),
      present(parseConfig({ ...cluster, tailnet: { domain } })),
    );
  });

  it("is {} and an empty text within grafana", () => {
    const { url } = commonGrafana;
    const empty = { auth: "", tempo: { url: "" }, loki: {}, prometheus: {}, alerts: {} };
    assert.deepEqual(present(parseConfig({ ...cluster, grafana: { url, ...empty } }).grafana), commonGrafana);
    assert.deepEqual(present(parseConfig({ ...cluster, grafana: { url } }).grafana), commonGrafana);
  });

  it("has defaults in a part of grafana of which one thing is said", () => {
    const { grafana } = parseConfig({
      ...cluster,
      prometheus: { remoteWriteUrl: "http://a/api/v1/write" },
      grafana: {
        url: commonGrafana.url,
        loki: { uid: "logs" },
        prometheus: { name: "Mimir" },
        alerts: { contactPoint: "ntfy", services: [{ name: "a" }] },
      },
    });
    assert.deepEqual(present(grafana), {
      ...commonGrafana,
      loki: { ...dataSource("provisioned", "logs", "Loki"), labels: lokiLabels },
      prometheus: dataSource("provisioned", "prometheus", "Mimir"),
      alerts: {
        contactPoint: "ntfy",
        minimumRequests: 20,
        services: [{ name: "a", errorRatio: 0.05, latency: time("2s") }],
      },
    });
  });

  it("is an empty text and {} within collector", () => {
    const services = [{ name: "a", namespace: "a", deployment: "b" }];
    const needed = { clusterName: "ringtail", services };
    const empty = {
      kubeContext: "",
      kubeconfig: "",
      endpoint: "",
      caCertificate: "",
      remoteWriteUrl: "",
      receiver: "",
    };
    const sections = { queue: {}, resources: { requests: {}, limits: {} }, nodeSelector: {} };
    const inService = [{ ...services[0], statefulSet: "", daemonSet: "", labels: {}, routes: [] }];
    const expected = {
      ...commonCollector,
      clusterName: "ringtail",
      services: [
        {
          name: "a",
          namespace: "a",
          deployment: "b",
          labels: {},
          routes: [],
          ignoredRoutes: probes,
          sampling: 1,
        },
      ],
    };
    for (const collector of [needed, { ...needed, ...empty, ...sections, services: inService }]) {
      assert.deepEqual(present(parseConfig({ ...cluster, collector }).collector), expected);
    }
  });

  it("has defaults in a part of collector, sdk and caddy of which one thing is said", () => {
    const { collector, sdk, caddy } = parseConfig({
      ...cluster,
      collector: {
        clusterName: "a",
        queue: { outage: "6h" },
        resources: { limits: { memory: "512Mi" } },
        services: [{ name: "a", namespace: "a", labels: { app: "a" }, ignoredRoutes: [] }],
      },
      sdk: { namespaces: [{ namespace: "hermes", cluster: "tempo" }] },
      caddy: { hostname: "tempo.ops.eblu.me", upstream: "http://tempo:3200" },
    });
    assert.deepEqual(collector?.queue, { ...commonCollector.queue, outage: time("6h") });
    assert.deepEqual(present(collector.resources.limits), { cpu: size("1"), memory: size("512Mi") });
    assert.deepEqual(collector.services[0]?.ignoredRoutes, []);
    assert.deepEqual(collector.ignoredRoutes, probes);
    assert.deepEqual(present(sdk), {
      configMapName: "tempo-otel",
      namespaces: [{ namespace: "hermes", cluster: "tempo", protocol: "http" }],
    });
    assert.deepEqual(present(caddy), {
      hostname: "tempo.ops.eblu.me",
      upstream: "http://tempo:3200",
      preferred: false,
    });
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
    assert.deepEqual(present(resources.limits), { cpu: size("2"), memory: size("2Gi") });
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

  it("Grafana's credential and headers are taken where the engine holds them as such", () => {
    const { url } = commonGrafana;
    for (const auth of ["glsa_abc_123", "admin:päss word", "anonymous"]) {
      assert.equal(parseConfig({ ...cluster, grafana: { url, auth } }, ["grafana"]).grafana?.auth, auth);
    }
    const httpHeaders = { Authorization: "Bearer a b", "X-Scope-OrgID": "homelab" };
    const grafana = { url, tempo: { httpHeaders } };
    assert.deepEqual(parseConfig({ ...cluster, grafana }, ["grafana"]).grafana?.tempo.httpHeaders, httpHeaders);
  });

  // So `pulumi config set --path` writes what is no whole number.
  it("a share is a number or its text", () => {
    for (const errorRatio of [0.05, "0.05", ".05", "0.050"]) {
      const grafana = { url: "https://g", prometheus: { uid: "p" }, alerts: { services: [{ name: "a", errorRatio }] } };
      const settings = parseConfig({ ...cluster, prometheus: { remoteWriteUrl: "http://a/api/v1/write" }, grafana });
      assert.equal(settings.grafana?.alerts?.services[0]?.errorRatio, 0.05);
    }
  });

  // So `pulumi config set --path` writes what is no whole number.
  it("a sampling ratio, and a number of spans, may be a text as well", () => {
    for (const [sampling, spansPerSecond] of [
      [0.25, 50],
      ["0.25", "50"],
    ]) {
      const services = [{ name: "a", namespace: "a", deployment: "a", sampling }];
      const { collector } = parseConfig({
        ...cluster,
        collector: { clusterName: "a", queue: { spansPerSecond, volumeSize: "8Gi" }, services },
      });
      assert.deepEqual([collector?.services[0]?.sampling, collector?.queue.spansPerSecond], [0.25, 50]);
    }
  });

  const remote = { prometheus: { remoteWriteUrl: "http://a/api/v1/write" } };
  const collector = {
    clusterName: "k3s.Ringtail_1",
    services: [{ name: "Über Träume & Co. (it's)", namespace: "a", labels: { "a.b/c": "d" } }],
  };
  const good: Config[] = [
    { collector },
    { collector: { ...collector, kubeContext: "admin@home lab", endpoint: "http://10.0.0.1:4318/otlp" } },
    { collector: { ...collector, kubeconfig: "~/.kube/ringtail", endpoint: "https://[fd00::1]", protocol: "grpc" } },
    { collector: { ...collector, namespace: "a".repeat(63), createNamespace: "true", name: "a".repeat(52) } },
    { collector: { ...collector, propagation: "inject", privileged: true, receiver: "false" } },
    {
      collector: { ...collector, queue: { outage: "1d", volumeSize: "100Gi" } },
      metricsGenerator: { maxSpanAge: "1d" },
    },
    { collector: { ...collector, nodeSelector: { "kubernetes.io/hostname": "ringtail", gpu: "" } } },
    {
      collector: {
        ...collector,
        services: [
          { name: "a", namespace: "a", deployment: "a", routes: ["/", "/{a}", "/a/*"], ignoredRoutes: ["/*"] },
          { name: "b", namespace: "a", statefulSet: "a" },
          { name: "c", namespace: "b", deployment: "a", sampling: 0.001 },
        ],
      },
    },
    { sdk: { configMapName: "otel.v1", namespaces: [{ namespace: "a", cluster: "tempo", protocol: "grpc" }] } },
    { collector, sdk: { namespaces: [{ namespace: "a", cluster: "collector", endpoint: "collector" }] } },
    { tailnet: { domain: "a.ts.net", otlpGrpcHostname: "tempo-otlp-grpc" } },
    { caddy: { hostname: "tempo", upstream: "http://[::1]:3200", adminUrl: "http://localhost:2019", server: "srv0" } },
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
    {
      pod: {
        nodeSelector: { "kubernetes.io/os": "linux", zone: "a" },
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: "zone", operator: "In", values: ["b"] }] },
                { matchExpressions: [{ key: "zone", operator: "In", values: ["a", "b"] }] },
              ],
            },
          },
        },
      },
    },
    { storage: { guard: "false", adaptiveRetention: "false", minRetention: "90d" } },
    { storage: { adaptiveRetention: true, minRetention: "7d" }, retention: "168h" },
    { storage: { adaptiveRetention: true, minRetention: "24h", shortenAtOnceTo: "24h" } },
    { storage: { image: `registry.local:5000/busybox@sha256:${"0".repeat(64)}`, minRetention: "1h" } },
    { scrape: { method: "serviceMonitor", interval: "5s", labels: { release: "kube-prometheus-stack" } } },
    { scrape: { method: "annotations", interval: "60s", alloyImage: "grafana/alloy:v1.19.0-rc.1" } },
    { scrape: { method: "alloy" }, prometheus: { remoteWriteUrl: "http://a/api/v1/write" } },
    { prometheus: { remoteWriteUrl: "https://[fd00::1]:9090/api/v1/write", externalLabels: { a: "{{x}} ü" } } },
    { tailnet: { domain: "cat-crocodile.ts.net", tags: ["tag:a", "tag:b"], queryHostname: "0" } },
    { tailnet: { domain: "headscale.example.com", apiUrl: "http://127.0.0.1:8080" } },
    { networkPolicy: { query: [{ namespace: "a" }, { namespace: "a" }], otlp: [] } },
    { grafana: { url: "http://localhost:3000/grafana/" } },
    { grafana: { url: "https://g", tempo: { ownership: "provisioned", url: "https://tempo.tail8d86e.ts.net" } } },
    { grafana: { url: "https://g", tempo: { httpHeaders: { "X-Scope-OrgID": "homelab" } } } },
    // Links that this program does not write are somebody's.
    {
      grafana: {
        url: "https://g",
        tempo: { ownership: "settings-only", jsonData: { tracesToLogsV2: {}, serviceMap: {} } },
      },
    },
    {
      grafana: { url: "https://g", loki: { ownership: "settings-only", jsonData: { maxLines: 5, derivedFields: [] } } },
    },
    { grafana: { url: "https://g", loki: { labels: { "k8s.pod.labels.app.kubernetes.io/name": "app", pod: "pod" } } } },
    { grafana: { url: "https://g", folder: "Spuren & Zeiten (Tempo's) – $1", uidPrefix: "A-b_9" } },
    {
      ...remote,
      grafana: { url: "https://g", prometheus: { ownership: "create", url: "http://p" }, dashboards: false },
    },
    {
      ...remote,
      grafana: {
        url: "https://g",
        prometheus: { uid: "a".repeat(40) },
        alerts: { services: [{ name: "a".repeat(26), errorRatio: 1, latency: "4m" }, { name: "Ü" }] },
      },
    },
  ];
  for (const config of good) {
    it(`accepts ${JSON.stringify(config).slice(0, 90)}`, () => {
      assert.ok(parseConfig({ ...cluster, ...config }));
    });
  }
});
