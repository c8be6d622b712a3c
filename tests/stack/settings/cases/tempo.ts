import { advice, bad, type BadCase } from "./types";

const unreadable =
  "more than fits into a message between Tempo's parts: such a trace is stored and answered by an error 500. Write at most 16Mi.";

const traces = "not a whole number from 100 to 1000000. Write the number of traces.";
const series = "not a whole number from 100 to 1000000. Write the number of series.";
const attribute = "not an attribute's name. Write an OpenTelemetry attribute such as http.request.method.";
const unbounded =
  "an attribute without bounds: it would make a series for each of its values. Write one with few, such as http.route.";
const reserved = "a label that is written in any case. Write another attribute, or none.";
const range = "neither of the two ranges. Write recent or retention.";
const twice = "names the same twice. Write each label (http.route and http_route become one) once.";
const late = "such spans are deleted as they arrive. Write less.";

const retention: BadCase[] = [
  bad({ retention: "" }, `tempo:retention = "": ${advice.duration}`),
  bad({ retention: "0" }, `tempo:retention = "0": ${advice.duration}`),
  bad({ retention: "0h" }, `tempo:retention = "0h": ${advice.duration}`),
  bad({ retention: 168 }, `tempo:retention = "168": ${advice.duration}`),
  bad({ retention: "7 days" }, `tempo:retention = "7 days": ${advice.duration}`),
  bad({ retention: "-7d" }, `tempo:retention = "-7d": ${advice.duration}`),
  bad({ retention: "1y" }, `tempo:retention = "1y": ${advice.duration}`),
  bad({ retention: "168h " }, `tempo:retention = "168h ": ${advice.duration}`),
  bad({ retention: "٧d" }, `tempo:retention = "٧d": ${advice.duration}`),
  bad({ retention: ["7d"] }, `tempo:retention = ["7d"]: ${advice.duration}`),
  bad(
    { retention: "59m" },
    'tempo:retention = "59m": shorter than an hour, in which a trace is not even moved to a block safely. Write at least 1h.',
    `tempo:metricsGenerator.maxSpanAge = "12h": not shorter than retention = 59m: ${late}`,
  ),
  bad({ retention: "12h" }, `tempo:metricsGenerator.maxSpanAge = "12h": not shorter than retention = 12h: ${late}`),
  // Go's end at 292 years, and Tempo does not start with a longer one.
  bad(
    { retention: "100000w" },
    'tempo:retention = "100000w": longer than 100 years, which Tempo cannot count. Write less.',
  ),
];

