/** Reports as people find them: a table within a text that people wrote, and the figures beside it as JSON. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";

/**
 * Puts a table between its two marks, which are no part of what is read.
 * @throws Error when the text has no such marks.
 */
export function withTable(text: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the text has no "${begin}" with an "${end}" behind it. Write both`);
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`;
}

export interface Written {
  /** Of the table in the document, and of the JSON file. */
  readonly name: string;
  /** The document, below the folder of the documentation. */
  readonly document: string;
  readonly table: string;
  readonly report: unknown;
}

/** Writes the table into its document, and the report to `performance/<name>.json`. @param folder docs */
export async function write(folder: string, { name, document, table, report }: Written): Promise<void> {
  const file = join(folder, document);
  const style = await resolveConfig(file);
  const text = withTable(readFileSync(file, "utf8"), name, table);
  writeFileSync(file, await format(text, { ...style, parser: "markdown" }));
  mkdirSync(join(folder, "performance"), { recursive: true });
  const json = JSON.stringify(report, rounded);
  writeFileSync(join(folder, "performance", `${name}.json`), await format(json, { ...style, parser: "json" }));
}

/** More digits than a clock has are noise in a file that is compared. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(4)) : value;
}
