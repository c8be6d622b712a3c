import type { Setting } from "../../lib/schema/walk";
import { defaultOf, isAbsentByDefault, kindOf } from "./text";

const HEAD = `# Settings

Written by \`npm run generate\` from \`components/<part>/settings.ts\`. Every setting is a key of a stack file, such as \`Pulumi.prod.yaml\`, with the project's name before it: \`tempo:retention: 168h\`. A section that a stack file gives replaces the whole section of \`Pulumi.yaml\`; what it leaves out takes the default of this page. Sizes are Kubernetes quantities (\`10Gi\`, \`1M\`), durations a number with a unit (\`168h\`, \`7d\`, \`90s\`). \`""\` and \`{}\` mean absent.

An editor with a YAML language server completes and checks a stack file that begins with \`# yaml-language-server: $schema=docs/reference/stack.schema.json\`.
`;

/** docs/reference/settings.md: a table of what stands at the top, and one for each section. */
export function renderReference(settings: readonly Setting[]): string {
  const single = settings.filter((setting) => !setting.settings);
  const sections = settings.filter((setting) => setting.settings);
  return [HEAD, "## At the top", "", table(single), "", ...sections.flatMap(section)].join("\n");
}

function section(setting: Setting): string[] {
  return [`## \`${setting.key}\``, "", sentence(setting.description ?? ""), "", table(below(setting)), ""];
}

function below({ settings = [] }: Setting): Setting[] {
  return settings.flatMap((setting) => [setting, ...below(setting)]);
}

function table(settings: readonly Setting[]): string {
  const head = ["Key", "Type", "Default", "Meaning"];
  const rows = settings.map((setting) => [
    `\`${setting.path}\``,
    kindOf(setting),
    shownDefault(setting),
    linked(setting.description ?? ""),
  ]);
  return aligned([head, ...rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")))]);
}

/** As the formatter lays a table out. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => widthOf(row[column] ?? ""))));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell))).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...body.map(line)].join("\n");
}

function widthOf(text: string): number {
  return [...text].length;
}

function shownDefault(setting: Setting): string {
  if (setting.isRequired) return "_required_";
  const value = defaultOf(setting);
  if (value !== undefined) return `\`${value}\``;
  return setting.settings && !setting.isList && !isAbsentByDefault(setting) ? "its own" : "absent";
}

function sentence(text: string): string {
  return linked(/[.!?]$/.test(text) ? text : `${text}.`);
}

/** Paths of documents as links from docs/reference/. */
function linked(text: string): string {
  return text.replace(/\bdocs\/([\w/.-]+\.md(?:#[\w-]+)?)/g, (path, below: string) => `[${path}](../${below})`);
}
