import { tempoVersionOf } from "../../versions";
import { hours, minutes, seconds } from "../../../lib/schema/duration";
import { MIB, toBytes } from "../../../lib/schema/quantity";
import type { Settings } from "../../contracts/settings";

/**
 * How Tempo's volume is divided: what a compaction may take, when retention is shortened, when senders are refused.
 * docs/decisions/storage.md has the reasons and the measurements.
 *
 * All sizes are in bytes, all times in milliseconds, all marks in thousandths of what the volume may hold.
 */
export interface StoragePlan {
  /** A block of the ingester or the generator is cut at this size, before it is completed. */
  readonly headBlockBytes: number;
  /** Largest block that a compaction makes; it holds its inputs, as large together, meanwhile. */
  readonly compactionBlockBytes: number;
  /** Shortest time that a pass of compaction goes on; with it at most one job begins after a pause was ordered. */
  readonly compactionPass: number;
  /** What a deletion takes from the decision until the bytes are free, at worst. */
  readonly deletionDelay: number;
  readonly marks: Marks;
  /** Ingestion rate that the volume sustains at the floor, in bytes per second; never above the configured one. */
  readonly fallbackRate: number;
  /** Room that a byte per second of ingestion rate needs until the next limit takes effect, twice over. */
  readonly roomPerRate: number;
  /** Room that a byte of ingestion burst needs, twice over. */
  readonly roomPerBurst: number;
  /** What may still be written when senders are refused: the blocks in hand and a burst. */
  readonly reserve: number;
}

export interface Marks {
  /** Retention is given back below it. */
  readonly low: number;
  /** Retention is shortened from here, to what leaves the low mark. */
  readonly high: number;
  /** Compaction pauses from here until use is below the high mark. */
  readonly pause: number;
  /** Ingestion is held to the fallback rate. */
  readonly throttle: number;
  /** Senders are refused. */
  readonly refuse: number;
}

/** What the plan is made from. */
export type PlannedSettings = Pick<
  Settings,
  "image" | "volume" | "limits" | "receiver" | "metricsGenerator" | "retention"
> & {
  readonly storage: StorageSettings;
};

/** The section `storage` of the settings. */
export interface StorageSettings {
  /** Shorten retention, and in the end refuse senders, before the volume is full. */
  readonly adaptiveRetention: boolean;
  /** Shortest retention that a full volume leads to. */
  readonly minRetention: { readonly ms: number };
  /** What retention may be shortened to for traces that were there before; nothing is deleted for them without it. */
  readonly shortenAtOnceTo?: { readonly ms: number } | undefined;
}

/** How often the guard measures. */
export const GUARD_INTERVAL = seconds(10);
/** How often Tempo reads its overrides (`overrides.per_tenant_override_period`). */
export const OVERRIDES_PERIOD = seconds(5);
/** The distributor looks at the rate limit of a tenant only this often (dskit's limiter, fixed in Tempo 2.10). */
const LIMITER_RECHECK = seconds(10);

/** The ingestion burst is not cut below a full message, which would be refused for as long. */
export function leastBurst({ receiver }: Pick<Settings, "receiver">): number {
  return toBytes(receiver.maxMessageSize);
}

/** Thousandths that the use shall never reach. */
const CEILING = 950;
const LOW = 800;
const HIGH = 850;
/** Thousandths from one mark to the next below it. */
const STEP = 20;
/** The marks are never closer to the high one than this. */
const LEAST_ROOM = 10;

/**
 * Bytes on the disk for a byte that a sender sends (as Tempo counts it behind its rate limit), measured
 * with Tempo 2.10.1 and spans of 160 bytes each with four to eight attributes.
 */
export const DISK_PER_BYTE_SENT = {
  /** In the WAL of the ingester, and as much again in the generator's. */
  wal: 0.83,
  /** In a completed block, wherever it lies. */
  block: 0.42,
} as const;

export function storagePlan(settings: PlannedSettings): StoragePlan {
  const { limits, storage } = settings;
  const size = toBytes(settings.volume.size);
  const timing = tempoVersionOf(settings).timing(settings);

  const headBlockBytes = clamp(Math.floor(size / 200), MIB, 50 * MIB);
  const compactionBlockBytes = clamp(Math.floor(size / 100), 2 * MIB, 500_000_000);

  const wal = 2 * DISK_PER_BYTE_SENT.wal;
  const roomPerRate = (2 * wal * (GUARD_INTERVAL + OVERRIDES_PERIOD + LIMITER_RECHECK)) / 1_000;
  // The block in the ingester's folder, its copy in the backend and the generator's, before the two WALs are deleted.
  const completing = 3 * headBlockBytes * (DISK_PER_BYTE_SENT.block / DISK_PER_BYTE_SENT.wal);
  const reserve = Math.ceil(completing + compactionBlockBytes + wal * leastBurst(settings));

  const marks = placeMarks(Math.ceil((reserve / size) * 1_000));

  // Bytes per byte per second that lie on the volume when nothing older than the floor does.
  const held =
    (DISK_PER_BYTE_SENT.block *
      (storage.minRetention.ms +
        timing.compactionWindow +
        timing.compactedBlockRetention +
        timing.completeBlockTimeout +
        timing.generatorBlockTimeout)) /
    1_000;
  const fallbackRate = Math.min(
    toBytes(limits.ingestionRate),
    Math.max(1, Math.floor((0.9 * size * marks.throttle) / 1_000 / held)),
  );

  return {
    headBlockBytes,
    compactionBlockBytes,
    compactionPass: seconds(1),
    deletionDelay: GUARD_INTERVAL + OVERRIDES_PERIOD + 2 * timing.blocklistPoll + timing.compactedBlockRetention,
    marks,
    fallbackRate,
    roomPerRate,
    roomPerBurst: 2 * wal,
    reserve,
  };
}

function placeMarks(reserve: number): Marks {
  const refuse = Math.max(HIGH + 3 * LEAST_ROOM, Math.min(930, CEILING - reserve));
  const below = (mark: number, least: number): number => Math.max(mark - STEP, least);
  const throttle = below(refuse, HIGH + 2 * LEAST_ROOM);
  return { low: LOW, high: HIGH, pause: below(throttle, HIGH + LEAST_ROOM), throttle, refuse };
}

/** Whether use stays below 95 % whatever is sent. Not on a volume so small that work in hand takes a tenth of it. */
export function marksHold(settings: PlannedSettings): boolean {
  const { marks, reserve } = storagePlan(settings);
  return marks.refuse + (reserve / toBytes(settings.volume.size)) * 1_000 <= CEILING;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** Half an hour lies between two steps that give retention back. */
export const STEP_BACK_EVERY = minutes(30);
/** So long must the high mark be exceeded, without a break, before retention is shortened. */
export const PRESSURE_LASTS = minutes(2);
/**
 * What the disk had for Tempo, and the least that Tempo held, count for once to twice this time: what others take for
 * less than that is not Tempo's doing, and retention makes room for no more than what Tempo wrote since.
 */
export const BASELINE_KEPT = hours(12);
