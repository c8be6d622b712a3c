import assert from "node:assert/strict";
import {
  BYTES_PER_SPAN,
  describeQueue,
  diskBytes,
  DISK_PER_QUEUED_BYTE,
  LEAST_MEMORY,
  memoryLimits,
  queueBytes,
} from "../../../components/collector/budget";
import { MIB } from "../../../lib/schema/quantity";
import type { CollectorSettings } from "../../../components/contracts/settings";
import { variantOf } from "./variants";

const queueOf = (queue: object): CollectorSettings["queue"] => variantOf({ queue }).collector.queue;

describe("the queue", () => {
  it("holds what arrives in an outage at the expected rate", () => {
    assert.equal(queueBytes(queueOf({ outage: "1h", spansPerSecond: 20 })), 3_600 * 20 * BYTES_PER_SPAN);
    assert.equal(queueBytes(queueOf({ outage: "12h", spansPerSecond: 5 })), 12 * 3_600 * 5 * BYTES_PER_SPAN);
    // A whole number, which Alloy wants.
    assert.ok(Number.isInteger(queueBytes(queueOf({ outage: "1ms", spansPerSecond: 1 }))));
  });

  it("takes more on the disk than it holds, and something even when it is empty", () => {
    const queue = queueOf({ outage: "1h", spansPerSecond: 20 });
    assert.ok(diskBytes(queue) > DISK_PER_QUEUED_BYTE * queueBytes(queue));
    assert.ok(diskBytes(queueOf({ outage: "1ms", spansPerSecond: 1 })) >= 64 * MIB);
  });

  it("has room by default, for the longest outage after which spans count", () => {
    const { settings, collector } = variantOf({ queue: {} });
    assert.equal(collector.queue.outage.ms, settings.metricsGenerator.maxSpanAge.ms);
    assert.ok(diskBytes(collector.queue) <= Number(collector.queue.volumeSize.milli / 1_000n));
  });

  it("is described in hours and bytes", () => {
    const queue = queueOf({ outage: "6h", spansPerSecond: 100, volumeSize: "8Gi" });
    const [held, taken] = [queueBytes(queue) / MIB / 1_024, diskBytes(queue) / MIB / 1_024];
    assert.equal(
      describeQueue(queue),
      `The queue on each node holds ${held.toFixed(2)} GiB: an outage of 6h at 100 spans per second. Its folder takes up to ${taken.toFixed(2)} GiB.`,
    );
  });
});

describe("the memory", () => {
  const limitsOf = (memory: string) =>
    memoryLimits(variantOf({ resources: { requests: { memory: "128Mi" }, limits: { memory } } }).collector);

  // Above its own limit the process is killed by the kernel, and what is not yet on disk is lost.
  it("is refused to spans before the container's limit is reached", () => {
    for (const [memory, limit] of [
      [LEAST_MEMORY, 256],
      ["1Gi", 1_024],
      ["1G", 953],
      ["700M", 667],
    ] as const) {
      const { refuse, spike, goLimit } = limitsOf(memory);
      for (const value of [refuse, spike, goLimit]) assert.ok(Number.isInteger(value) && value > 0);
      assert.ok(refuse < limit && goLimit < refuse, memory);
      // The soft limit, from which the collector refuses.
      assert.ok(spike < refuse / 2, memory);
    }
  });
});
