import { isIPv4 } from "node:net";
import { z } from "zod";
import * as field from "../../lib/schema/fields";
import { section, withAbsent, type Sections } from "../../lib/schema/sections";

/** A name by which Tempo is reached, and the annotations of the object that says so. */
const exposedHost = {
  host: field.dnsName
    .refine((host) => !isIPv4(host), {
      error: "an address, which Kubernetes refuses as a host. Write a DNS name that points at the controller",
    })
    .describe("Name by which it is reached"),
  annotations: field.annotations.prefault({}).describe("Annotations, by which controllers authenticate"),
};

/** An Ingress of any class but Tailscale's. */
const exposedByIngress = z
  .strictObject({
    ...exposedHost,
    tlsSecret: field
      .optional(field.dnsName)
      .describe(
        "Secret of the type `kubernetes.io/tls`, in Tempo's namespace. Absent: the controller's own certificate",
      ),
  })
  .meta({ typeName: "ExposedByIngress" });

/** Ingresses of another class. Absent: none. Whoever reaches them reaches Tempo, unless an annotation says otherwise. */
const ingress = withAbsent(
  ["query", "otlp"],
  z.strictObject({
    className: field.dnsName.describe("IngressClass of the controller. For `tailscale` there is the section `tailnet`"),
    query: section(exposedByIngress).describe("Queries. Absent: none through it"),
    otlp: section(exposedByIngress).describe("OTLP over HTTP. Absent: no spans through it"),
  }),
);

const exposedByRoute = z.strictObject(exposedHost).meta({ typeName: "ExposedByRoute" });

/** HTTPRoutes of the Gateway API, to a Gateway that others have made. Absent: none. */
const httpRoute = withAbsent(
  ["query", "otlp"],
  z.strictObject({
    gateway: field.dnsName.describe("Name of the Gateway, where TLS ends. It must allow routes of Tempo's namespace"),
    gatewayNamespace: field.optional(field.dnsLabel).describe("Its namespace. Absent: Tempo's"),
    listener: field.optional(field.dnsName).describe("Its listener. Absent: each that takes the name"),
    query: section(exposedByRoute).describe("Queries. Absent: none through it"),
    otlp: section(exposedByRoute).describe("OTLP over HTTP. Absent: no spans through it"),
  }),
);

export const ingressSettings = {
  ingress: section(ingress).describe(
    "Ingresses of another class, in addition to the tailnet or instead of it. Absent: none. They pass only what readers and senders need. Tempo itself has no authentication: whoever reaches the controller can read all traces, unless an annotation adds it, such as `nginx.ingress.kubernetes.io/auth-type: basic` with `auth-secret`. Without a tailnet, the outputs name these URLs. Results are streamed to Grafana by gRPC, which a controller only forwards if configured to",
  ),
  httpRoute: section(httpRoute).describe(
    "HTTPRoutes of the Gateway API (v1), to a Gateway that exists. Absent: none. As of `ingress`",
  ),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof ingressSettings> {}
}
