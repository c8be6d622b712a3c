import type { GrafanaContents } from "./plan";
import { currentEngine, type Engine } from "../../lib/engine";
import { userError } from "../../lib/errors";
import { listProblems } from "../../lib/problems";
import type { GrafanaSettings, Settings } from "../contracts/settings";
import { GrafanaRefused, GrafanaSilent, openGrafana } from "./api/live";
import { checkGrafana } from "./api/check";
import { registrationsOf } from "./api/resources";
import { takeGrafanaSnapshot } from "./api/snapshot";

/** The environment variable that Grafana's providers read, too. */
const AUTH_VARIABLE = "GRAFANA_AUTH";

/** The credential: the setting's, or the environment's. */
function grafanaAuth({ auth }: GrafanaSettings): string | undefined {
  return auth ?? (process.env[AUTH_VARIABLE] === "" ? undefined : process.env[AUTH_VARIABLE]);
}

/** The Grafana of this run. */
export interface GrafanaConnection {
  readonly grafana: GrafanaSettings;
  readonly contents: GrafanaContents;
  /** Absent only in an offline plan. */
  readonly auth?: string;
}

/**
 * Checks what only the live Grafana can tell. Without an engine (the offline preview) nothing is asked.
 * @throws RunError with every problem, when a credential is missing or refused, or Grafana does not fit; and in an `up`
 *   when it does not answer. A preview goes on with a warning then, as with a silent cluster.
 */
export async function connectGrafana(
  settings: Settings,
  owner: string,
  engine: Engine | undefined = currentEngine(),
): Promise<GrafanaConnection | undefined> {
  const { grafana } = settings;
  if (!grafana) return undefined;
  const { url } = grafana;
  // Loaded only here: a stack without Grafana does not need the SDK of the dashboards.
  // oxlint-disable-next-line typescript/no-require-imports
  const { planGrafana } = require("./plan") as typeof import("./plan");
  const contents = planGrafana(settings, grafana, owner);
  const auth = grafanaAuth(grafana);
  if (!engine) return { grafana, contents, ...(auth !== undefined && { auth }) };
  const { project, stack } = engine;
  if (auth === undefined) {
    throw userError(
      `${project}:grafana.auth: missing, so nothing was changed. Write the token of a Grafana service account with the ` +
        `role Admin: pulumi config set --path --secret grafana.auth, or put it into $${AUTH_VARIABLE}.`,
    );
  }
  if (grafana.orgId !== undefined && !auth.includes(":")) {
    throw userError(
      `${project}:grafana.orgId = ${grafana.orgId}: has no effect with a service account's token, which belongs to one ` +
        "organisation; nothing was changed. Leave it out and write a token of that organisation, or write user:password.",
    );
  }
  try {
    const registered = registrationsOf(await engine.resources());
    const snapshot = await takeGrafanaSnapshot(contents, openGrafana(url, auth, undefined, grafana), registered);
    const credential = grafana.auth === undefined ? "environment" : "settings";
    const hasHeaders = Object.keys(grafana.headers).length > 0;
    const run = { project, stack, owner, url, credential, orgId: grafana.orgId, hasHeaders } as const;
    const { problems, notes } = checkGrafana(contents, snapshot, run);
    if (problems.length > 0) {
      throw userError(
        `Grafana at ${url} does not fit the configuration; nothing was changed:\n${listProblems(problems)}`,
      );
    }
    for (const note of notes) await engine.info(note);
  } catch (error) {
    if (error instanceof GrafanaRefused) {
      const where = grafana.auth === undefined ? `$${AUTH_VARIABLE}` : `${project}:grafana.auth`;
      throw userError(`Grafana at ${url} refuses ${where}, so nothing was changed: ${error.message}.`);
    }
    if (!(error instanceof GrafanaSilent)) throw error;
    const what = `Grafana at ${url} (${project}:grafana.url) could not be checked`;
    if (!engine.isPreview) throw userError(`${what}, so nothing was changed: ${error.message}`);
    await engine.warn(`${what}; an \`up\` would refuse to start: ${error.message}`);
  }
  return { grafana, contents, auth };
}
