/** Hand-made series of a Tempo in all kinds of states, and promtool's unit tests of the alert rules on them. */
import { alertRules, type RenderedRule } from "../../../../components/grafana/alerts";
import { conditionOf, renderPrometheusRules } from "../../../../components/grafana/alerts/prometheus";
import type { AlertRule } from "../../../../components/grafana/kit/alertRule";
import { LATENCY_BUCKETS } from "../../../../components/contracts/histogram";
import { settingsOf, type Changes } from "../../../stack/program/stacks";
import { contentsOf, OWNER } from "./expressions";

/** A value of a series at one time; `stale` where a scrape found it gone, undefined where there was no scrape. */
export type Value = number | "stale" | undefined;
/** A series by time, in minutes since the beginning of the test. */
export type Course = (minute: number) => Value;
/** Series by their selectors. */
export type System = Readonly<Record<string, Course>>;

/** An alert that is expected to fire from one minute on, and until another one. */
export interface Expected {
  readonly rule: string;
  /** What the query adds to the rule's own labels. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly from: number;
  readonly until?: number;
}

export interface Scenario {
  readonly name: string;
  readonly minutes: number;
  readonly system: System;
  /** All that fires; nothing else does at any of the times that are looked at. */
  readonly fires?: readonly Expected[];
  /** Minutes from one value to the next. */
  readonly step?: number;
  /** The minute from which on it is looked at, where the time before is only what happened earlier. */
  readonly since?: number;
}

/**
 * Minutes between two evaluations of the rules. It divides every `for`, and what a rule looks back over is longer: an
 * alert that the minutes between would bring is seen.
 */
const EVERY = 5;
/** Minutes between two looks at what goes on for days; no divisor of a day. */
const SPARSE = 110;

/** A rule, and what is sent of it. */
export interface TestedRule extends AlertRule {
  readonly sent: RenderedRule;
}

export interface TestedGroup {
  readonly name: string;
  /** In seconds. */
  readonly interval: number;
  readonly rules: readonly TestedRule[];
}

/** All rules of a stack. */
export function rulesOf(changes: Changes = {}): TestedGroup[] {
  const settings = settingsOf("prod", changes);
  if (!settings.grafana) throw new Error("the stack prod has no section grafana");
  const sent = contentsOf("prod", changes).alerts;
  return alertRules(settings, settings.grafana, OWNER).map(({ name, rules }, at) => ({
    name,
    interval: sent[at]?.interval ?? 0,
    rules: rules.map((rule, index) => {
      const rendered = sent[at]?.rules[index];
      if (rendered?.name !== rule.title) throw new Error(`${rule.title} is not sent`);
      return { ...rule, sent: rendered };
    }),
  }));
}

/** The rule file of what is sent, as the offline preview writes it. */
export function ruleFile(groups: readonly TestedGroup[]): string {
  return renderPrometheusRules(
    groups.map(({ name, interval, rules }) => ({
      name,
      intervalSeconds: interval,
      rules: rules.map(({ sent }) => sent),
    })),
  );
}

/**
 * The rules of some groups, and of the others those that shall fire. The more rules, the longer promtool takes, and the
 * rest looks at series that a scenario leaves as they are in one that has a test with all rules (alerts.test.ts).
 */
export function concerned(
  groups: readonly TestedGroup[],
  names: readonly string[],
  scenarios: readonly Scenario[],
): TestedGroup[] {
  const fired = new Set(scenarios.flatMap(({ fires = [] }) => fires).map(({ rule }) => rule));
  return groups.map((group) => ({
    ...group,
    rules: group.rules.filter(({ key }) => names.includes(group.name) || fired.has(key)),
  }));
}

/** What a scenario gives to promtool. */
function inputOf({ name, system, minutes, step = 1 }: Scenario): object {
  return {
    name,
    interval: `${step}m`,
    input_series: Object.entries(system).map(([series, course]) => ({
      series,
      values: valuesOf(course, minutes, step),
    })),
  };
}

