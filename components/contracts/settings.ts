import { z } from "zod";
import * as field from "../../lib/schema/fields";
import { releaseName } from "../../lib/schema/kubernetes";
import { isYamlText } from "../../lib/schema/names";
import type { Sections } from "../../lib/schema/sections";

/** Patterns of names. */
const patterns = z.array(field.contextPattern).default([]);

/** Which cluster, and where in it: what every part needs and none has for itself. */
export const clusterSettings = {
  kubeContext: field
    .optional(field.contextName)
    .describe(
      "Kubeconfig context of the cluster; `in-cluster`: the pod's own. One of this and `allowedKubeContexts` is required",
    ),
  allowedKubeContexts: patterns.describe(
    "Contexts that may be used when they are the current one. `*` stands for any characters; `*` alone is refused",
  ),
  kubeconfig: field
    .optional(field.kubeconfigPath)
    .describe("Path of the kubeconfig; `~/` is understood. Absent: `$KUBECONFIG`, else `~/.kube/config`"),
  namespace: field.dnsLabel
    .refine(isYamlText, { error: field.NO_YAML_TEXT })
    .prefault("monitoring")
    .describe("Namespace of Tempo and of all that belongs to it"),
  createNamespace: field.boolean
    .prefault(false)
    .describe(
      "Create the namespace. It is then kept on destroy, as the claim in it is, and protected where the claim is",
    ),
  name: releaseName
    .prefault("tempo")
    .describe("Name of the Helm release, the Service, the StatefulSet. At most 52 characters"),
} as const;

/**
 * What the program is built from; every value is parsed. Each part adds its sections to it in its settings.ts, so that
 * this file knows none of them: a part asks for what it needs by `Pick<Settings, "name">`.
 */
export interface Settings extends Sections<typeof clusterSettings> {}

export type RemoteWriteAccess = Pick<NonNullable<Settings["prometheus"]>, "tenant" | "headers" | "auth">;
export type ResourcesSettings = Settings["resources"];
export type TailnetSettings = NonNullable<Settings["tailnet"]>;
export type NetworkPolicySettings = NonNullable<Settings["networkPolicy"]>;
export type CollectorSettings = NonNullable<Settings["collector"]>;
export type InstrumentedService = CollectorSettings["services"][number];
export type SdkSettings = NonNullable<Settings["sdk"]>;
export type SdkNamespace = SdkSettings["namespaces"][number];
export type CaddySettings = NonNullable<Settings["caddy"]>;
export type Peer = NetworkPolicySettings["query"][number];
export type GrafanaSettings = NonNullable<Settings["grafana"]>;
export type AlertSettings = NonNullable<GrafanaSettings["alerts"]>;
export type ServiceAlert = AlertSettings["services"][number];
export type Ownership = GrafanaSettings["tempo"]["ownership"];
