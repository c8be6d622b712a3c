import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accessOf, type Access } from "../../../lib/kubernetes/access";
import { loadKubeconfig } from "../../../lib/kubernetes/kubeconfig";

describe("access to a cluster", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-kubeconfig-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function access(cluster: object, user: object = { token: "t" }): Access {
    const path = join(folder, "config");
    writeFileSync(
      path,
      JSON.stringify({
        clusters: [{ name: "c", cluster: { server: "http://127.0.0.1:1", ...cluster } }],
        users: [{ name: "u", user }],
        contexts: [{ name: "a", context: { cluster: "c", user: "u" } }],
      }),
    );
    return accessOf(loadKubeconfig(path), "a");
  }

  it("has the values of all extra keys that differ in their case, as client-go sends them", async () => {
    const user = { as: "somebody", "as-user-extra": { Scope: ["x"], scope: ["y"] } };
    const { headers } = await access({}, user).options();
    assert.deepEqual(headers, { "Impersonate-User": "somebody", "impersonate-extra-scope": ["x", "y"] });
  });

  // Each was seen to arrive in this way from kubectl 1.36.3.
  for (const [written, sent] of [
    ["/a%2Fb", "/a/b"],
    ["/a%2fb/", "/a/b"],
    ["/a%20b", "/a%20b"],
    ["/ü", "/%C3%BC"],
    ["/a;b,c:d@e=f&g+h$i", "/a;b,c:d@e=f&g+h$i"],
    ["/a%3Bb%41", "/a;bA"],
    ["/it's!(*)", "/it%27s%21%28%2A%29"],
    ["//a//b/../c", "/a/c"],
  ]) {
    it(`asks for ${written} as kubectl does`, () => {
      assert.equal(access({ server: `https://127.0.0.1:6443${written}` }).server, `https://127.0.0.1:6443${sent}`);
    });
  }

  for (const server of [
    "https://127.1:6443",
    "https://0x7f.1:6443",
    "https://2130706433:6443",
    "https://10.1.2.3:6443/a#b",
    "https://10.1.2.3:6443\\a",
    "https://10.1.2.3:6443/a\tb",
    "https://10.1.2.3:6443/a%zz",
  ]) {
    it(`refuses the server ${JSON.stringify(server)}, which kubectl reads otherwise or not at all`, () => {
      assert.throws(() => access({ server }), {
        message: /: its server is no URL such as https:\/\/host:6443\/path: /,
      });
    });
  }

  it("takes an empty file of an authority for none, but not beside insecure-skip-tls-verify", async () => {
    const file = join(folder, "ca.crt");
    writeFileSync(file, "");
    const cluster = { server: "https://127.0.0.1:1", "certificate-authority": file };
    assert.equal((await access(cluster).options()).ca, undefined);
    assert.throws(() => access({ ...cluster, "insecure-skip-tls-verify": true }), {
      message: /insecure-skip-tls-verify stands beside a certificate authority$/,
    });
  });
});
