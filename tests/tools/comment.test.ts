/** The one comment of a pull request, against a forge of our own. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MARKER, mergeBody, partsOf } from "../../tools/comment/body";
import { runComment } from "../../tools/comment/command";
import { renderEngine } from "../../tools/comment/engine";
import { renderFailure, renderMarkdown } from "../../tools/offline/against";
import { ROOT } from "../stack/program/stacks";
import { AUTHOR, startFakeForge, TOKEN, type FakeForge, type ForgeOptions } from "../support/fakeForge";
import { LOADER } from "../support/tool";

const nothing = { ref: "origin/main", commit: "0123456789abcdef", files: [], resources: [] };
const prod = renderMarkdown("prod", nothing);
const local = renderMarkdown("local", nothing);
const me = { login: AUTHOR };
const engine = renderEngine("prod", 0, "Previewing update (prod)\n    27 unchanged");

describe("the body of the comment", () => {
  it("has each part once, production first and the engine last", () => {
    const body = mergeBody(undefined, [engine, local, prod]);
    assert.deepEqual([...partsOf(body).keys()], ["prod", "local", "engine-prod"]);
    assert.ok(body.startsWith(`${MARKER}\n\n<!-- tempo-preview prod -->`));
    assert.equal(mergeBody(body, [engine, local, prod]), body);
  });

  it("keeps the parts that a run does not have, and replaces those that it has", () => {
    const failure = renderFailure("prod", "tempo:retention = 5: no duration");
    const body = mergeBody(mergeBody(undefined, [prod, local]), [failure, engine]);
    assert.deepEqual([...partsOf(body).keys()], ["prod", "local", "engine-prod"]);
    assert.ok(body.includes("The offline preview of `prod` fails") && body.includes("no duration"));
    assert.ok(!body.includes("Offline preview of `prod` against"));
  });

  it("reads what a forge gives back with other line ends", () => {
    const body = mergeBody(undefined, [prod, local]);
    assert.equal(mergeBody(body.replaceAll("\n", "\r\n"), [prod]), body);
  });

  const forged = `${renderMarkdown("prod", nothing).replace("nothing that is rendered changes.", "@owner **approved** <b>")}

${engine}

<!-- tempo-preview engine-anything -->

### \`pulumi preview\` of \`prod\`

<!-- tempo-preview nowhere -->

a stack that is not here`;

  it("takes of a fork's own code the offline previews, as its words", () => {
    const body = mergeBody(undefined, [forged, local], true);
    assert.deepEqual([...partsOf(body).keys()], ["prod", "local"]);
    assert.ok(!body.includes("Previewing update") && !body.includes("not here"));
    const [head = "", text = ""] = (partsOf(body).get("prod") ?? "").split("```text\n");
    assert.match(
      head,
      /the fork's own run says of `prod`\n\nIt was written by the code of this pull request, and nobody/,
    );
    assert.ok(!head.includes("approved") && text.includes("@owner **approved** <b>"));
  });

  it("gives a fork no way out of its fence, nor the room of the others", () => {
    const long = `<!-- tempo-preview prod -->\n${"`".repeat(40)}\n</details>\n# A heading\n${"x".repeat(70_000)}`;
    const body = mergeBody(undefined, [long, local], true);
    const part = partsOf(body).get("prod") ?? "";
    assert.match(part, /\n`{41}text\n`{40}\n[^]*\n`{41}\n\n<\/details>$/);
    assert.ok(part.length < 21_000);
    assert.match(partsOf(body).get("local") ?? "", /nothing that is rendered changes/);
  });

  it("forgets what an earlier version took of a fork", () => {
    const body = mergeBody(mergeBody(undefined, [prod, engine]), [local], true);
    assert.deepEqual([...partsOf(body).keys()], ["prod", "local"]);
  });

  it("is never longer than a forge takes", () => {
    const long = renderEngine("prod", 1, "x".repeat(30_000));
    const other = long.replaceAll("engine-prod", "engine-other").replaceAll("x", "y");
    const more = [1, 2, 3].map((number) => other.replaceAll("engine-other", `engine-${number}`));
    const body = mergeBody(undefined, [prod, long, other, ...more]);
    assert.ok(body.length <= 65_536 && body.length > 60_000, String(body.length));
    assert.match(body, /too long for a comment/);
  });

  it("tells that an engine's preview fails, and shows the end of it", () => {
    const text = renderEngine("prod", 255, `${"a line\n".repeat(5000)}error: the end`);
    assert.match(text, /`pulumi preview` of `prod`: \*\*it fails\*\*/);
    assert.ok(text.includes("error: the end") && text.length < 21_000);
  });
});

