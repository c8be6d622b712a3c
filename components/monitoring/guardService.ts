import type { types } from "@pulumi/kubernetes";
import type { Settings } from "../contracts/settings";
import { labelsOf, selectorOf } from "../contracts/labels";
import { GUARD_METRICS_PATH, ports } from "../contracts/ports";
import { scrapeAnnotations } from "./annotations";
import { guardServiceName } from "./targets";

type Service = types.input.core.v1.Service;

/** Name of the Service's port, by which a ServiceMonitor refers to it. */
export const GUARD_PORT_NAME = "guard-metrics";

/** Tells the guard's Service from the chart's. */
export function guardServiceLabels(settings: Settings, owner: string): Record<string, string> {
  return { ...labelsOf(settings, owner), "app.kubernetes.io/component": "guard" };
}

/** The Service in front of the guard's metrics. */
export function renderGuardService(settings: Settings, owner: string): Service {
  const annotations = scrapeAnnotations(settings, ports.guard, GUARD_METRICS_PATH);
  return {
    metadata: {
      name: guardServiceName(settings),
      namespace: settings.namespace,
      labels: guardServiceLabels(settings, owner),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      type: "ClusterIP",
      selector: selectorOf(settings),
      ports: [{ name: GUARD_PORT_NAME, port: ports.guard, targetPort: ports.guard, protocol: "TCP" }],
      // A Tempo that is not ready may have a full volume: just then its measurements are wanted.
      publishNotReadyAddresses: true,
    },
  };
}
