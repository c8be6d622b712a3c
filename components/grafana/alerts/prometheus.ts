import { stringify } from "yaml";
import type { RenderedRule } from ".";

/** A group as it is registered: the inputs of the resource. */
export interface SentGroup {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly rules: readonly RenderedRule[];
}

/**
 * What is sent to Grafana as a rule file of Prometheus, where promtool can test it and those who alert from Prometheus
 * can load it. What Grafana compares beside the query is here a part of it.
 */
export function renderPrometheusRules(groups: readonly SentGroup[]): string {
  return stringify(
    {
      groups: groups.map(({ name, intervalSeconds, rules }) => ({
        name,
        interval: `${intervalSeconds}s`,
        rules: rules.map((rule) => ({
          alert: rule.name,
          expr: conditionOf(rule),
          for: rule.for,
          labels: { ...rule.labels },
          annotations: annotationsOf(rule),
        })),
      })),
    },
    { lineWidth: 0 },
  );
}

/** What is true while a rule is on its way to fire. @throws Error for a rule that is not a query and a threshold. */
export function conditionOf({ name, condition, datas }: RenderedRule): string {
  const models = datas.map(({ model }) => JSON.parse(model) as Model);
  const compared = models.find(({ refId }) => refId === condition);
  const expr = models.find(({ refId }) => refId === compared?.expression)?.expr;
  const { type, params } = compared?.conditions?.[0]?.evaluator ?? {};
  const operator = type === undefined ? undefined : OPERATORS[type];
  const value = params?.[0];
  if (expr === undefined || operator === undefined || value === undefined) {
    throw new Error(`the alert rule "${name}" is not a query of Prometheus and a threshold`);
  }
  return `(${expr}) ${operator} ${value}`;
}

/** A query, or a threshold. */
interface Model {
  readonly refId: string;
  readonly expr?: string;
  readonly expression?: string;
  readonly conditions?: readonly {
    readonly evaluator: { readonly type: string; readonly params: readonly number[] };
  }[];
}

const OPERATORS: Readonly<Record<string, string>> = { gt: ">", lt: "<" };

/** Without the links to Grafana's panels. Of a query's value Prometheus says `$value`; the rest of the templates is its own. */
function annotationsOf({ annotations }: RenderedRule): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations)
      .filter(([name]) => !name.startsWith("__"))
      .map(([name, text]) => [name, text.replaceAll("$values.A.Value", "$value")]),
  );
}
