/**
 * Panels as this project has them, as plain data: dashboards/build.ts makes Grafana's of them. What a panel must not lack
 * (a unit, a description, a sentence for the time when there is nothing to show) is an argument that cannot be left out.
 */

/** Keys of the dashboards, and so the ends of their uids. */
export const DASHBOARDS = ["services", "service-graph", "operations", "storage", "collector"] as const;
export type DashboardKey = (typeof DASHBOARDS)[number];

/** What is written where Prometheus has nothing of Tempo at all. */
export const NOT_SCRAPED = "Prometheus has no metrics of Tempo in this time range: is it scraped?";

/** One line or column of a panel. */
export interface Query {
  readonly expr: string;
  /** What Grafana writes beside it: a text, with `{{label}}` for a label's value. */
  readonly legend: string;
  /** Asks for exemplars, too: points that link to a trace. */
  readonly exemplar?: boolean;
}

/** A value from which on a panel has a colour, in the panel's unit. */
export interface Threshold {
  readonly from: number;
  readonly color: "green" | "yellow" | "orange" | "red" | "transparent";
}

export interface PanelArgs {
  /** Names the panel within its dashboard, for alerts that point at it. */
  readonly key: string;
  readonly title: string;
  /** What the numbers are and what to make of them. */
  readonly description: string;
  /** Grafana's name of the unit. */
  readonly unit: string;
  /** What is written where there is nothing to show, in place of "No data". */
  readonly empty: string;
  /** Columns of 24. */
  readonly width: number;
  /** Rows of 30 pixels; default: 8. */
  readonly height?: number;
  readonly queries: readonly Query[];
  /** Shortest time between two points, and between two samples of what is queried. */
  readonly interval: string;
  readonly thresholds?: readonly Threshold[];
  /** Colour below the first threshold; default: green, which is as it should be. */
  readonly base?: Threshold["color"];
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  /** What is written in place of certain values. */
  readonly texts?: readonly ValueText[];
}

/** A text in place of a value, or of every value from one on. */
export type ValueText = { readonly text: string; readonly color?: Threshold["color"] } & (
  | { readonly is: number }
  | { readonly from: number }
);

/** A link; `url` is below Grafana's own, and may hold its variables. */
export interface Link {
  readonly title: string;
  readonly url: string;
}

/** What a stack is measured by: a line above it, not a part of it. */
export interface StackArgs {
  readonly stacked?: boolean;
  /** Legends of lines that are no part of the stack. */
  readonly beside?: readonly string[];
}

/** A column of a table: a label, or the value of a query. */
export interface Column {
  /** Name of the label, or `Value #<refId>` for a query's value. */
  readonly field: string;
  readonly title: string;
  readonly unit?: string;
  readonly decimals?: number;
  readonly width?: number;
  readonly links?: readonly Link[];
  readonly thresholds?: readonly Threshold[];
}

/** A table of the latest values of several queries, a row for each set of labels. */
export interface TableArgs extends PanelArgs {
  readonly columns: readonly Column[];
  readonly sortBy: string;
}

/** Traces that a TraceQL query finds, each with a link to itself. */
export interface TracesArgs extends Omit<PanelArgs, "queries" | "interval"> {
  readonly query: string;
  readonly limit: number;
}

/** The services and who calls whom, as Grafana's Tempo plugin draws them from the service graph's series. */
export interface MapArgs extends Omit<PanelArgs, "queries" | "interval"> {
  readonly timeFrom: string;
  /** Conditions on the series, between braces. */
  readonly filter: string;
}

/** A panel that has its place in a row of its dashboard. */
export type Panel =
  | ({ readonly kind: "timeSeries" } & PanelArgs & StackArgs)
  | ({ readonly kind: "stat" } & PanelArgs)
  | ({ readonly kind: "table" } & TableArgs)
  | ({ readonly kind: "traces" } & TracesArgs)
  | ({ readonly kind: "map" } & MapArgs);

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Lines over time. */
export const timeSeries = (args: PanelArgs & StackArgs): Panel => ({ kind: "timeSeries", ...args });
/** One number, with its colour. */
export const stat = (args: PanelArgs): Panel => ({ kind: "stat", ...args });
export const table = (args: TableArgs): Panel => ({ kind: "table", ...args });
export const traceTable = (args: TracesArgs): Panel => ({ kind: "traces", ...args });
export const serviceMap = (args: MapArgs): Panel => ({ kind: "map", ...args });

/** `A`, `B`, …: as a table names a query's value. */
export function refId(index: number): string {
  return String.fromCharCode("A".charCodeAt(0) + index);
}
