import type { types } from "@pulumi/kubernetes";
import { labelsOf } from "../contracts/labels";
import { ports } from "../contracts/ports";
import { OTLP_GRPC_PATHS, OTLP_HTTP_PATHS, READER_PATHS } from "../contracts/openPaths";
import type { Settings, TailnetSettings } from "../contracts/settings";

type Ingress = types.input.networking.v1.Ingress;

/** A name on the tailnet and the port of Tempo's Service behind it. */
export interface Exposure {
  /** Part of the resource's name. */
  readonly part: "query" | "otlp" | "otlp-grpc";
  /** Name of the Ingress; BlumeOps' own names, so that what stands today can be taken over. */
  readonly ingressName: string;
  /** First label of the name on the tailnet. */
  readonly hostname: string;
  readonly port: number;
  /** What is passed on, with whatever is below it; everything else is answered 404 by the proxy. */
  readonly paths: readonly string[];
}

export function exposures(settings: Pick<Settings, "name">, tailnet: TailnetSettings): readonly Exposure[] {
  return [
    {
      part: "query",
      ingressName: `${settings.name}-tailscale`,
      hostname: tailnet.queryHostname,
      port: ports.http,
      paths: READER_PATHS,
    },
    {
      part: "otlp",
      ingressName: `${settings.name}-otlp-tailscale`,
      hostname: tailnet.otlpHostname,
      port: ports.otlpHttp,
      paths: OTLP_HTTP_PATHS,
    },
    ...(tailnet.otlpGrpcHostname === undefined
      ? []
      : [
          {
            part: "otlp-grpc" as const,
            ingressName: `${settings.name}-otlp-grpc-tailscale`,
            hostname: tailnet.otlpGrpcHostname,
            // The operator's proxy passes gRPC on without TLS, as HTTP/2.
            port: ports.otlpGrpc,
            paths: OTLP_GRPC_PATHS,
          },
        ]),
  ];
}

/** An Ingress that the Tailscale operator serves. */
export function renderIngress(
  settings: Settings,
  tailnet: TailnetSettings,
  exposure: Exposure,
  owner: string,
): Ingress {
  return {
    metadata: {
      name: exposure.ingressName,
      namespace: settings.namespace,
      labels: labelsOf(settings, owner),
      annotations: {
        ...tailnet.annotations,
        ...(tailnet.proxyGroup !== undefined && { "tailscale.com/proxy-group": tailnet.proxyGroup }),
        "tailscale.com/tags": tailnet.tags.join(","),
        // Explicit, though it is the default: Funnel would put the traces on the public internet.
        "tailscale.com/funnel": "false",
        // Pulumi would wait ten minutes for an address and fail; without an operator there never is one. The name is
        // read afterwards, within tailnet.addressTimeout (components/tailnet/confirm.ts).
        "pulumi.com/skipAwait": "true",
        // As of the claim (components/storage/claim): one that others made and handed over is adopted.
        "pulumi.com/patchFieldManager": "pulumi-tempo",
        "pulumi.com/patchForce": "true",
      },
    },
    spec: {
      ingressClassName: "tailscale",
      // The operator takes the name from here and ends TLS itself: a host in the rules that is not the full name
      // would make it drop the rule, and there is no secretName, because the certificate is the proxy's.
      tls: [{ hosts: [exposure.hostname] }],
      rules: [
        {
          http: {
            paths: exposure.paths.map((path) => ({
              path,
              pathType: "Prefix",
              backend: { service: { name: settings.name, port: { number: exposure.port } } },
            })),
          },
        },
      ],
    },
  };
}
