/** Data against published types: the compiler judges a literal of it, down to keys that the type does not have. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PACKAGES = join(__dirname, "../../node_modules");
const COMPILER = join(PACKAGES, "typescript-native", "bin", "tsc");
const OPTIONS = ["--noEmit", "--strict", "--skipLibCheck", "--pretty", "false", "--ignoreConfig"];
const LANGUAGE = ["--target", "es2022", "--lib", "es2022", "--module", "node16", "--types", ""];

/**
 * What the compiler says about a text, as a module that sees the packages of this project.
 * @returns one sentence for each error, with the line's text
 */
export function typeErrors(source: string): string[] {
  const cache = join(PACKAGES, ".cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "typecheck-"));
  try {
    const file = join(folder, "typechecked.ts");
    writeFileSync(file, source);
    const { stdout, stderr, error } = spawnSync(process.execPath, [COMPILER, ...OPTIONS, ...LANGUAGE, file], {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 100 * 1024 * 1024,
    });
    if (error ?? stderr) throw error ?? new Error(stderr);
    return errorsIn(stdout, source.split("\n"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `typechecked.ts(12,3): error TS2353: …`, and below it, indented, what it follows from. */
function errorsIn(output: string, lines: readonly string[]): string[] {
  return output
    .trim()
    .split(/\n(?!\s)/)
    .filter((text) => text !== "")
    .map((text) => {
      const [, line, message = ""] = /^(?:\S*\/)?typechecked\.ts\((\d+),\d+\): error TS\d+: ([^]*)$/.exec(text) ?? [];
      if (line === undefined) throw new Error(`the compiler says: ${text}`);
      return `${message.replaceAll(/\s*\n\s*/g, " ")} (${lines[Number(line) - 1]?.trim() ?? ""})`;
    });
}
