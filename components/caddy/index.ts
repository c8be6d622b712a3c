import * as pulumi from "@pulumi/pulumi";
import type { CaddySettings, Settings } from "../contracts/settings";
import { ManagedRoute, ROUTE_NAME } from "./managed";
import { caddyUrl, renderRoute } from "./route";

/**
 * Tempo's query API under a name that a Caddy outside the clusters serves. Only where its admin API is given; otherwise
 * the output caddyRoute says what to write into its files.
 */
export interface CaddyRouteArgs {
  readonly settings: Pick<Settings, "tailnet">;
  readonly caddy: CaddySettings;
  /** URL of Caddy's admin API. */
  readonly adminUrl: string;
  /** Names the route in Caddy. */
  readonly owner: string;
}

export class CaddyRoute extends pulumi.ComponentResource {
  /** URL of the query API through Caddy; known in a preview. */
  readonly url: string;

  constructor(name: string, args: CaddyRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tempo:caddy:CaddyRoute", name, {}, opts);
    const { settings, caddy, adminUrl, owner } = args;
    const { server } = caddy;
    new ManagedRoute(
      ROUTE_NAME,
      { adminUrl, ...(server !== undefined && { server }), route: renderRoute(settings, caddy, owner) },
      { parent: this },
    );
    this.url = caddyUrl(caddy);
    this.registerOutputs({ url: this.url });
  }
}
