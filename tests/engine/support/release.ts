/** The program as it was released last: what deployed stacks were made by. */
import { execFileSync } from "node:child_process";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../stack/program/stacks";

/** Until there is a tag: a commit whose stacks are deployed somewhere. */
const FIRST = "b534a6851ecc49e3782ce09db099ffeb06296ad3";

/** Steps that people are told of in CHANGELOG.md since then, with what they may have to do. The next release empties it. */
export const ANNOUNCED: readonly string[] = ["delete collector-receiver"];

const git = (...args: string[]): string =>
  execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: "pipe", maxBuffer: 2 ** 28 }).trim();

/**
 * Looks for the newest tag of a version before this commit, else for {@link FIRST}.
 * @returns the commit, or as `missing` a sentence that says why there is none
 */
export function findRelease(): { release: string } | { missing: string } {
  for (const release of [newestTag(), FIRST]) {
    if (release !== undefined && hasCommit(release)) return { release };
  }
  return { missing: `the last release, ${FIRST}, is not in this clone: git fetch --unshallow --tags` };
}

function newestTag(): string | undefined {
  try {
    return git("describe", "--tags", "--match=v[0-9]*", "--abbrev=0", "HEAD^");
  } catch {
    return undefined;
  }
}

function hasCommit(name: string): boolean {
  try {
    git("cat-file", "-e", `${name}^{commit}`);
    return true;
  } catch {
    return false;
  }
}

/** Writes the files of a commit into a folder, as a project with the packages of this one. */
export function checkOut(commit: string, folder: string): void {
  const archive = join(folder, "archive.tar");
  git("archive", `--output=${archive}`, commit);
  execFileSync("tar", ["-xf", archive], { cwd: folder });
  rmSync(archive);
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
}
