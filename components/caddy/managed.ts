import * as pulumi from "@pulumi/pulumi";
import type { ManagedRouteInputs } from "./provider";

/** Type token by which the engine finds the plugin that runs providers written in JavaScript. */
export const MANAGED_ROUTE = "pulumi-nodejs:dynamic/caddy:Route";

/** Name of the one resource: the component registers it, the preflight looks for it in the state. */
export const ROUTE_NAME = "caddy-route";

/**
 * What the plugin runs to get the provider, in a process that the engine starts in the project's folder. A reference to
 * the code instead of the code itself (docs/decisions/caddy.md): `pulumi.dynamic.Resource` would write the source of
 * every function that it reaches into the state, as the loader left it, and a route would be deleted by the code that
 * once created it.
 */
export const PROVIDER = `require("tsx/cjs"); exports.handler = () => require("./caddy/provider.ts").provider;`;

/** A route that Pulumi manages through Caddy's admin API. */
export class ManagedRoute extends pulumi.CustomResource {
  constructor(name: string, inputs: ManagedRouteInputs, opts?: pulumi.CustomResourceOptions) {
    super(MANAGED_ROUTE, name, { ...inputs, __provider: PROVIDER }, opts);
  }
}
