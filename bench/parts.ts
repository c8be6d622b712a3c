import { existsSync } from "node:fs";
import { onPath } from "../tools/lib/onPath";
import { measureCli, renderCli, type CliReport } from "./program/cli";
import { measureGrowth, renderGrowth, type GrowthReport } from "./program/growth";
import { measureProgram, renderProgram, type ProgramReport } from "./program/part";
import { measureReady, renderReady, type ReadyReport } from "./ready";
import { measureTempo, renderTempo, VARIANT_NAMES, WITHOUT_NAMES, type TempoReport, type VariantName } from "./tempo";

export interface Settings {
  readonly root: string;
  readonly turns: number;
  readonly rounds: number;
  readonly quick: boolean;
  readonly chart?: string;
  /** The cluster in which Tempo is brought up. */
  readonly context?: string;
  readonly tell: (text: string) => void;
}

interface Part<Report> {
  readonly title: string;
  /** Where its table stands, below docs. */
  readonly document: string;
  /** What the machine lacks, in a sentence; undefined when it has everything. */
  readonly missing?: (settings: Settings) => string | undefined;
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
    missing: () =>
      onPath("tempo") === undefined
        ? "no tempo on the PATH."
        : existsSync("/proc/self/stat")
          ? undefined
          : "there is no /proc here, which tells Tempo's processor time and memory.",
    measure: ({ rounds, quick, tell }) => measureTempo({ rounds, quick, only, tell }),
    render: renderTempo,
  };
}

const ready: Part<ReadyReport> = {
  title: "Time to ready",
  document: "performance.md",
  missing: ({ context }) =>
    onPath("pulumi") === undefined
      ? "no pulumi on the PATH."
      : context === undefined
        ? "no cluster is named. Write --context and one of the kubeconfig's, where two namespaces may be made and deleted."
        : undefined,
  measure: ({ root, rounds, tell, chart, context = "" }) =>
    measureReady({
      root,
      pulumi: onPath("pulumi") ?? "",
      context,
      rounds,
      tell,
      ...(chart !== undefined && { chart }),
    }),
  render: renderReady,
};

const tempo = tempoPart("Tempo", VARIANT_NAMES);
const without = tempoPart("Tempo without some of our settings, one at a time", ["ours", ...WITHOUT_NAMES]);

/** What can be measured, in the order in which it is. */
export const PARTS = { program, growth, cli, ready, tempo, without } as const;

export type PartName = keyof typeof PARTS;
