import type { Settings } from "../../contracts/settings";
import type { TempoVersion } from "../../contracts/tempoVersion";
import { tempoVersionOf } from "../../versions";
import { INSTANCE_LABEL, instanceOf, type Named } from "../../contracts/instance";
import { seriesLabels } from "../../monitoring/series";
import { equals, matches, type Matchers } from "./promql";

/**
 * Conditions that the series of this stack meet, and those of no other: one Prometheus may hold the metrics of many
 * Tempos, and then a sum is everybody's, and "is there a Tempo" is always true. Every query takes them from here.
 */
export interface Own {
  /** Names the metrics. */
  readonly version: TempoVersion;
  /** Tempo's own metrics, as they are scraped. */
  readonly tempo: Matchers;
  /** The guard's. */
  readonly guard: Matchers;
  /** kubelet's, of the claim's file system. */
  readonly kubelet: Matchers;
  /** What Tempo's metrics generator makes of spans. */
  readonly spans: Matchers;
}

/** @param owner value of the owner label. */
export function ownSeries(settings: Settings, owner: string): Own {
  const { name, prometheus, scrape } = settings;
  const labels = seriesLabels(settings);
  const externalLabels = prometheus?.externalLabels ?? {};
  // Its Alloy says whose the series are, too, unless somebody else's words count.
  const scraped = (part: "tempo" | "guard"): Matchers =>
    scrape.method === "alloy" && Object.keys(scrape.series[part]).length === 0
      ? ofInstance(settings, owner, { ...labels[part], ...externalLabels })
      : conditions(labels[part]);
  return {
    version: tempoVersionOf(settings),
    tempo: scraped("tempo"),
    guard: scraped("guard"),
    kubelet: conditions(labels.kubelet),
    spans: [
      ...ofInstance(settings, owner, externalLabels),
      // Tempo writes the pod's name there. Some receivers aggregate it away.
      ...(Object.keys(externalLabels).length > 0 ? [matches("__metrics_gen_instance", `${name}-0|`)] : []),
    ],
  };
}

/**
 * Series that were written with `labels` and the label that says whose they are. What was written before there was that
 * label goes on where the other labels tell enough; where there are none, everybody's series without it would pass.
 */
export function ofInstance(named: Named, owner: string, labels: Readonly<Record<string, string>>): Matchers {
  const instance = instanceOf(named, owner);
  return Object.keys(labels).length > 0
    ? [...conditions(labels), matches(INSTANCE_LABEL, `${instance.replaceAll(".", "[.]")}|`)]
    : [equals(INSTANCE_LABEL, instance)];
}

function conditions(labels: Readonly<Record<string, string>>): Matchers {
  return Object.entries(labels).map(([label, value]) => equals(label, value));
}
