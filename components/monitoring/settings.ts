import { z } from "zod";
import * as field from "../../lib/schema/fields";
import { resourcesOf } from "../../lib/schema/kubernetes";
import type { Sections } from "../../lib/schema/sections";
import { versions } from "../versions/pins";

/** How Tempo's own metrics and those of its volume reach Prometheus. */
const scrape = z.strictObject({
  method: z
    .enum(["job", "annotations", "serviceMonitor", "alloy", "none"], {
      error: "must be one of the ways of scraping. Write job, annotations, serviceMonitor, alloy or none",
    })
    .default("job")
    .describe("What tells a Prometheus to scrape Tempo and its volume"),
  interval: field.duration
    .prefault("30s")
    .describe("How often, `5s` to `1m`. With `annotations` Prometheus' own interval counts"),
  labels: field.kubernetesLabels
    .prefault({})
    .describe("Labels of the ServiceMonitors, by which a Prometheus selects them"),
  series: z
    .strictObject({
      tempo: field.prometheusLabels.prefault({}).describe("Those of Tempo's own"),
      guard: field.prometheusLabels.prefault({}).describe("The same of the guard's series"),
      kubelet: field.prometheusLabels.prefault({}).describe("The same of what kubelet tells of the claim"),
    })
    .prefault({})
    .describe(
      "Labels by which Prometheus knows this stack's series: dashboards, alerts, `capacity` and `verify` select by them",
    ),
  alloyImage: field.image.prefault(versions.alloyImage).describe("Alloy's image, with `alloy`"),
  resources: resourcesOf(["20m", "96Mi"], ["500m", "256Mi"]).describe("What that Alloy asks for and may use"),
});

export const monitoringSettings = {
  scrape: scrape
    .prefault({})
    .describe(
      "How the metrics of Tempo and its volume reach Prometheus. Which method to choose: docs/guides/scraping.md",
    ),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof monitoringSettings> {}
}
