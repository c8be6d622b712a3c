import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { PARTS, type PartName, type Settings } from "./bench/parts";
import { withTable } from "./bench/document";

/**
 * `npm run bench`: what the previews take and what Tempo does with its node, as ratios of commands in turns. Exit status:
 * 0, or 1 when a part could not be measured, 2 when the command's own words are off.
 */
const USAGE = `npm run bench -- [--only PARTS] [--turns N] [--rounds N] [--chart PATH] [--write]

  --only PARTS   some of ${Object.keys(PARTS).join(",")} (default: all)
  --turns N      how often each command is run (default: 9)
  --rounds N     how often Tempo is measured under each configuration (default: 3)
  --chart PATH   where the chart is, for whole previews, instead of its repository
  --quick        a fraction of the load on Tempo: to see that it works, not for figures
  --write        writes the tables into docs/performance.md, and the figures into docs/performance.json

Figures of a machine that does something else meanwhile have a wide spread: the tables show it.`;

const ROOT = resolve(__dirname, "..");
const DOCUMENT = join(ROOT, "docs", "performance.md");
const DATA = join(ROOT, "docs", "performance.json");

async function main({ only, settings, write }: ReturnType<typeof readArguments>): Promise<void> {
  const figures = readData();
  let document = write ? readFileSync(DOCUMENT, "utf8") : "";
  for (const name of only) {
    const { title, measure, render } = PARTS[name];
    const missing = PARTS[name].missing?.();
    if (missing !== undefined) {
      print(`## ${title}\n\nNot measured: ${missing}\n`);
      continue;
    }
    try {
      const report = await measure(settings);
      const machine = { node: process.version, processors: availableParallelism() };
      const text = render(report as never);
      print(`## ${title}\n\n${text}\n`);
      figures[name] = { machine, report };
      if (write) document = withTable(document, name, text);
    } catch (error) {
      process.exitCode = 1;
      print(`## ${title}\n\nNot measured: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  if (!write) return;
  mkdirSync(dirname(DATA), { recursive: true });
  writeFileSync(DOCUMENT, document);
  writeFileSync(DATA, `${JSON.stringify(figures, rounded, 2)}\n`);
}

/** What earlier runs measured: a part that is left out stays. */
function readData(): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(DATA, "utf8")) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** More digits than a clock has are noise in a diff. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(4)) : value;
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: "string", default: Object.keys(PARTS).join(",") },
        turns: { type: "string", default: "9" },
        rounds: { type: "string", default: "3" },
        chart: { type: "string" },
        quick: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) {
      print(USAGE);
      process.exit(0);
    }
    const only = values.only.split(",");
    const unknown = only.filter((name) => !(name in PARTS));
    if (unknown.length > 0)
      throw new Error(`--only ${unknown.join(",")}: no such part. Write some of ${Object.keys(PARTS).join(",")}.`);
    const began = performance.now();
    const settings: Settings = {
      root: ROOT,
      turns: positive("--turns", values.turns),
      rounds: positive("--rounds", values.rounds),
      quick: values.quick,
      ...(values.chart !== undefined && { chart: resolve(process.env["INIT_CWD"] ?? process.cwd(), values.chart) }),
      tell: (text) => process.stderr.write(`${Math.round((performance.now() - began) / 1_000)} s  ${text}\n`),
    };
    return { only: only as PartName[], settings, write: values.write };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function positive(option: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new Error(`${option} ${text}: no number of times. Write one such as 9.`);
  return Number(text);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main(readArguments()).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
