/**
 * Reads Caddy's configuration, which is JSON that others wrote: whatever does not have the form that Caddy documents is
 * passed over. Nothing here asks or changes anything.
 */

/** Where something stands, from the top of the configuration. */
export type Path = readonly (string | number)[];

/** The port of sites, unless the configuration says otherwise. */
const HTTPS_PORT = 443;

/** An HTTP server of the configuration. */
interface Server {
  readonly name: string;
  readonly listen: readonly string[];
}

/** A route that stands in the list of an HTTP server itself, not inside another route. */
export interface PlacedRoute {
  readonly server: string;
  readonly index: number;
  readonly path: Path;
  readonly route: unknown;
}

/**
 * The server that gets the route: the one that is wanted, or else the only one that listens on the HTTPS port.
 * @returns its name, or as `problem` a sentence on why there is none
 */
export function chooseServer(config: unknown, wanted: string | undefined): { name: string } | { problem: string } {
  const servers = serversOf(config);
  const list = servers.map(({ name, listen }) => `${name} (${listen.join(", ")})`).join(", ");
  if (servers.length === 0) {
    return { problem: "Caddy has no HTTP server to which a route could be added. Write a site into its configuration" };
  }
  if (wanted !== undefined) {
    if (servers.some(({ name }) => name === wanted)) return { name: wanted };
    return { problem: `no HTTP server of Caddy. Write one of ${list}` };
  }
  const port = numberAt(config, ["apps", "http", "https_port"]) ?? HTTPS_PORT;
  const [first, ...others] = servers.filter(({ listen }) => listen.some((address) => hasPort(address, port)));
  if (first && others.length === 0) return { name: first.name };
  const which = first ? "more than one HTTP server of Caddy listens" : "no HTTP server of Caddy listens";
  return { problem: `missing, and ${which} on ${port}. Write one of ${list}` };
}

function serversOf(config: unknown): Server[] {
  return Object.entries(recordAt(config, ["apps", "http", "servers"])).map(([name, server]) => ({
    name,
    listen: listAt(server, ["listen"]).filter((address) => typeof address === "string"),
  }));
}

/** By Caddy's network addresses: `[network/]host:port`, the port perhaps a range. */
function hasPort(address: string, port: number): boolean {
  const [, low = "", high = low] = /:(\d+)(?:-(\d+))?$/.exec(address) ?? [];
  return low !== "" && Number(low) <= port && port <= Number(high);
}

/** Whether Caddy writes what its admin API changes to a file, from which `--resume` starts it. */
export function keepsChanges(config: unknown): boolean {
  const { persist, load } = recordAt(config, ["admin", "config"]);
  // A configuration that is pulled from elsewhere is not written, and replaces the one that runs.
  return persist !== false && load === undefined;
}

/** The routes of a server; undefined where it has no list of them. */
export function routesOf(config: unknown, server: string): readonly unknown[] | undefined {
  const routes = valueAt(config, ["apps", "http", "servers", server, "routes"]);
  return Array.isArray(routes) ? routes : undefined;
}

/** Every place with an `@id`. */
export function findPlaces(config: unknown, id: string): Path[] {
  if (typeof config !== "object" || config === null) return [];
  const below = Object.entries(config).flatMap(([key, value]) =>
    findPlaces(value, id).map((path) => [Array.isArray(config) ? Number(key) : key, ...path]),
  );
  return Reflect.get(config, "@id") === id ? [[], ...below] : below;
}

/** The place as one in a server's own list of routes; undefined for any other. */
export function placedAt(config: unknown, path: Path): PlacedRoute | undefined {
  const [apps, http, servers, server, routes, index, ...more] = path;
  const isRoute = apps === "apps" && http === "http" && servers === "servers" && routes === "routes";
  if (!isRoute || typeof server !== "string" || typeof index !== "number" || more.length > 0) return undefined;
  return { server, index, path, route: valueAt(config, path) };
}

/**
 * Routes of a server that answer a host name by its own name, also inside other routes. A wildcard does not count: it is
 * there for names that have no route of their own.
 * @param ours `@id`s that do not count
 */
export function claimsOf(config: unknown, server: string, hostname: string, ours: ReadonlySet<string>): Path[] {
  const path = ["apps", "http", "servers", server];
  return claimsBelow(valueAt(config, path), path, hostname.toLowerCase(), ours);
}

function claimsBelow(parent: unknown, path: Path, hostname: string, ours: ReadonlySet<string>): Path[] {
  return listAt(parent, ["routes"]).flatMap((route, index): Path[] => {
    const at = [...path, "routes", index];
    const id = valueAt(route, ["@id"]);
    if (typeof id === "string" && ours.has(id)) return [];
    if (hostsOf(route).includes(hostname)) return [at];
    return listAt(route, ["handle"]).flatMap((handler, number) =>
      claimsBelow(handler, [...at, "handle", number], hostname, ours),
    );
  });
}

/** What is said of a route: its place, and where it leads, if that is one thing. */
export function describeRoute(config: unknown, path: Path): string {
  const leads = targetsOf(valueAt(config, path));
  return `${path.join("/")}${leads.length > 0 ? ` (to ${leads.join(", ")})` : ""}`;
}

/** Addresses of the upstreams of a route, also inside other routes. */
function targetsOf(route: unknown): unknown[] {
  return listAt(route, ["handle"]).flatMap((handler) => [
    ...listAt(handler, ["upstreams"]).map((upstream) => valueAt(upstream, ["dial"])),
    ...listAt(handler, ["routes"]).flatMap(targetsOf),
  ]);
}

/** A route before `index` that takes every request for a host name, so that the one at `index` gets none. */
export function isShadowed(routes: readonly unknown[], index: number, hostname: string): boolean {
  return routes.slice(0, index).some((route) => valueAt(route, ["terminal"]) === true && takesAll(route, hostname));
}

function takesAll(route: unknown, hostname: string): boolean {
  const sets = listAt(route, ["match"]);
  return (
    sets.length === 0 ||
    sets.some((set) => {
      const isAlone = Object.keys(recordAt(set, [])).every((matcher) => matcher === "host");
      return isAlone && hostsIn(set).some((pattern) => isMatch(pattern, hostname.toLowerCase()));
    })
  );
}

/** `*` stands for one label. */
function isMatch(pattern: string, hostname: string): boolean {
  const labels = hostname.split(".");
  const patterns = pattern.split(".");
  return patterns.length === labels.length && patterns.every((part, at) => part === "*" || part === labels[at]);
}

/** Host names and patterns by which a route is chosen. */
export function hostsOf(route: unknown): string[] {
  return listAt(route, ["match"]).flatMap(hostsIn);
}

/** Caddy compares host names without case. */
function hostsIn(matchers: unknown): string[] {
  return listAt(matchers, ["host"]).flatMap((host) => (typeof host === "string" ? [host.toLowerCase()] : []));
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, part) =>
      typeof at === "object" && at !== null && Object.hasOwn(at, part) ? Reflect.get(at, part) : undefined,
    value,
  );
}

function listAt(value: unknown, path: Path): readonly unknown[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list : [];
}

function recordAt(value: unknown, path: Path): Readonly<Record<string, unknown>> {
  const record = valueAt(value, path);
  return typeof record === "object" && record !== null ? (record as Record<string, unknown>) : {};
}

function numberAt(value: unknown, path: Path): number | undefined {
  const number = valueAt(value, path);
  return typeof number === "number" ? number : undefined;
}
