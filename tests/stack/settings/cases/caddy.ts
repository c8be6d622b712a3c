import type { Config } from "../parse";
import { advice, bad, type BadCase } from "./types";

const tailnet = { domain: "tail8d86e.ts.net" };
const and = (section: object): Config => ({ tailnet, caddy: { hostname: "tempo.ops.eblu.me", ...section } });

const url = (example: string): string =>
  `not an http(s) URL. Write scheme, host and path such as ${example}, without credentials or query.`;
const upstream = url("https://tempo.tail8d86e.ts.net");
const adminUrl = url("http://localhost:2019");
const server =
  "not the name of an HTTP server of Caddy. Write it as the admin API shows it under apps.http.servers, such as srv0.";

/** The section of Caddy. */
export const caddyCases: BadCase[] = [
  bad({ caddy: "tempo.ops.eblu.me" }, `tempo:caddy = "tempo.ops.eblu.me": ${advice.section}`),
  bad(
    { tailnet, caddy: { preferred: true } },
    `tempo:caddy.hostname: missing. ${advice.dnsName.slice(advice.dnsName.indexOf("Write"))}`,
  ),
  bad(
    and({ hostname: 5, upstream: 5, adminUrl: 5, server: 5, preferred: "yes" }),
    `tempo:caddy.hostname = 5: ${advice.dnsName}`,
    `tempo:caddy.upstream = 5: ${upstream}`,
    `tempo:caddy.adminUrl = 5: ${adminUrl}`,
    `tempo:caddy.server = 5: ${server}`,
    `tempo:caddy.preferred = "yes": ${advice.boolean}`,
  ),
  bad(
    and({ hostname: "https://a", upstream: "a:1", adminUrl: "localhost:2019", server: "a/b" }),
    `tempo:caddy.hostname = "https://a": ${advice.dnsName}`,
    `tempo:caddy.upstream = "a:1": ${upstream}`,
    `tempo:caddy.adminUrl = "localhost:2019": ${adminUrl}`,
    `tempo:caddy.server = "a/b": ${server}`,
  ),
  bad(and({ hostnames: [] }), "tempo:caddy.hostnames: an unknown key. Did you mean hostname?"),
  bad(
    { caddy: { hostname: "tempo.ops.eblu.me", server: "srv0" } },
    "tempo:caddy.upstream: missing, and there is no tailnet whose name for queries it would be. Write the URL by which Caddy reaches Tempo's query API.",
    'tempo:caddy.adminUrl: missing, and caddy.server = "srv0" has no effect without it. Write the URL of Caddy\'s admin API, or leave server out.',
  ),
];
