import { SERVICE } from "../../contracts/attributes";
import type { InstrumentedService } from "../../contracts/settings";
import { groups, type Group } from "../../collector/beyla";
import { BYTES_PER_SPAN } from "../../collector/budget";
import { SERVICES_LABEL, servicesLabel } from "../../collector/metrics";
import type { WatchedCollector } from "../../collector/metrics";
import { ofInstance, type Own } from "./own";
import { equals, growth as growthOf, increase, max, rate, select, sum, type Matchers } from "./promql";
import { service } from "./spanMetrics";
import { tempoQueries } from "./tempo";

/**
 * The collector's own metrics, as Alloy 1.18.1 with Beyla 3.28 has them (seen on a real one that delivered, could not,
 * lost spans, started again, and had nothing attached).
 *
 * They are told apart by the job and the cluster of the settings, since others may run Alloy, too, and by whose collector it
 * is; and are by node. As
 * with Tempo's, a counter that is absent means zero as long as its Alloy is there ({@link orZero}), and one that appears
 * with its first value counts from it ({@link growth}).
 */

/** How its metrics are named: by the name of its objects, its cluster, and whose it is. */
export type Named = Pick<WatchedCollector, "name" | "namespace" | "clusterName" | "owner">;

/** The label that tells the nodes apart. */
export const NODE = "instance";

function own(collector: Named, ...more: Matchers): Matchers {
  const { name, clusterName, owner } = collector;
  return [...ofInstance(collector, owner, { job: name, cluster: clusterName }), ...more];
}

/** There is one of it for each Alloy, from its first second on. */
function buildInfo(collector: Named): string {
  return select("alloy_build_info", own(collector));
}

/** 1 for each node whose collector tells of itself. */
function alive(collector: Named): string {
  return max(buildInfo(collector), [NODE]);
}

/** A value by node, that is 0 where nothing has been counted yet; nothing of a node that is silent. */
function orZero(collector: Named, expression: string, zero = 0): string {
  return `(${expression}) or ${zero === 0 ? "" : `${zero} + `}0 * ${alive(collector)}`;
}

/** The same by node and one more label, which says `none` until there is something. */
function orNone(collector: Named, expression: string, label: string): string {
  const none = `0 * ${alive(collector)} unless on (${NODE}) (${expression})`;
  return `(${expression}) or label_replace(${none}, "${label}", "none", "", "")`;
}

/** Growth of a counter by series, its first value included. */
function growth(collector: Named, metric: string, range: string, ...more: Matchers): string {
  return growthOf(metric, range, own(collector, ...more), buildInfo(collector));
}

function rateOf(collector: Named, metric: string, range: string, ...more: Matchers): string {
  return orZero(collector, sum(rate(metric, range, own(collector, ...more)), [NODE]));
}

// Whether it is there.

/** On how many nodes it is: 0, not nothing, where it is on none. */
export const nodes = (collector: Named): string => `count(${alive(collector)}) or vector(0)`;

/**
 * 1 for a node that had a collector within the last day and has none, 0 for every other one. Nothing where there is
 * none at all, of which another rule tells.
 */
export function nodeGone(collector: Named): string {
  const known = max(`last_over_time(${buildInfo(collector)}[1d])`, [NODE]);
  const any = `count(${alive(collector)}) > 0`;
  return `${known} unless on (${NODE}) ${alive(collector)} and on () (${any}) or 0 * ${alive(collector)}`;
}

/** Parts of Alloy that have failed: nothing of theirs goes on, while Alloy itself says that it is ready. */
export const unhealthy = (collector: Named): string =>
  orZero(
    collector,
    sum(select("alloy_component_controller_running_components", own(collector, `health_type=~"unhealthy|exited"`)), [
      NODE,
    ]),
  );

// Spans.

/** Where spans of Beyla and of SDKs have come together, and have passed the memory limiter. */
const PASSED = `component_id="otelcol.processor.transform.default"`;

/** Spans per second. What a full queue does not take counts again when its sender tries again. */
export const received = (collector: Named, range: string): string =>
  rateOf(collector, "otelcol_processor_incoming_items_total", range, PASSED);
/** Those of them that services with an SDK have sent. */
export const receivedFromSdks = (collector: Named, range: string): string =>
  rateOf(collector, "otelcol_receiver_accepted_spans_total", range);
/** Spans per second that Tempo has taken. */
export const sent = (collector: Named, range: string): string =>
  rateOf(collector, "otelcol_exporter_sent_spans_total", range);
/** Spans that SDKs were told to send again. */
export const refused = (collector: Named, range: string): string =>
  orZero(collector, sum(growth(collector, "otelcol_receiver_refused_spans_total", range), [NODE]));

/**
 * Spans that were given up, by reason: Tempo has refused them for good, the queue was full, or memory was short. In the
 * last two cases an SDK sends its own ones again, and they count again; what Beyla made is lost.
 */