describe("npm run comment", () => {
  let folder: string;
  let forge: FakeForge | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-comment-"));
    mkdirSync(join(folder, "previews"));
    writeFileSync(join(folder, "previews", "prod.md"), `${prod}\n`);
    writeFileSync(join(folder, "previews", "local.md"), `${local}\n`);
    writeFileSync(join(folder, "previews", "empty.md"), "");
    writeFileSync(join(folder, "event.json"), JSON.stringify({ pull_request: { number: 7 } }));
  });
  afterEach(async () => {
    await forge?.stop();
    forge = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  async function comment(
    options: ForgeOptions,
    words: readonly string[] = ["previews"],
    environment: Readonly<Record<string, string>> = {},
  ) {
    forge ??= await startFakeForge(options);
    const { url } = forge;
    const [stdout, stderr]: [string[], string[]] = [[], []];
    const status = await runComment(["--author", AUTHOR, ...words], {
      environment: {
        INIT_CWD: folder,
        GITHUB_API_URL: `${url}/`,
        GITHUB_REPOSITORY: "me/tempo",
        GITHUB_TOKEN: TOKEN,
        GITHUB_EVENT_PATH: join(folder, "event.json"),
        GITHUB_STEP_SUMMARY: join(folder, "summary.md"),
        ...environment,
      },
      print: (line) => stdout.push(`${line}\n`),
      say: (line) => stderr.push(`${line}\n`),
    });
    return { status, stdout: stdout.join(""), stderr: stderr.join("") };
  }

  it("creates one comment, and updates it on the next run", async () => {
    const others = { id: 1, body: "A person's", user: { login: "person" } };
    assert.deepEqual(await comment({ comments: [others] }), {
      status: 0,
      stdout: "",
      stderr: "The comment of pull request 7 is created.\n",
    });
    writeFileSync(join(folder, "previews", "prod.md"), renderFailure("prod", "no"));
    assert.equal((await comment({})).stderr, "The comment of pull request 7 is updated.\n");
    assert.equal((await comment({})).stderr, "The comment of pull request 7 is unchanged.\n");
    assert.equal(forge?.comments.length, 2);
    assert.deepEqual([...partsOf(forge.comments[1]?.body ?? "").keys()], ["prod", "local"]);
    assert.equal(others.body, "A person's");
  });

  for (const unpaged of [false, true]) {
    it(`finds its comment among hundreds, ${unpaged ? "all on one page" : "page by page"}`, async () => {
      const many = Array.from({ length: 220 }, (_, id) => ({ id, body: `Comment ${id}`, user: me }));
      const own = { id: 900, body: `${MARKER}\n\nold`, user: me };
      await comment({ unpaged, comments: [...many, own] });
      assert.ok(own.body.includes("Offline preview of `prod`"));
      assert.equal(forge?.comments.length, 221);
    });
  }

  // The token may change it; the part of the engine that it claims would stay, and its author could go on writing.
  it("leaves a comment of somebody else that begins in the same way", async () => {
    const forged = `${MARKER}\n\n${engine}`;
    const foreign = { id: 1, body: forged, user: { login: "github-actions" } };
    assert.equal((await comment({ comments: [foreign] })).stderr, "The comment of pull request 7 is created.\n");
    assert.equal(foreign.body, forged);
    assert.deepEqual(
      forge?.comments.slice(1).map(({ body }) => [...partsOf(body).keys()]),
      [["prod", "local"]],
    );
  });

  it("takes from a fork's artifact what its run may say, and no more", async () => {
    writeFileSync(join(folder, "previews", "engine.md"), engine);
    symlinkSync(join(folder, "linked"), join(folder, "previews", "zz.md"));
    writeFileSync(join(folder, "linked"), "<!-- tempo-preview prod -->\n\nof this machine");
    for (const from of ["fork/tempo", ""]) {
      const { status, stderr } = await comment({}, ["--from", from, "previews"]);
      assert.equal(status, 0);
      assert.match(stderr, /^Left out, since a fork's run may not say it: engine-prod\.$/m);
    }
    assert.equal(forge?.comments.length, 1);
    const [{ body } = { body: "" }] = forge.comments;
    assert.deepEqual([...partsOf(body).keys()], ["prod", "local"]);
    assert.ok(!body.includes("Previewing update") && !body.includes("of this machine"));
    await comment({}, ["--from", "me/tempo", "previews"]);
    assert.deepEqual([...partsOf(forge.comments[0]?.body ?? "").keys()], ["prod", "local", "engine-prod"]);
  });

  it("writes nothing where a fork says nothing that it may say", async () => {
    writeFileSync(join(folder, "engine.md"), engine);
    const { status } = await comment({}, ["--from", "fork/tempo", "engine.md"]);
    assert.deepEqual([status, forge?.asked], [0, []]);
  });

  it("finds the pull request of a branch at a commit, and leaves one that has moved on, or is another's", async () => {
    const pulls = [
      { number: 8, head: { sha: "abc", label: "other:branch" } },
      { number: 7, head: { sha: "abc", label: "fork:branch" } },
    ];
    const words = (sha: string, head = "fork:branch") => ["--head", head, "--sha", sha, "previews"];
    for (const gone of [words("old"), words("abc", ":branch")]) {
      const { status, stderr } = await comment({ pulls }, gone);
      assert.deepEqual([status, forge?.comments.length], [0, 0]);
      assert.match(stderr, /closed, or has a newer commit/);
    }
    await comment({ pulls }, words("abc"));
    assert.equal(forge?.comments.length, 1);
  });

  it("prints what it would say where the token may not comment", async () => {
    const { status, stdout, stderr } = await comment({ refuse: 403 });
    assert.equal(status, 0);
    assert.match(stderr, /The token may not comment/);
    assert.ok(stdout.includes("Offline preview of `prod`"));
    assert.equal(readFileSync(join(folder, "summary.md"), "utf8"), stdout);
  });

  it("fails when the forge fails, without the token and without a stack trace", async () => {
    const { status, stderr } = await comment({ refuse: 500 });
    assert.equal(status, 1);
    assert.match(stderr, /^POST http.* answers 500: \{"message":"refused"\}\n$/);
    assert.ok(!stderr.includes(TOKEN));
  });

  for (const [words, environment, message] of [
    [[], {}, "No FILE_OR_FOLDER is given."],
    [["nowhere"], {}, "nowhere: there is no such file or folder."],
    [["event.json"], {}, "Nothing in event.json is a preview"],
    [["--pull", "x", "previews"], {}, "--pull x: write the number of a pull request."],
    [["--head", "a:b", "previews"], {}, "--head and --sha go together."],
    [["previews"], { GITHUB_EVENT_PATH: "" }, "--pull is missing"],
    [["previews"], { GITHUB_TOKEN: "", GITHUB_REPOSITORY: "tempo" }, "is not owner/name. GITHUB_TOKEN is missing."],
    [["--author", "", "previews"], {}, "--author is missing: write the login of the token's account."],
    [["--nonsense"], {}, "Unknown option '--nonsense'"],
  ] as const) {
    it(`says how it is used: ${words.join(" ")} ${JSON.stringify(environment)}`, async () => {
      const { status, stderr } = await comment({}, words, environment);
      assert.equal(status, 2);
      assert.ok(stderr.includes(message), stderr);
      assert.ok(stderr.includes("npm run comment --") && !/^ {4}at /m.test(stderr));
      assert.deepEqual(forge?.asked, []);
    });
  }

  it("is a command", () => {
    const { status, stderr } = spawnSync(process.execPath, [...LOADER, "tools/comment/index.ts"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    assert.equal(status, 2);
    assert.ok(stderr.startsWith("No FILE_OR_FOLDER is given.\n\nnpm run comment --"), stderr);
  });
});
