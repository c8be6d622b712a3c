import { stringify } from "yaml";
import type { Setting } from "../../lib/schema/walk";
import { isAbsentByDefault, plain } from "./text";

/** Pulumi.yaml with the section `config`, its last one, made of the settings. */
export function renderProject(current: string, settings: readonly Setting[]): string {
  const [head] = current.split(/^config:$/m);
  const config = Object.fromEntries(settings.map((setting) => [setting.key, declarationOf(setting)]));
  return `${head}${stringify({ config }, { lineWidth: 120 })}`;
}

function declarationOf(setting: Setting): object {
  const { description = "", settings } = setting;
  const keys = settings ? ` Keys: ${keysOf(settings)}.` : "";
  const value = defaultOf(setting);
  return {
    type: Array.isArray(value) ? "array" : typeof value,
    ...(Array.isArray(value) && { items: { type: "string" } }),
    default: value,
    // The CLI shows it in one line.
    description: `${plain(description)}${keys}`,
  };
}

/** As the CLI takes it: it aborts on a key without a value, so that `""` and `{}` stand for what is absent. */
function defaultOf(setting: Setting): unknown {
  const { settings, isList, byDefault } = setting;
  if (!settings || isList) return byDefault ?? "";
  if (isAbsentByDefault(setting)) return {};
  return Object.fromEntries(settings.map((below) => [below.key, defaultOf(below)]));
}

function keysOf(settings: readonly Setting[]): string {
  return settings.map(({ key, settings: below }) => (below ? `${key} (${keysOf(below)})` : key)).join(", ");
}
