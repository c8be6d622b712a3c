/** One round of one variant: from an empty folder to compacted blocks. */
import { MIB } from "../../lib/schema/quantity";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { TempoMetrics } from "../../components/contracts/tempoVersion";
import type { Sent } from "../load/run";
import { sendProbe, sumOf, TempoClient } from "./client";
import { bytesBelow, liveBlocks } from "./disk";
import type { Figures } from "./figures";
import { hurryCompaction, placeConfig } from "./place";
import { probeVisibility } from "./probes";
import { TempoProcess } from "./process";
import { measureQueries } from "./queries";
import { openSink } from "./sink";
import { median, quantile } from "../lib/statistics";
import { until } from "../lib/until";
import { probedReady } from "./probe";
import type { Variant } from "./variants";

/** How much is sent. Rates are traces per second; a trace has 5.3 spans on average. */
export interface LoadPlan {
  readonly steady: { readonly rate: number; readonly seconds: number };
  /** Beside the probes. */
  readonly light: { readonly rate: number; readonly seconds: number };
  readonly most: { readonly traces: number };
  readonly idleSeconds: number;
  readonly probes: number;
}

export interface RunOptions {
  readonly program: string;
  readonly variant: Variant;
  readonly plan: LoadPlan;
  readonly seed: number;
  /** Says what is going on. */
  readonly tell: (text: string) => void;
  /** What to clean up when the whole bench is ended from outside. */
  readonly onEnd: (clean: () => void) => void;
}