export function lost(collector: Named, range: string): string {
  const by = (metric: string, reason: string): string =>
    `label_replace(${growth(collector, metric, range)}, "reason", "${reason}", "", "")`;
  const parts = [
    by("otelcol_exporter_send_failed_spans_total", "refused for good"),
    by("otelcol_exporter_enqueue_failed_spans_total", "queue full"),
    by("otelcol_processor_refused_spans_total", "memory short"),
  ];
  return orNone(collector, sum(parts.join(" or "), [NODE, "reason"]), "reason");
}

// The queue.

/** Of the three queues of an exporter, of which two are always empty. */
const OF_TRACES = `data_type="traces"`;

const queued = (collector: Named): string => select("otelcol_exporter_queue_size", own(collector, OF_TRACES));

/** Bytes. */
export const queueSize = (collector: Named): string => sum(queued(collector), [NODE]);
const capacityByNode = (collector: Named): string =>
  max(select("otelcol_exporter_queue_capacity", own(collector, OF_TRACES)), [NODE]);
export const queueCapacity = (collector: Named): string => max(capacityByNode(collector));
/** Share of the capacity that is used, 0 to 1. */
export const queueShare = (collector: Named): string =>
  orZero(collector, `${queueSize(collector)} / ${capacityByNode(collector)}`);

/** Hours from which on a queue lasts as good as for ever; also what one has into which nothing comes. */
export const MOST_HOURS = 30 * 24;

/** Bytes per second that come into the queue; a span is as large as those of the last hours that left it. */
function bytesIn(collector: Named): string {
  const taken = (metric: string): string =>
    sum(increase(`otelcol_exporter_queue_batch_send_size${metric}`, "6h", own(collector)), [NODE]);
  const bytesPerSpan = orZero(collector, `${taken("_bytes_sum")} / (${taken("_sum")} > 0)`, BYTES_PER_SPAN);
  return `(${received(collector, "15m")}) * (${bytesPerSpan})`;
}

function hours(collector: Named, bytes: string): string {
  const filling = `(${bytes}) / (${bytesIn(collector)} > 0) / 3600`;
  return orZero(collector, `clamp_max(${filling}, ${MOST_HOURS})`, MOST_HOURS);
}

/** How long an outage the whole queue would bridge, at the rate of the last quarter of an hour. */
export const queueHolds = (collector: Named): string => hours(collector, capacityByNode(collector));
/** How long what is free would. */
export const queueLasts = (collector: Named): string =>
  hours(collector, `${capacityByNode(collector)} - ${queueSize(collector)}`);

/** Hours until the queue is full, while it is more than half full and grows; {@link MOST_HOURS} otherwise. */
export function queueFullIn(collector: Named): string {
  const half = `(${queueShare(collector)}) > ${HALF}`;
  const grows = `${sum(`delta(${queued(collector)}[30m])`, [NODE])} > 0`;
  const left = `(${queueLasts(collector)}) and on (${NODE}) (${half}) and on (${NODE}) (${grows})`;
  return orZero(collector, left, MOST_HOURS);
}

/** Share of the queue below which it has done what it is for. */
export const HALF = 0.5;

/** 1 while for five minutes the queue was never empty and Tempo took nothing out of it. */
export function undelivered(collector: Named): string {
  const waiting = `${sum(`min_over_time(${queued(collector)}[5m])`, [NODE])} > bool 0`;
  const taken = sum(increase("otelcol_exporter_sent_spans_total", "5m", own(collector)), [NODE]);
  return orZero(collector, `(${waiting}) * on (${NODE}) ((${orZero(collector, taken)}) == bool 0)`);
}

/** Requests that wait for an answer. */
export const inFlight = (collector: Named): string =>
  orZero(collector, sum(select("otelcol_exporter_in_flight_requests", own(collector)), [NODE]));

/**
 * Answers to the exporter's requests, by status: of HTTP, of gRPC, or the error where there was no answer. Anything but
 * 200 and OK is tried again, unless the span counts as lost.
 */
export function answers(collector: Named, range: string): string {
  const http = growth(collector, "http_client_request_duration_seconds_count", range, EXPORTERS);
  const grpc = growth(collector, "rpc_client_call_duration_seconds_count", range, EXPORTERS);
  const named = [
    `label_join(${http}, "answer", "", "http_response_status_code", "error_type")`,
    `label_join(${grpc}, "answer", "", "rpc_response_status_code")`,
  ];
  return orNone(collector, sum(named.join(" or "), [NODE, "answer"]), "answer");
}

const EXPORTERS = `component_id=~"otelcol[.]exporter[.].+"`;

// eBPF.

