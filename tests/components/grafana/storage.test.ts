/** Expressions and alerts of Tempo's volume: on hand-made series by promtool, and on what a real guard exported. */
import assert from "node:assert/strict";
import { stringify } from "yaml";
import { conditionOf } from "../../../components/grafana/alerts/prometheus";
import { volumeMarks } from "../../../components/storage/volume/dashboard";
import { NOT_SCRAPED } from "../../../components/grafana/kit/panels";
import { ownSeries } from "../../../components/grafana/queries/own";
import { NEVER, storageQueries, TOO_EARLY } from "../../../components/storage/volume/queries";
import { toBytes } from "../../../lib/schema/quantity";
import { settingsOf, type Changes } from "../../stack/program/stacks";
import { describePrometheus } from "../../support/describePrometheus";
import { substituteVariables } from "../../support/grafanaVariables";
import { findPrometheus } from "../../support/findProgram";
import { promtoolCheckRules, promtoolTestRules } from "../../support/prometheus";
import type { State } from "../../support/series";
import { skipWithout } from "../../support/skip";
import {
  concerned,
  own,
  RECEIVED,
  rulesOf,
  scrapeFailsFrom,
  tempo,
  testFile,
  then,
  withoutPrometheus,
  type Course,
  type Expected,
  type Scenario,
  type System,
  type Value,
  ruleFile,
} from "./support/alerts";
import { contentsOf, dashboardExpressions, panelsOf, queriesOf, OWNER } from "./support/expressions";

/** Without a collector, which has tests of its own. */
const GUARDED: Changes = { storage: { guard: true, adaptiveRetention: false }, collector: {} };
const SIZE_AWARE: Changes = { storage: { guard: true, adaptiveRetention: true }, collector: {} };
const UNGUARDED: Changes = { storage: { guard: false }, collector: {} };

const HOUR = 60;
const DAY = 24 * HOUR;
const GIB = 1024 ** 3;
/** Of the stack prod, in seconds. */
const RETENTION = 168 * 3600;
const FLOOR = 24 * 3600;
const LIMIT = 10 * GIB;

const GUARD = 'job="tempo-guard",instance="tempo-guard.monitoring.svc.cluster.local:3201"';
const guard = (metric: string, label = ""): string => `${metric}{${[GUARD, label].filter(Boolean).join(",")}}`;
const kubelet = (metric: string, claim = "data-tempo-0"): string =>
  `kubelet_volume_stats_${metric}{job="kubelet",namespace="monitoring",persistentvolumeclaim="${claim}"}`;

const USED = guard("tempo_volume_used_bytes");
const OLDEST = guard("tempo_volume_oldest_block_timestamp_seconds");
const EFFECTIVE = guard("tempo_retention_effective_seconds");
const LEVEL = guard("tempo_ingestion_limited");
const MEASURED = guard("tempo_guard_measured_timestamp_seconds");
const INODES_FREE = guard("tempo_volume_inodes_free");
const BROKEN = guard("tempo_wal_broken");
const RESTARTS = guard("tempo_guard_restarts_total");

/** What a guard exports of a volume that stands at a share of its limit. */
function volume(share: number, changes: System = {}): System {
  const constants: Record<string, number> = {
    [guard("tempo_volume_bytes", 'part="blocks"')]: 0.3 * share * LIMIT,
    [guard("tempo_volume_bytes", 'part="compacted"')]: 0.08 * share * LIMIT,
    [guard("tempo_volume_bytes", 'part="unfinished"')]: 0.02 * share * LIMIT,
    [guard("tempo_volume_bytes", 'part="ingester"')]: 0.3 * share * LIMIT,
    [guard("tempo_volume_bytes", 'part="generator"')]: 0.3 * share * LIMIT,
    [USED]: share * LIMIT,
    [guard("tempo_volume_limit_bytes")]: LIMIT,
    [guard("tempo_volume_inodes")]: 655_360,
    [INODES_FREE]: 600_000,
    [guard("tempo_retention_configured_seconds")]: RETENTION,
    [EFFECTIVE]: RETENTION,
    [guard("tempo_retention_floor_seconds")]: FLOOR,
    [LEVEL]: 0,
    [guard("tempo_ingestion_limitations_total")]: 0,
    [BROKEN]: 0,
    [RESTARTS]: 0,
  };
  return {
    ...Object.fromEntries(Object.entries(constants).map(([selector, value]) => [selector, (): Value => value])),
    [MEASURED]: (minute) => minute * 60,
    ...changes,
  };
}