export async function measureOnce(options: RunOptions): Promise<Figures> {
  const { program, variant, plan, seed, tell } = options;
  const folder = mkdtempSync(join(tmpdir(), `bench-tempo-${variant.name}-`));
  const sink = await openSink();
  let tempo: TempoProcess | undefined;
  options.onEnd(() => {
    tempo?.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const start = async (change?: Parameters<typeof TempoProcess.start>[4]): Promise<TempoProcess> =>
    (tempo = await TempoProcess.start(program, variant, folder, sink.url, change));
  try {
    tell("start");
    const first = await startUp(await start());
    const loaded = await underLoad(first.tempo, folder, options);
    await first.tempo.stop();

    tell("restart");
    const second = await startUp(await start());
    tell("as much as is taken");
    const most = await asMuchAsIsTaken(second.tempo, plan, seed + 2);
    await second.tempo.stop();

    tell("compaction");
    const third = await startUp(await start(hurryCompaction));
    const blocks = await compacted(third.tempo, join(folder, backendOf(variant)));
    tell("queries on listed blocks");
    const listed = await measureQueries(new TempoClient(third.tempo.url), loaded.traceIds);
    // Asked politely it would end half a minute later: it waits for a timer of its last query, which has been stopped.
    third.tempo.kill();

    return {
      ...loaded.figures,
      ...most.figures,
      ...given("byIdListed", listed.byIdMedian),
      ...given("searchListed", listed.searchMedian),
      blockBytes: blocks / (loaded.accepted + most.accepted),
      firstSpan: first.firstSpan,
      readyEmpty: first.ready,
      readyRestart: second.ready,
      readyPod: probedReady(second.ready, variant.readinessProbe),
    };
  } finally {
    tempo?.kill();
    await sink.stop();
    // The process may still write for a moment.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface StartUp {
  readonly tempo: TempoProcess;
  /** Seconds since the process started. */
  readonly ready: number;
  readonly firstSpan: number;
}

async function startUp(tempo: TempoProcess): Promise<StartUp> {
  const client = new TempoClient(tempo.url);
  const seconds = (): number => (performance.now() - tempo.started) / 1000;
  const alive = async (answer: Promise<boolean>): Promise<boolean> => {
    tempo.assertAlive();
    return await answer.catch(() => false);
  };
  const [ready, firstSpan] = await Promise.all([
    until("ready", () => alive(client.ready()), { every: 20 }).then(seconds),
    until("first span", () => alive(sendProbe(tempo.otlp, "b".repeat(32))), {
      every: 20,
    }).then(seconds),
  ]);
  return { tempo, ready, firstSpan };
}

async function underLoad(
  tempo: TempoProcess,
  folder: string,
  { plan, seed, tell }: RunOptions,
): Promise<{ figures: Figures; accepted: number; traceIds: readonly string[] }> {
  const client = new TempoClient(tempo.url);
  const before = await client.metrics();
  const accepted = async (): Promise<number> =>
    spansKept(await client.metrics(), tempo.metrics) - spansKept(before, tempo.metrics);

  tell("steady load");
  await sleep(1_000);
  const cpu = tempo.cpu();
  const resident: number[] = [];
  const sampling = setInterval(() => resident.push(tempo.memory().resident), 500);
  const sent = await send(tempo.otlp, seed, "--rate", plan.steady.rate, "--duration", plan.steady.seconds);
  clearInterval(sampling);
  await sleep(1_000);
  const cpuSteady = tempo.cpu() - cpu;
  const steady = await accepted();
  await flush(client, tempo);
  const cpuFlushed = tempo.cpu() - cpu;

  tell("light load with probes");
  const [, visible] = await Promise.all([
    send(tempo.otlp, seed + 1, "--rate", plan.light.rate, "--duration", plan.light.seconds),
    probeVisibility(client, tempo.otlp, plan.probes, (plan.light.seconds * 1000) / plan.probes / 2),
  ]);

  tell("queries");
  const queries = await measureQueries(client, sent.traceIds);
  const counted = await client.countSpans("{} | rate()", 1);

  tell("idle");
  await sleep(5_000);
  const idle = tempo.cpu();
  const quiet = await client.metrics();
  await sleep(plan.idleSeconds * 1000);
  const idleCpu = (tempo.cpu() - idle) / plan.idleSeconds;
  const after = await client.metrics();
  // Over whole periods of collection and of the sender, 15 s each: the total would depend on which of them was last.
  const samples = (page: string): number => sumOf(page, "prometheus_remote_storage_samples_total");
  const samplesPerSecond = (samples(after) - samples(quiet)) / plan.idleSeconds;
  const all = await accepted();
  await flush(client, tempo);
  return {
    accepted: all,
    traceIds: sent.traceIds,
    figures: {
      spansPerCpuSecond: steady / cpuSteady,
      spansPerCpuSecondFlushed: steady / cpuFlushed,
      idleCpu: idleCpu * 100,
      // The second half: the first one fills what stays.
      ...given("resident", median(resident.slice(resident.length / 2)), 1 / MIB),
      residentPeak: tempo.memory().peak / MIB,
      folderBytes: bytesBelow(folder) / all,
      activeSeries: sumOf(after, tempo.metrics.activeSeries),
      samplesPerSpan: samplesPerSecond / (steady / plan.steady.seconds),
      ...queries,
      ...given("rateShare", counted, 100 / all),
      ...given("visibleByIdMedian", median(visible.byId)),
      ...given("visibleByIdMost", quantile(visible.byId, 1)),
      ...given("visibleBySearchMedian", median(visible.bySearch)),
      ...given("visibleBySearchTail", quantile(visible.bySearch, 0.95)),
    },
  };
}

async function asMuchAsIsTaken(
  tempo: TempoProcess,
  { most }: LoadPlan,
  seed: number,
): Promise<{ figures: Figures; accepted: number }> {
  const client = new TempoClient(tempo.url);
  const before = spansKept(await client.metrics(), tempo.metrics);
  await sleep(2_000);
  const cpu = tempo.cpu();
  const sent = await send(tempo.otlp, seed, "--rate", "most", "--traces", most.traces);
  await sleep(1_000);
  // Spans that wait in memory have not cost all of it yet, and how many do depends on a variant's timing.
  await flush(client, tempo);
  const spent = tempo.cpu() - cpu;
  const accepted = spansKept(await client.metrics(), tempo.metrics) - before;
  return {
    accepted,
    figures: { spansPerCpuSecondMost: accepted / spent, acceptedShare: (accepted / sent.spans) * 100 },
  };
}

/** Waits for the end of compaction: no block comes or goes for longer than a cycle and a poll. */
async function compacted(tempo: TempoProcess, backend: string): Promise<number> {
  await flush(new TempoClient(tempo.url), tempo);
  let [seen, since] = ["", performance.now()];
  await until(
    "end of compaction",
    () => {
      tempo.assertAlive();
      const { count, bytes } = liveBlocks(backend);
      const now = `${count} ${bytes}`;
      if (now !== seen) [seen, since] = [now, performance.now()];
      return performance.now() - since > 12_000;
    },
    { every: 500, within: 180_000 },
  );
  return liveBlocks(backend).bytes;
}

/** Everything in memory becomes a block, and the block goes to the backend; ends when nothing is left to do. */
async function flush(client: TempoClient, tempo: TempoProcess): Promise<void> {
  const flushed = async (): Promise<number> => sumOf(await client.metrics(), tempo.metrics.blocksFlushed);
  const before = await flushed();
  await client.flush();
  await until("flush", async () => (await flushed()) > before, { every: 250 });
  // After a start another block, one that was replayed, may be the first that is flushed.
  let spent = -Infinity;
  await until(
    "rest after the flush",
    () => {
      const now = tempo.cpu();
      const busy = now - spent;
      spent = now;
      return busy < 0.05;
    },
    { every: 1_500 },
  );
}

/**
 * Spans that were taken and kept. What is refused is not among those received, and counted as discarded at each attempt;
 * what is discarded for another reason was received, and the sender does not know.
 */
function spansKept(page: string, { spansDiscarded, spansReceived }: TempoMetrics): number {
  const lost = sumOf(page, spansDiscarded) - sumOf(page, spansDiscarded, 'reason="rate_limited"');
  return sumOf(page, spansReceived) - lost;
}

function backendOf(variant: Variant): string {
  const place = { folder: "", ports: { http: 0, grpc: 0, otlpGrpc: 0, otlpHttp: 0 }, remoteWriteUrl: "" };
  const { storage } = placeConfig(variant.config, place) as { storage: { trace: { local: { path: string } } } };
  return storage.trace.local.path;
}

const LOAD = resolve(__dirname, "../load/main.ts");

/** The load comes from a process of its own, so that its garbage collection is in no latency that is measured here. */
async function send(endpoint: string, seed: number, ...words: (string | number)[]): Promise<Sent> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...process.execArgv, LOAD, "--endpoint", endpoint, "--seed", String(seed), ...words.map(String)],
    { maxBuffer: 10 * MIB },
  );
  return JSON.parse(stdout) as Sent;
}

/** A figure that may be missing. */
function given(name: keyof Figures, value: number | undefined, factor = 1): Figures {
  return value === undefined ? {} : { [name]: value * factor };
}
