import assert from "node:assert/strict";
import type { Plan } from "../../../tools/offline/run";
import { claimAndRelease, clusterAndTempo, inTempo, monitoring, none, scrapeConfig } from "../../support/registered";
import { registrationsOf } from "./registrations";
import { adoptingProviders, clustersOf, configOf, optionsOf, planOf, resourceOf } from "./stacks";

describe("the program as stack local", () => {
  let plan: Plan;
  before(async () => {
    plan = await planOf("local");
  });

  it("registers these resources, in this order, with these options, and nothing else", () => {
    assert.deepEqual(optionsOf(plan), [
      ...clusterAndTempo,
      { type: "pulumi:providers:kubernetes", name: "tempo-namespace-provider", ...inTempo, ...none },
      {
        type: "kubernetes:core/v1:Namespace",
        name: "tempo-namespace",
        ...inTempo,
        ...none,
        provider: "tempo-namespace-provider",
        retainOnDelete: true,
      },
      ...claimAndRelease({ protect: false, dependsOn: ["tempo-namespace"] }),
      ...monitoring,
    ]);
  });

  it("has no Ingress, no NetworkPolicy, no Tailscale provider, nothing in Grafana and no senders", () => {
    assert.doesNotMatch(
      JSON.stringify(optionsOf(plan)),
      /Ingress|NetworkPolicy|[Tt]ailscale|[Tt]ailnet|[Gg]rafana|[Cc]ollector|[Ss]dk|[Cc]addy/,
    );
  });

  it("asks for exactly this namespace", () => {
    assert.deepEqual(resourceOf(plan, "tempo-namespace").inputs, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: "monitoring",
        labels: { "pulumi-tempo/stack": "tempo.local" },
        annotations: { "pulumi.com/patchFieldManager": "pulumi-tempo", "pulumi.com/patchForce": "true" },
      },
    });
  });

  it("takes over an existing namespace and claim, and no other existing object", () => {
    assert.deepEqual(adoptingProviders(plan), ["tempo-namespace-provider", "tempo-claim-provider"]);
  });

  it("names no context, since it takes the current one when it is allowed", () => {
    assert.deepEqual(clustersOf(plan), { cluster: {}, "tempo-namespace-provider": {}, "tempo-claim-provider": {} });
  });

  it("gives namespace and claim providers of their own, and the release the cluster's", async () => {
    const managed = (await registrationsOf(configOf("local"), true)).filter(({ type }) =>
      type.startsWith("kubernetes:"),
    );
    assert.deepEqual(Object.fromEntries(managed.map(({ name, provider }) => [name, provider])), {
      "tempo-namespace": "tempo-namespace-provider",
      "tempo-claim": "tempo-claim-provider",
      "tempo-guard": "cluster",
      "tempo-release": "cluster",
      "monitoring-guard": "cluster",
    });
  });

  it("has exactly these outputs, all inside the cluster", () => {
    assert.deepEqual(plan.outputs, {
      queryUrl: "http://tempo.monitoring.svc.cluster.local:3200",
      otlpUrl: "http://tempo.monitoring.svc.cluster.local:4318",
      namespace: "monitoring",
      queryEndpoint: "http://tempo.monitoring.svc.cluster.local:3200",
      otlpGrpcEndpoint: "http://tempo.monitoring.svc.cluster.local:4317",
      otlpGrpcUrl: "",
      otlpHttpEndpoint: "http://tempo.monitoring.svc.cluster.local:4318",
      claimName: "data-tempo-0",
      retention: "168h",
      otelEnvironment: {
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://tempo.monitoring.svc.cluster.local:4318",
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
        OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      },
      prometheusScrapeConfig: scrapeConfig,
      dashboardUrls: {},
      grafanaProvisioning: {},
      caddyRoute: {},
    });
  });
});

describe("createNamespace", () => {
  it("makes everything of the namespace wait for it", async () => {
    const plan = await planOf("prod", { createNamespace: "true" });
    assert.deepEqual(resourceOf(plan, "tempo-claim").dependsOn, ["tempo-namespace"]);
    assert.deepEqual(resourceOf(plan, "tempo-network-policy").dependsOn, ["tempo-namespace"]);
    assert.deepEqual(resourceOf(plan, "tempo-release").dependsOn, ["tempo-claim", "tempo-guard"]);
    assert.deepEqual(resourceOf(plan, "tailnet").dependsOn, ["tempo"]);
  });

  it("protects the namespace as the claim in it", async () => {
    const plan = await planOf("prod", { createNamespace: "true" });
    for (const name of ["tempo-namespace", "tempo-claim"]) {
      const { protect, retainOnDelete } = resourceOf(plan, name);
      assert.deepEqual({ protect, retainOnDelete }, { protect: true, retainOnDelete: true }, name);
    }
  });

  it("is off by default: the namespace is not this stack's", async () => {
    const plan = await planOf("local", { createNamespace: undefined });
    assert.doesNotMatch(JSON.stringify(optionsOf(plan)), /Namespace|namespace/);
    assert.deepEqual(resourceOf(plan, "tempo-claim").dependsOn, []);
  });
});

describe("a renamed stack", () => {
  it("uses name and namespace everywhere, and leaves no trace of the defaults", async () => {
    // What sends and what passes requests on has names of its own.
    const changes = { name: "traces", namespace: "observability", collector: undefined, caddy: undefined };
    const plan = await planOf("prod", changes);
    const inputs = plan.resources.map((resource) => resource.inputs);
    assert.doesNotMatch(
      // The tailnet's host names, the chart, the file names and the owner are settings or names of their own.
      JSON.stringify({ inputs: inputs.filter((input) => !("chart" in input)), outputs: plan.outputs }),
      /data-tempo|"name":"tempo|"namespace":"monitoring"|http:\/\/tempo\./,
    );
    assert.equal(resourceOf(plan, "tempo-release").inputs["name"], "traces");
    assert.equal(resourceOf(plan, "tempo-release").inputs["namespace"], "observability");
    assert.equal(plan.outputs["claimName"], "data-traces-0");
  });
});
