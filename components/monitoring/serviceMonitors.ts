import { goDuration } from "../../lib/schema/duration";
import type { Settings } from "../contracts/settings";
import { ownerLabel } from "../../lib/kubernetes/owner";
import { labelsOf, selectorOf } from "../contracts/labels";
import { GUARD_PORT_NAME, guardServiceLabels } from "./guardService";
import { scrapeTargets, type ScrapeTarget } from "./targets";

/** API of the Prometheus operator's kinds. */
export const MONITORING_API = "monitoring.coreos.com/v1";

/** The definition that a cluster has where the operator is installed. */
export const SERVICE_MONITOR_CRD = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  name: "servicemonitors.monitoring.coreos.com",
} as const;

/** Name that the chart (2.2.4) gives the Service's port for queries and metrics. */
const TEMPO_PORT_NAME = "tempo-prom-metrics";

/** A ServiceMonitor, as far as it is written here. */
export interface ServiceMonitor {
  readonly part: ScrapeTarget["part"];
  readonly manifest: {
    readonly metadata: {
      readonly name: string;
      readonly namespace: string;
      readonly labels: Readonly<Record<string, string>>;
    };
    readonly spec: {
      readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
      readonly endpoints: readonly { readonly port: string; readonly path: string; readonly interval: string }[];
    };
  };
}

/** A ServiceMonitor for each of what is scraped, with the name of the Service that it selects. */
export function renderServiceMonitors(settings: Settings, owner: string): ServiceMonitor[] {
  const { namespace, scrape } = settings;
  // Those of the settings win, since a Prometheus selects by them; what says whose it is stays.
  const labels = { ...labelsOf(settings, owner), ...scrape.labels, ...ownerLabel(owner) };
  const services: Record<ScrapeTarget["part"], { port: string; matchLabels: Record<string, string> }> = {
    tempo: { port: TEMPO_PORT_NAME, matchLabels: selectorOf(settings) },
    guard: { port: GUARD_PORT_NAME, matchLabels: guardServiceLabels(settings, owner) },
  };
  return scrapeTargets(settings).map(({ part, job, path }) => {
    const { port, matchLabels } = services[part];
    return {
      part,
      manifest: {
        metadata: { name: job, namespace, labels },
        spec: { selector: { matchLabels }, endpoints: [{ port, path, interval: goDuration(scrape.interval.ms) }] },
      },
    };
  });
}
