import { tailnetUrl } from "../contracts/endpoints";
import { READER_PATHS } from "../contracts/openPaths";
import type { CaddySettings, Settings } from "../contracts/settings";

/** An HTTP route in Caddy's own JSON: apps.http.servers.<name>.routes[]. */
export interface RouteJson {
  /** Caddy's admin API addresses an object by it; nothing else reads it. */
  readonly "@id": string;
  readonly match: readonly [{ readonly host: readonly [string] }];
  /** The first of these whose matcher fits answers. */
  readonly handle: readonly [{ readonly handler: "subroute"; readonly routes: readonly [Readers, Others] }];
  /** No route after this one gets the request. */
  readonly terminal: true;
}

/** Takes what readers ask for. */
interface Readers {
  readonly match: readonly [{ readonly path: readonly string[] }];
  readonly handle: readonly [ReverseProxy];
  readonly terminal: true;
}

/** Takes everything else; without it Caddy would answer 200. */
interface Others {
  readonly handle: readonly [{ readonly handler: "static_response"; readonly status_code: 404 }];
}

interface ReverseProxy {
  readonly handler: "reverse_proxy";
  readonly headers?: { readonly request: { readonly set: { readonly Host: readonly [string] } } };
  readonly transport?: { readonly protocol: "http"; readonly tls: Readonly<Record<string, never>> };
  readonly upstreams: readonly [{ readonly dial: string }];
}

/** The route in each form that a Caddy takes. */
export interface CaddyTexts {
  /** One route, for the admin API or a configuration in JSON. */
  readonly json: string;
  /** A site block of its own. */
  readonly caddyfile: string;
  /** What stands inside the block of a site that serves the name already, such as `*.ops.example.com`. */
  readonly fragment: string;
}

/** `@id` of a stack's route: by it the stack knows its route again, and everyone else whose it is. */
export function routeId(owner: string): string {
  return `pulumi-${owner}`;
}

/** URL of the query API through Caddy. */
export function caddyUrl({ hostname }: Pick<CaddySettings, "hostname">): string {
  return `https://${hostname}`;
}

/**
 * Origin that Caddy passes requests on to: scheme, host, and the port where it is not the scheme's own.
 * @throws Error without an upstream and without a tailnet, which components/caddy/rules.ts refuses.
 */
export function caddyUpstream({ tailnet }: Pick<Settings, "tailnet">, { upstream }: CaddySettings): string {
  const url = upstream ?? (tailnet && tailnetUrl(tailnet.queryHostname, tailnet));
  if (url === undefined) throw new Error("caddy has neither an upstream nor a tailnet");
  return new URL(url).origin;
}

/**
 * The route as JSON. What it does not say is Caddy's default and wanted: certificates are verified against the
 * upstream's name, HTTP/2 is offered, an answer of unknown length is flushed as it comes. docs/decisions/caddy.md has
 * what was left out and why.
 */
export function renderRoute(settings: Pick<Settings, "tailnet">, caddy: CaddySettings, owner: string): RouteJson {
  const upstream = new URL(caddyUpstream(settings, caddy));
  const isTls = upstream.protocol === "https:";
  const port = upstream.port === "" ? (isTls ? "443" : "80") : upstream.port;
  const proxy: ReverseProxy = {
    handler: "reverse_proxy",
    ...(isTls && {
      // The other side is a proxy with names of its own: it knows itself by this one.
      headers: { request: { set: { Host: [upstream.host] } } },
      transport: { protocol: "http", tls: {} },
    }),
    upstreams: [{ dial: `${upstream.hostname}:${port}` }],
  };
  return {
    "@id": routeId(owner),
    match: [{ host: [caddy.hostname] }],
    handle: [
      {
        handler: "subroute",
        routes: [
          { match: [{ path: OPEN }], handle: [proxy], terminal: true },
          { handle: [{ handler: "static_response", status_code: 404 }] },
        ],
      },
    ],
    terminal: true,
  };
}

/** As patterns of Caddy, whose path matcher decodes and cleans a path before it looks at it. */
const OPEN = READER_PATHS.flatMap((path) => [path, `${path}/*`]);

/** A site block that means the same as {@link renderRoute}. */
export function renderSite(settings: Pick<Settings, "tailnet">, caddy: CaddySettings): string {
  return block(caddy.hostname, readersOnly(caddyUpstream(settings, caddy)));
}

/** What means the same inside the block of a site with a wildcard. */
export function renderFragment(settings: Pick<Settings, "tailnet">, caddy: CaddySettings): string {
  const matcher = `@${caddy.hostname.split(".")[0] ?? caddy.hostname}`;
  return `${matcher} host ${caddy.hostname}\n${block(`handle ${matcher}`, readersOnly(caddyUpstream(settings, caddy)))}`;
}

export function renderCaddy(settings: Pick<Settings, "tailnet">, caddy: CaddySettings, owner: string): CaddyTexts {
  return {
    json: `${JSON.stringify(renderRoute(settings, caddy, owner), undefined, 2)}\n`,
    caddyfile: renderSite(settings, caddy),
    fragment: renderFragment(settings, caddy),
  };
}

/** Two `handle` blocks, of which the first that fits is the only one; directives by themselves are sorted by their name. */
function readersOnly(upstream: string): string {
  return `@readers path ${OPEN.join(" ")}\n${block("handle @readers", reverseProxy(upstream))}${block("handle", "respond 404\n")}`;
}

function reverseProxy(upstream: string): string {
  const { protocol, host } = new URL(upstream);
  const directive = `reverse_proxy ${upstream}`;
  return protocol === "https:" ? block(directive, `header_up Host ${host}\n`) : `${directive}\n`;
}

/** Indented as `caddy fmt` does it. */
function block(head: string, body: string): string {
  return `${head} {\n${body.replace(/^(?=.)/gm, "\t")}}\n`;
}
