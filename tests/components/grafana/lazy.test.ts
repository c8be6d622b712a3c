import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../stack/program/stacks";
import { LOADER } from "../../support/tool";

describe("the packages for Grafana", function () {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-lazy-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** Names of the packages of which a stack's offline preview loads anything. */
  function packagesOf(stack: string): Set<string> {
    const list = join(folder, `${stack}.json`);
    const hook = join(folder, `${stack}.cjs`);
    const write = `require("node:fs").writeFileSync(${JSON.stringify(list)}, JSON.stringify(Object.keys(require.cache)))`;
    writeFileSync(hook, `process.on("exit", () => ${write});\n`);
    const preview = [...LOADER, "tools/preview/index.ts"];
    execFileSync(process.execPath, ["--require", hook, ...preview, "--stack", stack, "--out", join(folder, stack)], {
      cwd: ROOT,
      stdio: "pipe",
    });
    const loaded = JSON.parse(readFileSync(list, "utf8")) as string[];
    return new Set(
      loaded.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path.replaceAll("\\", "/"))?.[1] ?? []),
    );
  }

  const OF_GRAFANA = ["@grafana/grafana-foundation-sdk", "@pulumiverse/grafana"];

  it("are not loaded for a stack without Grafana", () => {
    const packages = packagesOf("local");
    assert.ok(packages.has("@pulumi/kubernetes"));
    for (const name of OF_GRAFANA) assert.ok(!packages.has(name), name);
  });

  it("are loaded for one with it", () => {
    const packages = packagesOf("prod");
    for (const name of OF_GRAFANA) assert.ok(packages.has(name), name);
  });
});
