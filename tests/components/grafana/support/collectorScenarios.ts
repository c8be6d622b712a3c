/** What may happen to a collector, and which alerts tell of it. */
import {
  scrapeFailsFrom,
  tempo,
  then,
  withoutPrometheus,
  type Course,
  type Expected,
  type Scenario,
  type System,
} from "./alerts";
import { BYTES, calls, CAPACITY, collector, instanceOf, LISTED, names, SPANS } from "./collector";

export const HOUR = 60;
const DAY = 24 * HOUR;
/** Minutes for which Prometheus still has a value after the last one. */
export const REMEMBERED = 5;

const INSTANCES = [...new Set(LISTED.map(instanceOf))];

export const of = names();
export const living = tempo({ started: -600, spans: true });
export const busy: System = { ...living, ...collector() };

/** Nothing until a minute, then a number, then what it grows by in each further minute. */
function late(from: number, first: number, growth = 0, until = Infinity): Course {
  return (minute) => (minute < from ? undefined : first + growth * (Math.min(minute, until) - from));
}

/** A counter that stands still in some minutes, and has made up for it at the end of them. */
function pauses(perMinute: number, from: number, until: number): Course {
  return (minute) => perMinute * (minute >= from && minute < until ? from : minute);
}

/** A queue that fills at a rate between two minutes, and is empty a while later. */
function fills(bytesPerMinute: number, from: number, until: number, empty = until + 5): Course {
  return (minute) => {
    if (minute < from || minute >= empty) return 20 * BYTES;
    const full = Math.min(CAPACITY, bytesPerMinute * (Math.min(minute, until) - from) + 20 * BYTES);
    return minute < until ? full : full * (1 - (minute - until) / (empty - until));
  };
}

function outage(bytesPerMinute: number, from: number, until: number, empty?: number): System {
  return { [of.sent]: pauses(SPANS, from, until), [of.queueSize]: fills(bytesPerMinute, from, until, empty) };
}

function trouble(name: string, changes: System, fires: readonly Expected[] = [], minutes = 120): Scenario {
  return { name, minutes, system: { ...busy, ...changes }, fires };
}

/** What had been counted before the test began: an old event is none. */
const scars: System = { [of.sendFailed]: () => 40, [of.queueFull]: () => 7, [of.memoryShort]: () => 7 };

/** Series that end without a word, as those that are pushed do. */
function ends(system: System, from: number): System {
  return withoutPrometheus(system, from, Infinity);
}

const ofNode = { instance: "ringtail" };
const lost = (reason: string): Partial<Expected> => ({
  rule: "collector-spans-lost",
  labels: { ...ofNode, reason },
});

export const healthy: readonly Scenario[] = [
  { name: "a busy collector", minutes: 180, system: busy },
  { name: "a collector with a history", minutes: 120, system: { ...busy, ...scars }, since: 65 },
  { name: "a collector into which nothing comes", minutes: 240, system: { ...living, ...collector({ lastSpan: 30 }) } },
  {
    name: "a fresh collector, of which Prometheus has never heard",
    minutes: 120,
    system: { ...living, ...collector({ started: 1 }) },
  },
  {
    name: "a restart",
    minutes: 120,
    system: { ...living, ...then({ ...collector(), ...scars }, 60, 62, collector({ started: 62 })) },
    since: 65,
  },
  {
    name: "a restart of which no scrape tells",
    minutes: 120,
    system: {
      ...living,
      ...then({ ...collector(), ...scars }, 60, 60, collector({ started: 60 })),
    },
    since: 65,
  },
  trouble("a restart of Tempo, of twelve minutes", outage(SPANS * BYTES, 60, 72)),
  trouble(
    "a queue that empties after a long outage",
    { [of.queueSize]: (minute) => CAPACITY * Math.max(0, 0.85 - minute / 200) + 20 * BYTES },
    [],
    180,
  ),
  {
    name: "half an hour without Prometheus",
    minutes: 150,
    system: { ...withoutPrometheus({ ...busy, ...scars }, 70, 100) },
    since: 105,
  },
  {
    name: "two nodes, on one of which there is no service",
    minutes: 120,
    system: { ...busy, ...collector({ node: "other", attachedTo: [] }) },
  },
  {
    name: "another's Alloy that is in trouble",
    minutes: 120,
    system: {
      ...busy,
      ...Object.fromEntries(
        Object.entries({ ...collector({ attachedTo: [] }), [of.sendFailed]: late(30, 500, 10) }).map(
          ([selector, course]) => [selector.replace('job="tempo-collector"', 'job="alloy"'), course],
        ),
      ),
    },
  },
];

