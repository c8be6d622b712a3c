import { advice, bad, type BadCase } from "./types";

const floating =
  "a floating reference: what it names can change. Write a full version such as grafana/tempo:2.10.1, or a digest.";
const malformed = "not an image reference. Write [registry/]repository:version such as grafana/tempo:2.10.1.";
const tooShort = "shorter than an hour, in which a trace is not even moved to a block safely. Write at least 1h.";
const way = "must be one of the ways of scraping. Write job, annotations, serviceMonitor, alloy or none.";
const often = "not from 5s to 1m, which the dashboards take for granted. Write such as 30s.";

export const storageCases: BadCase[] = [
  bad({ storage: true }, `tempo:storage = "true": ${advice.section}`),
  bad({ storage: [] }, `tempo:storage = []: ${advice.section}`),
  bad({ storage: { gaurd: true } }, "tempo:storage.gaurd: an unknown key. Did you mean guard?"),
  bad({ storage: { guard: "yes" } }, `tempo:storage.guard = "yes": ${advice.boolean}`),
  bad({ storage: { adaptiveRetention: 1 } }, `tempo:storage.adaptiveRetention = 1: ${advice.boolean}`),
  bad({ storage: { image: "busybox" } }, `tempo:storage.image = "busybox": ${floating}`),
  bad({ storage: { image: "busybox:1.36" } }, `tempo:storage.image = "busybox:1.36": ${floating}`),
  bad(
    { storage: { image: "busybox:1.36.1@sha256:0" } },
    `tempo:storage.image = "busybox:1.36.1@sha256:0": ${malformed}`,
  ),
  bad({ storage: { image: "" } }, `tempo:storage.image = "": ${malformed}`),
  bad({ storage: { minRetention: 24 } }, `tempo:storage.minRetention = 24: ${advice.duration}`),
  bad({ storage: { minRetention: "a day" } }, `tempo:storage.minRetention = "a day": ${advice.duration}`),
  bad({ storage: { minRetention: "0h" } }, `tempo:storage.minRetention = "0h": ${advice.duration}`),
  bad({ storage: { minRetention: "59m" } }, `tempo:storage.minRetention = "59m": ${tooShort}`),
  bad(
    { storage: { guard: false, adaptiveRetention: true } },
    "tempo:storage.adaptiveRetention = true: has no effect without the guard, which does it. Write storage.guard true, or false here.",
  ),
  bad(
    { storage: { adaptiveRetention: true, minRetention: "8d" } },
    'tempo:storage.minRetention = "8d": longer than retention = 168h, which could then never be shortened. Write less.',
  ),
  bad(
    { storage: { adaptiveRetention: true }, volume: { size: "255Mi" } },
    'tempo:volume.size = "255Mi": too small to be kept below 95 %: what is being written takes a tenth of it. Write at least 256Mi, or storage.adaptiveRetention false.',
  ),
  bad(
    { storage: { adaptiveRetention: true, shortenAtOnceTo: "soon" } },
    `tempo:storage.shortenAtOnceTo = "soon": ${advice.duration}`,
  ),
  bad(
    { storage: { adaptiveRetention: true, shortenAtOnceTo: "23h" } },
    'tempo:storage.shortenAtOnceTo = "23h": not from storage.minRetention = 24h to retention = 168h. Write what the preflight has named.',
  ),
  bad(
    { storage: { adaptiveRetention: true, shortenAtOnceTo: "169h" } },
    'tempo:storage.shortenAtOnceTo = "169h": not from storage.minRetention = 24h to retention = 168h. Write what the preflight has named.',
  ),
  bad(
    { storage: { shortenAtOnceTo: "48h" } },
    'tempo:storage.shortenAtOnceTo = "48h": has no effect without storage.adaptiveRetention, which shortens retention. Write that, or leave this out.',
  ),
  // The default floor is longer than this retention.
  bad(
    { storage: { adaptiveRetention: true }, retention: "12h", metricsGenerator: { maxSpanAge: "1h" } },
    'tempo:storage.minRetention = "24h": longer than retention = 12h, which could then never be shortened. Write less.',
  ),
  bad(
    { storage: { guard: false, adaptiveRetention: true, minRetention: "30m", image: "busybox:latest" } },
    `tempo:storage.image = "busybox:latest": ${floating}`,
    "tempo:storage.adaptiveRetention = true: has no effect without the guard, which does it. Write storage.guard true, or false here.",
    `tempo:storage.minRetention = "30m": ${tooShort}`,
  ),
];

