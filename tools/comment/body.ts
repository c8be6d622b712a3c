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
 */
export function mergeBody(existing: string | undefined, parts: readonly string[]): string {
  const merged = partsOf(existing ?? "");
  for (const text of parts) for (const [name, part] of partsOf(text)) merged.set(name, part);
  const body = [MARKER, ...[...merged].sort(([one], [other]) => order(one) - order(other)).map(([, part]) => part)];
  return shortened(body.join("\n\n"));
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
