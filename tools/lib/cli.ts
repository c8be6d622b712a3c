import { ROOT } from "../../lib/root";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PulumiCommand } from "@pulumi/pulumi/automation";
import type { Project, StackFile } from "../offline/project";

/** Pulumi's CLI and its backend, for tools that need them and people who have neither. */
/** Where the CLI is installed, and where the state is kept, when there is neither; both are ignored by git. */
const INSTALL_FOLDER = join(ROOT, ".cache", "pulumi");
const STATE_FOLDER = join(ROOT, ".pulumi-state");
const STATE_URL = pathToFileURL(STATE_FOLDER).href;

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

/**
 * Whether the CLI knows a backend: by its variable, by the project's file (`backend.url`), or by `pulumi login`. Empty
 * variables, which CI makes, count as absent.
 */
export function hasBackend(environment: NodeJS.ProcessEnv, { backend }: Pick<Project, "backend">): boolean {
  return Boolean(environment["PULUMI_BACKEND_URL"]) || backend !== undefined || isLoggedIn(environment);
}

/**
 * Adds a file backend in this folder for people who have named none and are not logged in to one. Who has one is told
 * of a state that an earlier `npm run up` has left there: the CLI looks at one of them only.
 */
export function withBackend(environment: NodeJS.ProcessEnv, { project, stack }: StackFile): NodeJS.ProcessEnv {
  if (hasBackend(environment, project)) {
    const left = join(STATE_FOLDER, ".pulumi", "stacks", project.name, `${stack}.json`);
    if (existsSync(left) && environment["PULUMI_BACKEND_URL"] !== STATE_URL) {
      console.error(
        `Another state of this stack is in ${left}, from before there was another backend; it is not used. To take it ` +
          `along: \`PULUMI_BACKEND_URL=${STATE_URL} pulumi stack export\`, then \`pulumi stack import\` without the variable.`,
      );
    }
    return environment;
  }
  mkdirSync(STATE_FOLDER, { recursive: true });
  const hasPassphrase =
    environment["PULUMI_CONFIG_PASSPHRASE"] !== undefined || environment["PULUMI_CONFIG_PASSPHRASE_FILE"] !== undefined;
  console.error(
    `Not logged in to a Pulumi backend: the state is kept in ${STATE_FOLDER}` +
      (hasPassphrase ? "." : ", with an empty passphrase (set PULUMI_CONFIG_PASSPHRASE before storing secrets)."),
  );
  return {
    ...environment,
    PULUMI_BACKEND_URL: STATE_URL,
    ...(!hasPassphrase && { PULUMI_CONFIG_PASSPHRASE: "" }),
  };
}

/** Whether `pulumi login` has chosen a backend: the CLI notes it in its credentials file. */
function isLoggedIn(environment: NodeJS.ProcessEnv): boolean {
  if (environment["PULUMI_ACCESS_TOKEN"]) return true;
  const home = environment["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  const file = join(environment["PULUMI_CREDENTIALS_PATH"] ?? home, "credentials.json");
  if (!existsSync(file)) return false;
  try {
    const credentials = JSON.parse(readFileSync(file, "utf8")) as { current?: string; $pulumiSecureStore?: unknown };
    // Since 3.27x the file may be encrypted; who has one has logged in.
    return Boolean(credentials.current) || credentials.$pulumiSecureStore !== undefined;
  } catch {
    // An empty file is none, and what is in a broken one is for the CLI to say.
    return readFileSync(file).length > 0;
  }
}
