import { cpSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";

const LEFT = new Set(["node_modules", ".git", "out", ".cache", ".pulumi-state"]);

/** A copy of this project with its packages, since a new stack writes into its stack file. @returns its folder */
export function copyProject(root: string, folder: string): string {
  const copy = join(folder, "copy");
  cpSync(root, copy, { recursive: true, filter: (path) => !LEFT.has(relative(root, path)) });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");
  return copy;
}
