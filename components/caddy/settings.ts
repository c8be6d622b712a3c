import { z } from "zod";
import * as field from "../../lib/schema/fields";
import { section, type Sections } from "../../lib/schema/sections";

/** A route of a Caddy outside the cluster. Absent: none. */
const caddy = z.strictObject({
  hostname: field.dnsName.describe("Name by which Tempo is queried through it, such as `tempo.ops.eblu.me`"),
  upstream: field
    .optional(field.httpUrlSuchAs("https://tempo.tail8d86e.ts.net"))
    .describe("Where it passes requests on to. Absent: the tailnet's name for queries"),
  adminUrl: field
    .optional(field.httpUrlSuchAs("http://localhost:2019"))
    .describe("Its admin API, by which the route is made and kept. Absent: the route is an output to paste"),
  server: field
    .optional(field.caddyServer)
    .describe("The HTTP server of its configuration that gets the route. Absent: the one that listens on 443"),
  preferred: field.boolean.prefault(false).describe("The output `queryUrl` names Caddy's URL instead of the tailnet's"),
});

export const caddySettings = {
  caddy: section(caddy).describe(
    "A route of a Caddy outside the clusters. Absent: none. How to use it: docs/guides/caddy.md",
  ),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof caddySettings> {}
}
