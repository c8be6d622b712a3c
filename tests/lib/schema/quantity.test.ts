import assert from "node:assert/strict";
import { compareQuantities, parseQuantity, toBytes, type Quantity } from "../../../lib/schema/quantity";

function quantity(text: string): Quantity {
  const parsed = parseQuantity(text);
  assert.ok(parsed, `${text} is a quantity`);
  return parsed;
}

describe("parseQuantity", () => {
  const equal: [a: string, b: string][] = [
    ["10Gi", "10240Mi"],
    ["1.5Gi", "1536Mi"],
    ["0.5Gi", "512Mi"],
    ["1Ki", "1024"],
    ["1k", "1000"],
    ["1M", "1e6"],
    ["1e3", "1k"],
    ["1E3", "1000"],
    ["1e+3", "1000"],
    ["2500e-1", "250"],
    ["1500m", "1.5"],
    ["500m", "0.5"],
    ["500m", "0.500"],
    ["1.", "1"],
    ["007", "7"],
    ["1Ti", "1024Gi"],
    ["1Pi", "1024Ti"],
    ["1Ei", "1024Pi"],
    ["1E", "1000P"],
    ["1P", "1000T"],
    ["1T", "1000G"],
    ["0", "0Gi"],
  ];
  for (const [a, b] of equal) {
    it(`${a} equals ${b}`, () => {
      assert.equal(quantity(a).milli, quantity(b).milli);
      assert.equal(compareQuantities(quantity(a), quantity(b)), 0);
    });
  }

  it("keeps the text as it was written", () => {
    assert.deepEqual(parseQuantity("1.50Gi"), { text: "1.50Gi", milli: 1_610_612_736_000n });
  });

  it("tells E, the suffix, from e, the exponent", () => {
    assert.equal(quantity("1E").milli, 10n ** 21n);
    assert.equal(quantity("1E0").milli, 1000n);
  });

  it("is exact where floating point is not", () => {
    assert.equal(quantity("0.1").milli, 100n);
    assert.equal(quantity("0.3Ki").milli, 307_200n);
    assert.equal(quantity("9007199254740993").milli, 9_007_199_254_740_993_000n);
  });

  const none = [
    ["a unit that there is not", "10Gib", "10GB", "10gi", "10GI", "10KI", "1K", "1g", "5mi", "1MiB", "1B"],
    ["space", "10 Gi", " 10Gi", "10Gi ", "10Gi\n", "\t1", "10\u00a0Gi"],
    ["a sign", "-1Gi", "+1Gi", "-0"],
    ["no number", "", "Gi", "m", ".", ".Gi", "e3", "NaN", "Infinity", "null"],
    ["finer than a thousandth", "1.0001m", "0.0001", "1e-4", "0.5m"],
    ["finer than nothing", "1n", "1u"],
    ["another notation", "1,5Gi", "1_000", "0x10", "1.2.3", "1e", "1e3Gi", "1e100", "٣Gi", "１Gi", "½Gi"],
  ] as const;
  for (const [why, ...texts] of none) {
    it(`knows no text with ${why}`, () => {
      for (const text of texts) assert.equal(parseQuantity(text), undefined, JSON.stringify(text));
    });
  }
});

describe("toBytes", () => {
  it("gives whole units, rounded down", () => {
    assert.equal(toBytes(quantity("16Mi")), 16_777_216);
    assert.equal(toBytes(quantity("1G")), 1_000_000_000);
    assert.equal(toBytes(quantity("1999m")), 1);
    assert.equal(toBytes(quantity("0")), 0);
  });
});

describe("compareQuantities", () => {
  it("orders by value, not by text", () => {
    const sorted = ["1Gi", "900Mi", "1G", "10Gi", "9.5Gi", "1"].map(quantity).sort(compareQuantities);
    assert.deepEqual(
      sorted.map(({ text }) => text),
      ["1", "900Mi", "1G", "1Gi", "9.5Gi", "10Gi"],
    );
  });

  it("sees a difference below what a double holds", () => {
    assert.ok(compareQuantities(quantity("9007199254740993"), quantity("9007199254740992")) > 0);
    assert.ok(compareQuantities(quantity("9007199254740992"), quantity("9007199254740993")) < 0);
  });
});
