import { fields, list, type Fields } from "./inputs";
import type { CheckedResource } from "./types";

/** A query in PromQL, and where it stands. */
export interface CheckedQuery {
  readonly path: string;
  readonly expr: string;
}

/** Inputs that are JSON in a text: dashboards, the models of Grafana's alerts, the settings of data sources. */
const JSON_KEYS = /^(?:configJson|model|jsonDataEncoded)$/;

/**
 * Every PromQL query below a resource's inputs: `expr` of panels, alerts and rules of Prometheus, `query` of the links
 * from spans to metrics, and the queries of a dashboard's variables.
 */
export function queriesOf({ type, inputs }: CheckedResource): CheckedQuery[] {
  return /^grafana:|:PrometheusRule$/.test(type) ? below(inputs, "") : [];
}

function below(value: unknown, path: string): CheckedQuery[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => below(item, `${path}[${index}]`));
  if (typeof value !== "object" || value === null) return [];
  const object = value as Fields;
  const at = (key: string): string => (path === "" ? key : `${path}.${key}`);
  return Object.entries(object).flatMap(([key, entry]) => {
    if (typeof entry === "string" && JSON_KEYS.test(key)) return below(parsed(entry), at(key));
    if (key === "expr" && typeof entry === "string" && isProm(object)) return [{ path: at(key), expr: entry }];
    if (key === "tracesToMetrics") {
      return list(fields(entry)["queries"]).flatMap((link, index) => {
        const { query } = fields(link);
        return typeof query === "string" ? [{ path: at(`${key}.queries[${index}].query`), expr: query }] : [];
      });
    }
    return below(entry, at(key));
  });
}

/** Loki's queries have the same key. */
function isProm({ datasource, datasourceUid }: Fields): boolean {
  if (datasourceUid === "__expr__") return false;
  const { type } = fields(datasource);
  return type === undefined || type === "prometheus";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON, such as `[unknown]`: nothing to look at.
    return undefined;
  }
}
