import { MIB } from "../../lib/schema/quantity";
import { toBytes } from "../../lib/schema/quantity";
import { showBytes } from "../../lib/format";
import type { CollectorSettings } from "../contracts/settings";

/**
 * What the collector may hold, in bytes: docs/decisions/collector.md has the reasons and the measurements.
 */

/**
 * Largest batch that is sent. A quarter of the largest message that Tempo takes and of the smallest burst to which the
 * guard of its volume throttles: a batch is never refused for its size alone, which no retry would cure.
 */
export const BATCH_BYTES = MIB;

/** Spans wait this long for others, in ms; what waits is in the queue on disk already. */
export const BATCH_WAIT = 2_000;

/** A span of eBPF in the queue with its share of the resource's attributes, rounded up. */
export const BYTES_PER_SPAN = 1_000;

/** Bytes of the queue's file for each byte that is queued: pages that are half full, and free ones. */
export const DISK_PER_QUEUED_BYTE = 2;

/** Below this limit Beyla has no room to start in. */
export const LEAST_MEMORY = "256Mi";

/** Room for the WAL of the collector's own metrics, and for the file's copy while it is compacted. */
const BESIDE = 64 * MIB;

type Queue = CollectorSettings["queue"];

/** How much is queued at most: what arrives at the expected rate in an outage of the length that is to be bridged. */
export function queueBytes({ outage, spansPerSecond }: Pick<Queue, "outage" | "spansPerSecond">): number {
  return Math.ceil((outage.ms / 1_000) * spansPerSecond * BYTES_PER_SPAN);
}

/** What the folder on the node takes when the queue is full. */
export function diskBytes(queue: Pick<Queue, "outage" | "spansPerSecond">): number {
  return queueBytes(queue) * DISK_PER_QUEUED_BYTE + BESIDE;
}

/** What the queue holds, in one sentence. */
export function describeQueue(queue: Queue): string {
  const { outage, spansPerSecond } = queue;
  return (
    `The queue on each node holds ${showBytes(queueBytes(queue))}: an outage of ${outage.text} at ${spansPerSecond} spans ` +
    `per second. Its folder takes up to ${showBytes(diskBytes(queue))}.`
  );
}

/** Memory in MiB above which spans are refused, and Go's own limit below it, from the limit of the container. */
export function memoryLimits({ resources }: Pick<CollectorSettings, "resources">): {
  readonly refuse: number;
  readonly spike: number;
  readonly goLimit: number;
} {
  const limit = toBytes(resources.limits.memory) / MIB;
  // Spans are refused at the limit less the spike: Go collects harder before that. The rest is for what is no heap: the
  // buffers of eBPF are charged to the container as well.
  return { refuse: Math.floor(limit * 0.75), spike: Math.floor(limit * 0.15), goLimit: Math.floor(limit * 0.55) };
}
