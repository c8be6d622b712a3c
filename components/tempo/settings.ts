import { z } from "zod";
import * as field from "../../lib/schema/fields";
import { podParts, resourcesOf } from "../../lib/schema/kubernetes";
import { toleration } from "../../lib/schema/scheduling";
import { section, type Sections } from "../../lib/schema/sections";
import { remoteWriteAccess } from "../common/settings";
import { communityCharts, versions } from "../versions/pins";

/** The Tempo container's; GOMEMLIMIT is derived from the memory limit. */
const resources = resourcesOf(["100m", "256Mi"], ["2", "1Gi"]);

/** Where Tempo's pod may run, as whom, and what it carries; and that of the Alloy of `scrape.method: alloy`. */
const pod = z.strictObject({
  /** Labels that its node must have; empty: any. */
  nodeSelector: field.kubernetesLabels.prefault({}),
  tolerations: z.array(toleration).default([]),
  ...podParts,
  /**
   * `fixed`: uid and gid 10001, Tempo's own (473 for Alloy); `platform`: neither these nor fsGroup are written, since
   * the platform assigns them and refuses others, as OpenShift does.
   */
  runAs: z.enum(["fixed", "platform"], { error: "neither of the two. Write fixed or platform" }).default("fixed"),
});

/** What Tempo's receivers of OTLP take. */
const receiver = z.strictObject({
  /** Largest message, by HTTP and by gRPC; whole MiB. */
  maxMessageSize: field.byteSize.prefault("4Mi"),
  /** Which web pages may send spans (OTLP over HTTP); without an origin none may. */
  cors: z
    .strictObject({
      allowedOrigins: field.distinct(field.origin, "origin").default([]),
      /** Besides those that the format of OTLP needs. */
      allowedHeaders: field.distinct(field.headerName, "header", (name) => name.toLowerCase()).default([]),
      /** How long a browser remembers the answer; absent: as long as it likes, usually 5 s. */
      maxAge: field.optional(field.duration),
    })
    .prefault({}),
});

/** Caps that keep one node alive. What each does when it is reached: docs/decisions/caps.md. */
const limits = z.strictObject({
  /** Spans accepted in the long run, in bytes per second; above it senders are refused and told to retry. */
  ingestionRate: field.byteSize.prefault("1M"),
  /** Largest amount accepted at once, in bytes; larger than the largest batch of any sender. */
  ingestionBurst: field.byteSize.prefault("8M"),
  /** Traces that may be receiving spans at one time; spans of further traces are discarded and counted. */
  maxLiveTraces: field.integer(100, 1_000_000, "traces").prefault(100_000),
  /** Size of one trace, in bytes; further spans of it are discarded and counted. */
  maxBytesPerTrace: field.byteSize.prefault("5M"),
  /** Series that the metrics generator keeps; further ones are not made, and counted. */
  maxActiveSeries: field.integer(100, 1_000_000, "series").prefault(10_000),
});

/** What Tempo computes from spans. */
const metricsGenerator = z.strictObject({
  /** Span attributes that become labels. Each must have few values: a path or an id makes a series per value. */
  dimensions: field
    .distinct(field.dimension, "label (http.route and http_route become one)", (name) => name.replace(/\W/g, "_"))
    .default(["http.request.method", "http.response.status_code", "http.route"]),
  /** How often series are sent. */
  collectionInterval: field.duration.prefault("15s"),
  /**
   * Oldest span, by its end, that still counts in metrics and that a search over its true time finds at once: the
   * longest outage that a collector's queue holds. Blocks stay this long in the ingester and the generator, too.
   */
  maxSpanAge: field.duration.prefault("12h"),
  /** How far back TraceQL metrics reach: `recent` (what the generator holds) or `retention`, which stores spans twice. */
  traceqlMetrics: z
    .enum(["recent", "retention"], { error: "neither of the two ranges. Write recent or retention" })
    .default("recent"),
});

/** Where span metrics and service graphs go. Absent: they are not made. */
const prometheus = z.strictObject({
  /** URL of a Prometheus remote-write receiver. */
  remoteWriteUrl: field.httpUrl,
  /** Labels on every series sent. */
  externalLabels: field.prometheusLabels.prefault({}),
  ...remoteWriteAccess,
});

/** Pods by namespace and labels. */
const peer = z.strictObject({
  namespace: field.dnsLabel,
  /** Empty: every pod of the namespace. */
  labels: field.kubernetesLabels.prefault({}),
});
const peers = z.array(peer).default([]);

/** Who may reach Tempo's pod. Absent: everyone. Only a CNI that enforces NetworkPolicy gives it effect. */
const networkPolicy = z.strictObject({
  /** May query, on 3200: Grafana. */
  query: peers,
  /** May scrape, on 3200: Prometheus. */
  metrics: peers,
  /** May send spans, on 4317 and 4318. */
  otlp: peers,
  /** The tailnet's proxies: they may query and send. */
  proxies: peer.extend({ namespace: field.dnsLabel.prefault("tailscale") }).prefault({}),
});

export const tempoSettings = {
  image: field.image.prefault(versions.tempoImage),
  chart: field.chartSource.prefault(communityCharts),
  chartVersion: field.exactVersion.prefault(versions.tempoChart),
  retention: field.duration.prefault("168h"),
  resources,
  pod: pod.prefault({}),
  receiver: receiver.prefault({}),
  limits: limits.prefault({}),
  metricsGenerator: metricsGenerator.prefault({}),
  prometheus: section(prometheus),
  networkPolicy: section(networkPolicy),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof tempoSettings> {}
}
