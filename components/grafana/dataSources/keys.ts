/**
 * The keys of a data source's `jsonData` that this program writes, by the data source. What stands under them already is
 * replaced; under any other key it would be lost where Grafana overwrites the whole (docs/decisions/data-sources.md).
 */
export const WRITTEN_KEYS: Readonly<Record<"tempo" | "loki" | "prometheus", readonly string[]>> = {
  tempo: [
    "tracesToLogsV2",
    "tracesToMetrics",
    "serviceMap",
    "nodeGraph",
    "search",
    "spanBar",
    "streamingEnabled",
    "traceQuery",
  ],
  loki: [],
  prometheus: [],
};

/** Lists to which this program adds its entries: what a stack's settings give there stays. */
export const LIST_KEYS: Readonly<Partial<Record<keyof typeof WRITTEN_KEYS, string>>> = {
  loki: "derivedFields",
  prometheus: "exemplarTraceIdDestinations",
};
