/** Hand-made series of a collector in all kinds of states, for promtool's unit tests of its rules. */
import { groups } from "../../../../components/collector/beyla";
import { servicesLabel } from "../../../../components/collector/metrics";
import { settingsOf, type Changes } from "../../../stack/program/stacks";
import type { Course, System } from "./alerts";

/** These Tempos have no guard; what watches over the volume has tests of its own (storage.test.ts). */
export const UNGUARDED: Changes = { storage: { guard: false } };

/** Spans per minute, bytes of each in the queue, and what the queue of the stack prod holds. */
export const SPANS = 600;
export const BYTES = 1_000;
export const CAPACITY = 864_000_000;

/** The services that the stack prod lists. */
const services = settingsOf("prod").collector?.services ?? [];
export const LISTED = services.map(({ name }) => name);

/** The label of the instance of Beyla that a service is one of. */
export function instanceOf(service: string): string {
  const group = groups(services).find((candidate) => candidate.services.some(({ name }) => name === service));
  if (!group) throw new Error(`${service} is not listed`);
  return servicesLabel(group);
}

const OF_OTEL = 'component_path="/"';
const EXPORTER = `component_id="otelcol.exporter.otlphttp.tempo",${OF_OTEL},exporter="otlp_http/otelcol.exporter.otlphttp.tempo"`;
const RECEIVER = `component_id="otelcol.receiver.otlp.default",${OF_OTEL},receiver="otlp/otelcol.receiver.otlp.default",transport="http"`;
const LIMITER = `component_id="otelcol.processor.memory_limiter.default",${OF_OTEL},processor="memory_limiter/otelcol.processor.memory_limiter.default"`;

/** A collector's series by the short names that the tests use. */
export interface Names {
  readonly build: string;
  readonly failedParts: string;
  readonly received: string;
  readonly memoryShort: string;
  readonly sent: string;
  readonly sendFailed: string;
  readonly queueFull: string;
  readonly queueSize: string;
  readonly capacity: string;
  readonly own: (metric: string, labels?: string) => string;
  readonly instrumented: (service: string) => string;
  readonly beyla: (service: string) => string;
}

export function names(node = "ringtail"): Names {
  const own = (metric: string, labels = ""): string =>
    `${metric}{${['cluster="ringtail"', `instance="${node}"`, 'job="tempo-collector"', labels].filter(Boolean).join(",")}}`;
  return {
    own,
    build: own("alloy_build_info", 'version="v1.18.1"'),
    failedParts: own("alloy_component_controller_running_components", 'controller_path="/",health_type="unhealthy"'),
    received: own(
      "otelcol_processor_incoming_items_total",
      `component_id="otelcol.processor.transform.default",${OF_OTEL},otel_signal="traces"`,
    ),
    memoryShort: own("otelcol_processor_refused_spans_total", LIMITER),
    sent: own("otelcol_exporter_sent_spans_total", EXPORTER),
    sendFailed: own("otelcol_exporter_send_failed_spans_total", `error_type="InvalidArgument",${EXPORTER}`),
    queueFull: own("otelcol_exporter_enqueue_failed_spans_total", EXPORTER),
    queueSize: own("otelcol_exporter_queue_size", `data_type="traces",${EXPORTER}`),
    capacity: own("otelcol_exporter_queue_capacity", `data_type="traces",${EXPORTER}`),
    instrumented: (service) =>
      own("beyla_instrumented_processes", `process_name="${service}",services="${instanceOf(service)}"`),
    beyla: (service) => own("beyla_internal_build_info", `services="${instanceOf(service)}",version="v3.28.0"`),
  };
}

export interface Collected {
  readonly node?: string;
  /** The minute of its start, which may lie before the test; counters are absent before their first event. */
  readonly started?: number;
  /** Nothing comes in from this minute on. */
  readonly lastSpan?: number;
  /** Services that have a process on the node to which Beyla is attached. */
  readonly attachedTo?: readonly string[];
}

/** Long ago, in minutes. */
const BEFORE = -600;

/** Minutes from a start until Beyla is attached and the first span has come. */
const ATTACHED = 2;

/** A collector that delivers what comes in. */
export function collector(how: Collected = {}): System {
  const { node = "ringtail", started = BEFORE, lastSpan = Infinity, attachedTo = LISTED } = how;
  const { own, ...of } = names(node);
  const life =
    (course: Course): Course =>
    (minute) =>
      minute < started ? undefined : course(minute);
  const first = started + ATTACHED;
  const count =
    (each: number): Course =>
    (minute) =>
      minute < first ? undefined : each * (Math.min(minute, lastSpan) - first);
  const queue = (signal: string): string => of.queueSize.replace("traces", signal);
  return {
    [of.build]: life(() => 1),
    [own("alloy_component_controller_running_components", 'controller_path="/",health_type="healthy"')]: life(() => 21),
    [own("process_start_time_seconds")]: life(() => started * 60),
    [of.capacity]: life(() => CAPACITY),
    [of.capacity.replace("traces", "logs")]: life(() => CAPACITY),
    [queue("logs")]: life(() => 0),
    [queue("metrics")]: life(() => 0),
    // What waits for a batch to be full.
    [of.queueSize]: life((minute) => (minute < first || minute > lastSpan ? 0 : 20 * BYTES)),
    [own("otelcol_receiver_accepted_spans_total", RECEIVER)]: count(SPANS / 10),
    [own("otelcol_receiver_refused_spans_total", RECEIVER)]: count(0),
    [of.received]: count(SPANS),
    [of.sent]: count(SPANS),
    [own("otelcol_exporter_queue_batch_send_size_sum", EXPORTER)]: count(SPANS),
    [own("otelcol_exporter_queue_batch_send_size_bytes_sum", EXPORTER)]: count(SPANS * BYTES),
    ...Object.fromEntries(LISTED.map((service) => [of.beyla(service), life(() => 1)])),
    ...Object.fromEntries(
      attachedTo.map((service) => [of.instrumented(service), life((minute) => (minute < first ? undefined : 1))]),
    ),
  };
}

/** Spans that the metrics generator has counted of a service, in some minutes; a quarter of an hour later the series ends. */
export function calls(service: string, from: number, until = Infinity, perMinute = 6): System {
  const labels = `__metrics_gen_instance="tempo-0",service="${service}",source="tempo",span_kind="SPAN_KIND_SERVER",span_name="GET /",status_code="STATUS_CODE_UNSET"`;
  return {
    [`traces_spanmetrics_calls_total{${labels}}`]: (minute) => {
      if (minute < from || minute > until + 15) return undefined;
      return minute === until + 15 ? "stale" : perMinute * (Math.min(minute, until) - from);
    },
  };
}
