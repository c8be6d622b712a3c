/**
 * Long texts that are compared with files in tests/golden. `UPDATE_GOLDENS=1` writes the files instead and names each
 * that changed; what changed in them is then read in `git diff`.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { createTwoFilesPatch } from "diff";

const folderOfGoldens = resolve(__dirname, "../golden");
const howToUpdate = "If the change is meant: npm run goldens, and read the difference before the commit.";

/** Where goldens are and whether they are written; the test of this file gives its own. */
export interface GoldenOptions {
  /** Default: tests/golden. */
  readonly folder?: string;
  /** Default: whether the environment variable UPDATE_GOLDENS is 1. */
  readonly update?: boolean;
  /** Told what an update writes and deletes; default: printed. */
  readonly say?: (line: string) => void;
}

/**
 * Compares a text with a golden.
 * @param path the file's path within the folder, with slashes
 * @throws AssertionError with a unified diff, when the golden differs or is not there
 */
export function assertGolden(path: string, text: string, options: GoldenOptions = {}): void {
  settle([path], new Map([[path, text]]), options);
}

/**
 * Compares all files of a folder. A golden that nothing renders any more is a difference, too.
 * @param path the folder's path within the folder of goldens
 * @param files by their paths within `path`
 * @throws AssertionError with a unified diff of every file that differs
 */
export function assertGoldens(path: string, files: ReadonlyMap<string, string>, options: GoldenOptions = {}): void {
  const rendered = new Map([...files].map(([name, text]) => [`${path}/${name}`, text]));
  const present = filesBelow(options.folder ?? folderOfGoldens, path);
  settle([...new Set([...rendered.keys(), ...present])].sort(), rendered, options);
}

function settle(paths: readonly string[], rendered: ReadonlyMap<string, string>, options: GoldenOptions): void {
  const { folder = folderOfGoldens, update = process.env["UPDATE_GOLDENS"] === "1", say = console.error } = options;
  const differences = paths.flatMap((path) => {
    const file = join(folder, path);
    const expected = existsSync(file) ? readFileSync(file, "utf8").replaceAll("\r\n", "\n") : undefined;
    const actual = rendered.get(path);
    if (expected === actual) return [];
    if (update) write(file, actual);
    return [{ path, patch: difference(path, expected, actual) }];
  });
  if (update) {
    for (const { path } of differences) say(`golden ${rendered.has(path) ? "written" : "deleted"}: ${path}`);
    return;
  }
  if (differences.length > 0) {
    assert.fail(`${differences.map(({ patch }) => patch).join("\n")}\n${howToUpdate}`);
  }
}

function write(file: string, text: string | undefined): void {
  if (text === undefined) {
    rmSync(file);
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function difference(path: string, expected: string | undefined, actual: string | undefined): string {
  const before = expected === undefined ? "/dev/null" : `tests/golden/${path}`;
  const after = actual === undefined ? "/dev/null" : `${path} as it is rendered now`;
  const headerOptions = { includeIndex: false, includeUnderline: false, includeFileHeaders: true };
  const options = { context: 3, headerOptions };
  return createTwoFilesPatch(before, after, expected ?? "", actual ?? "", undefined, undefined, options);
}

function filesBelow(folder: string, path: string): string[] {
  const start = join(folder, path);
  if (!existsSync(start)) return [];
  return readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
}
