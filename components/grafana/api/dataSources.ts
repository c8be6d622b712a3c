import { isDeepStrictEqual } from "node:util";
import { sentJsonData, type DataSourcePlan, type JsonData } from "../dataSources";
import { formerOwnerOf, OWNER_LABEL } from "../../../lib/kubernetes/owner";
import { WRITTEN_KEYS } from "../dataSources/keys";
import type { GrafanaContext, GrafanaFindings } from "./findings";
import { importCommand, quote, registration, resourceNames, TOKENS } from "./resources";
import type { GrafanaSnapshot, LiveDataSource } from "./snapshot";

const ADOPTING = "docs/guides/adopting.md";

const NONE: GrafanaFindings = { problems: [], notes: [] };
const problem = (key: string, message: string, found?: string): GrafanaFindings => ({
  problems: [{ key, message, ...(found !== undefined && { found }) }],
  notes: [],
});
const note = (text: string): GrafanaFindings => ({ problems: [], notes: [`Grafana: ${text}`] });

/** A data source against the live one with its uid, by who makes it. */
export function checkDataSource(source: DataSourcePlan, context: GrafanaContext): GrafanaFindings {
  const { live, section } = context;
  const found = live.dataSources.find(({ uid }) => uid === source.uid);
  if (found && found.type !== source.type && !isCompatible(source, found)) {
    const message = `the uid of a data source of type ${found.type} ("${found.name}"). Write that of one of type ${source.type}`;
    return problem(`${section}.${source.key}.uid`, message, JSON.stringify(source.uid));
  }
  switch (source.ownership) {
    case "create":
      return checkCreated(source, found, context);
    case "settings-only":
      return checkOwned(source, found, context);
    case "provisioned":
      return checkProvisioned(source, found, context);
  }
}

/**
 * Plugins that answer the queries of Prometheus, with its settings, though they are of another type: Amazon's, Azure's,
 * VictoriaMetrics', and whatever else has the name of a server that does. Not an Alertmanager, nor one for logs.
 */
const PROMETHEUS_COMPATIBLE = /^(?!.*(?:alertmanager|log))(?=.*(?:prometheus|victoriametrics|mimir|thanos|cortex))/i;

/** Others' data source of a plugin that serves as well. One that is made here is of the type itself. */
function isCompatible({ type, ownership }: DataSourcePlan, found: LiveDataSource): boolean {
  return ownership !== "create" && type === "prometheus" && PROMETHEUS_COMPATIBLE.test(found.type);
}

/** Whether this stack's state has the data source itself, or (as `settings-only` has it) its settings. */
function isRegistered(source: DataSourcePlan, { live }: GrafanaContext, token: string, uid = source.uid): boolean {
  return live.registered.has(registration(token, resourceNames.dataSource(source.key), uid));
}

function checkCreated(
  source: DataSourcePlan,
  found: LiveDataSource | undefined,
  context: GrafanaContext,
): GrafanaFindings {
  const { live, section, owner, stack } = context;
  const key = `${section}.${source.key}`;
  const namesake = live.dataSources.find(
    // Not our own one, whose uid is about to change.
    ({ name, uid }) =>
      name === source.name && uid !== source.uid && !isRegistered(source, context, TOKENS.dataSource, uid),
  );
  if (namesake) {
    const message = `the name of another data source, with the uid ${namesake.uid}. Write another name, or that uid`;
    return problem(`${key}.name`, message, JSON.stringify(source.name));
  }
  if (!found) {
    if (!isRegistered(source, context, TOKENS.dataSource)) return NONE;
    return note(
      `the data source ${source.uid}, which this stack made, is gone. To have it made again: pulumi refresh --stack ${quote(stack)}`,
    );
  }
  if (found.readOnly === true) return problem(`${key}.ownership`, readOnly(found), '"create"');
  const marker = ownerIn(found, source, context);
  if (isRegistered(source, context, TOKENS.dataSource)) {
    const lost = marker === undefined ? lostSettings(source, found, context) : {};
    return Object.keys(lost).length > 0 ? wouldBeLost(source, lost, section) : NONE;
  }
  if (marker !== undefined && marker !== owner) {
    const message =
      `the data source ${source.uid} ("${found.name}") belongs to the stack ${marker}. Write another uid and ` +
      "name, or provisioned to use it as it is";
    return problem(`${key}.ownership`, message, '"create"');
  }
  const command = importCommand(TOKENS.dataSource, resourceNames.dataSource(source.key), source.uid, context);
  const message =
    `the data source ${source.uid} ("${found.name}") exists and is not in this stack's state. Import it with ` +
    `\`${command}\`, or write own to have its settings only`;
  return problem(`${key}.ownership`, message, '"create"');
}

