import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Service } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../contracts/settings";
import { renderAlloyConfigMap, renderAlloyDeployment } from "./alloy";
import { renderAlloyConfig, type RemoteWrite } from "./alloyConfig";
import { renderGuardService } from "./guardService";
import { MONITORING_API, renderServiceMonitors } from "./serviceMonitors";

/**
 * How the metrics of Tempo and of its volume reach Prometheus: the Service of the guard, and what the method of the
 * settings needs in the cluster. Annotations of Tempo's pod are among the chart's values, a job to paste is an output.
 */
export interface MonitoringArgs {
  readonly settings: Settings;
  /** Value of the owner label on every object. */
  readonly owner: string;
}

export class Monitoring extends pulumi.ComponentResource {
  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tempo:monitoring:Monitoring", name, {}, opts);
    const { settings, owner } = args;
    const { scrape, storage, prometheus } = settings;
    if (storage.guard) new Service(`${name}-guard`, renderGuardService(settings, owner), { parent: this });
    if (scrape.method === "serviceMonitor") this.addServiceMonitors(name, args);
    if (scrape.method === "alloy" && prometheus) this.addAlloy(name, args, prometheus);
    this.registerOutputs({});
  }

  private addServiceMonitors(name: string, { settings, owner }: MonitoringArgs): void {
    for (const { part, manifest } of renderServiceMonitors(settings, owner)) {
      const inputs = { apiVersion: MONITORING_API, kind: "ServiceMonitor", ...manifest };
      new CustomResource(`${name}-${part}-monitor`, inputs, { parent: this });
    }
  }

  private addAlloy(name: string, { settings, owner }: MonitoringArgs, remoteWrite: RemoteWrite): void {
    const config = renderAlloyConfig(settings, remoteWrite, owner);
    const files = new ConfigMap(`${name}-alloy-config`, renderAlloyConfigMap(settings, config, owner), {
      parent: this,
    });
    new Deployment(`${name}-alloy`, renderAlloyDeployment(settings, config, owner), { parent: this, dependsOn: files });
  }
}
