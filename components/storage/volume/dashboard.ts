import { toBytes } from "../../../lib/schema/quantity";
import type { Settings } from "../../contracts/settings";
import { tempoVersionOf } from "../../versions";
import type { Own } from "../../grafana/queries/own";
import { RATE_INTERVAL } from "../../grafana/queries/promql";
import { NEVER, storageQueries, TOO_EARLY } from "./queries";
import { tempoQueries } from "../../grafana/queries/tempo";
import { NOT_SCRAPED, stat, timeSeries, type PanelArgs, type Row, type Threshold } from "../../grafana/kit/panels";

/** What is written where the guard tells nothing. */
const NOT_GUARDED =
  "No figures of the volume: the guard is off (storage.guard) or not scraped, and kubelet tells nothing.";

/** Share of the inodes from which on it is told. */
export const INODES_FEW = 0.9;

/** Seconds after which a guard counts as silent: many measurements, and a scrape or two. */
export const GUARD_SILENT = 300;

/** What use of the volume is a matter of. */
export interface VolumeMarks {
  /** Shares of what the volume may hold, 0 to 1. */
  readonly warning: number;
  readonly critical: number;
}

/**
 * The shares of the volume that are told of. Where retention adapts to the size, a volume that is rather small for its
 * retention stands between 80 and 85 % for ever, as it should: only what the guard does not get down again is told.
 */
export function volumeMarks({ storage: { adaptiveRetention } }: Pick<Settings, "storage">): VolumeMarks {
  return adaptiveRetention ? { warning: 0.9, critical: 0.94 } : { warning: 0.8, critical: 0.9 };
}

