import assert from "node:assert/strict";
import { GUARD_INTERVAL } from "../../../../components/storage/volume/plan";
import { deriveTiming, SHUTDOWN_DELAY, STOPS_WITHIN, type Timing2 } from "../../../../components/tempo/v2/timing";
import { goDuration, hours, minutes, parseDuration, seconds } from "../../../../lib/schema/duration";

/** A constant of Tempo: it waits up to this before it completes a block that was cut. */
const flushJitter = seconds(10);
/** What completing and flushing a block may take. */
const completeAndFlush = minutes(1);
/** The longest downtime after which a search has no gap. */
const downtime = minutes(20);

/** From a span's arrival until its block is in the blocklist, at worst, with one poll that fails. */
const listedAfter = (timing: Timing2): number =>
  Math.max(timing.traceLivePeriod, timing.traceIdlePeriod) +
  2 * timing.flushCheckPeriod +
  timing.maxBlockDuration +
  flushJitter +
  completeAndFlush +
  2 * timing.blocklistPoll;

/** From a span's arrival until the generator's block of it is in the blocklist, at worst, with one poll that fails. */
const generatorListedAfter = (timing: Timing2): number =>
  Math.max(timing.generatorLivePeriod, timing.generatorIdlePeriod) +
  2 * timing.generatorFlushCheckPeriod +
  timing.generatorBlockDuration +
  completeAndFlush +
  2 * timing.blocklistPoll;

/** 30 seconds, the least that is allowed, to 48 hours: every minute of the first hour, then in uneven steps. */
const ages = [
  seconds(30),
  ...Array.from({ length: 60 }, (_, index) => minutes(index + 1)),
  ...Array.from({ length: 94 }, (_, index) => hours(0.5 * (index + 2)) + seconds(index)),
  hours(48),
];

/** The inequalities that the derivation promises; each as a sentence and what must be at least what. */
const inequalities: Record<string, (timing: Timing2, age: number) => readonly [larger: number, smaller: number]> = {
  "a span that comes in time keeps its true time in its block": (timing, age) => [timing.walTimeRangeSlack, age],
  "an ingester keeps a block until the blocklist has it, also after a downtime": (timing) => [
    timing.completeBlockTimeout,
    timing.walTimeRangeSlack + listedAfter(timing) + downtime,
  ],
  "a search asks the ingesters until the blocklist has the block": (timing) => [
    timing.queryIngestersUntil,
    timing.walTimeRangeSlack + listedAfter(timing) + downtime,
  ],
  "a search asks the ingesters about nothing that they have dropped": (timing) => [
    timing.completeBlockTimeout,
    timing.queryIngestersUntil,
  ],
  "searches of backend and ingesters overlap": (timing) => [timing.queryIngestersUntil, timing.queryBackendAfter],
  "what the backend is not asked about is still in the ingester": (timing) => [
    timing.completeBlockTimeout,
    timing.queryBackendAfter,
  ],
  "a compacted block's inputs outlive two polls and a query": (timing) => [
    timing.compactedBlockRetention,
    2 * timing.blocklistPoll + minutes(5),
  ],
  "the size of the blocks is known within ten minutes of the first span": (timing) => [
    minutes(10),
    // "<": what takes ten minutes to the millisecond is too late.
    1 + timing.maxBlockDuration + 2 * timing.flushCheckPeriod + flushJitter + completeAndFlush + timing.blocklistPoll,
  ],
  // Three are promised; the third is for the write itself.
  "what was acknowledged is in a file two seconds later": (timing) => [
    seconds(2),
    Math.max(timing.traceIdlePeriod, timing.traceLivePeriod) + timing.flushCheckPeriod,
  ],
  "TraceQL metrics ask the backend only about what it has": (timing, age) => [
    timing.metricsQueryBackendAfter,
    age + generatorListedAfter(timing),
  ],
  "the generator keeps what TraceQL metrics ask it about, with room": (timing) => [
    timing.generatorBlockTimeout,
    timing.metricsQueryBackendAfter + minutes(5),
  ],
  "TraceQL metrics ask the generator about nothing that it has deleted": (timing) => [
    timing.generatorBlockTimeout,
    timing.metricsQueryBackendAfter,
  ],
  "the generator keeps a block until it is flushed": (timing, age) => [
    timing.generatorBlockTimeout,
    age + generatorListedAfter(timing),
  ],
  "a late span keeps its true time in the generator's block": (timing, age) => [timing.generatorTimeRangeSlack, age],
  "a job of a search asks the ingesters about an hour at most": (timing) => [
    timing.ingesterShards * hours(1),
    timing.queryIngestersUntil,
  ],
  "there are no more such jobs than that takes": (timing) => [
    timing.queryIngestersUntil - 1,
    (timing.ingesterShards - 1) * hours(1),
  ],
  // The price of the time is disk.
  "an ingester keeps a block no longer than that takes, to the minute": (timing) => [
    timing.walTimeRangeSlack + listedAfter(timing) + downtime + minutes(1) - 1,
    timing.completeBlockTimeout,
  ],
  "a trace is gone 77 minutes after its retention": (timing) => [
    minutes(77),
    timing.maxBlockDuration + timing.compactionWindow + timing.compactedBlockRetention + 2 * timing.blocklistPoll,
  ],
  "small blocks are merged within the window in which they can be": (timing) => [
    timing.compactionWindow,
    timing.maxBlockDuration + 2 * timing.compactionCycle + 2 * timing.blocklistPoll,
  ],
};

