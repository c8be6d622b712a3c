import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { checkOut, fileAt, filesAt, type Checkout, type Ref } from "./git";

/**
 * The packages with which a commit's program is rendered: those of its own lock file. With this checkout's, an update of a
 * dependency would be on both sides, and no difference.
 */

/** A lock file by its path within the work tree, with line feeds alone. */
interface Lock {
  readonly path: string;
  readonly text: string;
}

/** What installs exactly what a lock file says. Scripts of packages are not run: none is needed, and they are old code. */
const MANAGERS: Readonly<Record<string, (lock: string) => readonly [program: string, ...args: string[]]>> = {
  "package-lock.json": () => NPM,
  "npm-shrinkwrap.json": () => NPM,
  "pnpm-lock.yaml": () => ["pnpm", "install", "--frozen-lockfile", "--ignore-scripts"],
  "yarn.lock": (lock) =>
    // Since its version 2.
    lock.includes("\n__metadata:")
      ? ["yarn", "install", "--immutable", "--mode=skip-build"]
      : ["yarn", "install", "--frozen-lockfile", "--ignore-scripts"],
  "bun.lock": () => ["bun", "install", "--frozen-lockfile", "--ignore-scripts"],
};
const NPM = [
  ...(["npm", "ci", "--ignore-scripts", "--include=dev", "--prefer-offline"] as const),
  ...["--no-audit", "--no-fund", "--loglevel=error"],
  // By itself npm waits more than a minute for a registry that is not there.
  ...["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"],
] as const;

/** What else a package manager reads. */
const READ =
  /(?:^|\/)(?:package\.json|\.npmrc|\.yarnrc(?:\.yml)?|pnpm-workspace\.yaml|\.pnpmfile\.c?js|[^/]*\.tgz|\.yarn\/.*|patches\/.*)$/;

/** Installations that are kept. */
const KEPT = 3;
/** A slow registry, in ms. */
const LONGEST_INSTALL = 10 * 60_000;

/**
 * Gives a commit's files in a folder the packages of their lock file: this checkout's where both have the same lock
 * file, or the commit has none; else they are installed, once for each lock file, into `.cache/packages`.
 * @param tree has the work tree's files
 * @throws Error when they differ and cannot be installed, or this checkout's are not what its package.json says
 */
export function linkPackages(ref: Ref, checkout: Checkout, tree: string): void {
  const now = lockOf(checkout, (path) => readText(join(checkout.top, path)));
  requireInstalled(checkout);
  const then = lockOf(checkout, (path) => fileAt(ref.commit, checkout, path));
  const own = then && (then.path !== now?.path || then.text !== now.text) ? install(ref, then, checkout) : checkout.top;
  for (const [folder, packages] of packageFolders(checkout, own)) {
    // Above the work tree there is one folder more, in which the tree is.
    symlinkSync(packages, join(folder === undefined ? dirname(tree) : join(tree, folder), "node_modules"), "junction");
  }
}

/** Where Node looks for packages of the project, from its folder up: folders of the work tree, and the first one above it. */
function packageFolders({ prefix, top }: Checkout, own: string): [folder: string | undefined, packages: string][] {
  const within = upwards(prefix).map((folder) => [folder, join(own, folder, "node_modules")] as [string, string]);
  const found: [string | undefined, string][] = within.filter(([, packages]) => existsSync(packages));
  for (let above = dirname(top); own === top && above !== dirname(above); above = dirname(above)) {
    const packages = join(above, "node_modules");
    if (existsSync(packages)) return [...found, [undefined, packages]];
  }
  return found;
}

/** A folder of the work tree and all above it, up to the top, which is an empty text. */
function upwards(prefix: string): string[] {
  const parts = prefix.split("/").filter(Boolean);
  return [...parts.keys(), parts.length].reverse().map((length) => parts.slice(0, length).join("/"));
}

/** The lock file by which the project's packages are installed: where they are, or in the next folder above. */
function lockOf({ prefix, top }: Checkout, read: (path: string) => string | undefined): Lock | undefined {
  const folders = upwards(prefix);
  // A workspace's packages are in a folder above it, and a lock file of its own is not read.
  const hoisted = folders.findIndex((folder) => existsSync(join(top, folder, "node_modules", "@pulumi", "pulumi")));
  const nearest = [...folders.slice(Math.max(hoisted, 0)), ...folders.slice(0, Math.max(hoisted, 0)).reverse()];
  for (const folder of nearest) {
    for (const name of Object.keys(MANAGERS)) {
      const path = folder === "" ? name : `${folder}/${name}`;
      const text = read(path);
      if (text !== undefined) return { path, text: text.replaceAll("\r\n", "\n").trimEnd() };
    }
  }
  return undefined;
}

