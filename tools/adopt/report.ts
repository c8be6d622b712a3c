import { formatProblem, type Problem } from "../../lib/problems";
import type { Phase, Step } from "./steps";

/** Everything that is told. */
export interface Report {
  readonly stack: string;
  readonly context: string;
  readonly server: string;
  /** `adopt` there is a plan, `blocked` something stands in its way, `nothing` there is nothing to take over. */
  readonly outcome: "adopt" | "blocked" | "nothing";
  /** What was found, in words. */
  readonly found: Readonly<Record<string, string>>;
  readonly blocks: readonly Problem[];
  readonly notes: readonly string[];
  /** Empty while there is a block. */
  readonly steps: readonly Step[];
}

const TITLES: Readonly<Record<Phase, string>> = {
  prepare: "1. Prepare. Nothing is interrupted",
  switch: "2. Switch. Tempo is down from its second step to its end",
  check: "3. Check",
  tidy: "4. Tidy up",
  undo: "Back, before the switch",
  back: "Back, after the switch",
};

export function exitStatus({ outcome }: Pick<Report, "outcome">): number {
  return outcome === "blocked" ? 1 : 0;
}

export function renderReport(report: Report): string {
  const { stack, context, server, found, blocks, notes } = report;
  const lines = [`The stack ${stack}, and what stands in the context "${context}" (${server}):`, ""];
  const width = Math.max(0, ...Object.keys(found).map(({ length }) => length));
  for (const [what, value] of Object.entries(found)) lines.push(`  ${what.padEnd(width)}  ${value}`);
  if (notes.length > 0) lines.push("", "What will be otherwise:", ...notes.map((note) => `  - ${note}.`));
  switch (report.outcome) {
    case "nothing":
      lines.push("", "There is nothing to take over.");
      break;
    case "blocked":
      lines.push("", "Nothing can be taken over yet:", ...blocks.map((block) => `  - ${formatProblem(block)}`));
      break;
    case "adopt":
      lines.push(...phases(report.steps));
      lines.push("", "Nothing was changed. --write FOLDER writes these steps as scripts, with the old manifests.");
  }
  return lines.join("\n");
}

function phases(steps: readonly Step[]): string[] {
  return Object.entries(TITLES).flatMap(([phase, title]) => {
    const own = steps.filter((step) => step.phase === phase);
    return own.length === 0 ? [] : ["", title, ...own.flatMap(renderStep)];
  });
}

function renderStep({ title, effect, byHand, commands, then }: Step): string[] {
  return [
    "",
    `  * ${title}.`,
    ...(effect === undefined ? [] : [`    Effect: ${effect}.`]),
    ...(byHand === undefined ? [] : [`    ${byHand}`]),
    ...commands.flatMap((command) => command.split("\n").map((line) => `      ${line}`)),
    ...(then === undefined ? [] : [`    ${then}`]),
  ];
}
