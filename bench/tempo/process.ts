/** A Tempo that runs as a process of this machine, and what the kernel says about it. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { freePorts } from "../../tools/lib/loopback";
import { filesOf, placeConfig, type Place } from "./place";
import type { TempoMetrics } from "../../components/contracts/tempoVersion";
import type { Config, Variant } from "./variants";

/** Ticks of a process' clock in a second; Linux has told every program 100 for two decades. */
const TICKS = 100;
/** How long a pod has to stop unless it says otherwise, in ms. */
const GRACE_PERIOD = 30_000;

export class TempoProcess {
  readonly url: string;
  readonly otlp: string;
  private constructor(
    private readonly child: ChildProcess,
    private readonly log: string,
    { ports }: Place,
    /** As of performance.now(). */
    readonly started: number,
    readonly metrics: TempoMetrics,
  ) {
    this.url = `http://127.0.0.1:${ports.http}`;
    this.otlp = `http://127.0.0.1:${ports.otlpHttp}`;
  }

  /** Starts a variant on its folder; what it held before is still there. */
  static async start(
    program: string,
    variant: Variant,
    folder: string,
    remoteWriteUrl: string,
    change: (config: Config) => Config = (config) => config,
  ): Promise<TempoProcess> {
    const place = { folder, ports: await freePorts(["http", "grpc", "otlpGrpc", "otlpHttp"]), remoteWriteUrl };
    const config = placeConfig(change(variant.config), place);
    for (const file of filesOf(config)) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, "{}\n");
    }
    const file = join(folder, "tempo.yaml");
    writeFileSync(file, stringify(config));
    const log = join(folder, "tempo.log");
    const output = openSync(log, "a");
    const started = performance.now();
    const child = spawn(program, [`-config.file=${file}`, ...variant.args], {
      cwd: folder,
      // Nothing of the person's shell: GOGC or GOMAXPROCS set there would be a difference that nobody sees.
      env: { PATH: process.env["PATH"], HOME: folder, ...variant.env },
      stdio: ["ignore", output, output],
    });
    closeSync(output);
    return new TempoProcess(child, log, place, started, variant.version.metrics);
  }

  /** Seconds of processor time so far, its own and the kernel's for it. */
  cpu(): number {
    const stat = this.proc("stat");
    // Behind the name, which may hold anything: fields 14 and 15 of proc(5).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  }

  /** Bytes in memory, now and at most so far. */
  memory(): { resident: number; peak: number } {
    const status = this.proc("status");
    const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]) * 1024;
    return { resident: bytes("VmRSS"), peak: bytes("VmHWM") };
  }

  private proc(file: string): string {
    this.assertAlive();
    return readFileSync(`/proc/${this.child.pid}/${file}`, "utf8");
  }

  /** @throws when it has ended, with the end of its log */
  assertAlive(): void {
    const end = this.child.signalCode ?? this.child.exitCode;
    if (end === null) return;
    const tail = readFileSync(this.log, "utf8").trimEnd().split("\n").slice(-5).join("\n");
    throw new Error(`tempo ended by itself (${end}). The end of its log:\n${tail}`);
  }

  /** Asks it to end as kubelet does, and makes it end when its time is over. */
  async stop(): Promise<void> {
    const gone = new Promise<void>((done) => {
      if (this.child.exitCode !== null || this.child.signalCode !== null) done();
      else
        this.child.once("exit", () => {
          done();
        });
    });
    this.child.kill("SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), GRACE_PERIOD);
    await gone;
    clearTimeout(timer);
  }

  /** At once, without waiting: for when the bench itself ends. */
  kill(): void {
    this.child.kill("SIGKILL");
  }
}
