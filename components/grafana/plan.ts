import type { GrafanaPlan } from "./api/snapshot";
import type { GrafanaSettings, Settings } from "../contracts/settings";
import { planAlerts, type RuleGroup } from "./alerts";
import { planDashboards, type PlannedDashboard } from "./dashboards";
import { planDataSources } from "./dataSources";

/** Everything that this stack has in Grafana, as plain data: the component registers it, the preflight compares it. */
export interface GrafanaContents extends GrafanaPlan {
  readonly dashboards: readonly PlannedDashboard[];
  readonly alerts: readonly RuleGroup[];
}

export function planGrafana(settings: Settings, grafana: GrafanaSettings, owner: string): GrafanaContents {
  const dashboards = planDashboards(settings, grafana, owner);
  const alerts = planAlerts(settings, grafana, dashboards, owner);
  const contactPoint = grafana.alerts?.contactPoint;
  return {
    dataSources: planDataSources(settings, grafana, owner),
    ...(dashboards.length + alerts.length > 0 && { folder: { uid: grafana.uidPrefix, title: grafana.folder } }),
    dashboards,
    alerts,
    ruleGroups: alerts.map(({ name }) => name),
    ruleUids: alerts.flatMap(({ rules }) => rules.map(({ uid }) => uid)),
    ...(contactPoint !== undefined && { contactPoint }),
  };
}
