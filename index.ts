import * as pulumi from "@pulumi/pulumi";
import { ownerOf } from "./lib/kubernetes/owner";
import { compose } from "./stack/compose";
import { loadSettings } from "./stack/settings";
import { connect } from "./stack/connect";
import { hasEngine } from "./lib/engine";
import { renderOutputs, type TempoOutputs } from "./stack/outputs";
import { warningsOf } from "./stack/warnings";

/**
 * Configuration, checks, components, outputs. Nothing is registered before the configuration, the cluster and Grafana
 * have passed their checks.
 */
export = async function stack(): Promise<TempoOutputs> {
  const settings = loadSettings();
  const owner = ownerOf(pulumi.getProject(), pulumi.getStack());
  const connections = await connect(settings, owner);

  // Without an engine the offline preview tells it (tools/preview/index.ts).
  if (hasEngine()) for (const warning of warningsOf(settings)) await pulumi.log.warn(warning);
  compose({ settings, owner, connections });
  return renderOutputs(settings, owner, connections.grafana);
};
