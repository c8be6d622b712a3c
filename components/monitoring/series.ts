import type { Settings } from "../contracts/settings";
import { claimName } from "../storage/claim/claim";
import { scrapeTarget, type ScrapeTarget } from "./targets";

/**
 * By which labels Prometheus tells this stack's series from those of others: docs/decisions/scraping.md.
 */

type Labels = Readonly<Record<string, string>>;

/**
 * Labels that the series have which Prometheus scrapes: those of the settings (`scrape.series`), or what the method of
 * scraping gives them. The guard has some where there is none, too: another stack's must not be taken for it.
 */
export function seriesLabels(
  settings: Pick<Settings, "name" | "namespace" | "scrape" | "volume">,
): Readonly<Record<ScrapeTarget["part"] | "kubelet", Labels>> {
  const { namespace, scrape } = settings;
  const { tempo, guard, kubelet } = scrape.series;
  return {
    tempo: given(tempo) ? tempo : byMethod(settings, "tempo"),
    guard: given(guard) ? guard : byMethod(settings, "guard"),
    kubelet: given(kubelet) ? kubelet : { namespace, persistentvolumeclaim: claimName(settings) },
  };
}

function byMethod(settings: Pick<Settings, "name" | "namespace" | "scrape">, part: ScrapeTarget["part"]): Labels {
  const { name, namespace, scrape } = settings;
  const { job, host, port } = scrapeTarget(settings, part);
  switch (scrape.method) {
    case "job":
    case "alloy":
    case "none": // Only the settings could know better (seriesWarnings).
      return { job, instance: `${host}:${port}` };
    case "serviceMonitor":
      // `instance` is the pod's address, which a restart changes.
      return { job, namespace };
    case "annotations":
      // What the customary jobs write, whatever they are called: Tempo is found as a pod, the guard as a Service.
      return part === "tempo" ? { namespace, pod: `${name}-0` } : { namespace, service: job };
  }
}

/** What a person has to make sure of, who scrapes in a way of his own. */
export function seriesWarnings(settings: Settings): string[] {
  const { scrape, grafana, storage } = settings;
  if (scrape.method !== "none" || !grafana?.prometheus || !(grafana.dashboards || grafana.alerts)) return [];
  const labels = seriesLabels(settings);
  const missing = (["tempo", "guard"] as const).filter(
    (part) => !given(scrape.series[part]) && (part === "tempo" || storage.guard),
  );
  return missing.map((part) => {
    const shown = Object.entries(labels[part]).map(([label, value]) => `${label}="${value}"`);
    return (
      `scrape.method is none: dashboards and alerts look for ${part === "tempo" ? "Tempo's" : "the guard's"} series with ` +
      `${shown.join(", ")}. Where your Prometheus gives them other labels, write those in scrape.series.${part}`
    );
  });
}

function given(labels: Labels): boolean {
  return Object.keys(labels).length > 0;
}
