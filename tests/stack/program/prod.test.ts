import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { READER_PATHS } from "../../../components/contracts/openPaths";
import type { Plan } from "../../../tools/offline/run";
import {
  claimAndRelease,
  clusterAndTempo,
  collector,
  inGrafana,
  inTempo,
  monitoring,
  none,
  scrapeConfig,
} from "../../support/registered";
import { registrationsOf } from "./registrations";
import {
  adoptingProviders,
  clustersOf,
  configOf,
  optionsOf,
  planOf,
  resourceOf,
  ROOT,
  withEnvironment,
  without,
} from "./stacks";

const inTailnet = { parent: "tempo:tailnet:Tailnet::tailnet" };

const provider = { provider: "grafana-provider" };
const settingsOnly = {
  type: "grafana:oss/dataSourceConfig:DataSourceConfig",
  ...inGrafana,
  ...provider,
  ...none,
  importable: true,
  // Its deletion would empty the settings of somebody's data source.
  retainOnDelete: true,
};
const inFolder = {
  ...inGrafana,
  ...provider,
  ...none,
  importable: true,
  dependsOn: ["grafana-folder", "grafana-tempo", "grafana-loki"],
};
const dashboard = { type: "grafana:oss/dashboard:Dashboard", ...inFolder };
const rules = { type: "grafana:alerting/ruleGroup:RuleGroup", ...inFolder };

/** Prometheus' data source is provisioned, so nothing is sent for it. */
const grafana = [
  { type: "tempo:grafana:Grafana", name: "grafana", ...none, dependsOn: ["tempo"] },
  { type: "pulumi:providers:grafana", name: "grafana-provider", ...inGrafana, ...none },
  { name: "grafana-tempo", ...settingsOnly },
  { name: "grafana-loki", ...settingsOnly },
  { type: "grafana:oss/folder:Folder", name: "grafana-folder", ...inGrafana, ...provider, ...none, importable: true },
  { name: "grafana-dashboard-tempo-services", ...dashboard },
  { name: "grafana-dashboard-tempo-service-graph", ...dashboard },
  { name: "grafana-dashboard-tempo-operations", ...dashboard },
  { name: "grafana-dashboard-tempo-storage", ...dashboard },
  { name: "grafana-dashboard-tempo-collector", ...dashboard },
  { name: "grafana-rules-Tempo", ...rules },
  { name: "grafana-rules-Storage", ...rules },
  { name: "grafana-rules-Collector", ...rules },
  { name: "grafana-rules-Services", ...rules },
];

const labels = {
  "app.kubernetes.io/name": "tempo",
  "app.kubernetes.io/managed-by": "pulumi",
  "pulumi-tempo/stack": "tempo.prod",
};

const namespacePeer = (name: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});
const tcp = (...ports: number[]) => ports.map((port) => ({ port, protocol: "TCP" }));

