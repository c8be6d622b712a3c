/** Reports as people find them: a table within a text that people wrote, and the figures beside it as JSON. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

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
export function write(folder: string, { name, document, table, report }: Written): void {
  const file = join(folder, document);
  writeFileSync(file, withTable(readFileSync(file, "utf8"), name, table));
  mkdirSync(join(folder, "performance"), { recursive: true });
  const figures = join(folder, "performance", `${name}.json`);
  writeFileSync(figures, JSON.stringify(report, rounded));
  // It is an ES module, which tools/loader.cjs leaves to Node: its command is the shorter way.
  execFileSync(process.execPath, [resolve("node_modules/oxfmt/bin/oxfmt"), file, figures]);
}

/** More digits than a clock has are noise in a file that is compared. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(4)) : value;
}