function checkOwned(
  source: DataSourcePlan,
  found: LiveDataSource | undefined,
  context: GrafanaContext,
): GrafanaFindings {
  const { section, owner, stack } = context;
  const ownership = (message: string): GrafanaFindings =>
    problem(`${section}.${source.key}.ownership`, message, '"settings-only"');
  if (isRegistered(source, context, TOKENS.dataSource)) {
    return ownership(
      "this stack made the data source and would delete it, since settings-only is for one that others made. Write create",
    );
  }
  if (!found) {
    return ownership(`there is no data source with the uid ${source.uid}. Write create, or the uid of an existing one`);
  }
  if (found.readOnly === true) return ownership(readOnly(found));
  const marker = ownerIn(found, source, context);
  if (marker !== undefined && marker !== owner) {
    return ownership(
      `the settings of the data source ${source.uid} belong to the stack ${marker}, which would write them ` +
        `again. Write provisioned, or let that stack go first. If it is gone, remove ${OWNER_LABEL} from the jsonData of the ` +
        `data source by Grafana's API: ${ADOPTING}`,
    );
  }
  const which = `the data source "${found.name}" (uid ${source.uid})`;
  const lost = lostSettings(source, found, context);
  const names = Object.keys(lost).join(", ");
  if (marker === owner) {
    // Ours already: what is not given was taken out of the configuration, or somebody has added it since.
    return names === "" ? NONE : note(`the next change to the settings of ${which} removes from them: ${names}`);
  }
  if (names !== "") return wouldBeLost(source, lost, section);
  if (isRegistered(source, context, TOKENS.dataSourceConfig)) {
    return note(
      `${which} has lost the settings that this stack wrote, as it does when Grafana starts with a provisioning file ` +
        `that still has it (${ADOPTING}). To have them written again: pulumi refresh --stack ${quote(stack)}`,
    );
  }
  const sent = sentJsonData(source, owner);
  const removed = Object.keys(found.jsonData ?? {}).filter((name) => !has(sent, name) && !isHeaderName(name));
  return note(
    `every setting (jsonData) of ${which}, which exists, is overwritten with: ${Object.keys(sent).join(", ")}` +
      (removed.length > 0 ? `; removed: ${removed.join(", ")}` : "") +
      ". On destroy they stay.",
  );
}

function wouldBeLost(source: DataSourcePlan, lost: JsonData, section: string): GrafanaFindings {
  const key = `${section}.${source.key}`;
  const headers = Object.keys(lost).some(isHeaderName);
  const message =
    `the data source ${source.uid} has settings that would be lost, since all of them are overwritten: ` +
    `${JSON.stringify(lost, redact)}. ` +
    (headers ? `Write the headers with their values in ${key}.httpHeaders, and anything else here` : "Write them here");
  return problem(`${key}.jsonData`, message);
}

/**
 * The live settings that neither the configuration gives nor this program writes. Of a list that both have: the entries.
 * What stands under a key that only this program writes is replaced (docs/decisions/data-sources.md); but where it does
 * not write the key, for want of the other data source, that is somebody's link, which is lost and may be given.
 */
function lostSettings(source: DataSourcePlan, found: LiveDataSource, { owner, live }: GrafanaContext): JsonData {
  const sent = sentJsonData(source, owner);
  const headers = new Set(Object.keys(source.httpHeaders).map((name) => name.toLowerCase()));
  const lost = Object.entries(found.jsonData ?? {}).flatMap(([name, value]): [string, unknown][] => {
    if (name === OWNER_LABEL || has(source.given, name)) return [];
    if (WRITTEN_KEYS[source.key].includes(name) && has(source.written, name)) return [];
    if (isHeaderName(name)) return headers.has(String(value).toLowerCase()) ? [] : [[name, value]];
    if (!has(sent, name)) return [[name, value]];
    const ours = sent[name];
    if (!Array.isArray(value) || !Array.isArray(ours)) return [];
    const theirs = value.filter((entry) => !ours.some((other) => replaces(other, entry, live)));
    return theirs.length > 0 ? [[name, theirs]] : [];
  });
  return Object.fromEntries(lost);
}

