import type { LiveObject, ObjectRef } from "../../lib/kubernetes/live";
import type { Finding } from "../../lib/kubernetes/objects";
import type { Settings } from "../contracts/settings";
import { alloyName } from "./alloy";
import { MONITORING_API, SERVICE_MONITOR_CRD } from "./serviceMonitors";
import { guardServiceName, scrapeTargets } from "./targets";

/** The names that this part writes. */
export function monitoringObjects(settings: Settings): ObjectRef[] {
  const { namespace, scrape, storage } = settings;
  const alloy = alloyName(settings);
  return [
    ...(storage.guard ? [{ apiVersion: "v1", kind: "Service", namespace, name: guardServiceName(settings) }] : []),
    ...(scrape.method === "serviceMonitor" ? scrapeTargets(settings) : []).map(({ job }) => ({
      apiVersion: MONITORING_API,
      kind: "ServiceMonitor",
      namespace,
      name: job,
    })),
    ...(scrape.method === "alloy"
      ? [
          { apiVersion: "v1", kind: "ConfigMap", namespace, name: alloy },
          { apiVersion: "apps/v1", kind: "Deployment", namespace, name: alloy },
        ]
      : []),
  ];
}

export function checkServiceMonitors({ scrape }: Settings, definition: LiveObject | undefined): Finding[] {
  if (scrape.method !== "serviceMonitor" || definition) return [];
  const message =
    `the cluster has no ${SERVICE_MONITOR_CRD.name}, which the Prometheus operator brings. Write another method, ` +
    "such as job, or install the operator";
  return [{ key: "scrape.method", isSetting: true, found: JSON.stringify(scrape.method), message }];
}
