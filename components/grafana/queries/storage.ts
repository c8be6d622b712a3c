import { increase, max, select, sum, type Matchers } from "./promql";
import { blockBytesInAll, BUILD_INFO, orZero, uptime, ZERO } from "./tempo";

/**
 * Tempo's volume: what is on it, how long it lasts, and what its guard does about it (components/storage/guard.awk).
 *
 * Every figure of the guard is there once, and is taken with `max`: a sum would count it twice for whoever scrapes it
 * twice, and for the minutes in which a pod and the one before it are both remembered.
 */

/** How the claim is called where kubelet tells of it. */
export interface Claim {
  readonly namespace: string;
  readonly claim: string;
  /** Size of the claim in bytes. */
  readonly claimBytes: number;
}

/** What kubelet tells of the claim's file system; of hostPath volumes it tells nothing. */
function ofKubelet(metric: string, { namespace, claim }: Claim): string {
  const matchers: Matchers = [`namespace="${namespace}"`, `persistentvolumeclaim="${claim}"`];
  return max(select(`kubelet_volume_stats_${metric}`, matchers));
}

// How full it is.

/** Bytes that Tempo holds; without a guard those that are used on the claim's file system. */
export function usedBytes(claim: Claim): string {
  return `${max("tempo_volume_used_bytes")} or ${ofKubelet("used_bytes", claim)}`;
}

/**
 * Bytes that Tempo may hold. The guard's figure is the smaller of the claim and what its file system can still give, as
 * hostPath enforces no size; without a guard it is the file system, and without kubelet the claim.
 */
export function limitBytes(claim: Claim): string {
  const { claimBytes } = claim;
  return `${max("tempo_volume_limit_bytes")} or ${ofKubelet("capacity_bytes", claim)} or ${claimBytes} + ${ZERO}`;
}

/** Share of the limit that is used, 0 to 1; nothing where neither a guard nor kubelet tells. */
export function usedShare(claim: Claim): string {
  return `(${usedBytes(claim)}) / (${limitBytes(claim)})`;
}

/** Share of the limit that flushed blocks of every tenant and status hold, by Tempo's own account, since its last poll. */
export function blocksShare(claim: Claim): string {
  return `(${blockBytesInAll}) / (${limitBytes(claim)})`;
}

/** The same as the guard measures it, blocks that are being written included. */
export function blocksMeasuredShare(claim: Claim): string {
  return `${sum(max(select("tempo_volume_bytes", [BACKEND]), ["part"]))} / on () (${limitBytes(claim)})`;
}

/** The guard's parts that lie in the backend's folder. */
const BACKEND = `part=~"blocks|compacted|unfinished"`;

/** Bytes by part. */
export const bytesByPart = max("tempo_volume_bytes", ["part"]);
/** Blocks in the backend's folder by state. */
export const blocksByState = max("tempo_volume_blocks", ["state"]);

/** Share of the file system's inodes that is used, 0 to 1; 0 where their number is not fixed, or nobody tells. */
export function inodesShare(claim: Claim): string {
  const measured = `1 - ${max("tempo_volume_inodes_free")} / (${max("tempo_volume_inodes")} > 0)`;
  const told = `1 - ${ofKubelet("inodes_free", claim)} / (${ofKubelet("inodes", claim)} > 0)`;
  return `${measured} or ${told} or 0 * ${max("tempo_volume_inodes")} or ${ZERO}`;
}

// How long it lasts.

/** What is written for a volume that does not grow, in days. */
export const NEVER = 3650;
/** What is written where there is too little to tell a trend from. */
export const TOO_EARLY = -1;

/** A straight line through what was used. It has no more points than tell it, so that a panel of many times is cheap. */
interface Trend {
  readonly range: string;
  readonly step: string;
  /** Fewest points, below which the beginning of a Tempo, when nothing is deleted yet, would pass for its growth. */
  readonly least: number;
}

/** A day: what comes and goes in the course of it is no trend. At least six hours of it. */
const OF_A_DAY: Trend = { range: "1d", step: "10m", least: 36 };
/** Six hours, for what is new: at least one of them. */
const OF_HOURS: Trend = { range: "6h", step: "5m", least: 12 };

/**
 * Days until the volume is full if it goes on like that: at most {@link NEVER}, which is also what a volume has that
 * shrinks or stands still. Nothing without enough history.
 */
function daysByTrend(claim: Claim, { range, step, least }: Trend): string {
  const past = `(${usedBytes(claim)})[${range}:${step}]`;
  const left = `clamp_min((${limitBytes(claim)}) - (${usedBytes(claim)}), 0)`;
  // A growth of nothing makes it endless, and a shrinking volume grows by nothing.
  const days = `${left} / clamp_min(deriv(${past}), 1e-9) / 86400`;
  return `clamp_max(${days} and on () count_over_time(${past}) >= ${least}, ${NEVER})`;
}

/** Days until the volume is full, by the last day; {@link TOO_EARLY} in the first hours. */
export function daysLeft(claim: Claim): string {
  return `${daysByTrend(claim, OF_A_DAY)} or ${TOO_EARLY} + 0 * (${usedBytes(claim)})`;
}

