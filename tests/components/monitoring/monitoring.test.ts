import assert from "node:assert/strict";
import { podAnnotations } from "../../../components/monitoring/annotations";
import { writtenObjects } from "../../../stack/preflight";
import type { Plan } from "../../../tools/offline/run";
import { registrationsOf } from "../../stack/program/registrations";
import { configOf, planOf, resourceOf, settingsOf, type Changes } from "../../stack/program/stacks";

const OWN = "tempo:monitoring:Monitoring::monitoring";
const prometheus = { remoteWriteUrl: "http://prometheus:9090/api/v1/write" };

const changesOf = (method: string, more: Changes = {}): Changes => ({ prometheus, scrape: { method }, ...more });

/** What hangs below the component: names and types. */
const madeIn = (plan: Plan): [string, string][] =>
  plan.resources.filter(({ parent }) => parent === OWN).map(({ name, type }) => [name, type]);

const service: [string, string] = ["monitoring-guard", "kubernetes:core/v1:Service"];
const monitor = (what: string): [string, string] => [
  `monitoring-${what}-monitor`,
  "kubernetes:monitoring.coreos.com/v1:ServiceMonitor",
];
const alloy: [string, string][] = [
  ["monitoring-alloy-config", "kubernetes:core/v1:ConfigMap"],
  ["monitoring-alloy", "kubernetes:apps/v1:Deployment"],
];

const expected: Record<string, [string, string][]> = {
  job: [service],
  annotations: [service],
  serviceMonitor: [service, monitor("tempo"), monitor("guard")],
  alloy: [service, ...alloy],
  none: [service],
};

describe("the component of monitoring", () => {
  for (const [method, made] of Object.entries(expected)) {
    it(`makes for ${method} what it needs, and nothing else`, async () => {
      const plan = await planOf("local", changesOf(method));
      assert.deepEqual(madeIn(plan), made);
      // The Service of the guard has no meaning without one.
      const without = await planOf("local", changesOf(method, { storage: { guard: false } }));
      assert.deepEqual(
        madeIn(without),
        made.filter(([name]) => !name.includes("guard")),
      );
    });

    it(`makes for ${method} nothing of a name that the preflight does not ask for`, async () => {
      for (const guard of [true, false]) {
        const changes = changesOf(method, { storage: { guard } });
        const asked = writtenObjects(settingsOf("local", changes)).map(({ kind, name }) => `${kind} ${name}`);
        const plan = await planOf("local", changes);
        for (const [name] of madeIn(plan)) {
          const { kind, metadata } = resourceOf(plan, name).inputs as { kind: string; metadata: { name: string } };
          assert.ok(asked.includes(`${kind} ${metadata.name}`), `${kind} ${metadata.name}`);
        }
      }
    });
  }

  it("comes after Tempo, and its objects get the cluster's provider", async () => {
    for (const method of ["serviceMonitor", "alloy"]) {
      const component = resourceOf(await planOf("local", changesOf(method)), "monitoring");
      assert.deepEqual([component.provider, component.dependsOn], ["cluster", ["tempo"]]);
      const names = new Set(expected[method]?.map(([name]) => name));
      const managed = (await registrationsOf(configOf("local", changesOf(method)), false)).filter(({ name }) =>
        names.has(name),
      );
      assert.equal(managed.length, names.size);
      for (const { name, provider } of managed) assert.equal(provider, "cluster", name);
    }
  });

  it("marks everything as this stack's", async () => {
    for (const method of ["serviceMonitor", "alloy"]) {
      const plan = await planOf("local", changesOf(method));
      for (const [name] of madeIn(plan)) {
        const { metadata } = resourceOf(plan, name).inputs as { metadata: { labels: Record<string, string> } };
        assert.equal(metadata.labels["pulumi-tempo/stack"], "tempo.local", name);
      }
    }
  });

  it("has a place for the annotations of Tempo's pod", async () => {
    for (const method of ["annotations", "job"]) {
      const changes = changesOf(method);
      const { values } = resourceOf(await planOf("local", changes), "tempo-release").inputs as {
        values: { podAnnotations?: Record<string, string> };
      };
      for (const [key, value] of Object.entries(podAnnotations(settingsOf("local", changes)))) {
        assert.equal(values.podAnnotations?.[key], value, key);
      }
      assert.equal("prometheus.io/scrape" in (values.podAnnotations ?? {}), method === "annotations");
    }
  });
});
