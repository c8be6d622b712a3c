import assert from "node:assert/strict";
import type { RenderedRule } from "../../../components/grafana/alerts";
import { conditionOf } from "../../../components/grafana/alerts/prometheus";
import type { GrafanaContents } from "../../../components/grafana/plan";
import { sectionOf } from "../../stack/program/stacks";
import { describePrometheus } from "../../support/describePrometheus";
import { findPrometheus } from "../../support/findProgram";
import { promtoolCheckRules, promtoolTestRules } from "../../support/prometheus";
import { readState, type State } from "../../support/series";
import { FULL_RUN, inFullRun, skipWithout } from "../../support/skip";
import { typeErrors } from "../../support/typecheck";
import { contentsOf, panelsOf, queriesOf } from "./support/expressions";
import {
  COLLECTIONS,
  concerned,
  discarded,
  expressionTestFile,
  GENERATOR_RECEIVED,
  ofQueue,
  ofTenant,
  overflow,
  own,
  processor,
  REFUSED,
  ring,
  ruleFile,
  rulesOf,
  scrapeFailsFrom,
  service,
  tempo,
  testFile,
  then,
  withoutPrometheus,
  type Course,
  type Expected,
  type Scenario,
  type System,
  type TestedGroup,
  type TestedRule,
  type Value,
} from "./support/alerts";

const prod = sectionOf("prod", "grafana");

/** Long ago, in minutes. */
const BEFORE = -600;

const services: System = {
  ...service("frigate", { perMinute: 60, errors: 0.01, seconds: 0.256 }),
  ...service("ntfy", { perMinute: 30, seconds: 0.064 }),
  ...service("ollama", { perMinute: 4, seconds: 65.536 }),
  ...service("immich", { perMinute: 50, errors: 0.02, seconds: 0.512 }),
  ...service("hermes", { perMinute: 20, seconds: 1.024, kind: "SPAN_KIND_CONSUMER" }),
};
const living = tempo({ started: BEFORE, spans: true });
const busy: System = { ...living, ...services };
const fresh = tempo({ started: 0, spans: false });

/** Nothing until a minute, then a number, then what it grows by in each further minute. */
function late(from: number, first: number, growth = 0, until = Infinity): Course {
  return (minute) => (minute < from ? undefined : first + growth * (Math.min(minute, until) - from));
}

/** A course that grows in some minutes only. */
function grows(perMinute: number, from: number, until = Infinity, base = 0): Course {
  return (minute) => base + perMinute * Math.max(0, Math.min(minute, until) - from);
}

/** A gauge that has another value in some minutes. */
function during(from: number, until: number, value: Value, otherwise: Value): Course {
  return (minute) => (minute >= from && minute < until ? value : otherwise);
}

/** A course that stands still from a minute on. */
function stops(course: Course | undefined, from: number, until = Infinity): Course {
  return (minute) => course?.(minute < from ? minute : minute < until ? from : minute - (until - from));
}

function trouble(name: string, changes: System, fires: readonly Expected[], minutes = 120): Scenario {
  return { name, minutes, system: { ...living, ...changes }, fires };
}

/** What had been counted before the test began: an old event is none. */
const scars: System = {
  [discarded("rate_limited")]: () => 40,
  [discarded("trace_too_large")]: () => 7,
  [REFUSED]: () => 40,
  [own("tempo_ingester_failed_flushes_total")]: () => 9,
  [own("tempodb_compaction_errors_total")]: () => 9,
  [own("tempodb_retention_errors_total")]: () => 9,
  [own("tempodb_blocklist_poll_errors_total")]: () => 9,
  [ofTenant("tempodb_blocklist_tenant_index_errors_total")]: () => 9,
  [ofTenant("tempo_metrics_generator_registry_series_limited_total")]: () => 9_000,
  [own("tempo_distributor_metrics_generator_pushes_failures_total", 'metrics_generator="tempo-0"')]: () => 9,
  [ofQueue("prometheus_remote_storage_samples_failed_total")]: () => 9,
  [ofQueue("prometheus_remote_storage_samples_dropped_total")]: () => 9,
};

