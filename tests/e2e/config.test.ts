/**
 * How the Pulumi CLI of this machine reads a stack's configuration, against what the tests of the offline reading take
 * for that. UPDATE_GOLDENS=1 writes it anew: the CLI that is pinned there is not everybody's.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { onPath } from "../support/findProgram";
import { captured, FIXTURE, readByCli, versionOf, type Captured } from "../tools/offline/cli";
import { cases } from "../tools/offline/cliCases";

describe("the configuration as the CLI reads it", () => {
  it("is what tests/fixtures/cli-config.json says", function () {
    const pulumi = onPath("pulumi");
    if (pulumi === undefined) {
      console.error("  comparison with the CLI not run: there is no pulumi on the PATH");
      return this.skip();
    }
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
