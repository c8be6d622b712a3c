import type { Setting } from "../../lib/schema/walk";
import { defaultOf, isAbsentByDefault, kindOf } from "./text";

const HEAD = `# Settings

<!-- Written by \`npm run generate\` from components/*/settings.ts. -->

Set them in \`Pulumi.<stack>.yaml\` as \`tempo:<key>\`, or with \`pulumi config set [--path] <key> <value>\`. All settings are validated before anything is registered; one message lists every error with its key, the value found and what to write instead. An unknown key is an error. A stack file that begins with \`# yaml-language-server: $schema=docs/reference/stack.schema.json\` is completed and checked by an editor with a YAML language server.

Only credentials may be secrets: those in \`tailnet\`, \`auth\`, \`headers\` and \`httpHeaders\`. Everything else is written to manifests or Grafana in plain text, so a secret there is an error.

An empty text (\`""\`) or empty section (\`{}\`) means absent. A section in a stack file replaces the whole default section of \`Pulumi.yaml\`; keys that it omits have the default below.

Types: _size_ is a Kubernetes quantity in bytes (\`10Gi\`, \`512Mi\`), _duration_ a number with a unit (\`168h\`, \`7d\`, \`1h30m\`; a bare number is refused), _DNS label_ at most 63 of \`a-z\`, \`0-9\`, \`-\`, _DNS name_ such labels joined by dots.
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
  return Array.from(text).length;
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
