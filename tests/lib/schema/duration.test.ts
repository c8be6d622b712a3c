import assert from "node:assert/strict";
import { goDuration, hours, minutes, parseDuration, seconds } from "../../../lib/schema/duration";

const ms = (text: string): number | undefined => parseDuration(text)?.ms;

describe("parseDuration", () => {
  const equal: string[][] = [
    ["168h", "7d", "6d24h", "1w", "10080m", "6d23h59m60s"],
    ["90s", "1m30s", "1.5m", "90000ms", "1m29s1000ms"],
    ["1h30m", "90m", "1.5h", "1h29m60s"],
    ["0s", "0h", "0ms"],
  ];
  for (const [first = "", ...others] of equal) {
    it(`${first} is ${others.join(", ")}`, () => {
      for (const other of others) assert.equal(ms(other), ms(first), other);
    });
  }

  it("counts milliseconds and keeps the text", () => {
    assert.deepEqual(parseDuration("1h30m"), { text: "1h30m", ms: 5_400_000 });
    assert.equal(ms("1w2d3h4m5s6ms"), 604_800_000 + 2 * 86_400_000 + 3 * 3_600_000 + 4 * 60_000 + 5_006);
  });

  it("takes m for minutes and ms for milliseconds", () => {
    assert.equal(ms("1m"), 60_000);
    assert.equal(ms("1ms"), 1);
    assert.equal(ms("1m1ms"), 60_001);
  });

  // 1.1 * 3600000 is 3960000.0000000005 in floating point.
  it("takes every fraction that is a whole number of milliseconds", () => {
    const fractions = ["1.1h", "2.2h", "4.4h", "1.001s", "1.7d", "0.3d", "0.1w", "32.768s", "0.5m", "1.15s"];
    for (const text of fractions) assert.ok(ms(text) !== undefined, text);
    assert.equal(ms("1.1h"), 3_960_000);
    assert.equal(ms("1.001s"), 1_001);
  });

  const none = [
    ["another unit's name", "7 days", "7days", "1y", "1M", "1mo", "168H", "1min", "1hour", "1us", "1ns", "1µs"],
    ["no unit", "168", "1.5", "0", "1h30", "1.5."],
    ["no number", "", "h", "ms", ".h", ".5h", "d7", "1.h"],
    ["units not from large to small, each once", "1m1h", "1h1h", "1s1m", "24h6d", "1ms1s"],
    ["space", "1h 30m", " 1h", "1h ", "1h\n", "1 h"],
    ["a sign", "-1h", "+1h", "1h-30m"],
    ["less than a millisecond", "0.1ms", "1.5ms", "0.0001s"],
    ["another notation", "1e3s", "1,5h", "1_0h", "PT1H", "01:30", "٧d", "７d", "∞"],
    ["more than can be counted exactly", "15000000000w", "9999999999999999999h"],
  ] as const;
  for (const [why, ...texts] of none) {
    it(`knows no text with ${why}`, () => {
      for (const text of texts) assert.equal(parseDuration(text), undefined, JSON.stringify(text));
    });
  }
});

describe("goDuration", () => {
  it("writes the largest whole unit of those that Go has", () => {
    assert.equal(goDuration(hours(168)), "168h");
    assert.equal(goDuration(minutes(90)), "90m");
    assert.equal(goDuration(seconds(90)), "90s");
    assert.equal(goDuration(1_500), "1500ms");
    assert.equal(goDuration(0), "0s");
  });

  it("never writes d or w, and comes back as the same time", () => {
    for (const text of ["7d", "1w", "6d24h", "1h30m", "36h", "90s", "1ms", "1.5s", "100w", "0s"]) {
      const value = ms(text) ?? Number.NaN;
      const written = goDuration(value);
      assert.match(written, /^\d+(?:h|m|s|ms)$/);
      assert.equal(ms(written), value, text);
    }
  });

  it("writes no exponent for long times", () => {
    assert.equal(goDuration(ms("100000w") ?? 0), "16800000h");
  });
});
