import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { planStack } from "../../tools/offline/run";
import { readStackConfig } from "../../tools/offline/project";

const ROOT = resolve(__dirname, "../..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");

describe("the README", () => {
  it("has every output", async () => {
    const { outputs } = await planStack(readStackConfig(ROOT, "prod"));
    for (const output of Object.keys(outputs)) assert.ok(README.includes(`| \`${output}\``), output);
  });

  it("has the command that .ci/run calls", () => {
    assert.ok(README.includes("npm ci && npm test"));
    assert.match(readFileSync(join(ROOT, ".ci", "run"), "utf8"), /npm ci && npm test/);
  });
});

describe("links between the documents", () => {
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.md"], { cwd: ROOT, encoding: "utf8" });
  for (const file of files.split("\n").filter(Boolean)) {
    it(`lead somewhere in ${file}`, () => {
      const text = readFileSync(join(ROOT, file), "utf8");
      for (const [, target = ""] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        assert.ok(existsSync(join(ROOT, dirname(file), target)), `${file} links to ${target}`);
      }
    });
  }

  it("the ones in messages are there, too", () => {
    const sources = execFileSync(
      "git",
      ["grep", "-ohE", "docs/[a-z/-]+\\.md", "--", "*.ts", "*.mjs", "*.json", "*.yaml"],
      {
        cwd: ROOT,
        encoding: "utf8",
      },
    );
    for (const path of new Set(sources.split("\n").filter(Boolean))) assert.ok(existsSync(join(ROOT, path)), path);
  });
});
