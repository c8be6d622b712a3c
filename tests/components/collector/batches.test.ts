import assert from "node:assert/strict";
import { parse } from "yaml";
import { exporterOf } from "../../../components/collector/config";
import { guardFiles } from "../../../components/storage/volume/guard";
import { leastBurst, storagePlan } from "../../../components/storage/volume/plan";
import { tempoConfig } from "../../../components/tempo/tempoYaml";
import { MIB } from "../../../lib/schema/quantity";
import { LEAST_MESSAGE_MIB } from "../../../components/contracts/otlp";
import type { Settings } from "../../../components/contracts/settings";
import { blockAt, parseAlloy } from "../alloy/parse";
import { shells, Volume } from "../storage/volume/volume";
import { configOf, variantOf, variants } from "./variants";

/** The largest batch that a collector's configuration allows, in bytes. */
function largestBatch(variant = variantOf()): number {
  const { attributes } = blockAt(
    parseAlloy(configOf(variant)),
    exporterOf(variant.collector),
    "sending_queue",
    "batch",
  );
  assert.equal(attributes["sizer"], "bytes");
  assert.ok(typeof attributes["max_size"] === "number");
  return attributes["max_size"];
}

/** What guard.conf says. */
function guardConf(settings: Settings): Record<string, number> {
  const lines = (guardFiles(settings)["guard.conf"] ?? "").trim().split("\n");
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), Number(line.split("=")[1])]));
}

/** Every burst that the guard leaves to senders, from the settings' own down: it halves, not below LEAST_BURST. */
function bursts(settings: Settings): number[] {
  const { BURST: configured = NaN, LEAST_BURST: least = NaN } = guardConf(settings);
  const steps = [configured];
  for (let burst = configured; burst / 2 >= least;) steps.push((burst /= 2));
  return steps;
}

/** A batch that is larger than what Tempo takes at once is refused at every retry, for ever. */
describe("the largest batch of the collector", () => {
  for (const [title, make] of Object.entries(variants)) {
    it(`is below the limit of a message, which Tempo's receivers have from the same constant: ${title}`, () => {
      const variant = make();
      const { protocols } = (
        tempoConfig(variant.settings, "tempo.prod") as {
          distributor: { receivers: { otlp: { protocols: Record<"grpc" | "http", Record<string, number>> } } };
        }
      ).distributor.receivers.otlp;
      assert.equal(protocols.grpc["max_recv_msg_size_mib"], LEAST_MESSAGE_MIB);
      assert.equal(protocols.http["max_request_body_size"], LEAST_MESSAGE_MIB * MIB);
      assert.ok(largestBatch(variant) <= (LEAST_MESSAGE_MIB * MIB) / 2);
    });
  }

  const burstsOfSettings = ["4Mi", "4194305", "5M", "8M", "64Mi"];
  for (const ingestionBurst of burstsOfSettings) {
    it(`is below Tempo's burst at every step of the guard, from ${ingestionBurst} down`, () => {
      for (const size of ["256Mi", "10Gi", "1Ti"]) {
        const { settings } = variantOf({}, { limits: { ingestionBurst }, volume: { size } });
        const steps = bursts(settings);
        assert.ok(steps.length >= (ingestionBurst === "64Mi" ? 5 : 1));
        for (const burst of steps) assert.ok(largestBatch() < burst, `${largestBatch()} in ${burst}`);
      }
    });
  }

  // The real script, on a volume that fills, with the room that the plan asks for.
  it("is below the burst in the file that the guard writes, until it refuses everybody", () => {
    const { settings } = variantOf();
    const { roomPerRate, roomPerBurst } = storagePlan(settings);
    const configured = 16 * LEAST_MESSAGE_MIB * MIB;
    const seen = new Set<number>();
    for (const percent of [10, 50, 80, 86, 90, 91, 92, 93, 94]) {
      const volume = new Volume(shells()[0] ?? ["sh"], {
        CLAIM: 40 * MIB,
        PER_RATE: roomPerRate,
        PER_BURST: roomPerBurst,
        FALLBACK_RATE: 20_000,
        BURST: configured,
      });
      try {
        volume.block(Math.floor((40 * 1_024 * percent) / 100), 1);
        volume.measure();
        const { overrides } = parse(volume.overrides()) as {
          overrides: Record<string, { ingestion: Record<string, number> }>;
        };
        const burst = overrides["single-tenant"]?.ingestion["burst_size_bytes"] ?? configured;
        seen.add(burst);
        // 2 is: refused.
        if (volume.metric("tempo_ingestion_limited") === 2) assert.equal(burst, 1);
        else assert.ok(largestBatch() < burst, `${burst} at ${percent} %`);
      } finally {
        volume.remove();
      }
    }
    // All of it: less and less, down to the least that there is, and refused.
    assert.ok(seen.size >= 3 && seen.has(leastBurst(settings)) && seen.has(1), [...seen].join(", "));
  });
});
