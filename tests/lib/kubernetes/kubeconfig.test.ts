import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { KubeconfigError, loadKubeconfig, podKubeconfig } from "../../../lib/kubernetes/kubeconfig";
import { ClusterSilent, ContextRefused, openApi } from "../../../lib/kubernetes/live";
import { withEnvironment } from "../../stack/program/stacks";

describe("loadKubeconfig", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-kubeconfig-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function file(name: string, text: string): string {
    const path = join(folder, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  const from = (KUBECONFIG: string, more: Record<string, string> = {}) =>
    withEnvironment({ KUBECONFIG, HOME: folder, KUBERNETES_SERVICE_HOST: undefined, ...more }, () =>
      Promise.resolve(loadKubeconfig()),
    );

  const one = (server: string, current = ""): string =>
    JSON.stringify({
      clusters: [{ name: "c", cluster: { server } }],
      users: [{ name: "u", user: { token: server } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": current,
    });

  it("takes every name from the first file that has it, whole, and the first current context", async () => {
    const first = file("first", `clusters: [{ name: c, cluster: { server: "https://first" } }]`);
    const second = file("second", one("https://second", "x").replace('"server"', '"tls-server-name": "n", "server"'));
    const third = file("third", one("https://third", "elsewhere"));
    const { currentContext, clusters, users } = await from([first, second, third].join(delimiter));
    assert.equal(currentContext, "x");
    assert.equal(clusters.get("c")?.server, "https://first");
    assert.equal(clusters.get("c")?.["tls-server-name"], "");
    assert.equal(users.get("u")?.token, "https://second");
  });

  it("reads what is written as !!binary", async () => {
    const server = `!!binary ${Buffer.from("https://here").toString("base64")}`;
    const path = file("binary", `clusters: [{ name: c, cluster: { server: ${server} } }]`);
    assert.equal((await from(path)).clusters.get("c")?.server, "https://here");
  });

  it("passes over files that are missing, empty entries and repetitions, but not over a folder", async () => {
    const here = file("here", one("https://here", "x"));
    const empty = file("empty", "");
    const list = [join(folder, "missing"), "", here, empty, here].join(delimiter);
    assert.equal((await from(list)).clusters.get("c")?.server, "https://here");
    await assert.rejects(from([here, folder].join(delimiter)), KubeconfigError);
  });

  it("reads ~/.kube/config only where the variable is empty", async () => {
    file(".kube/config", one("https://home", "x"));
    assert.equal((await from("")).clusters.get("c")?.server, "https://home");
    // It names two files without a name, which is not the same as none.
    assert.equal((await from(delimiter)).clusters.size, 0);
  });

  it("takes paths as relative to the file that has them, and a command only with a separator", async () => {
    const text = `
users:
- name: u
  user: { client-certificate: a/c.crt, client-key: ../c.key, tokenFile: /t, exec: { command: ./bin/x, apiVersion: client.authentication.k8s.io/v1beta1 } }
- name: v
  user: { exec: { command: x } }
clusters: [{ name: c, cluster: { certificate-authority: ca.crt } }]`;
    const { clusters, users } = await from(file("deep/config", text));
    const user = users.get("u");
    assert.equal(user?.["client-certificate"], join(folder, "deep/a/c.crt"));
    assert.equal(user["client-key"], join(folder, "c.key"));
    assert.equal(user.tokenFile, "/t");
    assert.equal(user.exec?.command, join(folder, "deep/bin/x"));
    assert.equal(user.exec.interactiveMode, "IfAvailable");
    assert.equal(users.get("v")?.exec?.command, "x");
    assert.equal(clusters.get("c")?.["certificate-authority"], join(folder, "deep/ca.crt"));
  });

  for (const [what, text] of [
    ["a list", "[]"],
    ["a word", "hello"],
    ["another kind", "kind: Deployment"],
    ["another version", "apiVersion: v2"],
    ["a number for a token", "users: [{ name: u, user: { token: 12345 } }]"],
    ["yes for a name", "users: [{ name: yes, user: {} }]"],
    ["a text for a flag", `clusters: [{ name: c, cluster: { insecure-skip-tls-verify: "true" } }]`],
    ["no base64", "users: [{ name: u, user: { client-key-data: secret! } }]"],
    ["a name twice", "users: [{ name: u, user: { token: secret } }, { name: u }]"],
    ["tabs", "users:\n\t- name: u"],
  ] as const) {
    it(`refuses ${what}, as kubectl does, without showing what is in it`, async () => {
      const path = file("config", text);
      await assert.rejects(from(path), (error: unknown) => {
        assert.ok(error instanceof KubeconfigError);
        assert.ok(error.message.startsWith(`${path}: `), error.message);
        assert.doesNotMatch(error.message, /secret|12345|\n/);
        return true;
      });
    });
  }

  for (const [what, text] of [
    ["nothing but a comment", "# nothing"],
    ["null", "null"],
    ["unknown keys, and none of its own", "foo: { bar: 1 }"],
    ["entries without anything", "users: [null]\nclusters: [{ name: c }]\ncontexts:"],
  ] as const) {
    it(`accepts ${what}`, async () => {
      assert.equal((await from(file("config", text))).currentContext, "");
    });
  }

  it("tells the faults of all files at once", async () => {
    const [a, b] = [file("a", "[]"), file("b", "kind: X")];
    await assert.rejects(from([a, b].join(delimiter)), (error: unknown) => {
      assert.ok(error instanceof KubeconfigError);
      assert.ok(error.message.includes(a) && error.message.includes(b), error.message);
      return true;
    });
  });

  describe("in a pod", () => {
    const pod = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };

    it("makes a kubeconfig whose credential stays in its file", async () => {
      file("account/token", "secret");
      file("account/ca.crt", "authority");
      const text = await withEnvironment(pod, () => Promise.resolve(podKubeconfig(join(folder, "account"))));
      assert.doesNotMatch(text ?? "", /secret/);
      const read = await from(file("written", text ?? ""));
      assert.equal(read.currentContext, "in-cluster");
      assert.equal(read.clusters.get("in-cluster")?.server, "https://[fd00::1]:443");
      assert.equal(read.clusters.get("in-cluster")?.["certificate-authority"], join(folder, "account/ca.crt"));
      assert.equal(read.users.get("in-cluster")?.tokenFile, join(folder, "account/token"));
    });

    it("makes none without a service account, and none elsewhere", async () => {
      const missing = join(folder, "nowhere");
      assert.equal(await withEnvironment(pod, () => Promise.resolve(podKubeconfig(missing))), undefined);
      file("account/token", "secret");
      const elsewhere = { KUBERNETES_SERVICE_HOST: undefined, KUBERNETES_SERVICE_PORT: undefined };
      const account = join(folder, "account");
      assert.equal(await withEnvironment(elsewhere, () => Promise.resolve(podKubeconfig(account))), undefined);
    });
  });

  describe("for the setting kubeconfig", () => {
    const settings = (kubeconfig: string) => ({ kubeContext: "x", allowedKubeContexts: [], kubeconfig });
    const withAuthority = one("https://a").replace('"server"', '"certificate-authority":"ca.crt","server"');

    it("refuses relative paths, which the provider's plugin would look for elsewhere", () => {
      file("ca.crt", "-");
      assert.throws(
        () => openApi(settings(file("config", withAuthority))),
        (error: unknown) => {
          assert.ok(error instanceof ContextRefused);
          assert.match(
            error.message,
            /has relative paths \(certificate-authority\), which the provider looks for in .*Write absolute ones there, or leave the setting out/,
          );
          return true;
        },
      );
    });

    it("does not care about those of another context", () => {
      const both = `{"users":[{"name":"v","user":{"tokenFile":"t"}}],${one("https://a").slice(1).replace('"users":[', '"users":[{"name":"w","user":{"tokenFile":"t"}},')}`;
      assert.equal(openApi(settings(file("config", both))).server, "https://a");
    });

    it("does not accept a missing file, unlike $KUBECONFIG", () => {
      assert.throws(() => openApi(settings(join(folder, "missing"))), ClusterSilent);
    });
  });
});
