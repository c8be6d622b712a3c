/** `npm run preview:engine` with a program of our own in the place of Pulumi's CLI. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "../stack/program/stacks";
import { LOADER } from "../support/tool";

/** It tells its words, its environment and the kubeconfig, and ends as it is told. */
const CLI = `#!/bin/sh
if [ "$1" = version ]; then echo v3.259.0; exit 0; fi
{ echo "$@"; echo "KUBECONFIG=$KUBECONFIG"; ls -l "$KUBECONFIG" | cut -c1-10; cat "$KUBECONFIG"; echo
echo "passphrase=\${PULUMI_CONFIG_PASSPHRASE-none} backend=\${PULUMI_BACKEND_URL-none} token=\${PULUMI_ACCESS_TOKEN-none}"
echo "secret=\${PREVIEW_KUBECONFIG-none}"
echo "acquisition=\${PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION-none}"; } > "$SEEN"
echo "Previewing update (prod)"
echo "a diagnostic" >&2
exit "$ENDS"
`;

describe("npm run preview:engine", function () {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-engine-"));
    mkdirSync(join(folder, "bin"));
    writeFileSync(join(folder, "bin", "pulumi"), CLI, { mode: 0o755 });
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function run(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const seen = join(folder, "seen");
    rmSync(seen, { force: true });
    const result = spawnSync(process.execPath, [...LOADER, "tools/preview/engine.ts", ...words], {
      cwd: ROOT,
      encoding: "utf8",
      env: {
        PATH: `${join(folder, "bin")}:${dirname(process.execPath)}:/usr/bin:/bin`,
        HOME: folder,
        SEEN: seen,
        ENDS: "0",
        ...environment,
      },
    });
    return { ...result, seen: existsSync(seen) ? readFileSync(seen, "utf8").trim().split("\n") : [] };
  }

  it("asks the engine with the policies, and gives it the kubeconfig in a file that is gone afterwards", () => {
    const { status, stdout, stderr, seen } = run([], {
      PULUMI_BACKEND_URL: "file:///state",
      PULUMI_ACCESS_TOKEN: "",
      PULUMI_CONFIG_PASSPHRASE: "",
      PREVIEW_KUBECONFIG: "kind: Config",
    });
    assert.deepEqual([status, stdout, stderr], [0, "Previewing update (prod)\n", "a diagnostic\n"]);
    const [words, kubeconfig = "", mode, ...rest] = seen;
    assert.equal(words, "preview --stack prod --policy-pack packages/policy --non-interactive --diff --color never");
    assert.equal(mode, "-rw-------");
    assert.deepEqual(rest, [
      "kind: Config",
      "passphrase= backend=file:///state token=none",
      "secret=none",
      "acquisition=none",
    ]);
    assert.ok(!existsSync(kubeconfig.replace("KUBECONFIG=", "")));
  });

  it("ends as the engine does, and says so in the comment", () => {
    const { status, stdout } = run(["--stack", "local", "--markdown"], {
      PULUMI_ACCESS_TOKEN: "pul-abc",
      PREVIEW_KUBECONFIG: "kind: Config",
      ENDS: "255",
    });
    assert.equal(status, 255);
    assert.match(stdout, /^<!-- tempo-preview engine-local -->\n\n### `pulumi preview` of `local`: \*\*it fails\*\*/);
    assert.ok(stdout.includes("Previewing update (prod)") && !stdout.includes("pul-abc"));
  });

  it("installs the plugins apart, and nothing in the preview of a CI", () => {
    const environment = { CI: "true", PULUMI_BACKEND_URL: "file:///state" };
    const installed = run(["--install"], { CI: "true" });
    assert.deepEqual([installed.status, installed.seen[0]], [0, "plugin install"]);
    assert.ok(run([], environment).seen.includes("acquisition=true"));
    assert.ok(run([], { PULUMI_BACKEND_URL: "file:///state" }).seen.includes("acquisition=none"));
    const { status, stderr, seen } = run([], { ...environment, PATH: `${dirname(process.execPath)}:/usr/bin:/bin` });
    assert.deepEqual([status, seen], [2, []]);
    assert.match(
      stderr,
      /^There is no Pulumi CLI here: npm run preview:engine -- --install, in a step without secrets\.$/m,
    );
  });

  it("makes no backend and no stack of its own", () => {
    const { status, stderr, seen } = run(["--stack", "staging"], { PULUMI_BACKEND_URL: "" });
    assert.deepEqual([status, seen], [2, []]);
    assert.match(
      stderr,
      /^There is no Pulumi\.staging\.yaml\. The stacks here: local, prod\.\nThere is no backend: set PULUMI_BACKEND_URL/,
    );
  });
});
