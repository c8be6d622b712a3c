import assert from "node:assert/strict";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compareFiles, renderDifference, renderMarkdown, type Difference } from "../../../tools/offline/against";
import { filesAt, findCheckout, resolveRef } from "../../../tools/offline/git";
import { ROOT, withEnvironment } from "../../stack/program/stacks";
import type { Result } from "../../support/tool";
import { Workshop, type Clone } from "../clone";
import { inFullRun } from "../../support/skip";

const commit = "0123456789abcdef0123456789abcdef01234567";
const lines = (count: number, text = "line"): string =>
  Array.from({ length: count }, (_, index) => `${text} ${index}\n`).join("");

const difference = (before: Record<string, string>, after: Record<string, string>): Difference =>
  compareFiles({ name: "main", commit }, new Map(Object.entries(before)), new Map(Object.entries(after)));

describe("compareFiles", () => {
  it("finds what was added, changed and removed, by path", () => {
    const { ref, files } = difference(
      { "b.yaml": "b: 1\n", "c.yaml": "c: 1\n", "same.yaml": "s\n" },
      { "a.yaml": "a: 1\n", "b.yaml": "b: 2\n", "same.yaml": "s\n" },
    );
    assert.equal(ref, "main");
    assert.deepEqual(
      files.map(({ path, change }) => `${path} ${change}`),
      ["a.yaml added", "b.yaml changed", "c.yaml removed"],
    );
  });

  it("writes patches that git can apply", () => {
    const { files } = difference(
      { "b.yaml": lines(9), "c.yaml": "c\n" },
      { "a.yaml": "a\n", "b.yaml": `new\n${lines(9)}` },
    );
    assert.deepEqual(
      files.map(({ patch }) => patch),
      [
        "--- /dev/null\n+++ b/a.yaml\n@@ -0,0 +1,1 @@\n+a\n",
        "--- a/b.yaml\n+++ b/b.yaml\n@@ -1,3 +1,4 @@\n+new\n line 0\n line 1\n line 2\n",
        "--- a/c.yaml\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-c\n",
      ],
    );
  });

  it("tells an empty file from none", () => {
    const { files } = difference({ "gone.yaml": "" }, { "new.yaml": "" });
    assert.deepEqual(
      files.map(({ path, change }) => `${path} ${change}`),
      ["gone.yaml removed", "new.yaml added"],
    );
  });
});

describe("renderDifference", () => {
  it("says so when nothing changes", () => {
    assert.equal(
      renderDifference(difference({ a: "1\n" }, { a: "1\n" })),
      "Against main (0123456789ab): nothing that is rendered changes.",
    );
  });

  it("counts, then shows every patch", () => {
    const text = renderDifference(difference({ a: "1\n", b: "1\n" }, { a: "2\n", c: "3\n" }));
    const [title, ...patches] = text.split("\n\n");
    assert.equal(title, "Against main (0123456789ab): 3 files of what is rendered: 1 added, 1 changed, 1 removed.");
    assert.deepEqual(
      patches.map((patch) => patch.split("\n").at(-1)),
      ["+2", "-1", "+3"],
    );
    assert.match(renderDifference(difference({}, { a: "1\n" })), /: 1 file of what is rendered: 1 added\./);
  });
});

