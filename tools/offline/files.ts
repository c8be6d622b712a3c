import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { stringify } from "yaml";
import { renderPrometheusRules, type SentGroup } from "../../components/grafana/alerts/prometheus";
import { CONFIG_FILE } from "../../components/alloy/pod";
import { MANAGED_ROUTE } from "../../components/caddy/managed";
import { unescapeTemplate } from "../../components/tempo/template";
import type { Plan, PlannedResource } from "./run";

/** Everything a plan renders, as files: relative path to text. */
export type RenderedFiles = ReadonlyMap<string, string>;

const RELEASE = "kubernetes:helm.sh/v3:Release";
const RULE_GROUP = "grafana:alerting/ruleGroup:RuleGroup";

/** Renders a plan's files: manifests, chart values, tempo.yaml, the resources with their options, the outputs. */
export function renderFiles(plan: Plan): RenderedFiles {
  const files = new Map<string, string>();
  for (const resource of plan.resources) {
    if (resource.type === RELEASE) renderRelease(resource, files);
    else if (resource.type.startsWith("grafana:")) renderGrafana(resource, files);
    else if (/^kubernetes:.*\/v\w+:/.test(resource.type)) renderManifest(resource, plan.outputs, files);
  }
  const groups = plan.resources.filter(({ type }) => type === RULE_GROUP);
  if (groups.length > 0) files.set("grafana/prometheus-rules.yaml", renderPrometheusRules(groups.map(groupOf)));
  renderTexts(plan.outputs, files);
  files.set("resources.yaml", toYaml(plan.resources.map(withoutInputs)));
  files.set("outputs.yaml", toYaml(plan.outputs));
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Outputs that are texts for a file of somebody's. */
function renderTexts(outputs: TextOutputs, files: Map<string, string>): void {
  const { grafanaProvisioning = {}, prometheusScrapeConfig = "", caddyRoute = {} } = outputs;
  for (const [key, text] of Object.entries(grafanaProvisioning)) files.set(`grafana/provisioning/${key}.yaml`, text);
  for (const [key, text] of Object.entries(caddyRoute)) files.set(`caddy/${CADDY_FILES[key] ?? key}`, text);
  if (prometheusScrapeConfig !== "") files.set("prometheus/scrape-config.yaml", prometheusScrapeConfig);
}

/** They are absent where an older program is rendered (against.ts). */
interface TextOutputs {
  readonly namespace?: string;
  readonly grafanaProvisioning?: Readonly<Record<string, string>>;
  readonly prometheusScrapeConfig?: string;
  readonly caddyRoute?: Readonly<Record<string, string>>;
}

/** Names that Caddy's own tools know. */
const CADDY_FILES: Readonly<Record<string, string>> = {
  json: "route.json",
  caddyfile: "Caddyfile",
  fragment: "Caddyfile.fragment",
};

/** A release's values, with the configuration inside them as a file of its own. */
function renderRelease({ name, inputs }: PlannedResource, files: Map<string, string>): void {
  const { values, ...release } = inputs as { values?: Record<string, unknown> };
  const { config, ...others } = values ?? {};
  files.set(`charts/${name}/release.yaml`, toYaml(release));
  files.set(`charts/${name}/values.yaml`, toYaml(others));
  if (typeof config === "string") files.set(`charts/${name}/tempo.yaml`, unescapeTemplate(config));
}

/** What Grafana gets, with the JSON that is inside a text laid open: a text of one line shows no difference. */
function renderGrafana({ name, type, inputs }: PlannedResource, files: Map<string, string>): void {
  const { configJson, ...others } = inputs as { configJson?: string };
  const kind = type.slice(type.lastIndexOf(":") + 1).toLowerCase();
  const what = name.replace(/^grafana-(?:dashboard-|rules-)?/, "");
  if (configJson !== undefined) files.set(`grafana/dashboards/${what}.json`, `${layOpen(configJson)}\n`);
  else files.set(`grafana/${what === kind ? kind : `${kind}-${what}`}.yaml`, toYaml(openTexts(others)));
}

function groupOf({ inputs }: PlannedResource): SentGroup {
  return inputs as unknown as SentGroup;
}

function layOpen(json: string): string {
  return JSON.stringify(JSON.parse(json), undefined, 2);
}

/** Texts that are JSON objects, as what they stand for. */
function openTexts(value: unknown): unknown {
  if (typeof value === "string") return value.startsWith("{") && isJson(value) ? (JSON.parse(value) as unknown) : value;
  if (Array.isArray(value)) return value.map(openTexts);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, openTexts(entry)]));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

interface Manifest {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A manifest, and the configuration of an Alloy within it, whose tabs YAML would escape. */
function renderManifest({ name, inputs }: PlannedResource, outputs: TextOutputs, files: Map<string, string>): void {
  const { kind = "Unknown", metadata = {}, data } = inputs as Manifest;
  // Other namespaces have a folder of their own; and the same name may be on two clusters.
  const folder = [undefined, outputs.namespace].includes(metadata.namespace) ? "" : `${metadata.namespace ?? ""}/`;
  const path = `manifests/${folder}${kind.toLowerCase()}-${metadata.name ?? name}`;
  files.set(files.has(`${path}.yaml`) ? `${path}-${name}.yaml` : `${path}.yaml`, toYaml(inputs));
  const config = data?.[CONFIG_FILE];
  if (typeof config === "string") files.set(`alloy/${metadata.name ?? name}.alloy`, config);
}

/** Inputs that are no manifest (a provider's, a route's) are worth a line; manifests have a file of their own. */
function withoutInputs({ inputs, ...resource }: PlannedResource): object {
  const isShown = resource.type.startsWith("pulumi:providers:") || resource.type === MANAGED_ROUTE;
  return isShown ? { ...resource, inputs } : resource;
}

function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Lists, in a folder that {@link writeFiles} made, what it wrote there and may therefore delete. */
const MARKER = ".rendered-by-preview";

/** @throws Error when a folder holds what was not written there: an `--out` given by mistake must not cost a file. */
export function requireOwn(folder: string): void {
  const marker = join(folder, MARKER);
  const written = new Set(existsSync(marker) ? readFileSync(marker, "utf8").split("\n") : []);
  const other = strangerIn(folder, written);
  if (other !== undefined) throw new Error(`--out ${folder} holds other files (${other}). Name a new or empty folder.`);
}

/**
 * Writes the files, in place of what an earlier run wrote there.
 * @throws Error as {@link requireOwn}
 */
export function writeFiles(folder: string, files: RenderedFiles): void {
  requireOwn(folder);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, MARKER), [...files.keys()].join("\n"));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Something in a folder that was not written there; the top first, since the folder may be somebody's home. */
function strangerIn(folder: string, written: ReadonlySet<string>): string | undefined {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (!stat) return undefined;
  if (!stat.isDirectory()) return "it is no folder";
  const tops = new Set([MARKER, ...[...written].map((path) => path.split("/")[0])]);
  return readdirSync(folder).find((name) => !tops.has(name)) ?? listFiles(folder).find((path) => !written.has(path));
}

/** Reads back what {@link writeFiles} wrote; empty when there is no such folder. */
export function readFiles(folder: string): RenderedFiles {
  return new Map(listFiles(folder).map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

/** Whatever is below a folder and no folder itself: links as well. Unread, since the folder may be somebody's home. */
function listFiles(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && entry.name !== MARKER)
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
}
