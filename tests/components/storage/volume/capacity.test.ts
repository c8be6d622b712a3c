import assert from "node:assert/strict";
import { digits, showBytes, showTime } from "../../../../lib/format";
import {
  capacityWarnings,
  fits,
  footprint,
  highestRate,
  keptBy,
  limitOf,
  longestRetention,
  sizeNeeded,
  timeToFill,
  usable,
  type Kept,
} from "../../../../components/storage/volume/capacity";
import { storagePlan } from "../../../../components/storage/volume/plan";
import { parseQuantity, toBytes } from "../../../../lib/schema/quantity";
import { hours, minutes, seconds } from "../../../../lib/schema/duration";
import { sectionOf, settingsOf, type Changes } from "../../../stack/program/stacks";

const GIB = 2 ** 30;
const KIB = 1024;

/** Round numbers, for sums by hand. */
const kept: Kept = {
  times: {
    retention: hours(10),
    maxBlockDuration: minutes(5),
    completeBlockTimeout: hours(2),
    generatorBlockDuration: minutes(5),
    generatorBlockTimeout: hours(1),
    compactionWindow: hours(1),
    compactedBlockRetention: minutes(10),
    blocklistPoll: minutes(1),
  },
  storedTwice: false,
  compactionBlockBytes: 500_000_000,
  remoteWriteSamples: 0,
};
/** 10 kB/s as sent, 5 kB/s in blocks. */
const load = { spansPerSecond: 100, bytesPerSpan: 100, stored: 0.5 };
const perSpan = { bytesPerSpan: 250 };
const at = (spansPerSecond: number) => ({ ...perSpan, spansPerSecond });

function prod(changes: Changes = {}) {
  return settingsOf("prod", { storage: { adaptiveRetention: true }, ...changes });
}

function volume(size: string): Changes {
  return { volume: { ...sectionOf("prod", "volume"), size } };
}

function near(found: number, expected: number): void {
  assert.ok(Math.abs(found / expected - 1) < 1e-9, `${found} is not ${expected}`);
}

describe("the footprint of a load", () => {
  const parts = footprint(load, kept);

  it("has blocks for retention, window, compacted retention and two polls", () => {
    // 10 h + 1 h + 10 min + 2 min = 40,320 s at 5 kB/s; 11.2 windows of two blocks each.
    near(parts.blocks, 40_320 * 5_000 + 11.2 * 2 * 152 * KIB);
  });

  it("has inputs of compactions for two windows at most", () => {
    // Levels: log2(60 min / 5 min) = 3.58, each for 12 min: more than two hours together with twice the largest block.
    near(parts.compaction, 2 * 3_600 * 5_000);
  });

  it("has less of them where the largest block ends compaction", () => {
    // The largest, 3 MB, is twice the 1.5 MB of five minutes: one level that waits for 12 min, and it twice.
    near(footprint(load, { ...kept, compactionBlockBytes: 3_000_000 }).compaction, 720 * 5_000 + 2 * 3_000_000);
    // A block is never smaller than five minutes of spans, so nothing is compacted.
    near(footprint(load, { ...kept, compactionBlockBytes: 1_000_000 }).compaction, 2_000_000);
  });

  it("has the copies of the newest spans", () => {
    // 2 h 5 min and 1 h 5 min, a block each five minutes; the generator's blocks are 8 % larger.
    near(parts.ingester, 7_500 * 5_000 + 25 * 152 * KIB);
    near(parts.generator, 1.08 * 3_900 * 5_000 + 13 * 152 * KIB);
  });

  it("has two WALs of five minutes and 10 s", () => {
    near(parts.wal, 310 * (2 * 10_000 * 0.52 + (0.57 + 0.21) * 34 * KIB));
  });

  it("is the sum of its parts", () => {
    near(parts.total, parts.blocks + parts.compaction + parts.ingester + parts.generator + parts.wal);
  });

  it("counts one block for each window after the first day", () => {
    const week = footprint(load, { ...kept, times: { ...kept.times, retention: hours(168) } });
    // 169.2 h, of which 24 have two blocks for each hour and 145.2 one.
    near(week.blocks, 169.2 * 3_600 * 5_000 + (24 * 2 + 145.2) * 152 * KIB);
  });

  it("stores the backend's blocks 2.08 times for TraceQL metrics over the retention, and nothing else", () => {
    const twice = footprint(load, { ...kept, storedTwice: true });
    near(twice.blocks, 2.08 * parts.blocks);
    near(twice.compaction, 2.08 * parts.compaction);
    assert.deepEqual([twice.ingester, twice.generator, twice.wal], [parts.ingester, parts.generator, parts.wal]);
  });

  it("has samples for a Prometheus that is away", () => {
    near(footprint(load, { ...kept, remoteWriteSamples: 1_000 }).generator, parts.generator + 40_000);
  });

  it("makes no block without a span, and few with few", () => {
    assert.equal(footprint({ ...load, spansPerSecond: 0 }, kept).total, 0);
    // A span each ten minutes: a block each ten minutes.
    const rare = footprint({ ...load, spansPerSecond: 1 / 600 }, kept);
    near(rare.ingester, 7_500 * (5_000 / 60_000) + 12.5 * 152 * KIB);
  });
});

