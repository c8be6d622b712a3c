/** From runs to a report: plain data, which is written as JSON, and the table that people read. */
import { FIGURES, type FigureName, type Figures } from "./figures";
import type { LoadPlan } from "./run";
import { table } from "../lib/table";
import { spreadOf, type Spread } from "../lib/turns";
import type { VariantName } from "./variants";

/** One figure of one variant over all rounds. */
export interface Measured extends Spread {
  readonly runs: readonly number[];
  /** Median through the median of ours; absent where ours has none, or 0. */
  readonly ratio?: number;
}

export interface VariantReport {
  readonly title: string;
  readonly figures: Partial<Record<FigureName, Measured>>;
}

export interface TempoReport {
  /** As Tempo itself says it. */
  readonly version: string;
  readonly processors: number;
  readonly rounds: number;
  readonly seed: number;
  readonly load: LoadPlan;
  readonly variants: Partial<Record<VariantName, VariantReport>>;
}

/** Summarizes the runs of every variant. */
export function summarize(
  runs: Partial<Record<VariantName, readonly Figures[]>>,
  titles: Readonly<Record<string, string>>,
): TempoReport["variants"] {
  const names = Object.keys(runs) as VariantName[];
  const ours = runs.ours && figuresOf(runs.ours, {});
  return Object.fromEntries(
    names.map((name) => [name, { title: titles[name] ?? name, figures: figuresOf(runs[name] ?? [], ours ?? {}) }]),
  );
}

function figuresOf(
  runs: readonly Figures[],
  ours: Partial<Record<FigureName, Measured>>,
): Partial<Record<FigureName, Measured>> {
  const measured: Partial<Record<FigureName, Measured>> = {};
  for (const name of Object.keys(FIGURES) as FigureName[]) {
    const values = runs.flatMap((run) => run[name] ?? []);
    if (values.length === 0) continue;
    const spread = spreadOf(values);
    const base = ours[name]?.median;
    measured[name] = {
      runs: values,
      ...spread,
      ...(base !== undefined && base !== 0 && { ratio: spread.median / base }),
    };
  }
  return measured;
}

/** The table in Markdown: median, and in parentheses the spread of the rounds and the ratio to ours. */
export function renderTempo({ variants }: TempoReport): string {
  const reports = Object.entries(variants);
  const rows = (Object.keys(FIGURES) as FigureName[]).map((name) => {
    const { title, unit } = FIGURES[name];
    const better = "better" in FIGURES[name] ? (FIGURES[name].better === "more" ? " ▲" : " ▼") : "";
    const cells = reports.map(([variant, { figures }]) => cell(figures[name], variant === "ours"));
    return [`${title}${unit === "" ? "" : `, ${unit}`}${better}`, ...cells];
  });
  return table(["", ...reports.map(([, { title }]) => title)], rows);
}

function cell(measured: Measured | undefined, ours: boolean): string {
  if (measured === undefined) return "–";
  const { median, min, max, ratio } = measured;
  const spread = measured.runs.length > 1 ? ` (${short(min)} – ${short(max)})` : "";
  return `${short(median)}${spread}${ours || ratio === undefined ? "" : ` ×${ratio.toPrecision(3)}`}`;
}

/** Three digits, thousands set apart. */
function short(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 3 });
}
