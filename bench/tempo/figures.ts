/** What is measured of a variant: each figure by its name, with its unit and which way is better. */

interface Figure {
  readonly title: string;
  readonly unit: "spans/s" | "MiB" | "B" | "" | "ms" | "s" | "%";
  /** Absent where the figure is neither: it explains another. */
  readonly better?: "more" | "less";
}

export const FIGURES = {
  spansPerCpuSecond: { title: "accepted spans per CPU second, steady load", unit: "spans/s", better: "more" },
  spansPerCpuSecondFlushed: {
    title: "the same, until everything lies in the backend",
    unit: "spans/s",
    better: "more",
  },
  spansPerCpuSecondMost: {
    title: "accepted spans per CPU second, as much as is taken, until flushed",
    unit: "spans/s",
    better: "more",
  },
  acceptedShare: { title: "share of that load that was accepted and kept", unit: "%", better: "more" },
  idleCpu: { title: "processor time while nothing happens, of one core", unit: "%", better: "less" },
  resident: { title: "resident memory, steady load", unit: "MiB", better: "less" },
  residentPeak: { title: "resident memory, highest", unit: "MiB", better: "less" },
  blockBytes: { title: "bytes on disk per span, backend's blocks after compaction", unit: "B", better: "less" },
  folderBytes: { title: "bytes on disk per span, the whole folder before compaction", unit: "B", better: "less" },
  activeSeries: { title: "active series", unit: "", better: "less" },
  samplesPerSpan: { title: "remote-write samples per span, at the steady load", unit: "", better: "less" },
  byIdMedian: { title: "trace by ID, p50", unit: "ms", better: "less" },
  byIdTail: { title: "trace by ID, p95", unit: "ms", better: "less" },
  byIdListed: { title: "trace by ID, when the blocklist has its block, p50", unit: "ms", better: "less" },
  searchMedian: { title: "tag search over a day, p50", unit: "ms", better: "less" },
  searchTail: { title: "tag search over a day, p95", unit: "ms", better: "less" },
  searchListed: { title: "tag search over a day, when the blocklist has all blocks, p50", unit: "ms", better: "less" },
  rateMedian: { title: "TraceQL rate over an hour, p50", unit: "ms", better: "less" },
  rateTail: { title: "TraceQL rate over an hour, p95", unit: "ms", better: "less" },
  rateShare: { title: "share of the spans that the rate counts", unit: "%", better: "more" },
  visibleByIdMedian: { title: "acknowledged to found by ID, p50", unit: "ms", better: "less" },
  visibleByIdMost: { title: "acknowledged to found by ID, longest", unit: "ms", better: "less" },
  visibleBySearchMedian: { title: "acknowledged to found by a search, p50", unit: "ms", better: "less" },
  visibleBySearchTail: { title: "acknowledged to found by a search, p95", unit: "ms", better: "less" },
  firstSpan: { title: "process start to first accepted span", unit: "s", better: "less" },
  readyEmpty: { title: "process start to ready, empty volume", unit: "s", better: "less" },
  readyRestart: { title: "process start to ready, restart on these traces", unit: "s", better: "less" },
  readyPod: { title: "restart to ready in a pod (computed from the probe's schedule)", unit: "s", better: "less" },
} as const satisfies Record<string, Figure>;

export type FigureName = keyof typeof FIGURES;

/** One run of one variant; what could not be measured is absent. */
export type Figures = Partial<Record<FigureName, number>>;
