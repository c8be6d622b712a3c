import { stringify } from "yaml";
import { goDuration } from "../../lib/schema/duration";
import { scrapeTargets, type ScrapedSettings } from "./targets";

/**
 * The scrape jobs for Prometheus' own configuration, where `scrape.method` is `job`; empty otherwise. With the key
 * `scrape_configs` above them, so that the text is a file for `scrape_config_files` as it is.
 */
export function renderScrapeConfig(settings: ScrapedSettings): string {
  const { namespace, scrape } = settings;
  const { method, interval } = scrape;
  if (method !== "job") return "";
  const jobs = scrapeTargets(settings).map(({ job, host, port, path }) => ({
    // Prometheus refuses a second job of the same name: that of another stack whose name is the same.
    job_name: `${namespace}/${job}`,
    scrape_interval: goDuration(interval.ms),
    metrics_path: path,
    static_configs: [{ targets: [`${host}:${port}`], labels: { job } }],
  }));
  return stringify({ scrape_configs: jobs }, { lineWidth: 0 });
}
