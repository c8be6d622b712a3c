import type { Measured, Spread } from "./turns";

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? "---" : "--:"))), ...rows.map(line)].join("\n");
}

/** Median, and from the least to the most. @param digits behind the point */
export function shown({ median, min, max }: Spread, digits = 0): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}

/** Wall time, CPU time and memory of commands, and the ratio of the first two to those of one of them. */
export function commandsTable(
  commands: readonly Measured[],
  ratioTo: (one: Measured) => readonly [wall: Spread, cpu?: Spread],
): string {
  return table(
    ["", "wall, ms", "CPU, ms", "memory, MiB", "ratio of wall", "ratio of CPU"],
    commands.map((one) => {
      const [wall, cpu] = ratioTo(one);
      const optional = (spread: Spread | undefined, digits: number): string => (spread ? shown(spread, digits) : "");
      return [
        one.name,
        shown(one.wall),
        optional(one.cpu, 0),
        optional(one.memory, 0),
        shown(wall, 2),
        optional(cpu, 2),
      ];
    }),
  );
}
