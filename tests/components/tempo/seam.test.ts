import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TempoMetrics, TempoVersion } from "../../../components/contracts/tempoVersion";
import { planGrafana } from "../../../components/grafana/plan";
import { guardFiles } from "../../../components/storage/volume/guard";
import { tempo2 } from "../../../components/tempo/v2";
import { renderTempoYaml } from "../../../components/tempo/tempoYaml";
import { renderValues } from "../../../components/tempo/values";
import { DEFAULT_TEMPO, TEMPO_VERSIONS, tempoVersionOf } from "../../../components/versions";
import { ROOT, settingsOf, type Changes } from "../../stack/program/stacks";

const OWNER = "tempo.prod";

/** Every name of a version that is a metric's. */
function namesOf({ metrics }: TempoVersion): string[] {
  return Object.entries(metrics).flatMap(([key, name]) => (key === "rings" ? [] : [name as string]));
}

/** Another major version, of which everything has another name. */
const other: TempoVersion = {
  ...tempo2,
  major: 9,
  image: { least: [9, 1], example: "grafana/tempo:9.1.0" },
  chart: { least: [9, 0], example: "9.0.0", values: { ballast: "none" } },
  timing: (settings) => ({ ...tempo2.timing(settings), completeBlockTimeout: 77_000 }),
  configuration: (_settings, _owner, storage) => ({ new_store: { ...storage.backend } }),
  overrides: (_settings, figures) => ({ new_limits: figures }),
  metrics: Object.fromEntries(
    Object.entries(tempo2.metrics).map(([key, name]) =>
      key === "rings" ? [key, ["new-ring"]] : [key, `other_${String(name)}`],
    ),
  ) as TempoMetrics,
  paths: { wal: "new-wal", completed: "new-wal/completed", generator: "new-generator" },
};

describe("another version of Tempo", () => {
  before(() => TEMPO_VERSIONS.push(other));
  after(() => {
    assert.equal(TEMPO_VERSIONS.pop(), other);
  });

  const prod = (changes: Changes = {}): ReturnType<typeof settingsOf> =>
    settingsOf("prod", {
      image: other.image.example,
      chartVersion: other.chart.example,
      storage: { adaptiveRetention: true },
      ...changes,
    });

  it("is picked by the image, and by nothing else", () => {
    assert.equal(tempoVersionOf(prod()), other);
    assert.equal(tempoVersionOf(settingsOf("prod")), tempo2);
    for (const image of [`grafana/tempo@sha256:${"0".repeat(64)}`, "registry.example.com/observability:9.1.0"]) {
      assert.equal(tempoVersionOf(prod({ image, chartVersion: "2.2.4" })), DEFAULT_TEMPO);
    }
  });

  it("is one of those that an error lists, and brings its own line of the chart", () => {
    assert.throws(
      () => prod({ image: "grafana/tempo:7.0.0", chartVersion: "2.2.4" }),
      /not Tempo 2 or 9, which alone .* Write a version from 2\.10 on, of 2\.x, or from 9\.1 on, of 9\.x/,
    );
    assert.throws(() => prod({ image: "grafana/tempo:9.0.4" }), /older than Tempo 9\.1/);
    assert.throws(() => prod({ chartVersion: "2.2.4" }), /not of the chart's 9\.x line, which deploys Tempo 9\./);
  });

  it("names every metric that dashboards, alerts and links ask for", () => {
    const settings = prod();
    const { grafana } = settings;
    assert.ok(grafana);
    const planned = JSON.stringify(planGrafana(settings, grafana, OWNER));
    // Captured: without the guard's own, the labels, and the collector's, whose names no version of Tempo decides.
    const own =
      /\b(?:tempodb|traces)_\w+|\btempo_(?!volume_|retention_|ingestion_|compaction_paused|wal_broken|guard_|instance\b)\w+/;
    assert.equal(own.exec(planned)?.[0], undefined);
    for (const name of ["spansReceived", "liveTraces", "backendBytes", "calls", "edgeRequests"] as const) {
      assert.ok(planned.includes(other.metrics[name]), name);
    }
    assert.match(planned, /name=~\\\\\\"new-ring\\\\\\"/);
  });

  it("decides tempo.yaml, the chart's values, and what the guard reads and writes", () => {
    const settings = prod();
    assert.match(renderTempoYaml(settings, OWNER), /^new_store:\n {2}backend: local\n/);
    const { tempo } = renderValues(settings, "", OWNER) as { tempo: Record<string, unknown> };
    assert.equal(tempo["ballast"], "none");
    assert.ok(!("memBallastSizeMbs" in tempo));
    const files = guardFiles(settings);
    assert.match(files["overrides.tmpl"] ?? "", /^new_limits:\n {2}rate: GUARD_RATE\n/);
    assert.match(files["guard.sh"] ?? "", /\/\^other_tempo_ingester_traces_created_total\//);
    assert.match(
      files["guard.sh"] ?? "",
      /find "\$DATA\/new-wal" -maxdepth 2 -path "\$DATA\/new-wal\/completed" -prune/,
    );
    assert.match(
      files["inventory.awk"] ?? "",
      /path == "new-wal"\).*\n.*path == "new-generator"\).*\n.*path == "new-wal\/completed"\)/,
    );
    for (const [file, text] of Object.entries(files)) assert.doesNotMatch(text, /@\w+@/, file);
  });
});

describe("a name that a version of Tempo gives a metric", () => {
  it("is written in that version's folder only", () => {
    const names = new Set(TEMPO_VERSIONS.flatMap(namesOf));
    assert.ok(names.size > 40);
    const places = ["components", "stack", "tools", "bench", "lib", "index.ts"];
    const found = places
      .flatMap((place) => filesBelow(place))
      .flatMap((file) => {
        const words = readFileSync(join(ROOT, file), "utf8").match(/\w+/g) ?? [];
        return words.flatMap((word) =>
          names.has(word.replace(/_(?:bucket|sum|count)$/, "")) || names.has(word) ? [`${file}: ${word}`] : [],
        );
      });
    assert.deepEqual(found, []);
  });
});

function filesBelow(place: string): string[] {
  if (place.endsWith(".ts")) return [place];
  return readdirSync(join(ROOT, place), { recursive: true, encoding: "utf8" })
    .map((file) => `${place}/${file.replaceAll("\\", "/")}`)
    .filter((file) => /\.(?:ts|mjs|cjs|sh|awk)$/.test(file) && !/^components\/tempo\/v\d+\//.test(file));
}
