import { isDeepStrictEqual } from "node:util";
import type { RouteJson } from "./route";
import type { Problem } from "../../lib/problems";
import type { Change } from "./admin";
import {
  chooseServer,
  claimsOf,
  describeRoute,
  hostsOf,
  isShadowed,
  placedAt,
  findPlaces,
  routesOf,
  type Path,
  type PlacedRoute,
} from "./config";

/**
 * What has to change in a configuration of Caddy so that it has the route of this stack, and nothing else in it changes.
 * Pure: the preflight judges by it what it was told, and the provider of the route acts by it.
 */
export interface WantedRoute {
  /** The HTTP server that gets it; absent: chosen by its port. */
  readonly server?: string | undefined;
  readonly route: RouteJson;
}

/** The name that the route answers. */
export function hostnameOf({ match: [{ host }] }: RouteJson): string {
  return host[0];
}

/** The route in a server's own list that has an `@id`. */
export function findRoute(config: unknown, id: string): PlacedRoute | undefined {
  return findPlaces(config, id)
    .flatMap((path) => placedAt(config, path) ?? [])
    .at(0);
}

/**
 * Why a configuration cannot take the route. Keys are those of the section of settings.
 * @param known whether what has the `@id` is known to be of this stack, by its state; otherwise the name must be ours
 * @param formerIds `@id`s that the stack's route had before
 */
export function obstacles(
  config: unknown,
  { server, route }: WantedRoute,
  known: boolean,
  formerIds: readonly string[] = [],
): Problem[] {
  const chosen = chooseServer(config, server ?? serverOf(config, route, known));
  if ("problem" in chosen) {
    return [{ key: "server", ...(server !== undefined && { found: JSON.stringify(server) }), message: chosen.problem }];
  }
  const hostname = hostnameOf(route);
  const claims = claimsOf(config, chosen.name, hostname, new Set([route["@id"], ...formerIds])).map(
    (path): Problem => ({
      key: "hostname",
      found: JSON.stringify(hostname),
      message:
        `Caddy has a route for it that is not of this stack: ${describeRoute(config, path)}. ` +
        "Take it out of Caddy's configuration, write another name, or leave adminUrl out and keep that route",
    }),
  );
  return [...claims, ...strangers(config, route, known)];
}

/** Where the route is already it may stay. */
function serverOf(config: unknown, route: RouteJson, known: boolean): string | undefined {
  const found = findRoute(config, route["@id"]);
  return found && isOurs(config, found.path, route, known) ? found.server : undefined;
}

/** Whatever has our `@id` and is not our route; a second one of ours is none either. */
function strangers(config: unknown, route: RouteJson, known: boolean): Problem[] {
  const id = route["@id"];
  const places = findPlaces(config, id);
  const ours = places.find((path) => isOurs(config, path, route, known));
  return places
    .filter((path) => path !== ours)
    .map((path) => ({
      key: "adminUrl",
      message:
        `the @id ${id}, which names the route of this stack, is that of something else in Caddy: ` +
        `${describeRoute(config, path)}. Give it another @id, or take it out`,
    }));
}

function isOurs(config: unknown, path: Path, route: RouteJson, known: boolean): boolean {
  const placed = placedAt(config, path);
  return placed !== undefined && (known || hostsOf(placed.route).includes(hostnameOf(route)));
}

/** Whether the route is where it answers, as it is wanted. */
export function isSettled(config: unknown, wanted: WantedRoute): boolean {
  return nextChange(config, wanted) === undefined;
}

/**
 * The next change towards the route, where there are no obstacles; undefined when it is there as it is wanted. One change
 * may follow another: what gets no request any more is taken out and then put in again.
 */
export function nextChange(config: unknown, { server, route }: WantedRoute): Change | undefined {
  const found = findRoute(config, route["@id"]);
  if (!found) return insertion(config, server, route);
  const isElsewhere = server !== undefined && server !== found.server;
  if (isElsewhere || isHidden(config, found, route)) return { method: "DELETE", path: found.path };
  return isDeepStrictEqual(found.route, route) ? undefined : { method: "PATCH", path: found.path, body: route };
}

/** Whether another route takes the requests for our name first. */
export function isHidden(config: unknown, { server, index }: PlacedRoute, route: RouteJson): boolean {
  return isShadowed(routesOf(config, server) ?? [], index, hostnameOf(route));
}

/** Before all others: a site with a wildcard would take the request otherwise. */
function insertion(config: unknown, wanted: string | undefined, route: RouteJson): Change | undefined {
  const chosen = chooseServer(config, wanted);
  if ("problem" in chosen) return undefined;
  const list = ["apps", "http", "servers", chosen.name, "routes"];
  const routes = routesOf(config, chosen.name);
  if (!routes) return { method: "POST", path: list, body: [route] };
  // Caddy 2.6 inserts nothing into a list without entries: "array index out of bounds".
  if (routes.length === 0) return { method: "POST", path: list, body: route };
  return { method: "PUT", path: [...list, 0], body: route };
}

/** The change that takes the route out; undefined where it is not there. */
export function removal(config: unknown, id: string): Change | undefined {
  const found = findRoute(config, id);
  return found && { method: "DELETE", path: found.path };
}
