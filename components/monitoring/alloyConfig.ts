import { goDuration } from "../../settings/parse/duration";
import type { Settings } from "../../settings/schema";
import { scrapeTargets, type ScrapedSettings, type ScrapeTarget } from "./targets";

/** Where Alloy writes to. */
export type RemoteWrite = NonNullable<Settings["prometheus"]>;

/** Prometheus' default, in ms; Alloy refuses a timeout above the interval, which Prometheus would shorten. */
const SCRAPE_TIMEOUT = 10_000;

const RECEIVER = "prometheus.remote_write.default.receiver";

/** Alloy's configuration, as `alloy fmt` would write it: scrape, and pass on to where the span metrics go. */
export function renderAlloyConfig(settings: ScrapedSettings, remoteWrite: RemoteWrite): string {
  const scrapes = scrapeTargets(settings).map((target) => renderScrape(target, settings.scrape.interval.ms));
  return [...scrapes, renderRemoteWrite(remoteWrite)].join("\n");
}

function renderScrape({ part, job, host, port, path }: ScrapeTarget, interval: number): string {
  return `prometheus.scrape "${part}" {
	targets         = [{"__address__" = ${quote(`${host}:${port}`)}}]
	forward_to      = [${RECEIVER}]
	job_name        = ${quote(job)}
	metrics_path    = ${quote(path)}
	scrape_interval = ${quote(goDuration(interval))}
	scrape_timeout  = ${quote(goDuration(Math.min(interval, SCRAPE_TIMEOUT)))}
}
`;
}

/**
 * The WAL holds samples through an outage of Prometheus. No longer than an hour: Prometheus refuses samples that are
 * older than that beside its newest one, unless it is told to take them out of order.
 */
function renderRemoteWrite({ remoteWriteUrl, externalLabels }: RemoteWrite): string {
  return `prometheus.remote_write "default" {
${renderExternalLabels(externalLabels)}	endpoint {
		url = ${quote(remoteWriteUrl)}
	}

	wal {
		truncate_frequency = "15m"
		min_keepalive_time = "5m"
		max_keepalive_time = "1h"
	}
}
`;
}

/** One to a line, with the equals signs below each other. */
function renderExternalLabels(labels: Readonly<Record<string, string>>): string {
  const names = Object.keys(labels).sort();
  if (names.length === 0) return "";
  const width = Math.max(...names.map((name) => quote(name).length));
  const lines = names.map((name) => `\t\t${quote(name).padEnd(width)} = ${quote(labels[name] ?? "")},\n`);
  return `\texternal_labels = {\n${lines.join("")}\t}\n\n`;
}

/** A string of Alloy's language; it has all of JSON's escapes but that of a slash, which is never written. */
function quote(text: string): string {
  return JSON.stringify(text);
}
