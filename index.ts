import * as pulumi from "@pulumi/pulumi";
import { clusterProvider } from "./cluster/provider";
import { CaddyRoute } from "./components/caddy";
import { Collector } from "./components/collector";
import { collectorEndpoint, onTempoCluster } from "./components/collector/endpoint";
import { Grafana } from "./components/grafana";
import { ownerOf } from "./components/labels";
import { Monitoring } from "./components/monitoring";
import { capacityWarnings } from "./components/storage/capacity";
import { Sdk } from "./components/sdk";
import { Tailnet } from "./components/tailnet";
import { Tempo } from "./components/tempo";
import { loadSettings } from "./config";
import { connect } from "./connect";
import { hasEngine } from "./engine";
import { renderOutputs, type TempoOutputs } from "./outputs";

/**
 * Configuration, checks, components, outputs. Nothing is registered before the configuration, the cluster and Grafana
 * have passed their checks.
 */
export = async function stack(): Promise<TempoOutputs> {
  const settings = loadSettings();
  const owner = ownerOf(pulumi.getProject(), pulumi.getStack());
  const {
    cluster: { cluster, live },
    collector: senders,
    grafana,
  } = await connect(settings, owner);

  // Without an engine the offline preview tells it (tools/preview.ts).
  if (hasEngine()) for (const warning of capacityWarnings(settings)) await pulumi.log.warn(warning);
  const provider = clusterProvider("cluster", cluster);
  const tempo = new Tempo("tempo", { settings, owner, cluster }, { provider });
  new Monitoring("monitoring", { settings, owner }, { provider, dependsOn: tempo });
  if (settings.tailnet) {
    new Tailnet(
      "tailnet",
      { settings, tailnet: settings.tailnet, owner, ...(live && { live }) },
      { provider, dependsOn: tempo },
    );
  }
  // One provider for one cluster, which may have both.
  const sendersProvider =
    settings.collector && senders && !onTempoCluster(settings, settings.collector)
      ? clusterProvider("collector-cluster", senders.cluster)
      : provider;
  const collector =
    settings.collector && senders
      ? new Collector(
          "collector",
          {
            collector: settings.collector,
            endpoint: collectorEndpoint(settings, settings.collector) ?? "",
            owner,
            cluster: senders.cluster,
          },
          { provider: sendersProvider, dependsOn: tempo },
        )
      : undefined;
  if (settings.sdk) {
    const providers = { tempo: provider, collector: sendersProvider };
    // A namespace of services may be the collector's own.
    const dependsOn = collector ? [tempo, collector] : tempo;
    new Sdk("sdk", { settings, sdk: settings.sdk, owner, providers }, { dependsOn });
  }
  const { caddy } = settings;
  if (caddy?.adminUrl !== undefined) {
    new CaddyRoute("caddy", { settings, caddy, adminUrl: caddy.adminUrl, owner }, { dependsOn: tempo });
  }
  if (grafana) new Grafana("grafana", { ...grafana, owner }, { dependsOn: tempo });
  return renderOutputs(settings, owner, grafana);
};
