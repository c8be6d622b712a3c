/** Settings and routes for the tests of this folder. */
import { renderRoute, type RouteJson } from "../../../components/caddy/route";
import type { CaddySettings, Settings } from "../../../components/contracts/settings";
import { parseConfig } from "../../stack/settings/parse";

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