const resources: BadCase[] = [
  bad({ resources: "1Gi" }, `tempo:resources = "1Gi": ${advice.section}`),
  bad({ resources: { limits: "1Gi" } }, `tempo:resources.limits = "1Gi": ${advice.section}`),
  bad({ resources: { requests: null } }, `tempo:resources.requests = null: ${advice.section}`),
  bad({ resources: { limits: { memory: 1073741824 } } }, `tempo:resources.limits.memory = 1073741824: ${advice.size}`),
  bad({ resources: { limits: { memory: "512m" } } }, `tempo:resources.limits.memory = "512m": ${advice.size}`),
  bad({ resources: { limits: { memory: "1GB" } } }, `tempo:resources.limits.memory = "1GB": ${advice.size}`),
  bad(
    { resources: { requests: { cpu: "" } } },
    'tempo:resources.requests.cpu = "": none, for which Kubernetes puts the limit of 2. Write an amount, or "" as resources.limits.cpu as well.',
  ),
  bad({ resources: { limits: { cpu: [2] } } }, `tempo:resources.limits.cpu = [2]: ${advice.cpu}`),
  bad({ resources: { limits: { cpu: "0" } } }, `tempo:resources.limits.cpu = "0": ${advice.cpu}`),
  bad({ resources: { limits: { cpu: 0 } } }, `tempo:resources.limits.cpu = 0: ${advice.cpu}`),
  bad({ resources: { limits: { cpu: -1 } } }, `tempo:resources.limits.cpu = -1: ${advice.cpu}`),
  bad({ resources: { limits: { cpu: null } } }, `tempo:resources.limits.cpu = null: ${advice.cpu}`),
  bad({ resources: { requests: { cpu: 0.0001 } } }, `tempo:resources.requests.cpu = 0.0001: ${advice.cpu}`),
  // No CPU is a choice, no memory is not.
  bad({ resources: { limits: { memory: "" } } }, `tempo:resources.limits.memory = "": ${advice.size}`),
  bad({ resources: { limits: { cpu: "two" } } }, `tempo:resources.limits.cpu = "two": ${advice.cpu}`),
  bad({ resources: { requests: { cpu: "-100m" } } }, `tempo:resources.requests.cpu = "-100m": ${advice.cpu}`),
  bad(
    { resources: { requests: { cpu: "3", memory: "2Gi" } } },
    'tempo:resources.requests.cpu = "3": more than the limit of 2. Write at most the limit, or raise resources.limits.cpu.',
    'tempo:resources.requests.memory = "2Gi": more than the limit of 1Gi. Write at most the limit, or raise resources.limits.memory.',
  ),
  bad(
    { resources: { limits: { cpu: "0", memory: "512Mi" }, requests: { memory: "1Gi" } } },
    `tempo:resources.limits.cpu = "0": ${advice.cpu}`,
    'tempo:resources.requests.memory = "1Gi": more than the limit of 512Mi. Write at most the limit, or raise resources.limits.memory.',
  ),
  // It has an error of its own, or its section has: not "none" as well.
  bad(
    { resources: { limits: { cpu: "2" }, requests: { cpu: "x" } } },
    `tempo:resources.requests.cpu = "x": ${advice.cpu}`,
  ),
  bad({ resources: { limits: { cpu: "2" }, requests: "x" } }, `tempo:resources.requests = "x": ${advice.section}`),
  // These are 104857600 cores.
  bad({ resources: { limits: { cpu: "100Mi" } } }, `tempo:resources.limits.cpu = "100Mi": ${advice.cpu}`),
  bad(
    { resources: { requests: { memory: "64Mi" }, limits: { memory: "64Mi" } } },
    'tempo:resources.limits.memory = "64Mi": less than 128Mi, too little to work with; a number without a unit counts bytes. Write at least 128Mi.',
  ),
  // GOMEMLIMIT becomes 8e+29, with which Go does not start.
  bad(
    { resources: { limits: { memory: "1e30" } } },
    'tempo:resources.limits.memory = "1e30": 8Pi or more, which cannot be counted exactly. Write less.',
  ),
];

const limits: BadCase[] = [
  bad({ limits: [] }, `tempo:limits = []: ${advice.section}`),
  bad({ limits: { ingestionRate: "4MB/s" } }, `tempo:limits.ingestionRate = "4MB/s": ${advice.size}`),
  bad({ limits: { ingestionRate: 4194304 } }, `tempo:limits.ingestionRate = 4194304: ${advice.size}`),
  bad(
    { limits: { ingestionRate: "17Mi" } },
    'tempo:limits.ingestionBurst = "8M": smaller than a second of limits.ingestionRate = 17Mi. Write at least that.',
  ),
  bad(
    { limits: { ingestionBurst: "3Mi" } },
    'tempo:limits.ingestionBurst = "3Mi": smaller than a full OTLP message, which would be refused at every retry. Write at least receiver.maxMessageSize = 4Mi.',
  ),
  bad(
    { limits: { ingestionBurst: "3Mi", ingestionRate: "4Mi" } },
    'tempo:limits.ingestionBurst = "3Mi": smaller than a full OTLP message, which would be refused at every retry. Write at least receiver.maxMessageSize = 4Mi.',
    'tempo:limits.ingestionBurst = "3Mi": smaller than a second of limits.ingestionRate = 4Mi. Write at least that.',
  ),
  bad(
    { limits: { ingestionBurst: "3Mi", ingestionRate: "fast" } },
    `tempo:limits.ingestionRate = "fast": ${advice.size}`,
    'tempo:limits.ingestionBurst = "3Mi": smaller than a full OTLP message, which would be refused at every retry. Write at least receiver.maxMessageSize = 4Mi.',
  ),
  bad({ limits: { ingestionBurst: "0" } }, `tempo:limits.ingestionBurst = "0": ${advice.size}`),
  bad({ limits: { maxLiveTraces: 0 } }, `tempo:limits.maxLiveTraces = 0: ${traces}`),
  bad({ limits: { maxLiveTraces: -1 } }, `tempo:limits.maxLiveTraces = -1: ${traces}`),
  bad({ limits: { maxLiveTraces: 1.5 } }, `tempo:limits.maxLiveTraces = 1.5: ${traces}`),
  bad({ limits: { maxLiveTraces: "20k" } }, `tempo:limits.maxLiveTraces = "20k": ${traces}`),
  bad({ limits: { maxLiveTraces: null } }, `tempo:limits.maxLiveTraces = null: ${traces}`),
  bad({ limits: { maxLiveTraces: 1e12 } }, `tempo:limits.maxLiveTraces = 1000000000000: ${traces}`),
  bad({ limits: { maxActiveSeries: 99 } }, `tempo:limits.maxActiveSeries = 99: ${series}`),
  bad({ limits: { maxActiveSeries: [20000] } }, `tempo:limits.maxActiveSeries = [20000]: ${series}`),
  bad(
    { limits: { maxBytesPerTrace: "2Gi" } },
    'tempo:limits.maxBytesPerTrace = "2Gi": not less than the memory limit of 1Gi, so that one trace could end the process. Write less.',
    `tempo:limits.maxBytesPerTrace = "2Gi": ${unreadable}`,
  ),
  bad({ limits: { maxBytesPerTrace: "unlimited" } }, `tempo:limits.maxBytesPerTrace = "unlimited": ${advice.size}`),
  bad(
    { limits: { ingestionBurst: "1Gi" } },
    'tempo:limits.ingestionBurst = "1Gi": not less than the memory limit of 1Gi, so that one burst could end the process. Write less.',
  ),
  bad(
    { limits: { maxBytesPerTrace: "5" } },
    'tempo:limits.maxBytesPerTrace = "5": less than 1Ki, too little to work with; a number without a unit counts bytes. Write at least 1Ki.',
  ),
];

