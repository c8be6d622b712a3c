import { MIB, parseQuantity, toBytes, type Quantity } from "../../../lib/schema/quantity";
import type { Duration } from "../../../lib/schema/duration";
import type { Settings } from "../../contracts/settings";
import { LEAST_GUARDED_VOLUME_MIB } from "./leastVolume";
import type { Timing } from "../../contracts/tempoVersion";
import { tempoVersionOf } from "../../versions";
import { showBytes, showRate, showTime } from "../../../lib/format";
import { DISK_PER_BYTE_SENT, storagePlan, type PlannedSettings } from "./plan";

/**
 * What lies on Tempo's volume, from the rate of spans and the settings: all arithmetic of `npm run capacity` and of the
 * preview's warning. docs/guides/capacity.md has the formula in words and the measurements of every constant.
 *
 * Sizes are in bytes, times in milliseconds, rates per second. Each part is what it takes at its worst in a steady
 * state, so that the sum is what the volume must hold and not what it holds on average.
 */

/** What senders send. */
export interface Load {
  readonly spansPerSecond: number;
  /** As sent: what Tempo received behind its rate limit. */
  readonly bytesPerSpan: number;
  /** Bytes of a block for each byte sent; {@link STORED} unless it was measured. */
  readonly stored?: number;
}

/** How long which copy is kept. */
export interface Times extends Timing {
  readonly retention: number;
}

/** What else decides. */
export interface Kept {
  readonly times: Times;
  /** TraceQL metrics over the whole retention: the generator's blocks are kept in the backend, too. */
  readonly storedTwice: boolean;
  /** Largest block that a compaction makes. */
  readonly compactionBlockBytes: number;
  /** Samples that wait for a Prometheus that is away. */
  readonly remoteWriteSamples: number;
}

/** What lies where, at its worst. */
export interface Footprint {
  /** The backend: what is younger than the retention, and what waits for its deletion. */
  readonly blocks: number;
  /** Inputs of compactions, which are kept for a while; of one that is running, its output instead. */
  readonly compaction: number;
  /** The ingester's copies of completed blocks. */
  readonly ingester: number;
  /** The generator's local blocks, and samples for a Prometheus that is away. */
  readonly generator: number;
  /** The WALs of ingester and generator: blocks that are not completed yet. */
  readonly wal: number;
  readonly total: number;
}

const KIB = 1024;
const HOUR = 3_600_000;

/** Bytes per span as sent: the services that the tests' load models, in batches of the OpenTelemetry SDK. */
export const BYTES_PER_SPAN = 250;
/** Bytes of blocks for each byte sent: the upper end of what was seen, 0.35 to 0.43, and what the guard plans with. */
export const STORED = DISK_PER_BYTE_SENT.block;
/** A block of any size: a Bloom filter of 100 KiB, the Parquet schema and footer, three small files, a folder. */
const BLOCK_FIXED = 152 * KIB;
/** A block of the generator by one of the ingester with the same spans. */
const GENERATOR_COPY = 1.08;
/** Bytes in the WAL for each byte sent, without what every file has. */
const WAL = 0.52;
/** A file of the WAL of any size: Parquet's schema and footer, and the rest of the last 4 KiB. */
const WAL_FILE = 34 * KIB;
/** While spans arrive, each check of the ingester (1.8 s) and of the generator (5 s) writes such a file. */
const WAL_FILES_PER_SECOND = { ingester: 0.57, generator: 0.21 };
/** From the cut of a block until it is completed and its WAL deleted. */
const COMPLETION = 10_000;
/** A sample in the WAL of the remote write with its share of exemplars: 20 bytes, twice while a checkpoint is written. */
const SAMPLE = 40;
/** How long that WAL keeps samples for a Prometheus that is away (Prometheus' agent, `MaxWALTime`). */
const SAMPLES_KEPT = 4 * HOUR;
/** Series of a dozen services, where the cap is not lower. */
const SERIES = 2_000;
/** Blocks that a window has while blocks of one level are merged, in pairs, which goes on for a day; and afterwards. */
const BLOCKS_PER_WINDOW = { active: 2, later: 1 };
const ACTIVE = 24 * HOUR;
/** Share of a volume that its file system takes for itself: ext4 without reserved blocks on 10 GiB. */
export const FILE_SYSTEM = 0.025;
/** Share of a volume that shall never be in use, where nothing shortens the retention before. */
const CEILING = 0.95;