/**
 * promtool's test file for scenarios, on `rules.yaml`. At each time all firing alerts are looked at by one question, which
 * is many times as fast as one for each rule, and leaves none out.
 */
export function testFile(scenarios: readonly Scenario[], groups: readonly TestedGroup[]): string {
  const rules = groups.flatMap((group) => group.rules);
  // JSON is YAML, and is written in no time.
  return JSON.stringify({
    rule_files: ["rules.yaml"],
    evaluation_interval: `${EVERY}m`,
    tests: scenarios.map((scenario) => ({
      ...inputOf(scenario),
      promql_expr_test: timesOf(scenario, EVERY).map((minute) => ({
        // The comment is in the output.
        expr: `ALERTS{alertstate="firing"} # ${scenario.name}`,
        eval_time: `${minute}m`,
        exp_samples: expectedAt(scenario, rules, minute),
      })),
    })),
  });
}

/** The same for one rule whose memory is of days: only its expression is looked at, without `for`, at some times. */
export function expressionTestFile(scenarios: readonly Scenario[], rule: TestedRule): string {
  return JSON.stringify({
    tests: scenarios.map((scenario) => ({
      ...inputOf(scenario),
      promql_expr_test: timesOf(scenario, SPARSE).map((minute) => ({
        expr: `${conditionOf(rule.sent)} # ${scenario.name}`,
        eval_time: `${minute}m`,
        exp_samples: (scenario.fires ?? [])
          .filter(({ from, until = Infinity }) => from <= minute && minute < until)
          .map(({ labels }) => ({ labels: JSON.stringify(labels).replace(/"(\w+)":/g, "$1="), value: 1 })),
      })),
    })),
  });
}

function valuesOf(course: Course, minutes: number, step: number): string {
  const values = Array.from({ length: minutes / step + 1 }, (_, at) => course(at * step) ?? "_");
  const runs: { value: string | number; times: number }[] = [];
  for (const value of values) {
    const last = runs.at(-1);
    if (last?.value === value) last.times++;
    else runs.push({ value, times: 1 });
  }
  return runs
    .map(({ value, times }) => {
      if (times === 1 || value === "stale") return Array<string | number>(times).fill(value).join(" ");
      return value === "_" ? `_x${times}` : `${value}x${times - 1}`;
    })
    .join(" ");
}

/** Every so many minutes, and on both sides of every change. */
function timesOf({ minutes, fires = [], since = 0 }: Scenario, every: number): number[] {
  const regular = Array.from({ length: Math.floor(minutes / every) + 1 }, (_, at) => at * every);
  const changes = fires.flatMap(({ from, until }) => (until === undefined ? [from] : [from, until]));
  const sides = changes.flatMap((minute) => [minute - EVERY, minute]);
  return [...new Set([...regular, ...sides])].filter((at) => at >= since && at <= minutes).sort((a, b) => a - b);
}

function expectedAt({ fires = [] }: Scenario, rules: readonly TestedRule[], minute: number): object[] {
  return fires
    .filter(({ from, until = Infinity }) => from <= minute && minute < until)
    .map(({ rule: key, labels }) => {
      const rule = rules.find((candidate) => candidate.key === key);
      if (!rule) throw new Error(`no rule has the key ${key}`);
      const all = { alertname: rule.title, alertstate: "firing", ...rule.sent.labels, ...labels };
      const matchers = Object.entries(all).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
      return { labels: `ALERTS{${matchers.join(",")}}`, value: 1 };
    });
}

// The system.

const SCRAPED = 'job="tempo",instance="tempo.monitoring.svc.cluster.local:3200"';
const TENANT = 'tenant="single-tenant"';
const QUEUE = `remote_name="3b7b48",${TENANT},url="http://prometheus.monitoring.svc.cluster.local:9090/api/v1/write"`;

/** The selector of one of Tempo's own series. */
export function own(metric: string, labels = ""): string {
  return `${metric}{${[SCRAPED, labels].filter((part) => part !== "").join(",")}}`;
}

export const ofTenant = (metric: string, labels = ""): string =>
  own(metric, [labels, TENANT].filter(Boolean).join(","));
