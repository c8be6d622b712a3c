import * as pulumi from "@pulumi/pulumi";
import { connectCollector } from "../../stack/clusters";
import { clusterArgs, clusterProvider } from "../../lib/kubernetes/provider";
import { Collector } from "../../components/collector";
import { otlpService } from "../../components/contracts/endpoints";
import { sendersOf } from "../../components/collector/senders";
import { ownerOf } from "../../lib/kubernetes/owner";
import { compose } from "../../stack/compose";
import { currentEngine, hasEngine } from "../../lib/engine";
import { renderOutputs } from "../../stack/outputs";
import { warningsOf } from "../../stack/warnings";
import { openConnections } from "./connections";
import type { Builder, CollectorOutputs } from "./contract";
import { settingsOf } from "./settings";

export const buildStack: Builder["buildStack"] = (component, name, args) => {
  const settings = settingsOf(name, args);
  const owner = thisOwner();
  if (hasEngine()) for (const warning of warningsOf(settings)) void pulumi.log.warn(warning, component);
  const prefix = `${name}-`;
  const { connections, checked } = openConnections(settings, owner, prefix);
  compose({ settings, owner, connections }, { parent: component, prefix, after: checked });
  return pulumi.output(checked.then(() => renderOutputs(settings, owner, connections.grafana)));
};

export const buildCollector: Builder["buildCollector"] = (component, name, { endpoint, ...args }) => {
  const build = (url: string) => collectorAt(component, name, { ...args, endpoint: url });
  // Within an apply only where there is no other way: as an output of Tempo's stack, which a preview knows.
  return typeof endpoint === "string" ? build(endpoint) : pulumi.output(endpoint).apply(build);
};

function collectorAt(
  component: pulumi.ComponentResource,
  name: string,
  { kubeContext, kubeconfig, ...section }: { kubeContext: string; kubeconfig?: string; endpoint: string },
): pulumi.Output<CollectorOutputs> {
  const settings = settingsOf(name, { kubeContext, kubeconfig, collector: section });
  const { collector } = settings;
  if (!collector) throw new Error(`the arguments of "${name}" have no collector`);
  const owner = thisOwner();
  const checked: Promise<pulumi.Resource[]> = connectCollector(settings, {
    owner,
    prefix: `${name}-`,
    engine: currentEngine(),
  }).then(() => []);
  const cluster = clusterArgs(settings);
  new Collector(
    `${name}-collector`,
    { collector, senders: sendersOf(settings), endpoint: section.endpoint, owner, cluster },
    {
      parent: component,
      provider: clusterProvider(`${name}-cluster`, cluster, { parent: component }),
      dependsOn: checked,
    },
  );
  return pulumi.output(
    checked.then(() => ({
      namespace: collector.namespace,
      otlpHttpEndpoint: collector.receiver === true ? otlpService(collector, "http") : "",
    })),
  );
}

/** Of the program that uses the package. */
function thisOwner(): string {
  return ownerOf(pulumi.getProject(), pulumi.getStack());
}
