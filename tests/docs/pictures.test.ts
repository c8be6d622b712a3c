import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clip, escape } from "./drawPictures";
import { readStackConfig } from "../../tools/offline/project";
import { planStack } from "../../tools/offline/run";
import { renderTree } from "../../tools/offline/tree";
import { CHECKS } from "../../tools/verify/lib/report";
import { ROOT } from "../stack/program/stacks";

/** The lines that a picture in docs/pictures shows. */
function linesOf(name: string): string[] {
  const svg = readFileSync(join(ROOT, "docs", "pictures", `${name}.svg`), "utf8");
  return [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, line = ""]) => line);
}

const STALE = "is not in the picture: npm run pictures";

describe("the pictures", () => {
  it("show the tree and the outputs of today's preview", async () => {
    const plan = await planStack(readStackConfig(ROOT, "prod"));
    const lines = linesOf("preview");
    for (const line of renderTree(plan).split("\n")) assert.ok(lines.includes(escape(clip(line))), `${line} ${STALE}`);
    for (const output of Object.keys(plan.outputs)) {
      assert.ok(
        lines.some((line) => line.startsWith(`  ${output}: `)),
        `${output} ${STALE}`,
      );
    }
  });

  it("show every check of today's verify, one of them failed, with its cause", () => {
    const lines = linesOf("verify");
    for (const title of Object.values(CHECKS)) {
      assert.ok(
        lines.some((line) => /^(?:passed|FAILED) +(.*?) {2}/.exec(line)?.[1] === title),
        `${title} ${STALE}`,
      );
    }
    assert.ok(lines.some((line) => line.startsWith("FAILED: Exemplar")));
  });
});
