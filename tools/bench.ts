import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { PARTS, type PartName, type Settings } from "./bench/parts";
import { write as writeReport } from "./bench/document";

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
  --write        writes the tables into docs/performance.md and docs/performance/, and the figures beside them as JSON

Figures of a machine that does something else meanwhile have a wide spread: the tables show it.`;

const ROOT = resolve(__dirname, "..");

async function main({ only, settings, write }: ReturnType<typeof readArguments>): Promise<void> {
  for (const name of only) {
    const { title, document, missing, measure, render } = PARTS[name];
    print(`## ${title}\n`);
    const lacking = missing?.();
    if (lacking !== undefined) {
      print(`Not measured: ${lacking}\n`);
      continue;
    }
    try {
      const report = await measure(settings);
      const table = render(report as never);
      print(`${table}\n`);
      if (write) await writeReport(join(ROOT, "docs"), { name, document, table, report: { ...MACHINE, ...report } });
    } catch (error) {
      process.exitCode = 1;
      print(`Not measured: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
}

const MACHINE = { node: process.version, processors: availableParallelism() };

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
