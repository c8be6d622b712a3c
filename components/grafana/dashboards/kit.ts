import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import * as board from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as NodeGraphBuilder } from "@grafana/grafana-foundation-sdk/nodegraph";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import * as tempo from "@grafana/grafana-foundation-sdk/tempo";
import { PanelBuilder as TimeSeriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

/**
 * Panels as this project has them. What a panel must not lack (a unit, a description, a sentence for the time when there
 * is nothing to show) is an argument that cannot be left out.
 */

/** The data sources of a dashboard. */
export interface Sources {
  readonly prometheus: common.DataSourceRef;
  readonly tempo: common.DataSourceRef;
}

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
  /** Rows of 30 pixels; default: {@link HEIGHT}. */
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

/** A panel that has its place in a row of its dashboard. */
export interface Panel {
  readonly key: string;
  build(id: number, sources: Sources): Builder<board.Panel>;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const HEIGHT = 8;

/** What every kind of panel's builder has. */
type AnyBuilder = TimeSeriesBuilder | StatBuilder | TableBuilder;

/** What a stack is measured by: a line above it, not a part of it. */
export interface StackArgs {
  readonly stacked?: boolean;
  /** Legends of lines that are no part of the stack. */
  readonly beside?: readonly string[];
}

/** Lines over time. */
export function timeSeries(args: PanelArgs & StackArgs): Panel {
  return panel(args.key, (id, sources) => {
    const builder = new TimeSeriesBuilder()
      .legend(
        new common.VizLegendOptionsBuilder()
          .displayMode(common.LegendDisplayMode.Table)
          .placement(common.LegendPlacement.Bottom)
          .showLegend(true)
          .calcs(["lastNotNull", "max"]),
      )
      .tooltip(
        new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
      )
      .lineWidth(1)
      .fillOpacity(args.stacked === true ? 40 : 10)
      .showPoints(common.VisibilityMode.Never)
      // A line does not stop where one collection is missing.
      .spanNulls(3 * 60_000);
    if (args.stacked === true) builder.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
    for (const legend of args.beside ?? []) {
      builder.overrideByName(legend, [
        { id: "custom.stacking", value: { mode: common.StackingMode.None } },
        { id: "custom.fillOpacity", value: 0 },
        { id: "custom.lineStyle", value: { fill: "dash", dash: [10, 10] } },
      ]);
    }
    if (args.thresholds) {
      builder.thresholdsStyle(
        new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
      );
    }
    return describe(builder, id, sources, args, "range");
  });
}

/** One number, with its colour. */
export function stat(args: PanelArgs): Panel {
  return panel(args.key, (id, sources) =>
    describe(
      new StatBuilder()
        .colorMode(common.BigValueColorMode.Value)
        .graphMode(common.BigValueGraphMode.None)
        .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
        .textMode(args.queries.length > 1 ? common.BigValueTextMode.ValueAndName : common.BigValueTextMode.Auto),
      id,
      sources,
      args,
      "instant",
    ).mappings([NO_NUMBER, ...(args.texts ?? []).map(mappingOf)]),
  );
}

function mappingOf(args: ValueText, index: number): board.ValueMapping {
  const result = { text: args.text, ...(args.color !== undefined && { color: args.color }), index: index + 1 };
  return "is" in args
    ? { type: board.MappingType.ValueToText, options: { [args.is]: result } }
    : { type: board.MappingType.RangeToText, options: { from: args.from, to: null, result } };
}

/** How a stat or a table shows the quotient of nothing by nothing. */
const NO_NUMBER: board.ValueMapping = {
  type: board.MappingType.SpecialValue,
  options: { match: board.SpecialValueMatch.NullAndNan, result: { text: "–", index: 0 } },
};

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

/** The latest values of several queries, a row for each set of labels. */
export function table(args: PanelArgs & { readonly columns: readonly Column[]; readonly sortBy: string }): Panel {
  return panel(args.key, (id, sources) => {
    const builder = new TableBuilder()
      .sortBy([new common.TableSortByFieldStateBuilder().displayName(args.sortBy).desc(true)])
      .withTransformation({ id: "merge", options: {} })
      .withTransformation({
        id: "organize",
        options: {
          excludeByName: { Time: true },
          indexByName: Object.fromEntries(args.columns.map(({ field }, index) => [field, index])),
          renameByName: Object.fromEntries(args.columns.map(({ field, title }) => [field, title])),
        },
      });
    for (const { title, unit, decimals, width, links, thresholds } of args.columns) {
      builder.overrideByName(title, [
        ...(unit === undefined
          ? []
          : [
              { id: "unit", value: unit },
              { id: "mappings", value: [NO_NUMBER] },
            ]),
        ...(decimals === undefined ? [] : [{ id: "decimals", value: decimals }]),
        ...(width === undefined ? [] : [{ id: "custom.width", value: width }]),
        ...(links ? [{ id: "links", value: links.map(({ title: text, url }) => ({ title: text, url })) }] : []),
        ...(thresholds
          ? [
              { id: "thresholds", value: { mode: "absolute", steps: steps(thresholds) } },
              { id: "custom.cellOptions", value: { type: "color-text" } },
            ]
          : []),
      ]);
    }
    return describe(builder, id, sources, args, "table");
  });
}

/** Traces that a TraceQL query finds, each with a link to itself. */
export function traceTable(
  args: Omit<PanelArgs, "queries" | "interval"> & { readonly query: string; readonly limit: number },
): Panel {
  return panel(args.key, (id, sources) => {
    const builder = describe(new TableBuilder(), id, sources, { ...args, queries: [], interval: "" }, "table");
    return builder
      .datasource(sources.tempo)
      .withTarget(
        new tempo.DataqueryBuilder()
          .refId("A")
          .datasource(sources.tempo)
          .queryType("traceql")
          .query(args.query)
          .limit(args.limit)
          .tableType(tempo.SearchTableType.Traces)
          .filters([]),
      );
  });
}

/** The services and who calls whom, as Grafana's Tempo plugin draws them from the service graph's series. */
export function serviceMap(
  args: Omit<PanelArgs, "queries" | "interval"> & {
    readonly timeFrom: string;
    /** Conditions on the series, between braces. */
    readonly filter: string;
  },
): Panel {
  return panel(args.key, (id, sources) =>
    new NodeGraphBuilder()
      .id(id)
      .title(args.title)
      .description(args.description)
      .span(args.width)
      .height(args.height ?? HEIGHT)
      .unit(args.unit)
      .noValue(args.empty)
      .timeFrom(args.timeFrom)
      .datasource(sources.tempo)
      .withTarget(
        new tempo.DataqueryBuilder()
          .refId("A")
          .datasource(sources.tempo)
          .queryType("serviceMap")
          .serviceMapQuery(args.filter)
          .filters([]),
      ),
  );
}

function panel(key: string, build: Panel["build"]): Panel {
  return { key, build };
}

/** What a query returns: points over time, the latest value of each series, or the latest values as rows. */
type Shape = "range" | "instant" | "table";

function describe<T extends AnyBuilder>(builder: T, id: number, sources: Sources, args: PanelArgs, shape: Shape): T {
  builder
    .id(id)
    .title(args.title)
    .description(args.description)
    .unit(args.unit)
    .noValue(args.empty)
    .span(args.width)
    .height(args.height ?? HEIGHT)
    .datasource(sources.prometheus)
    .thresholds(
      new board.ThresholdsConfigBuilder()
        .mode(board.ThresholdsMode.Absolute)
        .steps(steps(args.thresholds ?? [], args.base)),
    );
  if (args.decimals !== undefined) builder.decimals(args.decimals);
  if (args.min !== undefined) builder.min(args.min);
  if (args.max !== undefined) builder.max(args.max);
  // The panel's is the step between two points. The query's is what Grafana takes for the time between two samples:
  // $__rate_interval is four times as long, so that a rate has samples however seldom the data source says it scrapes.
  if (args.interval !== "") builder.interval(args.interval);
  args.queries.forEach((query, index) =>
    builder.withTarget(target(query, refId(index), sources, shape).interval(args.interval)),
  );
  return builder;
}

/** `A`, `B`, …: as a table names a query's value. */
export function refId(index: number): string {
  return String.fromCharCode("A".charCodeAt(0) + index);
}

function target(
  query: Query,
  name: string,
  { prometheus: source }: Sources,
  shape: Shape,
): prometheus.DataqueryBuilder {
  const builder = new prometheus.DataqueryBuilder()
    .refId(name)
    .datasource(source)
    .expr(query.expr)
    .legendFormat(query.legend)
    .editorMode(prometheus.QueryEditorMode.Code);
  if (shape === "range") builder.range();
  else builder.instant();
  if (shape === "table") builder.format(prometheus.PromQueryFormat.Table);
  return query.exemplar === true ? builder.exemplar(true) : builder;
}

function steps(thresholds: readonly Threshold[], base: Threshold["color"] = "green"): board.Threshold[] {
  return [{ value: null, color: base }, ...thresholds.map(({ from, color }) => ({ value: from, color }))];
}
