import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../stack/program/stacks";
import { LOADER } from "../support/tool";

describe("the loader", function () {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-loader-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** Runs node with the loader. */
  function run(...args: string[]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...LOADER, ...args], {
      cwd: ROOT,
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  }

  /** Runs a program of a few lines. */
  function program(name: string, lines: readonly string[]) {
    const path = join(folder, name);
    writeFileSync(path, lines.join("\n"));
    return run(path);
  }

  /** Folders of packages of which a program of a few lines loads anything. */
  function loadedBy(script: string): string[] {
    const print = "process.stdout.write(JSON.stringify(Object.keys(require.cache)))";
    const { status, stdout, stderr } = run("--eval", `${script}; ${print}`);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as string[];
  }

  it("takes TypeScript that would not pass a check, as it stands now", () => {
    const say = (word: string) =>
      program("edited.ts", [`const said: number = "${word}";`, "console.log(said);"]).stdout;
    assert.deepEqual([say("first"), say("second"), say("first")], ["first\n", "second\n", "first\n"]);
  });

  it("takes an edited module of an unchanged program", () => {
    const said = ["one", "two"].map((word) => {
      writeFileSync(join(folder, "part.ts"), `export const word: string = "${word}";\n`);
      return program("whole.ts", [`import { word } from "./part";`, "console.log(word);"]).stdout;
    });
    assert.deepEqual(said, ["one\n", "two\n"]);
  });

  it("lets a stack trace name the lines of the source", () => {
    const lines = [
      "interface Unseen {",
      "  readonly a: 1;",
      "}",
      "",
      "function fail(_: Unseen): void {",
      "  throw new Error();",
    ];
    const { stderr } = program("failing.ts", [...lines, "}", "", "fail({ a: 1 });"]);
    assert.match(stderr, /at fail \(.*failing\.ts:6:9\)/);
    assert.match(stderr, /failing\.ts:9:1$/m);
  });

  const sdk = `require("@pulumi/pulumi")`;

  it("spares what Pulumi's SDK loads and nothing here uses", () => {
    const loaded = loadedBy(sdk).join("\n");
    assert.match(loaded, /@pulumi\/pulumi\/runtime\/closure/);
    assert.doesNotMatch(loaded, /node_modules\/(?:typescript|@npmcli)\/|@pulumi\/pulumi\/automation/);
  });

  it("spares the languages of zod, and the dashboards of Grafana's next version", () => {
    const loaded = loadedBy(`require("zod"); require("@grafana/grafana-foundation-sdk/stat")`).join("\n");
    assert.match(loaded, /zod\/v4\/locales\/en\.cjs/);
    assert.match(loaded, /grafana-foundation-sdk\/dist\/dashboard\/index/);
    assert.doesNotMatch(loaded, /zod\/v4\/locales\/(?!en\.)|grafana-foundation-sdk\/dist\/dashboardv2/);
  });

  it("has it for whoever does", () => {
    const script = [
      `const pulumi = ${sdk}`,
      `const { codePaths } = require("@pulumi/pulumi/runtime/closure/codePaths")`,
      "const two = 2",
      "const text = pulumi.runtime.serializeFunction(() => two + two)",
      `text.then(({ text }) => { if (!text.includes("const two = 2") && !text.includes("two: 2")) throw new Error(text) })`,
      `if (typeof pulumi.automation.LocalWorkspace.create !== "function") throw new Error("no automation")`,
      `if (!("LocalWorkspace" in pulumi.automation)) throw new Error("not in automation")`,
      `if (require("zod").locales.de().localeError === undefined) throw new Error("no German")`,
      `if (!Object.keys(pulumi.automation).includes("LocalWorkspace")) throw new Error("not among its keys")`,
    ].join("; ");
    const { status, stderr } = run("--eval", script);
    assert.equal(status, 0, stderr);
  });

  it("leaves it to others as it is", () => {
    assert.match(loadedBy(`require("typescript")`).join("\n"), /node_modules\/typescript\//);
  });
});
