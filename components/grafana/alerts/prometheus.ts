import { stringify } from "yaml";
import type { AlertRule } from "./rules";

/**
 * The same rules as a rule file of Prometheus, where promtool can test them and those who alert from Prometheus can
 * load them. What Grafana compares beside the query is here a part of it.
 */
export function renderPrometheusRules(groups: readonly { name: string; rules: readonly AlertRule[] }[]): string {
  return stringify(
    {
      groups: groups.map(({ name, rules }) => ({
        name,
        interval: "1m",
        rules: rules.map((rule) => ({
          alert: rule.title,
          expr: conditionOf(rule),
          for: rule.for,
          labels: { severity: rule.severity, ...rule.labels },
          annotations: { key: rule.key },
        })),
      })),
    },
    { lineWidth: 0 },
  );
}

/** What is true while a rule is on its way to fire. */
export function conditionOf({ query, above, below }: AlertRule): string {
  return above === undefined ? `(${query}) < ${below ?? 0}` : `(${query}) > ${above}`;
}