/** Long ago, in minutes. */
const living = tempo({ started: -600, spans: true });
const quiet = tempo({ started: -600, spans: true, lastSpan: 1 });
const fresh = tempo({ started: 0, spans: false });

const during = (from: number, until: number, value: Value, otherwise: Value): Course => {
  return (minute) => (minute >= from && minute < until ? value : otherwise);
};
/** A volume that grows from a share by a share of the limit each hour. */
const ramp = (from: number, perHour: number, since = 0): Course => {
  return (minute) => LIMIT * (from + perHour * Math.max(0, (minute - since) / HOUR));
};
/** What every evening brings and every night takes away. */
const cycle = (middle: number, swing: number): Course => {
  return (minute) => LIMIT * (middle + swing * Math.sin((2 * Math.PI * minute) / DAY));
};

function scenario(name: string, system: System, fires: readonly Expected[] = [], minutes = 180): Scenario {
  return { name, minutes, system, fires };
}

/** A day after another that was the same, and for as long as a rule that looks back for longer than a day (by an hour). */
function days(name: string, system: System, fires: readonly Expected[] = []): Scenario {
  return { name, minutes: 2 * DAY + 2 * HOUR, step: 5, since: DAY, system, fires };
}

/** Whatever the settings are, this is no news. */
const calm: readonly Scenario[] = [
  scenario("a volume that is half full", { ...living, ...volume(0.5) }),
  scenario("a volume of a quiet Tempo", { ...quiet, ...volume(0.5) }, [], 360),
  scenario("a fresh Tempo", { ...fresh, ...volume(1e-6, { [OLDEST]: () => undefined }) }),
  scenario("a fresh Tempo that fills up as it does in the first day", {
    ...tempo({ started: 0, spans: true }),
    ...volume(0, { [USED]: ramp(0, 0.26 / 24), [OLDEST]: (minute) => (minute < 8 ? undefined : 8 * 60) }),
  }),
  scenario("a restart", {
    ...then(living, 60, 63, tempo({ started: 63, spans: true })),
    ...then(volume(0.5), 60, 63, volume(0.5)),
  }),
  {
    ...scenario("half an hour without Prometheus", withoutPrometheus({ ...living, ...volume(0.5) }, 70, 100)),
    since: 100,
  },
  scenario("a compaction that takes room for a quarter of an hour", {
    ...living,
    ...volume(0.7, { [USED]: during(60, 75, 0.85 * LIMIT, 0.7 * LIMIT) }),
  }),
  scenario("the oldest block at its retention, and a few minutes more", {
    ...living,
    ...volume(0.5, { [OLDEST]: (minute) => minute * 60 - RETENTION - 1200 }),
  }),
  scenario(
    "a Tempo that was away for hours, and deletes what has become too old meanwhile",
    {
      ...then(living, 10, 190, tempo({ started: 190, spans: true })),
      ...then(volume(0.5), 10, 190, volume(0.5)),
      [OLDEST]: (minute) => {
        if (minute >= 10 && minute < 190) return undefined;
        return (minute < 195 ? 0 : minute * 60) - RETENTION;
      },
    },
    [{ rule: "down", from: 15, until: 190 }],
    300,
  ),
  scenario("a file system whose inodes have no fixed number", {
    ...living,
    ...volume(0.5, { [guard("tempo_volume_inodes")]: () => 0, [INODES_FREE]: () => 0 }),
  }),
  days("a volume whose use comes and goes with the day", { ...living, ...volume(0.5, { [USED]: cycle(0.65, 0.12) }) }),
  scenario("a guard that restarted Tempo long ago", {
    ...living,
    ...volume(0.5, { [RESTARTS]: () => 3 }),
  }),
];

