/** The offline preview under the supported releases of Node that `.ci/install` brings. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { renderFiles, readFiles } from "../../tools/offline/files";
import { planOf } from "../stack/program/stacks";
import { findNode } from "../support/findProgram";
import { inFullRun, skipWithout } from "../support/skip";
import { Workshop } from "./clone";

for (const major of [22, 24, 26]) {
  inFullRun.describe(`npm run preview, under Node ${major}`, function () {
    let workshop: Workshop | undefined;
    let node: string;

    before(function () {
      const found = findNode(major);
      skipWithout(this, found);
      if (!("node" in found)) return;
      ({ node } = found);
      workshop = new Workshop(node);
    });

    after(() => workshop?.remove());

    it("says nothing but the plan, and renders the same files as under the running Node", async () => {
      assert.ok(workshop);
      const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout;
      assert.ok(version.startsWith(`v${major}.`), version);
      const clone = workshop.clone("clean");
      const [{ status, stderr }, plan] = await Promise.all([clone.preview(), planOf("prod")]);
      assert.deepEqual([status, stderr], [0, ""]);
      assert.deepEqual(readFiles(clone.path("out/prod")), renderFiles(plan));
    });
  });
}
