import type { CollectorSettings, Settings } from "../contracts/settings";
import type { Group } from "./beyla";

/**
 * What the collector tells of itself. It is written to Prometheus by these names, and asked for by them in
 * components/grafana/queries/collector.ts. Names and labels were seen on a real Alloy 1.18.1 with Beyla 3.28.
 */

/** How often, in ms. */
export const SCRAPE_INTERVAL = 30_000;

/**
 * Label of Beyla's metrics: the services that an instance instruments. Beyla itself names processes only, such as
 * `python3`, and without a label of their own two instances would write samples into one series.
 */
export const SERVICES_LABEL = "services";

export function servicesLabel({ services }: Pick<Group, "services">): string {
  return services.map(({ name }) => name).join(", ");
}

/** The metrics that are kept of some 770 series: only what a dashboard or an alert asks for. */
export const KEPT_METRICS = [
  "alloy_build_info",
  "alloy_component_controller_running_components",
  "beyla_avoided_services",
  "beyla_instrumentation_errors_total",
  "beyla_instrumented_processes",
  "beyla_internal_build_info",
  // What the receiver of the spans answers, by HTTP and by gRPC: retries are counted nowhere else.
  "http_client_request_duration_seconds_count",
  "otelcol_exporter_enqueue_failed_spans_total",
  "otelcol_exporter_in_flight_requests",
  "otelcol_exporter_queue_batch_send_size_bytes_sum",
  "otelcol_exporter_queue_batch_send_size_sum",
  "otelcol_exporter_queue_capacity",
  "otelcol_exporter_queue_size",
  "otelcol_exporter_send_failed_spans_total",
  "otelcol_exporter_sent_spans_total",
  "otelcol_processor_incoming_items_total",
  "otelcol_processor_refused_spans_total",
  "otelcol_receiver_accepted_spans_total",
  "otelcol_receiver_refused_spans_total",
  "process_cpu_seconds_total",
  "process_resident_memory_bytes",
  "process_start_time_seconds",
  "rpc_client_call_duration_seconds_count",
] as const;

/** A collector whose metrics go to Prometheus. */
export interface WatchedCollector extends CollectorSettings {
  /** Value of the owner label. */
  readonly owner: string;
}

/** The collector, if its metrics go to Prometheus: without a URL to write them to there is nothing to ask for. */
export function watchedCollector(
  { collector }: Pick<Settings, "collector">,
  owner: string,
): WatchedCollector | undefined {
  return collector?.remoteWriteUrl === undefined ? undefined : { ...collector, owner };
}