const metricsGenerator: BadCase[] = [
  bad({ metricsGenerator: "recent" }, `tempo:metricsGenerator = "recent": ${advice.section}`),
  bad(
    { metricsGenerator: { dimensions: "http.route" } },
    `tempo:metricsGenerator.dimensions = "http.route": ${advice.list}`,
  ),
  bad(
    { metricsGenerator: { dimensions: ["http.route", "http route", "", 5] } },
    `tempo:metricsGenerator.dimensions[1] = "http route": ${attribute}`,
    `tempo:metricsGenerator.dimensions[2] = "": ${attribute}`,
    `tempo:metricsGenerator.dimensions[3] = 5: ${attribute}`,
  ),
  ...["http.target", "url.path", "url.full", "user.id", "client.address", "http.request.id"].map((name) =>
    bad(
      { metricsGenerator: { dimensions: ["http.route", name] } },
      `tempo:metricsGenerator.dimensions[1] = "${name}": ${unbounded}`,
    ),
  ),
  ...["le", "service", "__x"].map((name) =>
    bad({ metricsGenerator: { dimensions: [name] } }, `tempo:metricsGenerator.dimensions[0] = "${name}": ${reserved}`),
  ),
  bad(
    { metricsGenerator: { maxSpanAge: "1s", collectionInterval: "1h", dimensions: ["a b"] } },
    `tempo:metricsGenerator.dimensions[0] = "a b": ${attribute}`,
    'tempo:metricsGenerator.collectionInterval = "1h": not from 1s to 5m; after 5m without a sample Prometheus takes a series for ended. Write such as 15s.',
    'tempo:metricsGenerator.maxSpanAge = "1s": shorter than 30s, which a span takes to arrive. Write at least 30s.',
  ),
  // Prometheus refuses a series that has a label twice.
  bad(
    { metricsGenerator: { dimensions: ["http.route", "http.route"] } },
    `tempo:metricsGenerator.dimensions = ["http.route","http.route"]: ${twice}`,
  ),
  bad(
    { metricsGenerator: { dimensions: ["http.route", "http_route"] } },
    `tempo:metricsGenerator.dimensions = ["http.route","http_route"]: ${twice}`,
  ),
  bad(
    { metricsGenerator: { collectionInterval: 15 } },
    `tempo:metricsGenerator.collectionInterval = 15: ${advice.duration}`,
  ),
  bad(
    { metricsGenerator: { collectionInterval: "0s" } },
    `tempo:metricsGenerator.collectionInterval = "0s": ${advice.duration}`,
  ),
  bad(
    { metricsGenerator: { collectionInterval: "1h" } },
    'tempo:metricsGenerator.collectionInterval = "1h": not from 1s to 5m; after 5m without a sample Prometheus takes a series for ended. Write such as 15s.',
  ),
  bad(
    { metricsGenerator: { maxSpanAge: "half a day" } },
    `tempo:metricsGenerator.maxSpanAge = "half a day": ${advice.duration}`,
  ),
  bad(
    { metricsGenerator: { maxSpanAge: "8d" } },
    `tempo:metricsGenerator.maxSpanAge = "8d": not shorter than retention = 168h: ${late}`,
  ),
  bad({ metricsGenerator: { traceqlMetrics: "both" } }, `tempo:metricsGenerator.traceqlMetrics = "both": ${range}`),
  bad({ metricsGenerator: { traceqlMetrics: "Recent" } }, `tempo:metricsGenerator.traceqlMetrics = "Recent": ${range}`),
  bad({ metricsGenerator: { traceqlMetrics: true } }, `tempo:metricsGenerator.traceqlMetrics = true: ${range}`),
];