export const ofQueue = (metric: string): string => own(metric, QUEUE);
export const discarded = (reason: string): string => ofTenant("tempo_discarded_spans_total", `reason="${reason}"`);
export const RECEIVED = ofTenant("tempo_distributor_spans_received_total");
export const REFUSED = own("tempo_receiver_refused_spans", 'receiver="otlp/otlp_receiver",transport="grpc"');
export const GENERATOR_RECEIVED = ofTenant("tempo_metrics_generator_spans_received_total");
export const COLLECTIONS = ofTenant("tempo_metrics_generator_registry_collections_total");
export const processor = (name: string): string =>
  ofTenant("tempo_metrics_generator_active_processors", `processor="${name}"`);
export const ring = (name: string, state: string): string =>
  own("tempo_ring_members", `name="${name}",state="${state}"`);

/** A course that counts from the start of the process; undefined where it is not there yet. */
type Counter = (age: number, minute: number) => Value;

/** What is there from the first second of a Tempo on. */
const ALWAYS: Readonly<Record<string, Counter>> = {
  [own("tempo_build_info", 'branch="HEAD",version="v2.10.1"')]: () => 1,
  [own("process_start_time_seconds")]: (age, minute) => (minute - age) * 60,
  [ring("ingester", "ACTIVE")]: () => 1,
  [ring("ingester", "JOINING")]: () => 0,
  [ring("metrics-generator", "ACTIVE")]: () => 1,
  [ring("live-store", "ACTIVE")]: () => 0,
  [own("tempo_ingester_blocks_flushed_total")]: () => 0,
  [own("tempo_ingester_failed_flushes_total")]: () => 0,
  [own("tempodb_blocklist_poll_duration_seconds_count")]: (age) => age + 1,
  [own("tempodb_compaction_errors_total")]: () => 0,
  [own("tempodb_retention_errors_total")]: () => 0,
  [own("tempo_limits_defaults", 'limit_name="metrics_generator_max_active_series"')]: () => 10_000,
};

/** Minutes between the start and the first span of a busy Tempo. */
const FIRST_SPAN = 2;

/** Spans per minute. */
const SPANS = 600;

/** What is there from the first span on, by the minutes that spans have come for. */
const WITH_SPANS: Readonly<Record<string, Counter>> = {
  [RECEIVED]: (age) => SPANS * age,
  [own("tempo_receiver_accepted_spans", 'receiver="otlp/otlp_receiver",transport="grpc"')]: (age) => SPANS * age,
  [REFUSED]: () => 0,
  [discarded("live_traces_exceeded")]: () => 0,
  [discarded("trace_too_large")]: () => 0,
  [discarded("unknown_error")]: () => 0,
  [own("tempo_ingester_blocks_flushed_total")]: (age) => Math.floor(age / 6),
  [GENERATOR_RECEIVED]: (age) => SPANS * age,
  [ofTenant("tempo_metrics_generator_registry_series_limited_total")]: () => 0,
  [processor("span-metrics")]: () => 1,
  [processor("service-graphs")]: () => 1,
  [processor("local-blocks")]: () => 1,
  [processor("host-info")]: () => 0,
  [ofQueue("prometheus_remote_storage_samples_failed_total")]: () => 0,
};

/** A Tempo's own series: the minute of its start, the minutes in which spans come, and whether Prometheus had it before. */
export interface Life {
  /** May lie before the test. */
  readonly started: number;
  /** Nothing comes in after it. */
  readonly lastSpan?: number;
  /** Without, never a span comes. */
  readonly spans: boolean;
}

