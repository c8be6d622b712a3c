import { ROOT } from "../../lib/root";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { stringify } from "yaml";
import { openTestCluster, type Forward, type TestCluster } from "./support/cluster";
import { CHART_VARIABLE, findPrerequisites } from "./support/prerequisites";
import { foundById, foundBySearch, sendTrace } from "./support/traces";

/**
 * The stack on a real engine and a real cluster, from `up` to `destroy` and back. It works in a namespace and a copy of
 * the project of its own and deletes both.
 */
const NAMESPACE = "tempo-e2e";
const CLAIM = "data-tempo-0";
const SERVICE = "tempo-e2e";

describe("the stack on a real engine and a real cluster", function () {
  this.timeout(900_000);
  // Each step stands on the one before it.
  this.bail(true);

  let folder: string;
  let stack: Stack;
  let cluster: TestCluster;
  let expandable: string | undefined;
  const traces: string[] = [];

  before(async function () {
    const found = await findPrerequisites();
    if ("missing" in found) {
      for (const reason of found.missing) console.error(`  end-to-end test not run: ${reason}`);
      console.error(`  (optional: ${CHART_VARIABLE}, a chart source for clusters without internet)`);
      return this.skip();
    }
    cluster = await openTestCluster(found.context);
    assert.equal(await cluster.namespaceExists(NAMESPACE), false, `the namespace ${NAMESPACE} must not exist yet`);
    expandable = await cluster.expandableClass();

    folder = copyProject();
    const config = {
      "tempo:kubeContext": found.context,
      "tempo:namespace": NAMESPACE,
      "tempo:createNamespace": true,
      ...(found.chart !== undefined && { "tempo:chart": found.chart }),
      "tempo:volume": { size: "1Gi", protect: false, ...(expandable !== undefined && { storageClass: expandable }) },
    };
    writeFileSync(join(folder, "project", "Pulumi.e2e.yaml"), stringify({ config }));
    const state = join(folder, "state");
    mkdirSync(state);
    stack = await LocalWorkspace.createOrSelectStack(
      { stackName: "e2e", workDir: join(folder, "project") },
      {
        pulumiCommand: found.pulumi,
        envVars: {
          PULUMI_BACKEND_URL: pathToFileURL(state).href,
          PULUMI_CONFIG_PASSPHRASE: "",
          PULUMI_SKIP_UPDATE_CHECK: "true",
        },
      },
    );
  });

  after(async () => {
    if ((stack as Stack | undefined) !== undefined) await stack.destroy();
    if ((cluster as TestCluster | undefined) !== undefined) await cluster.deleteNamespace(NAMESPACE);
    if ((folder as string | undefined) !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it("comes up", async () => {
    const { outputs } = await stack.up();
    assert.equal(outputs["claimName"]?.value, CLAIM);
    assert.equal(outputs["queryUrl"]?.value, `http://tempo.${NAMESPACE}.svc.cluster.local:3200`);
    assert.equal((await cluster.claim(NAMESPACE, CLAIM))?.requested, "1Gi");
  });

  it("previews without changes", async () => {
    await stack.preview({ expectNoChanges: true });
  });

  for (const [protocol, port] of [
    ["http", 4318],
    ["grpc", 4317],
  ] as const) {
    it(`takes a trace by OTLP over ${protocol} and finds it by ID and by search`, async () => {
      await withForwards([port, 3200], async ([otlp, query]) => {
        const trace = await sendTrace(protocol, otlp, SERVICE);
        traces.push(trace);
        await foundById(query, trace);
        await foundBySearch(query, trace, SERVICE);
      });
    });
  }

  it("keeps a trace that was acknowledged three seconds before the pod is killed", async () => {
    const trace = await withForwards([4318], ([otlp]) => sendTrace("http", otlp, SERVICE));
    traces.push(trace);
    await sleep(3_000);
    await cluster.killPod(NAMESPACE, "tempo-0");
    await allTracesAreFound();
  });

  it("grows the claim in place", async function () {
    if (expandable === undefined) {
      console.error("  growth not tested: no StorageClass of the cluster allows expansion");
      return this.skip();
    }
    const before = await cluster.claim(NAMESPACE, CLAIM);
    await resize("2Gi");
    await stack.up();
    const after = await cluster.claim(NAMESPACE, CLAIM);
    assert.equal(after?.requested, "2Gi");
    assert.equal(after.uid, before?.uid);
  });

  it("refuses to shrink the claim, in the preview", async () => {
    const size = (await cluster.claim(NAMESPACE, CLAIM))?.requested;
    await resize("512Mi");
    const refusal = new RegExp(`tempo:volume.size = "512Mi": smaller than the claim, which has ${String(size)}`);
    await assert.rejects(stack.preview(), refusal);
    await resize(size ?? "1Gi");
  });

  // tests/engine has the same with the provider that package registries have, which takes such an object over.
  it("refuses to create an object that is there and not in the state", async () => {
    const deployment = (await stack.exportStack()).deployment as { readonly resources: readonly { urn: string }[] };
    const { resources } = deployment;
    const found = resources.find(({ urn }) => urn.endsWith("::monitoring-guard"));
    assert.ok(found);
    await stack.importStack({
      version: 3,
      deployment: { ...deployment, resources: resources.filter((each) => each !== found) },
    });
    await assert.rejects(stack.up(), /already exists/i);
    await cluster.deleteService(NAMESPACE, "tempo-guard");
    await stack.up();
  });

  it("leaves the claim and the namespace when it is destroyed", async () => {
    await stack.destroy();
    assert.ok(await cluster.claim(NAMESPACE, CLAIM));
    assert.ok(await cluster.namespaceExists(NAMESPACE));
  });

  it("finds every trace again after the next up, also when the claim is to grow meanwhile", async () => {
    const before = await cluster.claim(NAMESPACE, CLAIM);
    if (expandable !== undefined) await resize("3Gi");
    await stack.up();
    const after = await cluster.claim(NAMESPACE, CLAIM);
    assert.equal(after?.uid, before?.uid);
    if (expandable !== undefined) assert.equal(after?.requested, "3Gi");
    await allTracesAreFound();
  });

  async function resize(size: string): Promise<void> {
    await stack.setConfig("tempo:volume.size", { value: size }, true);
  }

  async function allTracesAreFound(): Promise<void> {
    await withForwards([3200], async ([query]) => {
      for (const trace of traces) await foundById(query, trace);
      for (const trace of traces) await foundBySearch(query, trace, SERVICE);
    });
  }

  async function withForwards<P extends readonly number[], T>(
    ports: readonly [...P],
    use: (local: { [K in keyof P]: number }) => Promise<T>,
  ): Promise<T> {
    const forwards: Forward[] = await Promise.all(ports.map((port) => cluster.forward(NAMESPACE, "tempo-0", port)));
    try {
      return await use(forwards.map(({ port }) => port) as { [K in keyof P]: number });
    } finally {
      for (const forward of forwards) forward.close();
    }
  }
});

/** The files that git knows or would, beside the installed packages. */
function copyProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "tempo-e2e-"));
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], { cwd: ROOT, encoding: "utf8" });
  for (const file of files.split("\0").filter((path) => path !== "")) {
    const target = join(folder, "project", file);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(ROOT, file), target);
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "project", "node_modules"), "junction");
  return folder;
}
