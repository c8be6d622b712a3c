import assert from "node:assert/strict";
import { planGrafana } from "../../../components/grafana/plan";
import { TRACE_STORAGES, type TraceStorage } from "../../../components/storage";
import { volume } from "../../../components/storage/volume";
import { renderTempoYaml } from "../../../components/tempo/tempoYaml";
import { renderValues } from "../../../components/tempo/values";
import { checkSnapshot, takeSnapshot, writtenObjects } from "../../../stack/preflight";
import { warningsOf } from "../../../stack/warnings";
import type { LiveCluster } from "../../../lib/kubernetes/live";
import { settingsOf } from "../../stack/program/stacks";

const OWNER = "tempo.prod";
const settings = settingsOf("prod");

/** A store that has nothing of the volume. */
const bucket: TraceStorage = {
  configuration: () => ({
    backend: { backend: "bucket", bucket: { name: "traces" } },
    headBlockBytes: 1,
    compactionBlockBytes: 2,
    compactionPass: 3_000,
  }),
  register: () => [],
  pod: () => ({
    volumes: [{ name: "wal", emptyDir: {} }],
    mounts: [{ name: "wal", mountPath: "/wal" }],
    initContainers: [],
    containers: [{ name: "watcher" }],
    annotations: { "checksum/bucket": "1" },
  }),
  objects: () => [{ apiVersion: "v1", kind: "Secret", namespace: "n", name: "credentials" }],
  ask: async (_settings, _owner, _cluster, others) => {
    await others;
    return { claim: undefined, storageClass: undefined, ourClaims: [] };
  },
  check: () => ({
    findings: [{ key: "bucket", message: "not writable. Write another" }],
    notes: ["the bucket is empty"],
  }),
  warnings: () => ["the bucket costs more than a disk"],
  alerts: () => [
    {
      key: "bucket-failing",
      title: "Tempo's bucket does not answer",
      severity: "critical",
      query: "bucket_errors",
      above: 0,
      for: "5m",
      summary: "The bucket does not answer",
      description: "For five minutes.",
      runbook: "tempo-down",
      panel: { dashboard: "storage", key: "requests" },
    },
  ],
  dashboard: () => [{ title: "Bucket", panels: [] }],
};

describe("another store of traces", () => {
  before(() => {
    assert.equal(TRACE_STORAGES.volume, volume);
    TRACE_STORAGES.volume = bucket;
  });
  after(() => {
    TRACE_STORAGES.volume = volume;
  });

  it("decides tempo.yaml and what Tempo's pod has of it", () => {
    const yaml = renderTempoYaml(settings, OWNER);
    assert.match(yaml, /backend: bucket\n {4}bucket:\n {6}name: traces/);
    assert.doesNotMatch(yaml, /backend: local|per_tenant_override_config/);
    const values = renderValues(settings, yaml, OWNER) as Record<string, unknown> & { tempo: Record<string, unknown> };
    assert.deepEqual((values["extraVolumes"] as object[])[0], { name: "wal", emptyDir: {} });
    assert.deepEqual((values.tempo["extraVolumeMounts"] as object[])[0], { name: "wal", mountPath: "/wal" });
    assert.deepEqual(values["extraContainers"], [{ name: "watcher" }]);
    assert.ok(!("initContainers" in values));
    assert.doesNotMatch(JSON.stringify(values), /persistentVolumeClaim|guard/);
  });

  it("has the preflight, the warnings, the alerts and the dashboard to itself", async () => {
    assert.ok(writtenObjects(settings).some(({ name }) => name === "credentials"));
    assert.ok(!writtenObjects(settings).some(({ kind, name }) => kind === "ConfigMap" && name === "tempo-guard"));
    const asked: string[] = [];
    const cluster = {
      read: ({ kind }: { kind: string }) => Promise.resolve(void asked.push(kind)),
    } as unknown as LiveCluster;
    const live = await takeSnapshot(settings, OWNER, cluster);
    assert.ok(asked.includes("Secret") && !asked.includes("PersistentVolumeClaim"), asked.join());
    const { problems } = checkSnapshot(settings, "tempo", OWNER, live);
    assert.ok(problems.some(({ message }) => message === "not writable. Write another"));
    assert.ok(warningsOf(settings).includes("the bucket costs more than a disk"));
    const { grafana } = settings;
    assert.ok(grafana);
    const { alerts, dashboards } = planGrafana(settings, grafana, OWNER);
    assert.deepEqual(
      alerts.find(({ name }) => name === "Storage")?.rules.map(({ name }) => name),
      ["Tempo's bucket does not answer"],
    );
    // The guard's and kubelet's figures are the volume's.
    assert.doesNotMatch(JSON.stringify([alerts, dashboards]), /tempo_(?:volume|retention|wal|guard)_|kubelet_volume/);
  });
});
