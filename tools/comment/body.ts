import { ROOT } from "../../lib/root";
import { fenced } from "../offline/against";
import { readProject, stacksOf } from "../offline/project";

/**
 * The one comment of a pull request. Each part begins with a line `<!-- tempo-preview NAME -->`, as `npm run preview --
 * --markdown` and `npm run preview:engine -- --markdown` print it; a run replaces the parts that it has and keeps the
 * others.
 */
export const MARKER = "<!-- tempo-previews -->";

/** What GitHub and Forgejo take as a comment, in characters; GitHub refuses more than 65,536. */
const LONGEST = 65_000;

const PART = /^<!-- tempo-preview ([\w.-]+) -->$/gm;

/** The parts of a text by their names, each from its own first line on; text before the first one belongs to none. */
export function partsOf(text: string): Map<string, string> {
  const starts = [...text.replaceAll("\r\n", "\n").matchAll(PART)];
  return new Map(
    starts.map((start, index) => {
      const end = starts[index + 1]?.index;
      return [start[1] ?? "", text.replaceAll("\r\n", "\n").slice(start.index, end).trim()];
    }),
  );
}

/**
 * A comment with new parts.
 * @param existing what the comment says now; undefined where there is none
 * @param parts texts of one part each, or of several
 * @param isFork whether a fork's own code has written them: it says what it likes, and has seen no engine
 */
export function mergeBody(existing: string | undefined, parts: readonly string[], isFork = false): string {
  const merged = partsOf(existing ?? "");
  for (const text of parts) {
    for (const [name, part] of partsOf(text)) merged.set(name, isFork ? unverified(name, part) : part);
  }
  if (isFork) for (const name of merged.keys()) if (!isOfFork(name)) merged.delete(name);
  const body = [MARKER, ...[...merged].sort(([one], [other]) => order(one) - order(other)).map(([, part]) => part)];
  return shortened(body.join("\n\n"));
}

/** How much of it is shown, in characters: nothing of a fork's crowds out the rest. */
const LONGEST_UNVERIFIED = 20_000;

/** Whether a fork's run may have a part of this name: the offline preview of a stack that is here. */
export function isOfFork(name: string): boolean {
  return stacksOf(readProject(ROOT)).includes(name);
}

/** In a fence, where no mark of it counts: no heading, no link, no name that is notified. */
function unverified(name: string, part: string): string {
  const text = part.replace(PART, "").trim();
  const shown =
    text.length > LONGEST_UNVERIFIED ? `${text.slice(0, LONGEST_UNVERIFIED)} … (the log has the rest)` : text;
  return [
    `<!-- tempo-preview ${name} -->`,
    `### What the fork's own run says of \`${name}\``,
    "It was written by the code of this pull request, and nobody has checked it.",
    `<details><summary>Its offline preview</summary>\n\n${fenced("text", shown)}\n\n</details>`,
  ].join("\n\n");
}

/** Production first, and what the engine says last. */
function order(name: string): number {
  return name === "prod" ? 0 : name.startsWith("engine") ? 2 : 1;
}

function shortened(text: string): string {
  if (text.length <= LONGEST) return text;
  const note = "\n\n… (too long for a comment; the log of the run has all of it)";
  // A fence or a fold that is cut open would take the note in.
  return `${text.slice(0, LONGEST - note.length - 100)}\n\`\`\`\`\`\`\n</details>${note}`;
}
