import type { GrafanaContext, GrafanaFindings, GrafanaRun } from "./findings";
import type { Problem } from "../../../lib/problems";
import { checkDataSource } from "./dataSources";
import { importCommand, quote, registration, resourceNames, TOKENS } from "./resources";
import type { GrafanaPlan, GrafanaSnapshot } from "./snapshot";

/** Judges a snapshot. */
export function checkGrafana(plan: GrafanaPlan, live: GrafanaSnapshot, run: GrafanaRun): GrafanaFindings {
  const context: GrafanaContext = { ...run, section: `${run.project}:grafana`, live };
  const findings = plan.dataSources.map((source) => checkDataSource(source, context));
  return {
    problems: [
      ...findings.flatMap(({ problems }) => problems),
      ...checkFolder(plan, context),
      ...checkContactPoint(plan, context),
    ],
    notes: [...findings.flatMap(({ notes }) => notes), ...notesOnFolder(plan, context)],
  };
}

function checkFolder({ folder }: GrafanaPlan, context: GrafanaContext): Problem[] {
  const { live, section, owner } = context;
  if (!folder) return [];
  const problems: Problem[] = [];
  const key = `${section}.uidPrefix`;
  const found = JSON.stringify(folder.uid);
  const check = (what: string, token: string, name: string, id: string, whose?: string): void => {
    if (live.registered.has(registration(token, name, id))) return;
    if (whose !== undefined && whose !== owner) {
      problems.push({ key, found, message: `${what} belongs to the stack ${whose}. Write another prefix` });
      return;
    }
    const message =
      `${what} exists and is not in this stack's state. Import it with \`${importCommand(token, name, id, context)}\`, ` +
      "or write another prefix";
    problems.push({ key, found, message });
  };
  if (live.folderTitle !== undefined) {
    // A folder itself says nothing of that.
    const owners = [...[...live.dashboards.values()].map((dashboard) => dashboard.owner), ...live.ruleGroups.values()];
    const whose = owners.find((one) => one !== undefined && one !== owner);
    check(`the folder ${folder.uid} ("${live.folderTitle}")`, TOKENS.folder, resourceNames.folder, folder.uid, whose);
  }
  for (const [uid, { title, provisioned, owner: whose }] of live.dashboards) {
    const what = `the dashboard ${uid} ("${title}")`;
    if (!provisioned) {
      check(what, TOKENS.dashboard, resourceNames.dashboard(uid), uid, whose);
      continue;
    }
    const message = `${what} is provisioned from a file, which nobody may write over. Take it out of there, or write another prefix`;
    problems.push({ key, found, message });
  }
  for (const [group, whose] of live.ruleGroups) {
    const id = `${folder.uid}:${group}`;
    check(`the rule group "${group}"`, TOKENS.ruleGroup, resourceNames.ruleGroup(group), id, whose);
  }
  for (const { uid, title, folder: other, owner: whose } of live.rulesElsewhere) {
    const stack = whose === undefined ? "" : ` of the stack ${whose}`;
    const message = `the rule ${uid} ("${title}") exists in the folder ${other}${stack}. Write another prefix`;
    problems.push({ key, found, message });
  }
  return problems;
}

/** Another Grafana at the URL, or a hand: the plan has nothing to change in either. */
function notesOnFolder({ folder }: GrafanaPlan, { live, stack }: GrafanaContext): string[] {
  if (!folder || live.folderTitle !== undefined) return [];
  if (!live.registered.has(registration(TOKENS.folder, resourceNames.folder, folder.uid))) return [];
  return [
    `Grafana: the folder ${folder.uid}, which this stack made, is gone with its dashboards and rules. To have them made ` +
      `again: pulumi refresh --stack ${quote(stack)}`,
  ];
}

function checkContactPoint({ contactPoint }: GrafanaPlan, { live, section }: GrafanaContext): Problem[] {
  if (contactPoint === undefined || live.contactPoints.includes(contactPoint)) return [];
  const known = live.contactPoints.map((name) => JSON.stringify(name)).join(", ");
  const message = known === "" ? "Make it there first" : `Write one of ${known}, or make it there first`;
  return [
    {
      key: `${section}.alerts.contactPoint`,
      found: JSON.stringify(contactPoint),
      message: `no such contact point in Grafana. ${message}`,
    },
  ];
}
