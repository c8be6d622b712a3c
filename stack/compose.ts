import type * as pulumi from "@pulumi/pulumi";
import { clusterProvider } from "../lib/kubernetes/provider";
import { CaddyRoute } from "../components/caddy";
import { Collector } from "../components/collector";
import { collectorEndpoint, onTempoCluster } from "../components/contracts/endpoints";
import { sendersOf } from "../components/collector/senders";
import { Grafana } from "../components/grafana";
import { Exposed } from "../components/ingress";
import { Monitoring } from "../components/monitoring";
import { Sdk } from "../components/sdk";
import { Tailnet } from "../components/tailnet";
import { Tempo } from "../components/tempo";
import type { Connections } from "./connect";
import type { Settings } from "../components/contracts/settings";

/** What the components are made from. */
export interface Composition {
  readonly settings: Settings;
  /** Value of the owner label on every object. */
  readonly owner: string;
  readonly connections: Connections;
}

/** Where the components are registered: below the stack itself, unless a component of the package has them. */
export interface Place {
  readonly parent?: pulumi.Resource;
  /** What goes before their names. Default: nothing. */
  readonly prefix?: string;
  /** What everything waits for. */
  readonly after?: Promise<pulumi.Resource[]>;
}

/** Every component that the settings ask for. index.ts and the package have the same ones. */
export function compose({ settings, owner, connections }: Composition, place: Place = {}): void {
  const { parent, prefix = "", after } = place;
  const {
    cluster: { cluster, live },
    collector: senders,
    grafana,
  } = connections;
  const named = (part: string): string => `${prefix}${part}`;
  const within = parent ? { parent } : {};

  const provider = clusterProvider(named("cluster"), cluster, within);
  const tempo = new Tempo(
    named("tempo"),
    { settings, owner, cluster },
    { ...within, provider, ...(after && { dependsOn: after }) },
  );
  // Tempo itself waits for what everything waits for.
  const behind = { ...within, dependsOn: tempo };
  new Monitoring(named("monitoring"), { settings, owner }, { ...behind, provider });
  if (settings.tailnet) {
    const args = { settings, tailnet: settings.tailnet, owner, cluster, ...(live && { live }) };
    new Tailnet(named("tailnet"), args, { ...behind, provider });
  }
  if (settings.ingress ?? settings.httpRoute)
    new Exposed(named("exposed"), { settings, owner }, { ...behind, provider });
  // One provider for one cluster, which may have both.
  const sendersProvider =
    settings.collector && senders && !onTempoCluster(settings, settings.collector)
      ? clusterProvider(named("collector-cluster"), senders.cluster, within)
      : provider;
  const collector =
    settings.collector && senders
      ? new Collector(
          named("collector"),
          {
            collector: settings.collector,
            senders: sendersOf(settings),
            endpoint: collectorEndpoint(settings, settings.collector) ?? "",
            owner,
            cluster: senders.cluster,
          },
          { ...behind, provider: sendersProvider },
        )
      : undefined;
  if (settings.sdk) {
    const providers = { tempo: provider, collector: sendersProvider };
    // A namespace of services may be the collector's own.
    const dependsOn = collector ? [tempo, collector] : tempo;
    new Sdk(named("sdk"), { settings, sdk: settings.sdk, owner, providers }, { ...within, dependsOn });
  }
  const { caddy } = settings;
  if (caddy?.adminUrl !== undefined) {
    new CaddyRoute(named("caddy"), { settings, caddy, adminUrl: caddy.adminUrl, owner }, behind);
  }
  if (grafana) new Grafana(named("grafana"), { ...grafana, owner }, behind);
}
