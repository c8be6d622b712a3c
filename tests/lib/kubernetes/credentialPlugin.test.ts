import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pluginCredential } from "../../../lib/kubernetes/credentialPlugin";
import { KubeconfigError, type KubeCluster, type KubeExec } from "../../../lib/kubernetes/kubeconfig";

const API = "client.authentication.k8s.io/v1";

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("a credential plugin", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-plugin-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const cluster: KubeCluster = {
    server: "https://api.example.test",
    "tls-server-name": "",
    "insecure-skip-tls-verify": false,
    "certificate-authority": "",
    "certificate-authority-data": "",
    "proxy-url": "",
    "disable-compression": false,
    extensions: [],
  };

  /** A plugin as a shell script, which notes each of its runs. */
  function plugin(script: string, more: Partial<KubeExec> = {}): KubeExec {
    const command = join(folder, "plugin");
    writeFileSync(command, `#!/bin/sh\necho run >>"${folder}/runs"\n${script}\n`);
    chmodSync(command, 0o755);
    return {
      command,
      args: [],
      env: [],
      apiVersion: API,
      installHint: "",
      provideClusterInfo: false,
      interactiveMode: "Never",
      ...more,
    };
  }

  const runs = (): number =>
    existsSync(join(folder, "runs")) ? readFileSync(join(folder, "runs"), "utf8").split("\n").length - 1 : 0;

  const printing = (status: object, rest: object = {}): string =>
    `cat <<'END'\n${JSON.stringify({ kind: "ExecCredential", apiVersion: API, status, ...rest })}\nEND`;

  async function refused(exec: KubeExec, message: RegExp, limit?: number): Promise<void> {
    await assert.rejects(pluginCredential(exec, cluster, limit), (error: unknown) => {
      assert.ok(error instanceof KubeconfigError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }

  it("runs once, however many ask at the same time and later", async () => {
    const exec = plugin(`sleep 0.2\n${printing({ token: "t" })}`);
    const all = await Promise.all(Array.from({ length: 12 }, () => pluginCredential(exec, cluster)));
    assert.deepEqual(new Set(all.map(({ token }) => token)), new Set(["t"]));
    await pluginCredential(exec, cluster);
    assert.equal(runs(), 1);
  });

  it("runs once as well where it fails", async () => {
    const exec = plugin("exit 3");
    const all = await Promise.allSettled(Array.from({ length: 12 }, () => pluginCredential(exec, cluster)));
    assert.ok(all.every(({ status }) => status === "rejected"));
    assert.equal(runs(), 1);
  });

  it("runs again when what it gave has expired, once for all who wait", async () => {
    const exec = plugin(printing({ token: "t", expirationTimestamp: new Date(Date.now() - 1_000).toISOString() }));
    await pluginCredential(exec, cluster);
    assert.equal(runs(), 1);
    await Promise.all(Array.from({ length: 12 }, () => pluginCredential(exec, cluster)));
    assert.equal(runs(), 2);
  });

  it("gives a certificate with its key, and its answer may be YAML", async () => {
    const exec = plugin(
      `printf 'kind: ExecCredential\\napiVersion: ${API}\\nstatus:\\n  clientCertificateData: c\\n  clientKeyData: k\\n'`,
    );
    assert.deepEqual(await pluginCredential(exec, cluster), { certificate: "c", key: "k" });
  });

  it("may leave out what kind its answer is", async () => {
    const exec = plugin(printing({ token: "t" }, { kind: undefined }));
    assert.deepEqual(await pluginCredential(exec, cluster), { token: "t" });
  });

  it("is killed when it takes too long, and what it said is told", async () => {
    const exec = plugin(`echo 'open https://login.example.test' >&2\necho $$ >"${folder}/pid"\nexec sleep 600`);
    await refused(
      exec,
      /^the credential plugin plugin has given no credential within 0\.5 s: open https:\/\/login\.example\.test$/,
      500,
    );
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    // Its end is seen a moment after its kill. One that is not killed sleeps for longer than a test may take.
    while (isRunning(pid)) await sleep(20);
  });

  it("that fails is told with what it said, and never with its output", async () => {
    const exec = plugin("echo 'the secret token' \nprintf 'login \\033[31mexpired\\nrun: login' >&2\nexit 7");
    await refused(exec, /^the credential plugin plugin failed with status 7: login expired run: login$/);
  });

  it("that is not there is told with how to install it", async () => {
    const exec = { ...plugin(""), command: "no-such-plugin", installHint: "brew install it" };
    await refused(exec, /^the credential plugin no-such-plugin is not there: brew install it$/);
  });

  it("that wants a terminal is told so, and not run", async () => {
    await refused(plugin(printing({ token: "t" }), { interactiveMode: "Always" }), /standard input is none here$/);
    assert.equal(runs(), 0);
  });

  for (const [what, script, message] of [
    ["no text at all", "true", /printed no ExecCredential$/],
    ["no document", "echo '{'", /printed no ExecCredential$/],
    ["text after its answer", `${printing({ token: "t" })}; echo more`, /printed no ExecCredential$/],
    ["another kind", printing({ token: "t" }, { kind: "Secret" }), /printed no ExecCredential$/],
    [
      "another version",
      printing({ token: "t" }, { apiVersion: `${API}beta1` }),
      /answers in .*v1beta1, and the kubeconfig has .*\/v1 for it$/,
    ],
    ["no status", printing({}, { status: null }), /gave neither a token nor a certificate$/],
    ["nothing", printing({ token: "" }), /gave neither a token nor a certificate$/],
    [
      "half a certificate",
      printing({ token: "t", clientKeyData: "k" }),
      /gave a certificate or its key, and not both$/,
    ],
  ] as const) {
    it(`that gives ${what} is refused`, () => refused(plugin(script), message));
  }

  it("is told of the cluster only where the kubeconfig wants it", async () => {
    const script = `printf '%s' "$KUBERNETES_EXEC_INFO" >"${folder}/info"\n${printing({ token: "t" })}`;
    const info = (): unknown => JSON.parse(readFileSync(join(folder, "info"), "utf8"));
    await pluginCredential(plugin(script), cluster);
    assert.deepEqual(info(), { kind: "ExecCredential", apiVersion: API, spec: { interactive: false } });
    await pluginCredential(plugin(script, { provideClusterInfo: true }), cluster);
    assert.deepEqual(info(), {
      kind: "ExecCredential",
      apiVersion: API,
      spec: { cluster: { server: cluster.server, config: null }, interactive: false },
    });
  });
});
