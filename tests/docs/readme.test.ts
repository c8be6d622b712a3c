import { ROOT } from "../../lib/root";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { planStack } from "../../tools/offline/run";
import { readStackConfig } from "../../tools/offline/project";

const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), "utf8");
const README = read("README.md");
const OUTPUTS = read("docs", "reference", "outputs.md");

describe("the reference", () => {
  it("has every output", async () => {
    const { outputs } = await planStack(readStackConfig(ROOT, "prod"));
    for (const output of Object.keys(outputs)) assert.ok(OUTPUTS.includes(`| \`${output}\``), output);
  });
});

describe("the README", () => {
  it("is read in a few minutes", () => {
    assert.ok(README.split(/\s+/).length <= 900);
  });

  it("has the two commands, and .ci/run calls the second", () => {
    for (const command of ["npm ci && npm run preview", "npm ci && npm test"]) {
      assert.ok(README.includes(`\`\`\`sh\n${command}\n\`\`\``), command);
    }
    assert.match(read(".ci", "run"), /npm ci && npm test/);
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

  for (const file of files.split("\n").filter(Boolean)) {
    it(`files of this project that ${file} names exist`, () => {
      const text = readFileSync(join(ROOT, file), "utf8");
      const folders = "bench|caddy|components|docs|lib|packages|stack|tests|tools|examples";
      for (const [, path = ""] of text.matchAll(new RegExp(`\`((?:${folders})/[\\w./-]+)\``, "g"))) {
        assert.ok(existsSync(join(ROOT, path)), path);
      }
    });
  }

  for (const folder of ["decisions", "runbooks"]) {
    it(`lead from docs/${folder}/README.md to each of its pages`, () => {
      const index = read("docs", folder, "README.md");
      for (const page of readdirSync(join(ROOT, "docs", folder))) {
        assert.ok(page === "README.md" || index.includes(`](${page})`), page);
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