const ofVolume: readonly Scenario[] = [
  ...calm,
  scenario("a volume at 82 %", { ...living, ...volume(0.82) }, [{ rule: "volume-filling", from: 30 }]),
  scenario(
    "a volume at 92 %, from which somebody deletes",
    { ...living, ...volume(0.5, { [USED]: during(0, 90, 0.92 * LIMIT, 0.5 * LIMIT) }) },
    [
      { rule: "volume-full", from: 5, until: 90 },
      { rule: "volume-filling", from: 30, until: 90 },
    ],
  ),
  scenario(
    "a volume that grows by four hundredths an hour",
    { ...living, ...volume(0, { [USED]: ramp(0.3, 0.04) }) },
    // After an hour it stands at 34 %, so that it is full in 16 hours; half an hour later it is told.
    [{ rule: "volume-full-soon", from: 85 }],
  ),
  scenario(
    "a volume that grows by one hundredth an hour",
    { ...living, ...volume(0, { [USED]: ramp(0.3, 0.01) }) },
    [],
    600,
  ),
  scenario(
    "inodes that others use up",
    { ...living, ...volume(0.5, { [INODES_FREE]: during(30, 90, 30_000, 600_000) }) },
    [{ rule: "inodes", from: 45, until: 90 }],
  ),
  scenario(
    "blocks that are not deleted",
    { ...living, ...volume(0.5, { [OLDEST]: () => 30 * 60 - RETENTION }) },
    // From its 30th minute on the block is too old, from the 91st by more than an hour.
    [{ rule: "retention-stuck", from: 125 }],
  ),
  scenario(
    "a guard that stops while its server goes on",
    { ...living, ...volume(0.5, { [MEASURED]: during(60, Infinity, 3600, undefined) }) },
    [
      { rule: "guard-silent", from: 10, until: 60 },
      { rule: "guard-silent", from: 80 },
    ],
  ),
  scenario("a guard that is gone", { ...living, ...scrapeFailsFrom(volume(0.82), 60) }, [
    { rule: "volume-filling", from: 30, until: 60 },
    { rule: "guard-silent", from: 75 },
  ]),
  scenario("a guard that nobody scrapes", living, [{ rule: "guard-silent", from: 10 }]),
  scenario("a Tempo that is down with its guard", scrapeFailsFrom({ ...living, ...volume(0.5) }, 60), [
    { rule: "down", from: 65 },
  ]),
  scenario("two scrapes of the same guard", {
    ...living,
    ...volume(0.5),
    ...Object.fromEntries(
      Object.entries(volume(0.5)).map(([selector, course]) => [selector.replace("tempo-guard", "pods"), course]),
    ),
  }),
];

