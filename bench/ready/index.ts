import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { communityCharts, versions } from "../../components/versions/pins";
import { copyProject } from "../lib/copy";
import { shown, table } from "../lib/table";
import { spreadOf, type Spread } from "../lib/turns";
import { until } from "../lib/until";
import { openBenchCluster, type BenchCluster } from "./cluster";

export interface ReadyOptions {
  readonly root: string;
  readonly pulumi: string;
  readonly context: string;
  /** Where the chart is. Default: its repository. */
  readonly chart?: string;
  readonly rounds: number;
  readonly tell: (text: string) => void;
  /** Default: that of the context. */
  readonly cluster?: BenchCluster;
  /** After an `up`, before the pod is deleted, in ms. Default: 5,000. */
  readonly settle?: number;
}

/** Seconds that somebody waits for a Tempo. */
interface Times {
  /** From the start of `pulumi up` of a new stack to the first span that is taken. */
  readonly up: number;
  /** From the deletion of the pod to the next span that is taken. */
  readonly restart: number;
}

export interface ReadyReport {
  /** Of the CLI. */
  readonly version: string;
  /** This stack first, then the chart's defaults. */
  readonly stacks: readonly { readonly name: string; readonly rounds: readonly Times[] }[];
}

interface Stack {
  readonly name: string;
  readonly namespace: string;
  readonly folder: string;
}

const STACK = "bench";
const POD = "tempo-0";
/** Between two spans that are tried, and when a Tempo that takes none never will, in ms; images may have to be pulled. */
const TRIES = { every: 100, within: 600_000 };

/**
 * Brings Tempo up on a real cluster, as this stack and as a Release of the chart's defaults, in turns, and deletes its
 * pod. The first round is not counted: it pulls images. Both namespaces are the bench's own, and are deleted.
 * @throws Error when a namespace exists, an `up` fails, or no span is taken within ten minutes.
 */
