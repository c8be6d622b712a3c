import { ROOT } from "../../lib/root";
import { spawnSync } from "node:child_process";
import { delimiter, dirname } from "node:path";
import { parseArgs } from "node:util";
import { findOrInstall, withBackend } from "../lib/cli";
import { findStack, type StackFile } from "../offline/project";

/**
 * `npm run up`: `pulumi up` for people without the CLI. It takes the `pulumi` on PATH or installs one through Pulumi's
 * own Automation API, and keeps the state in this folder unless Pulumi.yaml names a backend or they are logged in somewhere.
 * Exit status: the CLI's own, or 2 when its arguments are invalid.
 */
const USAGE = `npm run up -- [--stack NAME] [--verify] [-- ARGUMENTS OF pulumi up]

  --stack NAME   the stack to bring up: its Pulumi.NAME.yaml (default: local); ORG/NAME and ORG/PROJECT/NAME as well
  --verify       afterwards prove by a trace that all of it works, as \`npm run verify\` does

Everything behind a second -- goes to \`pulumi up\`, for example: npm run up -- --stack local -- --yes`;

async function main(): Promise<number> {
  const { stack, verify, passedOn } = readArguments();
  let file: StackFile;
  try {
    file = findStack(ROOT, stack);
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
  const command = await findOrInstall();
  const environment = withBackend(
    { ...process.env, PATH: [dirname(command), process.env["PATH"] ?? ""].join(delimiter) },
    file,
  );
  const pulumi = (...args: string[]): number =>
    spawnSync(command, args, { cwd: ROOT, env: environment, stdio: "inherit" }).status ?? 1;

  const status = pulumi("stack", "select", stack, "--create") || pulumi("up", "--stack", stack, ...passedOn);
  if (status !== 0 || !verify) return status;
  const proof = ["--require", "./tools/loader.cjs", "tools/verify/index.ts", "--stack", stack];
  return spawnSync(process.execPath, proof, { cwd: ROOT, stdio: "inherit" }).status ?? 1;
}

function readArguments(): { stack: string; verify: boolean; passedOn: string[] } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        stack: { type: "string", default: "local" },
        verify: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) {
      process.stdout.write(`${USAGE}\n`);
      process.exit(0);
    }
    return { stack: values.stack, verify: values.verify, passedOn: positionals };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  },
);
