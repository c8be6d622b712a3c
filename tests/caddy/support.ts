/** Settings and routes for the tests of this folder. */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { renderRoute, type RouteJson } from "../../components/caddy/route";
import type { CaddySettings, Settings } from "../../settings/schema";
import { parseConfig } from "../config/parse";

export const OWNER = "tempo.dev";

/** The `@id` that follows from the owner. */
export const ID = "pulumi-tempo.dev";

/** Settings with a section for Caddy. */
export function settingsOf(
  section: Readonly<Record<string, unknown>> = {},
  others: Readonly<Record<string, unknown>> = { tailnet: { domain: "tail8d86e.ts.net" } },
): { settings: Settings; caddy: CaddySettings } {
  const settings = parseConfig({
    kubeContext: "c",
    ...others,
    caddy: { hostname: "tempo.ops.localhost", ...section },
  });
  if (!settings.caddy) throw new Error("there is no section");
  return { settings, caddy: settings.caddy };
}

/** The route for the owner of these tests. */
export function routeOf(section: Readonly<Record<string, unknown>> = {}): RouteJson {
  const { settings, caddy } = settingsOf(section);
  return renderRoute(settings, caddy, OWNER);
}

/** A server on loopback in place of an admin API. @returns its URL, and what ends it */
export async function startServer(answer: RequestListener): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer(answer);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => {
          stopped();
        });
        server.closeAllConnections();
      }),
  };
}
