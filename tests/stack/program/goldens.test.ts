import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderFiles } from "../../../tools/offline/files";
import { renderTree } from "../../../tools/offline/tree";
import { assertGolden, assertGoldens } from "../../support/golden";
import { planOf } from "./stacks";

describe("everything that is rendered", () => {
  for (const stack of ["prod", "local"]) {
    it(`for ${stack} is as in tests/golden/${stack}`, async () => {
      const plan = await planOf(stack);
      assertGoldens(stack, new Map([...renderFiles(plan), ["tree.txt", `${renderTree(plan)}\n`]]));
    });
  }
});

describe("goldens", () => {
  let folder: string;
  let said: string[];
  const say = (line: string): void => {
    said.push(line);
  };
  beforeEach(() => {
    said = [];
    folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-goldens-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("are written by an update, and then agree", () => {
    assertGolden("a/b.txt", "one\n", { folder, update: true, say });
    assert.equal(readFileSync(join(folder, "a/b.txt"), "utf8"), "one\n");
    assertGolden("a/b.txt", "one\n", { folder, update: false });
    assertGolden("a/b.txt", "one\n", { folder, update: true, say });
    assert.deepEqual(said, ["golden written: a/b.txt"]);
  });

  it("that differ are shown with their lines and what to do", () => {
    assertGolden("a.txt", "one\ntwo\n", { folder, update: true, say });
    assert.throws(() => {
      assertGolden("a.txt", "one\nthree\n", { folder, update: false });
    }, /--- tests\/golden\/a\.txt[^]*\n one\n-two\n\+three\n[^]*npm run goldens/);
    assert.equal(readFileSync(join(folder, "a.txt"), "utf8"), "one\ntwo\n");
  });

  it("that are not there are a difference, not a silent write", () => {
    assert.throws(() => {
      assertGolden("new.txt", "one\n", { folder, update: false });
    }, /--- \/dev\/null[^]*\+one/);
    assert.equal(existsSync(join(folder, "new.txt")), false);
  });

  it("that nothing renders any more are a difference, and deleted by an update", () => {
    const before = new Map([
      ["kept.yaml", "k\n"],
      ["gone.yaml", "g\n"],
    ]);
    const after = new Map([["kept.yaml", "k\n"]]);
    assertGoldens("prod", before, { folder, update: true, say });
    assert.throws(() => {
      assertGoldens("prod", after, { folder, update: false });
    }, /--- tests\/golden\/prod\/gone\.yaml[^]*\+\+\+ \/dev\/null[^]*-g/);
    assertGoldens("prod", after, { folder, update: true, say });
    assert.equal(existsSync(join(folder, "prod/gone.yaml")), false);
    assertGoldens("prod", after, { folder, update: false });
    assert.deepEqual(said.slice(-1), ["golden deleted: prod/gone.yaml"]);
  });
});
