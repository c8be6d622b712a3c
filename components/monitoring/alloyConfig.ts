import { goDuration } from "../../lib/schema/duration";
import type { Settings } from "../contracts/settings";
import { component, map, ref, renderAlloy, type Component } from "../alloy/syntax";
import { remoteWrite, SCRAPE_TIMEOUT } from "../alloy/metrics";
import { writtenLabels } from "../contracts/instance";
import { scrapeTargets, type ScrapedSettings, type ScrapeTarget } from "./targets";

/** Where Alloy writes to. */
export type RemoteWrite = NonNullable<Settings["prometheus"]>;

const RECEIVER = ref("prometheus.remote_write", "default", "receiver");

/** Alloy's configuration: scrape, and pass on to where the span metrics go. */
export function renderAlloyConfig(settings: ScrapedSettings, prometheus: RemoteWrite, owner: string): string {
  const { remoteWriteUrl, externalLabels } = prometheus;
  const scrapes = scrapeTargets(settings).map((target) => scrape(target, settings.scrape.interval.ms));
  const labels = writtenLabels(settings, owner, externalLabels);
  return renderAlloy([...scrapes, ...remoteWrite(remoteWriteUrl, labels, prometheus)]);
}

function scrape({ part, job, host, port, path }: ScrapeTarget, interval: number): Component {
  return component("prometheus.scrape", part, [
    ["targets", [map({ __address__: `${host}:${port}` })]],
    ["forward_to", [RECEIVER]],
    ["job_name", job],
    ["metrics_path", path],
    ["scrape_interval", goDuration(interval)],
    // Alloy refuses a timeout above the interval, which Prometheus would shorten.
    ["scrape_timeout", goDuration(Math.min(interval, SCRAPE_TIMEOUT))],
  ]);
}
