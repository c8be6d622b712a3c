/**
 * How the pinned Pulumi CLI reads a stack's configuration, against what the tests of the offline reading take
 * for that. UPDATE_GOLDENS=1 writes it anew.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { findBuilt } from "../support/findProgram";
import { captured, FIXTURE, readByCli, versionOf, type Captured } from "../tools/offline/cli";
import { cases } from "../tools/offline/cliCases";

describe("the configuration as the CLI reads it", () => {
  it("is what tests/fixtures/cli-config.json says", function () {
    const found = findBuilt("pulumi");
    if ("missing" in found) {
      console.error(`  comparison with the CLI not run: ${found.missing}`);
      return this.skip();
    }
    const { pulumi } = found;
    const readings = Object.fromEntries(readByCli(pulumi, cases));
    if (process.env["UPDATE_GOLDENS"] === "1") {
      const how =
        "UPDATE_GOLDENS=1 npm run test:e2e: `pulumi config --json` and `pulumi preview` for each of cliCases.ts";
      const now: Captured = { pulumi: versionOf(pulumi), how, readings };
      writeFileSync(FIXTURE, `${JSON.stringify(now, null, 1)}\n`);
      return;
    }
    assert.deepEqual(readings, captured().readings);
  });
});