const ofSizeAware: readonly Scenario[] = [
  ...calm,
  scenario("a volume that retention holds at 82 %", { ...living, ...volume(0.82) }),
  days("a volume that retention holds between 80 and 85 %", {
    ...living,
    ...volume(0.82, { [USED]: cycle(0.825, 0.025) }),
  }),
  scenario(
    "a volume that shortened retention keeps from growing",
    {
      ...living,
      ...volume(0.82, { [USED]: ramp(0.3, 0.04), [EFFECTIVE]: during(30, 120, RETENTION / 2, RETENTION) }),
    },
    [{ rule: "retention-shortened", from: 45, until: 120 }],
  ),
  scenario(
    "a volume that fills up at the floor",
    { ...living, ...volume(0, { [USED]: ramp(0.6, 0.06), [EFFECTIVE]: () => FLOOR }) },
    [
      { rule: "retention-shortened", from: 15 },
      { rule: "retention-floor", from: 15 },
      { rule: "volume-full-soon", from: 85 },
    ],
  ),
  scenario("a retention that is configured as short as the floor", {
    ...living,
    ...volume(0.5, { [EFFECTIVE]: () => FLOOR, [guard("tempo_retention_configured_seconds")]: () => FLOOR }),
  }),
  scenario("a volume that the guard cannot hold", { ...living, ...volume(0.95) }, [
    { rule: "volume-full", from: 5 },
    { rule: "volume-filling", from: 30 },
  ]),
  scenario(
    "senders that are limited, then refused, for want of room",
    {
      ...living,
      ...volume(0.5, { [LEVEL]: (minute) => (minute < 30 || minute >= 90 ? 0 : minute < 60 ? 1 : 2) }),
    },
    [{ rule: "ingestion-limited", from: 40, until: 95 }],
  ),
  scenario(
    "senders that are refused every third minute",
    { ...living, ...volume(0.5, { [LEVEL]: (minute) => (minute >= 30 && minute < 90 && minute % 3 === 0 ? 2 : 0) }) },
    [{ rule: "ingestion-limited", from: 40, until: 95 }],
  ),
  scenario("senders that are refused for three minutes", {
    ...living,
    ...volume(0.5, { [LEVEL]: during(31, 34, 2, 0) }),
  }),
  scenario(
    "a WAL that breaks, and a guard that restarts Tempo",
    {
      ...living,
      ...volume(0.5, { [BROKEN]: during(30, 35, 1, 0), [RESTARTS]: (minute) => (minute < 35 ? 0 : 1) }),
    },
    [
      { rule: "wal-broken", from: 30, until: 35 },
      { rule: "guard-restarts", from: 35, until: 95 },
    ],
  ),
];

const told = (share: number, inodesFree = 600_000, claim = "data-tempo-0"): System => ({
  [kubelet("used_bytes", claim)]: () => share * 20 * GIB,
  [kubelet("capacity_bytes", claim)]: () => 20 * GIB,
  [kubelet("inodes", claim)]: () => 655_360,
  [kubelet("inodes_free", claim)]: () => inodesFree,
});

const ofUnguarded: readonly Scenario[] = [
  scenario("a Tempo without a guard, and without kubelet", living),
  scenario("a fresh Tempo without a guard", fresh),
  scenario("a volume of which kubelet tells, half full", { ...living, ...told(0.5) }),
  scenario("a volume of which kubelet tells, nearly full", { ...living, ...told(0.92, 20_000) }, [
    { rule: "volume-full", from: 5 },
    { rule: "inodes", from: 15 },
    { rule: "volume-filling", from: 30 },
  ]),
  scenario("another's volume that is full", { ...living, ...told(0.99, 10, "data-loki-0") }),
  scenario(
    "a volume of which kubelet tells, that grows",
    {
      ...living,
      ...told(0.5),
      [kubelet("used_bytes")]: (minute) => 20 * GIB * (0.5 + (0.03 * minute) / HOUR),
    },
    [{ rule: "volume-full-soon", from: 85 }],
  ),
];

const suites = [
  { title: "with a guard", changes: GUARDED, scenarios: ofVolume },
  { title: "with size-aware retention", changes: SIZE_AWARE, scenarios: ofSizeAware },
  { title: "without a guard", changes: UNGUARDED, scenarios: ofUnguarded },
];

const keysOf = (changes: Changes): string[] =>
  rulesOf(changes)
    .filter(({ name }) => name === "Storage")
    .flatMap(({ rules }) => rules.map(({ key }) => key));

