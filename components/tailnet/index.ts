import { Ingress } from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import type { LiveCluster } from "../../lib/kubernetes/live";
import { adoptingProvider, type ClusterArgs } from "../../lib/kubernetes/provider";
import type { Settings, TailnetSettings } from "../contracts/settings";
import { confirmName, lookedUp } from "./confirm";
import { exposures, renderIngress, type Exposure } from "./ingress";

/**
 * Tempo on the tailnet: an Ingress of the Tailscale operator for queries and one for OTLP over HTTP, and a look at the
 * names that the tailnet really gave.
 */
export interface TailnetArgs {
  readonly settings: Settings;
  readonly tailnet: TailnetSettings;
  /** Value of the owner label on every object. */
  readonly owner: string;
  /** For the provider that adopts Ingresses that were handed over. */
  readonly cluster: ClusterArgs;
  /** Where the Ingress's status is read; absent in an offline plan, then nothing is looked up. */
  readonly live?: LiveCluster;
}

export class Tailnet extends pulumi.ComponentResource {
  /** The name that the tailnet gave each exposure; undefined where it gave none in time. For people, not for outputs. */
  readonly names: Readonly<Record<Exposure["part"], pulumi.Output<string | undefined>>>;

  constructor(name: string, args: TailnetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tempo:tailnet:Tailnet", name, {}, opts);
    const { settings, tailnet, owner, cluster, live } = args;
    const lookup = hasCredentials(tailnet) ? lookupThrough(tailnet, name, this) : undefined;

    // Its own provider, as the claim's: deleted and made anew, an Ingress would lose its name and its certificate. One
    // without our label is refused before (stack/preflight.ts).
    const provider = adoptingProvider(`${name}-ingress-provider`, cluster, { parent: this });

    const confirmed = exposures(settings, tailnet).map((exposure) => {
      const ingress = new Ingress(
        `${name}-${exposure.part}-ingress`,
        renderIngress(settings, tailnet, exposure, owner),
        { parent: this, provider },
      );
      // The Ingress's id is unknown until it exists: a first preview looks nothing up.
      const given = ingress.id.apply(() =>
        live
          ? confirmName({
              exposure,
              tailnet,
              namespace: settings.namespace,
              wait: !pulumi.runtime.isDryRun(),
              readHostname: () => readHostname(live, settings.namespace, exposure.ingressName),
              ...(lookup && { lookup }),
              warn: (message) => {
                void pulumi.log.warn(message, ingress);
              },
            })
          : undefined,
      );
      return [exposure.part, given] as const;
    });

    this.names = Object.fromEntries(confirmed) as Tailnet["names"];
    this.registerOutputs({ names: this.names });
  }
}

function hasCredentials({ apiKey, oauthClientId }: TailnetSettings): boolean {
  return apiKey !== undefined || oauthClientId !== undefined;
}

/** A lookup through the Tailscale provider, whose API's base URL is a setting. */
function lookupThrough(tailnet: TailnetSettings, name: string, parent: Tailnet): (fullName: string) => Promise<void> {
  // Loaded only here: a stack without credentials does not need the package, nor its plugin.
  // oxlint-disable-next-line typescript/no-require-imports
  const tailscale = require("@pulumi/tailscale") as typeof import("@pulumi/tailscale");
  const { apiKey, oauthClientId, oauthClientSecret } = tailnet;
  const provider = new tailscale.Provider(
    `${name}-provider`,
    {
      baseUrl: tailnet.apiUrl,
      ...(apiKey !== undefined && { apiKey: pulumi.secret(apiKey) }),
      ...(oauthClientId !== undefined && { oauthClientId: pulumi.secret(oauthClientId) }),
      ...(oauthClientSecret !== undefined && { oauthClientSecret: pulumi.secret(oauthClientSecret) }),
    },
    { parent },
  );
  return async (fullName) => {
    const asked = lookedUp(fullName, tailnet);
    if (tailnet.proxyGroup === undefined) await tailscale.getDevice({ name: asked }, { provider });
    else await tailscale.getService({ name: asked }, { provider });
  };
}

async function readHostname(live: LiveCluster, namespace: string, name: string): Promise<string | undefined> {
  const ingress = await live.read({ apiVersion: "networking.k8s.io/v1", kind: "Ingress", namespace, name });
  const status = ingress?.status as { loadBalancer?: { ingress?: { hostname?: string }[] } } | undefined;
  return status?.loadBalancer?.ingress?.[0]?.hostname;
}
