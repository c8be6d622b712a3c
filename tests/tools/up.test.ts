/** `npm run up` with a program of our own in the place of Pulumi's CLI. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../stack/program/stacks";
import { LOADER } from "../support/tool";
import { Workshop } from "./clone";
import { inFullRun } from "../support/skip";

describe("npm run up", function () {
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
    return spawnSync(process.execPath, [...LOADER, "tools/up/index.ts", ...words], {
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
    assert.match(missing.stderr, /^There is no Pulumi\.staging\.yaml\. The stacks here: local, prod\.$/m);
    const unknown = up("--nonsense");
    assert.equal(unknown.status, 2);
    assert.match(unknown.stderr, /--verify {7}afterwards prove by a trace/);
  });

  inFullRun.describe("chooses the backend", () => {
    let workshop: Workshop;
    before(() => {
      workshop = new Workshop();
    });
    after(() => {
      workshop.remove();
    });

    /** What the CLI is given in a copy of the project whose Pulumi.yaml says more, and what is said about it. */
    function backendOf(
      name: string,
      lines: string,
      environment: Readonly<Record<string, string>> = {},
      stack = "local",
    ) {
      const clone = workshop.copy(name, (copy) => {
        copy.replace("Pulumi.yaml", "main: index.ts\n", `main: index.ts\n${lines}`);
      });
      if (!existsSync(clone.path("node_modules"))) clone.install();
      const cli =
        '#!/bin/sh\nif [ "$1" = version ]; then echo v3.259.0; exit; fi\necho "$3 ${PULUMI_BACKEND_URL-none}"\n';
      writeFileSync(join(folder, "pulumi"), cli, { mode: 0o755 });
      const { stdout, stderr } = spawnSync(process.execPath, [...LOADER, "tools/up/index.ts", "--stack", stack], {
        cwd: clone.folder,
        encoding: "utf8",
        env: {
          PATH: `${folder}:${dirname(process.execPath)}:/usr/bin:/bin`,
          HOME: join(clone.folder, "home"),
          ...environment,
        },
      });
      return { clone, said: stderr, given: [...new Set(stdout.trim().split("\n"))] };
    }

    it("that Pulumi.yaml names, and makes no state beside it", () => {
      const { clone, said, given } = backendOf("team", "backend:\n  url: s3://team\n", {}, "team/local");
      assert.deepEqual([given, said], [["team/local none"], ""]);
      assert.equal(existsSync(clone.path(".pulumi-state")), false);
    });

    it("in the folder where nothing names one, and tells of it as soon as something does", () => {
      const own = backendOf("own", "backend: {}\n");
      const url = pathToFileURL(own.clone.path(".pulumi-state")).href;
      assert.deepEqual(own.given, [`local ${url}`]);
      assert.match(own.said, /^Not logged in to a Pulumi backend: the state is kept in /);
      const stacks = own.clone.path(".pulumi-state/.pulumi/stacks/tempo");
      mkdirSync(stacks, { recursive: true });
      writeFileSync(join(stacks, "local.json"), "{}");
      const team = backendOf("own", "backend:\n  url: s3://team\n");
      assert.deepEqual(team.given, ["local none"]);
      assert.match(
        team.said,
        /^Another state of this stack is in .*local\.json, .* it is not used\. To take it along: `PULUMI_BACKEND/,
      );
    });

    for (const [title, credentials, isUsed] of [
      ["of `pulumi login`", { current: "https://api.pulumi.com" }, true],
      ["of a login that the CLI has encrypted", { $pulumiSecureStore: 1, data: "abc" }, true],
      ["of nobody who has logged out", { current: "" }, false],
    ] as const) {
      it(title, () => {
        const home = join(folder, "credentials");
        mkdirSync(home, { recursive: true });
        writeFileSync(join(home, "credentials.json"), JSON.stringify(credentials));
        for (const variable of ["PULUMI_HOME", "PULUMI_CREDENTIALS_PATH"]) {
          const { given } = backendOf(title.replaceAll(/\W/g, "-"), "", { [variable]: home });
          assert.equal(given.join() === "local none", isUsed, variable);
        }
      });
    }
  });
});
