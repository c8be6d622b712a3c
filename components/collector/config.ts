import { goDuration } from "../../lib/schema/duration";
import type { CollectorSettings } from "../contracts/settings";
import { remoteWrite, SCRAPE_TIMEOUT } from "../alloy/metrics";
import { block, component, ref, renderAlloy, type Block, type Component } from "../alloy/syntax";
import { writtenLabels } from "../contracts/instance";
import { ports } from "../contracts/ports";
import { beyla, groups, type Group } from "./beyla";
import { grpcAddress } from "../contracts/endpoints";
import { BATCH_BYTES, BATCH_WAIT, describeQueue, memoryLimits, queueBytes } from "./budget";
import { KEPT_METRICS, SCRAPE_INTERVAL, SERVICES_LABEL, servicesLabel } from "./metrics";
import { STORAGE_PATH } from "./paths";
import { clusterName, redaction, routes } from "./ottl";

/**
 * The configuration of the collector. Spans of Beyla, and of services with an SDK, pass the memory limiter, lose what
 * must not be said, wait on disk and are sent until Tempo has taken them.
 */
export function renderCollectorConfig(collector: CollectorSettings, endpoint: string, owner: string): string {
  const instances = groups(collector.services);
  const components = [
    ...instances.map((group) => beyla(group, collector, ref("otelcol.processor.memory_limiter", "default", "input"))),
    ...(collector.receiver === true ? receiver(collector) : []),
    memoryLimiter("default", collector, TRANSFORM),
    component("otelcol.processor.transform", "default", [
      ["error_mode", "ignore"],
      clusterName(collector),
      redaction(),
      ...collector.services.flatMap(routes),
      tracesTo(ref(exporterOf(collector), EXPORTER, "input")),
    ]),
    exporter(collector, endpoint),
    component("otelcol.storage.file", "queue", [
      ["directory", `${STORAGE_PATH}/queue`],
      // A power cut must not leave a file that cannot be read.
      ["fsync", true],
      block("compaction", [
        ["directory", `${STORAGE_PATH}/queue`],
        ["cleanup_on_start", true],
        // Not at a start: it would copy a full queue, which takes as much disk once more, and nothing is sent meanwhile.
        ["on_rebound", true],
      ]),
    ]),
    ...(collector.remoteWriteUrl === undefined
      ? []
      : ownMetrics(collector, owner, collector.remoteWriteUrl, instances)),
  ];
  return renderAlloy(components, [describeQueue(collector.queue)]);
}

/** Label of the exporter, by which its metrics are told apart. */
export const EXPORTER = "tempo";

/** The component that sends. */
export function exporterOf({ protocol }: Pick<CollectorSettings, "protocol">) {
  return protocol === "grpc" ? "otelcol.exporter.otlp" : "otelcol.exporter.otlphttp";
}

function memoryLimiter(label: string, collector: CollectorSettings, next: Parameters<typeof tracesTo>[0]): Component {
  const { refuse, spike } = memoryLimits(collector);
  return component("otelcol.processor.memory_limiter", label, [
    ["check_interval", "1s"],
    ["limit", `${refuse}MiB`],
    ["spike_limit", `${spike}MiB`],
    tracesTo(next),
  ]);
}

const TRANSFORM = ref("otelcol.processor.transform", "default", "input");

/** For services with an SDK on the same node, whose pods are told by the address that they send from. */
function receiver(collector: CollectorSettings): Component[] {
  return [
    component("otelcol.receiver.otlp", "default", [
      block("grpc", [["endpoint", `0.0.0.0:${ports.otlpGrpc}`]]),
      block("http", [["endpoint", `0.0.0.0:${ports.otlpHttp}`]]),
      tracesTo(ref("otelcol.processor.memory_limiter", "receiver", "input")),
    ]),
    memoryLimiter("receiver", collector, ref("otelcol.processor.k8sattributes", "default", "input")),
    component("otelcol.processor.k8sattributes", "default", [
      block("extract", [["metadata", ["k8s.namespace.name", "k8s.pod.name", "k8s.node.name", "k8s.deployment.name"]]]),
      block("pod_association", [block("source", [["from", "connection"]])]),
      tracesTo(TRANSFORM),
    ]),
  ];
}

