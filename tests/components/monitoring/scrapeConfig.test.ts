import assert from "node:assert/strict";
import { parse } from "yaml";
import { renderScrapeConfig } from "../../../components/monitoring/scrapeConfig";
import { seriesWarnings } from "../../../components/monitoring/series";
import { scrapeTargets } from "../../../components/monitoring/targets";
import { parseConfig, type Config } from "../../stack/settings/parse";

const settings = (config: Config = {}) => parseConfig({ kubeContext: "c", ...config });

describe("scrapeTargets", () => {
  it("are Tempo and the guard of its volume, each by its Service", () => {
    assert.deepEqual(scrapeTargets(settings({ name: "traces", namespace: "o11y" })), [
      { part: "tempo", job: "traces", host: "traces.o11y.svc.cluster.local", port: 3200, path: "/metrics" },
      {
        part: "guard",
        job: "traces-guard",
        host: "traces-guard.o11y.svc.cluster.local",
        port: 3201,
        path: "/metrics/",
      },
    ]);
  });

  it("are Tempo alone without a guard", () => {
    assert.deepEqual(
      scrapeTargets(settings({ storage: { guard: false } })).map(({ part }) => part),
      ["tempo"],
    );
  });
});

describe("seriesWarnings", () => {
  const grafana = { url: "http://g", prometheus: { ownership: "provisioned" } };
  const prometheus = { remoteWriteUrl: "http://p/api/v1/write" };
  const warningsOf = (config: Config) => seriesWarnings(settings({ prometheus, ...config }));

  it("say which labels are looked for where somebody scrapes in a way of his own", () => {
    assert.deepEqual(warningsOf({ scrape: { method: "none" }, grafana }), [
      'scrape.method is none: dashboards and alerts look for Tempo\'s series with job="tempo", ' +
        'instance="tempo.monitoring.svc.cluster.local:3200". Where your Prometheus gives them other labels, write those in ' +
        "scrape.series.tempo",
      'scrape.method is none: dashboards and alerts look for the guard\'s series with job="tempo-guard", ' +
        'instance="tempo-guard.monitoring.svc.cluster.local:3201". Where your Prometheus gives them other labels, write those in ' +
        "scrape.series.guard",
    ]);
  });

  it("are none where the settings say it, nobody asks, or the method is known", () => {
    const series = { tempo: { job: "mine" }, guard: { job: "mine" } };
    assert.deepEqual(warningsOf({ scrape: { method: "none", series }, grafana }), []);
    assert.deepEqual(warningsOf({ scrape: { method: "none" }, grafana: { ...grafana, dashboards: false } }), []);
    assert.deepEqual(warningsOf({ scrape: { method: "none" } }), []);
    assert.deepEqual(warningsOf({ grafana }), []);
  });
});

describe("renderScrapeConfig", () => {
  it("is a job for each of them", () => {
    assert.deepEqual(parse(renderScrapeConfig(settings())), {
      scrape_configs: [
        {
          job_name: "monitoring/tempo",
          scrape_interval: "30s",
          metrics_path: "/metrics",
          static_configs: [{ targets: ["tempo.monitoring.svc.cluster.local:3200"], labels: { job: "tempo" } }],
        },
        {
          job_name: "monitoring/tempo-guard",
          scrape_interval: "30s",
          metrics_path: "/metrics/",
          static_configs: [
            { targets: ["tempo-guard.monitoring.svc.cluster.local:3201"], labels: { job: "tempo-guard" } },
          ],
        },
      ],
    });
  });

  // Prometheus knows no fractions of a unit.
  it("writes the interval as Prometheus reads it", () => {
    for (const [interval, written] of [
      ["0.5m", "30s"],
      ["7.5s", "7500ms"],
      ["60s", "1m"],
    ] as const) {
      const text = renderScrapeConfig(settings({ scrape: { interval } }));
      assert.equal(text.match(new RegExp(`scrape_interval: ${written}\n`, "g"))?.length, 2, text);
    }
  });

  it("is empty with every other method", () => {
    const prometheus = { remoteWriteUrl: "http://p/api/v1/write" };
    for (const method of ["annotations", "serviceMonitor", "alloy", "none"]) {
      assert.equal(renderScrapeConfig(settings({ prometheus, scrape: { method } })), "", method);
    }
  });
});
