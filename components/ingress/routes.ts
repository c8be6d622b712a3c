import type { types } from "@pulumi/kubernetes";
import type { Settings } from "../contracts/settings";
import { labelsOf } from "../contracts/labels";
import { ports } from "../contracts/ports";
import { OTLP_HTTP_PATHS, READER_PATHS } from "../contracts/openPaths";

/**
 * Names by which Tempo is reached beside the tailnet: an Ingress of any class, or an HTTPRoute of the Gateway API, for
 * queries and for OTLP over HTTP. As plain values.
 */

type IngressSettings = NonNullable<Settings["ingress"]>;
type HttpRouteSettings = NonNullable<Settings["httpRoute"]>;

/** What is reached, and where in Tempo's Service it is. */
const PARTS = {
  query: { port: ports.http, paths: READER_PATHS },
  otlp: { port: ports.otlpHttp, paths: OTLP_HTTP_PATHS },
} as const;

export type ExposedPart = keyof typeof PARTS;

/** The parts that a section names. */
export function exposedParts(section: IngressSettings | HttpRouteSettings): readonly ExposedPart[] {
  return (["query", "otlp"] as const).filter((part) => section[part] !== undefined);
}

/** Name of the object of a part; the tailnet's have a word more. */
export function exposedName({ name }: Pick<Settings, "name">, part: ExposedPart): string {
  return `${name}-${part}`;
}

type Owned = Pick<Settings, "name" | "namespace">;

function metadata(settings: Owned, part: ExposedPart, annotations: Record<string, string>, owner: string) {
  return {
    name: exposedName(settings, part),
    namespace: settings.namespace,
    labels: labelsOf(settings, owner),
    annotations: {
      ...annotations,
      // Pulumi would wait ten minutes for an address, which not every controller writes.
      "pulumi.com/skipAwait": "true",
    },
  };
}

/** An Ingress of the class of the settings. */
export function renderIngressOfClass(
  settings: Owned,
  section: IngressSettings,
  part: ExposedPart,
  owner: string,
): types.input.networking.v1.Ingress {
  const { host = "", annotations = {}, tlsSecret } = section[part] ?? {};
  const { port, paths } = PARTS[part];
  const backend = { service: { name: settings.name, port: { number: port } } };
  return {
    metadata: metadata(settings, part, annotations, owner),
    spec: {
      ingressClassName: section.className,
      tls: [{ hosts: [host], ...(tlsSecret !== undefined && { secretName: tlsSecret }) }],
      rules: [{ host, http: { paths: paths.map((path) => ({ path, pathType: "Prefix", backend })) } }],
    },
  };
}

/** API of the Gateway API's kinds. */
export const GATEWAY_API = "gateway.networking.k8s.io/v1";

/** The definition that a cluster has where the Gateway API is installed. */
export const HTTP_ROUTE_CRD = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  name: "httproutes.gateway.networking.k8s.io",
} as const;

/** Matches that a rule may have; releases of the Gateway API before 1.2 take no more. */
const MATCHES_OF_A_RULE = 8;

/** An HTTPRoute to the Gateway of the settings. */
export function renderHttpRoute(settings: Owned, section: HttpRouteSettings, part: ExposedPart, owner: string) {
  const { host = "", annotations = {} } = section[part] ?? {};
  const { gateway, gatewayNamespace, listener } = section;
  const { port, paths } = PARTS[part];
  return {
    apiVersion: GATEWAY_API,
    kind: "HTTPRoute",
    metadata: metadata(settings, part, annotations, owner),
    spec: {
      parentRefs: [
        {
          name: gateway,
          ...(gatewayNamespace !== undefined && { namespace: gatewayNamespace }),
          ...(listener !== undefined && { sectionName: listener }),
        },
      ],
      hostnames: [host],
      rules: chunks(paths, MATCHES_OF_A_RULE).map((some) => ({
        matches: some.map((value) => ({ path: { type: "PathPrefix", value } })),
        backendRefs: [{ name: settings.name, port }],
      })),
    },
  };
}

function chunks<T>(items: readonly T[], size: number): readonly T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** URL of a part as a section names it. */
export function exposedUrl(
  { ingress, httpRoute }: Pick<Settings, "ingress" | "httpRoute">,
  part: ExposedPart,
): string | undefined {
  const host = ingress?.[part]?.host ?? httpRoute?.[part]?.host;
  return host === undefined ? undefined : `https://${host}`;
}