/**
 * Hours until the volume is full, for an alert: by the last six, so that it tells of what began this morning, and only
 * while the volume is fuller than it ever was in the day before, since every evening would otherwise predict a full disk.
 *
 * Where retention adapts to the size it counts only at the floor: before, there is something that can be deleted.
 */
export function hoursLeft(claim: Claim, sizeAware: boolean): string {
  const before = `max_over_time((${usedBytes(claim)})[1d:10m] offset 1h)`;
  const adaptable = `${effectiveRetention} > ${retentionFloor}`;
  return (
    `24 * (${daysByTrend(claim, OF_HOURS)}) unless on () (${before} >= on () (${usedBytes(claim)}))` +
    (sizeAware ? ` unless on () (${adaptable})` : "") +
    ` or ${24 * NEVER} + ${ZERO}`
  );
}

/** Bytes per day by which what is used grows, by the last day; nothing without enough history. */
export function growthPerDay(claim: Claim): string {
  const { range, step, least } = OF_A_DAY;
  const past = `(${usedBytes(claim)})[${range}:${step}]`;
  return `86400 * deriv(${past}) and on () count_over_time(${past}) >= ${least}`;
}

// Retention.

/** Seconds. */
export const configuredRetention = max("tempo_retention_configured_seconds");
export const effectiveRetention = max("tempo_retention_effective_seconds");
export const retentionFloor = max("tempo_retention_floor_seconds");
/** Changes of the retention in force, by direction. */
export const retentionSteps = (range: string): string =>
  max(increase("tempo_retention_steps_total", range), ["direction"]);
/** Share of the configured retention that is not kept, 0 to 1. */
export const retentionLost = orZero(`1 - ${effectiveRetention} / ${configuredRetention}`);
/** 1 while it is shorter than configured and can be shortened no further. */
export const retentionAtFloor = orZero(
  `(${effectiveRetention} <= bool ${retentionFloor}) * (${effectiveRetention} < bool ${configuredRetention})`,
);

/** Seconds since the youngest span of the oldest block ended; 0 without blocks. */
export const oldestBlockAge = `time() - ${max("tempo_volume_oldest_block_timestamp_seconds")} or 0 * ${max("tempo_volume_used_bytes")}`;

/**
 * Seconds by which the oldest block has outlived the retention in force. Tempo deletes by the same end time: a block of
 * late spans is old at birth, and goes all the earlier; what compaction has merged ends when its youngest span does; and
 * what is marked for deletion is no live block any more. So it is minutes at most, whatever else is configured.
 */
export const overdue = orZero(`clamp_min((${oldestBlockAge}) - ${effectiveRetention}, 0)`);

// Bytes per span.

/**
 * Bytes on the volume for each span that was received: flushed blocks that are live, by Tempo's own account, over the
 * spans that came within the retention of the settings. So it is an average of what is kept; right once Prometheus has
 * counted that long, or Tempo is younger; too low while retention is shortened.
 */
export function bytesPerSpan(retention: string): string {
  return spansIn('sum(tempodb_backend_bytes_total{status="live"})', retention);
}

/**
 * The same for fresh blocks, before they are compacted: what the ingester keeps, over the spans that came within the
 * time that it keeps them. It holds whatever retention is, and is a day's truth instead of a week's.
 */
export function bytesPerFreshSpan(kept: string): string {
  return spansIn(max(select("tempo_volume_bytes", [`part="ingester"`])), kept);
}

/** 0 where no span came. */
function spansIn(bytes: string, range: string): string {
  return orZero(`${bytes} / (${sum(increase("tempo_distributor_spans_received_total", range))} > 0)`);
}

// What the guard does besides.

/** 0 while Tempo takes what the settings allow, 1 while it takes less for want of room, 2 while it takes nothing. */
export const ingestionLevel = orZero(max("tempo_ingestion_limited"));
/** The same at its worst within a range: on a small volume it goes to and fro every minute. */
export const worstIngestionLevel = (range: string): string =>
  orZero(max(`max_over_time(tempo_ingestion_limited[${range}])`));
/** Bytes per second that are let in. */
export const ingestionRate = max("tempo_ingestion_rate_bytes");
export const limitations = (range: string): string => orZero(max(increase("tempo_ingestion_limitations_total", range)));
export const compactionPaused = max("tempo_compaction_paused");
/** 1 while Tempo's WAL cannot be written. */
export const walBroken = orZero(max("tempo_wal_broken"));
/** How often the guard has restarted Tempo. */
export const guardRestarts = (range: string): string => orZero(max(increase("tempo_guard_restarts_total", range)));

/**
 * Seconds since the guard's last measurement; of a guard that was not seen for a day, since Tempo's start. Nothing while
 * Tempo is not there: its pod is, or is not scraped, and another rule tells.
 */
export const guardSilence =
  `(time() - ${max("last_over_time(tempo_guard_measured_timestamp_seconds[1d])")} or ${uptime})` +
  ` and on () ${max(BUILD_INFO)}`;
