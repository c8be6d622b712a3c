import assert from "node:assert/strict";
import { overridesTemplate } from "../../../../components/storage/volume/guard";
import { marksHold, storagePlan, type PlannedSettings } from "../../../../components/storage/volume/plan";
import { tempoConfig } from "../../../../components/tempo/tempoYaml";
import { tenantLimits } from "../../../../components/tempo/v2/limits";
import { toBytes } from "../../../../lib/schema/quantity";
import { settingsOf, type Changes } from "../../../stack/program/stacks";

const HOUR = 3_600_000;

function planned(changes: Changes = {}, floor = 24 * HOUR): PlannedSettings {
  return {
    ...settingsOf("prod", { storage: {}, collector: undefined, ...changes }),
    storage: { adaptiveRetention: true, minRetention: { ms: floor } },
  };
}
const ofSize = (size: string): PlannedSettings => planned({ volume: { size } });

describe("the storage plan", () => {
  for (const size of ["100Mi", "256Mi", "1Gi", "10Gi", "100Gi", "1Ti"]) {
    it(`orders the marks on ${size}`, () => {
      const { low, high, pause, throttle, refuse } = storagePlan(ofSize(size)).marks;
      assert.ok(low < high && high < pause && pause < throttle && throttle < refuse && refuse < 950);
    });
  }

  it("leaves room for the work in hand between refusal and 95 %, but on a volume too small for a message", () => {
    for (const size of ["256Mi", "1Gi", "10Gi", "1Ti"]) assert.ok(marksHold(ofSize(size)), size);
    assert.ok(!marksHold(ofSize("100Mi")));
  });

  it("keeps the largest compaction and the blocks in hand a small part of the volume", () => {
    for (const size of ["256Mi", "10Gi", "100Gi"]) {
      const settings = ofSize(size);
      const { compactionBlockBytes, headBlockBytes } = storagePlan(settings);
      assert.ok(compactionBlockBytes <= toBytes(settings.volume.size) / 100, size);
      assert.ok(headBlockBytes <= toBytes(settings.volume.size) / 200, size);
    }
  });

  it("falls back to a rate that the floor, or long copies, make smaller, and never above the configured one", () => {
    const rate = (settings: PlannedSettings): number => storagePlan(settings).fallbackRate;
    assert.ok(rate(planned({}, 12 * HOUR)) > rate(planned({}, 24 * HOUR)));
    assert.ok(rate(planned({ metricsGenerator: { maxSpanAge: "1h" } })) > rate(planned()));
    assert.equal(rate(ofSize("1Ti")), 1_000_000);
  });
});

describe("the overrides of the tenant", () => {
  it("start from what tempo.yaml gives every tenant", () => {
    const settings = settingsOf("prod");
    assert.deepEqual(
      (tempoConfig(settings, "tempo.prod")["overrides"] as Record<string, unknown>)["defaults"],
      tenantLimits(settings),
    );
  });

  it("have a placeholder where the guard writes, plain so that a number stays one", () => {
    const text = overridesTemplate(settingsOf("prod"));
    for (const line of [
      /rate_limit_bytes: GUARD_RATE$/m,
      /burst_size_bytes: GUARD_BURST$/m,
      /block_retention: GUARD_RETENTION$/m,
      /compaction_window: GUARD_WINDOW$/m,
    ]) {
      assert.match(text, line);
    }
  });

  it("make no span metrics without a Prometheus", () => {
    assert.doesNotMatch(overridesTemplate(settingsOf("prod", { prometheus: {}, grafana: {} })), /span-metrics/);
  });
});
