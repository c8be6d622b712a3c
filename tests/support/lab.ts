/** Programs that a test runs in a temporary folder on ports of this machine, and that never outlive it. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts as portsOf } from "../../tools/lib/loopback";

const deadlySignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * The environment for a program in Go that lives for seconds: with a heap four times as large promtool collects garbage
 * for a fifth of its time less, and kube-apiserver starts with a quarter less. Without any collection promtool's tests
 * of rules take gigabytes.
 */
export const frugal = (): NodeJS.ProcessEnv => ({ GOGC: "400", ...process.env });

/** A temporary folder and the processes that work in it, which disappear together. */
export class Lab {
  private readonly folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-apiserver-"));
  private readonly children: { child: ChildProcess; log: string; gone: Promise<void>; failure?: Error }[] = [];
  /** Kills the programs and deletes the folder, without waiting. */
  private readonly kill = (): void => {
    // SIGKILL: kube-apiserver takes seconds over a polite end, and there is nothing to save.
    for (const { child } of this.children) child.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  };
  /** A signal ends a process without its `exit` event. Having caught it we end it, unless others (mocha) did, too. */
  private readonly killAndDie = (signal: NodeJS.Signals): void => {
    this.kill();
    this.forget();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };

  constructor() {
    // A suite has a lab for each server, and there are more of them than the ten at which Node suspects a leak.
    process.setMaxListeners(50);
    process.on("exit", this.kill);
    for (const signal of deadlySignals) process.on(signal, this.killAndDie);
  }

  /** Takes the handlers off this process. */
  private forget(): void {
    process.off("exit", this.kill);
    for (const signal of deadlySignals) process.off(signal, this.killAndDie);
  }

  /** The path of a file in the folder. */
  path(name: string): string {
    return join(this.folder, name);
  }

  /**
   * Writes a file that only this user can read.
   * @returns its path
   */
  write(name: string, text: string): string {
    writeFileSync(this.path(name), text, { mode: 0o600 });
    return this.path(name);
  }

  /**
   * Starts a program with its output in a log file of the folder. It does not keep this process alive: a test that
   * forgets `stop` ends as ever, and takes the program with it.
   */
  spawn(program: string, args: string[]): void {
    const log = this.path(`${this.children.length}.log`);
    const output = openSync(log, "w");
    const child = spawn(program, args, { cwd: this.folder, env: frugal(), stdio: ["ignore", output, output] });
    closeSync(output);
    child.unref();
    const entry: (typeof this.children)[number] = {
      child,
      log,
      gone: new Promise((done) => {
        child.once("exit", () => {
          done();
        });
        child.once("error", (error) => {
          entry.failure = error;
          done();
        });
      }),
    };
    this.children.push(entry);
  }

  /** The process ids of the programs, in the order of their starts. */
  pids(): number[] {
    return this.children.flatMap(({ child }) => child.pid ?? []);
  }

  /** @throws when a program has ended or could not be started, with the end of its log */
  assertAlive(): void {
    for (const { child, log, failure } of this.children) {
      const end = failure?.message ?? child.signalCode ?? child.exitCode;
      if (end !== null) throw new Error(`${child.spawnfile} ended early (${end}):\n${this.tail(log)}`);
    }
  }

  /** The last lines of every log, for an error. */
  tails(): string {
    return this.children.map(({ child, log }) => `${child.spawnfile}:\n${this.tail(log)}`).join("\n");
  }

  /** The last 20 lines of one log. */
  private tail(log: string): string {
    return readFileSync(log, "utf8").trimEnd().split("\n").slice(-20).join("\n");
  }

  /** Kills the programs, waits until they are gone and deletes the folder. */
  async stop(): Promise<void> {
    for (const { child } of this.children) {
      child.ref();
      child.kill("SIGKILL");
    }
    await Promise.all(this.children.map(({ gone }) => gone));
    // Once more, for its deletion: a program may have written a file until it was gone.
    this.kill();
    this.forget();
  }
}

/** Three ports of 127.0.0.1 that were free a moment ago, all different. */
export async function freePorts(): Promise<[number, number, number]> {
  const { first, second, third } = await portsOf(["first", "second", "third"]);
  return [first, second, third];
}
