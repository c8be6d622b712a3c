/** Python, with Pulumi's SDK. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "../../stack/program/stacks";
import { isProgram, onPath, setting } from "../../support/findProgram";
import type { Run } from "./program";

const MODULES = ["pulumi", "pulumi_kubernetes"];

/**
 * Looks for a Python that can import Pulumi: at the environment variable PULUMI_PYTHON, then on the PATH, then where
 * `.ci/install` makes one.
 * @returns its path, or as `missing` a sentence that names what is not there and what to do
 */
export function findPython(): { python: string } | { missing: string } {
  const configured = setting("PULUMI_PYTHON");
  const places = configured === undefined ? [onPath("python3"), installed()] : [configured];
  const python = places.find((path) => path !== undefined && isProgram(path) && hasModules(path));
  if (python !== undefined) return { python };
  const where = configured ?? "on the PATH";
  return {
    missing: `no Python ${where} that has the packages pulumi and pulumi-kubernetes: set PULUMI_PYTHON to one of a virtual environment with them`,
  };
}

/** Where `.ci/install` makes a virtual environment. */
function installed(): string {
  return join(setting("XDG_CACHE_HOME") ?? join(homedir(), ".cache"), "pulumi-tempo", "python", "bin", "python");
}

/** By their specifications: an import of the Kubernetes package alone takes seconds. */
function hasModules(python: string): boolean {
  const missing = `any(find_spec(name) is None for name in ${JSON.stringify(MODULES)})`;
  const { status } = spawnSync(python, [
    "-c",
    `import sys; from importlib.util import find_spec; sys.exit(${missing})`,
  ]);
  return status === 0;
}

const environment = {
  ...process.env,
  PYTHONPATH: join(ROOT, "packages/consumer/python"),
  PYTHONDONTWRITEBYTECODE: "1",
};

/** A program in Python, with the helper as it stands in this project, in a process that imports its packages once. */
export class PythonProgram {
  private readonly process;
  private readonly answers;
  private complaints = "";

  /** @param path of the program */
  constructor(python: string, path: string) {
    this.process = spawn(python, [join(__dirname, "../python/run_program.py"), path], { env: environment });
    this.process.stderr.setEncoding("utf8").on("data", (text: string) => (this.complaints += text));
    this.answers = createInterface(this.process.stdout)[Symbol.asyncIterator]();
  }

  /** Runs it anew. One run at a time. @throws Error with the message that it ended with */
  async run(config: Readonly<Record<string, string>>, outputs: Readonly<Record<string, unknown>>): Promise<Run> {
    this.process.stdin.write(`${JSON.stringify({ config, outputs })}\n`);
    const { done, value } = (await this.answers.next()) as IteratorResult<string, undefined>;
    if (done === true) throw new Error(`Python ended: ${this.complaints}`);
    const answer = JSON.parse(value) as Run | { error: string };
    if ("error" in answer) throw new Error(answer.error);
    return answer;
  }

  stop(): void {
    this.process.kill();
  }
}

/** What an expression of the helper is in Python. */
export function evaluatePython(python: string, expression: string, input: unknown): unknown {
  const script = `import json, sys, tempo_outputs\ninput = json.load(sys.stdin)\nprint(json.dumps(${expression}))`;
  const text = execFileSync(python, ["-c", script], {
    input: JSON.stringify(input),
    env: environment,
    encoding: "utf8",
  });
  return JSON.parse(text);
}