describe("renderMarkdown", () => {
  it("begins with the marker by which the comment is found again", () => {
    const [marker, title, summary] = renderMarkdown("prod", difference({}, {})).split("\n\n");
    assert.deepEqual(
      [marker, title, summary],
      [
        "<!-- tempo-preview prod -->",
        "### Offline preview of `prod` against `main` (0123456789ab)",
        "nothing that is rendered changes.",
      ],
    );
  });

  it("fences each patch so that no text in it ends the fence", () => {
    const text = renderMarkdown("prod", difference({}, { "a.yaml": "```\n````\n" }));
    assert.match(
      text,
      /<details><summary><code>a\.yaml<\/code> added<\/summary>\n\n`{5}diff\n[^]*\n`{5}\n\n<\/details>$/,
    );
  });

  it("stays below what GitHub and Forgejo accept, and names what it leaves out", () => {
    const text = renderMarkdown("prod", difference({}, { "big.yaml": lines(20_000), "huge.yaml": lines(30_000) }));
    assert.ok(text.length < 65_536);
    assert.match(
      text,
      /- `big\.yaml` added \(too long to show here\)\n\n- `huge\.yaml` added \(too long to show here\)$/,
    );
  });

  // A patch that is left out takes no room: after one that was too long, none was shown.
  it("shows what fits beside a patch that does not", () => {
    const text = renderMarkdown("prod", difference({}, { "a.yaml": lines(20_000), "z.yaml": "small\n" }));
    assert.match(text, /- `a\.yaml` added \(too long to show here\)/);
    assert.match(text, /\+small/);
  });
});

describe("npm run preview -- --against", function () {
  let workshop: Workshop;
  let clone: Clone;
  let text: Result;

  before(async () => {
    workshop = new Workshop();
    clone = workshop.clone("edited");
    clone.replace("Pulumi.prod.yaml", "namespace: monitoring # Grafana\n", "namespace: grafana # Grafana\n");
    clone.replace("Pulumi.prod.yaml", "    queryHostname: tempo\n", "    queryHostname: traces\n");
    // What somebody has in the index must stay there, and only there.
    clone.git("add", "Pulumi.prod.yaml");
    text = await clone.preview("--against", "HEAD");
  });

  after(() => {
    workshop.remove();
  });

  it("names every file that changes, and the lines", () => {
    assert.deepEqual([text.status, text.stderr], [0, ""]);
    const head = clone.git("rev-parse", "HEAD").slice(0, 12);
    const [, shown = ""] = text.stdout.split(`Against HEAD (${head}): `);
    assert.match(shown, /^6 files of what is rendered: 6 changed\.\n/);
    assert.deepEqual(shown.match(/^\+\+\+ .*$/gm), [
      "+++ b/caddy/Caddyfile",
      "+++ b/caddy/Caddyfile.fragment",
      "+++ b/caddy/route.json",
      "+++ b/manifests/ingress-tempo-tailscale.yaml",
      "+++ b/manifests/networkpolicy-tempo.yaml",
      "+++ b/outputs.yaml",
    ]);
    // The route of Caddy stands in the outputs as well.
    const files = shown.split(/^(?=--- a\/)/m).filter((file) => !file.startsWith("--- a/caddy/"));
    const lines = files.flatMap((file) => file.match(/^[-+](?![-+]).*$/gm) ?? []);
    assert.deepEqual(
      lines.filter((line) => !/reverse_proxy|header_up|"/.test(line)).map((line) => line.replace(/\s+/g, " ")),
      [
        "- - tempo",
        "+ - traces",
        "+ kubernetes.io/metadata.name: grafana",
        "+ - namespaceSelector:",
        "+ matchLabels:",
        "-queryUrl: https://tempo.tail8d86e.ts.net",
        "+queryUrl: https://traces.tail8d86e.ts.net",
      ],
    );
  });

  it("leaves nothing behind: no index, no work tree, no folder", () => {
    assert.equal(clone.changes(), "M  Pulumi.prod.yaml\n");
    assert.equal(clone.git("worktree", "list").trim().split("\n").length, 1);
    assert.deepEqual(
      readdirSync(workshop.temporary).filter((name) => name.startsWith("tempo-preview-")),
      [],
    );
  });

  it("--markdown prints the comment and nothing else", async () => {
    clone.replace("Pulumi.local.yaml", "    size: 10Gi", "    size: 11Gi");
    const { status, stdout, stderr } = await clone.preview("--stack", "local", "--against", "HEAD", "--markdown");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^<!-- tempo-preview local -->\n/);
    const claim = /<code>manifests\/persistentvolumeclaim-[^<]*<\/code> changed[^]*\n\+ +storage: 11Gi\n/;
    assert.match(stdout, claim);
  });

  it("names a ref that git does not know, also one that looks like an option of git", async () => {
    const unknown = (ref: string): string =>
      `--against ${ref}: git knows no such commit here. Fetch it first, or name a branch, tag or commit.`;
    const { status, stdout, stderr } = await clone.preview("--against", "no-such-branch");
    assert.deepEqual([status, stdout, stderr], [1, "", `${unknown("no-such-branch")}\n`]);
    assert.throws(() => resolveRef("--output=x", findCheckout(clone.folder)), { message: unknown("--output=x") });
  });

  inFullRun.it("finds the project in a folder of a larger repository", async () => {
    const inner = workshop.copy("mono/infra");
    const outer = inner.path("..");
    for (const args of [
      ["init", "--quiet", "--initial-branch=main"],
      ["add", "--all"],
      ["commit", "--quiet", "--message=All"],
    ])
      inner.git("-C", outer, ...args);
    inner.install();
    inner.replace("Pulumi.local.yaml", "    size: 10Gi", "    size: 11Gi");
    const { status, stdout, stderr } = await inner.preview("--stack", "local", "--against", "HEAD");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /: 4 files of what is rendered: 4 changed\.\n/);
    assert.match(stdout, /\n- +storage: 10Gi\n\+ +storage: 11Gi\n/);
  });

  it("needs a repository, and says so", async () => {
    const bare = workshop.copy("exported");
    bare.install();
    const { status, stdout, stderr } = await bare.preview("--stack", "local", "--against", "HEAD");
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /^--against needs git: .*not a git repository[^\n]*\n$/);
  });

  inFullRun.it("tells that a ref's own program fails, and why", async () => {
    clone.edit("Pulumi.local.yaml", "Pulumi.failing.yaml", [["    size: 1", "    size: lots"]]);
    clone.git("add", "Pulumi.failing.yaml");
    clone.git("commit", "--quiet", "--message=A mistake", "Pulumi.failing.yaml");
    clone.edit("Pulumi.local.yaml", "Pulumi.failing.yaml", []);
    const { status, stdout, stderr } = await clone.preview("--stack", "failing", "--against", "main");
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(
      stderr,
      /^The preview of main \([0-9a-f]{12}\) fails:\n1 problem in the configuration of stack "failing"/,
    );
    assert.match(stderr, /tempo:volume\.size = "lots1Gi"/);
  });

  it("takes everything as added where a ref has not the stack", async () => {
    const source = clone.read("Pulumi.local.yaml");
    writeFileSync(clone.path("Pulumi.extra.yaml"), source);
    const { status, stdout, stderr } = await clone.preview("--stack", "extra", "--against", "HEAD", "--json");
    assert.deepEqual([status, stderr], [0, ""]);
    const { against, files } = JSON.parse(stdout) as { against: Difference; files: Record<string, string> };
    assert.deepEqual(
      against.files.map(({ path, change }) => [path, change]),
      Object.keys(files).map((path) => [path, "added"]),
    );
  });
});