describe("the alerts on Tempo's volume, by promtool", function () {
  this.timeout(300_000);
  const outputs = new Map<string, string>();

  before(async function () {
    skipWithout(this, findPrometheus());
    for (const { title, changes, scenarios } of suites) {
      const groups = concerned(rulesOf(changes), ["Storage"], scenarios);
      const rules = { "rules.yaml": ruleFile(groups) };
      const { passed, output } = await promtoolTestRules(testFile(scenarios, groups), rules);
      // A failure is told by the test of its scenario, if it is one of a scenario.
      assert.ok(passed || output.includes(" # "), output);
      outputs.set(title, output);
    }
  });

  for (const { title, scenarios } of suites) {
    describe(title, () => {
      for (const { name, fires = [] } of scenarios) {
        it(`${fires.length > 0 ? "tell of" : "are silent on"} ${name}`, () => {
          const output = outputs.get(title) ?? "";
          const failures = output.split(/^ +expr: /m).filter((part) => part.includes(` # ${name}"`));
          assert.deepEqual(failures, []);
        });
      }
    });
  }

  it("have a scenario each, in which they fire", () => {
    const fired = new Set(
      suites.flatMap(({ scenarios }) => scenarios.flatMap(({ fires = [] }) => fires)).map(({ rule }) => rule),
    );
    assert.deepEqual(
      keysOf(SIZE_AWARE).filter((key) => !fired.has(key)),
      [],
    );
  });

  it("are those that the settings have a reason for", () => {
    const always = ["volume-filling", "volume-full", "volume-full-soon", "inodes"];
    const guarded = [...always, "retention-stuck", "guard-silent"];
    const acting = ["retention-shortened", "retention-floor", "ingestion-limited", "wal-broken", "guard-restarts"];
    assert.deepEqual(keysOf(UNGUARDED), always);
    assert.deepEqual(keysOf(GUARDED), guarded);
    assert.deepEqual(keysOf(SIZE_AWARE), [...guarded, ...acting]);
  });

  it("leave the marks of size-aware retention alone", () => {
    assert.deepEqual(volumeMarks(settingsOf("prod", GUARDED)), { warning: 0.8, critical: 0.9 });
    // Retention is shortened at 85 %, and what is written after senders are refused stays below 95 %.
    const { warning, critical } = volumeMarks(settingsOf("prod", SIZE_AWARE));
    assert.ok(warning > 0.85 && warning < critical && critical < 0.95);
  });

  it("parse, with every text that a notification has", async () => {
    for (const { changes } of suites) {
      const texts = rulesOf(changes).map(({ name, rules }) => ({
        name,
        rules: rules.map((rule) => ({
          alert: rule.title,
          expr: conditionOf(rule.sent),
          for: rule.for,
          annotations: { text: `${rule.summary} ${rule.description}`.replaceAll("$values.A.Value", "$value") },
        })),
      }));
      const { passed, output } = await promtoolCheckRules(stringify({ groups: texts }));
      assert.ok(passed, output);
    }
  });
});

describe("the dashboard of Tempo's volume", () => {
  const { dashboards, alerts } = contentsOf("prod", SIZE_AWARE);
  const dashboard = dashboards.find(({ key }) => key === "storage");
  const panels = dashboard ? panelsOf(dashboard.json) : [];
  const panelOf = (title: string): object => {
    const panel = panels.find((candidate) => candidate.title === title);
    assert.ok(panel, title);
    return panel;
  };

  it("has the panel that each alert on the volume points at", () => {
    const rendered = alerts.find(({ name }) => name === "Storage")?.rules ?? [];
    assert.equal(rendered.length, keysOf(SIZE_AWARE).length);
    for (const { uid, annotations } of rendered) {
      assert.equal(annotations["__dashboardUid__"], "tempo-storage", uid);
      assert.ok(
        panels.some(({ id }) => String(id) === annotations["__panelId__"]),
        uid,
      );
    }
  });

  it("stacks the parts, and draws the limit as a line of its own", () => {
    const { fieldConfig } = panelOf("What is on the volume") as {
      fieldConfig: {
        defaults: { custom: { stacking: object } };
        overrides: { matcher: object; properties: object[] }[];
      };
    };
    assert.deepEqual(fieldConfig.defaults.custom.stacking, { mode: "normal" });
    const [limit, ...more] = fieldConfig.overrides;
    assert.deepEqual([limit?.matcher, more], [{ id: "byName", options: "limit" }, []]);
    assert.deepEqual(limit?.properties[0], { id: "custom.stacking", value: { mode: "none" } });
  });

  it("says in words what a level is, that a volume does not grow, and that it is too early to tell", () => {
    const textsOf = (title: string): unknown[] =>
      (panelOf(title) as { fieldConfig: { defaults: { mappings: object[] } } }).fieldConfig.defaults.mappings.slice(1);
    assert.deepEqual(textsOf("Ingestion"), [
      { type: "value", options: { 0: { text: "free", color: "green", index: 1 } } },
      { type: "value", options: { 1: { text: "limited", color: "orange", index: 2 } } },
      { type: "value", options: { 2: { text: "refused", color: "red", index: 3 } } },
    ]);
    assert.deepEqual(textsOf("Full in"), [
      { type: "range", options: { from: 3650, to: null, result: { text: "not growing", color: "green", index: 1 } } },
      { type: "value", options: { [-1]: { text: "too early", index: 2 } } },
    ]);
  });
});