export const scrapeCases: BadCase[] = [
  bad({ scrape: "job" }, `tempo:scrape = "job": ${advice.section}`),
  bad({ scrape: { methods: "job" } }, "tempo:scrape.methods: an unknown key. Did you mean method?"),
  bad({ scrape: { method: "ServiceMonitor" } }, `tempo:scrape.method = "ServiceMonitor": ${way}`),
  bad({ scrape: { method: "" } }, `tempo:scrape.method = "": ${way}`),
  bad({ scrape: { method: ["job"] } }, `tempo:scrape.method = ["job"]: ${way}`),
  bad({ scrape: { method: null } }, `tempo:scrape.method = null: ${way}`),
  bad(
    { scrape: { method: "alloy" } },
    'tempo:scrape.method = "alloy": has nowhere to write to. Write prometheus.remoteWriteUrl, or another method.',
  ),
  // The section has an error of its own; that it lacks something is no second one.
  bad(
    { scrape: { method: "alloy" }, prometheus: { remoteWriteUrl: "p:9090" } },
    `tempo:prometheus.remoteWriteUrl = "p:9090": ${advice.url}`,
  ),
  bad({ scrape: { interval: 30 } }, `tempo:scrape.interval = 30: ${advice.duration}`),
  bad({ scrape: { interval: "30" } }, `tempo:scrape.interval = "30": ${advice.duration}`),
  bad({ scrape: { interval: "4999ms" } }, `tempo:scrape.interval = "4999ms": ${often}`),
  bad({ scrape: { interval: "61s" } }, `tempo:scrape.interval = "61s": ${often}`),
  bad({ scrape: { interval: "5m" } }, `tempo:scrape.interval = "5m": ${often}`),
  bad({ scrape: { labels: "release=x" } }, `tempo:scrape.labels = "release=x": ${advice.map}`),
  bad({ scrape: { labels: { release: 5 } } }, `tempo:scrape.labels.release = 5: ${advice.text}`),
  bad({ scrape: { labels: { release: "a b" } } }, `tempo:scrape.labels.release = "a b": ${advice.kubernetesLabel}`),
  bad({ scrape: { series: { tempo: "job=x" } } }, `tempo:scrape.series.tempo = "job=x": ${advice.map}`),
  bad({ scrape: { series: { gard: {} } } }, "tempo:scrape.series.gard: an unknown key. Did you mean guard?"),
  bad(
    { scrape: { series: { kubelet: { __name__: "x" } } } },
    `tempo:scrape.series.kubelet.__name__ = "x": ${advice.prometheusLabel}`,
  ),
  bad(
    { prometheus: { remoteWriteUrl: "http://p/api/v1/write", externalLabels: { tempo_instance: "mine" } } },
    'tempo:prometheus.externalLabels.tempo_instance = "mine": written by this program, by which its series are told from ' +
      "those of other stacks. Leave it out.",
  ),
  bad(
    { scrape: { alloyImage: "grafana/alloy:latest" } },
    `tempo:scrape.alloyImage = "grafana/alloy:latest": ${floating}`,
  ),
  bad({ scrape: { alloyImage: "grafana/alloy:v1" } }, `tempo:scrape.alloyImage = "grafana/alloy:v1": ${floating}`),
  bad(
    { scrape: { alloyImage: "Grafana/Alloy:v1.18.1" } },
    `tempo:scrape.alloyImage = "Grafana/Alloy:v1.18.1": ${malformed}`,
  ),
];