describe("npm run preview -- --against, a branch", function () {
  let workshop: Workshop;
  let clone: Clone;
  let base: string;

  /** A branch with a change of its own, which main has left behind. */
  before(() => {
    workshop = new Workshop();
    clone = workshop.clone("branch");
    base = clone.git("rev-parse", "HEAD").trim();
    clone.replace("Pulumi.local.yaml", "    size: 10Gi", "    size: 12Gi");
    clone.git("commit", "--quiet", "--all", "--message=On main");
    clone.git("checkout", "--quiet", "-b", "work", base);
    clone.replace("Pulumi.local.yaml", "tempo:createNamespace: true", "tempo:createNamespace: false");
    clone.git("commit", "--quiet", "--all", "--message=On the branch");
  });
  after(() => {
    workshop.remove();
  });

  it("shows what the branch changes, and not what came to main since", async () => {
    const { status, stdout, stderr } = await clone.preview("--stack", "local", "--against", "main");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.ok(stdout.includes(`Against main (${base.slice(0, 12)}): `));
    assert.match(stdout, /Deleted: .*kubernetes:core\/v1:Namespace /);
    assert.doesNotMatch(stdout, /12Gi/);
  });

  inFullRun.it(
    "is found from a hook of git, in a work tree of its own and below the top of the repository",
    async () => {
      const inner = workshop.copy("hooked/infra");
      const outer = inner.path("..");
      inner.git("init", "--quiet", "--initial-branch=main", outer);
      inner.git("add", "--all");
      inner.git("commit", "--quiet", "--message=All");
      const tree = workshop.path("tree");
      inner.git("worktree", "add", "--quiet", "-b", "work", tree);
      const gitFolder = inner.git("-C", tree, "rev-parse", "--absolute-git-dir").trim();
      for (const [folder, variables] of [
        [inner.folder, { GIT_DIR: ".git", INIT_CWD: outer, GIT_INDEX_FILE: ".git/index" }],
        [inner.folder, { GIT_DIR: ".git", INIT_CWD: inner.folder }],
        [join(tree, "infra"), { GIT_DIR: gitFolder, INIT_CWD: join(tree, "infra") }],
        [join(tree, "infra"), { GIT_DIR: gitFolder, GIT_WORK_TREE: tree, INIT_CWD: tree }],
      ] as const) {
        await withEnvironment({ GIT_WORK_TREE: undefined, ...variables }, () => {
          const checkout = findCheckout(folder);
          assert.deepEqual([checkout.prefix, checkout.top], ["infra/", join(folder, "..")]);
          const { commit } = resolveRef("main", checkout);
          assert.ok(filesAt(commit, checkout, checkout.prefix).includes("infra/Pulumi.yaml"));
          return Promise.resolve();
        });
      }
    },
  );

  it("says what a shallow clone lacks", () => {
    const shallow = workshop.path("shallow");
    clone.git("clone", "--quiet", "--depth=1", "--branch=work", `file://${clone.folder}`, shallow);
    clone.git("-C", shallow, "fetch", "--quiet", "--depth=1", "origin", "main:main");
    assert.throws(() => resolveRef("main", findCheckout(shallow)), {
      message:
        "--against main: it has no commit in common with what is checked out, as far as this shallow clone goes. " +
        "Run `git fetch --unshallow`, or give the workflow's checkout `fetch-depth: 0`.",
    });
    clone.git("-C", shallow, "fetch", "--quiet", "--unshallow");
    assert.equal(resolveRef("main", findCheckout(shallow)).commit, base);
  });

  it("says that two histories have nothing in common", () => {
    clone.git("checkout", "--quiet", "--orphan", "other");
    clone.git("commit", "--quiet", "--message=Another beginning");
    assert.throws(
      () => resolveRef("main", findCheckout(clone.folder)),
      /in common .*\. Name a ref of the same history\.$/,
    );
  });
});