const FLUSHED = own("tempo_ingester_blocks_flushed_total");
const POLLS = own("tempodb_blocklist_poll_duration_seconds_count");
const SENT = ofQueue("prometheus_remote_storage_queue_highest_sent_timestamp_seconds");
const FAILED_SAMPLES = ofQueue("prometheus_remote_storage_samples_failed_total");
const PUSHES_FAILED = own("tempo_distributor_metrics_generator_pushes_failures_total", 'metrics_generator="tempo-0"');

const quietSince = (minute: number): System => ({
  ...tempo({ started: BEFORE, spans: true, lastSpan: minute }),
  ...service("frigate", { perMinute: 60, from: BEFORE, until: minute }),
  ...service("ntfy", { perMinute: 30, from: BEFORE, until: minute }),
});

const healthy: readonly Scenario[] = [
  { name: "a busy Tempo", minutes: 180, system: busy },
  { name: "a busy Tempo with a history", minutes: 120, system: { ...living, ...scars }, since: 65 },
  { name: "a Tempo that grows quiet", minutes: 240, system: quietSince(60) },
  { name: "a Tempo that has long been quiet", minutes: 120, system: quietSince(1) },
  { name: "a fresh Tempo, never a span", minutes: 180, system: fresh },
  { name: "a fresh Tempo, busy at once", minutes: 90, system: tempo({ started: 0, spans: true }) },
  {
    name: "a restart within a minute",
    minutes: 120,
    system: {
      ...then({ ...living, ...scars }, 60, 61, tempo({ started: 61, spans: true })),
      ...services,
    },
    since: 65,
  },
  {
    name: "a restart after a night without spans",
    minutes: 130,
    system: then({ ...quietSince(1), ...scars }, 80, 81, tempo({ started: 81, spans: false })),
    since: 65,
  },
  {
    name: "two minutes without a scrape",
    minutes: 90,
    system: withoutPrometheus({ ...living, ...scars }, 70, 72),
    since: 65,
  },
  {
    name: "half an hour without Prometheus",
    minutes: 150,
    system: withoutPrometheus({ ...living, ...scars }, 70, 100),
    since: 100,
  },
  {
    name: "four hours without Prometheus, half of them quiet",
    minutes: 360,
    system: withoutPrometheus({ ...quietSince(160), ...scars }, 80, 320),
    since: 320,
  },
  {
    name: "an edge of Tempo's own retries",
    minutes: 90,
    system: {
      ...living,
      // One flush that succeeds half a minute later, one poll, a burst of refused spans that senders send again.
      [own("tempo_ingester_failed_flushes_total")]: grows(1, 30, 31),
      [own("tempodb_blocklist_poll_errors_total")]: late(30, 1),
      [own("tempodb_compaction_errors_total")]: grows(1, 30, 31),
      [REFUSED]: grows(500, 30, 33),
      [discarded("rate_limited")]: late(31, 1_500),
      [SENT]: (minute) => (minute >= 30 && minute < 34 ? 30 * 60 : minute * 60),
    },
  },
];

const down: readonly Scenario[] = [
  {
    name: "a Tempo that dies",
    minutes: 180,
    system: {
      ...scrapeFailsFrom({ ...living, ...scars }, 80),
      ...service("frigate", { perMinute: 60, until: 80 }),
    },
    fires: [{ rule: "down", from: 85 }],
    since: 65,
  },
  {
    name: "a Tempo that dies in trouble",
    minutes: 120,
    system: scrapeFailsFrom({ ...living, [discarded("trace_too_large")]: grows(5, 20) }, 60),
    fires: [
      { rule: "spans-discarded", labels: { reason: "trace_too_large" }, from: 25, until: 60 },
      { rule: "down", from: 65 },
    ],
  },
  {
    name: "a Tempo that comes back",
    minutes: 120,
    system: then(living, 40, 60, tempo({ started: 60, spans: true })),
    fires: [{ rule: "down", from: 45, until: 60 }],
  },
  { name: "a Tempo that nobody scrapes", minutes: 60, system: {}, fires: [{ rule: "down", from: 5 }] },
  {
    name: "a Tempo that replays its log for half an hour",
    minutes: 90,
    system: {
      ...living,
      [ring("ingester", "ACTIVE")]: during(20, 50, 0, 1),
      [ring("ingester", "JOINING")]: during(20, 50, 1, 0),
    },
    fires: [{ rule: "not-ready", from: 30, until: 50 }],
  },
  {
    name: "a generator that leaves its ring",
    minutes: 60,
    system: { ...living, [ring("metrics-generator", "ACTIVE")]: during(20, 40, undefined, 1) },
    fires: [{ rule: "not-ready", from: 35, until: 40 }],
  },
];

