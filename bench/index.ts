import { ROOT } from "../lib/root";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { PARTS, type PartName, type Settings } from "./parts";
import { write as writeReport } from "./document";
import { parseArguments, ArgumentsError, type Kind } from "../tools/lib/parseArguments";

/**
 * `npm run bench`: what the previews take and what Tempo does with its node, as ratios of commands in turns. Exit status:
 * 0, or 1 when a part could not be measured, 2 when its arguments are invalid.
 */
const USAGE = `npm run bench -- [--only PARTS] [--turns N] [--rounds N] [--chart PATH] [--context NAME] [--write]

  --only PARTS    some of ${Object.keys(PARTS).join(",")} (default: all)
  --turns N       how often each command is run (default: 9)
  --rounds N      how often Tempo is measured under each configuration (default: 3)
  --chart PATH    where the chart is, for whole previews and the time to ready, instead of its repository
  --context NAME  of the kubeconfig: the cluster for the time to ready, where two namespaces are made and deleted
  --quick         a fraction of the load on Tempo: to see that it works, not for figures
  --write         writes the tables into docs/performance.md and docs/performance/, and the figures beside them as JSON

Figures of a machine that does something else meanwhile have a wide spread: the tables show it.`;

async function main({ only, settings, write }: ReturnType<typeof readArguments>): Promise<void> {
  for (const name of only) {
    const { title, document, missing, measure, render } = PARTS[name];
    print(`## ${title}\n`);
    const lacking = missing?.(settings);
    if (lacking !== undefined) {
      print(`Not measured: ${lacking}\n`);
      continue;
    }
    try {
      const report = await measure(settings);
      const table = render(report as never);
      print(`${table}\n`);
      if (write) writeReport(join(ROOT, "docs"), { name, document, table, report: { ...MACHINE, ...report } });
    } catch (error) {
      process.exitCode = 1;
      print(`Not measured: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
}

const MACHINE = { node: process.version, processors: availableParallelism() };

const times: Kind<number> = {
  read: (text) => (/^[1-9]\d{0,3}$/.test(text) ? Number(text) : undefined),
  write: "a number of times, such as 9",
};

const kinds = {
  only: {
    read: (text: string) =>
      text.split(",").every((name) => name in PARTS) ? (text.split(",") as PartName[]) : undefined,
    write: `some of ${Object.keys(PARTS).join(",")}`,
  },
  turns: times,
  rounds: times,
  chart: { read: (text: string) => text || undefined, write: "the path of the chart" },
  context: { read: (text: string) => text || undefined, write: "a context of the kubeconfig" },
};

function readArguments() {
  try {
    const given = parseArguments(process.argv.slice(2), kinds, ["quick", "write", "help"]);
    if (given.help) {
      print(USAGE);
      process.exit(0);
    }
    const began = performance.now();
    const settings: Settings = {
      root: ROOT,
      turns: given.turns ?? 9,
      rounds: given.rounds ?? 3,
      quick: given.quick ?? false,
      ...(given.chart !== undefined && { chart: resolve(process.env["INIT_CWD"] ?? process.cwd(), given.chart) }),
      ...(given.context !== undefined && { context: given.context }),
      tell: (text) => process.stderr.write(`${Math.round((performance.now() - began) / 1_000)} s  ${text}\n`),
    };
    return { only: given.only ?? (Object.keys(PARTS) as PartName[]), settings, write: given.write ?? false };
  } catch (error) {
    if (!(error instanceof ArgumentsError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main(readArguments()).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
