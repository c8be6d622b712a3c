import type { StateResource } from "../../../lib/engine";

/** Type tokens of the Grafana provider; `pulumi import` needs them, too. */
export const TOKENS = {
  dataSource: "grafana:oss/dataSource:DataSource",
  dataSourceConfig: "grafana:oss/dataSourceConfig:DataSourceConfig",
  folder: "grafana:oss/folder:Folder",
  dashboard: "grafana:oss/dashboard:Dashboard",
  ruleGroup: "grafana:alerting/ruleGroup:RuleGroup",
} as const;

/** Names of our resources: components/grafana registers them, the preflight looks for them in the state. */
export const resourceNames = {
  dataSource: (key: string) => `grafana-${key}`,
  folder: "grafana-folder",
  dashboard: (uid: string) => `grafana-dashboard-${uid}`,
  ruleGroup: (name: string) => `grafana-rules-${name}`,
} as const;

/** How a resource of a state is named in a set of them. @param id as {@link TOKENS}' kinds are imported. */
export function registration(token: string, name: string, id: string): string {
  return `${token}::${name}::${id}`;
}

/** What a stack's state has in Grafana. A resource whose uid is about to change does not count under the new one. */
export function registrationsOf(resources: readonly StateResource[]): ReadonlySet<string> {
  return new Set(
    resources.map(({ type, name, outputs: { uid, folderUid, name: title } }) =>
      registration(type, name, type === TOKENS.ruleGroup ? `${String(folderUid)}:${String(title)}` : String(uid)),
    ),
  );
}

/** What a command must say of the run. */
export interface ImportingRun {
  readonly url: string;
  readonly stack: string;
  /** Where the credential came from. */
  readonly credential: "settings" | "environment";
  /** Number of the organisation; absent: the credential's own. */
  readonly orgId?: number | undefined;
  /** Whether the settings have further headers. */
  readonly hasHeaders?: boolean;
}

/**
 * The command that takes an existing object into the state, where the program's resource finds it by its alias. It runs
 * without the program, so the provider is the default one, which reads the environment. Without the stack it would
 * import into whichever is selected.
 */
export function importCommand(
  token: string,
  name: string,
  id: string,
  { url, stack, credential, orgId, hasHeaders = false }: ImportingRun,
): string {
  const inStack = `--stack ${quote(stack)}`;
  const setting = (path: string): string => `"$(pulumi config get ${inStack} --path ${path})"`;
  const environment = [
    `GRAFANA_URL=${quote(url)}`,
    ...(orgId === undefined ? [] : [`GRAFANA_ORG_ID=${orgId}`]),
    ...(credential === "settings" ? [`GRAFANA_AUTH=${setting("grafana.auth")}`] : []),
    ...(hasHeaders ? [`GRAFANA_HTTP_HEADERS=${setting("grafana.headers")}`] : []),
  ];
  return (
    `${environment.join(" ")} pulumi import ${inStack} --protect=false --generate-code=false ` +
    [token, name, id].map(quote).join(" ")
  );
}

/** A word as a shell takes it. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