const faults: readonly Scenario[] = [
  trouble(
    "spans refused for an hour, of which the first ones make the counter",
    { [REFUSED]: grows(100, 20, 80), [discarded("rate_limited")]: late(21, 100, 100, 80) },
    [{ rule: "spans-refused", from: 40, until: 90 }],
  ),
  trouble("spans limited that no receiver counts", { [discarded("rate_limited")]: late(21, 100, 100, 80) }, [
    { rule: "spans-refused", from: 40, until: 90 },
  ]),
  trouble(
    "spans discarded in one go, by a reason that was there",
    { [discarded("live_traces_exceeded")]: grows(500, 30, 31) },
    [{ rule: "spans-discarded", labels: { reason: "live_traces_exceeded" }, from: 35, until: 45 }],
  ),
  trouble(
    "spans discarded in one go, by a reason that was not there",
    { [discarded("trace_too_large_to_compact")]: late(30, 12) },
    [{ rule: "spans-discarded", labels: { reason: "trace_too_large_to_compact" }, from: 30, until: 40 }],
  ),
  {
    name: "spans discarded right after a restart, by a reason that the process before had as well",
    minutes: 120,
    system: then({ ...living, [discarded("trace_too_large_to_compact")]: () => 40 }, 30, 31, {
      ...tempo({ started: 31, spans: true }),
      [discarded("trace_too_large_to_compact")]: late(60, 5),
    }),
    fires: [{ rule: "spans-discarded", labels: { reason: "trace_too_large_to_compact" }, from: 60, until: 70 }],
    since: 11,
  },
  trouble("flushes that fail", { [own("tempo_ingester_failed_flushes_total")]: grows(1, 30, 60) }, [
    { rule: "flush-failing", from: 45, until: 75 },
  ]),
  trouble("a full volume, of which no counter tells", { [FLUSHED]: stops(living[FLUSHED], 25) }, [
    { rule: "not-flushing", from: 55 },
  ]),
  trouble(
    "compaction that fails in every cycle",
    { [own("tempodb_compaction_errors_total")]: grows(2, 30, 60) },
    [{ rule: "compaction-failing", from: 65, until: 120 }],
    180,
  ),
  trouble(
    "tenants that cannot be listed",
    {
      [own("tempodb_blocklist_poll_errors_total")]: late(30, 1, 1, 60),
      [POLLS]: stops(living[POLLS], 29, 60),
    },
    [
      { rule: "poll-failing", from: 45, until: 75 },
      { rule: "poll-stopped", from: 50, until: 65 },
    ],
  ),
  trouble(
    "a tenant's index that cannot be written",
    { [ofTenant("tempodb_blocklist_tenant_index_errors_total")]: late(30, 1, 1, 60) },
    [{ rule: "poll-failing", from: 45, until: 75 }],
  ),
  trouble("polling that hangs", { [POLLS]: stops(living[POLLS], 30, 70) }, [
    { rule: "poll-stopped", from: 50, until: 75 },
  ]),
  trouble("a deletion that fails", { [own("tempodb_retention_errors_total")]: grows(1, 30, 31) }, [
    { rule: "retention-failing", from: 65, until: 95 },
  ]),
  trouble(
    "a generator at its cap",
    { [ofTenant("tempo_metrics_generator_registry_series_limited_total")]: grows(26_000, 30, 60), ...overflow(40) },
    [{ rule: "series-cap", from: 45, until: 70 }],
  ),
  trouble("pushes to the generator that fail", { [PUSHES_FAILED]: late(30, 3, 3, 60) }, [
    { rule: "generator-failing", from: 40, until: 70 },
  ]),
  trouble(
    "collections that fail",
    {
      [ofTenant("tempo_metrics_generator_registry_collections_failed_total", 'error_type="other"')]: late(30, 1, 4, 60),
    },
    [{ rule: "generator-failing", from: 40, until: 70 }],
  ),
  trouble("a generator that gets no spans", { [GENERATOR_RECEIVED]: stops(living[GENERATOR_RECEIVED], 30, 70) }, [
    { rule: "generator-stopped", from: 50, until: 75 },
  ]),
  trouble("a generator that does not collect", { [COLLECTIONS]: stops(living[COLLECTIONS], 30, 70) }, [
    { rule: "generator-stopped", from: 50, until: 75 },
  ]),
  trouble("a processor that is off", { [processor("service-graphs")]: during(30, 70, 0, 1) }, [
    { rule: "generator-stopped", from: 40, until: 70 },
  ]),
  trouble("a Prometheus that refuses samples once", { [FAILED_SAMPLES]: grows(950, 30, 31) }, [
    { rule: "remote-write-failing", from: 35, until: 45 },
  ]),
  trouble(
    "samples that are dropped in one go",
    { [ofQueue("prometheus_remote_storage_samples_dropped_total")]: late(30, 950) },
    [{ rule: "remote-write-failing", from: 30, until: 40 }],
  ),
  trouble(
    "a Prometheus that takes no samples",
    { [SENT]: (minute) => Math.min(minute, minute < 60 ? 30 : minute) * 60 },
    [{ rule: "remote-write-behind", from: 50, until: 60 }],
  ),
  {
    name: "a Prometheus that has never taken a sample",
    minutes: 90,
    system: { ...tempo({ started: 0, spans: true }), [SENT]: (minute) => (minute < 2 ? undefined : 0) },
    fires: [{ rule: "remote-write-behind", from: 20 }],
  },
];

