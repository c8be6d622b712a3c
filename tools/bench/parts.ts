import { onPath } from "../onPath";
import { measureCli, renderCli, type CliReport } from "./program/cli";
import { measureGrowth, renderGrowth, type GrowthReport } from "./program/growth";
import { measureProgram, renderProgram, type ProgramReport } from "./program/part";
import { measureTempo, renderTempo, VARIANT_NAMES, WITHOUT_NAMES, type TempoReport, type VariantName } from "./tempo";

export interface Settings {
  readonly root: string;
  readonly turns: number;
  readonly rounds: number;
  readonly quick: boolean;
  readonly chart?: string;
  readonly tell: (text: string) => void;
}

interface Part<Report> {
  readonly title: string;
  /** Where its table stands, below docs. */
  readonly document: string;
  /** What the machine lacks, in a sentence; undefined when it has everything. */
  readonly missing?: () => string | undefined;
  readonly measure: (settings: Settings) => Promise<Report>;
  readonly render: (report: Report) => string;
}

const program: Part<ProgramReport> = {
  title: "The program",
  document: "performance.md",
  measure: ({ root, turns, tell }) => measureProgram(root, turns, tell),
  render: renderProgram,
};

const growth: Part<GrowthReport> = {
  title: "Growth",
  document: "performance.md",
  measure: ({ root, turns, tell }) => measureGrowth(root, turns, tell),
  render: renderGrowth,
};

const cli: Part<CliReport> = {
  title: "Whole previews",
  document: "performance.md",
  missing: () => (onPath("pulumi") === undefined ? "no pulumi on the PATH." : undefined),
  measure: ({ root, turns, tell, chart }) => measureCli(root, onPath("pulumi") ?? "", turns, tell, chart),
  render: renderCli,
};

/** Tempo under some configurations, ours first. */
function tempoPart(title: string, only: readonly VariantName[]): Part<TempoReport> {
  return {
    title,
    document: "performance/tempo.md",
    missing: () => (onPath("tempo") === undefined ? "no tempo on the PATH." : undefined),
    measure: ({ rounds, quick, tell }) => measureTempo({ rounds, quick, only, tell }),
    render: renderTempo,
  };
}

const tempo = tempoPart("Tempo", VARIANT_NAMES);
const without = tempoPart("Tempo without some of our settings, one at a time", ["ours", ...WITHOUT_NAMES]);

/** What can be measured, in the order in which it is. */
export const PARTS = { program, growth, cli, tempo, without } as const;

export type PartName = keyof typeof PARTS;
