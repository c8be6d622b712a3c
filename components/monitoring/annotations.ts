import type { Settings } from "../contracts/settings";
import { ports } from "../contracts/ports";

/**
 * Annotations by which a Prometheus with the customary relabelling of `kubernetes-pods` and
 * `kubernetes-service-endpoints` finds a pod or the endpoints of a Service. Each object has room for one port; so Tempo
 * has them on its pod, and the guard, which is in the same pod, on its Service.
 */
export function scrapeAnnotations(
  { scrape }: Pick<Settings, "scrape">,
  port: number,
  path: string,
): Record<string, string> {
  if (scrape.method !== "annotations") return {};
  return { "prometheus.io/scrape": "true", "prometheus.io/port": String(port), "prometheus.io/path": path };
}

/** Annotations of Tempo's pod. */
export function podAnnotations(settings: Pick<Settings, "scrape">): Record<string, string> {
  return scrapeAnnotations(settings, ports.http, "/metrics");
}
