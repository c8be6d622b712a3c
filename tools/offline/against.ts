import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTwoFilesPatch } from "diff";
import { readFiles, type RenderedFiles } from "./files";
import { checkOut, filesAt, type Checkout, type Ref } from "./git";
import { linkPackages } from "./packages";
import { readProject, stacksOf } from "./project";
import { compareResources } from "./resources";

/** What a change does to everything that is rendered. */
export interface Difference {
  /** The ref that was compared with, and the commit in which this checkout left it. */
  readonly ref: string;
  readonly commit: string;
  readonly files: readonly FileDifference[];
  /** What comes, goes or loses its protection, in sentences. */
  readonly resources: readonly string[];
}

export interface FileDifference {
  readonly path: string;
  readonly change: "added" | "removed" | "changed";
  /** Unified diff. */
  readonly patch: string;
}

/** Exit status of a preview that rendered everything, although a policy does not hold. */
export const VIOLATION_STATUS = 3;

/**
 * Renders a stack as it is at a commit, with its own program, tools and packages, in a folder outside the checkout.
 * @throws Error when its program fails on its own configuration, or its packages cannot be had
 */
export function renderAt(ref: Ref, stack: string, checkout: Checkout): RenderedFiles {
  const { name, commit } = ref;
  const { prefix } = checkout;
  const files = filesAt(commit, checkout, prefix);
  const folder = mkdtempSync(join(tmpdir(), "tempo-preview-"));
  try {
    const tree = join(folder, "tree");
    mkdirSync(tree);
    checkOut(commit, checkout, files, tree);
    const project = join(tree, prefix);
    const words = wordsOfPreview(project);
    // A ref from before the offline preview, or before the stack, rendered nothing.
    if (!words || !stacksOf(readProject(project)).includes(stack)) return new Map();
    linkPackages(ref, checkout, tree);
    const out = join(folder, "out");
    const run = spawnSync(process.execPath, [...words, "--stack", stack, "--out", out], {
      cwd: project,
      encoding: "utf8",
    });
    if (run.status !== 0 && run.status !== VIOLATION_STATUS)
      throw new Error(`The preview of ${name} (${commit.slice(0, 12)}) fails:\n${run.stderr.trim()}`);
    return readFiles(out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What follows `node` in that ref's own `npm run preview`: how a preview is started has changed before. */
function wordsOfPreview(project: string): string[] | undefined {
  const manifest = join(project, "package.json");
  if (!existsSync(manifest)) return undefined;
  const { scripts } = JSON.parse(readFileSync(manifest, "utf8")) as { scripts?: { preview?: string } };
  return scripts?.preview?.split(" ").slice(1);
}

export function compareFiles({ name, commit }: Ref, before: RenderedFiles, after: RenderedFiles): Difference {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  const files = paths.flatMap((path): FileDifference[] => {
    const old = before.get(path);
    const now = after.get(path);
    if (old === now) return [];
    const change = old === undefined ? "added" : now === undefined ? "removed" : "changed";
    const patch = createTwoFilesPatch(
      old === undefined ? "/dev/null" : `a/${path}`,
      now === undefined ? "/dev/null" : `b/${path}`,
      old ?? "",
      now ?? "",
      undefined,
      undefined,
      { context: 3, headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true } },
    );
    return [{ path, change, patch: patch.replace(/\t$/gm, "") }];
  });
  return { ref: name, commit, files, resources: compareResources(before, after) };
}

/** For people, on a terminal. */
export function renderDifference({ ref, commit, files, resources }: Difference): string {
  const title = `Against ${ref} (${commit.slice(0, 12)}): ${summary(files)}`;
  // Without Markdown's marks.
  const sentences = resources.map((sentence) => `  ${sentence.replaceAll(/\*\*|`/g, "")}`);
  return [[title, ...sentences].join("\n"), ...files.map(({ patch }) => patch.trimEnd())].join("\n\n");
}

/** GitHub and Forgejo refuse comments above 65,536 characters; the rest is named and left out. */
const LONGEST_COMMENT = 60_000;

/**
 * For a pull request's comment. The first line is a marker by which `npm run comment` knows the part of a stack.
 * @param notes what the preview says besides, such as policies that do not hold
 */
export function renderMarkdown(
  stack: string,
  { ref, commit, files, resources }: Difference,
  notes: readonly string[] = [],
): string {
  let room = LONGEST_COMMENT;
  const sections = files.map(({ path, change, patch }) => {
    const full = `<details><summary><code>${path}</code> ${change}</summary>\n\n${fenced("diff", patch.trimEnd())}\n\n</details>`;
    if (full.length > room) return `- \`${path}\` ${change} (too long to show here)`;
    room -= full.length;
    return full;
  });
  return [
    markerOf(stack),
    `### Offline preview of \`${stack}\` against \`${ref}\` (${commit.slice(0, 12)})`,
    ...notes,
    summary(files),
    ...(resources.length > 0 ? [resources.map((sentence) => `- ${sentence}`).join("\n")] : []),
    ...sections,
  ].join("\n\n");
}

/** The part of a stack whose preview fails. */
export function renderFailure(stack: string, reason: string): string {
  return [markerOf(stack), `### The offline preview of \`${stack}\` fails`, fenced("text", reason)].join("\n\n");
}

function markerOf(stack: string): string {
  return `<!-- tempo-preview ${stack} -->`;
}

/** A fenced block of Markdown, with a fence that the text does not have. */
export function fenced(language: string, text: string): string {
  const fence = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
  return `${fence}${language}\n${text}\n${fence}`;
}

function summary(files: readonly FileDifference[]): string {
  if (files.length === 0) return "nothing that is rendered changes.";
  const count = (change: FileDifference["change"]): string[] => {
    const number = files.filter((file) => file.change === change).length;
    return number > 0 ? [`${number} ${change}`] : [];
  };
  const parts = [...count("added"), ...count("changed"), ...count("removed")];
  return `${files.length} ${files.length === 1 ? "file" : "files"} of what is rendered: ${parts.join(", ")}.`;
}
