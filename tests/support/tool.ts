/** Commands of tools/, as their npm scripts start them, without npm. */
import { spawn, type ChildProcess, type ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import { ROOT } from "../stack/program/stacks";

/** What Node is given before a program. */
export const LOADER = ["--require", "./tools/loader.cjs"] as const;

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a process says until its end. */
export function resultOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Result> {
  return new Promise((done, fail) => {
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", fail);
    child.on("close", (status) => {
      done({ status, stdout, stderr });
    });
  });
}

/** Starts a tool in the project's folder. @param tool its folder, such as tools/verify */
export function startTool(
  tool: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): { readonly child: ChildProcess; readonly result: Promise<Result> } {
  const child = spawn(process.execPath, [...LOADER, `${tool}/index.ts`, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { child, result: resultOf(child) };
}
