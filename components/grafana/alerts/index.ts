import type { GrafanaSettings, Settings } from "../../contracts/settings";
import { watchedCollector } from "../../collector/metrics";
import { dashboardUid, type PlannedDashboard } from "../dashboards";
import { excused } from "../queries/collector";
import { ownSeries } from "../queries/own";
import { collectorRules } from "./collector";
import type { AlertRule } from "../kit/alertRule";
import { traceStorageOf } from "../../storage";
import { serviceRules, tempoRules } from "./rules";

/** A group of alert rules that Grafana evaluates together. */
export interface RuleGroup {
  readonly name: string;
  /** In seconds, a multiple of 10. */
  readonly interval: number;
  readonly rules: readonly RenderedRule[];
}

/** A rule as Grafana's provisioning API takes it, by the field names of its Terraform and Pulumi providers. */
export interface RenderedRule {
  readonly uid: string;
  readonly name: string;
  readonly condition: string;
  readonly for: string;
  readonly noDataState: "OK" | "Alerting";
  readonly execErrState: "Error" | "KeepLast";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly notificationSettings?: { readonly contactPoint: string; readonly groupBies: string[] };
  readonly datas: readonly RuleData[];
}

interface RuleData {
  readonly refId: string;
  readonly datasourceUid: string;
  /** Seconds before now. */
  readonly relativeTimeRange: { readonly from: number; readonly to: number };
  /** JSON. */
  readonly model: string;
}

/** The groups that the settings ask for: Tempo's own, its volume's, the collector's, and one for the services that are listed. */
export function alertRules(
  settings: Settings,
  { alerts }: GrafanaSettings,
  owner: string,
): { name: string; rules: readonly AlertRule[] }[] {
  if (!alerts) return [];
  const own = ownSeries(settings, owner);
  const services = alerts.services.flatMap((service) => serviceRules(service, alerts, own));
  const collector = watchedCollector(settings, owner);
  return [
    { name: "Tempo", rules: tempoRules(own, collector && excused(collector)) },
    { name: "Storage", rules: traceStorageOf(settings).alerts(settings, own) },
    ...(collector ? [{ name: "Collector", rules: collectorRules(collector, own) }] : []),
    ...(services.length > 0 ? [{ name: "Services", rules: services }] : []),
  ];
}

export function planAlerts(
  settings: Settings,
  grafana: GrafanaSettings,
  dashboards: readonly PlannedDashboard[],
  owner: string,
): RuleGroup[] {
  return alertRules(settings, grafana, owner).map(({ name, rules }) => ({
    name,
    interval: 60,
    rules: rules.map((rule) => render(rule, grafana, dashboards, owner)),
  }));
}

function render(
  rule: AlertRule,
  grafana: GrafanaSettings,
  dashboards: readonly PlannedDashboard[],
  owner: string,
): RenderedRule {
  const { alerts, prometheus } = grafana;
  const dashboard = dashboards.find(({ uid }) => uid === dashboardUid(grafana, rule.panel.dashboard));
  const panelId = dashboard?.panels.get(rule.panel.key);
  return {
    // Short enough: settings/rules.
    uid: `${grafana.uidPrefix}-${rule.key}`,
    name: rule.title,
    condition: "B",
    for: rule.for,
    // Every query has a value unless its metrics are gone, of which the first rule tells.
    noDataState: "OK",
    execErrState: rule.tellsErrors === true ? "Error" : "KeepLast",
    labels: { severity: rule.severity, managed_by: "pulumi", stack: owner, ...rule.labels },
    annotations: {
      summary: rule.summary,
      description: rule.description,
      ...runbook(rule.runbook, alerts?.runbookUrl),
      // Both or none: Grafana links a notification to the panel.
      ...(dashboard && panelId !== undefined && { __dashboardUid__: dashboard.uid, __panelId__: String(panelId) }),
    },
    ...(alerts?.contactPoint !== undefined && {
      // Grafana wants these two among them.
      notificationSettings: { contactPoint: alerts.contactPoint, groupBies: ["grafana_folder", "alertname"] },
    }),
    datas: [
      {
        refId: "A",
        datasourceUid: prometheus?.uid ?? "",
        relativeTimeRange: { from: 600, to: 0 },
        model: JSON.stringify({ refId: "A", editorMode: "code", expr: rule.query, instant: true, range: false }),
      },
      {
        refId: "B",
        datasourceUid: "__expr__",
        relativeTimeRange: { from: 0, to: 0 },
        model: JSON.stringify({
          refId: "B",
          type: "threshold",
          datasource: { type: "__expr__", uid: "__expr__" },
          expression: "A",
          conditions: [{ evaluator: evaluatorOf(rule) }],
        }),
      },
    ],
  };
}

function evaluatorOf({ above, below }: AlertRule): { type: "gt" | "lt"; params: number[] } {
  return above === undefined ? { type: "lt", params: [below ?? 0] } : { type: "gt", params: [above] };
}

/** A link where a base is known, which Grafana makes a button of; otherwise the file's path in this project. */
function runbook(page: string, base: string | undefined): Record<string, string> {
  const file = `${page}.md`;
  return base === undefined
    ? { runbook: `docs/runbooks/${file}` }
    : { runbook_url: `${base.replace(/\/+$/, "")}/${file}` };
}