/**
 * Processes that Beyla has attached to, those of nodes and instances together; 0 where Beyla is, and has attached to none.
 * Seen: a process counts although the kernel refused every probe of its own (Go without SYS_ADMIN). Then only its silence tells.
 */
function attached(collector: Named, by: readonly string[], ...of: Matchers): string {
  const processes = sum(select("beyla_instrumented_processes", own(collector, ...of)), by);
  return `${processes} or 0 * ${max(select("beyla_internal_build_info", own(collector, ...of)), by)}`;
}

/** The same by the services that an instance is for. */
export const instrumented = (collector: Named): string => attached(collector, [SERVICES_LABEL]);
/** All of them. */
export const instrumentedInAll = (collector: Named): string => attached(collector, []);

/** Failed attempts to attach, by what failed. */
export const instrumentationErrors = (collector: Named, range: string): string =>
  orNone(
    collector,
    sum(growth(collector, "beyla_instrumentation_errors_total", range), [NODE, "error_type"]),
    "error_type",
  );

/** Services that Beyla leaves alone since they have an SDK that sends spans. */
export const avoided = (collector: Named): string =>
  orNone(
    collector,
    max(select("beyla_avoided_services", own(collector, `telemetry_type="traces"`)), [NODE, "service_name"]),
    "service_name",
  );

// Services of which nothing comes.

/** A row of 1 for each service. */
function rows(services: readonly InstrumentedService[]): string {
  return (
    services
      // A dollar would be a part of what is matched; quotes and backslashes are in no name.
      .map(({ name }) => name.replaceAll("$", "$$$$"))
      .map((name) => `label_replace(vector(1), "${SERVICE.label}", "${name}", "", "")`)
      .join(" or ")
  );
}

type Listing = Named & Pick<WatchedCollector, "services">;

/** Processes of one instance. */
function attachedIn(collector: Named, group: Group, by: readonly string[] = []): string {
  return attached(collector, by, equals(SERVICES_LABEL, servicesLabel(group)));
}

/**
 * A row for each listed service, with a value of the instance that it is one of. The instance is named once and not by
 * every row: its label has the names of all its services, and the text would grow with their square.
 */
function listed(collector: Listing, value: (processes: string) => string): string {
  return groups(collector.services)
    .map((group) => `(${rows(group.services)}) * on () group_left () (${value(attachedIn(collector, group))})`)
    .join(" or ");
}

/**
 * How many of the services of an instance have no process that Beyla is attached to, at least: it says how many
 * processes there are, and not of which service.
 */
export function unattached(collector: Listing): string {
  return groups(collector.services)
    .map((group) => `clamp_min(${group.services.length} - (${attachedIn(collector, group, [SERVICES_LABEL])}), 0)`)
    .join(" or ");
}

/**
 * 1 for a listed service of which no span has become a metric for three days, or ever, although Beyla has attached to a
 * process of its instance and the collector has been there for a day; 0 for every other one. While Beyla has attached to
 * nothing, and of a service that was there for three days and falls silent, other rules tell.
 * @param tempos how the series of this stack's own Tempo are told from others'.
 */
export function unheard(collector: Listing, tempos: Own): string {
  const { services } = collector;
  const attachedTo = listed(collector, (processes) => `(${processes}) > bool 0`);
  const calls = services
    .map(({ name }) => select(tempos.version.metrics.calls, [...tempos.spans, service(name)]))
    .join(" or ");
  // The generator keeps a series for a quarter of an hour after the last span.
  const heard = `max_over_time((${sum(calls, [SERVICE.label])})[3d:10m])`;
  const forADay = `last_over_time(${buildInfo(collector)}[1h] offset 1d)`;
  return (
    `(${attachedTo}) unless on (${SERVICE.label}) (${heard}) and on () (${forADay}) and on () (${tempoQueries(tempos).zero})` +
    ` or 0 * (${attachedTo})`
  );
}

/**
 * The listed services whose silence another rule explains: within the last two hours there was no collector, it could
 * not deliver, or Beyla had attached to no process of theirs.
 */
export function excused(collector: Listing): string {
  const all = `(${nodes(collector)}) < 1 or max(${undelivered(collector)}) > 0`;
  const troubled = listed(collector, (processes) => `(${processes}) < 1`);
  const now = `(${rows(collector.services)}) and on () (${all}) or ${troubled}`;
  return `last_over_time((${now})[2h:5m])`;
}

// The process.

export const residentMemory = (collector: Named): string =>
  max(select("process_resident_memory_bytes", own(collector)), [NODE]);
/** Cores. */
export const cpu = (collector: Named, range: string): string =>
  sum(rate("process_cpu_seconds_total", range, own(collector)), [NODE]);
export const restarts = (collector: Named, range: string): string =>
  `changes((${max(select("process_start_time_seconds", own(collector)), [NODE])})[${range}:30s])`;
