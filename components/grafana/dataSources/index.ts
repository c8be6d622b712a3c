import { LIST_KEYS } from "./keys";
import type { GrafanaSettings, Ownership, Settings } from "../../contracts/settings";
import { OWNER_LABEL } from "../../../lib/kubernetes/owner";
import { ownSeries } from "../queries/own";
import { lokiJsonData } from "./loki";
import { prometheusJsonData } from "./prometheus";
import { tempoJsonData, tempoUrl } from "./tempo";

/** A data source as Grafana shall have it, whoever makes it. */
export interface DataSourcePlan {
  readonly key: "tempo" | "loki" | "prometheus";
  /** Grafana's plugin. */
  readonly type: string;
  readonly ownership: Ownership;
  readonly uid: string;
  readonly name: string;
  /** Where Grafana reaches it; absent where that is not ours to say. */
  readonly url?: string;
  /** What this program adds: the links to the other data sources. */
  readonly written: JsonData;
  /** What the settings give besides. */
  readonly given: JsonData;
  readonly httpHeaders: Readonly<Record<string, string>>;
}

/** `jsonData` of a data source. */
export type JsonData = Readonly<Record<string, unknown>>;

/** Every data source that takes part, with what links it to the others. */
export function planDataSources(settings: Settings, grafana: GrafanaSettings, owner: string): DataSourcePlan[] {
  const { tempo, loki, prometheus } = grafana;
  const of = (
    key: DataSourcePlan["key"],
    source: GrafanaSettings["tempo"],
    written: object,
    url: string | undefined,
  ): DataSourcePlan => ({
    key,
    type: key,
    ownership: source.ownership,
    uid: source.uid,
    name: source.name,
    ...(url !== undefined && { url }),
    written: { ...written },
    given: source.jsonData,
    httpHeaders: source.httpHeaders,
  });
  return [
    of("tempo", tempo, tempoJsonData(grafana, ownSeries(settings, owner)), tempoUrl(settings, grafana)),
    ...(loki ? [of("loki", loki, lokiJsonData(grafana), loki.url)] : []),
    ...(prometheus ? [of("prometheus", prometheus, prometheusJsonData(grafana), prometheus.url)] : []),
  ];
}

/**
 * The whole `jsonData` that is sent: what the settings give, what this program adds, and whose it is. Entries of a list
 * that both have come after ours; of two that lead to one data source under one name ours stays. Another stack's have
 * the same names and lead elsewhere: Grafana shows both links.
 */
export function sentJsonData({ key, written, given }: DataSourcePlan, owner: string): JsonData {
  const list = LIST_KEYS[key];
  const merged = list === undefined ? {} : { [list]: mergeByName(written[list], given[list]) };
  return { ...given, ...written, ...merged, [OWNER_LABEL]: owner };
}

function mergeByName(ours: unknown, theirs: unknown): unknown[] {
  const entries = (list: unknown): Entry[] => (Array.isArray(list) ? (list as Entry[]) : []);
  const isOurs = ({ name, datasourceUid = "" }: Entry): boolean =>
    entries(ours).some((other) => other.name === name && ["", other.datasourceUid].includes(datasourceUid));
  return [...entries(ours), ...entries(theirs).filter((entry) => !isOurs(entry))];
}

/** An entry of a list among the settings of a data source, that leads to another one. */
interface Entry {
  readonly name?: unknown;
  readonly datasourceUid?: unknown;
}
