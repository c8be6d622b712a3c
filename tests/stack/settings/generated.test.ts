import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020";
import { parse } from "yaml";
import { schema } from "../../../stack/schema";
import { generated } from "../../../tools/generate";
import { settingsIn, type Setting } from "../../../lib/schema/walk";
import { ROOT } from "../program/stacks";

describe("what is generated from the settings", () => {
  for (const [path, text] of generated()) {
    it(`is up to date: ${path} (npm run generate)`, () => {
      assert.equal(readFileSync(join(ROOT, path), "utf8"), text);
    });
  }

  it("has a sentence for each of them", () => {
    const silent = (settings: readonly Setting[]): string[] =>
      settings.flatMap(({ path, description, settings: below }) => [
        ...(description === undefined ? [path] : []),
        ...silent(below ?? []),
      ]);
    assert.deepEqual(silent(settingsIn(schema)), []);
  });
});

describe("the JSON Schema of stack files", () => {
  const accepts = new Ajv2020({ strict: false, allErrors: true }).compile(
    JSON.parse(readFileSync(join(ROOT, "docs/reference/stack.schema.json"), "utf8")) as object,
  );
  const errorsOf = (stack: unknown): string[] =>
    accepts(stack) ? [] : (accepts.errors ?? []).map(({ instancePath, message = "" }) => `${instancePath} ${message}`);

  for (const stack of ["prod", "local"]) {
    const file = `Pulumi.${stack}.yaml`;
    it(`accepts ${file}, which points at it`, () => {
      const text = readFileSync(join(ROOT, file), "utf8");
      assert.match(text, /^# yaml-language-server: \$schema=docs\/reference\/stack\.schema\.json$/m);
      assert.deepEqual(errorsOf(parse(text)), []);
    });
  }

  const good: Record<string, unknown>[] = [
    {
      "tempo:prometheus": { remoteWriteUrl: "http://p:9090/api/v1/write", auth: { credential: { secure: "v1:abc" } } },
    },
    { "tempo:grafana": { url: "https://g.example.com", auth: { secure: "v1:abc" }, orgId: 2 } },
    { "tempo:tailnet": {}, "tempo:kubeContext": "" },
    { "tempo:volume": { size: "1.5Gi", storageClass: "", protect: "false" } },
    { "tempo:resources": { limits: { cpu: 2 } } },
    { "aws:region": "eu-west-1", "pulumi:tags": { a: "b" } },
    { "tempo:retention": "7d", "tempo:createNamespace": true },
  ];
  for (const config of good) {
    it(`accepts ${JSON.stringify(config)}`, () => {
      assert.deepEqual(errorsOf({ config }), []);
    });
  }

  const bad: Record<string, unknown>[] = [
    { "tempo:retentoin": "168h" },
    { "tempo:retention": "seven days" },
    { "tempo:retention": ["168h"] },
    { "tempo:namespace": "Monitoring" },
    { "tempo:name": "tempo_1" },
    { "tempo:createNamespace": "maybe" },
    { "tempo:createNamespace": 1 },
    { "tempo:image": "tempo" },
    { "tempo:chartVersion": "^2.2.4" },
    { "tempo:chart": "tempo" },
    { "tempo:allowedKubeContexts": "kind-*" },
    { "tempo:volume": { size: "10GB" } },
    { "tempo:volume": { sise: "10Gi" } },
    { "tempo:volume": "10Gi" },
    { "tempo:volume": { accessModes: [] } },
    { "tempo:volume": { accessModes: ["ReadOnlyMany"] } },
    { "tempo:volume": { protect: "no" } },
    { "tempo:limits": { maxLiveTraces: 0 } },
    { "tempo:limits": { maxLiveTraces: "many" } },
    { "tempo:resources": { limits: { cpu: "two" } } },
    { "tempo:pod": { runAs: "root" } },
    { "tempo:scrape": { method: "push" } },
    { "tempo:metricsGenerator": { traceqlMetrics: "all" } },
    { "tempo:metricsGenerator": { dimensions: ["http route"] } },
    { "tempo:prometheus": { externalLabels: {} } },
    { "tempo:prometheus": { remoteWriteUrl: "prometheus:9090" } },
    { "tempo:tailnet": { domain: "https://tail8d86e.ts.net" } },
    { "tempo:tailnet": { domain: "tail8d86e.ts.net", tags: ["k8s"] } },
    { "tempo:grafana": { folder: "Tempo" } },
    { "tempo:grafana": { url: "https://g.example.com", auth: { secret: "abc" } } },
    { "tempo:grafana": { url: "https://g.example.com", tempo: { ownership: "mine" } } },
    { "tempo:collector": { clusterName: "ringtail" } },
    { "tempo:collector": { clusterName: "ringtail", services: [{ name: "frigate" }] } },
    { "tempo:sdk": { namespaces: [{ namespace: "a", cluster: "other" }] } },
    { "tempo:networkPolicy": { query: { namespace: "grafana" } } },
    { "tempo:caddy": { upstream: "https://tempo.example.com" } },
    { retention: "168h" },
  ];
  for (const config of bad) {
    it(`refuses ${JSON.stringify(config)}`, () => {
      assert.ok(errorsOf({ config }).length > 0);
    });
  }
});
