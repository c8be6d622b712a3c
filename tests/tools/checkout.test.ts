/** The project where it is checked out in other ways: with Windows' line ends, and in a monorepo. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readFiles, renderFiles } from "../../tools/offline/files";
import { planOf, ROOT } from "../stack/program/stacks";
import { LOADER } from "../support/tool";
import { Workshop, type Clone } from "./clone";
import { inFullRun } from "../support/skip";

/** Two busy cores need minutes for what takes seconds. */
const timeout = 180_000;

/** Every file that is text: none of the project's has a NUL in it. */
function withWindowsLineEnds(clone: Clone): void {
  for (const file of execFileSync("find", [clone.folder, "-type", "f"], { encoding: "utf8" }).trim().split("\n")) {
    const text = readFileSync(file, "latin1");
    if (!text.includes("\0")) writeFileSync(file, text.replace(/\r?\n/g, "\r\n"), "latin1");
  }
}

async function renderedBy(clone: Clone, stack: string): Promise<ReadonlyMap<string, string>> {
  const { status, stderr } = await clone.preview("--stack", stack);
  assert.deepEqual([status, stderr], [0, ""]);
  return readFiles(clone.path(`out/${stack}`));
}

describe("a checkout with Windows' line ends", function () {
  this.timeout(timeout);
  let workshop: Workshop;
  let clone: Clone;
  before(() => {
    workshop = new Workshop();
    clone = workshop.copy("windows", withWindowsLineEnds);
    clone.install();
  });
  after(() => {
    workshop.remove();
  });

  it("has them in what is read when a stack is rendered", () => {
    for (const file of ["components/storage/volume/guard.sh", "Pulumi.prod.yaml", "components/tempo/tempoYaml.ts"]) {
      assert.match(clone.read(file), /\r\n/, file);
    }
  });

  for (const stack of ["prod", "local"]) {
    it(`renders ${stack} byte for byte as any other`, async () => {
      assert.deepEqual(await renderedBy(clone, stack), renderFiles(await planOf(stack)));
    });
  }

  it("post-renders as any other", () => {
    const manifests = "kind: Service\nspec:\n  ports:\n    - port: 9411\n    - port: 3200\n";
    const rendered = [ROOT, clone.folder].map((folder) =>
      execFileSync(process.execPath, ["components/tempo/postrender.mjs"], {
        cwd: folder,
        input: manifests,
        encoding: "utf8",
      }),
    );
    assert.equal(rendered[0], rendered[1]);
  });

  it("comes from no git, whatever its user has set", () => {
    const git = workshop.clone("git", undefined, false);
    git.git("config", "core.autocrlf", "true");
    for (const file of ["components/storage/volume/guard.sh", "components/tempo/postrender.mjs"]) {
      git.git("rm", "--quiet", "--cached", file);
      git.git("reset", "--quiet", "--hard");
      assert.doesNotMatch(git.read(file), /\r/, file);
    }
  });
});

inFullRun.describe("a monorepo", function () {
  this.timeout(timeout);
  let workshop: Workshop;
  let clone: Clone;
  /** The packages are in the folder above, as a workspace's are; they are links, as pnpm's are. */
  before(() => {
    workshop = new Workshop();
    clone = workshop.copy("mono/infra");
    const outer = clone.path("..");
    writeFileSync(join(outer, ".gitignore"), "node_modules\n");
    for (const args of [
      ["init", "--quiet", "--initial-branch=main"],
      ["add", "--all"],
      ["commit", "--quiet", "--message=All"],
    ])
      clone.git("-C", outer, ...args);
    symlinkSync(join(ROOT, "node_modules"), join(outer, "node_modules"));
  });
  after(() => {
    workshop.remove();
  });

  it("previews, and compares", async () => {
    assert.deepEqual(await renderedBy(clone, "prod"), renderFiles(await planOf("prod")));
    clone.replace("Pulumi.local.yaml", "    size: 10Gi", "    size: 11Gi");
    const { status, stdout, stderr } = await clone.preview("--stack", "local", "--against", "HEAD");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /\n- +storage: 10Gi\n\+ +storage: 11Gi\n/);
  });

  it("compares where the packages are above the repository, too", async () => {
    const inner = workshop.clone("outside/repository", undefined, false);
    symlinkSync(join(ROOT, "node_modules"), join(dirname(inner.folder), "node_modules"));
    const { status, stdout, stderr } = await inner.preview("--stack", "local", "--against", "main");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /nothing that is rendered changes/);
  });

  it("loads the package, the policies and the post-renderer", () => {
    const node = (args: readonly string[], input = "") =>
      spawnSync(process.execPath, args, { cwd: clone.folder, input, encoding: "utf8", timeout: 60_000 });
    // The package would wait for an engine.
    const load =
      'require("./packages/policy/index.js"); require("./packages/plugin/index.cjs"); console.log("loaded"); process.exit()';
    const loaded = node(["--eval", load]);
    assert.match(loaded.stdout, /^loaded$/m, loaded.stderr);
    assert.equal(node(["components/tempo/postrender.mjs"], "kind: Service\n").stdout, "kind: Service\n");
    assert.match(node([...LOADER, "tools/up/index.ts", "--help"]).stdout, /--verify/);
  });

  it("has the state and the stacks where its Pulumi.yaml says", async () => {
    const moved = workshop.copy("moved", (copy) => {
      copy.replace("Pulumi.yaml", "main: index.ts\n", "main: index.ts\nstackConfigDir: stacks\n");
      mkdirSync(copy.path("stacks"));
      copy.edit("Pulumi.local.yaml", "stacks/Pulumi.team.yaml", []);
    });
    moved.install();
    const { status, stdout, stderr } = await moved.preview("--stack", "acme/tempo/team");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^Stack team of project tempo, planned offline/);
    const missing = await moved.preview("--stack", "local");
    assert.match(missing.stderr, /^There is no .*stacks\/Pulumi\.local\.yaml\. The stacks here: team\.\n$/);
  });
});
