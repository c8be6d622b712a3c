import { fenced } from "../offline/against";

/** How much of it a comment shows, in characters: its end has the counts, and the errors if there are any. */
const LONGEST = 20_000;

/** For a pull request's comment. */
export function renderEngine(stack: string, status: number | null, output: string): string {
  const text = output.trim();
  const shown = text.length > LONGEST ? `… (the log of the run has the beginning)\n${text.slice(-LONGEST)}` : text;
  return [
    `<!-- tempo-preview engine-${stack} -->`,
    `### \`pulumi preview\` of \`${stack}\`${status === 0 ? "" : ": **it fails**"}`,
    `<details><summary>What the engine says</summary>\n\n${fenced("text", shown)}\n\n</details>`,
  ].join("\n\n");
}
