import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";

/** A project's place in its repository. */
export interface Checkout {
  /** The project's folder. */
  readonly root: string;
  /** Its path within the work tree: empty, or with a slash at its end. */
  readonly prefix: string;
  /** The work tree's folder. */
  readonly top: string;
}

/** The commit that a checkout is compared with. */
export interface Ref {
  readonly name: string;
  /** The merge base of the ref and what is checked out. */
  readonly commit: string;
}

/** Bytes that git may print: the names of all files of a large repository. */
const LARGEST = 256 * 1024 * 1024;

/** @throws Error with git's own reason, such as that there is no repository. */
export function findCheckout(root: string): Checkout {
  const prefix = git(root, ["rev-parse", "--show-prefix"]);
  return {
    root,
    prefix,
    top: resolve(
      root,
      ...prefix
        .split("/")
        .filter(Boolean)
        .map(() => ".."),
    ),
  };
}

/**
 * Looks up where what is checked out left a ref: what came to the ref since is no change of this checkout's.
 * @throws Error when git knows no such ref, or no commit that both have
 */
export function resolveRef(name: string, { root }: Checkout): Ref {
  const lookUp = (revision: string): string =>
    git(root, ["rev-parse", "--verify", "--end-of-options", `${revision}^{commit}`]);
  let commit: string;
  try {
    commit = lookUp(name);
  } catch {
    throw new Error(
      `--against ${name}: git knows no such commit here. Fetch it first, or name a branch, tag or commit.`,
    );
  }
  try {
    return { name, commit: git(root, ["merge-base", commit, lookUp("HEAD")]) };
  } catch {
    const isShallow = git(root, ["rev-parse", "--is-shallow-repository"]) === "true";
    throw new Error(
      `--against ${name}: it has no commit in common with what is checked out${
        isShallow
          ? ", as far as this shallow clone goes. Run `git fetch --unshallow`, or give the workflow's checkout `fetch-depth: 0`."
          : ". Name a ref of the same history."
      }`,
    );
  }
}

/** Names of the files of a commit below a folder, by their paths within the work tree. */
export function filesAt(commit: string, { root, top }: Checkout, folder: string): string[] {
  const below = folder === "" ? [] : ["--", folder];
  const listed = git(root, ["ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, ...below], { cwd: top });
  return listed.split("\0").filter(Boolean);
}

/** A file's text in a commit, without its last line's end; undefined where it is not. */
export function fileAt(commit: string, { root }: Checkout, path: string): string | undefined {
  try {
    return git(root, ["cat-file", "blob", `${commit}:${path}`]);
  } catch {
    return undefined;
  }
}

/**
 * Writes files of a commit into a folder, as they are in the repository: without the line ends of Windows.
 * The work tree, the index and git's list of work trees are left alone.
 * @param folder gets them by their paths within the work tree
 */
export function checkOut(commit: string, { root, top }: Checkout, files: readonly string[], folder: string): void {
  const environment = { GIT_INDEX_FILE: join(folder, ".index") };
  git(root, ["read-tree", commit], { environment });
  git(root, ["-c", "core.autocrlf=false", "checkout-index", "-z", "--stdin", `--prefix=${folder}/`], {
    cwd: top,
    environment,
    input: files.map((file) => `${file}\0`).join(""),
  });
}

/** What a git command prints, without the last line's end. @throws Error with git's own reason */
function git(
  root: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly environment?: NodeJS.ProcessEnv; readonly input?: string } = {},
): string {
  const { cwd = root, environment = {}, input = "" } = options;
  const env = { ...repositoryOf(root), ...environment };
  const { error, status, stdout, stderr } = spawnSync("git", args, {
    cwd,
    input,
    encoding: "utf8",
    maxBuffer: LARGEST,
    env,
  });
  if (error || status !== 0) throw new Error(`--against needs git: ${error?.message ?? stderr.trim()}`);
  return stdout.replace(/\n$/, "");
}

/**
 * The environment in which git finds the repository from any folder. In a hook GIT_DIR says where it is, and git takes
 * the folder that it is started in for the top of the work tree, or takes GIT_DIR from there: a project in a folder below
 * the top was then not found, or taken for the top.
 */
function repositoryOf(root: string): NodeJS.ProcessEnv {
  const { GIT_DIR: given, GIT_WORK_TREE: tree, ...rest } = process.env;
  if (given === undefined) return process.env;
  const here = rest["INIT_CWD"] ?? process.cwd();
  const folder = resolve(here, given);
  const ask = (question: string, cwd: string, env: NodeJS.ProcessEnv): string =>
    spawnSync("git", ["rev-parse", question], { cwd, env, encoding: "utf8" }).stdout.trim();
  const isFound = !existsSync(folder) || ask("--absolute-git-dir", root, rest) === realpathSync(folder);
  if (tree === undefined && isFound) return rest;
  // A repository apart from its work tree.
  return { ...rest, GIT_DIR: folder, GIT_WORK_TREE: resolve(here, tree ?? ask("--show-toplevel", here, process.env)) };
}