const requests = (name: string, how: Parameters<typeof service>[1]): System => ({ ...fresh, ...service(name, how) });

const ofServices: readonly Scenario[] = [
  {
    name: "a service that fails more often than it may",
    minutes: 60,
    system: { ...requests("frigate", { perMinute: 60, errors: 0.06 }) },
    fires: [{ rule: "frigate-errors", from: 10 }],
  },
  {
    name: "a service that fails less often",
    minutes: 60,
    system: requests("frigate", { perMinute: 60, errors: 0.04 }),
  },
  {
    name: "a service that fails and has too few requests",
    minutes: 60,
    system: requests("frigate", { perMinute: 1, errors: 1 }),
  },
  {
    name: "a service whose requests end: it recovers, and is never NaN",
    minutes: 120,
    system: requests("frigate", { perMinute: 60, errors: 0.5, seconds: 8.192, until: 30 }),
    fires: [
      { rule: "frigate-errors", from: 10, until: 40 },
      { rule: "frigate-latency", from: 10, until: 40 },
    ],
  },
  {
    name: "a service that is slow",
    minutes: 60,
    system: requests("ntfy", { perMinute: 30, seconds: 2.048 }),
    fires: [{ rule: "ntfy-latency", from: 10 }],
  },
  { name: "a service that is fast enough", minutes: 60, system: requests("ntfy", { perMinute: 30, seconds: 0.512 }) },
  {
    name: "a language model that is slow beyond Tempo's own buckets",
    minutes: 60,
    system: requests("ollama", { perMinute: 6, seconds: 262.144 }),
    fires: [{ rule: "ollama-latency", from: 10 }],
  },
  {
    name: "a service that calls others, which fail",
    minutes: 60,
    system: requests("frigate", { perMinute: 60, errors: 0.5, kind: "SPAN_KIND_CLIENT" }),
  },
  {
    name: "a service without an alert",
    minutes: 60,
    system: requests("grocy", { perMinute: 60, errors: 0.5, seconds: 8.192 }),
  },
  { name: "requests without a service, at the generator's cap", minutes: 60, system: { ...fresh, ...overflow(60) } },
];

/** Days and hours in minutes. */
const HOUR = 60;
const DAY = 24 * HOUR;