export const presence: readonly Scenario[] = [
  {
    name: "a collector that dies",
    minutes: 120,
    system: { ...living, ...ends({ ...collector(), ...scars }, 60) },
    fires: [{ rule: "collector-down", from: 60 + REMEMBERED + 10 }],
    since: 30,
  },
  {
    name: "a collector that dies while it loses spans",
    minutes: 120,
    system: { ...living, ...ends({ ...collector(), [of.sendFailed]: late(20, 5, 5) }, 60) },
    fires: [
      { ...lost("refused for good"), rule: "collector-spans-lost", from: 20, until: 60 + REMEMBERED },
      { rule: "collector-down", from: 60 + REMEMBERED + 10 },
    ],
  },
  {
    name: "a collector that comes back",
    minutes: 150,
    system: { ...living, ...then(collector(), 40, 80, collector({ started: 80 })) },
    fires: [{ rule: "collector-down", from: 50, until: 80 }],
  },
  {
    name: "a collector of which Prometheus never hears",
    minutes: 60,
    system: living,
    fires: [{ rule: "collector-down", from: 10 }],
  },
  {
    name: "a node of two that loses its collector",
    minutes: 180,
    system: { ...busy, ...ends(collector({ node: "other", attachedTo: [] }), 60) },
    fires: [{ rule: "collector-node-gone", labels: { instance: "other" }, from: 60 + REMEMBERED + 15 }],
  },
  trouble("a part that fails", { [of.failedParts]: (minute) => (minute >= 30 && minute < 90 ? 1 : undefined) }, [
    { rule: "collector-unhealthy", labels: ofNode, from: 40, until: 90 + REMEMBERED },
  ]),
];

export const losses: readonly Scenario[] = [
  trouble("a first span ever that Tempo refuses for good", { [of.sendFailed]: late(30, 1) }, [
    { ...lost("refused for good"), rule: "collector-spans-lost", from: 30, until: 40 },
  ]),
  {
    ...trouble(
      "spans that Tempo refuses for good, as it has before",
      { [of.sendFailed]: (minute) => (minute < 30 ? 40 : 45) },
      [{ ...lost("refused for good"), rule: "collector-spans-lost", from: 30, until: 40 }],
    ),
    since: 15,
  },
  trouble("a first span that finds the queue full", { [of.queueFull]: late(30, 25) }, [
    { ...lost("queue full"), rule: "collector-spans-lost", from: 30, until: 40 },
  ]),
  trouble("spans for which there is no memory", { [of.memoryShort]: late(30, 100, 50, 50) }, [
    { ...lost("memory short"), rule: "collector-spans-lost", from: 30, until: 60 },
  ]),
  {
    name: "a first loss after a restart, by a reason that the process before had as well",
    minutes: 120,
    system: {
      ...living,
      ...then({ ...collector(), [of.sendFailed]: () => 40 }, 30, 31, {
        ...collector({ started: 31 }),
        [of.sendFailed]: late(60, 5),
      }),
    },
    fires: [{ ...lost("refused for good"), rule: "collector-spans-lost", from: 60, until: 70 }],
    since: 15,
  },
  {
    name: "a loss right after a restart, smaller than what was counted before",
    minutes: 120,
    system: {
      ...living,
      ...then({ ...collector(), [of.sendFailed]: () => 40 }, 60, 60, {
        ...collector({ started: 60 }),
        [of.sendFailed]: late(61, 5),
      }),
    },
    fires: [{ ...lost("refused for good"), rule: "collector-spans-lost", from: 65, until: 70 }],
    since: 15,
  },
];

export const delivery: readonly Scenario[] = [
  trouble("a Tempo that is away for an hour", outage(SPANS * BYTES, 30, 90), [
    { rule: "collector-undelivered", labels: ofNode, from: 45, until: 90 },
  ]),
  trouble(
    "a Tempo that has never taken a span",
    { [of.sent]: () => undefined, ...{ [of.queueSize]: fills(SPANS * BYTES, 2, 999) } },
    [{ rule: "collector-undelivered", labels: ofNode, from: 10 }],
  ),
  trouble(
    "a queue that fills within an hour and a half",
    {
      // As many spans as it grows by.
      [of.received]: (minute) => ((0.01 * CAPACITY) / BYTES) * minute,
      ...outage(0.01 * CAPACITY, 30, 140, 170),
      [of.queueFull]: late(131, 900, 900, 140),
    },
    [
      { rule: "collector-undelivered", labels: ofNode, from: 45, until: 140 },
      // More than half full from the 80th minute on.
      { rule: "collector-queue-filling", labels: ofNode, from: 95, until: 145 },
      { rule: "collector-queue-full", labels: ofNode, from: 125, until: 145 },
      { ...lost("queue full"), rule: "collector-spans-lost", from: 135, until: 150 },
    ],
    240,
  ),
  trouble(
    "a queue that is nearly full and does not grow",
    { [of.queueSize]: (minute) => (minute < 60 ? 0.95 : 0.45) * CAPACITY },
    [{ rule: "collector-queue-full", labels: ofNode, from: 5, until: 60 }],
  ),
  trouble(
    "a queue that is more than half full and would take weeks to be full",
    { [of.queueSize]: (minute) => 0.51 * CAPACITY + minute * 100, [of.received]: (minute) => minute },
    [],
    180,
  ),
];

