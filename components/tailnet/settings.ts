import { z } from "zod";
import * as field from "../../lib/schema/fields";
import { section, type Sections } from "../../lib/schema/sections";

/** Two Tailscale Ingresses. Absent: Tempo is reached inside the cluster only. */
const tailnet = z.strictObject({
  /** The tailnet's DNS name. */
  domain: field.tailnetDomain,
  /** ProxyGroup that serves both; absent: a proxy for each. */
  proxyGroup: field.optional(field.dnsName),
  /** ACL tags of the two Services or devices; the operator must own them. */
  tags: field
    .distinct(field.tailscaleTag, "tag")
    .min(1, { error: "empty. Write at least one tag, such as tag:k8s" })
    .default(["tag:k8s"]),
  /** First label of the name for queries. */
  queryHostname: field.dnsLabel.prefault("tempo"),
  /** First label of the name for OTLP over HTTP. */
  otlpHostname: field.dnsLabel.prefault("tempo-otlp"),
  /** First label of a name for OTLP over gRPC; absent: none. */
  otlpGrpcHostname: field.optional(field.dnsLabel),
  /** Annotations of the Ingresses besides those written here, such as tailscale.com/proxy-class. */
  annotations: field.annotations.prefault({}),
  /** How long an `up` waits for the tailnet to give each name before it warns and goes on. */
  addressTimeout: field.duration.prefault("60s"),
  /** Base URL of the Tailscale API. */
  apiUrl: field.httpUrl.prefault("https://api.tailscale.com"),
  /** An API key, as a secret; or the two below; or none, then nothing is looked up. */
  apiKey: field.optional(field.secretText),
  oauthClientId: field.optional(field.secretText),
  oauthClientSecret: field.optional(field.secretText),
});

export const tailnetSettings = {
  tailnet: section(tailnet),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof tailnetSettings> {}
}