const prod = settingsOf("prod");
const storage = storageQueries(ownSeries(prod, OWNER), toBytes(prod.volume.size));

/** One expression on one volume, and what it must come to. */
interface Sum {
  readonly name: string;
  readonly system: System;
  readonly minutes: number;
  readonly expr: string;
  readonly value: number;
}

const BACKEND = (status: string, tenant: string): string =>
  own("tempodb_backend_bytes_total", `status="${status}",tenant="${tenant}"`);

const sums: readonly Sum[] = [
  {
    name: "blocks of both statuses and of all tenants count",
    system: {
      ...living,
      ...volume(0.5),
      [BACKEND("live", "single-tenant")]: () => 2 * GIB,
      [BACKEND("compacted", "single-tenant")]: () => GIB,
      [BACKEND("live", "another")]: () => GIB,
      [BACKEND("compacted", "another")]: () => GIB / 2,
    },
    minutes: 60,
    expr: storage.blocksShare,
    value: 0.45,
  },
  {
    name: "blocks are a share of the claim where nobody tells of the volume",
    system: { ...living, [BACKEND("live", "single-tenant")]: () => GIB },
    minutes: 60,
    expr: storage.blocksShare,
    value: 0.1,
  },
  {
    name: "the guard's parts in the backend's folder count as blocks",
    system: { ...living, ...volume(0.5) },
    minutes: 60,
    expr: storage.blocksMeasuredShare,
    value: 0.2,
  },
  {
    name: "what is used is a share of the smaller of claim and file system, by the guard before kubelet",
    system: { ...living, ...volume(0.5), ...told(0.9) },
    minutes: 60,
    expr: storage.usedShare,
    value: 0.5,
  },
  {
    name: "what is used is kubelet's share without a guard",
    system: { ...living, ...told(0.9), ...told(0.3, 1, "data-loki-0") },
    minutes: 60,
    expr: storage.usedShare,
    value: 0.9,
  },
  {
    // A tenth of the limit a day, from 30 %: after a day six days are left.
    name: "days are left by the trend",
    system: { ...living, ...volume(0, { [USED]: ramp(0.3, 0.1 / 24) }) },
    minutes: DAY,
    expr: `round(${storage.daysLeft}, 0.01)`,
    value: 6,
  },
  {
    name: "days are left without end on a volume that shrinks",
    system: { ...living, ...volume(0, { [USED]: ramp(0.5, -0.001) }) },
    minutes: DAY,
    expr: storage.daysLeft,
    value: NEVER,
  },
  {
    name: "days are left without end on a quiet volume",
    system: { ...quiet, ...volume(0.5) },
    minutes: DAY,
    expr: storage.daysLeft,
    value: NEVER,
  },
  {
    name: "no day is left on a full volume",
    system: { ...living, ...volume(1) },
    minutes: DAY,
    expr: storage.daysLeft,
    value: 0,
  },
  {
    name: "days are not told of a fresh Tempo",
    system: { ...living, ...volume(0, { [USED]: ramp(0, 0.5) }) },
    minutes: 60,
    expr: storage.daysLeft,
    value: TOO_EARLY,
  },
  {
    name: "hours are not told of a fresh Tempo",
    system: { ...living, ...volume(0, { [USED]: ramp(0, 0.5) }) },
    minutes: 50,
    expr: storage.hoursLeft(false),
    value: 24 * NEVER,
  },
  {
    name: "growth is told by the day",
    system: { ...living, ...volume(0, { [USED]: ramp(0.3, 0.1 / 24) }) },
    minutes: DAY,
    expr: `round((${storage.growthPerDay}) / ${LIMIT}, 0.0001)`,
    value: 0.1,
  },
  {
    name: "the oldest block is as old as its end",
    system: { ...living, ...volume(0.5, { [OLDEST]: () => 600 }) },
    minutes: 60,
    expr: storage.oldestBlockAge,
    value: 3000,
  },
  {
    name: "no block is not old",
    system: { ...living, ...volume(0.5) },
    minutes: 60,
    expr: storage.oldestBlockAge,
    value: 0,
  },
  {
    // 600 spans a minute for ten hours, through a restart of Tempo.
    name: "bytes per span are those of live blocks over the spans that came in",
    system: {
      ...living,
      [RECEIVED]: (minute) => 600 * (minute < 300 ? minute : minute - 300),
      [BACKEND("live", "single-tenant")]: () => 600 * 600 * 40,
      [BACKEND("compacted", "single-tenant")]: () => 600 * 600 * 40,
    },
    minutes: 600,
    expr: `round(${storage.bytesPerSpan("168h")}, 0.1)`,
    value: 40.1,
  },
  {
    name: "bytes per span are none without spans",
    system: { ...fresh, ...volume(0.5) },
    minutes: 60,
    expr: storage.bytesPerSpan("168h"),
    value: 0,
  },
  {
    name: "fresh bytes per span are the ingester's over the spans of the same time",
    system: { ...living, ...volume(0.5), [guard("tempo_volume_bytes", 'part="ingester"')]: () => 600 * 60 * 50 },
    minutes: 300,
    expr: `round(${storage.bytesPerFreshSpan("3600s")}, 0.1)`,
    value: 50,
  },
  {
    name: "inodes are none where their number is not fixed",
    system: { ...living, ...volume(0.5, { [guard("tempo_volume_inodes")]: () => 0, [INODES_FREE]: () => 0 }) },
    minutes: 60,
    expr: storage.inodesShare,
    value: 0,
  },
];

