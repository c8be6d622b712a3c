/** Every PromQL expression of the project, out of what is really sent to Grafana. */
import type { Dashboard, Panel, RowPanel } from "@grafana/grafana-foundation-sdk/dashboard";
import { planGrafana, type GrafanaContents } from "../../../../components/grafana/plan";
import { settingsOf, type Changes } from "../../../stack/program/stacks";

/** Whose everything is. */
export const OWNER = "tempo.test";

/** The contents of Grafana for a stack with changes. */
export function contentsOf(stack = "prod", changes: Changes = {}): GrafanaContents {
  const settings = settingsOf(stack, changes);
  if (!settings.grafana) throw new Error(`the stack ${stack} has no section grafana`);
  return planGrafana(settings, settings.grafana, OWNER);
}

/** The panels of a dashboard without its rows, which hold none while they are open. */
export function panelsOf({ panels = [] }: Dashboard): Panel[] {
  return panels.filter((panel): panel is Panel => !isRow(panel));
}

function isRow(panel: Panel | RowPanel): panel is RowPanel {
  return panel.type === "row";
}

export interface Expression {
  /** Where it stands, for a test's title. */
  readonly where: string;
  readonly expr: string;
  /** The latest value only is asked for. */
  readonly instant: boolean;
  readonly legend?: string;
}

/** What a panel asks Prometheus. */
export function queriesOf(panel: Panel): { expr: string; instant?: boolean; legendFormat?: string; refId?: string }[] {
  return (panel.targets ?? []).flatMap((target) => ("expr" in target ? [target as { expr: string }] : []));
}

export function dashboardExpressions(contents: GrafanaContents): Expression[] {
  return contents.dashboards.flatMap(({ title, json }) =>
    panelsOf(json).flatMap((panel) =>
      queriesOf(panel).map(({ expr, instant, legendFormat, refId }) => ({
        where: `dashboard ${title}, panel ${panel.title ?? "?"}, ${legendFormat ?? ""} (${refId ?? "?"})`,
        expr,
        instant: instant === true,
        ...(legendFormat !== undefined && { legend: legendFormat }),
      })),
    ),
  );
}

export function alertExpressions(contents: GrafanaContents): Expression[] {
  return contents.alerts.flatMap(({ rules }) =>
    rules.flatMap(({ name, datas }) =>
      datas
        .map(({ model }) => JSON.parse(model) as { expr?: string })
        .flatMap(({ expr }) => (expr === undefined ? [] : [{ where: `alert ${name}`, expr, instant: true }])),
    ),
  );
}

/** The links from a span to metrics. */
export function linkExpressions({ dataSources }: GrafanaContents): Expression[] {
  const tempo = dataSources.find(({ key }) => key === "tempo")?.written as {
    tracesToMetrics?: { queries: { name: string; query: string }[] };
  };
  return (tempo.tracesToMetrics?.queries ?? []).map(({ name, query }) => ({
    where: `link ${name}`,
    expr: query,
    instant: false,
  }));
}