function readText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** A checkout that was changed and not installed anew would be rendered with old packages. */
function requireInstalled({ root, prefix, top }: Checkout): void {
  const { dependencies = {} } = JSON.parse(readText(join(root, "package.json")) ?? "{}") as {
    dependencies?: Readonly<Record<string, string>>;
  };
  for (const [name, wanted] of Object.entries(dependencies)) {
    const manifest = upwards(prefix)
      .map((folder) => readText(join(top, folder, "node_modules", name, "package.json")))
      .find((text) => text !== undefined);
    // Some are published with a v, which npm leaves out.
    const version = ((JSON.parse(manifest ?? "{}") as { version?: string }).version ?? wanted).replace(/^v/, "");
    // A range does not say what is to be installed.
    if (version === wanted || !/^\d+\.\d+\.\d+/.test(wanted)) continue;
    throw new Error(`--against: ${name} ${version} is installed, and package.json says ${wanted}. Install it first.`);
  }
}

/** @returns the folder that stands for the work tree's */
function install({ name, commit }: Ref, { path, text }: Lock, checkout: Checkout): string {
  const key = [process.platform, process.arch, path, text].join("\0");
  const cache = join(checkout.root, ".cache", "packages");
  const folder = join(cache, createHash("sha256").update(key).digest("hex").slice(0, 16));
  if (!existsSync(folder)) {
    const what = `the packages of ${path} at ${commit.slice(0, 12)}, which are not this checkout's`;
    console.error(`Installing ${what}, for the comparison with ${name}: once, into ${folder}.`);
    // Another run may be at it, too.
    const draft = `${folder}.${process.pid}`;
    try {
      mkdirSync(draft, { recursive: true });
      const above = dirname(path) === "." ? "" : `${dirname(path)}/`;
      const files = filesAt(commit, checkout, above).filter((file) => file === path || READ.test(file));
      checkOut(commit, checkout, files, draft);
      const why = runManager(MANAGERS[basename(path)]?.(text) ?? NPM, join(draft, above));
      if (why !== undefined) throw new Error(`--against ${name}: it needs ${what}. ${why}`);
      if (!existsSync(folder)) renameSync(draft, folder);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  }
  utimesSync(folder, new Date(), new Date());
  removeOldest(cache);
  return folder;
}

/** @returns why it failed, in sentences */
function runManager([program, ...args]: readonly [string, ...string[]], cwd: string): string | undefined {
  // npm and pnpm say where they are to what they start; on Windows their command is a script of the shell.
  const path = process.env["npm_execpath"] ?? "";
  const own = basename(path).startsWith(program) && /\.c?js$/.test(path);
  const [command, ...words] = own ? [process.execPath, path, ...args] : [program, ...args];
  const { error, status, stdout, stderr } = spawnSync(command, words, {
    cwd,
    encoding: "utf8",
    timeout: LONGEST_INSTALL,
    shell: !own && process.platform === "win32",
    // Packages in folders, and not in yarn's archives.
    env: { ...process.env, YARN_NODE_LINKER: "node-modules" },
  });
  if (error && "code" in error && error.code === "ENOENT") {
    return `${program}, which installs them, is not on the PATH. Install it, or name a ref with the same lock file.`;
  }
  if (!error && status === 0) return undefined;
  const said = `${stderr}\n${stdout}`.trim();
  const [line = error?.message ?? `status ${status}`] = said.split("\n").filter((text) => /\berr/i.test(text));
  const isOffline =
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|META_FETCH_FAIL/.test(said);
  return isOffline || error
    ? `The registry is not reachable (${program}: ${line.trim()}). Run it once where it is: what is installed is kept.`
    : `${program} fails: ${said.split("\n").slice(0, 5).join("\n")}`;
}

/** Each is as large as this checkout's packages. */
function removeOldest(cache: string): void {
  const age = (name: string): number => statSync(join(cache, name)).mtimeMs;
  const done = readdirSync(cache).filter((name) => !name.includes("."));
  for (const name of done.sort((a, b) => age(b) - age(a)).slice(KEPT)) {
    rmSync(join(cache, name), { recursive: true, force: true });
  }
}
