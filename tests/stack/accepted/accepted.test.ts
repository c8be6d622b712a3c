/**
 * Nothing is accepted that cannot work: settings at random that the rules take are planned as a whole, and what is made
 * of them is read by the policies, and by the real Tempo, promtool and Alloy where these are there.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import fc from "fast-check";
import { parse } from "yaml";
import { checkPlan, renderViolations } from "../../../packages/policy/check";
import { renderFiles, type RenderedFiles } from "../../../tools/offline/files";
import { planStack } from "../../../tools/offline/run";
import { findAlloy } from "../../components/collector/support/alloy";
import { parseAlloy } from "../../components/alloy/parse";
import { findPrometheus, findTempo } from "../../support/findProgram";
import { frugal, Lab } from "../../support/lab";
import { skipWithout } from "../../support/skip";
import { CANARY, draw, isAccepted, KEYS, rawSettings, stackOf, type RawSettings } from "./random";

const run = promisify(execFile);

/** Every accepted one of the draw, planned once; each is told of by its settings where something is wrong with it. */
const accepted: { readonly raw: RawSettings; readonly files: RenderedFiles }[] = [];

/** One program over every file of a name. @returns how many it read */
async function readAll(named: RegExp, read: (path: string, raw: RawSettings) => Promise<void>): Promise<number> {
  let count = 0;
  const lab = new Lab();
  try {
    for (const { raw, files } of accepted) {
      for (const [path, text] of files) {
        if (!named.test(path)) continue;
        await read(lab.write(`${count++}-${path.replaceAll("/", "-")}`, text), raw);
      }
    }
  } finally {
    await lab.stop();
  }
  return count;
}

async function accepts(program: string, args: readonly string[], raw: RawSettings): Promise<void> {
  try {
    await run(program, args, { env: frugal() });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    assert.fail(`${stdout}${stderr}${String(error)}\nof ${JSON.stringify(raw)}`);
  }
}

describe("settings that are accepted", function () {
  this.timeout(60_000 + draw.numRuns * 5_000);

  it("make a plan that the policies take, with no secret in it", async () => {
    await fc.assert(
      fc.asyncProperty(rawSettings, async (raw) => {
        fc.pre(isAccepted(raw));
        const stack = stackOf(raw);
        const plan = await planStack(stack);
        assert.equal(renderViolations(checkPlan(plan.resources, stack)), renderViolations([]));
        const files = renderFiles(plan);
        for (const [path, text] of files) assert.ok(!text.includes(CANARY), path);
        accepted.push({ raw, files });
      }),
      { ...draw, endOnFailure: true },
    );
    assert.ok(accepted.length >= draw.numRuns);
  });

  it("make YAML that is read as it was meant, and an Alloy's configuration whose references resolve", () => {
    for (const { files } of accepted) {
      for (const [path, text] of files) {
        if (path.endsWith(".yaml")) assert.doesNotThrow(() => parse(text) as unknown, path);
        if (path.endsWith(".alloy")) assert.ok(parseAlloy(text).length > 0, path);
      }
    }
  });

  it("are of every key of the settings", () => {
    const seen = new Set(fc.sample(rawSettings, { seed: draw.seed, numRuns: 500 }).flatMap((raw) => Object.keys(raw)));
    assert.deepEqual(
      KEYS.filter((key) => !seen.has(key)),
      [],
    );
  });

  describe("are read by Tempo", () => {
    it("which verifies every configuration", async function () {
      const found = findTempo();
      skipWithout(this, found);
      if ("missing" in found) return;
      const count = await readAll(/^charts\/.*\/tempo\.yaml$/, (file, raw) =>
        accepts(found.tempo, [`-config.file=${file}`, "-config.verify=true"], raw),
      );
      assert.equal(count, accepted.length);
    });
  });

  describe("are read by promtool", () => {
    it("which takes every scrape job and every rule", async function () {
      const found = findPrometheus();
      skipWithout(this, found);
      if ("missing" in found) return;
      const jobs = await readAll(/scrape-config\.yaml$/, (file, raw) =>
        accepts(found.promtool, ["check", "config", file], raw),
      );
      const rules = await readAll(/prometheus-rules\.yaml$/, (file, raw) =>
        accepts(found.promtool, ["check", "rules", file], raw),
      );
      assert.ok(jobs > 0 && rules > 0, `${jobs} jobs, ${rules} files of rules`);
    });
  });

  describe("are read by Alloy", () => {
    it("which validates every configuration", async function () {
      const found = findAlloy();
      skipWithout(this, found);
      if ("missing" in found) return;
      const count = await readAll(/\.alloy$/, (file, raw) =>
        accepts(found.alloy, ["validate", "--stability.level=public-preview", file], raw),
      );
      assert.ok(count > 0);
    });
  });
});
