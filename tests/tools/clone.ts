/**
 * The project in a folder of its own, as somebody has it who has just cloned it: committed, installed, and without
 * anything else. There is no network, no home, and no program but node and git.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "../stack/program/stacks";
import { LOADER, resultOf, type Result } from "../support/tool";

/** A folder that the tests of one file share; every clone is in it. */
export class Workshop {
  private readonly folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-clones-"));
  private readonly environment: Readonly<Record<string, string>>;

  /** @param node the Node that runs what is called; default: the running one */
  constructor(node = process.execPath) {
    for (const name of ["bin", "home", "tmp"]) mkdirSync(join(this.folder, name));
    for (const [name, program] of [
      ["node", node],
      ["git", pathOf("git")],
    ] as const) {
      symlinkSync(program, join(this.folder, "bin", name));
    }
    this.environment = {
      PATH: join(this.folder, "bin"),
      HOME: join(this.folder, "home"),
      TMPDIR: this.temporary,
      KUBECONFIG: join(this.folder, "no-such-kubeconfig"),
      // A git without anybody's configuration, that asks nobody for anything.
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
      // Where a network namespace is not allowed, nothing that respects these gets out, either.
      ...Object.fromEntries(["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"].map((name) => [name, closed])),
    };
  }

  /** A path beside the clones. */
  path(name: string): string {
    return join(this.folder, name);
  }

  /** Puts a program on the PATH of every clone; undefined takes it away. */
  program(name: string, text: string | undefined): void {
    const path = join(this.folder, "bin", name);
    if (text === undefined) rmSync(path, { force: true });
    else writeFileSync(path, text, { mode: 0o755 });
  }

  /** Where commands put their temporary files. */
  get temporary(): string {
    return join(this.folder, "tmp");
  }

  /**
   * Makes a clone with one commit.
   * @param edit changes files before the commit
   * @param installed whether it has node_modules; default: yes
   */
  clone(name: string, edit: (clone: Clone) => void = () => undefined, installed = true): Clone {
    const clone = this.copy(name, edit);
    clone.git("init", "--quiet", "--initial-branch=main");
    clone.git("add", "--all");
    clone.git("commit", "--quiet", "--message=The project");
    // After the commit: .gitignore names a folder, and this is a link.
    if (installed) clone.install();
    return clone;
  }

  /** Makes a copy that is in no repository of its own, and not installed. */
  copy(name: string, edit: (clone: Clone) => void = () => undefined): Clone {
    const clone = new Clone(join(this.folder, name), this.environment);
    mkdirSync(clone.folder, { recursive: true });
    for (const file of projectFiles()) {
      mkdirSync(dirname(join(clone.folder, file)), { recursive: true });
      cpSync(join(ROOT, file), join(clone.folder, file));
    }
    edit(clone);
    return clone;
  }

  /** Deletes everything. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class Clone {
  constructor(
    readonly folder: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  path(file: string): string {
    return join(this.folder, file);
  }

  /** Gives it node_modules. */
  install(): void {
    symlinkSync(join(ROOT, "node_modules"), this.path("node_modules"));
  }

  read(file: string): string {
    return readFileSync(this.path(file), "utf8");
  }

  /** Writes a file that has the text of another, or of itself, with some replaced that stand there exactly once. */
  edit(file: string, target: string, replacements: readonly (readonly [from: string, to: string])[]): void {
    let text = this.read(file);
    for (const [from, to] of replacements) {
      const [before, after, ...more] = text.split(from);
      if (before === undefined || after === undefined || more.length > 0) throw new Error(`${file}: no single ${from}`);
      text = before + to + after;
    }
    writeFileSync(this.path(target), text);
  }

  /** Replaces a text in a file that has it exactly once. */
  replace(file: string, from: string, to: string): void {
    this.edit(file, file, [[from, to]]);
  }

  /** What `git status --short` says of the checkout. */
  changes(): string {
    return this.git("status", "--short").replace("?? node_modules\n", "");
  }

  git(...args: string[]): string {
    const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
    return execFileSync("git", [...identity, ...args], { cwd: this.folder, env: this.environment, encoding: "utf8" });
  }

  /** `npm run preview -- ARGS`, without npm. */
  preview(...args: string[]): Promise<Result> {
    return this.previewFrom(".", ...args);
  }

  /** The same, called in a folder below the project's. */
  previewFrom(below: string, ...args: string[]): Promise<Result> {
    const command = [join(this.environment["PATH"] ?? "", "node"), ...LOADER, "tools/preview/index.ts"];
    const [program = "", ...rest] = [...isolation.command, ...command, ...args];
    const child = spawn(program, rest, {
      cwd: this.folder,
      env: { ...this.environment, INIT_CWD: this.path(below) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return resultOf(child);
  }
}

/** A port at which nothing listens. */
const closed = "http://127.0.0.1:9";

/** How the network is cut off, and the command that does it; a container may forbid namespaces. */
export const isolation = ((): { readonly how: string; readonly command: readonly string[] } => {
  for (const flags of [["--net"], ["--map-root-user", "--net"]]) {
    if (spawnSync("unshare", [...flags, "true"]).status !== 0) continue;
    return { how: `unshare ${flags.join(" ")}`, command: [pathOf("unshare"), ...flags] };
  }
  return { how: `proxies at ${closed}, since unshare does not work here`, command: [] };
})();

function pathOf(program: string): string {
  const folders = (process.env["PATH"] ?? "").split(":");
  const found = folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`no ${program} on the PATH`);
  return found;
}

/** Everything that belongs to the project: what git tracks, and what it would. */
function projectFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], { cwd: ROOT, encoding: "utf8" });
  return listed.split("\0").filter((file) => {
    // Tests are no part of what is run; node_modules is listed where it is a link, which no pattern for folders matches.
    const isPart = file !== "" && file !== "node_modules" && !file.startsWith("tests/");
    // A file that was deleted is still tracked.
    return isPart && existsSync(join(ROOT, file));
  });
}
