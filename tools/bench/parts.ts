import { onPath } from "./onPath";
import { measureCli, renderCli, type CliReport } from "./program/cli";
import { measureGrowth, renderGrowth, type GrowthReport } from "./program/growth";
import { measureProgram, renderProgram, type ProgramReport } from "./program/part";
import { measureTempo, renderTempo, tempoOnPath, type TempoReport } from "./tempo";

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
  /** What the machine lacks, in a sentence; undefined when it has everything. */
  readonly missing?: () => string | undefined;
  readonly measure: (settings: Settings) => Promise<Report>;
  readonly render: (report: Report) => string;
}

const program: Part<ProgramReport> = {
  title: "The program",
  measure: ({ root, turns, tell }) => measureProgram(root, turns, tell),
  render: renderProgram,
};

const growth: Part<GrowthReport> = {
  title: "Growth",
  measure: ({ root, turns, tell }) => measureGrowth(root, turns, tell),
  render: renderGrowth,
};

const cli: Part<CliReport> = {
  title: "Whole previews",
  missing: () => (onPath("pulumi") === undefined ? "no pulumi on the PATH." : undefined),
  measure: ({ root, turns, tell, chart }) => measureCli(root, onPath("pulumi") ?? "", turns, tell, chart),
  render: renderCli,
};

const tempo: Part<TempoReport> = {
  title: "Tempo",
  missing: () => (tempoOnPath() === undefined ? "no tempo on the PATH." : undefined),
  measure: ({ rounds, quick, tell }) => measureTempo({ rounds, quick, tell }),
  render: renderTempo,
};

/** What can be measured, in the order in which it is. */
export const PARTS = { program, growth, cli, tempo } as const;

export type PartName = keyof typeof PARTS;
