import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quantile } from "./statistics";

/** A command to measure. */
export interface Command {
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another program than the Node that runs this. */
  readonly program?: string;
  /** Done before each run, not measured; gives it more variables. */
  readonly prepare?: () => Readonly<Record<string, string>>;
}

/** One run. CPU time and memory are what Node itself tells of its process at its end; other programs tell neither. */
export interface Run {
  /** From its start to its end, in ms. */
  readonly wall: number;
  /** User and system time, in ms. */
  readonly cpu?: number;
  /** Largest resident memory, in MiB. */
  readonly memory?: number;
}

/** Median and spread of one figure. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Measured {
  readonly name: string;
  readonly runs: readonly Run[];
  readonly wall: Spread;
  readonly cpu?: Spread;
  readonly memory?: Spread;
}

/**
 * Runs the commands in turns (A B C, A B C, ...), so that a machine that becomes slower becomes so for all of them.
 * The first turn is not counted: it fills caches.
 * @throws Error with what a command printed, when it fails.
 */
export async function inTurns(commands: readonly Command[], turns: number): Promise<Measured[]> {
  const runs = commands.map((): Run[] => []);
  for (let turn = 0; turn <= turns; turn++) {
    for (const [index, command] of commands.entries()) {
      const run = await runOnce(command);
      if (turn > 0) runs[index]?.push(run);
    }
  }
  return commands.map(({ name }, index) => summarise(name, runs[index] ?? []));
}

function summarise(name: string, runs: readonly Run[]): Measured {
  const of = (values: readonly (number | undefined)[]): Spread | undefined => {
    const known = values.filter((value) => value !== undefined);
    return known.length === values.length && known.length > 0 ? spreadOf(known) : undefined;
  };
  const [wall, cpu, memory] = [
    of(runs.map((run) => run.wall)),
    of(runs.map((run) => run.cpu)),
    of(runs.map((run) => run.memory)),
  ];
  if (!wall) throw new Error(`${name} was not run`);
  return { name, runs, wall, ...(cpu && { cpu }), ...(memory && { memory }) };
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5) ?? NaN, min: Math.min(...values), max: Math.max(...values) };
}

/** Ratio of one figure of two commands, pair by pair of the turns. */
export function ratio(one: Measured, other: Measured, figure: "wall" | "cpu" | "memory"): Spread {
  return spreadOf(one.runs.map((run, turn) => (run[figure] ?? NaN) / (other.runs[turn]?.[figure] ?? NaN)));
}

/** What a Node process says of itself when it ends; loaded into it before everything else. */
const TELLS = join(__dirname, "reportUsage.cjs");

export async function runOnce({ name, args, cwd, env, program, prepare }: Command): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-bench-"));
  try {
    const usage = join(folder, "usage.json");
    const telling = program === undefined ? ["--require", TELLS] : [];
    const more = prepare?.();
    const begin = process.hrtime.bigint();
    const child = spawn(program ?? process.execPath, [...telling, ...args], {
      cwd,
      env: { ...process.env, ...env, ...more, BENCH_USAGE: usage },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (said += data.toString()));
    const status = await new Promise<number | null>((ended, failed) => child.on("error", failed).on("close", ended));
    const wall = Number(process.hrtime.bigint() - begin) / 1e6;
    if (status !== 0) throw new Error(`${name} ended with status ${status ?? "of a signal"}:\n${said.slice(-2_000)}`);
    if (program !== undefined) return { wall };
    return { wall, ...(JSON.parse(readFileSync(usage, "utf8")) as { cpu: number; memory: number }) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
