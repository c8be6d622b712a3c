import assert from "node:assert/strict";
import { join } from "node:path";
import { filesOf, hurryCompaction, placeConfig } from "../../../bench/tempo/place";
import { readStackConfig, settingsOf } from "../../../tools/offline/project";
import { VARIANT_NAMES, variants, type Config } from "../../../bench/tempo/variants";

const root = join(__dirname, "../../..");
const all = variants(settingsOf(readStackConfig(root, "prod")));
const place = {
  folder: "/data",
  ports: { http: 1, grpc: 2, otlpGrpc: 3, otlpHttp: 4 },
  remoteWriteUrl: "http://127.0.0.1:5/write",
};

/** Every path of keys with its value. */
function leaves(value: unknown, path: string[] = []): [string, unknown][] {
  if (typeof value !== "object" || value === null) return [[path.join("."), value]];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
}

/** What differs between two configurations, by its path. */
function differences(one: Config, other: Config): string[] {
  const [before, after] = [new Map(leaves(one)), new Map(leaves(other))];
  return [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));
}

/** All that the bench may change, whatever the variant. */
const allowed =
  /\.path$|\.url$|^server\.(http|grpc)_listen_(address|port)$|^usage_report|^overrides\.per_tenant_override_config$|\.receivers\.(jaeger\..*|otlp\.protocols\.(grpc|http)\.endpoint)$/;

describe("bench: a configuration on this machine", () => {
  for (const name of VARIANT_NAMES) {
    const { config } = all[name];
    const placed = placeConfig(config, place);

    it(`${name}: differs by paths, addresses and the report of usage alone`, () => {
      const others = differences(config, placed).filter((key) => !allowed.test(key));
      assert.deepEqual(others, []);
    });

    it(`${name}: keeps no path, port or address of the pod`, () => {
      const strange = leaves(placed).filter(
        ([key, value]) =>
          (typeof value === "string" && /^\/(?!data\/)|0\.0\.0\.0|prometheus\./.test(value)) ||
          (key.endsWith("_listen_port") && Number(value) > 5),
      );
      assert.deepEqual(strange, []);
    });

    it(`${name}: has the same compaction as the others when it is hurried`, () => {
      const { compactor, storage } = hurryCompaction(placed) as {
        compactor: { compaction: Record<string, unknown> };
        storage: { trace: Record<string, unknown> };
      };
      assert.deepEqual(
        [compactor.compaction["compaction_cycle"], compactor.compaction["compacted_block_retention"]],
        ["1s", "1s"],
      );
      assert.equal(storage.trace["blocklist_poll"], "3s");
      assert.equal(storage.trace["backend"], "local");
    });
  }

  it("names the overrides file that Tempo wants", () => {
    assert.deepEqual(filesOf(placeConfig(all.ours.config, place)), ["/data/run/tempo-guard/overrides.yaml"]);
    assert.deepEqual(filesOf(placeConfig(all.chart.config, place)), ["/data/conf/overrides.yaml"]);
    assert.deepEqual(filesOf(placeConfig(all.today.config, place)), []);
  });
});

describe("bench: variants", () => {
  it("takes ours from the program's own renderers", () => {
    const { args, env, readinessProbe } = all.ours;
    assert.deepEqual(args, ["-mem-ballast-size-mbs=0"]);
    assert.equal(env["GOMEMLIMIT"], String(Math.floor(1024 ** 3 * 0.8)));
    assert.deepEqual(readinessProbe, { initialDelay: 1, period: 2 });
  });

  it("takes away from ours what it says, and nothing else", () => {
    assert.deepEqual(differences(all.ours.config, all.withoutMetrics.config), [
      "overrides.defaults.metrics_generator.processors.2",
    ]);
    assert.deepEqual(differences(all.ours.config, all.withoutWrites.config).sort(), [
      "ingester.flush_check_period",
      "ingester.trace_idle_period",
      "ingester.trace_live_period",
    ]);
    assert.equal(differences(all.ours.config, all.withoutBoth.config).length, 4);
  });

  it("gives every variant a metrics generator", () => {
    for (const name of VARIANT_NAMES) {
      const { overrides } = all[name].config as {
        overrides: { defaults: { metrics_generator: { processors: string[] } } };
      };
      const { processors } = overrides.defaults.metrics_generator;
      assert.ok(processors.includes("span-metrics") && processors.includes("service-graphs"), name);
    }
  });
});
