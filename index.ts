import * as pulumi from "@pulumi/pulumi";
import { clusterProvider } from "./cluster/provider";
import { Grafana } from "./components/grafana";
import { ownerOf } from "./components/labels";
import { Monitoring } from "./components/monitoring";
import { capacityWarnings } from "./components/storage/capacity";
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
  if (grafana) new Grafana("grafana", { ...grafana, owner }, { dependsOn: tempo });
  return renderOutputs(settings, grafana);
};
