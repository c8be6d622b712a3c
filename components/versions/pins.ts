/**
 * Every version that this project deploys, in one table. Renovate reads the comments (renovate.json).
 * The defaults in Pulumi.yaml repeat those that are settings; tests/stack/settings/defaults.test.ts holds the two together.
 */
export const versions = {
  /** The community chart's 2.x line: it deploys Tempo 2.x. Chart 3.x deploys Tempo 3, whose configuration differs. */
  // renovate: datasource=helm depName=tempo registryUrl=https://grafana-community.github.io/helm-charts
  tempoChart: "2.2.4",
  /** Set explicitly, because the chart's own default is another patch release. */
  // renovate: datasource=docker depName=grafana/tempo
  tempoImage: "grafana/tempo:2.10.1",
  /** A shell, awk, du and a small HTTP server, for the guard of the volume; by digest, since its tags are moved. */
  // renovate: datasource=docker depName=busybox
  guardImage: "busybox:1.37.0@sha256:9db7b59979c38555a39def84a31fb98b5296952f9e3afd4f6f11f05b07adfab0",
  /** Scrapes and remote-writes where nothing else does (`scrape.method: alloy`). */
  // renovate: datasource=docker depName=grafana/alloy
  alloyImage: "grafana/alloy:v1.18.1",
} as const;

/** Where the community publishes the chart since the `grafana/helm-charts` repository was retired. */
export const communityCharts = "https://grafana-community.github.io/helm-charts";