describe("what a stack keeps", () => {
  it("is what its tempo.yaml says", () => {
    const { times, storedTwice, compactionBlockBytes } = keptBy(prod());
    assert.deepEqual(
      [times.retention, times.completeBlockTimeout, times.generatorBlockTimeout, times.compactionWindow],
      [hours(168), minutes(754), minutes(744), hours(1)],
    );
    assert.equal(storedTwice, false);
    assert.equal(compactionBlockBytes, storagePlan(prod()).compactionBlockBytes);
  });

  it("has samples only where there is a Prometheus, and no more series than the cap", () => {
    // Four hours, one sample each 15 s.
    assert.equal(keptBy(prod()).remoteWriteSamples, 2_000 * 960);
    assert.equal(keptBy(prod({ limits: { maxActiveSeries: 500 } })).remoteWriteSamples, 500 * 960);
    assert.equal(keptBy(settingsOf("local")).remoteWriteSamples, 0);
  });

  it("leaves the file system's share and what is above the mark", () => {
    assert.equal(usable(prod()), Math.floor(10 * GIB * 0.975 * 0.85));
    assert.equal(usable(prod({ storage: { adaptiveRetention: false } })), Math.floor(10 * GIB * 0.975 * 0.95));
  });
});

describe("capacity", () => {
  it("finds the smallest size that fits, to the MiB", () => {
    for (const rate of [0.1, 7, 100, 4_000]) {
      const bytes = sizeNeeded(at(rate), prod());
      assert.equal(bytes % 2 ** 20, 0);
      assert.ok(fits(at(rate), prod(volume(String(bytes)))), `${rate}: ${bytes}`);
      // The settings refuse a size-aware volume below 256Mi, which it would be for the smallest of these rates.
      const least = bytes === 256 * 2 ** 20;
      assert.equal(least, rate === 0.1);
      if (!least) assert.ok(!fits(at(rate), prod(volume(String(bytes - 2 ** 20)))), `${rate}: ${bytes}`);
    }
  });

  it("finds the time that a size lasts", () => {
    const lasts = longestRetention(at(25), prod()) ?? assert.fail();
    const whole = `${Math.floor(lasts / 1_000)}s`;
    assert.ok(fits(at(25), prod({ retention: whole })));
    assert.ok(!fits(at(25), prod({ retention: `${Math.ceil(lasts / 1_000) + 1}s` })));
  });

  it("has no such time where the copies of the newest spans alone are too many", () => {
    assert.equal(longestRetention(at(4_000), prod()), undefined);
  });

  it("finds the rate that a size holds", () => {
    const rate = highestRate(perSpan, prod());
    assert.ok(fits(at(rate), prod()));
    assert.ok(!fits(at(rate * 1.001), prod()));
    near(longestRetention(at(rate), prod()) ?? 0, hours(168));
  });

  it("grows with the rate, the retention and the span, and never falls", () => {
    const rates = Array.from({ length: 120 }, (_, step) => 0.01 * 1.12 ** step);
    const rising = (sizes: number[]): void => {
      for (const [index, size] of sizes.entries())
        assert.ok(index === 0 || size >= (sizes[index - 1] ?? 0), `${index}`);
    };
    const settings = prod();
    rising(rates.map((rate) => footprint(at(rate), keptBy(settings)).total));
    rising(rates.map((rate) => sizeNeeded(at(rate), settings)));
    rising([1, 6, 23, 24, 25, 168, 1_000].map((time) => sizeNeeded(at(50), prod({ retention: `${time + 24}h` }))));
    rising([50, 100, 1_000].map((bytesPerSpan) => sizeNeeded({ spansPerSecond: 50, bytesPerSpan }, prod())));
    rising(["1Gi", "2Gi", "10Gi", "100Gi"].map((size) => longestRetention(at(25), prod(volume(size))) ?? 0));
  });

  it("takes the limit in bytes, so that a span's size decides how many spans it is", () => {
    assert.equal(limitOf(prod(), perSpan).spansPerSecond, 4_000);
    assert.equal(limitOf(prod(), { bytesPerSpan: 1_000 }).spansPerSecond, 1_000);
  });

  it("finds when an empty volume is full", () => {
    // In the first hours there are three copies, and as inputs of compactions twice the spans of the last hour.
    const settings = prod();
    const data = 1e6 * 0.42;
    const { wal } = footprint(limitOf(settings, perSpan), keptBy(settings));
    const copies = 1 + 1 + 1.08;
    near(
      timeToFill(limitOf(settings, perSpan), settings) / 1_000,
      (usable(settings) - wal - data * 7_200) / (data * copies),
    );
    assert.ok(timeToFill(at(1), settings) > timeToFill(at(2), settings));
  });
});