describe("the figures of Tempo's volume, by promtool", function () {
  for (const { name, system, minutes, expr, value } of sums) {
    it(name, async function () {
      const found = findPrometheus();
      skipWithout(this, found);
      if ("missing" in found) return;
      const tests = [
        {
          interval: "1m",
          input_series: Object.entries(system).map(([series, course]) => ({
            series,
            values: Array.from({ length: minutes + 1 }, (_, minute) => course(minute) ?? "_").join(" "),
          })),
          promql_expr_test: [{ expr, eval_time: `${minutes}m`, exp_samples: [{ labels: "{}", value }] }],
        },
      ];
      const { passed, output } = await promtoolTestRules(stringify({ tests }), {});
      assert.ok(passed, output);
    });
  }
});

const VARIABLES = { __rate_interval: "4m" };
const contents = contentsOf("prod", SIZE_AWARE);
const shown = dashboardExpressions(contents)
  .filter(({ where }) => where.startsWith("dashboard Tempo storage,"))
  .map((expression) => ({ ...expression, expr: substituteVariables(expression.expr, VARIABLES) }));
/** Takes six hours of history, which no capture has. */
const isTrend = ({ where }: { where: string }): boolean => where.includes("panel Growth per day");

const CAPTURED = ["fresh", "loaded", "quiet", "volume", "volume-filling"] as const;

