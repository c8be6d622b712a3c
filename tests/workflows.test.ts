/** The workflows of GitHub and Forgejo: what they may, what they run, and that a linter has nothing to say. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "./stack/program/stacks";
import { findActionlint } from "./support/findProgram";
import { skipWithout } from "./support/skip";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly env?: Readonly<Record<string, string>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly if?: string;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string };
  readonly jobs: Readonly<Record<string, Job>>;
}

const files = [".github/workflows", ".forgejo/workflows"].flatMap((folder) =>
  readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`),
);
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

describe("the workflows", () => {
  for (const file of files) {
    describe(file, () => {
      const text = readFileSync(join(ROOT, file), "utf8");
      const workflow = parse(text) as Workflow;
      const jobs = Object.entries(workflow.jobs);
      const steps = jobs.flatMap(([, job]) => job.steps);

      it("says what its token may, and which runs exclude each other", () => {
        assert.ok(workflow.permissions);
        assert.ok(/\$\{\{ github\.(?:event\.|ref )/.test(workflow.concurrency?.group ?? ""));
      });

      it("names every action by the commit of a release", () => {
        for (const [, action = ""] of text.matchAll(/uses: (.*)/g)) {
          assert.match(action, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
        }
      });

      it("runs nothing but npm's scripts and those of .ci, which a person can run as well", () => {
        for (const { run } of steps) {
          if (run === undefined) continue;
          const [, script] = /^npm run (?:--silent )?([\w:]+)( -- [^;&|]*)?( > previews\/\w+\.md)?$/.exec(run) ?? [];
          const other = [".ci/run", ".ci/install", "npm ci", "npm ci --ignore-scripts", "mkdir previews"].includes(run);
          assert.ok(other || (script !== undefined && script in scripts), run);
        }
      });

      // A branch's name is a text of somebody else; within a command it would be a part of the command.
      it("puts nothing of an event into a command, nor a token into git's configuration", () => {
        for (const { run, uses, with: input } of steps) {
          assert.ok(!(run ?? "").includes("${{"), run);
          if (uses?.startsWith("actions/checkout@")) assert.equal(input?.["persist-credentials"], false);
        }
      });

      // An install script, or a program just fetched, would read it from its environment.
      it("installs nothing in a step that sees a secret, nor by install scripts in a job that has one", () => {
        const isSecret = (value: unknown): boolean => /secrets\.|github\.token/.test(JSON.stringify(value ?? {}));
        assert.ok(!isSecret(workflow.env));
        for (const [name, job] of jobs) {
          assert.ok(!isSecret(job.env), name);
          const runs = job.steps.filter(({ run }) => run !== undefined);
          const installing = runs.filter(({ run = "" }) => /\b(ci|install)\b/.test(run));
          assert.ok(installing.length > 0, name);
          for (const step of installing) assert.ok(!isSecret(step), step.run);
          if (runs.some(isSecret))
            assert.ok(!installing.some(({ run = "" }) => /^(?:npm ci|\.ci\/.*)$/.test(run)), name);
          if (JSON.stringify(job).includes("preview:engine")) {
            const engine = runs.findIndex(isSecret);
            const install = runs.findIndex(({ run = "" }) => run.endsWith("preview:engine -- --install"));
            assert.ok(install >= 0 && install < engine, name);
          }
        }
      });

      it("says whose comment it updates, and whose code has written what it says", () => {
        for (const { run = "", env = {} } of steps.filter((step) => step.run?.includes("comment --"))) {
          assert.match(
            run,
            file.startsWith(".github") ? / --author "github-actions\[bot\]" / : / --author forgejo-actions /,
          );
          if (!("workflow_run" in workflow.on)) continue;
          assert.match(run, / --from "\$HEAD_REPOSITORY" /);
          assert.equal(env["HEAD_REPOSITORY"], "${{ github.event.workflow_run.head_repository.full_name }}");
        }
      });

      it("runs what a fork wrote without a secret", () => {
        assert.ok(!("pull_request_target" in workflow.on));
        for (const [name, job] of jobs) {
          const hasSecret = JSON.stringify(job).includes("secrets.");
          if (!hasSecret) continue;
          assert.match(job.if ?? "", /github\.event\.pull_request\.head\.repo\.full_name == github\.repository/, name);
        }
      });
    });
  }

  it("run every test, with the programs from a cache of the same pins", () => {
    const cached = files.flatMap((file) => {
      const { jobs } = parse(readFileSync(join(ROOT, file), "utf8")) as Workflow;
      return Object.values(jobs)
        .filter(({ steps }) => steps.some(({ run }) => run?.startsWith(".ci/")))
        .map(({ steps }) => steps.find(({ uses }) => uses?.startsWith("actions/cache@"))?.with ?? assert.fail(file));
    });
    assert.equal(cached.length, 3);
    for (const { path, key } of cached) {
      assert.equal(path, "~/.cache/pulumi-tempo");
      assert.equal(key, cached[0]?.["key"]);
      assert.match(String(key), /hashFiles\('\.ci\/\*\*', /);
    }
  });

  it("of GitHub may write in the one that runs nothing of a pull request", () => {
    const writing = files
      .filter((file) => file.startsWith(".github"))
      .filter((file) => readFileSync(join(ROOT, file), "utf8").includes(": write"));
    assert.deepEqual(writing, [".github/workflows/comment.yaml"]);
    const { on, jobs } = parse(readFileSync(join(ROOT, ".github/workflows/comment.yaml"), "utf8")) as Workflow;
    assert.deepEqual(Object.keys(on), ["workflow_run"]);
    const checkouts = Object.values(jobs).flatMap(({ steps }) =>
      steps.filter(({ uses }) => uses?.startsWith("actions/checkout@")),
    );
    // Without a ref it is the default branch's own code.
    assert.deepEqual(
      checkouts.map((step) => Object.keys(step.with ?? {})),
      [["persist-credentials"]],
    );
  });

  describe("and actionlint", () => {
    let actionlint: string;
    before(function () {
      const found = findActionlint();
      skipWithout(this, found);
      if ("actionlint" in found) ({ actionlint } = found);
    });

    it("agree", () => {
      const config = ["-config-file", ".github/actionlint.yaml", "-shellcheck=", "-pyflakes="];
      const { status, stdout } = spawnSync(actionlint, [...config, ...files], { cwd: ROOT, encoding: "utf8" });
      assert.deepEqual([stdout, status], ["", 0]);
    });
  });
});
