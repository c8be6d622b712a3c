import * as tempo from "../queries/tempo";
import { blocksOfClaim } from "../queries/storage";
import { stat, timeSeries, type PanelArgs, type Row } from "./kit";
import { NOT_SCRAPED } from "./operations";

/** What the blocks hold of the volume, and what retention and compaction do about it. */
export function storageRows(interval: string, claimBytes: number, retention: string): Row[] {
  const common = { empty: NOT_SCRAPED, interval };
  const tile = { ...common, width: 6, height: 4 } satisfies Partial<PanelArgs>;
  const half = { ...common, width: 12 } satisfies Partial<PanelArgs>;
  return [
    {
      title: "At a glance",
      panels: [
        stat({
          ...tile,
          key: "blocks-of-claim",
          title: "Blocks of the claim",
          description:
            "Share of the claim's size that flushed blocks hold, those included that wait for their deletion. The WAL " +
            "and what the ingester and the metrics generator keep come on top.",
          unit: "percentunit",
          decimals: 1,
          thresholds: [
            { from: 0.6, color: "yellow" },
            { from: 0.8, color: "red" },
          ],
          queries: [{ expr: blocksOfClaim(claimBytes), legend: "blocks" }],
        }),
        stat({
          ...tile,
          key: "block-bytes-now",
          title: "Blocks",
          description: "Bytes of flushed blocks.",
          unit: "bytes",
          queries: [{ expr: tempo.blockBytesInAll, legend: "blocks" }],
        }),
        stat({
          ...tile,
          key: "blocklist-now",
          title: "Number of blocks",
          description: "Compaction keeps it low.",
          unit: "short",
          decimals: 0,
          queries: [{ expr: tempo.blocklistLength, legend: "blocks" }],
        }),
        stat({
          ...tile,
          key: "deleted-day",
          title: "Blocks deleted, 1 day",
          description: `By retention (${retention}) and after compaction.`,
          unit: "short",
          decimals: 0,
          queries: [{ expr: tempo.blocksDeleted("1d"), legend: "deleted" }],
        }),
      ],
    },
    {
      title: "Over time",
      panels: [
        timeSeries({
          ...half,
          key: "block-bytes",
          title: "Blocks",
          description: "Bytes by status: compacted ones have been merged into others and wait for their deletion.",
          unit: "bytes",
          min: 0,
          stacked: true,
          queries: [{ expr: tempo.blockBytes, legend: "{{status}}" }],
        }),
        timeSeries({
          ...half,
          key: "compaction-day",
          title: "Blocks merged",
          description: "Blocks that compaction took within the last hour.",
          unit: "short",
          min: 0,
          queries: [{ expr: tempo.compactedBlocks("1h"), legend: "blocks" }],
        }),
      ],
    },
  ];
}
