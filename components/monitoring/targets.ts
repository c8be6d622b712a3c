import { GUARD_METRICS_PATH, ports } from "../contracts/ports";
import type { Settings } from "../contracts/settings";

/** What of the settings says what is scraped, and how. */
export type ScrapedSettings = Pick<Settings, "name" | "namespace" | "storage" | "scrape">;

/** One of the two that have metrics. */
export interface ScrapeTarget {
  readonly part: "tempo" | "guard";
  /**
   * Value of the label `job`. Equal to the Service's name, which the Prometheus operator takes for it: so every method
   * that has a say in it writes the same.
   */
  readonly job: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** Name of the Service in front of the guard; the chart's Service has no port for it. */
export function guardServiceName({ name }: Pick<Settings, "name">): string {
  return `${name}-guard`;
}

/** One of the two. */
export function scrapeTarget(settings: Pick<Settings, "name" | "namespace">, part: ScrapeTarget["part"]): ScrapeTarget {
  const [job, port, path] =
    part === "tempo"
      ? ([settings.name, ports.http, "/metrics"] as const)
      : ([guardServiceName(settings), ports.guard, GUARD_METRICS_PATH] as const);
  return { part, job, host: `${job}.${settings.namespace}.svc.cluster.local`, port, path };
}

/** What there is to scrape: Tempo, and the guard of its volume where there is one. */
export function scrapeTargets(settings: Pick<Settings, "name" | "namespace" | "storage">): ScrapeTarget[] {
  const parts = settings.storage.guard ? (["tempo", "guard"] as const) : (["tempo"] as const);
  return parts.map((part) => scrapeTarget(settings, part));
}
