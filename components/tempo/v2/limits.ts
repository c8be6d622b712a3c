import { toBytes } from "../../../lib/schema/quantity";
import type { Settings } from "../../contracts/settings";
import type { OverriddenFigures, Section } from "../../contracts/tempoVersion";

/** Tempo's name for the one tenant of an instance without multi-tenancy. */
const TENANT = "single-tenant";

/** The limits of every tenant, which are the caps of the settings: `overrides.defaults` of tempo.yaml. */
export function tenantLimits(settings: Pick<Settings, "limits" | "prometheus">): Section {
  const { limits } = settings;
  return {
    ingestion: {
      rate_strategy: "local",
      rate_limit_bytes: toBytes(limits.ingestionRate),
      burst_size_bytes: toBytes(limits.ingestionBurst),
      max_traces_per_user: limits.maxLiveTraces,
    },
    global: { max_bytes_per_trace: toBytes(limits.maxBytesPerTrace) },
    metrics_generator: {
      // Span metrics and service graphs have nowhere to go without a Prometheus.
      processors: [...(settings.prometheus ? ["service-graphs", "span-metrics"] : []), "local-blocks"],
      max_active_series: limits.maxActiveSeries,
    },
  };
}

/**
 * What Tempo 2.10.1 presets for every tenant and a tenant of the overrides file does not get, since the two do not
 * merge; as its /status/runtime_config shows it. Each matters: without `retry_info_enabled` gRPC senders drop what is
 * refused, and another `generate_native_histograms` makes the generator start its processors anew.
 */
const NOT_INHERITED = {
  ingestion: { retry_info_enabled: true },
  read: { max_bytes_per_tag_values_query: 1_000_000 },
  metrics_generator: {
    generate_native_histograms: "classic",
    native_histogram_bucket_factor: 1.1,
    native_histogram_max_bucket_number: 100,
    native_histogram_min_reset_duration: "15m",
  },
} as const;

/** The overrides file. It holds all that the defaults hold. */
export function overrides(settings: Pick<Settings, "limits" | "prometheus">, figures: OverriddenFigures): Section {
  const { ingestion, global, metrics_generator } = tenantLimits(settings) as Record<string, Section>;
  const tenant = {
    ingestion: {
      ...ingestion,
      ...NOT_INHERITED.ingestion,
      rate_limit_bytes: figures.rate,
      burst_size_bytes: figures.burst,
    },
    read: NOT_INHERITED.read,
    compaction: { block_retention: figures.retention, compaction_window: figures.window },
    metrics_generator: { ...metrics_generator, ...NOT_INHERITED.metrics_generator },
    global,
  };
  return { overrides: { [TENANT]: tenant } };
}
