import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accessOf } from "../../../lib/kubernetes/access";
import { loadKubeconfig } from "../../../lib/kubernetes/kubeconfig";

describe("access to a cluster", () => {
  it("has the values of all extra keys that differ in their case, as client-go sends them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-kubeconfig-"));
    try {
      const path = join(folder, "config");
      writeFileSync(
        path,
        JSON.stringify({
          clusters: [{ name: "c", cluster: { server: "http://127.0.0.1:1" } }],
          users: [{ name: "u", user: { as: "somebody", "as-user-extra": { Scope: ["x"], scope: ["y"] } } }],
          contexts: [{ name: "a", context: { cluster: "c", user: "u" } }],
        }),
      );
      const { headers } = await accessOf(loadKubeconfig(path), "a").options();
      assert.deepEqual(headers, { "Impersonate-User": "somebody", "impersonate-extra-scope": ["x", "y"] });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
