import { DaemonSet } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Secret, Service, ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import { ClusterRole, ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterArgs } from "../../lib/kubernetes/provider";
import type { CollectorSettings } from "../contracts/settings";
import { makeNamespace } from "../common/namespace";
import { renderCollectorConfig } from "./config";
import { keptSecret, renderRemoteWriteSecret } from "../common/remoteWrite";
import {
  collectorLabels,
  renderClusterRole,
  renderClusterRoleBinding,
  renderCollectorPolicy,
  renderConfigMap,
  renderDaemonSet,
  renderReceiverService,
  renderServiceAccount,
} from "./manifests";
import type { Senders } from "./senders";

/** Grafana Alloy with Beyla on the cluster of the services: it instruments those that the settings list. */
export interface CollectorArgs {
  readonly collector: CollectorSettings;
  /** Who may send to it (senders.ts); absent: nobody. */
  readonly senders?: Senders | undefined;
  /** Where it sends to (endpoint.ts). */
  readonly endpoint: string;
  /** Value of the owner label on every object. */
  readonly owner: string;
  readonly cluster: ClusterArgs;
}

/** What Pod Security Admission must let in: `hostPID`, a folder of the host, capabilities. */
const POD_SECURITY = { "pod-security.kubernetes.io/enforce": "privileged" };

export class Collector extends pulumi.ComponentResource {
  constructor(name: string, args: CollectorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tempo:collector:Collector", name, {}, opts);
    const { senders, endpoint, owner, cluster } = args;
    const collector = { ...args.collector, receiver: senders !== undefined };
    const { namespace, createNamespace } = collector;
    const within = {
      parent: this,
      dependsOn: createNamespace
        ? [makeNamespace(name, { namespace, owner, cluster, protect: false, labels: POD_SECURITY }, this)]
        : [],
    };

    const config = renderCollectorConfig(collector, endpoint, owner);
    const credentials = renderRemoteWriteSecret(collector.remoteWrite, collector, collectorLabels(collector, owner));
    const before = [
      ...(credentials ? [new Secret(`${name}-remote-write`, keptSecret(credentials), within)] : []),
      new ServiceAccount(`${name}-service-account`, renderServiceAccount(collector, owner), within),
      new ClusterRole(`${name}-role`, renderClusterRole(collector, owner), { parent: this }),
      new ClusterRoleBinding(`${name}-role-binding`, renderClusterRoleBinding(collector, owner), { parent: this }),
      new ConfigMap(`${name}-config`, renderConfigMap(collector, config, owner), within),
    ];
    new DaemonSet(`${name}-alloy`, renderDaemonSet(collector, config, owner), { parent: this, dependsOn: before });
    new NetworkPolicy(`${name}-network-policy`, renderCollectorPolicy(collector, senders, owner), within);
    if (collector.receiver) new Service(`${name}-receiver`, renderReceiverService(collector, owner), within);
    this.registerOutputs({});
  }
}
