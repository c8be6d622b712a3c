import { z } from "zod";
import * as field from "../../lib/schema/fields";
import { section, type Sections } from "../../lib/schema/sections";

/** A route of a Caddy outside the cluster. Absent: none. */
const caddy = z.strictObject({
  /** Name by which Tempo is queried through it. */
  hostname: field.dnsName,
  /** URL that it passes requests on to; absent: the tailnet's name for queries. */
  upstream: field.optional(field.httpUrlSuchAs("https://tempo.tail8d86e.ts.net")),
  /**
   * URL of its admin API, by which the route is made; absent: what to write into its files is the output caddyRoute.
   * Whoever reaches that API may change all of Caddy.
   */
  adminUrl: field.optional(field.httpUrlSuchAs("http://localhost:2019")),
  /** The HTTP server of its configuration that gets the route; absent: the one that listens on 443. */
  server: field.optional(field.caddyServer),
  /** The outputs and the links in Grafana name this URL instead of the tailnet's. */
  preferred: field.boolean.prefault(false),
});

export const caddySettings = {
  caddy: section(caddy),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof caddySettings> {}
}
