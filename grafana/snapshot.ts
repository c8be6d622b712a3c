import type { DataSourcePlan, JsonData } from "../components/grafana/dataSources";
import { GrafanaSilent, type LiveGrafana } from "./live";

/** What this program is about to have in Grafana. */
export interface GrafanaPlan {
  readonly dataSources: readonly DataSourcePlan[];
  /** Absent where nothing goes into a folder. */
  readonly folder?: { readonly uid: string; readonly title: string };
  readonly dashboards: readonly { readonly uid: string; readonly title: string }[];
  readonly ruleGroups: readonly string[];
  readonly contactPoint?: string;
}

/** A data source as Grafana lists it. */
export interface LiveDataSource {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly url?: string;
  readonly readOnly?: boolean;
  readonly jsonData?: JsonData;
}

/** A dashboard of Grafana that has one of our uids. */
interface LiveDashboard {
  readonly title: string;
  /** Grafana read it from a file and lets nobody write it. */
  readonly provisioned: boolean;
}

/** Everything that the checks look at; gathered first, so that the checks themselves are pure. */
export interface GrafanaSnapshot {
  readonly dataSources: readonly LiveDataSource[];
  readonly folderTitle: string | undefined;
  /** By their uids. */
  readonly dashboards: ReadonlyMap<string, LiveDashboard>;
  /** Rule groups of ours that exist. */
  readonly ruleGroups: readonly string[];
  readonly contactPoints: readonly string[];
  /** What this stack's state has, by registration() of resources.ts. */
  readonly registered: ReadonlySet<string>;
}

/** Asks Grafana. @throws GrafanaSilent, GrafanaRefused */
export async function takeGrafanaSnapshot(
  plan: GrafanaPlan,
  grafana: LiveGrafana,
  registered: ReadonlySet<string>,
): Promise<GrafanaSnapshot> {
  const { folder } = plan;
  const [dataSources, liveFolder, dashboards, ruleGroups, contactPoints] = await Promise.all([
    list<LiveDataSource>(grafana, "/api/datasources"),
    folder && grafana.get(`/api/folders/${folder.uid}`),
    Promise.all(plan.dashboards.map(({ uid }) => grafana.get(`/api/dashboards/uid/${uid}`))),
    Promise.all(
      folder
        ? plan.ruleGroups.map((name) =>
            grafana.get(`/api/v1/provisioning/folder/${folder.uid}/rule-groups/${encodeURIComponent(name)}`),
          )
        : [],
    ),
    plan.contactPoint === undefined ? [] : list<{ name: string }>(grafana, "/api/v1/provisioning/contact-points"),
  ]);
  return {
    dataSources,
    folderTitle: liveFolder === undefined ? undefined : ((liveFolder as { title?: string }).title ?? ""),
    dashboards: new Map(
      plan.dashboards.flatMap(({ uid }, index) => {
        const live = dashboards[index] as AnsweredDashboard | undefined;
        if (!live) return [];
        return [[uid, { title: live.dashboard?.title ?? "", provisioned: live.meta?.provisioned === true }] as const];
      }),
    ),
    // An empty group is none: Grafana answers for a folder that exists.
    ruleGroups: plan.ruleGroups.filter((_, index) => {
      const live = ruleGroups[index] as { rules?: unknown[] } | undefined;
      return (live?.rules ?? []).length > 0;
    }),
    // One with several integrations is listed once for each.
    contactPoints: [...new Set(contactPoints.map(({ name }) => name))],
    registered,
  };
}

interface AnsweredDashboard {
  readonly dashboard?: { readonly title?: string };
  readonly meta?: { readonly provisioned?: boolean };
}

/** A list that every Grafana has, so that another server's 404 is not taken for an empty Grafana. */
async function list<T>(grafana: LiveGrafana, path: string): Promise<readonly T[]> {
  const answer = await grafana.get(path);
  if (Array.isArray(answer)) return answer as T[];
  const what = answer === undefined ? "404" : "something that is no list";
  throw new GrafanaSilent(`GET ${path} answers ${what}. Is this the base URL of Grafana itself?`);
}
