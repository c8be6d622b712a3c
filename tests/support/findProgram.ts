/** Where programs are on this machine. */
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** The path of a program on the PATH. */
export function onPath(program: string): string | undefined {
  const folders = (setting("PATH") ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, program)).find(isProgram);
}

/** Whether a path is a file that this user may execute. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** An environment variable; an empty one counts as not set, as in a shell's `${NAME:-default}`. */
export function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === "" ? undefined : value;
}

/**
 * Looks for prometheus and promtool, which one package brings.
 * @returns both paths, or as `missing` a sentence that names what is not there and what to do
 */
export function findPrometheus(): { prometheus: string; promtool: string } | { missing: string } {
  const [prometheus, promtool] = [onPath("prometheus"), onPath("promtool")];
  if (prometheus === undefined) return { missing: "no prometheus on the PATH: run .ci/install as root" };
  if (promtool === undefined) return { missing: "no promtool on the PATH: run .ci/install as root" };
  return { prometheus, promtool };
}

/** Looks for actionlint, which checks workflows: on the PATH, or where `.ci/install` builds it. */
export function findActionlint(): { actionlint: string } | { missing: string } {
  const cache = setting("XDG_CACHE_HOME") ?? join(homedir(), ".cache");
  const pins = readFileSync(join(__dirname, "../../.ci/actionlint/go.mod"), "utf8");
  const [, version = ""] = /github\.com\/rhysd\/actionlint (v\S+)/.exec(pins) ?? [];
  const built = join(cache, "pulumi-tempo", `actionlint-${version}`, "actionlint");
  const actionlint = onPath("actionlint") ?? (isProgram(built) ? built : undefined);
  if (actionlint === undefined)
    return { missing: "no actionlint on the PATH: run .ci/install, which builds it with Go" };
  return { actionlint };
}
