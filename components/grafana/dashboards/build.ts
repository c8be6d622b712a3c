import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import * as board from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as NodeGraphBuilder } from "@grafana/grafana-foundation-sdk/nodegraph";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import * as tempo from "@grafana/grafana-foundation-sdk/tempo";
import { PanelBuilder as TimeSeriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import {
  refId,
  type MapArgs,
  type Panel,
  type PanelArgs,
  type Query,
  type StackArgs,
  type TableArgs,
  type Threshold,
  type TracesArgs,
  type ValueText,
} from "../kit/panels";

/** The data sources of a dashboard. */
export interface Sources {
  readonly prometheus: common.DataSourceRef;
  readonly tempo: common.DataSourceRef;
}

const HEIGHT = 8;

/** What every kind of panel's builder has. */
type AnyBuilder = TimeSeriesBuilder | StatBuilder | TableBuilder;

/** A panel as Grafana has it. */
export function buildPanel(panel: Panel, id: number, sources: Sources): Builder<board.Panel> {
  switch (panel.kind) {
    case "timeSeries":
      return timeSeries(panel, id, sources);
    case "stat":
      return stat(panel, id, sources);
    case "table":
      return table(panel, id, sources);
    case "traces":
      return traceTable(panel, id, sources);
    case "map":
      return serviceMap(panel, id, sources);
  }
}

function timeSeries(args: PanelArgs & StackArgs, id: number, sources: Sources): TimeSeriesBuilder {
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
}

function stat(args: PanelArgs, id: number, sources: Sources): StatBuilder {
  return describe(
    new StatBuilder()
      .colorMode(common.BigValueColorMode.Value)
      .graphMode(common.BigValueGraphMode.None)
      .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
      .textMode(args.queries.length > 1 ? common.BigValueTextMode.ValueAndName : common.BigValueTextMode.Auto),
    id,
    sources,
    args,
    "instant",
  ).mappings([NO_NUMBER, ...(args.texts ?? []).map(mappingOf)]);
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

function table(args: TableArgs, id: number, sources: Sources): TableBuilder {
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
}

function traceTable(args: TracesArgs, id: number, sources: Sources): TableBuilder {
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
}

function serviceMap(args: MapArgs, id: number, sources: Sources): NodeGraphBuilder {
  return new NodeGraphBuilder()
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
    );
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