/** What is on the volume, how long it lasts, and what retention, compaction and the guard do about it. */
export function storageRows(interval: string, settings: Settings, own: Own): Row[] {
  const tempo = tempoQueries(own);
  const storage = storageQueries(own, toBytes(settings.volume.size));
  const { warning, critical } = volumeMarks(settings);
  const used: readonly Threshold[] = [
    { from: warning, color: "orange" },
    { from: critical, color: "red" },
  ];
  const { text: retention } = settings.retention;
  const kept = `${Math.round(tempoVersionOf(settings).timing(settings).completeBlockTimeout / 1_000)}s`;

  const common = { empty: NOT_GUARDED, interval };
  const tile = { ...common, width: 4, height: 4 } satisfies Partial<PanelArgs>;
  const half = { ...common, width: 12 } satisfies Partial<PanelArgs>;
  const third = { ...common, width: 8 } satisfies Partial<PanelArgs>;
  return [
    {
      title: "At a glance",
      panels: [
        stat({
          ...tile,
          key: "used",
          title: "Volume used",
          description:
            "Share of what Tempo may hold: the claim, or what it has and the disk can still give, if that is less. " +
            "Without the guard it is kubelet's figure for the whole file system.",
          unit: "percentunit",
          decimals: 1,
          thresholds: used,
          queries: [{ expr: storage.usedShare, legend: "used" }],
        }),
        stat({
          ...tile,
          key: "blocks-of-claim",
          title: "Blocks of the volume",
          description:
            "Share of the same that flushed blocks hold, those included that wait for their deletion, by Tempo's own " +
            "account. The WAL and what the ingester and the metrics generator keep come on top.",
          empty: NOT_SCRAPED,
          unit: "percentunit",
          decimals: 1,
          thresholds: used,
          queries: [{ expr: storage.blocksShare, legend: "blocks" }],
        }),
        stat({
          ...tile,
          key: "days-left",
          title: "Full in",
          description:
            "If it goes on as in the last 24 hours. In the first days it grows until retention deletes as much as comes in. " +
            "It takes six hours of history.",
          unit: "suffix: days",
          decimals: 1,
          thresholds: [
            { from: 0, color: "red" },
            { from: 1, color: "orange" },
            { from: 7, color: "green" },
          ],
          texts: [
            { from: NEVER, text: "not growing", color: "green" },
            { is: TOO_EARLY, text: "too early" },
          ],
          queries: [{ expr: storage.daysLeft, legend: "days" }],
        }),
        stat({
          ...tile,
          key: "retention-now",
          title: "Retention in force",
          description: `The settings say ${retention}. The guard shortens it while the volume is too full for that.`,
          unit: "s",
          queries: [{ expr: storage.effectiveRetention, legend: "retention" }],
        }),
        stat({
          ...tile,
          key: "oldest-block",
          title: "Oldest block",
          description:
            "Time since the youngest span of the oldest block ended. It is no more than the retention in force.",
          unit: "s",
          queries: [{ expr: storage.oldestBlockAge, legend: "age" }],
        }),
        stat({
          ...tile,
          key: "ingestion",
          title: "Ingestion",
          description:
            "Whether Tempo takes what the settings allow, less for want of room on the volume, or nothing at all. Senders are " +
            "told to send again.",
          empty: NOT_SCRAPED,
          unit: "short",
          thresholds: [
            { from: 1, color: "orange" },
            { from: 2, color: "red" },
          ],
          texts: [
            { is: 0, text: "free", color: "green" },
            { is: 1, text: "limited", color: "orange" },
            { is: 2, text: "refused", color: "red" },
          ],
          queries: [{ expr: storage.ingestionLevel, legend: "level" }],
        }),
        stat({
          ...tile,
          key: "bytes-per-span",
          title: "Bytes per span",
          description:
            `Live blocks over the spans received within ${retention}. Too low while retention is shortened, and too high ` +
            "while Prometheus has not counted that long.",
          empty: NOT_SCRAPED,
          unit: "bytes",
          decimals: 0,
          queries: [{ expr: storage.bytesPerSpan(retention), legend: "bytes" }],
        }),
        stat({
          ...tile,
          key: "inodes",
          title: "Inodes used",
          description: "Of the file system, with everything else that is on it. 0 where their number is not fixed.",
          empty: NOT_SCRAPED,
          unit: "percentunit",
          decimals: 1,
          thresholds: [
            { from: 0.8, color: "orange" },
            { from: INODES_FEW, color: "red" },
          ],
          queries: [{ expr: storage.inodesShare, legend: "inodes" }],
        }),
        stat({
          ...tile,
          key: "blocklist-now",
          title: "Number of blocks",
          description: "Live ones in Tempo's blocklist; compaction keeps them few.",
          empty: NOT_SCRAPED,
          unit: "short",
          decimals: 0,
          queries: [{ expr: tempo.blocklistLength, legend: "blocks" }],
        }),
        stat({
          ...tile,
          key: "deleted-day",
          title: "Blocks deleted, 1 day",
          description: `By retention (${retention}) and after compaction.`,
          empty: NOT_SCRAPED,
          unit: "short",
          decimals: 0,
          queries: [{ expr: tempo.blocksDeleted("1d"), legend: "deleted" }],
        }),
        stat({
          ...tile,
          key: "wal",
          title: "WAL",
          description:
            "After one write that fails, Tempo loses what it takes until it is restarted, which the guard does as soon as there " +
            "is room.",
          empty: NOT_SCRAPED,
          unit: "short",
          thresholds: [{ from: 1, color: "red" }],
          texts: [
            { is: 0, text: "written", color: "green" },
            { is: 1, text: "broken", color: "red" },
          ],
          queries: [{ expr: storage.walBroken, legend: "WAL" }],
        }),
        stat({
          ...tile,
          key: "guard",
          title: "Last measured",
          description: "Time since the guard's last measurement; it measures every ten seconds.",
          unit: "s",
          decimals: 0,
          thresholds: [{ from: GUARD_SILENT, color: "red" }],
          queries: [{ expr: storage.guardSilence, legend: "age" }],
        }),
      ],
    },
    {
      title: "Volume",
      panels: [
        timeSeries({
          ...half,
          key: "parts",
          title: "What is on the volume",
          description:
            "By part. blocks: live ones; compacted: merged or too old, deleted soon; unfinished: being written; ingester and generator: " +
            "what each keeps of the last hours; wal: what is in no block yet. Dashed: what Tempo may hold.",
          unit: "bytes",
          min: 0,
          stacked: true,
          beside: ["limit"],
          queries: [
            { expr: storage.bytesByPart, legend: "{{part}}" },
            { expr: storage.limitBytes, legend: "limit" },
          ],
        }),
        timeSeries({
          ...half,
          key: "used-share",
          title: "Share of the volume",
          description:
            "Of what Tempo may hold: all that it holds, and flushed blocks by Tempo's account and by the guard's.",
          unit: "percentunit",
          min: 0,
          thresholds: used,
          queries: [
            { expr: storage.usedShare, legend: "used" },
            { expr: storage.blocksShare, legend: "blocks, Tempo" },
            { expr: storage.blocksMeasuredShare, legend: "blocks, guard" },
          ],
        }),
      ],
    },
    {
      title: "Retention",
      panels: [
        timeSeries({
          ...half,
          key: "retention",
          title: "Retention",
          description:
            "Configured, in force, and the shortest that a full volume leads to; the oldest block is never much older than what is in force.",
          unit: "s",
          min: 0,
          queries: [
            { expr: storage.configuredRetention, legend: "configured" },
            { expr: storage.effectiveRetention, legend: "in force" },
            { expr: storage.retentionFloor, legend: "floor" },
            { expr: storage.oldestBlockAge, legend: "oldest block" },
          ],
        }),
        timeSeries({
          ...half,
          key: "retention-steps",
          title: "Steps of retention",
          description: "How often the guard shortened retention, and gave some of it back, within the last hour.",
          unit: "short",
          min: 0,
          queries: [{ expr: storage.retentionSteps("1h"), legend: "{{direction}}" }],
        }),
      ],
    },
    {
      title: "Ingestion for want of room",
      panels: [
        timeSeries({
          ...half,
          key: "ingestion-level",
          title: "Limits",
          description:
            "Ingestion: 0 as configured, 1 limited, 2 refused. Compaction is paused while there is no room for its output. " +
            "A WAL that is broken, and a restart for it, are the guard's, too.",
          empty: NOT_GUARDED,
          unit: "short",
          min: 0,
          queries: [
            { expr: storage.ingestionLevel, legend: "ingestion" },
            { expr: storage.compactionPaused, legend: "compaction paused" },
            { expr: storage.walBroken, legend: "WAL broken" },
            { expr: storage.limitations("1h"), legend: "limitations, 1 h" },
            { expr: storage.guardRestarts("1h"), legend: "restarts, 1 h" },
          ],
        }),
        timeSeries({
          ...half,
          key: "ingestion-rate",
          title: "Ingestion rate",
          description: "Bytes per second: the limit in force, and what comes in.",
          unit: "Bps",
          min: 0,
          queries: [
            { expr: storage.ingestionRate, legend: "limit" },
            { expr: tempo.bytesReceived(RATE_INTERVAL), legend: "received" },
          ],
        }),
      ],
    },
    {
      title: "Blocks",
      panels: [
        timeSeries({
          ...third,
          key: "block-bytes",
          title: "Blocks",
          description: "Bytes by status: compacted ones have been merged into others and wait for their deletion.",
          empty: NOT_SCRAPED,
          unit: "bytes",
          min: 0,
          stacked: true,
          queries: [{ expr: tempo.blockBytes, legend: "{{status}}" }],
        }),
        timeSeries({
          ...third,
          key: "blocks",
          title: "Blocks on the volume",
          description: "Number by state. Unfinished ones that stay are what a failed write has left.",
          unit: "short",
          min: 0,
          queries: [{ expr: storage.blocksByState, legend: "{{state}}" }],
        }),
        timeSeries({
          ...third,
          key: "compaction-day",
          title: "Blocks merged",
          description: "Blocks that compaction took within the last hour.",
          empty: NOT_SCRAPED,
          unit: "short",
          min: 0,
          queries: [{ expr: tempo.compactedBlocks("1h"), legend: "blocks" }],
        }),
        timeSeries({
          ...half,
          key: "bytes-per-span-time",
          title: "Bytes per span over time",
          description:
            `Kept: live blocks over the spans received within ${retention}. Fresh: what the ingester keeps over the spans of the ` +
            "same hours, which holds whatever retention is.",
          empty: NOT_SCRAPED,
          unit: "bytes",
          min: 0,
          queries: [
            { expr: storage.bytesPerSpan(retention), legend: "kept" },
            { expr: storage.bytesPerFreshSpan(kept), legend: "fresh" },
          ],
        }),
        timeSeries({
          ...half,
          key: "growth",
          title: "Growth per day",
          description: "Trend of what is used over the last 24 hours; it takes six hours of history.",
          empty: "No trend yet: it takes six hours of history, and the guard or kubelet to tell what is used.",
          unit: "bytes",
          queries: [{ expr: storage.growthPerDay, legend: "growth" }],
        }),
      ],
    },
  ];
}
