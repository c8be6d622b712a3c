import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { PulumiCommand } from "@pulumi/pulumi/automation";

/** Pulumi's CLI and its backend, for tools that need them and people who have neither. */
const ROOT = resolve(__dirname, "..");
/** Where the CLI is installed, and where the state is kept, when there is neither; both are ignored by git. */
const INSTALL_FOLDER = join(ROOT, ".cache", "pulumi");
const STATE_FOLDER = join(ROOT, ".pulumi-state");

/** The CLI on PATH, else the one that an earlier run installed; neither where it is older than the SDK. */
export async function find(): Promise<string | undefined> {
  for (const options of [{}, { root: INSTALL_FOLDER }]) {
    try {
      return (await PulumiCommand.get(options)).command;
    } catch {
      // None there.
    }
  }
  return undefined;
}

/** {@link find}, else a new one. */
export async function findOrInstall(): Promise<string> {
  const found = await find();
  if (found !== undefined) return found;
  console.error(`No \`pulumi\` on PATH that fits this project's SDK: installing one in ${INSTALL_FOLDER}.`);
  try {
    return (await PulumiCommand.install({ root: INSTALL_FOLDER })).command;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The Pulumi CLI could not be installed (${reason}). Install it by hand: https://www.pulumi.com/docs/install/`,
    );
  }
}

/** Whether a backend is named, or `pulumi login` has chosen one. Empty variables, which CI makes, count as absent. */
export function hasBackend(environment: NodeJS.ProcessEnv): boolean {
  return Boolean(environment["PULUMI_BACKEND_URL"]) || isLoggedIn(environment);
}

/** Adds a file backend in this folder for people who have named none and are not logged in to one. */
export function withBackend(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (hasBackend(environment)) return environment;
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
  const hasToken = Boolean(environment["PULUMI_ACCESS_TOKEN"]);
  const file = join(home, "credentials.json");
  if (!existsSync(file)) return hasToken;
  try {
    const { current } = JSON.parse(readFileSync(file, "utf8")) as { current?: string };
    return Boolean(current) || hasToken;
  } catch {
    return hasToken;
  }
}