describe("the timing of an end", () => {
  /** What the ingester and the generator take after the delay, measured. */
  const modulesStop = seconds(5);

  it("lets the remote write read what was collected before", () => {
    assert.ok(SHUTDOWN_DELAY + modulesStop > seconds(15));
  });

  it("has Tempo write all that it can before the guard kills it", () => {
    assert.ok(STOPS_WITHIN > SHUTDOWN_DELAY + modulesStop);
  });

  it("leaves no broken WAL for more than a minute", () => {
    const { flushCheckPeriod, traceIdlePeriod } = deriveTiming(minutes(1));
    // A trace is written, counted as owed, and asked for; senders are refused for one interval more.
    const noticed = traceIdlePeriod + flushCheckPeriod + 2 * GUARD_INTERVAL;
    assert.ok(noticed + GUARD_INTERVAL + STOPS_WITHIN <= minutes(1));
  });
});

describe("the timing, for spans up to 30 seconds to 48 hours late", () => {
  for (const [sentence, sides] of Object.entries(inequalities)) {
    it(`holds: ${sentence}`, () => {
      for (const age of ages) {
        const [larger, smaller] = sides(deriveTiming(age), age);
        assert.ok(
          larger >= smaller,
          `at maxSpanAge ${goDuration(age)}: ${goDuration(larger)} < ${goDuration(smaller)}`,
        );
      }
    });
  }

  it("consists of whole milliseconds above zero that survive being written", () => {
    for (const age of ages) {
      const { ingesterShards, ...times } = deriveTiming(age);
      assert.ok(Number.isInteger(ingesterShards) && ingesterShards > 0, `ingesterShards is ${ingesterShards}`);
      for (const [name, ms] of Object.entries(times)) {
        assert.ok(Number.isInteger(ms) && ms > 0, `${name} is ${ms}`);
        assert.equal(parseDuration(goDuration(ms))?.ms, ms, name);
      }
    }
  });

  it("has whole minutes where it adds up seconds", () => {
    for (const age of ages) {
      const { completeBlockTimeout, queryIngestersUntil, metricsQueryBackendAfter } = deriveTiming(age);
      for (const ms of [completeBlockTimeout, queryIngestersUntil, metricsQueryBackendAfter]) {
        assert.equal(ms % minutes(1), 0, goDuration(age));
      }
    }
  });

  it("never becomes shorter when spans may come later", () => {
    for (const [index, age] of ages.entries()) {
      const previous = ages[index - 1];
      if (previous === undefined) continue;
      const before = deriveTiming(previous);
      for (const [name, ms] of Object.entries(deriveTiming(age)) as [keyof Timing2, number][]) {
        assert.ok(ms >= before[name], `${name} at ${goDuration(age)}`);
      }
    }
  });
});
