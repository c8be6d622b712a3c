import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { openCluster } from "../../../lib/kubernetes/live";
import { checkSnapshot, takeSnapshot } from "../../../stack/preflight";
import { formatProblem } from "../../../lib/problems";
import { renderFiles } from "../../../tools/offline/files";
import { parseConfig, type Config } from "../../stack/settings/parse";
import { planOf, type Changes } from "../../stack/program/stacks";
import type { Manifest } from "../../support/apiClient";
import type { ApiServer } from "../../support/apiServer";

const prometheus = { remoteWriteUrl: "http://prometheus:9090/api/v1/write", externalLabels: { source: "tempo" } };
const KINDS = ["Service", "ConfigMap", "Deployment", "ServiceMonitor"];

/** The manifests of the component's kinds. */
async function manifestsOf(changes: Changes): Promise<Manifest[]> {
  const files = [...renderFiles(await planOf("local", { prometheus, ...changes }))];
  return files
    .filter(([path]) => path.startsWith("manifests/"))
    .map(([, text]) => parse(text) as Manifest)
    .filter(({ kind = "" }) => KINDS.includes(kind));
}

const variants: Record<string, { changes: Changes; monitoring: string[] }> = {
  "the defaults": { changes: {}, monitoring: ["Service tempo-guard"] },
  annotations: { changes: { scrape: { method: "annotations" } }, monitoring: ["Service tempo-guard"] },
  alloy: {
    changes: { scrape: { method: "alloy" } },
    monitoring: ["ConfigMap tempo-metrics", "Deployment tempo-metrics", "Service tempo-guard"],
  },
  "the longest names": {
    changes: { name: "t".repeat(52), namespace: "n".repeat(63), scrape: { method: "alloy" } },
    monitoring: ["ConfigMap", "Deployment"]
      .map((kind) => `${kind} ${"t".repeat(52)}-metrics`)
      .concat(`Service ${"t".repeat(52)}-guard`),
  },
};

/**
 * The kind as far as it is written here, by the API reference of the Prometheus operator. The real definition has 700
 * KB; the one of 0.85.0 accepted the same manifests.
 */
const labels = { type: "object", additionalProperties: { type: "string" } };
const text = { type: "string" };
const endpoint = {
  type: "object",
  properties: {
    port: text,
    path: text,
    interval: { type: "string", pattern: "^([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$" },
  },
};
const spec = {
  type: "object",
  required: ["endpoints", "selector"],
  properties: {
    selector: { type: "object", properties: { matchLabels: labels } },
    endpoints: { type: "array", items: endpoint },
  },
};
const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "servicemonitors.monitoring.coreos.com" },
  spec: {
    group: "monitoring.coreos.com",
    names: { kind: "ServiceMonitor", plural: "servicemonitors", singular: "servicemonitor" },
    scope: "Namespaced",
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", required: ["spec"], properties: { spec } } },
      },
    ],
  },
};

/** Another of the operator's kinds: the group is there, and ServiceMonitors are not. */
const podMonitors = {
  ...definition,
  metadata: { name: "podmonitors.monitoring.coreos.com" },
  spec: { ...definition.spec, names: { kind: "PodMonitor", plural: "podmonitors", singular: "podmonitor" } },
};

async function define(server: ApiServer, crd: typeof definition): Promise<void> {
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const { status, body } = await server.request("POST", path, crd);
  assert.equal(status, 201, JSON.stringify(body));
  // It is served a moment later.
  for (let attempt = 0; attempt < 300; attempt++) {
    const { body: group } = await server.request("GET", "/apis/monitoring.coreos.com/v1");
    const { resources = [] } = group as { resources?: { kind: string }[] };
    if (resources.some(({ kind }) => kind === crd.spec.names.kind)) return;
    await sleep(100);
  }
  throw new Error(`${crd.metadata.name} is not served`);
}

