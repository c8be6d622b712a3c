import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import type { ApiServer } from "./apiServer";
import { describeApiServer } from "./describeApiServer";
import { LOADER } from "./tool";

const claim = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "traces", namespace: "tempo" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } },
};

/** Whether a process with this id exists. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

/** Waits until none of the processes is there, for at most 5 s, and returns those that are. */
async function survivors(pids: readonly number[]): Promise<number[]> {
  for (let wait = 0; wait < 100 && pids.some(isAlive); wait++) await new Promise((done) => setTimeout(done, 50));
  return pids.filter(isAlive);
}

describeApiServer("a real API server", (server) => {
  it("says its version, which a build without the version flags does not know", async () => {
    const { status, body } = await server().request("GET", "/version");
    assert.equal(status, 200);
    assert.match((body as { gitVersion: string }).gitVersion, /^v1\.\d+\.\d+/);
  });

  it("accepts a valid claim, answers with its defaults and does not store it", async () => {
    const accepted = (await server().putDryRun(claim)) as { spec: { volumeMode: string }; status: { phase: string } };
    assert.equal(accepted.spec.volumeMode, "Filesystem");
    assert.equal(accepted.status.phase, "Pending");

    const claims = await server().request("GET", "/api/v1/namespaces/tempo/persistentvolumeclaims");
    assert.deepEqual((claims.body as { items: unknown[] }).items, []);
    assert.equal((await server().request("GET", "/api/v1/namespaces/tempo")).status, 200);
  });

  it("accepts objects of other groups, without a namespace and in `default`", async () => {
    await server().putDryRun({ apiVersion: "v1", kind: "Namespace", metadata: { name: "observability" } });
    assert.equal((await server().request("GET", "/api/v1/namespaces/observability")).status, 404);

    const storageClass = { provisioner: "example.com/none", allowVolumeExpansion: true };
    const name = { metadata: { name: "expandable" } };
    await server().putDryRun({
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      ...name,
      ...storageClass,
    });

    const policy = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", ...name, spec: { podSelector: {} } };
    const accepted = (await server().putDryRun(policy)) as { metadata: { namespace: string } };
    assert.equal(accepted.metadata.namespace, "default");
  });

  it("refuses a field that Kubernetes does not know", async () => {
    const misspelt = { ...claim, spec: { ...claim.spec, storageClass: "expandable" } };
    await assert.rejects(
      server().putDryRun(misspelt),
      /PersistentVolumeClaim traces: PATCH .*\.spec\.storageClass: field not declared in schema/,
    );
  });

  it("refuses a value that Kubernetes does not allow", async () => {
    const wrong = { ...claim, spec: { ...claim.spec, accessModes: ["ReadWriteSometimes"] } };
    await assert.rejects(
      server().putDryRun(wrong),
      /answered with 422: .*spec\.accessModes: Unsupported value: "ReadWriteSometimes"/,
    );
  });

  it("names a kind or an API that it does not serve, and an object without a name", async () => {
    const metadata = { name: "traces" };
    await assert.rejects(server().putDryRun({ apiVersion: "v1", kind: "Claim", metadata }), /has no kind Claim in v1/);
    const unserved = { apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule", metadata };
    await assert.rejects(server().putDryRun(unserved), /GET \/apis\/monitoring\.coreos\.com\/v1 was answered with 404/);
    await assert.rejects(server().putDryRun({ apiVersion: "v1", kind: "Pod" }), /metadata\.name are required/);
  });

  for (const end of ["process.kill(process.pid, 'SIGTERM')", "throw new Error('a crash')"]) {
    it(`leaves no process when the one that started it ends with ${end}`, async () => {
      const script = `require("./tests/support/apiServer.ts").startApiServer().then(({ pids, kubeconfig }) => {
        process.stdout.write(JSON.stringify({ pids, kubeconfig }), () => { ${end} });
      });`;
      const node = promisify(execFile)(process.execPath, [...LOADER, "--eval", script]);
      const { stdout } = await node.catch((error: unknown) => error as { stdout: string });
      const { pids, kubeconfig } = JSON.parse(stdout) as Pick<ApiServer, "pids" | "kubeconfig">;
      assert.equal(pids.length, 2);
      assert.deepEqual(await survivors(pids), []);
      assert.equal(existsSync(kubeconfig), false);
    });
  }

  it("leaves no process and no file after stop(), which may be called twice", async () => {
    assert.deepEqual(server().pids.map(isAlive), [true, true]);
    assert.equal(existsSync(server().kubeconfig), true);
    await server().stop();
    await server().stop();
    assert.deepEqual(server().pids.map(isAlive), [false, false]);
    assert.equal(existsSync(server().kubeconfig), false);
    await assert.rejects(server().request("GET", "/readyz"), /ECONNREFUSED/);
  });
});
