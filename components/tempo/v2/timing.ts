import { hours, minutes, seconds } from "../../../lib/schema/duration";
import type { Timing } from "../../contracts/tempoVersion";

/**
 * How long a span stays where, from the ingester to the blocklist. These values belong together: each of Tempo's
 * defaults is sensible by itself, and together they hide the traces of a quiet instance for minutes, again and again
 * (docs/decisions/visibility.md has the derivation, with the places in Tempo's source, and what was measured).
 *
 * All values are in milliseconds, but `ingesterShards`.
 */
export interface Timing2 extends Timing, GeneratorTiming {
  readonly flushCheckPeriod: number;
  readonly traceIdlePeriod: number;
  readonly traceLivePeriod: number;
  readonly walTimeRangeSlack: number;
  readonly queryBackendAfter: number;
  readonly queryIngestersUntil: number;
  readonly ingesterShards: number;
  readonly compactionCycle: number;
}

/** The metrics generator's local blocks, which answer TraceQL metrics. */
interface GeneratorTiming extends Pick<Timing, "generatorBlockDuration" | "generatorBlockTimeout"> {
  readonly generatorIdlePeriod: number;
  readonly generatorLivePeriod: number;
  readonly generatorFlushCheckPeriod: number;
  readonly generatorTimeRangeSlack: number;
  readonly metricsQueryBackendAfter: number;
}

/** Tempo waits up to this before it completes a block that was cut (`flushJitter` in its modules/ingester/flush.go). */
const FLUSH_JITTER = seconds(10);
/** What completing and flushing a block may take on a slow disk; it took below a second where it was measured. */
const COMPLETE_AND_FLUSH = minutes(1);
/** Longest time that Tempo may be down without a gap after it: an image pull, a node's reboot. */
const DOWNTIME = minutes(20);
/** Room for clocks that disagree and for what a span waits between its arrival and the WAL. */
const CLOCK_SKEW = minutes(5);
/** How often the blocklist is read, and with it what the backend has. */
const BLOCKLIST_POLL = minutes(1);

/**
 * How long Tempo goes on after it was told to stop. The sender of the remote write reads what was collected every 15 s,
 * and not once more when it stops: with this and MODULES_STOP it has read everything that was collected before
 * (docs/decisions/durability.md).
 */
export const SHUTDOWN_DELAY = seconds(12);
/** What the ingester, which writes its live traces, and the generator take after that. */
const MODULES_STOP = seconds(5);
/**
 * When a Tempo that was told to stop has written all that it can. What is left of it then waits for a query's timer
 * that never comes, and may be killed.
 */
export const STOPS_WITHIN = SHUTDOWN_DELAY + MODULES_STOP + seconds(3);

/**
 * Derives the values.
 * @param maxSpanAge the latest that a span may come, by its end, and still be found at once by a search over its true
 *   time and count in metrics, in ms: the longest outage that a collector's queue holds.
 */
export function deriveTiming(maxSpanAge: number): Timing2 {
  // A live trace is written to the WAL when it was idle for traceIdlePeriod, or when it has been growing for
  // traceLivePeriod; the check comes every flushCheckPeriod. What was acknowledged is in a file when two of them are
  // over, which is two seconds, and survives `kill -9`. The defaults (5 s, 30 s, 10 s) lost all of twenty traces.
  // Nearly all of it is the check's, because each check writes a file, and a search opens every file (a second for each
  // of the three made 1.8 times as many files).
  const flushCheckPeriod = 1_800;
  const traceIdlePeriod = 200;
  const traceLivePeriod = 200;

  // A block is cut after this time. Short, so that tempodb_backend_bytes_total appears within ten minutes of the first
  // span (cut + jitter + flush + one poll); the compactor merges the small blocks.
  const maxBlockDuration = minutes(5);

  // From a span's arrival until its block is in the blocklist, at worst; one poll may fail.
  const arrivalToListed =
    traceLivePeriod + 2 * flushCheckPeriod + maxBlockDuration + FLUSH_JITTER + COMPLETE_AND_FLUSH + 2 * BLOCKLIST_POLL;

  // Spans older than this make Tempo write "now" into their block's times, and a search over their true time passes
  // the block by for good.
  const walTimeRangeSlack = maxSpanAge + CLOCK_SKEW;

  // The ingester drops a flushed block when the END TIME of its spans is this long ago. Late spans make a block old at
  // birth, so the slack is part of it: a block is never dropped before a poll has listed it. The price is disk: each
  // block lies in the ingester's folder for this time, too.
  const completeBlockTimeout = roundUp(walTimeRangeSlack + arrivalToListed + DOWNTIME, minutes(1));

  // Searches ask the ingesters only about spans younger than this. Equal to the time above: a late span is found there
  // until it is found in the backend. With the default of 30 minutes it was found, lost, and found again.
  const queryIngestersUntil = completeBlockTimeout;

  return {
    flushCheckPeriod,
    traceIdlePeriod,
    traceLivePeriod,
    maxBlockDuration,
    completeBlockTimeout,
    blocklistPoll: BLOCKLIST_POLL,
    walTimeRangeSlack,
    // Searches ask the backend only about spans older than this; everything younger is still in the ingester, by far.
    // It is also how far back a search without a time range looks.
    queryBackendAfter: minutes(15),
    queryIngestersUntil,
    // One job for each hour that the ingester holds, which bounds the blocks that one job opens.
    ingesterShards: Math.ceil(queryIngestersUntil / hours(1)),
    // A compacted block's inputs stay readable longer than two polls and a query; they take room meanwhile, and what
    // retention deletes waits as long.
    compactedBlockRetention: minutes(7),
    // Only blocks that end in the same window are merged: the larger, the longer a trace outlives its retention.
    compactionWindow: hours(1),
    compactionCycle: seconds(30),
    ...deriveGeneratorTiming(maxSpanAge),
  };
}

/**
 * The cut between generator and backend is hard: what is younger than metricsQueryBackendAfter comes from the
 * generator alone and what is older from the backend alone, so nothing is counted twice, and the generator's blocks
 * must be kept beyond it. It deletes them by the end time of their spans, flushed or not, so late spans need as much.
 */
function deriveGeneratorTiming(maxSpanAge: number): GeneratorTiming {
  const generatorIdlePeriod = seconds(2);
  const generatorLivePeriod = seconds(5);
  // Each check writes a file that every query opens, and nothing here has to survive a kill.
  const generatorFlushCheckPeriod = seconds(5);
  const generatorBlockDuration = minutes(5);
  const arrivalToListed =
    generatorLivePeriod +
    2 * generatorFlushCheckPeriod +
    generatorBlockDuration +
    COMPLETE_AND_FLUSH +
    2 * BLOCKLIST_POLL;
  const metricsQueryBackendAfter = roundUp(maxSpanAge + CLOCK_SKEW + arrivalToListed, minutes(1));
  return {
    generatorIdlePeriod,
    generatorLivePeriod,
    generatorFlushCheckPeriod,
    generatorBlockDuration,
    generatorBlockTimeout: metricsQueryBackendAfter + minutes(10),
    // A span's start counts here, so a long span needs its own duration on top.
    generatorTimeRangeSlack: maxSpanAge + minutes(30),
    metricsQueryBackendAfter,
  };
}

function roundUp(ms: number, unit: number): number {
  return Math.ceil(ms / unit) * unit;
}
