import { block, component, map, type Component } from "./syntax";

/** Prometheus' default timeout of a scrape, in ms. */
export const SCRAPE_TIMEOUT = 10_000;

/**
 * Where scraped metrics are written to. The WAL holds samples through an outage of Prometheus. No longer than an hour:
 * Prometheus refuses samples that are older than that beside its newest one, unless it is told to take them out of
 * order.
 */
export function remoteWrite(url: string, externalLabels: Readonly<Record<string, string>>): Component {
  const names = Object.keys(externalLabels).sort();
  const labels = Object.fromEntries(names.map((name) => [name, externalLabels[name] ?? ""]));
  return component("prometheus.remote_write", "default", [
    ["external_labels", names.length > 0 ? map(labels) : undefined],
    block("endpoint", [["url", url]]),
    block("wal", [
      ["truncate_frequency", "15m"],
      ["min_keepalive_time", "5m"],
      ["max_keepalive_time", "1h"],
    ]),
  ]);
}