describePrometheus("Tempo's volume on what a real guard exported", CAPTURED, (of) => {
  const value = async (state: State, expr: string): Promise<number | undefined> =>
    (await of(state).query(expr))[0]?.value;

  for (const state of ["volume", "volume-filling"] as const) {
    it(`has a number for everything that is shown, on ${state}`, async () => {
      assert.ok(shown.length > 30);
      for (const { where, expr, legend = "" } of shown.filter((one) => !isTrend(one))) {
        const answer = await of(state).query(expr);
        assert.ok(answer.length > 0, `${where} returns nothing: ${expr}`);
        const named = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
        for (const { labels, value: number } of answer) {
          assert.ok(Number.isFinite(number), `${where}: ${number}`);
          assert.deepEqual(Object.keys(labels), named, where);
        }
      }
    });

    it(`has a number for each alert, on ${state}`, async () => {
      for (const rule of rulesOf(SIZE_AWARE).flatMap(({ rules }) => rules)) {
        assert.ok((await of(state).query(rule.query)).length > 0, rule.key);
      }
    });
  }

  for (const state of ["fresh", "loaded", "quiet"] as const) {
    it(`fails at nothing on a ${state} Tempo without a guard, and leaves no panel empty that Tempo itself can fill`, async () => {
      const dashboard = contents.dashboards.find(({ key }) => key === "storage");
      assert.ok(dashboard);
      for (const panel of panelsOf(dashboard.json)) {
        for (const { expr } of queriesOf(panel)) {
          const answer = await of(state).query(substituteVariables(expr, VARIABLES));
          if (panel.fieldConfig?.defaults.noValue !== NOT_SCRAPED) continue;
          assert.ok(answer.length > 0, `${panel.title ?? "?"}: ${expr}`);
        }
      }
    });

    it(`tells of a ${state} Tempo without a guard that it is not measured, if it should be`, async () => {
      assert.deepEqual(await trueIn(state, SIZE_AWARE), ["guard-silent"]);
      assert.deepEqual(await trueIn(state, UNGUARDED), []);
    });
  }

  /** Rules whose condition is true at any time of the capture. */
  async function trueIn(state: State, changes: Changes): Promise<string[]> {
    const keys: string[] = [];
    for (const rule of rulesOf(changes).find(({ name }) => name === "Storage")?.rules ?? []) {
      const range = await of(state).queryRange(conditionOf(rule.sent), { start: of(state).lastTime - 180 });
      if (range.length > 0) keys.push(rule.key);
    }
    return keys;
  }

  it("has nothing to tell of a volume with room", async () => {
    assert.deepEqual(await trueIn("volume", SIZE_AWARE), []);
    assert.deepEqual(await trueIn("volume", GUARDED), []);
  });

  it("tells of one that is too small what its guard did", async () => {
    const keys = await trueIn("volume-filling", SIZE_AWARE);
    for (const key of ["retention-shortened", "retention-floor", "ingestion-limited"])
      assert.ok(keys.includes(key), key);
    for (const key of ["guard-silent", "wal-broken", "retention-stuck", "inodes"]) assert.ok(!keys.includes(key), key);
  });

  it("adds up: the parts are what is used, and Tempo's own account of its blocks is that of the guard", async () => {
    for (const state of ["volume", "volume-filling"] as const) {
      const used = await value(state, storage.usedBytes);
      assert.equal(await value(state, `sum(${storage.bytesByPart})`), used);
      // Tempo counts the bytes of the data file only, and looks once a minute.
      const [told = 0, measured = 0] = [
        await value(state, storage.blocksShare),
        await value(state, storage.blocksMeasuredShare),
      ];
      assert.ok(told > 0 && measured / told > 0.8 && measured / told < 2, `${state}: ${told}, ${measured}`);
    }
  });

  it("has the bytes of a span between those of a compressed and an uncompressed one", async () => {
    const kept = await value("volume", storage.bytesPerSpan("168h"));
    const fresh = await value("volume", storage.bytesPerFreshSpan("754m"));
    for (const bytes of [kept, fresh]) assert.ok((bytes ?? 0) > 20 && (bytes ?? 0) < 250, `${kept}, ${fresh}`);
  });
});
