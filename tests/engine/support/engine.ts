/** Pulumi's own engine, on this project's programs, with its state and everything else in one temporary folder. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse, stringify } from "yaml";
import { ROOT } from "../../stack/program/stacks";
import type { LanguageHost } from "./languageHost";

/** One resource that a run plans to change, or has changed. */
export interface Step {
  /** The engine's word: create, update, replace, delete, refresh, ... */
  readonly op: string;
  readonly type: string;
  readonly name: string;
  /** Paths of what is different, sorted; of an update or a replacement. */
  readonly diff: readonly string[];
}

export interface Run {
  /** Exit status of the CLI; null where it was killed. */
  readonly status: number | null;
  /** Everything but what stays the same, in the order of the engine. */
  readonly steps: readonly Step[];
  /** What the CLI printed. */
  readonly text: string;
}

/** A resource as the state has it. */
export interface StoredResource {
  readonly urn: string;
  readonly type: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** Paths of the programs that `.ci/install` builds. */
export interface EnginePrograms {
  readonly pulumi: string;
  readonly "pulumi-resource-kubernetes": string;
}

/** An engine whose CLI answers nobody else's questions: no account, no network, no variables of somebody's shell. */
export class Engine {
  private readonly bin: string;
  private readonly running = new Set<ChildProcess>();
  /** This project's policies, for the CLI: as a program, since a folder needs a language host. */
  readonly policyPack: string;
  readonly environment: Readonly<Record<string, string>>;

  /**
   * @param folder is empty and stays this engine's
   * @param variables the environment of the CLI and its plugins, besides what they need
   */
  constructor(
    private readonly programs: EnginePrograms,
    readonly folder: string,
    variables: Readonly<Record<string, string>>,
  ) {
    process.on("exit", this.stop);
    this.bin = this.made("bin");
    symlinkSync(programs["pulumi-resource-kubernetes"], join(this.bin, "pulumi-resource-kubernetes"));
    const sdk = join(ROOT, "node_modules/@pulumi/pulumi");
    this.plugin("pulumi-resource-grafana", join(__dirname, "grafanaProvider.cjs"));
    // A script that the CLI's releases bring beside it.
    this.plugin("pulumi-resource-pulumi-nodejs", join(sdk, "cmd/dynamic-provider"));
    this.policyPack = this.plugin("policy-pack", join(sdk, "cmd/run-policy-pack"), join(ROOT, "packages/policy"));
    this.environment = {
      PATH: [this.bin, dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter),
      HOME: this.made("home"),
      PULUMI_HOME: this.made("home/.pulumi"),
      PULUMI_BACKEND_URL: pathToFileURL(this.made("state")).href,
      PULUMI_CONFIG_PASSPHRASE: "for tests",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // Has `--event-log`, as the Automation API knows, too.
      PULUMI_DEBUG_COMMANDS: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      ...variables,
    };
  }

