import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { PulumiCommand } from "@pulumi/pulumi/automation";

/**
 * `npm run up`: `pulumi up` for people without the CLI. It takes the `pulumi` on PATH or installs one through Pulumi's
 * own Automation API, and keeps the state in this folder unless they are logged in somewhere.
 * Exit status: the CLI's own, or 2 when the command's own words are off.
 */
const USAGE = `npm run up -- [--stack NAME] [-- ARGUMENTS OF pulumi up]

  --stack NAME   the stack to bring up: its Pulumi.NAME.yaml (default: local)

Everything behind a second -- goes to \`pulumi up\`, for example: npm run up -- --stack local -- --yes`;

const ROOT = resolve(__dirname, "..");
/** Where the CLI is installed, and where the state is kept, when there is neither; both are ignored by git. */
const INSTALL_FOLDER = join(ROOT, ".cache", "pulumi");
const STATE_FOLDER = join(ROOT, ".pulumi-state");

async function main(): Promise<number> {
  const { stack, passedOn } = readArguments();
  if (!existsSync(join(ROOT, `Pulumi.${stack}.yaml`))) {
    console.error(`There is no Pulumi.${stack}.yaml here.`);
    return 2;
  }
  const command = await findOrInstall();
  const environment = withBackend({
    ...process.env,
    PATH: [dirname(command), process.env["PATH"] ?? ""].join(delimiter),
  });
  const pulumi = (...args: string[]): number =>
    spawnSync(command, args, { cwd: ROOT, env: environment, stdio: "inherit" }).status ?? 1;

  return pulumi("stack", "select", stack, "--create") || pulumi("up", "--stack", stack, ...passedOn);
}

/** The CLI on PATH, else the one that an earlier run installed, else a new one. */
async function findOrInstall(): Promise<string> {
  try {
    return (await PulumiCommand.get()).command;
  } catch {
    // None on PATH, or one that is older than the SDK.
  }
  console.error(`No \`pulumi\` on PATH that fits this project's SDK: using one of our own in ${INSTALL_FOLDER}.`);
  try {
    return (await PulumiCommand.install({ root: INSTALL_FOLDER })).command;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The Pulumi CLI could not be installed (${reason}). Install it by hand: https://www.pulumi.com/docs/install/`,
    );
  }
}

/** Adds a file backend in this folder for people who have named none and are not logged in to one. */
function withBackend(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (environment["PULUMI_BACKEND_URL"] !== undefined || isLoggedIn(environment)) return environment;
  mkdirSync(STATE_FOLDER, { recursive: true });
  const hasPassphrase =
    environment["PULUMI_CONFIG_PASSPHRASE"] !== undefined || environment["PULUMI_CONFIG_PASSPHRASE_FILE"] !== undefined;
  console.error(
    `Not logged in to a Pulumi backend: the state is kept in ${STATE_FOLDER}` +
      (hasPassphrase ? "." : ", with an empty passphrase (set PULUMI_CONFIG_PASSPHRASE before storing secrets)."),
  );
  return {
    ...environment,
    PULUMI_BACKEND_URL: pathToFileURL(STATE_FOLDER).href,
    ...(!hasPassphrase && { PULUMI_CONFIG_PASSPHRASE: "" }),
  };
}

/** Whether `pulumi login` has chosen a backend: the CLI notes it in its credentials file. */
function isLoggedIn(environment: NodeJS.ProcessEnv): boolean {
  const home = environment["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  try {
    const { current } = JSON.parse(readFileSync(join(home, "credentials.json"), "utf8")) as { current?: string };
    return Boolean(current) || environment["PULUMI_ACCESS_TOKEN"] !== undefined;
  } catch {
    return environment["PULUMI_ACCESS_TOKEN"] !== undefined;
  }
}

function readArguments(): { stack: string; passedOn: string[] } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { stack: { type: "string", default: "local" }, help: { type: "boolean", short: "h", default: false } },
    });
    if (values.help) {
      process.stdout.write(`${USAGE}\n`);
      process.exit(0);
    }
    return { stack: values.stack, passedOn: positionals };
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