inFullRun.describe("npm run preview -- --against, before an update of a dependency", function () {
  const sdk = "@grafana/grafana-foundation-sdk";
  /** What the dashboards say of the version of their schema, which the older package is made to change. */
  const [older, newer] = ["0.0.1-old", "0.0.21"];
  let workshop: Workshop;
  let clone: Clone;

  /** In the place of npm: links this project's packages, but for the one that was another then. */
  const npm = `#!${process.execPath}
const { appendFileSync, cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
appendFileSync(process.env.TMPDIR + "/installed", process.argv.slice(2).join(" ") + "\\n");
if (readFileSync(process.env.TMPDIR + "/offline", { encoding: "utf8", flag: "a+" }) !== "") {
  console.error("npm error code ECONNREFUSED\\nnpm error request to https://registry.npmjs.org/x failed");
  process.exit(1);
}
const from = ${JSON.stringify(join(ROOT, "node_modules"))};
const to = join(process.cwd(), "node_modules");
const { version } = JSON.parse(readFileSync("package-lock.json", "utf8")).packages["node_modules/${sdk}"];
mkdirSync(join(to, "@grafana"), { recursive: true });
for (const name of readdirSync(from)) if (name !== "@grafana") symlinkSync(join(from, name), join(to, name));
for (const name of readdirSync(join(from, "@grafana"))) {
  if ("@grafana/" + name !== "${sdk}") symlinkSync(join(from, "@grafana", name), join(to, "@grafana", name));
}
cpSync(join(from, "${sdk}"), join(to, "${sdk}"), { recursive: true });
const file = join(to, "${sdk}", "dist/dashboard/types.gen.js");
if (version === "${older}") writeFileSync(file, readFileSync(file, "utf8").replace(/schemaVersion: \\d+/, "schemaVersion: 7"));
`;

  before(() => {
    workshop = new Workshop();
    clone = workshop.clone("updated", (copy) => {
      for (const file of ["package.json", "package-lock.json"]) {
        const text = copy.read(file);
        // The version alone: the package's address in the registry has it, too.
        writeFileSync(copy.path(file), text.replace(`"${sdk}": "${newer}"`, `"${sdk}": "${older}"`));
      }
      const lock = JSON.parse(copy.read("package-lock.json")) as { packages: Record<string, { version: string }> };
      Object.assign(lock.packages[`node_modules/${sdk}`] ?? assert.fail(), { version: older });
      writeFileSync(copy.path("package-lock.json"), JSON.stringify(lock, null, 2));
    });
    for (const file of ["package.json", "package-lock.json"]) cpSync(join(ROOT, file), clone.path(file));
    clone.git("commit", "--quiet", "--all", "--message=Update");
  });
  after(() => {
    workshop.remove();
  });

  const against = () => clone.preview("--stack", "prod", "--against", "HEAD~1");
  const installed = (): string[] => {
    const file = join(workshop.temporary, "installed");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  };

  it("says that the package manager is missing", async () => {
    const { status, stdout, stderr } = await against();
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(
      stderr,
      /it needs the packages of package-lock\.json at [0-9a-f]{12}, .* npm, which installs them, is not on the PATH\./,
    );
  });

  it("says that the registry is not reachable, and keeps nothing of the attempt", async () => {
    workshop.program("npm", npm);
    writeFileSync(join(workshop.temporary, "offline"), "yes");
    const { status, stdout, stderr } = await against();
    rmSync(join(workshop.temporary, "offline"));
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(
      stderr,
      /The registry is not reachable \(npm: npm error code ECONNREFUSED\)\. Run it once where it is/,
    );
    assert.deepEqual(readdirSync(clone.path(".cache/packages")), []);
  });

  it("renders the other side with the packages of its own lock file: the true difference", async () => {
    const { status, stdout } = await against();
    assert.equal(status, 0);
    assert.match(stdout, /\n\+\+\+ b\/grafana\/dashboards\/[^\n]+\n[^]*\n- +"schemaVersion": 7\b/);
  });

  it("installs them once, and leaves the checkout alone", async () => {
    const before = installed().length;
    const { status, stdout, stderr } = await against();
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /\n- +"schemaVersion": 7\b/);
    assert.equal(installed().length, before);
    assert.equal(clone.changes(), "");
    assert.match(installed().at(-1) ?? "", /^ci --ignore-scripts /);
  });

  it("needs them not where the lock files are the same", async () => {
    const before = installed().length;
    assert.equal((await clone.preview("--stack", "local", "--against", "HEAD")).status, 0);
    assert.equal(installed().length, before);
  });

  it("refuses packages that are not what package.json says", async () => {
    clone.git("checkout", "--quiet", "HEAD~1");
    const { status, stdout, stderr } = await clone.preview("--stack", "local", "--against", "HEAD");
    assert.deepEqual([status, stdout], [1, ""]);
    assert.equal(
      stderr,
      `--against: ${sdk} ${newer} is installed, and package.json says ${older}. Install it first.\n`,
    );
  });
});