  /** A folder of the engine's own. */
  made(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** A program of the SDK under the name by which the engine looks for it. */
  private plugin(name: string, script: string, ...last: string[]): string {
    const path = join(this.bin, name);
    const words = [process.execPath, script].map((word) => `"${word}"`).join(" ");
    writeFileSync(path, `#!/bin/sh\nexec ${words} "$@" ${last.join(" ")}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  /**
   * A folder with a project's files, without its stacks: those are written by {@link EngineStack}.
   * @param source where the project is; its packages are this project's
   */
  project(name: string, source: string): string {
    const target = this.made(name);
    for (const entry of readdirSync(source)) {
      if (/^(\.git|node_modules|Pulumi\..+\.yaml)$/.test(entry)) continue;
      if (entry === "Pulumi.yaml") copyFileSync(join(source, entry), join(target, entry));
      else symlinkSync(join(source, entry), join(target, entry));
    }
    symlinkSync(join(ROOT, "node_modules"), join(target, "node_modules"));
    return target;
  }

  /** Starts the CLI, which ends with {@link stop} at the latest. */
  start(args: readonly string[], cwd: string, output: (text: string) => void): ChildProcess {
    const child = spawn(this.programs.pulumi, [...args, "--non-interactive", "--color=never"], {
      cwd,
      env: { ...this.environment },
      // A process group of its own, since its plugins outlive it when it is killed alone.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.running.add(child);
    child.once("close", () => this.running.delete(child));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output(chunk.toString());
      });
    }
    return child;
  }

  /** Kills whatever runs. */
  readonly stop = (): void => {
    process.off("exit", this.stop);
    this.running.forEach(killGroup);
  };
}

/** Kills a CLI with its plugins. */
function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, "SIGKILL");
}

/** A run that takes longer waits for something that will not come, in ms; the slowest takes 30 s on two busy cores. */
const DEADLINE = 240_000;

export interface RunOptions {
  /** The settings of this run; default: the stack's. */
  readonly config?: Config;
  /** Further arguments of the CLI. */
  readonly args?: readonly string[];
  /** Kills the CLI and its plugins when it is fulfilled, as a machine that loses its power does. */
  readonly until?: Promise<unknown>;
  /** The status that is right; default: 0. */
  readonly fails?: boolean;
  /** The program of this run; default: the stack's. */
  readonly program?: LanguageHost;
  /** The project's folder; default: the stack's. */
  readonly folder?: string;
}

/** Settings with their project's prefix, as a stack file has them. */
export type Config = Readonly<Record<string, unknown>>;

/** A stack of an engine. */
export class EngineStack {
  private runs = 0;
  private salt = "";

  /**
   * @param folder the project's
   * @param program what it runs
   */
  constructor(
    private readonly engine: Engine,
    readonly name: string,
    private readonly folder: string,
    private readonly program: LanguageHost,
    public config: Config,
  ) {}

  /** Makes the stack in the backend. */
  async create(): Promise<this> {
    await this.cli("stack", "init", this.name);
    const { encryptionsalt } = parse(readFileSync(join(this.folder, `Pulumi.${this.name}.yaml`), "utf8")) as {
      encryptionsalt: string;
    };
    this.salt = encryptionsalt;
    return this;
  }

  up(options: RunOptions = {}): Promise<Run> {
    return this.run(["up", "--yes", "--skip-preview"], options);
  }

  preview(options: RunOptions = {}): Promise<Run> {
    return this.run(["preview"], options);
  }

  refresh(options: RunOptions = {}): Promise<Run> {
    return this.run(["refresh", "--yes", "--skip-preview"], options);
  }

  /** With the preview that stops a person who destroys what is protected. */
  destroy(options: RunOptions = {}): Promise<Run> {
    return this.run(["destroy", "--yes"], options);
  }

  /** The text of the state: what whoever reads the backend sees. */
  state(): string {
    const path = join(this.engine.folder, "state/.pulumi/stacks", this.project, `${this.name}.json`);
    return existsSync(path) ? readFileSync(path, "utf8") : "{}";
  }

  resources(): readonly StoredResource[] {
    const { checkpoint } = JSON.parse(this.state()) as {
      checkpoint?: { latest?: { resources?: readonly StoredResource[] } };
    };
    return checkpoint?.latest?.resources ?? [];
  }

  /** The stack's outputs; a secret is an object with a ciphertext. */
  outputs(): Readonly<Record<string, unknown>> {
    return this.resources().find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
  }

  /** Takes a resource out of the state. What it stands for stays. */
  async forget(name: string): Promise<void> {
    const found = this.resources().find(({ urn }) => urn.endsWith(`::${name}`));
    if (!found) throw new Error(`the state of ${this.name} has no ${name}`);
    await this.cli("state", "delete", "--yes", `--stack=${this.name}`, found.urn);
  }

  private get project(): string {
    return (parse(readFileSync(join(this.folder, "Pulumi.yaml"), "utf8")) as { name: string }).name;
  }

  /** A command of the CLI that runs no program. @throws when it fails */
  async cli(...args: string[]): Promise<void> {
    let text = "";
    const child = this.engine.start(args, this.folder, (more) => (text += more));
    const [status] = (await once(child, "close")) as [number | null];
    if (status !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${status}:\n${text}`);
  }

  /** @throws with all that was printed, when the CLI's status is not the one that is right */
  private async run(
    command: readonly string[],
    { config = this.config, args = [], until, fails = false, program = this.program, folder = this.folder }: RunOptions,
  ): Promise<Run> {
    const name = `${this.name}-${(this.runs += 1)}`;
    const events = join(this.engine.folder, `${name}.events`);
    const configFile = join(this.engine.folder, `${name}.yaml`);
    writeFileSync(configFile, stringify({ encryptionsalt: this.salt, config }));
    const all = [
      ...command,
      `--stack=${this.name}`,
      `--config-file=${configFile}`,
      `--event-log=${events}`,
      `--client=${program.address}`,
      "--exec-kind=auto.inline",
      ...args,
    ];
    let text = "";
    const child = this.engine.start(all, folder, (more) => (text += more));
    const kill = (): void => {
      killGroup(child);
    };
    void until?.then(kill, kill);
    const timer = setTimeout(() => {
      text += `killed after ${DEADLINE / 1000} s`;
      killGroup(child);
    }, DEADLINE);
    const [status] = (await once(child, "close")) as [number | null];
    clearTimeout(timer);
    const isRight = until === undefined ? status !== null && (status !== 0) === fails : status === null;
    if (!isRight) throw new Error(`pulumi ${command.join(" ")} of ${this.name} ended with ${status}:\n${text}`);
    return { status, text, steps: existsSync(events) ? stepsOf(readFileSync(events, "utf8")) : [] };
  }
}

interface StepMetadata {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  readonly diffs?: readonly string[] | null;
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
}

/** What of an engine's events tells of changes. */
function stepsOf(log: string): Step[] {
  const refreshed = new Set<string>();
  return log
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line): Step[] => {
      const { resourcePreEvent, resOutputsEvent } = JSON.parse(line) as Record<string, { metadata: StepMetadata }>;
      if (resourcePreEvent?.metadata.op === "refresh") refreshed.add(resourcePreEvent.metadata.urn);
      // What a refresh finds is known afterwards; of everything else there is an event before.
      const found = refreshed.delete(resOutputsEvent?.metadata.urn ?? "") ? resOutputsEvent : resourcePreEvent;
      if (!found || UNCHANGED.has(found.metadata.op)) return [];
      const { op, urn, type, diffs, detailedDiff } = found.metadata;
      const paths = Object.keys(detailedDiff ?? {});
      const diff = paths.length > 0 ? paths : [...(diffs ?? [])];
      return [{ op, type, name: urn.split("::").slice(3).join("::"), diff: diff.sort() }];
    });
}

const UNCHANGED: ReadonlySet<string> = new Set(["same", "read", "refresh"]);