describe("capacityWarnings", () => {
  const limits = (ingestionRate: string): Changes => ({ limits: { ...sectionOf("prod", "limits"), ingestionRate } });

  it("is silent where the limit fits for the whole retention", () => {
    assert.deepEqual(capacityWarnings(prod({ ...volume("500Gi") })), []);
    assert.deepEqual(capacityWarnings(prod({ ...limits("20k"), retention: "168h" })), []);
  });

  it("begins where it no longer fits, and names a rate that does", () => {
    const bytes = Math.floor(highestRate(perSpan, prod()) * 250);
    assert.deepEqual(capacityWarnings(prod(limits(String(bytes)))), []);
    assert.equal(capacityWarnings(prod(limits(String(bytes + 250)))).length, 1);
  });

  it("says that nothing prevents a full disk, and what does", () => {
    const [warning = "", ...more] = capacityWarnings(prod({ storage: { adaptiveRetention: false } }));
    assert.deepEqual(more, []);
    assert.match(warning, /^limits\.ingestionRate = 1M and retention = 168h do not fit volume\.size = 10Gi: /);
    assert.match(warning, /fill it within 84\.9 minutes, and it would take 299 GiB\. /);
    assert.match(warning, /It holds 168h up to 131 spans\/s of 250 bytes/);
    assert.match(warning, /loses spans silently: write storage\.adaptiveRetention = true\.$/);
  });

  it("says to what retention is shortened, where the floor holds", () => {
    const [warning = ""] = capacityWarnings(prod(limits("60k")));
    assert.match(warning, /Beyond that, retention is shortened, at the limit to [\d.]+ (days|hours)\.$/);
  });

  it("says to what senders are held, where the floor does not hold either", () => {
    const [warning = ""] = capacityWarnings(prod());
    const rate = digits(storagePlan(prod()).fallbackRate / 250);
    assert.ok(
      warning.endsWith(`senders are then held to about ${rate} spans/s of 250 bytes and told to retry.`),
      warning,
    );
  });
});

describe("amounts", () => {
  it("have three digits and a unit", () => {
    assert.deepEqual([0, 1, 999, 1_000, 152 * KIB, 9.96 * GIB, 5_000 * GIB].map(showBytes), [
      "0 B",
      "1 B",
      "999 B",
      "0.98 KiB",
      "152 KiB",
      "9.96 GiB",
      "4.88 TiB",
    ]);
    assert.deepEqual([seconds(90), minutes(119), hours(3), hours(47), hours(48), hours(24 * 800)].map(showTime), [
      "1.5 minutes",
      "119 minutes",
      "3 hours",
      "47 hours",
      "2 days",
      "2.19 years",
    ]);
    assert.deepEqual([0.125, 1_234_567, 25].map(digits), ["0.13", "1,234,567", "25"]);
  });

  it("read a size as Kubernetes does: Gi is 2^30, G is 10^9", () => {
    assert.deepEqual(
      ["10Gi", "10G"].map((text) => toBytes(parseQuantity(text) ?? assert.fail())),
      [10 * GIB, 10e9],
    );
    assert.ok(usable(prod(volume("10Gi"))) > usable(prod(volume("10G"))));
  });
});