/** A service's spans by hours of the day, on some days. */
function hours(name: string, on: (day: number, hour: number) => boolean, perMinute = 3): System {
  const STEP = 5;
  let total = 0;
  let lastSpan = -Infinity;
  const values: Value[] = [];
  for (let minute = 0; minute <= 6 * DAY; minute += STEP) {
    if (on(Math.floor(minute / DAY), (minute % DAY) / HOUR)) {
      if (minute - lastSpan > 15) total = 0;
      else total += perMinute * STEP;
      lastSpan = minute;
    }
    const silence = minute - lastSpan;
    values.push(silence < 15 ? total : silence === 15 ? "stale" : undefined);
  }
  const labels = `__metrics_gen_instance="tempo-0",service="${name}",source="tempo",span_kind="SPAN_KIND_SERVER",span_name="GET /",status_code="STATUS_CODE_UNSET"`;
  return { [`traces_spanmetrics_calls_total{${labels}}`]: (minute) => values[minute / STEP] };
}

const NOON = 3 * DAY + 12 * HOUR;
const BACK = 3 * DAY + 18 * HOUR;
const at = (day: number, hour: number): number => day * DAY + hour * HOUR;

function days(name: string, system: System, fires: readonly Expected[] = []): Scenario {
  return { name, minutes: 5 * DAY, step: 5, system: { ...living, ...system }, fires };
}

const silence: readonly Scenario[] = [
  days(
    "a service that is quiet every night",
    hours("frigate", (_, hour) => hour >= 7 && hour < 22),
  ),
  days(
    "a job that runs at three in the night, or half an hour later",
    hours("backup", (day, hour) => hour >= 3 + (day % 2) / 2 && hour < 3.5 + (day % 2) / 2),
  ),
  days(
    "a service that is new since yesterday and ends",
    hours("frigate", (day) => day === 2),
  ),
  days(
    "a service of few spans",
    hours("frigate", (day, hour) => day < 3 && hour % 1 === 0, 0.2),
  ),
  days(
    "a service that was there for three days and ends",
    hours("frigate", (day, hour) => at(day, hour) < NOON),
    [
      {
        rule: "source-silent",
        labels: { service: "frigate" },
        from: NOON + 2 * HOUR - 5,
        until: NOON + DAY + 85,
      },
    ],
  ),
  days(
    "a service that ends and comes back, among others",
    {
      ...hours("frigate", (day, hour) => at(day, hour) < NOON || at(day, hour) >= BACK),
      ...hours("ntfy", () => true),
    },
    [{ rule: "source-silent", labels: { service: "frigate" }, from: NOON + 2 * HOUR - 5, until: BACK + 5 }],
  ),
  days("a Tempo that is away for hours, and its services with it", {
    ...then(living, NOON, BACK, tempo({ started: BACK, spans: true })),
    ...hours("frigate", (day, hour) => at(day, hour) < NOON || at(day, hour) >= BACK + 10),
  }),
  days("a Prometheus that is away for hours", {
    ...withoutPrometheus({ ...living, ...hours("frigate", () => true) }, NOON, BACK),
  }),
  days("samples that Prometheus does not take for hours", {
    ...hours("frigate", (day, hour) => at(day, hour) < NOON || at(day, hour) >= BACK),
    [SENT]: (minute) => Math.min(minute, minute < BACK ? NOON : minute) * 60,
  }),
];

/** Metrics that no capture has: they appear when what they count happens. */
const NEVER_SEEN = [
  "prometheus_remote_storage_samples_dropped_total",
  "tempo_metrics_generator_registry_collections_failed_total",
  "tempo_distributor_metrics_generator_pushes_failures_total",
  "tempodb_blocklist_tenant_index_errors_total",
];

/** These Tempos have no guard and no collector, which have tests of their own (storage.test.ts, collector.test.ts). */
const UNGUARDED = { storage: { guard: false }, collector: {} };
const groups = rulesOf(UNGUARDED);
const rules = groups.flatMap((group) => group.rules);
function ruleOf(key: string): TestedRule {
  const rule = rules.find((candidate) => candidate.key === key);
  assert.ok(rule, key);
  return rule;
}

