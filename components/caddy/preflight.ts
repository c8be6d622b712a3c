import { isDeepStrictEqual } from "node:util";
import type { Problem } from "../../lib/problems";
import { findRoute, hostnameOf, isHidden, obstacles, type WantedRoute } from "./changes";
import { keepsChanges } from "./config";

/**
 * What only the live Caddy can tell: whether there is a server for the route, and whether somebody else's route has its
 * name. Asked before anything is registered.
 */
export interface CaddyFindings {
  readonly problems: readonly Problem[];
  /** What a plan does not show, and a person has to know. */
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

/** The route as this stack's state has it. */
export interface RouteInState {
  readonly adminUrl?: unknown;
  readonly route?: unknown;
}

/** What the checks are told of the run. */
export interface CaddyRun {
  /** Prefixes the keys of settings. */
  readonly project: string;
  readonly adminUrl: string;
  /** Absent where the state has none. */
  readonly state?: RouteInState | undefined;
}

/** Judges a configuration. */
export function checkCaddy(config: unknown, wanted: WantedRoute, run: CaddyRun): CaddyFindings {
  const formerId = idOf(run.state?.route);
  const isKnown = formerId === wanted.route["@id"];
  const problems = obstacles(config, wanted, isKnown, formerId === undefined ? [] : [formerId]).map((problem) => ({
    ...problem,
    key: `${run.project}:caddy.${problem.key}`,
  }));
  if (problems.length > 0) return { problems, warnings: [], notes: [] };
  const state = isKnown && run.state?.adminUrl === run.adminUrl ? run.state : undefined;
  return { problems, ...tell(config, wanted, state) };
}

/** What a run is going to find. @param state absent where this Caddy is not known to have the route */
function tell(
  config: unknown,
  { route }: WantedRoute,
  state: RouteInState | undefined,
): Pick<CaddyFindings, "warnings" | "notes"> {
  const found = findRoute(config, route["@id"]);
  const name = `Caddy's route of ${hostnameOf(route)}`;
  if (!found) {
    const lost = `${name} is gone: Caddy was started or reloaded from a file, or somebody took it out. An \`up\` puts it back.`;
    return { warnings: [...(state ? [lost] : []), survivalOf(name, config)], notes: [] };
  }
  if (!state)
    return { warnings: [], notes: [`${name} (@id ${route["@id"]}) is there already and becomes this stack's.`] };
  if (isHidden(config, found, route)) {
    return { warnings: [`${name} gets no request, another one stands before it. An \`up\` puts it first.`], notes: [] };
  }
  if (isDeepStrictEqual(found.route, state.route)) return { warnings: [], notes: [] };
  return { warnings: [`${name} was changed by somebody else. An \`up\` writes it anew.`], notes: [] };
}

/** Caddy does not say how it was started. */
function survivalOf(name: string, config: unknown): string {
  const why = keepsChanges(config)
    ? "does not outlive a restart unless Caddy is started with --resume, nor a reload from a file"
    : "does not outlive a restart: this Caddy keeps no change made by its admin API (admin.config)";
  return `${name} ${why}. A later \`up\` puts it back: docs/decisions/caddy.md.`;
}

function idOf(route: unknown): string | undefined {
  const id: unknown = typeof route === "object" && route !== null ? Reflect.get(route, "@id") : undefined;
  return typeof id === "string" ? id : undefined;
}
