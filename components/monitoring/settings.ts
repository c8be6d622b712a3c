import { z } from "zod";
import * as field from "../../lib/schema/fields";
import { resourcesOf } from "../../lib/schema/kubernetes";
import type { Sections } from "../../lib/schema/sections";
import { versions } from "../versions/pins";

/** How Tempo's own metrics and those of its volume reach Prometheus. */
const scrape = z.strictObject({
  /**
   * `job`: a job to paste is an output; `annotations`: prometheus.io/scrape and so on; `serviceMonitor`: objects of the
   * Prometheus operator; `alloy`: a Grafana Alloy in the cluster scrapes and remote-writes; `none`.
   */
  method: z
    .enum(["job", "annotations", "serviceMonitor", "alloy", "none"], {
      error: "no way of scraping. Write job, annotations, serviceMonitor, alloy or none",
    })
    .default("job"),
  interval: field.duration.prefault("30s"),
  /** Labels of the ServiceMonitors, by which a Prometheus selects them. */
  labels: field.kubernetesLabels.prefault({}),
  /**
   * Labels by which Prometheus knows the series of this stack's Tempo, of the guard, and kubelet's of the claim: every
   * query selects by them. Each is replaced as a whole; empty: as the method gives them (components/monitoring/series.ts).
   */
  series: z
    .strictObject({
      tempo: field.prometheusLabels.prefault({}),
      guard: field.prometheusLabels.prefault({}),
      kubelet: field.prometheusLabels.prefault({}),
    })
    .prefault({}),
  /** Alloy's image, pinned. */
  alloyImage: field.image.prefault(versions.alloyImage),
  /** Alloy's. */
  resources: resourcesOf(["20m", "96Mi"], ["500m", "256Mi"]),
});

export const monitoringSettings = {
  scrape: scrape.prefault({}),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof monitoringSettings> {}
}
