import type { Own } from "../../grafana/queries/own";
import { max, promqlOf, sum } from "../../grafana/queries/promql";
import { tempoQueries } from "../../grafana/queries/tempo";

/**
 * Tempo's volume: what is on it, how long it lasts, and what its guard does about it (components/storage/volume/decide.awk).
 *
 * Every figure of the guard is there once, and is taken with `max`: a sum would count it twice for whoever scrapes it
 * twice, and for the minutes in which a pod and the one before it are both remembered.
 */

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

/** The guard's parts that lie in the backend's folder. */
const BACKEND = `part=~"blocks|compacted|unfinished"`;

/** The queries about one volume. */
export type StorageQueries = ReturnType<typeof storageQueries>;

/**
 * @param own conditions that this stack's own series meet (own.ts).
 * @param claimBytes size of the claim.
 */
export function storageQueries(own: Own, claimBytes: number) {
  const tempo = tempoQueries(own);
  const { metrics } = own.version;
  const ofTempo = promqlOf(own.tempo);
  const { select, increase } = promqlOf(own.guard);
  /** What kubelet tells of the claim's file system; of hostPath volumes it tells nothing. */
  const ofKubelet = (metric: string): string => max(promqlOf(own.kubelet).select(`kubelet_volume_stats_${metric}`));

  // How full it is.

  /** Bytes that Tempo holds; without a guard those that are used on the claim's file system. */
  const usedBytes = `${max(select("tempo_volume_used_bytes"))} or ${ofKubelet("used_bytes")}`;

  /**
   * Bytes that Tempo may hold. The guard's figure is the smaller of the claim and what its file system can still give, as
   * hostPath enforces no size; without a guard it is the file system, and without kubelet the claim.
   */
  const limitBytes = `${max(select("tempo_volume_limit_bytes"))} or ${ofKubelet("capacity_bytes")} or ${claimBytes} + ${tempo.zero}`;

  /** Share of the limit that is used, 0 to 1; nothing where neither a guard nor kubelet tells. */
  const usedShare = `(${usedBytes}) / (${limitBytes})`;

  /** Share of the limit that flushed blocks of every tenant and status hold, by Tempo's own account, since its last poll. */
  const blocksShare = `(${tempo.blockBytesInAll}) / (${limitBytes})`;

  /** The same as the guard measures it, blocks that are being written included. */
  const blocksMeasuredShare = `${sum(max(select("tempo_volume_bytes", [BACKEND]), ["part"]))} / on () (${limitBytes})`;

  /** Bytes by part. */
  const bytesByPart = max(select("tempo_volume_bytes"), ["part"]);
  /** Blocks in the backend's folder by state. */
  const blocksByState = max(select("tempo_volume_blocks"), ["state"]);

  /** Share of the file system's inodes that is used, 0 to 1; 0 where their number is not fixed, or nobody tells. */
  const inodesShare =
    `1 - ${max(select("tempo_volume_inodes_free"))} / (${max(select("tempo_volume_inodes"))} > 0)` +
    ` or 1 - ${ofKubelet("inodes_free")} / (${ofKubelet("inodes")} > 0)` +
    ` or 0 * ${max(select("tempo_volume_inodes"))} or ${tempo.zero}`;

  // How long it lasts.

  /**
   * Days until the volume is full if it goes on like that: at most {@link NEVER}, which is also what a volume has that
   * shrinks or stands still. Nothing without enough history.
   */
  function daysByTrend({ range, step, least }: Trend): string {
    const past = `(${usedBytes})[${range}:${step}]`;
    const left = `clamp_min((${limitBytes}) - (${usedBytes}), 0)`;
    // A growth of nothing makes it endless, and a shrinking volume grows by nothing.
    const days = `${left} / clamp_min(deriv(${past}), 1e-9) / 86400`;
    return `clamp_max(${days} and on () count_over_time(${past}) >= ${least}, ${NEVER})`;
  }

  /** Days until the volume is full, by the last day; {@link TOO_EARLY} in the first hours. */
  const daysLeft = `${daysByTrend(OF_A_DAY)} or ${TOO_EARLY} + 0 * (${usedBytes})`;

  /**
   * Hours until the volume is full, for an alert: by the last six, so that it tells of what began this morning, and only
   * while the volume is fuller than it ever was in the day before, since every evening would otherwise predict a full disk.
   *
   * Where retention adapts to the size it counts only at the floor: before, there is something that can be deleted.
   */
  function hoursLeft(adaptiveRetention: boolean): string {
    const before = `max_over_time((${usedBytes})[1d:10m] offset 1h)`;
    const adaptable = `${effectiveRetention} > ${retentionFloor}`;
    return (
      `24 * (${daysByTrend(OF_HOURS)}) unless on () (${before} >= on () (${usedBytes}))` +
      (adaptiveRetention ? ` unless on () (${adaptable})` : "") +
      ` or ${24 * NEVER} + ${tempo.zero}`
    );
  }

  /** Bytes per day by which what is used grows, by the last day; nothing without enough history. */
  const day = `(${usedBytes})[${OF_A_DAY.range}:${OF_A_DAY.step}]`;
  const growthPerDay = `86400 * deriv(${day}) and on () count_over_time(${day}) >= ${OF_A_DAY.least}`;

  // Retention.

  /** Seconds. */
  const configuredRetention = max(select("tempo_retention_configured_seconds"));
  const effectiveRetention = max(select("tempo_retention_effective_seconds"));
  const retentionFloor = max(select("tempo_retention_floor_seconds"));
  /** Changes of the retention in force, by direction. */
  const retentionSteps = (range: string): string => max(increase("tempo_retention_steps_total", range), ["direction"]);
  /** Share of the configured retention that is not kept, 0 to 1. */
  const retentionLost = tempo.orZero(`1 - ${effectiveRetention} / ${configuredRetention}`);
  /** 1 while it is shorter than configured and can be shortened no further. */
  const retentionAtFloor = tempo.orZero(
    `(${effectiveRetention} <= bool ${retentionFloor}) * (${effectiveRetention} < bool ${configuredRetention})`,
  );

  /** Seconds since the youngest span of the oldest block ended; 0 without blocks. */
  const oldestBlockAge = `time() - ${max(select("tempo_volume_oldest_block_timestamp_seconds"))} or 0 * ${max(select("tempo_volume_used_bytes"))}`;

  /**
   * Seconds by which the oldest block has outlived the retention in force. Tempo deletes by the same end time: a block of
   * late spans is old at birth, and goes all the earlier; what compaction has merged ends when its youngest span does; and
   * what is marked for deletion is no live block any more. So it is minutes at most, whatever else is configured.
   */
  const overdue = tempo.orZero(`clamp_min((${oldestBlockAge}) - ${effectiveRetention}, 0)`);

  // Bytes per span.

  /**
   * Bytes on the volume for each span that was received: flushed blocks that are live, by Tempo's own account, over the
   * spans that came within the retention of the settings. So it is an average of what is kept; right once Prometheus has
   * counted that long, or Tempo is younger; too low while retention is shortened.
   */
  function bytesPerSpan(retention: string): string {
    return spansIn(sum(ofTempo.select(metrics.backendBytes, [`status="live"`])), retention);
  }

  /**
   * The same for fresh blocks, before they are compacted: what the ingester keeps, over the spans that came within the
   * time that it keeps them. It holds whatever retention is, and is a day's truth instead of a week's.
   */
  function bytesPerFreshSpan(kept: string): string {
    return spansIn(max(select("tempo_volume_bytes", [`part="ingester"`])), kept);
  }

  /** 0 where no span came. */
  function spansIn(bytes: string, range: string): string {
    return tempo.orZero(`${bytes} / (${sum(ofTempo.increase(metrics.spansReceived, range))} > 0)`);
  }

  // What the guard does besides.

  /** 0 while Tempo takes what the settings allow, 1 while it takes less for want of room, 2 while it takes nothing. */
  const ingestionLevel = tempo.orZero(max(select("tempo_ingestion_limited")));
  /** The same at its worst within a range: on a small volume it goes to and fro every minute. */
  const worstIngestionLevel = (range: string): string =>
    tempo.orZero(max(`max_over_time(${select("tempo_ingestion_limited")}[${range}])`));
  /** Bytes per second that are let in. */
  const ingestionRate = max(select("tempo_ingestion_rate_bytes"));
  const limitations = (range: string): string =>
    tempo.orZero(max(increase("tempo_ingestion_limitations_total", range)));
  const compactionPaused = max(select("tempo_compaction_paused"));
  /** 1 while Tempo's WAL cannot be written. */
  const walBroken = tempo.orZero(max(select("tempo_wal_broken")));
  /** How often the guard has restarted Tempo. */
  const guardRestarts = (range: string): string => tempo.orZero(max(increase("tempo_guard_restarts_total", range)));

  /**
   * Seconds since the guard's last measurement; of a guard that was not seen for a day, since Tempo's start. Nothing while
   * Tempo is not there: its pod is, or is not scraped, and another rule tells.
   */
  const guardSilence =
    `(time() - ${max(`last_over_time(${select("tempo_guard_measured_timestamp_seconds")}[1d])`)} or ${tempo.uptime})` +
    ` and on () ${max(tempo.buildInfo)}`;

  return {
    usedBytes,
    limitBytes,
    usedShare,
    blocksShare,
    blocksMeasuredShare,
    bytesByPart,
    blocksByState,
    inodesShare,
    daysLeft,
    hoursLeft,
    growthPerDay,
    configuredRetention,
    effectiveRetention,
    retentionFloor,
    retentionSteps,
    retentionLost,
    retentionAtFloor,
    oldestBlockAge,
    overdue,
    bytesPerSpan,
    bytesPerFreshSpan,
    ingestionLevel,
    worstIngestionLevel,
    ingestionRate,
    limitations,
    compactionPaused,
    walBroken,
    guardRestarts,
    guardSilence,
  };
}
