/** `npm run up` with a program of our own in the place of Pulumi's CLI. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "../program/stacks";
import { LOADER } from "../support/tool";

describe("npm run up", function () {
  this.timeout(60_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-up-"));
    const cli =
      '#!/bin/sh\nif [ "$1" = version ]; then echo v3.259.0; exit; fi\necho "pulumi $*"\n[ "$1" != up ] || exit 7\n';
    writeFileSync(join(folder, "pulumi"), cli, { mode: 0o755 });
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function up(...words: string[]) {
    return spawnSync(process.execPath, [...LOADER, "tools/up.ts", ...words], {
      cwd: ROOT,
      encoding: "utf8",
      env: {
        PATH: `${folder}:${dirname(process.execPath)}:/usr/bin:/bin`,
        HOME: folder,
        PULUMI_BACKEND_URL: "file:///nowhere",
      },
    });
  }

  it("selects the stack, passes on what is behind --, ends as the CLI does, and proves nothing after a failure", () => {
    const { status, stdout, stderr } = up("--stack", "prod", "--verify", "--", "--yes", "--diff");
    assert.deepEqual(
      [status, stderr, stdout],
      [7, "", "pulumi stack select prod --create\npulumi up --stack prod --yes --diff\n"],
    );
  });

  it("names a stack that is not there, and its own words", () => {
    const missing = up("--stack", "staging");
    assert.deepEqual([missing.status, missing.stdout], [2, ""]);
    assert.match(missing.stderr, /^There is no Pulumi\.staging\.yaml here\.$/m);
    const unknown = up("--nonsense");
    assert.equal(unknown.status, 2);
    assert.match(unknown.stderr, /--verify {7}afterwards prove by a trace/);
  });
});
