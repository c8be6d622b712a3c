import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { kubernetesClient } from "../../cluster/client";

const PACKAGE = dirname(dirname(createRequire(__filename).resolve("@kubernetes/client-node")));

/** Two busy cores need seconds to read the client's thousand files. */
const timeout = 60_000;

describe("the Kubernetes client", function () {
  this.timeout(timeout);
  let folder: string;
  let packages: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-client-"));
    packages = join(folder, "node_modules");
    mkdirSync(join(packages, "@kubernetes"), { recursive: true });
    symlinkSync(PACKAGE, join(packages, "@kubernetes", "client-node"), "junction");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const cache = () => join(packages, ".cache", "pulumi-tempo");
  const installed = (what: string): void => {
    writeFileSync(join(packages, ".package-lock.json"), what);
  };

  /** Reads a kubeconfig, as every run does. */
  function serverOf({ KubeConfig }: Awaited<ReturnType<typeof kubernetesClient>>): string | undefined {
    const kubeconfig = new KubeConfig();
    kubeconfig.loadFromString(`
apiVersion: v1
kind: Config
clusters: [{ name: one, cluster: { server: "https://one.example:6443" } }]
contexts: [{ name: one, context: { cluster: one, user: none } }]
users: [{ name: none, user: {} }]
current-context: one
`);
    return kubeconfig.getCurrentCluster()?.server;
  }

  it("is written into one file at its first use, which the next one takes", async () => {
    installed("as of today");
    assert.equal(serverOf(await kubernetesClient(packages)), "https://one.example:6443");
    const [file = "", ...others] = readdirSync(cache());
    assert.deepEqual(others, []);
    writeFileSync(join(cache(), file), `module.exports = "what is in the file";`);
    Reflect.deleteProperty(require.cache, join(cache(), file));
    assert.equal(await kubernetesClient(packages), "what is in the file");
  });

  it("is written anew after an install", async () => {
    installed("as of today");
    await kubernetesClient(packages);
    const [first = ""] = readdirSync(cache());
    writeFileSync(join(cache(), first), `module.exports = "of yesterday";`);
    installed("as of tomorrow");
    assert.equal(serverOf(await kubernetesClient(packages)), "https://one.example:6443");
    assert.equal(readdirSync(cache()).length, 2);
  });

  it("is loaded as it is where nothing says what is installed", async () => {
    assert.equal(serverOf(await kubernetesClient(packages)), "https://one.example:6443");
    assert.deepEqual(readdirSync(packages), ["@kubernetes"]);
  });

  it("is loaded as it is where the file cannot be written", async () => {
    installed("as of today");
    writeFileSync(join(packages, ".cache"), "in the way");
    assert.equal(serverOf(await kubernetesClient(packages)), "https://one.example:6443");
    assert.equal(readFileSync(join(packages, ".cache"), "utf8"), "in the way");
  });
});
