import { ROOT } from "../../lib/root";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { find, findOrInstall, hasBackend } from "../lib/cli";
import { renderEngine } from "../comment/engine";
import { findStack, readProject } from "../offline/project";

/**
 * `npm run preview:engine`: the real `pulumi preview` of a stack that is deployed, with the policies, for checks of
 * pull requests. Unlike `npm run up` it makes no backend and no stack: both must be there.
 * Exit status: the CLI's own, or 2 when the command's own words or the environment are off.
 */
const USAGE = `npm run preview:engine -- [--stack NAME] [--markdown]
npm run preview:engine -- --install

  --stack NAME   the stack to preview (default: prod); ORG/NAME and ORG/PROJECT/NAME as well
  --markdown     what the engine says as Markdown for a comment, on standard output
  --install      install the CLI, where there is none, and the project's plugins. It needs no secret, and where CI is
                 set the preview installs nothing: no installer runs with the secrets of the preview

Environment: PULUMI_BACKEND_URL or PULUMI_ACCESS_TOKEN (or backend.url in Pulumi.yaml), PULUMI_CONFIG_PASSPHRASE where the backend needs one, and
PREVIEW_KUBECONFIG, the text of a kubeconfig, where there is no file of one.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string", default: "prod" },
      markdown: { type: "boolean", default: false },
      install: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  if (values.install) return install();
  // CI gives a variable that has no value an empty one.
  const environment = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ""));
  const missing: string[] = [];
  let name = values.stack;
  try {
    name = findStack(ROOT, values.stack).stack;
  } catch (error) {
    missing.push((error as Error).message);
  }
  if (!hasBackend(environment, readProject(ROOT))) {
    missing.push("There is no backend: set PULUMI_BACKEND_URL or PULUMI_ACCESS_TOKEN, or run `pulumi login`.");
  }
  if (missing.length > 0) {
    console.error(`${missing.join("\n")}\n\n${USAGE}`);
    return 2;
  }
  const isCi = environment["CI"] !== undefined;
  const command = isCi ? await find() : await findOrInstall();
  if (command === undefined) {
    console.error("There is no Pulumi CLI here: npm run preview:engine -- --install, in a step without secrets.");
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "tempo-kubeconfig-"));
  try {
    const { PREVIEW_KUBECONFIG: kubeconfig, ...rest } = environment;
    const path = join(folder, "config");
    if (kubeconfig !== undefined) writeFileSync(path, kubeconfig, { mode: 0o600 });
    const args = [
      "preview",
      "--stack",
      values.stack,
      "--policy-pack",
      "packages/policy",
      "--non-interactive",
      "--diff",
    ];
    const { error, status, stdout, stderr } = spawnSync(command, [...args, "--color", "never"], {
      cwd: ROOT,
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024,
      env: {
        // An empty passphrase is one, and the only variable of which that is true.
        ...(process.env["PULUMI_CONFIG_PASSPHRASE"] !== undefined && { PULUMI_CONFIG_PASSPHRASE: "" }),
        ...rest,
        ...(kubeconfig !== undefined && { KUBECONFIG: path }),
        ...(isCi && { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
        PATH: pathWith(command),
      },
    });
    if (error) throw error;
    process.stderr.write(stderr);
    process.stdout.write(values.markdown ? `${renderEngine(name, status, stdout)}\n` : stdout);
    return status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The CLI and the plugins. @returns the exit status */
async function install(): Promise<number> {
  const command = await findOrInstall();
  const env = { ...process.env, PATH: pathWith(command) };
  const { error, status } = spawnSync(command, ["plugin", "install"], { cwd: ROOT, env, stdio: "inherit" });
  if (error) throw error;
  return status ?? 1;
}

/** Beside the CLI is its language host. */
function pathWith(command: string): string {
  return [dirname(command), process.env["PATH"] ?? ""].join(delimiter);
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS") ? 2 : 1;
  },
);
