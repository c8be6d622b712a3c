import type { DataSourcePlan, JsonData } from "../dataSources";
import { OWNER_LABEL } from "../../../lib/kubernetes/owner";
import { GrafanaSilent, type LiveGrafana } from "./live";

/** What this program is about to have in Grafana. */
export interface GrafanaPlan {
  readonly dataSources: readonly DataSourcePlan[];
  /** Absent where nothing goes into a folder. */
  readonly folder?: { readonly uid: string; readonly title: string };
  readonly dashboards: readonly { readonly uid: string; readonly title: string }[];
  readonly ruleGroups: readonly string[];
  /** Uids of the rules in these groups. */
  readonly ruleUids: readonly string[];
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
  /** The stack that made it; absent: somebody. */
  readonly owner?: string;
}

/** A rule of Grafana that has one of our uids, and is in another folder. */
interface LiveRule {
  readonly uid: string;
  readonly title: string;
  readonly folder: string;
  readonly owner?: string;
}

/** Everything that the checks look at; gathered first, so that the checks themselves are pure. */
export interface GrafanaSnapshot {
  readonly dataSources: readonly LiveDataSource[];
  readonly folderTitle: string | undefined;
  /** By their uids. */
  readonly dashboards: ReadonlyMap<string, LiveDashboard>;
  /** Rule groups of ours that exist, with the stack that made them where one did. */
  readonly ruleGroups: ReadonlyMap<string, string | undefined>;
  readonly rulesElsewhere: readonly LiveRule[];
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
  const [dataSources, liveFolder, dashboards, ruleGroups, rules, contactPoints] = await Promise.all([
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
    plan.ruleUids.length > 0 ? grafana.get("/api/v1/provisioning/alert-rules") : [],
    plan.contactPoint === undefined ? [] : list<{ name: string }>(grafana, "/api/v1/provisioning/contact-points"),
  ]);
  return {
    dataSources,
    folderTitle: liveFolder === undefined ? undefined : ((liveFolder as { title?: string }).title ?? ""),
    dashboards: new Map(
      plan.dashboards.flatMap(({ uid }, index) => {
        const live = dashboards[index] as AnsweredDashboard | undefined;
        if (!live) return [];
        const { title = "", tags = [] } = live.dashboard ?? {};
        const owner = tags.find((tag) => tag.startsWith(`${OWNER_LABEL}=`))?.slice(OWNER_LABEL.length + 1);
        const provisioned = live.meta?.provisioned === true;
        return [[uid, { title, provisioned, ...(owner !== undefined && { owner }) }] as const];
      }),
    ),
    // An empty group is none: Grafana answers for a folder that exists.
    ruleGroups: new Map(
      plan.ruleGroups.flatMap((name, index) => {
        const live = ruleGroups[index] as { rules?: readonly AnsweredRule[] } | undefined;
        const [rule] = live?.rules ?? [];
        return rule ? [[name, ownerOfRule(rule)] as const] : [];
      }),
    ),
    // Of a Grafana that does not list them nothing is known beforehand.
    rulesElsewhere: (Array.isArray(rules) ? (rules as AnsweredRule[]) : [])
      .filter(({ uid, folderUID }) => plan.ruleUids.includes(uid) && folderUID !== folder?.uid)
      .map((rule) => {
        const owner = ownerOfRule(rule);
        return { uid: rule.uid, title: rule.title, folder: rule.folderUID, ...(owner !== undefined && { owner }) };
      }),
    // One with several integrations is listed once for each.
    contactPoints: [...new Set(contactPoints.map(({ name }) => name))],
    registered,
  };
}

interface AnsweredDashboard {
  readonly dashboard?: { readonly title?: string; readonly tags?: readonly string[] };
  readonly meta?: { readonly provisioned?: boolean };
}

interface AnsweredRule {
  readonly uid: string;
  readonly title: string;
  readonly folderUID: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** The stack whose rule it is, by the labels that alerts have (components/grafana/alerts). */
function ownerOfRule({ labels = {} }: AnsweredRule): string | undefined {
  return labels["managed_by"] === "pulumi" ? labels["stack"] : undefined;
}

/** A list that every Grafana has, so that another server's 404 is not taken for an empty Grafana. */
async function list<T>(grafana: LiveGrafana, path: string): Promise<readonly T[]> {
  const answer = await grafana.get(path);
  if (Array.isArray(answer)) return answer as T[];
  const what = answer === undefined ? "404" : "something that is no list";
  throw new GrafanaSilent(`GET ${path} answers ${what}. Is this the base URL of Grafana itself?`);
}