describe("the alert rules, by promtool", function () {
  this.timeout(300_000);
  let output = "";

  before(async function () {
    skipWithout(this, findPrometheus());
    const testOf = (scenarios: readonly Scenario[], tested: readonly TestedGroup[]) =>
      promtoolTestRules(testFile(scenarios, tested), { "rules.yaml": ruleFile(tested) });
    const results = await Promise.all([
      testOf([...healthy, ...down], groups),
      testOf(faults, concerned(groups, ["Tempo"], faults)),
      testOf(ofServices, concerned(groups, ["Services"], ofServices)),
      ...(FULL_RUN ? [promtoolTestRules(expressionTestFile(silence, ruleOf("source-silent")), {})] : []),
    ]);
    output = results.map((result) => result.output).join("\n");
    // A failure is told by the test of its scenario, if it is one of a scenario.
    assert.ok(results.every(({ passed }) => passed) || output.includes(" # "), output);
  });

  const suites = {
    "are silent on": healthy,
    "tell of": [...down, ...faults],
    "watch requests of": ofServices,
    "know the hours of": silence,
  };
  for (const [title, scenarios] of Object.entries(suites)) {
    // Days take as long as all others.
    (scenarios === silence ? inFullRun : { describe }).describe(title, () => {
      for (const { name } of scenarios) {
        it(name, () => {
          const failures = output.split(/^ +expr: /m).filter((part) => part.includes(` # ${name}"`));
          assert.deepEqual(failures, []);
        });
      }
    });
  }

  it("have a scenario each, in which they fire", () => {
    const fired = new Set(
      [...down, ...faults, ...ofServices, ...silence].flatMap(({ fires = [] }) => fires.map(({ rule }) => rule)),
    );
    const own = [...(groups.find(({ name }) => name === "Tempo")?.rules ?? [])].map(({ key }) => key);
    assert.deepEqual(
      own.filter((key) => !fired.has(key)),
      [],
    );
  });

  it("parse, with every text that a notification has", async () => {
    const { passed, output: said } = await promtoolCheckRules(ruleFile(groups));
    assert.ok(passed, said);
    assert.doesNotMatch(ruleFile(groups), /\$values|__\w+__/);
  });
});

describe("the hand-made series of these tests", () => {
  it("have names and labels that a real Tempo gave", () => {
    const real = new Map<string, Set<string>>();
    for (const state of ["fresh", "loaded", "trouble", "corrupt"] as const) {
      for (const { selector } of readState(state).series) {
        const names = real.get(nameOf(selector)) ?? new Set<string>();
        for (const label of labelsOf(selector)) names.add(label);
        real.set(nameOf(selector), names);
      }
    }
    for (const { system } of [...healthy, ...down, ...faults, ...ofServices, ...silence]) {
      for (const selector of Object.keys(system)) {
        if (NEVER_SEEN.includes(nameOf(selector))) continue;
        const names = real.get(nameOf(selector));
        assert.deepEqual(
          labelsOf(selector).filter((label) => !names?.has(label)),
          [],
          selector,
        );
      }
    }
  });
});

