import * as board from "@grafana/grafana-foundation-sdk/dashboard";
import { SERVICE } from "../../contracts/attributes";
import type { GrafanaSettings, Settings } from "../../contracts/settings";
import { watchedCollector } from "../../collector/metrics";
import { traceStorageOf } from "../../storage";
import { ownerTag } from "../../../lib/kubernetes/owner";
import { ownSeries, type Own } from "../queries/own";
import { select } from "../queries/promql";
import { SERVED_KINDS, SPAN_KINDS } from "../queries/spanMetrics";
import { tracesOfServices } from "../queries/traces";
import { collectorRows } from "./collector";
import { DASHBOARDS, type DashboardKey, type Row } from "../kit/panels";
import { buildPanel, type Sources } from "./build";
import { exploreTraces } from "./links";
import { operationsRows } from "./operations";
import { serviceGraphRows } from "./serviceGraph";
import { KIND_VARIABLE, SERVICE_VARIABLE, servicesRows } from "./services";

/** A dashboard as it is sent. */
export interface PlannedDashboard {
  readonly key: DashboardKey;
  readonly uid: string;
  readonly title: string;
  readonly json: board.Dashboard;
  /** Ids of its panels by their keys, for alerts that point at one. */
  readonly panels: ReadonlyMap<string, number>;
}

/**
 * How often Tempo's own metrics are taken to be scraped, which this program does not know: Prometheus' default. Where it
 * happens more often the lines are a little smoother than they could be, and never empty.
 */
const SCRAPE_INTERVAL = "1m";

export function dashboardUid({ uidPrefix }: GrafanaSettings, key: DashboardKey): string {
  return `${uidPrefix}-${key}`;
}

/**
 * Every dashboard, or none where the settings have no Prometheus or want none. That of the collector only where there is
 * one whose metrics reach Prometheus.
 */
export function planDashboards(settings: Settings, grafana: GrafanaSettings, owner: string): PlannedDashboard[] {
  if (!grafana.prometheus || !grafana.dashboards) return [];
  const sources: Sources = {
    prometheus: { type: "prometheus", uid: grafana.prometheus.uid },
    tempo: { type: "tempo", uid: grafana.tempo.uid },
  };
  const { text: collection } = settings.metricsGenerator.collectionInterval;
  const tempoUid = grafana.tempo.uid;
  const collector = watchedCollector(settings, owner);
  const own = ownSeries(settings, owner);
  const parts: Record<DashboardKey, Part | undefined> = {
    services: {
      title: "Services",
      description: "Rate, errors and duration of requests, from spans; with the traces behind them.",
      rows: servicesRows(tempoUid, collection, own),
      variables: serviceVariables(sources, own),
    },
    "service-graph": {
      title: "Service graph",
      description: "Who calls whom, from spans.",
      rows: serviceGraphRows(tempoUid, collection, own),
    },
    operations: {
      title: "Tempo operations",
      description: "Tempo itself: what comes in, what is lost, what is asked, what goes to Prometheus.",
      rows: operationsRows(SCRAPE_INTERVAL, own),
    },
    storage: {
      title: "Tempo storage",
      description: "What the volume holds, how long it lasts, and what is done before it is full.",
      rows: traceStorageOf(settings).dashboard(SCRAPE_INTERVAL, settings, own),
    },
    collector: collector && {
      title: "Collector",
      description: "Alloy with Beyla beside the services: what it makes, sends and keeps, and what it is attached to.",
      rows: collectorRows(collector),
    },
  };
  const tags = ["tempo", "managed-by-pulumi", ownerTag(owner)];
  return DASHBOARDS.flatMap((key) => {
    const part = parts[key];
    return part ? [{ key, ...build(dashboardUid(grafana, key), part, sources, tags, links(grafana, tags)) }] : [];
  });
}

interface Part {
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
  readonly variables?: readonly Variable[];
}

function build(
  uid: string,
  { title, description, rows, variables = [] }: Part,
  sources: Sources,
  tags: readonly string[],
  linksOfAll: readonly board.DashboardLinkBuilder[],
): Omit<PlannedDashboard, "key"> {
  const builder = new board.DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([...tags])
    .editable()
    .tooltip(board.DashboardCursorSync.Crosshair)
    .time({ from: "now-3h", to: "now" })
    .refresh("1m")
    .variables([...variables])
    .links([...linksOfAll]);
  const panels = new Map<string, number>();
  let id = 0;
  for (const row of rows) {
    builder.withRow(new board.RowBuilder(row.title).id(++id));
    for (const panel of row.panels) {
      panels.set(panel.key, ++id);
      builder.withPanel(buildPanel(panel, id, sources));
    }
  }
  const json = builder.build();
  // The SDK hides links in a menu, where Grafana before 12.3 shows none that lists dashboards.
  for (const link of json.links ?? []) delete link.placement;
  return { uid, title, json, panels };
}

/** On every dashboard: the others of this stack, and every trace. */
function links(grafana: GrafanaSettings, tags: readonly string[]): board.DashboardLinkBuilder[] {
  const explore = exploreTraces("Explore traces", grafana.tempo.uid, tracesOfServices(".+"));
  return [
    new board.DashboardLinkBuilder("Tempo")
      .type(board.DashboardLinkType.Dashboards)
      .tags([...tags])
      .keepTime(true),
    new board.DashboardLinkBuilder(explore.title)
      .type(board.DashboardLinkType.Link)
      .icon("external link")
      .url(explore.url),
  ];
}

function serviceVariables({ prometheus }: Sources, own: Own): Variable[] {
  const services = `label_values(${select(own.version.metrics.calls, own.spans)}, ${SERVICE.label})`;
  return [
    new board.QueryVariableBuilder(SERVICE_VARIABLE)
      .label("Service")
      .datasource(prometheus)
      .query({ query: services, refId: SERVICE_VARIABLE })
      .definition(services)
      .refresh(board.VariableRefresh.OnTimeRangeChanged)
      .sort(board.VariableSort.AlphabeticalAsc)
      .multi(true)
      .includeAll(true)
      // Not `.*`: at the cap on series there are spans that no service is told of.
      .allValue(".+")
      .current({ selected: true, text: ["All"], value: ["$__all"] }),
    // A list and no query: where that finds nothing, on a quiet day, Grafana changes the choice to All and keeps it.
    new board.CustomVariableBuilder(KIND_VARIABLE)
      .label("Span kind")
      .values(SPAN_KINDS.join(","))
      .multi(true)
      .includeAll(true)
      .allValue(".+")
      // What a service answers, as alerts and links count it; its own calls and inner steps are other kinds.
      .current({ selected: true, text: [...SERVED_KINDS], value: [...SERVED_KINDS] }),
  ];
}

type Variable = board.QueryVariableBuilder | board.CustomVariableBuilder;