describe("the program as stack prod", () => {
  let plan: Plan;
  before(async () => {
    plan = await planOf("prod");
  });

  it("registers these resources, in this order, with these options, and nothing else", () => {
    assert.deepEqual(optionsOf(plan), [
      ...clusterAndTempo,
      ...claimAndRelease({ protect: true, dependsOn: [] }),
      { type: "kubernetes:networking.k8s.io/v1:NetworkPolicy", name: "tempo-network-policy", ...inTempo, ...none },
      ...monitoring,
      { type: "tempo:tailnet:Tailnet", name: "tailnet", provider: "cluster", ...none, dependsOn: ["tempo"] },
      { type: "pulumi:providers:kubernetes", name: "tailnet-ingress-provider", ...inTailnet, ...none },
      {
        type: "kubernetes:networking.k8s.io/v1:Ingress",
        name: "tailnet-query-ingress",
        ...inTailnet,
        provider: "tailnet-ingress-provider",
        ...none,
      },
      {
        type: "kubernetes:networking.k8s.io/v1:Ingress",
        name: "tailnet-otlp-ingress",
        ...inTailnet,
        provider: "tailnet-ingress-provider",
        ...none,
      },
      { type: "pulumi:providers:kubernetes", name: "collector-cluster", ...none },
      ...collector("collector-cluster"),
      ...grafana,
    ]);
  });

  it("registers the same in an update as in a preview", async () => {
    assert.deepEqual(optionsOf(await planOf("prod", {}, { preview: false })), optionsOf(plan));
  });

  it("gives every object its cluster's provider, the claim its own, and none a default one", async () => {
    const managed = (await registrationsOf(configOf("prod"), false)).filter(({ type }) =>
      type.startsWith("kubernetes:"),
    );
    assert.deepEqual(Object.fromEntries(managed.map(({ name, provider }) => [name, provider])), {
      "tempo-claim": "tempo-claim-provider",
      "tempo-guard": "cluster",
      "tempo-release": "cluster",
      "monitoring-guard": "cluster",
      "tempo-network-policy": "cluster",
      "tailnet-query-ingress": "tailnet-ingress-provider",
      "tailnet-otlp-ingress": "tailnet-ingress-provider",
      "collector-service-account": "collector-cluster",
      "collector-role": "collector-cluster",
      "collector-role-binding": "collector-cluster",
      "collector-config": "collector-cluster",
      "collector-alloy": "collector-cluster",
      "collector-network-policy": "collector-cluster",
    });
  });

  it("gives everything in Grafana the one provider of this stack", async () => {
    const managed = (await registrationsOf(configOf("prod"), false)).filter(({ type }) => type.startsWith("grafana:"));
    assert.equal(managed.length, 12);
    for (const { name, provider } of managed) assert.equal(provider, "grafana-provider", name);
  });

  it("has a name and a uid of its own for everything in Grafana", () => {
    const inputs = plan.resources.filter(({ type }) => type.startsWith("grafana:")).map((resource) => resource.inputs);
    const uids = inputs.map(({ uid, configJson, name }) =>
      typeof configJson === "string" ? (JSON.parse(configJson) as { uid: string }).uid : (uid ?? name),
    );
    assert.deepEqual(uids, [
      "tempo",
      "loki",
      "tempo",
      "tempo-services",
      "tempo-service-graph",
      "tempo-operations",
      "tempo-storage",
      "tempo-collector",
      "Tempo",
      "Storage",
      "Collector",
      "Services",
    ]);
    const { rules } = resourceOf(plan, "grafana-rules-Services").inputs as { rules: { uid: string }[] };
    assert.deepEqual(
      rules.map(({ uid }) => uid),
      ["frigate", "ntfy", "ollama", "immich"].flatMap((name) => [`tempo-${name}-errors`, `tempo-${name}-latency`]),
    );
  });

  it("takes over a claim and Ingresses that were handed over, and no other existing object", () => {
    assert.deepEqual(adoptingProviders(plan), ["tempo-claim-provider", "tailnet-ingress-provider"]);
  });

  it("means one cluster with every provider but the collector's, which means its own", async () => {
    const context = "minikube-indri";
    const collectors = { context: "k3s-ringtail" };
    assert.deepEqual(clustersOf(plan), {
      cluster: { context },
      "tempo-claim-provider": { context },
      "tailnet-ingress-provider": { context },
      "collector-cluster": collectors,
    });
    const kubeconfig = "/etc/kubernetes/admin.conf";
    assert.deepEqual(clustersOf(await planOf("prod", { kubeconfig })), {
      cluster: { context, kubeconfig },
      "tempo-claim-provider": { context, kubeconfig },
      "tailnet-ingress-provider": { context, kubeconfig },
      "collector-cluster": { ...collectors, kubeconfig },
    });
  });

  it("does not depend on whose machine it is: no path of a kubeconfig is in it", async () => {
    const elsewhere = await withEnvironment({ KUBECONFIG: "/nowhere/kubeconfig" }, () => planOf("prod"));
    assert.deepEqual(elsewhere, plan);
  });

  // Where a provider said nothing, the SDK took this variable: one person's shell made it overwrite whatever was there.
  it("does not let the environment make a provider take over what exists", async () => {
    const environment = { PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true" };
    const elsewhere = await withEnvironment(environment, () => planOf("prod"));
    assert.deepEqual(elsewhere, plan);
    const said = plan.resources.filter(({ type }) => type === "pulumi:providers:kubernetes");
    assert.deepEqual(
      said.map(({ name, inputs }) => [name, inputs["upsertExistingObjects"]]),
      [
        ["cluster", "false"],
        ["tempo-claim-provider", "true"],
        ["tailnet-ingress-provider", "true"],
        ["collector-cluster", "false"],
      ],
    );
  });

  // Every one of them is the default of some input, which would be in the state.
  it("takes nothing of a provider from the environment", async () => {
    const environment = {
      PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY: "false",
      PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE: "true",
      PULUMI_K8S_SUPPRESS_DEPRECATION_WARNINGS: "true",
      PULUMI_K8S_DELETE_UNREACHABLE: "true",
      PULUMI_K8S_CLUSTER_IDENTIFIER: "somebodys",
    };
    const [elsewhere, left] = await withEnvironment(environment, async () => [
      await planOf("prod"),
      Object.keys(environment).map((name) => process.env[name]),
    ]);
    assert.deepEqual(elsewhere, plan);
    assert.deepEqual(left, Object.values(environment));
    assert.ok(!JSON.stringify(plan).includes("enableServerSideApply"));
  });

  it("asks for exactly this claim", () => {
    assert.deepEqual(resourceOf(plan, "tempo-claim").inputs, {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: {
        name: "data-tempo-0",
        namespace: "monitoring",
        labels,
        annotations: {
          "pulumi.com/skipAwait": "true",
          "pulumi.com/patchFieldManager": "pulumi-tempo",
          "pulumi.com/patchForce": "true",
          "pulumi-tempo/volume": '{"accessModes":["ReadWriteOnce"],"selector":{}}',
        },
      },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } },
    });
  });

  for (const { resource, name, host, port, open } of [
    { resource: "tailnet-query-ingress", name: "tempo-tailscale", host: "tempo", port: 3200, open: READER_PATHS },
    {
      resource: "tailnet-otlp-ingress",
      name: "tempo-otlp-tailscale",
      host: "tempo-otlp",
      port: 4318,
      open: ["/v1/traces"],
    },
  ]) {
    it(`asks for exactly this Ingress ${name}`, () => {
      const backend = { service: { name: "tempo", port: { number: port } } };
      assert.deepEqual(resourceOf(plan, resource).inputs, {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: {
          name,
          namespace: "monitoring",
          labels,
          annotations: {
            "tailscale.com/proxy-group": "ingress",
            "tailscale.com/tags": "tag:k8s",
            "tailscale.com/funnel": "false",
            "pulumi.com/skipAwait": "true",
            "pulumi.com/patchFieldManager": "pulumi-tempo",
            "pulumi.com/patchForce": "true",
          },
        },
        spec: {
          ingressClassName: "tailscale",
          tls: [{ hosts: [host] }],
          rules: [{ http: { paths: open.map((path) => ({ path, pathType: "Prefix", backend })) } }],
        },
      });
    });
  }

  it("asks for exactly this NetworkPolicy", () => {
    assert.deepEqual(resourceOf(plan, "tempo-network-policy").inputs, {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "tempo", namespace: "monitoring", labels },
      spec: {
        podSelector: {
          matchLabels: { "app.kubernetes.io/name": "tempo", "app.kubernetes.io/instance": "tempo" },
        },
        policyTypes: ["Ingress"],
        ingress: [
          { from: [namespacePeer("monitoring"), namespacePeer("tailscale")], ports: tcp(3200) },
          { from: [namespacePeer("monitoring")], ports: tcp(3201) },
          { from: [namespacePeer("monitoring")], ports: tcp(4317, 4318) },
          { from: [namespacePeer("tailscale")], ports: tcp(4318) },
        ],
      },
    });
  });

  it("asks for exactly this release", () => {
    const { inputs } = resourceOf(plan, "tempo-release");
    // `compat` is the SDK's own.
    assert.deepEqual(without(inputs, "values", "compat"), {
      name: "tempo",
      namespace: "monitoring",
      chart: "tempo",
      version: "2.2.4",
      repositoryOpts: { repo: "https://grafana-community.github.io/helm-charts" },
      timeout: 600,
      maxHistory: 5,
      postrender: "./components/tempo/postrender.mjs",
    });
    assert.equal(typeof inputs["values"], "object");
  });

  it("names a post-renderer that can be executed from the project's folder", () => {
    const script = join(ROOT, String(resourceOf(plan, "tempo-release").inputs["postrender"]));
    assert.equal(statSync(script).mode & 0o111, 0o111);
  });

  it("lets the chart make no claim, no NetworkPolicy and no ServiceMonitor of its own", () => {
    const values = resourceOf(plan, "tempo-release").inputs["values"] as Record<string, unknown>;
    assert.deepEqual(values["persistence"], { enabled: false });
    for (const section of ["networkPolicy", "serviceMonitor", "tempoQuery", "service"]) {
      assert.equal(section in values, false, section);
    }
  });

  it("knows every input and output at plan time", () => {
    assert.doesNotMatch(JSON.stringify(plan), /\[unknown\]|\[secret\]/);
  });

  it("has exactly these outputs", () => {
    assert.deepEqual(without(plan.outputs, "grafanaProvisioning", "caddyRoute"), {
      queryUrl: "https://tempo.tail8d86e.ts.net",
      otlpUrl: "https://tempo-otlp.tail8d86e.ts.net",
      namespace: "monitoring",
      queryEndpoint: "http://tempo.monitoring.svc.cluster.local:3200",
      otlpGrpcEndpoint: "http://tempo.monitoring.svc.cluster.local:4317",
      otlpGrpcUrl: "",
      otlpHttpEndpoint: "http://tempo.monitoring.svc.cluster.local:4318",
      claimName: "data-tempo-0",
      retention: "168h",
      otelEnvironment: {
        OTEL_EXPORTER_OTLP_ENDPOINT: "https://tempo-otlp.tail8d86e.ts.net",
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
        OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      },
      prometheusScrapeConfig: scrapeConfig,
      dashboardUrls: {
        services: "https://grafana.ops.eblu.me/d/tempo-services",
        "service-graph": "https://grafana.ops.eblu.me/d/tempo-service-graph",
        operations: "https://grafana.ops.eblu.me/d/tempo-operations",
        storage: "https://grafana.ops.eblu.me/d/tempo-storage",
        collector: "https://grafana.ops.eblu.me/d/tempo-collector",
      },
    });
    const { caddyfile } = plan.outputs["caddyRoute"] as Record<string, string>;
    assert.match(
      caddyfile ?? "",
      /^tempo\.ops\.eblu\.me \{\n\t@readers path .*\n.*\n\t\treverse_proxy https:\/\/tempo\.tail8d86e\.ts\.net \{/,
    );
    const { prometheus, ...others } = plan.outputs["grafanaProvisioning"] as Record<string, string>;
    assert.deepEqual(others, {});
    const destination = (name: string) => ({ name, datasourceUid: "tempo", urlDisplayLabel: "Trace in Tempo" });
    assert.deepEqual(parse(prometheus ?? ""), {
      apiVersion: 1,
      datasources: [
        {
          uid: "prometheus",
          name: "Prometheus",
          type: "prometheus",
          jsonData: { exemplarTraceIdDestinations: [destination("traceID"), destination("trace_id")] },
        },
      ],
    });
  });
});

