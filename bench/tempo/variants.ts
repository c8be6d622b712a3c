/** The configurations that are compared, each with the environment that it runs in. */
import { parse } from "yaml";
import type { Settings } from "../../components/contracts/settings";
import type { TempoVersion } from "../../components/contracts/tempoVersion";
import { tempo2 } from "../../components/tempo/v2";
import { renderTempoYaml } from "../../components/tempo/tempoYaml";
import { renderValues } from "../../components/tempo/values";
import { tempoVersionOf } from "../../components/versions";

/** A configuration file as plain data. */
export type Config = Readonly<Record<string, unknown>>;

/** When kubelet asks whether a pod is ready: at `initialDelay`, then every `period`; seconds. */
export interface Probe {
  readonly initialDelay: number;
  readonly period: number;
}

export const VARIANT_NAMES = ["ours", "chart", "today"] as const;

/** Ours without something that costs: what it costs. */
export const WITHOUT_NAMES = ["withoutMetrics", "withoutWrites", "withoutBoth"] as const;

export type VariantName = (typeof VARIANT_NAMES)[number] | (typeof WITHOUT_NAMES)[number];

export interface Variant {
  readonly version: TempoVersion;
  readonly name: VariantName;
  readonly title: string;
  readonly config: Config;
  /** For Tempo, beside the configuration file. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly readinessProbe: Probe;
}

/** Every variant, ours from the settings of a stack. */
export function variants(settings: Settings): Record<VariantName, Variant> {
  const all = ours(settings);
  return {
    ours: all,
    chart,
    today,
    withoutMetrics: without(all, "withoutMetrics", "ours without TraceQL metrics", NO_METRICS),
    withoutWrites: without(all, "withoutWrites", "ours with Tempo's default writes", LATE_WRITES),
    withoutBoth: without(all, "withoutBoth", "ours without both", { ...NO_METRICS, ...LATE_WRITES }),
  };
}

/** What TraceQL metrics are answered from: every span, once more. */
const NO_METRICS = { "overrides.defaults.metrics_generator.processors": ["service-graphs", "span-metrics"] };

/** Tempo's defaults for what is in memory alone: a kill loses it, and searches do not find it. */
const LATE_WRITES = {
  "ingester.trace_idle_period": "5s",
  "ingester.trace_live_period": "30s",
  "ingester.flush_check_period": "10s",
};

function without(
  variant: Variant,
  name: VariantName,
  title: string,
  changes: Readonly<Record<string, unknown>>,
): Variant {
  const config = structuredClone(variant.config) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    const section = keys.reduce((at, key) => at[key] as Record<string, unknown>, config);
    // A key that is not there any more would be a comparison of ours with itself.
    if (!(last in section)) throw new Error(`${path} is not in our configuration`);
    section[last] = value;
  }
  return { ...variant, name, title, config };
}

const OWNER = "bench";

/** What the release gets: configuration and environment come out of the renderers that the program uses. */
function ours(settings: Settings): Variant {
  const yaml = renderTempoYaml(settings, OWNER);
  const { tempo } = renderValues(settings, yaml, OWNER) as {
    tempo: {
      extraEnv: readonly { name: string; value: string }[];
      memBallastSizeMbs: number;
      readinessProbe: { initialDelaySeconds: number; periodSeconds: number };
    };
  };
  return {
    version: tempoVersionOf(settings),
    name: "ours",
    title: "ours",
    config: parse(yaml) as Config,
    args: [`-mem-ballast-size-mbs=${tempo.memBallastSizeMbs}`],
    env: Object.fromEntries(tempo.extraEnv.map(({ name, value }) => [name, value])),
    readinessProbe: {
      initialDelay: tempo.readinessProbe.initialDelaySeconds,
      period: tempo.readinessProbe.periodSeconds,
    },
  };
}

/** Stands for the address of Prometheus, which the bench replaces (place.ts). */
const REMOTE_WRITE_URL = "http://prometheus.monitoring:9090/api/v1/write";

/**
 * Chart tempo 2.2.4 with its default values and `tempo.metricsGenerator.enabled: true`, with the two processors that its
 * values file gives as the example of how to activate it: without a generator there are no series to compare.
 */
const chart: Variant = {
  version: tempo2,
  name: "chart",
  title: "the chart's defaults",
  config: {
    stream_over_http_enabled: false,
    memberlist: { cluster_label: "tempo.monitoring" },
    multitenancy_enabled: false,
    usage_report: { reporting_enabled: true },
    compactor: { compaction: { block_retention: "24h" } },
    distributor: {
      receivers: {
        jaeger: {
          protocols: {
            grpc: { endpoint: "0.0.0.0:14250" },
            thrift_binary: { endpoint: "0.0.0.0:6832" },
            thrift_compact: { endpoint: "0.0.0.0:6831" },
            thrift_http: { endpoint: "0.0.0.0:14268" },
          },
        },
        otlp: { protocols: { grpc: { endpoint: "0.0.0.0:4317" }, http: { endpoint: "0.0.0.0:4318" } } },
      },
    },
    ingester: {},
    server: { http_listen_port: 3200 },
    storage: {
      trace: { backend: "local", local: { path: "/var/tempo/traces" }, wal: { path: "/var/tempo/wal" } },
    },
    querier: {},
    query_frontend: {},
    overrides: {
      defaults: { metrics_generator: { processors: ["service-graphs", "span-metrics"] } },
      per_tenant_override_config: "/conf/overrides.yaml",
    },
    metrics_generator: {
      storage: { path: "/tmp/tempo", remote_write: [{ url: REMOTE_WRITE_URL }] },
      traces_storage: { path: "/tmp/traces" },
    },
  },
  args: ["-mem-ballast-size-mbs=1024"],
  env: {},
  readinessProbe: { initialDelay: 20, period: 10 },
};

/** What BlumeOps deploys (manifests of March 2026): a StatefulSet of its own with Tempo's defaults for most of it. */
const today: Variant = {
  version: tempo2,
  name: "today",
  title: "the deployment of today",
  config: {
    stream_over_http_enabled: true,
    server: { http_listen_port: 3200, grpc_listen_port: 9095 },
    distributor: {
      receivers: {
        otlp: { protocols: { grpc: { endpoint: "0.0.0.0:4317" }, http: { endpoint: "0.0.0.0:4318" } } },
      },
    },
    storage: {
      trace: { backend: "local", wal: { path: "/var/tempo/wal" }, local: { path: "/var/tempo/blocks" } },
    },
    compactor: { compaction: { block_retention: "168h" } },
    metrics_generator: {
      registry: { external_labels: { source: "tempo" } },
      storage: {
        path: "/var/tempo/generator/wal",
        remote_write: [{ url: REMOTE_WRITE_URL, send_exemplars: true }],
      },
      traces_storage: { path: "/var/tempo/generator/traces" },
      processor: {
        span_metrics: { dimensions: ["service.name", "http.method", "http.status_code", "http.target"] },
        service_graphs: { dimensions: ["service.name"] },
        local_blocks: { flush_to_storage: false },
      },
    },
    overrides: {
      defaults: { metrics_generator: { processors: ["span-metrics", "service-graphs", "local-blocks"] } },
    },
  },
  args: [],
  env: {},
  readinessProbe: { initialDelay: 10, period: 5 },
};
