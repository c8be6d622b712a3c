/**
 * Pulumi's plugin loads the provider of the route by this path: the states of deployed stacks have it
 * (components/caddy/managed.ts). So it stays, and leads to where the code is.
 */
export { provider } from "../components/caddy/provider";