const remote = (remoteWriteUrl: unknown): { prometheus: object } => ({ prometheus: { remoteWriteUrl } });
const labels = (externalLabels: unknown): { prometheus: object } => ({
  prometheus: { remoteWriteUrl: "http://prometheus:9090/write", externalLabels },
});

const prometheus: BadCase[] = [
  bad({ prometheus: "http://prometheus:9090" }, `tempo:prometheus = "http://prometheus:9090": ${advice.section}`),
  bad({ prometheus: "" }, `tempo:prometheus = "": ${advice.section}`),
  bad(
    { prometheus: { externalLabels: { source: "tempo" } } },
    "tempo:prometheus.remoteWriteUrl: missing. Write scheme, host and path such as http://prometheus:9090/api/v1/write, without credentials or query.",
  ),
  bad(remote(""), `tempo:prometheus.remoteWriteUrl = "": ${advice.url}`),
  bad(remote(null), `tempo:prometheus.remoteWriteUrl = null: ${advice.url}`),
  bad(remote("prometheus:9090"), `tempo:prometheus.remoteWriteUrl = "prometheus:9090": ${advice.url}`),
  bad(remote("http://"), `tempo:prometheus.remoteWriteUrl = "http://": ${advice.url}`),
  bad(remote("http:///api/v1/write"), `tempo:prometheus.remoteWriteUrl = "http:///api/v1/write": ${advice.url}`),
  bad(remote("http://host/x?a=b"), `tempo:prometheus.remoteWriteUrl = "http://host/x?a=b": ${advice.url}`),
  bad(remote("http://host/x#a"), `tempo:prometheus.remoteWriteUrl = "http://host/x#a": ${advice.url}`),
  bad(remote("http://host:99999/"), `tempo:prometheus.remoteWriteUrl = "http://host:99999/": ${advice.url}`),
  bad(remote("ftp://host/"), `tempo:prometheus.remoteWriteUrl = "ftp://host/": ${advice.url}`),
  bad(remote("http://host/a b"), `tempo:prometheus.remoteWriteUrl = "http://host/a b": ${advice.url}`),
  bad(remote("http://host/ "), `tempo:prometheus.remoteWriteUrl = "http://host/ ": ${advice.url}`),
  ...["http://a..b/", "http://-a/", "http://_/", "http://a:"].map((url) =>
    bad(remote(url), `tempo:prometheus.remoteWriteUrl = "${url}": ${advice.url}`),
  ),
  bad(labels(["a"]), `tempo:prometheus.externalLabels = ["a"]: ${advice.map}`),
  bad(labels({ replica: 0 }), `tempo:prometheus.externalLabels.replica = 0: ${advice.text}`),
  bad(
    labels({ "my-label": "x", __name__: "y", empty: "" }),
    `tempo:prometheus.externalLabels.my-label = "x": ${advice.prometheusLabel}`,
    `tempo:prometheus.externalLabels.__name__ = "y": ${advice.prometheusLabel}`,
    `tempo:prometheus.externalLabels.empty = "": ${advice.prometheusLabel}`,
  ),
];

/** Retention, resources, caps, the metrics generator and where its metrics go. */
export const tempoCases: BadCase[] = [...retention, ...resources, ...limits, ...metricsGenerator, ...prometheus];
