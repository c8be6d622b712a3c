/** Collectors as the settings may describe them: that of prod and five others. */
import assert from "node:assert/strict";
import { renderCollectorConfig } from "../../../components/collector/config";
import { collectorEndpoint } from "../../../components/contracts/endpoints";
import type { CollectorSettings, Settings } from "../../../components/contracts/settings";
import { sectionOf, settingsOf, type Changes } from "../../stack/program/stacks";
import { CERTIFICATE } from "./certificate";

/** Settings with a collector, and where it sends to. */
export interface Variant {
  readonly settings: Settings;
  readonly collector: CollectorSettings;
  readonly endpoint: string;
}

/** The stack prod with changes within its section `collector`; undefined leaves a key out. */
export function variantOf(section: Changes = {}, changes: Changes = {}): Variant {
  const settings = settingsOf("prod", { collector: { ...sectionOf("prod", "collector"), ...section }, ...changes });
  const { collector } = settings;
  assert.ok(collector);
  const endpoint = collectorEndpoint(settings, collector);
  assert.ok(endpoint !== undefined);
  return { settings, collector, endpoint };
}

export function configOf({ collector, endpoint }: Pick<Variant, "collector" | "endpoint">): string {
  return renderCollectorConfig(collector, endpoint, "tempo.prod");
}

const cameras = {
  name: "cameras",
  namespace: "home",
  statefulSet: "frigate",
  labels: { "app.kubernetes.io/component": "nvr", tier: "" },
  sampling: 0.25,
  routes: ["/api/events/{id}", "/v1.0/clips/{camera}/*", "/"],
  ignoredRoutes: [],
};

/** By the names of their goldens. */
export const variants: Readonly<Record<string, () => Variant>> = {
  prod: () => variantOf(),
  "grpc-ca": () =>
    variantOf({ endpoint: "https://tempo.example.com:4317", protocol: "grpc", caCertificate: CERTIFICATE }),
  "same-cluster": () =>
    variantOf({ kubeContext: undefined, clusterName: "indri", receiver: true, remoteWriteUrl: undefined }),
  "one-service": () => variantOf({ services: [cameras] }),
  "inject-privileged": () => variantOf({ propagation: "inject", privileged: true }),
  bare: () => variantOf({ receiver: false, remoteWriteUrl: undefined }),
};
