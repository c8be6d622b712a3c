import { z } from "zod";
import * as field from "../../lib/schema/fields";
import { section, type Sections } from "../../lib/schema/sections";

/** Two Tailscale Ingresses. Absent: Tempo is reached inside the cluster only. */
const tailnet = z.strictObject({
  domain: field.tailnetDomain.describe("The tailnet's DNS name, such as `tail8d86e.ts.net`"),
  proxyGroup: field.optional(field.dnsName).describe("ProxyGroup that serves both names. Absent: a proxy for each"),
  tags: field
    .distinct(field.tailscaleTag, "tag")
    .min(1, { error: "empty. Write at least one tag, such as tag:k8s" })
    .default(["tag:k8s"])
    .describe("ACL tags of the two Services or devices"),
  queryHostname: field.dnsLabel.prefault("tempo").describe("First label of the name for queries"),
  otlpHostname: field.dnsLabel.prefault("tempo-otlp").describe("First label of the name for OTLP over HTTP"),
  otlpGrpcHostname: field.optional(field.dnsLabel).describe("First label of a name for OTLP over gRPC. Absent: none"),
  annotations: field.annotations
    .prefault({})
    .describe("Annotations of the Ingresses besides those written here, such as `tailscale.com/proxy-class`"),
  addressTimeout: field.duration
    .prefault("60s")
    .describe("How long an `up` waits for the tailnet to give each name before it warns and goes on; at most `10m`"),
  apiUrl: field.httpUrl.prefault("https://api.tailscale.com").describe("Base URL of the Tailscale API"),
  apiKey: field
    .optional(field.secretText)
    .describe(
      "An API key, with which each name is looked up. Write this, or the two below, or none (nothing is looked up)",
    ),
  oauthClientId: field.optional(field.secretText).describe("Id of an OAuth client"),
  oauthClientSecret: field.optional(field.secretText).describe("Secret of that client"),
});

export const tailnetSettings = {
  tailnet: section(tailnet).describe(
    "Ingresses of the Tailscale operator. Absent: Tempo is only reachable inside the cluster. The operator must be installed and own the tags; a ProxyGroup needs `autoApprovers.services` in the tailnet's policy file",
  ),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof tailnetSettings> {}
}
