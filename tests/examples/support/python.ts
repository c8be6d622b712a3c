/** Python, with Pulumi's SDK. */
import { execFileSync, spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../program/stacks";
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

/** Runs a program in Python, with the helper as it stands in this project. @throws Error with the message that it ended with. */
export function runPython(
  python: string,
  path: string,
  config: Readonly<Record<string, string>>,
  outputs: Readonly<Record<string, unknown>>,
): Run {
  const text = execFileSync(python, [join(__dirname, "../python/run_program.py"), path], {
    input: JSON.stringify({ config, outputs }),
    env: { ...process.env, PYTHONPATH: join(ROOT, "consumer/python"), PYTHONDONTWRITEBYTECODE: "1" },
    encoding: "utf8",
  });
  const answer = JSON.parse(text) as Run | { error: string };
  if ("error" in answer) throw new Error(answer.error);
  return answer;
}

/** What an expression of the helper is in Python. */
export function evaluatePython(python: string, expression: string, input: unknown): unknown {
  const script = `import json, sys, tempo_outputs\ninput = json.load(sys.stdin)\nprint(json.dumps(${expression}))`;
  const text = execFileSync(python, ["-c", script], {
    input: JSON.stringify(input),
    env: { ...process.env, PYTHONPATH: join(ROOT, "consumer/python"), PYTHONDONTWRITEBYTECODE: "1" },
    encoding: "utf8",
  });
  return JSON.parse(text);
}
