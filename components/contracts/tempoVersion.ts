import type { Settings } from "./settings";

/**
 * What depends on the version of Tempo that is deployed. Each major version is one folder in components/tempo, and
 * components/versions picks one by the image: nothing else asks which it is.
 */
export interface TempoVersion {
  readonly major: number;
  /** Which of its releases have every key that is written here. */
  readonly image: Line;
  readonly chart: Line & {
    /** Values below `tempo` that only this line of the chart has. */
    readonly values: Section;
  };
  timing(settings: Pick<Settings, "metricsGenerator">): Timing;
  /** When a Tempo that was told to stop has written all that it can, in milliseconds. */
  readonly stopsWithin: number;
  /** All of tempo.yaml. @param owner value of the owner label. @param storage what the store of the traces decides. */
  configuration(settings: Settings, owner: string, storage: StorageConfiguration): Section;
  /** The file that Tempo reads while it runs (`overrides.per_tenant_override_config`), with other figures than the settings'. */
  overrides(settings: Pick<Settings, "limits" | "prometheus">, figures: OverriddenFigures): Section;
  readonly metrics: TempoMetrics;
  readonly paths: TempoPaths;
  /** Where a running Tempo's own account of its configuration has what decides when a search finds a trace. */
  readonly keys: {
    readonly traceIdle: readonly string[];
    readonly flushCheck: readonly string[];
    /** Absent where what took the span in is asked about all that it has. */
    readonly newestUntil?: readonly string[];
  };
}

export type Section = Readonly<Record<string, unknown>>;

/** Releases of one major version. */
export interface Line {
  /** The oldest, by major and minor. */
  readonly least: readonly [major: number, minor: number];
  /** One of them, to write instead of another. */
  readonly example: string;
}

/**
 * How long a span stays where, as far as others than Tempo's configuration have to know. In milliseconds.
 */
export interface Timing {
  /** A block is cut after this. */
  readonly maxBlockDuration: number;
  /** What took the span in keeps its block for this time beside the backend's copy. */
  readonly completeBlockTimeout: number;
  /** The same of the blocks that the metrics generator keeps for itself. */
  readonly generatorBlockDuration: number;
  readonly generatorBlockTimeout: number;
  /** Only blocks that end in the same window are merged. */
  readonly compactionWindow: number;
  /** What was merged, or is older than the retention, is deleted after this time. */
  readonly compactedBlockRetention: number;
  /** How often the backend's blocks are read. */
  readonly blocklistPoll: number;
}

/** What the store of the traces decides in Tempo's configuration. Sizes in bytes, times in milliseconds. */
export interface StorageConfiguration {
  /** Part of `storage.trace`: which backend, and where it is. */
  readonly backend: Section;
  /** A block is cut at this size, before it is completed. */
  readonly headBlockBytes: number;
  /** Largest block that a compaction makes. */
  readonly compactionBlockBytes: number;
  /** Shortest time that a pass of compaction goes on. */
  readonly compactionPass: number;
  /** A file with limits and retention that change while Tempo runs, and how often it is read. */
  readonly overrides?: { readonly file: string; readonly period: number };
}

/** Figures of the file of overrides, or what stands for them until they are known. */
export interface OverriddenFigures {
  readonly rate: string;
  readonly burst: string;
  readonly retention: string;
  readonly window: string;
}

/** Folders on the volume, beside that of the backend's blocks. */
export interface TempoPaths {
  /** Blocks that are not completed. */
  readonly wal: string;
  /** Completed blocks that are kept beside the backend's copy. */
  readonly completed: string;
  readonly generator: string;
}

/**
 * Names of Tempo's metrics: its own, and those that its metrics generator makes of spans. A histogram's has no suffix.
 * tests/components/tempo/seam.test.ts finds one that is written elsewhere.
 */
export interface TempoMetrics {
  readonly buildInfo: string;
  readonly limits: string;
  readonly ringMembers: string;
  /** The rings that accept work in a Tempo that is well, by the label `name` of the metric above. */
  readonly rings: readonly string[];

  readonly spansReceived: string;
  /** Behind the rate limit. */
  readonly bytesReceived: string;
  /** Before any limit. */
  readonly bytesIngress: string;
  readonly spansAccepted: string;
  readonly spansRefused: string;
  readonly spansDiscarded: string;
  readonly attributesTruncated: string;
  /** A histogram. */
  readonly spanAge: string;

  readonly liveTraces: string;
  readonly tracesCreated: string;
  readonly blocksFlushed: string;
  readonly flushesFailed: string;
  /** A histogram. */
  readonly flushTime: string;
  /** Absent where nothing counts what a start could not read. */
  readonly replayErrors?: string;

  readonly backendBytes: string;
  readonly backendObjects: string;
  readonly blocklistLength: string;
  readonly compactionBytes: string;
  readonly compactedBlocks: string;
  readonly outstandingBlocks: string;
  readonly compactionErrors: string;
  /** A histogram. */
  readonly pollTime: string;
  readonly pollErrors: string;
  readonly tenantIndexErrors: string;
  readonly blocksDeleted: string;
  readonly retentionErrors: string;

  readonly queries: string;
  readonly queriesWithinSlo: string;
  readonly queryBytes: string;
  /** A histogram. */
  readonly requestTime: string;

  readonly generatorSpans: string;
  readonly generatorDiscarded: string;
  readonly generatorPushesFailed: string;
  readonly generatorProcessors: string;
  readonly activeSeries: string;
  readonly maxActiveSeries: string;
  readonly seriesLimited: string;
  readonly seriesDemand: string;
  readonly collections: string;
  readonly collectionsFailed: string;
  readonly expiredEdges: string;

  readonly calls: string;
  /** A histogram. */
  readonly callLatency: string;
  readonly edgeRequests: string;
  readonly edgeRequestsFailed: string;
  /** A histogram. */
  readonly edgeServerLatency: string;
  /** A histogram. */
  readonly edgeClientLatency: string;
}
