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
  nodeSelector: field.kubernetesLabels.prefault({}).describe("Labels that its node must have. Empty: any"),
  tolerations: z
    .array(toleration)
    .default([])
    .describe("Tolerations, as `kubectl explain pod.spec.tolerations` shows them"),
  ...podParts,
  runAs: z
    .enum(["fixed", "platform"], { error: "neither of the two. Write fixed or platform" })
    .default("fixed")
    .describe(
      "`fixed`: uid and gid 10001. `platform`: no user, group and `fsGroup` are written, for a platform that assigns them, such as OpenShift. Elsewhere write an image for `storage.image` whose user is not root",
    ),
});

/** What Tempo's receivers of OTLP take. */
const receiver = z.strictObject({
  maxMessageSize: field.byteSize
    .prefault("4Mi")
    .describe(
      "Largest OTLP message, by HTTP and gRPC: whole MiB from `4Mi` to `16Mi`. At most `limits.ingestionBurst`",
    ),
  cors: z
    .strictObject({
      allowedOrigins: field
        .distinct(field.origin, "origin")
        .default([])
        .describe("Their origins, such as `https://app.example.com`; one `*` stands for any text"),
      allowedHeaders: field
        .distinct(field.headerName, "header", (name) => name.toLowerCase())
        .default([])
        .describe("Headers that they may send besides `Accept`, `Content-Type` and `X-Requested-With`. `*`: any"),
      maxAge: field
        .optional(field.duration)
        .describe("How long a browser remembers the answer, at most `24h`. Absent: as long as it likes, usually 5 s"),
    })
    .prefault({})
    .describe("Web pages that may send spans by HTTP"),
});

/** Caps that keep one node alive. What each does when it is reached: docs/decisions/caps.md. */
const limits = z.strictObject({
  ingestionRate: field.byteSize
    .prefault("1M")
    .describe("Accepted in the long run; above it senders are refused and told to retry"),
  ingestionBurst: field.byteSize
    .prefault("8M")
    .describe(
      "Accepted at once: at least `receiver.maxMessageSize`, at least a second of the rate, more than any sender's batch",
    ),
  maxLiveTraces: field
    .integer(100, 1_000_000, "traces")
    .prefault(100_000)
    .describe("Traces that may be receiving spans at one time; spans of further ones are discarded and counted"),
  maxBytesPerTrace: field.byteSize
    .prefault("5M")
    .describe(
      "Size of one trace; its further spans are discarded and counted. At most `16Mi`, above which a trace is stored and cannot be read; below the memory limit",
    ),
  maxActiveSeries: field
    .integer(100, 1_000_000, "series")
    .prefault(10_000)
    .describe("Series that the metrics generator keeps; further ones are not made, and counted"),
});

/** What Tempo computes from spans. */
const metricsGenerator = z.strictObject({
  dimensions: field
    .distinct(field.dimension, "label (http.route and http_route become one)", (name) => name.replace(/\W/g, "_"))
    .default(["http.request.method", "http.response.status_code", "http.route"])
    .describe(
      "Span attributes that become labels. Each must have few values: docs/decisions/cardinality.md; known unbounded ones (`url.path`, `http.target`, `*.id` …) are refused",
    ),
  collectionInterval: field.duration.prefault("15s").describe("How often series are sent"),
  maxSpanAge: field.duration
    .prefault("12h")
    .describe(
      "Oldest span, by its end, that still counts in metrics and is found at once by a search: the longest outage that a sender's queue holds. Shorter than `retention`",
    ),
  traceqlMetrics: z
    .enum(["recent", "retention"], { error: "neither of the two ranges. Write recent or retention" })
    .default("recent")
    .describe(
      "How far back TraceQL metrics (`{} | rate()`) reach: what the generator still holds, or the whole retention. `retention` stores every span a second time for as long as it is kept",
    ),
});

/** Where span metrics and service graphs go. Absent: they are not made. */
const prometheus = z.strictObject({
  remoteWriteUrl: field.httpUrl.describe(
    "A remote-write receiver, with its path: `/api/v1/write` of Prometheus and VictoriaMetrics, `/api/v1/push` of Mimir. A Prometheus needs `--web.enable-remote-write-receiver`, and `--enable-feature=exemplar-storage` to keep exemplars",
  ),
  externalLabels: field.prometheusLabels
    .prefault({})
    .describe(
      "Labels on every series sent, none of the series' own (`service`, `span_name`, `client`, `le`, a dimension …), beside `tempo_instance`, which says whose they are: docs/decisions/scraping.md#selecting-this-stacks-series",
    ),
  ...remoteWriteAccess,
});

/** Pods by namespace and labels. */
const peer = z
  .strictObject({
    namespace: field.dnsLabel.describe("Namespace of such pods"),
    labels: field.kubernetesLabels.prefault({}).describe("Labels of such pods. Empty: every pod of the namespace"),
  })
  .meta({ typeName: "Peer" });
const peers = z.array(peer).default([]);

/** Who may reach Tempo's pod. Absent: everyone. Only a CNI that enforces NetworkPolicy gives it effect. */
const networkPolicy = z.strictObject({
  query: peers.describe("May query, on 3200: Grafana"),
  metrics: peers.describe("May scrape, on 3200 and 3201: Prometheus"),
  otlp: peers.describe("May send spans, on 4317 and 4318"),
  proxies: peer
    .extend({ namespace: field.dnsLabel.prefault("tailscale").describe("Namespace of the proxies") })
    .meta({ typeName: "Proxies" })
    .prefault({})
    .describe("The tailnet's proxies, which may query (3200) and send (4318). Counts only with `tailnet`"),
});

export const tempoSettings = {
  image: field.image
    .prefault(versions.tempoImage)
    .describe(
      "Tempo's image, by full version or digest: 2.x from 2.10 on. A reference that can move (`latest`, `2.10`) is refused",
    ),
  chart: field.chartSource
    .prefault(communityCharts)
    .describe(
      "Where the chart `tempo` comes from: a repository's `https://` URL, an `oci://` reference, or a path (`./`, `../`, `~/`, `/`)",
    ),
  chartVersion: field.exactVersion
    .prefault(versions.tempoChart)
    .describe("Version of the chart. Not used with a path. 2.x from `2.1.0` on: docs/decisions/versions.md"),
  retention: field.duration.prefault("168h").describe("How long a trace is kept, at least `1h`"),
  resources: resources.describe(
    "What the Tempo container requests and may use. GOMEMLIMIT follows from the memory limit",
  ),
  pod: pod
    .prefault({})
    .describe(
      "Where Tempo's pod may run, as whom, and what it carries. Applies to the Alloy of `scrape.method: alloy` as well. The pod satisfies the Pod Security level restricted",
    ),
  receiver: receiver.prefault({}).describe("What Tempo's OTLP receivers accept"),
  limits: limits
    .prefault({})
    .describe(
      "Caps that keep one node alive. What happens at each, and which metric counts it: docs/decisions/caps.md",
    ),
  metricsGenerator: metricsGenerator.prefault({}).describe("Span metrics and service graph"),
  prometheus: section(prometheus).describe(
    "Remote write of span metrics and service graphs. Absent: these metrics are not created",
  ),
  networkPolicy: section(networkPolicy).describe(
    "Who may reach Tempo's pod. Absent: everyone. Only some CNIs enforce a NetworkPolicy: docs/decisions/network-policy.md",
  ),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof tempoSettings> {}
}