describe("the release's chart", () => {
  for (const { title, changes, expected } of [
    {
      title: "from another repository",
      changes: { chart: "https://charts.example.com/stable", chartVersion: "2.3.0-rc.1" },
      expected: {
        chart: "tempo",
        version: "2.3.0-rc.1",
        repositoryOpts: { repo: "https://charts.example.com/stable" },
      },
    },
    {
      title: "from an OCI registry, where the reference names the chart",
      changes: { chart: "oci://ghcr.io/grafana-community/helm-charts/tempo" },
      expected: { chart: "oci://ghcr.io/grafana-community/helm-charts/tempo", version: "2.2.4" },
    },
    {
      title: "from a path, which is one version",
      changes: { chart: "./charts/tempo-2.2.4.tgz" },
      expected: { chart: "./charts/tempo-2.2.4.tgz" },
    },
    {
      title: "from a path in the home folder, which no shell expands",
      changes: { chart: "~/charts/tempo" },
      expected: { chart: `${homedir()}/charts/tempo` },
    },
  ]) {
    it(`comes ${title}`, async () => {
      const { inputs } = resourceOf(await planOf("prod", changes), "tempo-release");
      const source = ["chart", "version", "repositoryOpts"].filter((key) => key in inputs);
      assert.deepEqual(Object.fromEntries(source.map((key) => [key, inputs[key]])), expected);
    });
  }

  it("has no post-renderer on Windows, which cannot start a script", async () => {
    const platform = Object.getOwnPropertyDescriptor(process, "platform");
    assert.ok(platform);
    Object.defineProperty(process, "platform", { ...platform, value: "win32" });
    try {
      const plan = await planOf("prod");
      assert.equal("postrender" in resourceOf(plan, "tempo-release").inputs, false);
    } finally {
      Object.defineProperty(process, "platform", platform);
    }
  });
});
