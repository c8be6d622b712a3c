import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import {
  compareFiles,
  renderDifference,
  renderMarkdown,
  resolveRef,
  type Difference,
} from "../../../tools/offline/against";
import type { Result } from "../../support/tool";
import { Workshop, type Clone } from "../clone";

/** Two cores that compile something else meanwhile need it, in ms. */
const timeout = 90_000;

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
  this.timeout(timeout);
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
    assert.throws(() => resolveRef("--output=x", clone.folder), { message: unknown("--output=x") });
  });

  it("finds the project in a folder of a larger repository", async () => {
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

  it("tells that a ref's own program fails, and why", async () => {
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
