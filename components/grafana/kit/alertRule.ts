import type { DashboardKey } from "./panels";

/**
 * An alert rule, as data: Grafana's rule group and the rules that promtool tests are both rendered from it.
 *
 * Every query has a value while nothing is wrong, and a threshold beside it. So a rule without data is a rule whose
 * metrics are not there: of a Tempo that is down or not scraped one rule tells, and the others are silent.
 */
export interface AlertRule {
  /** Ends the uid, and names the page in docs/runbooks. */
  readonly key: string;
  readonly title: string;
  readonly severity: "critical" | "warning";
  readonly query: string;
  /** The rule fires when a value of the query is above (or below) this. */
  readonly above?: number;
  readonly below?: number;
  /** How long before it fires, as Prometheus writes durations. */
  readonly for: string;
  /** Templates of Grafana; `$values.A` is the query's value. */
  readonly summary: string;
  readonly description: string;
  /** The page in docs/runbooks, without its ending. */
  readonly runbook: string;
  /** The panel that shows it. */
  readonly panel: { readonly dashboard: DashboardKey; readonly key: string };
  /** That Prometheus cannot be asked is told by one rule; every other one stays as it was. */
  readonly tellsErrors?: true;
  readonly labels?: Readonly<Record<string, string>>;
}
