import * as pulumi from "@pulumi/pulumi";
import { connect } from "./cluster/connect";
import { clusterProvider } from "./cluster/provider";
import { ownerOf } from "./components/labels";
import { Tailnet } from "./components/tailnet";
import { Tempo } from "./components/tempo";
import { loadSettings } from "./config";
import { renderOutputs, type TempoOutputs } from "./outputs";

/**
 * Configuration, checks, components, outputs. Nothing is registered before the configuration and the cluster have
 * passed their checks.
 */
export = async function stack(): Promise<TempoOutputs> {
  const settings = loadSettings();
  const owner = ownerOf(pulumi.getProject(), pulumi.getStack());
  const { cluster, live } = await connect(settings, owner);

  const provider = clusterProvider("cluster", cluster);
  const tempo = new Tempo("tempo", { settings, owner, cluster }, { provider });
  if (settings.tailnet) {
    new Tailnet(
      "tailnet",
      { settings, tailnet: settings.tailnet, owner, ...(live && { live }) },
      { provider, dependsOn: tempo },
    );
  }
  return renderOutputs(settings);
};