/** Tests of tests/apiServer.test.ts. */
export function asksAboutScraping(server: () => ApiServer): void {
  const OWNER = "tempo.test";

  /** What the preflight says, and what it found of the names that it asked for. */
  async function preflight(config: Config): Promise<{ problems: string[]; found: string[] }> {
    const { kubeconfig, context } = server();
    const parsed = parseConfig({
      kubeContext: context,
      kubeconfig,
      createNamespace: true,
      namespace: "traces",
      ...config,
    });
    const snapshot = await takeSnapshot(parsed, OWNER, openCluster(parsed));
    const { problems } = checkSnapshot(parsed, "tempo", OWNER, snapshot);
    return {
      problems: problems.map(formatProblem).filter((line) => !line.includes("storageClass")),
      found: snapshot.others.map(({ ref }) => `${ref.kind} ${ref.name}`),
    };
  }

  for (const [title, { changes, monitoring }] of Object.entries(variants)) {
    it(`accepts every object: ${title}`, async () => {
      const manifests = await manifestsOf(changes);
      const names = manifests.map(({ kind, metadata }) => `${kind ?? "?"} ${metadata?.name ?? "?"}`);
      for (const name of monitoring) assert.ok(names.includes(name), name);
      for (const manifest of manifests) {
        const stored = (await server().putDryRun(manifest)) as Manifest;
        assert.equal(stored.metadata?.name, manifest.metadata?.name);
      }
    });
  }

  it("would refuse a misspelt Deployment", async () => {
    const [deployment] = (await manifestsOf({ scrape: { method: "alloy" } })).filter(
      ({ kind }) => kind === "Deployment",
    );
    assert.ok(deployment);
    const misspelt = JSON.parse(
      JSON.stringify(deployment).replace("readOnlyRootFilesystem", "readOnlyRoot"),
    ) as Manifest;
    await assert.rejects(server().putDryRun(misspelt), /\.readOnlyRoot: field not declared in schema/);
  });

  it("has no ServiceMonitors without the operator, which the preflight tells", async () => {
    const missing =
      'tempo:scrape.method = "serviceMonitor": the cluster has no servicemonitors.monitoring.coreos.com, which the Prometheus operator brings. Write another method, such as job, or install the operator.';
    const config = { scrape: { method: "serviceMonitor" } };
    assert.deepEqual((await preflight(config)).problems, [missing]);
    assert.deepEqual((await preflight({ scrape: { method: "job" } })).problems, []);
    // The client fails on a kind that is missing from a group which is there.
    await define(server(), podMonitors);
    assert.deepEqual((await preflight(config)).problems, [missing]);
  });

  it("accepts ServiceMonitors where the operator is, and the preflight finds whose they are", async () => {
    await define(server(), definition);
    const config = {
      scrape: { method: "serviceMonitor", labels: { release: "kube-prometheus-stack" }, interval: "7.5s" },
    };
    assert.deepEqual(await preflight(config), { problems: [], found: [] });

    const monitors = (await manifestsOf(config)).filter(({ kind }) => kind === "ServiceMonitor");
    assert.deepEqual(
      monitors.map(({ metadata }) => metadata?.name),
      ["tempo-guard", "tempo"],
    );
    for (const manifest of monitors) await server().putDryRun(manifest);
    const misspelt = JSON.parse(JSON.stringify(monitors[0]).replace("matchLabels", "matchLabel")) as Manifest;
    await assert.rejects(server().putDryRun(misspelt), /matchLabel: field not declared in schema/);

    const path = "/apis/monitoring.coreos.com/v1/namespaces/traces/servicemonitors";
    await server().request("POST", "/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "traces", labels: { "pulumi-tempo/stack": OWNER } },
    });
    const somebodys = { ...monitors[0], metadata: { name: "tempo-guard", namespace: "traces" } };
    const { status, body } = await server().request("POST", path, somebodys);
    assert.equal(status, 201, JSON.stringify(body));
    const { problems, found } = await preflight(config);
    assert.deepEqual(found, ["ServiceMonitor tempo-guard"]);
    assert.match(problems.join("\n"), /^ServiceMonitor traces\/tempo-guard: exists and is not this stack's \(without/);
  });
}