export async function measureReady(options: ReadyOptions): Promise<ReadyReport> {
  const { root, pulumi, context, chart, rounds, tell, settle = 5_000 } = options;
  const cluster = options.cluster ?? openBenchCluster(context);
  const folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-bench-"));
  try {
    mkdirSync(join(folder, "state"));
    const env = {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    const stacks = [ours(root, folder, context, chart), chartsDefaults(root, folder, context, chart)];
    for (const { namespace } of stacks) {
      if (await cluster.namespaceExists(namespace)) {
        throw new Error(
          `the namespace ${namespace} exists; it is the bench's own. Delete it if an earlier run left it`,
        );
      }
    }
    for (const { folder: cwd } of stacks) {
      execFileSync(pulumi, ["stack", "init", STACK, "--non-interactive"], { cwd, env, stdio: "pipe" });
    }
    const times = stacks.map((): Times[] => []);
    for (let round = 0; round <= rounds; round++) {
      for (const [index, stack] of stacks.entries()) {
        tell(`time to ready: ${stack.name}${round === 0 ? ", not counted" : ` (${round} of ${rounds})`}`);
        const measured = await measureOnce(stack, { pulumi, env, cluster, tell, settle });
        if (round > 0) times[index]?.push(measured);
      }
    }
    const version = execFileSync(pulumi, ["version"], { encoding: "utf8", env }).trim();
    return { version, stacks: stacks.map(({ name }, index) => ({ name, rounds: times[index] ?? [] })) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Tools {
  readonly pulumi: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cluster: BenchCluster;
  readonly tell: (text: string) => void;
  readonly settle: number;
}

async function measureOnce(
  { name, namespace, folder }: Stack,
  { pulumi, env, cluster, tell, settle }: Tools,
): Promise<Times> {
  const run = (...words: string[]): Running =>
    start(pulumi, [...words, "--yes", "--stack", STACK, "--non-interactive"], folder, env);
  const taken = (): Promise<boolean> => cluster.takesSpan(namespace);
  const seconds = (since: number): number => (performance.now() - since) / 1_000;
  const begun = performance.now();
  const up = run("up", "--skip-preview");
  const takenOrFailed = (): Promise<boolean> => {
    up.assertAlive();
    return taken();
  };
  try {
    await until(`first span of ${name}`, takenOrFailed, TRIES);
    const first = seconds(begun);
    await up.ended;
    up.assertAlive();
    await sleep(settle);
    const deleted = performance.now();
    await cluster.deletePod(namespace, POD);
    await until(`refusal by ${name}, whose pod is deleted`, async () => !(await taken()), TRIES);
    await until(`next span of ${name}`, taken, TRIES);
    return { up: first, restart: seconds(deleted) };
  } finally {
    up.stop();
    await up.ended;
    const destroy = run("destroy", "--skip-preview");
    await destroy.ended;
    // What went wrong before is what is thrown.
    try {
      destroy.assertAlive();
      await cluster.deleteNamespace(namespace);
    } catch (error) {
      tell(`the namespace ${namespace} is left: ${String(error)}`);
    }
  }
}

interface Running {
  /** Its end, good or bad. */
  readonly ended: Promise<void>;
  /** @throws Error with the end of what it said, when it has failed. */
  readonly assertAlive: () => void;
  /** Does nothing after its end. */
  readonly stop: () => void;
}

function start(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Running {
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  let failure: Error | undefined;
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (said += data.toString()));
  const ended = new Promise<void>((done) => {
    child.on("error", (error) => {
      failure = error;
      done();
    });
    child.on("close", (status) => {
      if (status !== 0) failure ??= new Error(`pulumi ${args[0] ?? ""} failed:\n${said.slice(-2_000)}`);
      done();
    });
  });
  return {
    ended,
    assertAlive: () => {
      if (failure) throw failure;
    },
    stop: () => child.kill("SIGINT"),
  };
}

/** This stack with Tempo alone, in a namespace of its own. */
function ours(root: string, folder: string, context: string, chart: string | undefined): Stack {
  const copy = copyProject(root, folder);
  const namespace = "tempo-bench";
  const config = {
    "tempo:kubeContext": context,
    "tempo:namespace": namespace,
    "tempo:createNamespace": true,
    "tempo:volume": { size: "1Gi", protect: false },
    ...(chart !== undefined && { "tempo:chart": chart }),
  };
  writeFileSync(join(copy, `Pulumi.${STACK}.yaml`), stringify({ config }));
  return { name: "this stack", namespace, folder: copy };
}

/** A program with one Release of the chart's default values, and the image of ours. */
function chartsDefaults(root: string, folder: string, context: string, chart: string | undefined): Stack {
  const project = join(folder, "chart");
  const namespace = "tempo-bench-chart";
  mkdirSync(project);
  symlinkSync(join(root, "node_modules"), join(project, "node_modules"), "junction");
  const source =
    chart === undefined
      ? { chart: "tempo", version: versions.tempoChart, repositoryOpts: { repo: communityCharts } }
      : { chart };
  const [, tag] = versions.tempoImage.split(":");
  const release = { name: "tempo", namespace, ...source, values: { tempo: { tag } } };
  const runtime = { name: "nodejs", options: { typescript: false } };
  writeFileSync(join(project, "Pulumi.yaml"), stringify({ name: "chart", runtime }));
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "chart", main: "index.js" }));
  writeFileSync(
    join(project, "index.js"),
    `const { Namespace } = require("@pulumi/kubernetes/core/v1");
const { Release } = require("@pulumi/kubernetes/helm/v3/release");
const { Provider } = require("@pulumi/kubernetes/provider");
const provider = new Provider("cluster", { context: ${JSON.stringify(context)} });
const namespace = new Namespace("namespace", { metadata: { name: ${JSON.stringify(namespace)} } }, { provider });
new Release("tempo", ${JSON.stringify(release)}, { provider, dependsOn: namespace });
`,
  );
  return { name: "the chart's defaults", namespace, folder: project };
}

export function renderReady({ version, stacks }: ReadyReport): string {
  const [mine] = stacks;
  if (!mine) return "";
  const row = (title: string, of: (times: Times) => number): string[] => [
    title,
    ...stacks.map(({ rounds }) => shown(spreadOf(rounds.map(of)), 1)),
    ...stacks.slice(1).map(({ rounds }) => shown(ratios(rounds.map(of), mine.rounds.map(of)), 2)),
  ];
  const rows = [
    row("from `up` to the first span, s", ({ up }) => up),
    row("from the deletion of the pod to the next span, s", ({ restart }) => restart),
  ];
  return [
    `By Pulumi ${version}, images present. The ratio is to this stack's.`,
    table(["", ...stacks.map(({ name }) => name), "ratio"], rows),
  ].join("\n\n");
}

/** Round by round. */
function ratios(some: readonly number[], others: readonly number[]): Spread {
  return spreadOf(some.map((value, round) => value / (others[round] ?? NaN)));
}
