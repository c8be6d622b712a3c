import { MANAGED_ROUTE, ROUTE_NAME } from "./managed";
import { renderRoute } from "./route";
import { currentEngine, type Engine } from "../../lib/engine";
import { userError } from "../../lib/errors";
import { listProblems } from "../../lib/problems";
import type { Settings } from "../contracts/settings";
import { CaddyRefused, CaddySilent, openCaddy } from "./admin";
import { checkCaddy } from "./preflight";

/**
 * Checks what only the live Caddy can tell, where its admin API is given. Without an engine (the offline preview) nothing
 * is asked.
 * @throws RunError with every problem, when Caddy does not fit or does not let us; and in an `up` when it does not
 *   answer. A preview goes on with a warning then, as with a silent cluster.
 */
export async function connectCaddy(
  settings: Settings,
  owner: string,
  engine: Engine | undefined = currentEngine(),
): Promise<void> {
  const { caddy } = settings;
  if (caddy?.adminUrl === undefined || !engine) return;
  const { adminUrl, server } = caddy;
  const { project } = engine;
  try {
    const { config } = await openCaddy(adminUrl).read();
    const state = (await engine.resources()).find(({ type, name }) => type === MANAGED_ROUTE && name === ROUTE_NAME);
    const wanted = { server, route: renderRoute(settings, caddy, owner) };
    const { problems, warnings, notes } = checkCaddy(config, wanted, { project, adminUrl, state: state?.outputs });
    if (problems.length > 0) {
      throw userError(
        `Caddy at ${adminUrl} does not fit the configuration; nothing was changed:\n${listProblems(problems)}`,
      );
    }
    for (const warning of warnings) await engine.warn(warning);
    for (const note of notes) await engine.info(note);
  } catch (error) {
    if (error instanceof CaddyRefused) {
      throw userError(
        `Caddy at ${adminUrl} (${project}:caddy.adminUrl) cannot be used, so nothing was changed: ${error.message}.`,
      );
    }
    if (!(error instanceof CaddySilent)) throw error;
    const what = `Caddy at ${adminUrl} (${project}:caddy.adminUrl) could not be checked`;
    if (!engine.isPreview) throw userError(`${what}, so nothing was changed: ${error.message}`);
    await engine.warn(`${what}; an \`up\` would refuse to start: ${error.message}`);
  }
}
