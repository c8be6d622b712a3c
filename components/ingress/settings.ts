import { isIPv4 } from "node:net";
import { z } from "zod";
import * as field from "../../lib/schema/fields";
import { section, withAbsent, type Sections } from "../../lib/schema/sections";

/** A name by which Tempo is reached, and the annotations of the object that says so. */
const exposedHost = {
  /** The DNS name, which somebody points at the controller. */
  host: field.dnsName.refine((host) => !isIPv4(host), {
    error: "an address, which Kubernetes refuses as a host. Write a DNS name that points at the controller",
  }),
  annotations: field.annotations.prefault({}),
};

/** An Ingress of any class but Tailscale's. */
const exposedByIngress = z.strictObject({
  ...exposedHost,
  /** Secret of type kubernetes.io/tls in Tempo's namespace; absent: the controller's own certificate. */
  tlsSecret: field.optional(field.dnsName),
});

/** Ingresses of another class. Absent: none. Whoever reaches them reaches Tempo, unless an annotation says otherwise. */
const ingress = withAbsent(
  ["query", "otlp"],
  z.strictObject({
    /** IngressClass of the controller. */
    className: field.dnsName,
    /** Absent: no queries through it. */
    query: section(exposedByIngress),
    /** OTLP over HTTP; absent: no spans through it. */
    otlp: section(exposedByIngress),
  }),
);

const exposedByRoute = z.strictObject(exposedHost);

/** HTTPRoutes of the Gateway API, to a Gateway that others have made. Absent: none. */
const httpRoute = withAbsent(
  ["query", "otlp"],
  z.strictObject({
    /** Name of the Gateway; TLS ends there. */
    gateway: field.dnsName,
    /** Its namespace; absent: Tempo's. */
    gatewayNamespace: field.optional(field.dnsLabel),
    /** Its listener; absent: each that takes the name. */
    listener: field.optional(field.dnsName),
    query: section(exposedByRoute),
    otlp: section(exposedByRoute),
  }),
);

export const ingressSettings = {
  ingress: section(ingress),
  httpRoute: section(httpRoute),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof ingressSettings> {}
}
