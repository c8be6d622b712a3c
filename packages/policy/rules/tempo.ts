import { parse } from "yaml";
import { unescapeTemplate } from "../../../components/tempo/template";
import { at } from "./inputs";
import { RELEASE } from "./pods";
import type { Policy } from "./types";

/** Caps of every tenant: without one of them a single sender fills the node. */
const CAPS: readonly (readonly string[])[] = [
  ["ingestion", "rate_limit_bytes"],
  ["ingestion", "burst_size_bytes"],
  ["ingestion", "max_traces_per_user"],
  ["global", "max_bytes_per_trace"],
  ["metrics_generator", "max_active_series"],
];

export const capped: Policy = {
  name: "retention-and-caps",
  description: "Tempo's configuration says how long traces are kept and how much is taken in.",
  check: ({ type, inputs }) => {
    if (type !== RELEASE) return [];
    const text = at(inputs, "values", "config");
    if (typeof text !== "string") return ["values.config is missing: the chart's own configuration has no caps"];
    let config: unknown;
    try {
      // Helm passes it through its templates, in which braces are written as an expression.
      config = parse(unescapeTemplate(text));
    } catch {
      return ["values.config is not YAML, so that its caps cannot be checked"];
    }
    const retention = at(config, "compactor", "compaction", "block_retention");
    const findings = isDuration(retention)
      ? []
      : [`compactor.compaction.block_retention is ${JSON.stringify(retention)}. Write how long traces are kept`];
    const missing = CAPS.filter((path) => !isPositive(at(config, "overrides", "defaults", ...path)));
    return [
      ...findings,
      ...missing.map((path) => `overrides.defaults.${path.join(".")} is missing or 0, which is no limit. Write one`),
    ];
  },
};

function isPositive(value: unknown): boolean {
  return typeof value === "number" && value > 0;
}

function isDuration(value: unknown): boolean {
  return typeof value === "string" && /[1-9]/.test(value) && /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|[smh]))+$/.test(value);
}