export const sources: readonly Scenario[] = [
  trouble("a process that ends, of one service", { [of.instrumented("ntfy")]: (minute) => (minute < 30 ? 1 : 0) }, [
    { rule: "collector-unattached", labels: { services: instanceOf("ntfy") }, from: 45 },
  ]),
  {
    name: "a kernel that does not let Beyla attach",
    minutes: 60,
    system: { ...living, ...collector({ attachedTo: [] }) },
    fires: INSTANCES.map((services) => ({ rule: "collector-unattached", labels: { services }, from: 15 })),
  },
  trouble("a pod that is replaced within ten minutes", {
    [of.instrumented("ntfy")]: (minute) => (minute >= 30 && minute < 40 ? 0 : 1),
  }),
];

/** Several days, one rule looked at. */
function days(name: string, system: System, fires: readonly Expected[] = []): Scenario {
  return { name, minutes: 6 * DAY, step: 5, system: { ...living, ...system }, fires };
}

const daily = collector({ started: 0 });
const unheard = (service: string, from: number, until?: number): Expected => ({
  rule: "collector-unheard",
  labels: { service },
  from,
  ...(until !== undefined && { until }),
});
const heardOf = (...services: string[]): System =>
  Object.assign({}, ...services.map((service) => calls(service, 0))) as System;
const NOON = 3 * DAY + 12 * HOUR;

export const listing: readonly Scenario[] = [
  days("all that are listed", { ...daily, ...heardOf(...LISTED) }),
  days(
    "one that has never sent anything, a day after the collector came",
    { ...daily, ...heardOf("frigate", "ntfy", "immich") },
    [unheard("ollama", DAY)],
  ),
  days("one that is used every other day", {
    ...daily,
    ...heardOf("frigate", "ntfy", "immich"),
    ...calls("ollama", 0, 10),
    ...{
      [Object.keys(calls("ollama", 0))[0] ?? ""]: (minute) => (minute % (2 * DAY) < 30 ? 6 * (minute % 30) : undefined),
    },
  }),
  days(
    "one that has sent nothing for three days",
    { ...daily, ...heardOf("frigate", "ntfy", "immich"), ...calls("ollama", 0, DAY) },
    [
      // Its series lasts for a quarter of an hour, and Prometheus looks at it in steps of ten minutes.
      unheard("ollama", 4 * DAY + 15),
    ],
  ),
  days("a Beyla that is attached to nothing", {
    ...collector({ started: 0, attachedTo: [] }),
    ...heardOf("frigate", "ntfy", "immich"),
  }),
  days("a Tempo that is down", { ...daily, ...scrapeFailsFrom(living, 2 * DAY) }, [
    ...LISTED.map((service) => unheard(service, DAY, 2 * DAY)),
  ]),
];

export const silenced: readonly Scenario[] = [
  days("a service that falls silent beside a collector that is well", { ...daily, ...calls("frigate", 0, NOON) }, [
    { rule: "source-silent", labels: { service: "frigate" }, from: NOON + 2 * HOUR, until: NOON + DAY + 90 },
  ]),
  days("a collector that is down, and its services with it", { ...ends(daily, NOON), ...calls("frigate", 0, NOON) }),
  days(
    "a collector that is down, and a service that is not its own",
    { ...ends(daily, NOON), ...calls("hermes", 0, NOON) },
    [{ rule: "source-silent", labels: { service: "hermes" }, from: NOON + 2 * HOUR, until: NOON + DAY + 90 }],
  ),
  days("spans that are not delivered", {
    ...daily,
    [of.sent]: (minute) => SPANS * Math.min(minute, NOON),
    [of.queueSize]: (minute) => 20 * BYTES + Math.max(0, minute - NOON) * BYTES,
    ...calls("frigate", 0, NOON),
  }),
  days(
    "processes that are gone, and a service that is not the collector's",
    {
      ...daily,
      ...Object.fromEntries(LISTED.map((service) => [of.instrumented(service), (minute) => (minute < NOON ? 1 : 0)])),
      ...calls("frigate", 0, NOON),
      ...calls("hermes", 0, NOON),
    },
    [{ rule: "source-silent", labels: { service: "hermes" }, from: NOON + 2 * HOUR, until: NOON + DAY + 90 }],
  ),
];

/** By what is asserted of them. */
export const suites = {
  "are silent on": healthy,
  "tell of": [...presence, ...losses, ...delivery, ...sources],
  "know which services are listed": listing,
  "tell of a service's silence once": silenced,
};