/**
 * Of two entries with one name ours stays, as an earlier version of this program may have written the other one. But not
 * where that leads to another data source that there is: another stack's has the same names.
 */
function replaces(ours: unknown, theirs: unknown, { dataSources }: GrafanaSnapshot): boolean {
  const [one, other] = [entryOf(ours), entryOf(theirs)];
  const elsewhere =
    other.datasourceUid !== one.datasourceUid && dataSources.some(({ uid }) => uid === other.datasourceUid);
  return isDeepStrictEqual(ours, theirs) || (other.name !== undefined && other.name === one.name && !elsewhere);
}

function entryOf(entry: unknown): { readonly name?: unknown; readonly datasourceUid?: unknown } {
  return typeof entry === "object" && entry !== null ? entry : {};
}

function has(object: object, name: string): boolean {
  return Object.hasOwn(object, name);
}

/** The name of a header stands among the settings; its value is a secret of the data source. */
function isHeaderName(name: string): boolean {
  return /^httpHeaderName\d+$/.test(name);
}

/** Settings are no place for secrets, and some plugins put them there. */
function redact(name: string, value: unknown): unknown {
  if (typeof value !== "string" || isHeaderName(name)) return value;
  if (/pass|secret|token|credential|api_?key|access_?key|private_?key/i.test(name)) return "[secret]";
  return value.replace(/:\/\/[^\s/@]*@/g, "://[secret]@");
}

function checkProvisioned(
  source: DataSourcePlan,
  found: LiveDataSource | undefined,
  context: GrafanaContext,
): GrafanaFindings {
  const { section, stack } = context;
  if (isRegistered(source, context, TOKENS.dataSource)) {
    const message = "this stack made the data source and would delete it. Write create";
    return problem(`${section}.${source.key}.ownership`, message, '"provisioned"');
  }
  const paste =
    `What to write into its provisioning file: npm run preview -- --stack ${quote(stack)}, then ` +
    `out/${stack}/grafana/provisioning/${source.key}.yaml (and the output grafanaProvisioning).`;
  if (!found) return note(`there is no data source with the uid ${source.uid} yet. ${paste}`);
  const missing = Object.entries(source.written).filter(([name, value]) => !includes(found.jsonData?.[name], value));
  const names = missing.map(([name]) => name).join(", ");
  const findings = [
    ...(found.name === source.name ? [] : [otherName(source, found, section)]),
    ...(found.type === source.type
      ? []
      : [
          note(
            `the data source ${source.uid} is of the type ${found.type}, which serves as well: keep that type in its provisioning file`,
          ),
        ]),
    ...(names === ""
      ? []
      : [note(`the provisioned data source ${source.uid} lacks ${names} as written here. ${paste}`)]),
  ];
  return { problems: [], notes: findings.flatMap(({ notes }) => notes) };
}

/** The name is a part of what is pasted. */
function otherName({ key, uid, name }: DataSourcePlan, found: LiveDataSource, section: string): GrafanaFindings {
  return note(
    `the provisioned data source ${uid} is called ${JSON.stringify(found.name)} there and ${JSON.stringify(name)} here. ` +
      `Grafana does not start with two names for one uid: write ${JSON.stringify(found.name)} in ${section}.${key}.name`,
  );
}

/** Whether a live setting has what is wanted; a list may have more. */
function includes(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(live) && wanted.every((entry) => live.some((other) => includes(other, entry)));
  }
  if (typeof wanted !== "object" || wanted === null) return live === wanted;
  if (typeof live !== "object" || live === null) return false;
  return Object.entries(wanted).every(([key, value]) => includes(Reflect.get(live, key), value));
}

function readOnly({ uid, name }: LiveDataSource): string {
  return (
    `the data source ${uid} ("${name}") is provisioned from files and read-only. Write provisioned and paste the output ` +
    `grafanaProvisioning into its file, or make it editable first: ${ADOPTING}`
  );
}

/** The stack that wrote the settings; as it is called now, where the state has what an earlier version marked. */
function ownerIn({ jsonData }: LiveDataSource, source: DataSourcePlan, context: GrafanaContext): string | undefined {
  const marker = jsonData?.[OWNER_LABEL];
  if (typeof marker !== "string") return undefined;
  const isFormer = marker === formerOwnerOf(context.project, context.stack);
  return isFormer && isRegistered(source, context, TOKENS.dataSourceConfig) ? context.owner : marker;
}
