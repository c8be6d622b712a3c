/** Linters of shell scripts and workflows; .shellcheckrc and .github/zizmor.yml give the reason of each refused finding. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { ROOT } from "./stack/program/stacks";
import { findLinter } from "./support/findProgram";
import { skipWithout } from "./support/skip";

for (const [name, args] of [
  ["shellcheck", [".ci/install", ".ci/run", "components/storage/volume/guard.sh"]],
  ["zizmor", ["--offline", "--no-progress", "--quiet", "--config", ".github/zizmor.yml", ".github", ".forgejo"]],
] as const) {
  describe(name, () => {
    let linter: string;
    before(function () {
      const found = findLinter(name);
      skipWithout(this, found);
      if ("linter" in found) ({ linter } = found);
    });

    it("has no findings", () => {
      const { status, stdout, stderr } = spawnSync(linter, args, { cwd: ROOT, encoding: "utf8" });
      assert.equal(status, 0, stdout + stderr);
    });
  });
}