function exporter(collector: CollectorSettings, endpoint: string): Component {
  const { protocol, caCertificate, queue } = collector;
  const secure = endpoint.startsWith("https:");
  return component(exporterOf(collector), EXPORTER, [
    block("client", [
      // gRPC has no URL: host and port, and whether to encrypt is said apart.
      ["endpoint", protocol === "grpc" ? grpcAddress(endpoint) : endpoint],
      ["compression", "gzip"],
      ...(protocol === "http"
        ? ([
            ["timeout", "30s"],
            // HTTP/2 goes on using a connection that has gone silent: without these it never comes to another one.
            ["http2_read_idle_timeout", "15s"],
            ["http2_ping_timeout", "15s"],
          ] as const)
        : [
            block("keepalive", [
              ["ping_wait", "10s"],
              ["ping_response_timeout", "10s"],
            ]),
          ]),
      ...tls(secure, caCertificate, protocol),
    ]),
    block("retry_on_failure", [
      ["initial_interval", "1s"],
      ["max_interval", "30s"],
      // Never given up: the queue is what bounds an outage.
      ["max_elapsed_time", "0s"],
    ]),
    block("sending_queue", [
      ["storage", ref("otelcol.storage.file", "queue", "handler")],
      ["sizer", "bytes"],
      ["queue_size", queueBytes(queue)],
      ["num_consumers", 4],
      block("batch", [
        ["sizer", "bytes"],
        ["flush_timeout", goDuration(BATCH_WAIT)],
        ["min_size", BATCH_BYTES / 4],
        ["max_size", BATCH_BYTES],
      ]),
    ]),
  ]);
}

function tls(secure: boolean, caCertificate: string | undefined, protocol: "http" | "grpc"): Block[] {
  if (!secure) return protocol === "grpc" ? [block("tls", [["insecure", true]])] : [];
  if (caCertificate === undefined) return [];
  return [
    block("tls", [
      ["ca_pem", caCertificate],
      ["include_system_ca_certs_pool", true],
    ]),
  ];
}

/**
 * Its own metrics and those of Beyla, which each instance has on a page of its own. What is kept of them, and the label
 * that tells the instances apart, is in metrics.ts.
 */
function ownMetrics(
  collector: CollectorSettings,
  owner: string,
  url: string,
  instances: readonly Group[],
): Component[] {
  const scrape = (label: string, targets: ReturnType<typeof ref>, next: string): Component =>
    component("prometheus.scrape", label, [
      ["targets", targets],
      ["forward_to", [ref("prometheus.relabel", next, "receiver")]],
      ["job_name", collector.name],
      ["scrape_interval", goDuration(SCRAPE_INTERVAL)],
      ["scrape_timeout", goDuration(SCRAPE_TIMEOUT)],
    ]);
  const relabel = (label: string, next: ReturnType<typeof ref>, ...rules: Block[]): Component =>
    component("prometheus.relabel", label, [["forward_to", [next]], ...rules]);
  const own = ref("prometheus.relabel", "own", "receiver");
  return [
    component("prometheus.exporter.self", "default", []),
    scrape("alloy", ref("prometheus.exporter.self", "default", "targets"), "own"),
    ...instances.flatMap((group) => [
      scrape(group.label, ref("beyla.ebpf", group.label, "targets"), group.label),
      relabel(group.label, own, replace(SERVICES_LABEL, servicesLabel(group))),
    ]),
    relabel(
      "own",
      ref("prometheus.remote_write", "default", "receiver"),
      // Both components bring a value of their own.
      replace("job", collector.name),
      block("rule", [
        ["action", "keep"],
        ["source_labels", ["__name__"]],
        ["regex", KEPT_METRICS.join("|")],
      ]),
    ),
    ...remoteWrite(url, writtenLabels(collector, owner, { cluster: collector.clusterName }), collector.remoteWrite),
  ];
}

function replace(label: string, value: string): Block {
  return block("rule", [
    ["action", "replace"],
    ["target_label", label],
    // A `$` would begin the name of a group.
    ["replacement", value.replaceAll("$", "$$$$")],
  ]);
}

function tracesTo(next: ReturnType<typeof ref>): Block {
  return block("output", [["traces", [next]]]);
}