/** The series of one process over the whole test, the time before its start excluded. */
export function tempo({ started, spans, lastSpan = Infinity }: Life): System {
  const first = started + FIRST_SPAN;
  const fromStart =
    (counter: Counter): Course =>
    (minute) =>
      minute < started ? undefined : counter(minute - started, minute);
  const fromSpan =
    (counter: Counter): Course =>
    (minute) =>
      minute < first ? undefined : counter(Math.min(minute, lastSpan) - first, minute);
  const newest = (minute: number): Value => (minute < first ? undefined : Math.min(minute, lastSpan) * 60);
  return {
    ...mapped(ALWAYS, fromStart),
    ...(spans && {
      ...mapped(WITH_SPANS, fromSpan),
      [own("tempo_ingester_blocks_flushed_total")]: fromStart((age) =>
        Math.max(0, Math.floor((Math.min(age, lastSpan - started) - FIRST_SPAN) / 6)),
      ),
      [COLLECTIONS]: (minute) => (minute < first ? undefined : 4 * (minute - first)),
      [ofQueue("prometheus_remote_storage_queue_highest_timestamp_seconds")]: newest,
      [ofQueue("prometheus_remote_storage_queue_highest_sent_timestamp_seconds")]: newest,
    }),
  };
}

/** How one service answers. */
export interface Requests {
  /** Requests per minute. */
  readonly perMinute: number;
  /** Share of them that fails. */
  readonly errors?: number;
  /** Seconds that every one of them takes; a bound of a bucket. */
  readonly seconds?: number;
  readonly kind?: string;
  readonly from?: number;
  /** The minute of the last one; a quarter of an hour later its series end. */
  readonly until?: number;
}

const STALE_AFTER = 15;

/** Series that the metrics generator makes of a service's spans. */
export function service(
  name: string,
  { perMinute, errors = 0, seconds = 0.128, kind = "SPAN_KIND_SERVER", from = 0, until = Infinity }: Requests,
): System {
  const course =
    (rate: number): Course =>
    (minute) => {
      if (minute < from || minute > until + STALE_AFTER) return undefined;
      return minute === until + STALE_AFTER ? "stale" : Math.round(rate * (Math.min(minute, until) - from));
    };
  const labels = (status: string): string =>
    `__metrics_gen_instance="tempo-0",service="${name}",source="tempo",span_kind="${kind}",span_name="GET /",status_code="STATUS_CODE_${status}"`;
  const bucket = (le: number | "+Inf"): [string, Course] => [
    `traces_spanmetrics_latency_bucket{le="${le}",${labels("UNSET")}}`,
    course(le === "+Inf" || le >= seconds ? perMinute : 0),
  ];
  return {
    [`traces_spanmetrics_calls_total{${labels("UNSET")}}`]: course(perMinute * (1 - errors)),
    ...(errors > 0 && { [`traces_spanmetrics_calls_total{${labels("ERROR")}}`]: course(perMinute * errors) }),
    ...Object.fromEntries([...LATENCY_BUCKETS, "+Inf" as const].map(bucket)),
  };
}

/** What counts without a service at the generator's cap. */
export function overflow(perMinute: number): System {
  return {
    'traces_spanmetrics_calls_total{__metrics_gen_instance="tempo-0",metric_overflow="true",source="tempo"}': (
      minute,
    ) => perMinute * minute,
  };
}

// What happens to it.

/** Series that are there but for some minutes in which nothing was scraped or received: Prometheus itself was away. */
export function withoutPrometheus(system: System, from: number, until: number): System {
  return mapped(system, (course) => (minute) => (minute >= from && minute < until ? undefined : course(minute)));
}

/** Series that end at a minute, at which a scrape fails. */
export function scrapeFailsFrom(system: System, from: number): System {
  return mapped(
    system,
    (course) => (minute) => (minute < from ? course(minute) : minute === from ? "stale" : undefined),
  );
}

/** Series that pass to those of the next process; in the minutes between, no scrape succeeds. */
export function then(before: System, down: number, up: number, after: System): System {
  const ended = scrapeFailsFrom(before, down);
  return Object.fromEntries(
    [...new Set([...Object.keys(ended), ...Object.keys(after)])].map((selector) => [
      selector,
      (minute: number): Value => (minute < up ? ended : after)[selector]?.(minute),
    ]),
  );
}

function mapped<T>(values: Readonly<Record<string, T>>, change: (value: T) => Course): System {
  return Object.fromEntries(Object.entries(values).map(([selector, value]) => [selector, change(value)]));
}
