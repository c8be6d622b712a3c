import type { TempoVersion } from "../../contracts/tempoVersion";
import { configuration, paths } from "./configuration";
import { overrides } from "./limits";
import { metrics } from "./metrics";
import { deriveTiming, STOPS_WITHIN } from "./timing";

/** Tempo 2, from 2.10 on: `retry_info_enabled` is of that. */
export const tempo2: TempoVersion = {
  major: 2,
  image: { least: [2, 10], example: "grafana/tempo:2.10.1" },
  // It has places for the guard's containers since 2.1; earlier ones leave them out without a word.
  chart: {
    least: [2, 1],
    example: "2.2.4",
    // A ballast held memory for Go's collector before GOMEMLIMIT existed; the chart still takes 1 GiB by default.
    values: { memBallastSizeMbs: 0 },
  },
  timing: ({ metricsGenerator }) => deriveTiming(metricsGenerator.maxSpanAge.ms),
  stopsWithin: STOPS_WITHIN,
  configuration,
  overrides,
  metrics,
  paths,
  keys: {
    traceIdle: ["ingester", "trace_idle_period"],
    flushCheck: ["ingester", "flush_check_period"],
    newestUntil: ["query_frontend", "search", "query_ingesters_until"],
  },
};
