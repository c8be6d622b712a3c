import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEngine, type BenchEngine } from "../../bench/program/engine";
import { hosted, ours } from "../../bench/program/programs";
import { startWorld } from "../../bench/program/world";
import type { Served } from "../../tools/lib/loopback";
import { runOnce } from "../../bench/lib/turns";
import { readStackConfig } from "../../tools/offline/project";
import { planStack } from "../../tools/offline/run";
import { warningsOf } from "../../stack/warnings";
import { ROOT, settingsOf } from "../stack/program/stacks";

describe("a program under the language host", function () {
  let folder: string;
  let engine: BenchEngine;
  let world: Served;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-bench-"));
    [engine, world] = [await startEngine(), await startWorld()];
  });
  afterEach(async () => {
    engine.stop();
    await world.stop();
    rmSync(folder, { recursive: true });
  });

  it("registers everything that the offline plan of prod has, in a world that fits", async () => {
    const config = readStackConfig(ROOT, "prod");
    await runOnce(ours(engine.address, ROOT, config, world, folder));
    const { resources } = await planStack(config);
    const planned = ["pulumi:pulumi:Stack", ...resources.map(({ type }) => type)];
    assert.deepEqual([...engine.registered].sort(), planned.sort());
    // What the offline preview tells too: a volume too small for all that the limits allow, images with advisories.
    const warnings = warningsOf(settingsOf("prod"));
    assert.ok(warnings.length > 0);
    assert.deepEqual([...engine.complaints].sort(), [...warnings].sort());
  });

  /** Runs a program of some lines with our loader. */
  async function failing(lines: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    writeFileSync(join(folder, "package.json"), "{}");
    writeFileSync(join(folder, "main.ts"), lines.join("\n"));
    const nodeArgs = ["--require", join(ROOT, "tools", "loader.cjs")];
    const command = hosted(
      "failing",
      engine.address,
      { folder, main: "main.ts", typescript: false, nodeArgs, env },
      ROOT,
    );
    await assert.rejects(runOnce(command));
    return engine.complaints.join("\n");
  }

  it("that fails is told with the lines of our source", async () => {
    const lines = ["interface Unseen {", "  readonly a: 1;", "}", "", "function fail(_: Unseen): void {"];
    const said = await failing([...lines, "  throw new Error('no luck');", "}", "", "fail({ a: 1 });"]);
    assert.match(said, /no luck/);
    assert.match(said, /main\.ts:6:9/);
    assert.match(said, /main\.ts:9:1/);
  });

  it("has no debugger of V8's, and reads no source maps of the packages", async () => {
    const lines = [
      `const maps = Object.keys(require.cache).filter((file) => /source-map/.test(file));`,
      `throw new Error("maps: " + maps.length + ", debugger: " + /v8Hooks/.test(Object.keys(require.cache).join()));`,
    ];
    assert.match(await failing(lines), /maps: 0, debugger: false/);
  });
});