/** What the volume holds when spans have come for longer than the retention. */
export function footprint({ spansPerSecond, bytesPerSpan, stored = STORED }: Load, kept: Kept): Footprint {
  const { times, compactionBlockBytes, remoteWriteSamples, storedTwice } = kept;
  const sent = (spansPerSecond * bytesPerSpan) / 1_000;
  const data = sent * stored;
  const copies = storedTwice ? 1 + GENERATOR_COPY : 1;
  // An instance that is nearly idle makes fewer.
  const blocksIn = (time: number, duration: number): number =>
    (time / duration) * Math.min(1, (spansPerSecond * duration) / 1_000);

  // A block is deleted by its youngest span, first by name (a poll sees it), later for good.
  const deletion = times.compactedBlockRetention + 2 * times.blocklistPoll;
  const lifetime = times.retention + times.compactionWindow + deletion;
  const active = Math.min(ACTIVE, lifetime);
  const blocksInBackend =
    BLOCKS_PER_WINDOW.active * blocksIn(active, times.compactionWindow) +
    BLOCKS_PER_WINDOW.later * blocksIn(lifetime - active, times.compactionWindow);

  // Inputs wait for their deletion. Each level's are half of the next one's, so all levels of a window are less than
  // it; a day later its blocks are merged once more. Large blocks end it earlier: then each level waits for itself.
  const windowOfData = data * times.compactionWindow;
  const largest = Math.min(windowOfData, compactionBlockBytes);
  const levels = data === 0 ? 0 : Math.max(0, Math.log2(largest / (data * times.maxBlockDuration)));
  const waiting = Math.min(2 * windowOfData, levels * data * deletion + 2 * largest);

  const ingesterTime = times.completeBlockTimeout + times.maxBlockDuration;
  const generatorTime = times.generatorBlockTimeout + times.generatorBlockDuration;
  const wal = (rate: number, duration: number): number =>
    (sent * WAL + (Math.min(spansPerSecond, rate) * WAL_FILE) / 1_000) * (duration + COMPLETION);
  const parts = {
    blocks: copies * (data * lifetime + blocksInBackend * BLOCK_FIXED),
    compaction: copies * waiting,
    ingester: data * ingesterTime + blocksIn(ingesterTime, times.maxBlockDuration) * BLOCK_FIXED,
    generator:
      GENERATOR_COPY * data * generatorTime +
      blocksIn(generatorTime, times.generatorBlockDuration) * BLOCK_FIXED +
      remoteWriteSamples * SAMPLE,
    wal:
      wal(WAL_FILES_PER_SECOND.ingester, times.maxBlockDuration) +
      wal(WAL_FILES_PER_SECOND.generator, times.generatorBlockDuration),
  };
  return { ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

/** What the arithmetic reads of a stack's settings. */
export type CapacitySettings = Omit<PlannedSettings, "storage"> & {
  readonly prometheus?: Settings["prometheus"];
  readonly storage: { readonly adaptiveRetention: boolean; readonly minRetention: Duration };
};

/** How long a stack keeps what. */
export function keptBy(settings: CapacitySettings): Kept {
  const { limits, metricsGenerator, prometheus, retention } = settings;
  return {
    times: { ...tempoVersionOf(settings).timing(settings), retention: retention.ms },
    storedTwice: metricsGenerator.traceqlMetrics === "retention",
    compactionBlockBytes: storagePlan(settings).compactionBlockBytes,
    remoteWriteSamples: prometheus
      ? Math.min(SERIES, limits.maxActiveSeries) * (SAMPLES_KEPT / metricsGenerator.collectionInterval.ms)
      : 0,
  };
}

/** Bytes of the volume that may be in use in a steady state: below the mark at which retention is shortened. */
export function usable(settings: CapacitySettings): number {
  return Math.floor(toBytes(settings.volume.size) * (1 - FILE_SYSTEM) * usableShare(settings));
}

/** The same as a share of what the file system leaves. */
export function usableShare(settings: CapacitySettings): number {
  return settings.storage.adaptiveRetention ? storagePlan(settings).marks.high / 1_000 : CEILING;
}

/** Whether the volume holds a load for the whole retention. */
export function fits(load: Load, settings: CapacitySettings): boolean {
  return footprint(load, keptBy(settings)).total <= usable(settings);
}

/** Smallest volume that holds a load for the whole retention, to the MiB. */
export function sizeNeeded(load: Load, settings: CapacitySettings): number {
  const holds = (mebibytes: number): boolean => fits(load, withSize(settings, mebibytes * MIB));
  const least = (settings.storage.adaptiveRetention ? LEAST_GUARDED_VOLUME_MIB : 1) * MIB;
  if (holds(least / MIB)) return least;
  let enough = 1;
  while (!holds(enough)) enough *= 2;
  return MIB * (1 + Math.floor(largest(enough, (mebibytes) => !holds(Math.max(1, Math.floor(mebibytes))))));
}

/**
 * Longest retention for which the volume holds a load.
 * @returns undefined when the copies of the newest spans alone are too many
 */
export function longestRetention(load: Load, settings: CapacitySettings): number | undefined {
  const holds = (retention: number): boolean => fits(load, { ...settings, retention: duration(retention) });
  return holds(0) ? largest(LONGEST, holds) : undefined;
}

/** Most spans per second that the volume holds for the whole retention. */
export function highestRate(load: Omit<Load, "spansPerSecond">, settings: CapacitySettings): number {
  return largest(1e9, (spansPerSecond) => fits({ ...load, spansPerSecond }, settings));
}

/** What senders can send at most. */
export function limitOf({ limits }: CapacitySettings, load: Omit<Load, "spansPerSecond">): Load {
  return { ...load, spansPerSecond: toBytes(limits.ingestionRate) / load.bytesPerSpan };
}

/** From an empty volume until it holds all that may be in use, at a steady rate. Nothing is deleted meanwhile. */
export function timeToFill(load: Load, settings: CapacitySettings): number {
  const kept = keptBy(settings);
  const { times } = kept;
  const data = (load.spansPerSecond * load.bytesPerSpan * (load.stored ?? STORED)) / 1_000;
  const copies = kept.storedTwice ? 1 + GENERATOR_COPY : 1;
  const { wal } = footprint(load, kept);
  const heldAt = (age: number): number =>
    wal +
    data *
      (copies * (age + 2 * Math.min(age, times.compactionWindow)) +
        Math.min(age, times.completeBlockTimeout) +
        GENERATOR_COPY * Math.min(age, times.generatorBlockTimeout));
  return largest(LONGEST, (age) => heldAt(age) <= usable(settings));
}

/**
 * What the settings allow and the volume cannot hold, for a preview and the program to tell. The rate limit is no
 * forecast: it is what a sender in trouble may send for days.
 */
export function capacityWarnings(settings: CapacitySettings): string[] {
  const { limits, retention, storage, volume } = settings;
  const limit = limitOf(settings, { bytesPerSpan: BYTES_PER_SPAN });
  if (fits(limit, settings)) return [];

  const holds = highestRate({ bytesPerSpan: BYTES_PER_SPAN }, settings);
  const allowed =
    `limits.ingestionRate = ${limits.ingestionRate.text} and retention = ${retention.text} do not fit ` +
    `volume.size = ${volume.size.text}: senders that use all of the limit fill it within ` +
    `${showTime(timeToFill(limit, settings))}, and it would take ${showBytes(sizeNeeded(limit, settings))}. ` +
    (holds > 0
      ? `It holds ${retention.text} up to ${showRate(holds, BYTES_PER_SPAN)} (\`npm run capacity\`).`
      : `It does not even hold what Tempo keeps besides (\`npm run capacity\`).`);
  if (!storage.adaptiveRetention) {
    return [
      `${allowed} Nothing prevents a full disk, on which Tempo loses spans silently: write storage.adaptiveRetention = true.`,
    ];
  }
  const kept = longestRetention(limit, settings);
  if (kept !== undefined && kept >= storage.minRetention.ms) {
    return [`${allowed} Beyond that, retention is shortened, at the limit to ${showTime(kept)}.`];
  }
  const atFloor = storagePlan(settings).fallbackRate / BYTES_PER_SPAN;
  return [
    `${allowed} Beyond that, retention is shortened to storage.minRetention = ${storage.minRetention.text}, ` +
      `and senders are then held to about ${showRate(atFloor, BYTES_PER_SPAN)} and told to retry.`,
  ];
}

/** A hundred years: nobody asks for more. */
const LONGEST = 100 * 365 * 24 * HOUR;

/** The largest value from 0 to `upper` that holds, where everything below it holds, too. */
function largest(upper: number, holds: (value: number) => boolean): number {
  if (holds(upper)) return upper;
  let [low, high] = [0, upper];
  // 64 halvings: the doubles between 0 and any upper end are then told apart.
  for (let step = 0; step < 64; step++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function withSize(settings: CapacitySettings, bytes: number): CapacitySettings {
  return { ...settings, volume: { ...settings.volume, size: sizeOf(bytes) } };
}

/** A quantity of whole bytes. */
export function sizeOf(bytes: number): Quantity {
  const quantity = parseQuantity(String(bytes));
  if (!quantity) throw new Error(`no size: ${bytes}`);
  return quantity;
}

function duration(ms: number): Duration {
  return { text: `${ms}ms`, ms };
}