const nameOf = (selector: string): string => selector.replace(/\{.*/s, "");
const labelsOf = (selector: string): string[] => [...selector.matchAll(/[{,](\w+)="/g)].map(([, label]) => label ?? "");

const CAPTURED = ["fresh", "loaded", "quiet", "trouble", "corrupt", "down"] as const;

describePrometheus("the alert rules on what a real Tempo exported", CAPTURED, (of) => {
  // In the captured load up to one of 15 requests of a service fails, on purpose, and a language model takes its time.
  const services = ["frigate", "ntfy", "ollama", "immich"].map((name) => ({ name, errorRatio: 0.1, latency: "2m" }));
  const tolerant = rulesOf({ ...UNGUARDED, grafana: { ...prod, alerts: { services } } }).flatMap(
    (group) => group.rules,
  );

  /** Rules whose condition is true, by their keys: at the end of the capture, or at any time of it. */
  async function trueIn(state: State, when: "end" | "ever"): Promise<string[]> {
    const keys: string[] = [];
    for (const rule of tolerant) {
      const condition = conditionOf(rule.sent);
      const found = await (when === "end" ? of(state).query(condition) : of(state).queryRange(condition));
      if (found.length > 0) keys.push(rule.key);
    }
    return keys;
  }

  for (const state of ["fresh", "loaded", "quiet"] as const) {
    it(`have nothing to tell of a ${state} one`, async () => {
      assert.deepEqual(await trueIn(state, "end"), []);
    });
  }

  it("tell of one in trouble exactly what was wrong with it", async () => {
    // Prometheus was away for 150 s, which is not yet late, and no counter tells of a tenant's folder that is none.
    const expected = ["spans-refused", "spans-discarded", "flush-failing", "series-cap", "remote-write-failing"];
    assert.deepEqual(await trueIn("trouble", "ever"), expected);
  });

  it("tell of a broken volume exactly what was wrong with it", async () => {
    const broken = ["flush-failing", "compaction-failing", "poll-failing", "retention-failing"];
    // What the same process had counted before the capture begins is new to this Prometheus.
    const before = ["spans-refused", "spans-discarded", "series-cap", "remote-write-failing"];
    const found = await trueIn("corrupt", "ever");
    assert.deepEqual(
      found.filter((key) => !before.includes(key)),
      broken,
    );
  });

  it("tell of one that died that it is down, and of nothing else", async () => {
    assert.deepEqual(await trueIn("down", "end"), ["down"]);
  });

  it("have every label that a notification names", async () => {
    for (const rule of rules) {
      const named = [...`${rule.summary} ${rule.description}`.matchAll(/\$labels\.(\w+)/g)].map(
        ([, label]) => label ?? "",
      );
      for (const { labels } of await of("loaded").query(rule.query)) {
        for (const label of named) assert.ok(label in labels, `${rule.key}: ${label}`);
      }
    }
  });
});

const formOf = (alerts: Record<string, unknown> = {}): GrafanaContents =>
  contentsOf("prod", { ...UNGUARDED, grafana: { ...prod, alerts: { ...(prod["alerts"] as object), ...alerts } } });
const renderedOf = (contents: GrafanaContents): RenderedRule[] => contents.alerts.flatMap((group) => [...group.rules]);

describe("the alert rules as Grafana gets them", () => {
  const contents = formOf();
  const rendered = renderedOf(contents);

  it("are groups with names and an interval that Grafana takes", () => {
    assert.deepEqual(
      contents.alerts.map(({ name, interval }) => ({ name, interval })),
      [
        { name: "Tempo", interval: 60 },
        { name: "Storage", interval: 60 },
        { name: "Services", interval: 60 },
      ],
    );
    assert.deepEqual(
      rendered.map(({ name }) => name),
      rules.map(({ title }) => title),
    );
    assert.deepEqual(
      formOf({ services: [] }).alerts.map(({ name }) => name),
      ["Tempo", "Storage"],
    );
  });

  it("have uids of their own, short enough even with the longest prefix", () => {
    const { alerts } = contentsOf("prod", {
      ...UNGUARDED,
      grafana: { ...prod, uidPrefix: "a-prefix-of-many" },
    });
    const uids = alerts.flatMap((group) => group.rules.map(({ uid }) => uid));
    assert.equal(new Set(uids).size, rules.length);
    for (const [index, { key }] of rules.entries()) {
      assert.equal(uids[index], `a-prefix-of-many-${key}`);
      assert.ok(`a-prefix-of-many-${key}`.length <= 40, key);
    }
  });

  it("ask Prometheus for the newest values and compare each with a threshold", () => {
    for (const [index, { condition, datas }] of rendered.entries()) {
      const rule = rules[index];
      const [asked, compared] = datas;
      assert.ok(rule && asked && compared && datas.length === 2);
      assert.equal(asked.datasourceUid, "prometheus");
      assert.deepEqual(JSON.parse(asked.model), {
        refId: "A",
        editorMode: "code",
        expr: rule.query,
        instant: true,
        range: false,
      });
      assert.equal(condition, compared.refId);
      assert.equal(compared.datasourceUid, "__expr__");
      const model = JSON.parse(compared.model) as { type: string; expression: string; conditions: object[] };
      assert.deepEqual([model.type, model.expression], ["threshold", asked.refId]);
      const evaluator =
        rule.above === undefined ? { type: "lt", params: [rule.below] } : { type: "gt", params: [rule.above] };
      assert.deepEqual(model.conditions, [{ evaluator }]);
      assert.ok((rule.above === undefined) !== (rule.below === undefined), rule.key);
    }
  });

  it("are quiet without data, and one of them tells that Prometheus cannot be asked", () => {
    assert.deepEqual([...new Set(rendered.map(({ noDataState }) => noDataState))], ["OK"]);
    const telling = rendered.filter(({ execErrState }) => execErrState !== "KeepLast");
    assert.deepEqual(
      telling.map(({ uid, execErrState }) => [uid, execErrState]),
      [["tempo-down", "Error"]],
    );
  });

  it("carry what they are, whose they are and what to do", () => {
    for (const [index, { labels, annotations }] of rendered.entries()) {
      const rule = rules[index];
      assert.ok(rule);
      assert.deepEqual(labels, { severity: rule.severity, managed_by: "pulumi", stack: "tempo.test", ...rule.labels });
      assert.equal(annotations["summary"], rule.summary);
      assert.equal(annotations["description"], rule.description);
      assert.equal(annotations["runbook"], `docs/runbooks/${rule.runbook}.md`);
    }
    const [linked] = renderedOf(formOf({ runbookUrl: "https://git.example.com/runbooks/" }));
    assert.equal(linked?.annotations["runbook_url"], "https://git.example.com/runbooks/tempo-down.md");
  });

  it("point at a panel that shows the same metrics", () => {
    for (const [index, { annotations }] of rendered.entries()) {
      const dashboard = contents.dashboards.find(({ uid }) => uid === annotations["__dashboardUid__"]);
      const panel = dashboard && panelsOf(dashboard.json).find(({ id }) => String(id) === annotations["__panelId__"]);
      assert.ok(panel, rules[index]?.key);
      const shown = metricsOf(
        queriesOf(panel)
          .map(({ expr }) => expr)
          .join(" "),
      );
      const meant = metricsOf(rules[index]?.query ?? "");
      assert.ok(
        meant.some((metric) => shown.includes(metric)),
        `${rules[index]?.key}: ${shown.join(" ")}`,
      );
    }
    const without = contentsOf("prod", { grafana: { ...prod, dashboards: false } });
    for (const { annotations } of renderedOf(without))
      assert.deepEqual(Object.keys(annotations), ["summary", "description", "runbook"]);
  });

  it("go to a contact point where one is named", () => {
    for (const rule of rendered) assert.ok(!("notificationSettings" in rule));
    for (const { notificationSettings } of renderedOf(formOf({ contactPoint: "ntfy" }))) {
      assert.deepEqual(notificationSettings, { contactPoint: "ntfy", groupBies: ["grafana_folder", "alertname"] });
    }
  });

  it("take thresholds from the settings", () => {
    const changed = rulesOf({
      grafana: {
        ...prod,
        alerts: { minimumRequests: 7, services: [{ name: "My Service", errorRatio: 0.125, latency: "1500ms" }] },
      },
    }).flatMap((group) => group.rules);
    const [errors, latency] = changed.filter(({ key }) => key.startsWith("my-service-"));
    assert.deepEqual([errors?.above, latency?.above, errors?.labels], [0.125, 1.5, { service: "My Service" }]);
    for (const rule of [errors, latency]) assert.match(rule?.query ?? "", />= bool 7\b/);
    assert.match(errors?.description ?? "", /Above 12\.5 % .* at least 7 requests/);
    assert.match(latency?.description ?? "", /Above 1500ms /);
  });

  it("are what the provider takes", function () {
    const typed = (name: string, value: unknown): string =>
      `export const ${name}: RuleGroupArgs[] = ${JSON.stringify(value)};\n`;
    const args = formOf({ contactPoint: "ntfy" }).alerts.map(({ interval, ...group }) => ({
      ...group,
      folderUid: "tempo",
      intervalSeconds: interval,
    }));
    const [complaint, ...more] = typeErrors(
      [
        'import type { RuleGroupArgs } from "@pulumiverse/grafana/alerting";\n',
        typed("right", args),
        typed("wrong", [{ ...args[0], intervalSecond: 60 }]),
      ].join(""),
    );
    assert.match(complaint ?? "", /^Object literal may only .*"intervalSecond".* \(export const wrong/);
    assert.deepEqual(more, []);
  });
});

/** Names of Tempo's own metrics and of those it makes, without what a histogram adds; that it is there is in all of them. */
function metricsOf(text: string): string[] {
  const names = text.match(/\b(tempo|tempodb|traces|prometheus)_\w+/g) ?? [];
  const bare = [...new Set(names)].map((name) => name.replace(/_(bucket|count|sum)$/, ""));
  return bare.length > 1 ? bare.filter((name) => name !== "tempo_build_info") : bare;
}
