/**
 * Tempo under our configuration, under the chart's defaults and as it is deployed today: the same binary and the same
 * load, in turns.
 */
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { ROOT } from "../../lib/root";
import { readStackConfig, settingsOf } from "../../tools/offline/project";
import { onPath } from "../../tools/lib/onPath";
import type { Figures } from "./figures";
import { summarize, type TempoReport } from "./report";
import { measureOnce, type LoadPlan } from "./run";
import { VARIANT_NAMES, variants, type Variant, type VariantName } from "./variants";

export { renderTempo, type TempoReport } from "./report";
export { VARIANT_NAMES, WITHOUT_NAMES, type VariantName } from "./variants";

export interface TempoOptions {
  readonly rounds: number;
  /** A fraction of the load: to see that it works, not for figures. */
  readonly quick?: boolean;
  readonly seed?: number;
  readonly only?: readonly VariantName[];
  readonly tell: (text: string) => void;
}

const FULL: LoadPlan = {
  steady: { rate: 400, seconds: 45 },
  light: { rate: 100, seconds: 24 },
  most: { traces: 12_000 },
  idleSeconds: 30,
  probes: 30,
};
const QUICK: LoadPlan = {
  steady: { rate: 200, seconds: 8 },
  light: { rate: 50, seconds: 6 },
  most: { traces: 2_000 },
  idleSeconds: 5,
  probes: 8,
};

/** Measures all variants in turns. @throws Error when there is no Tempo on the PATH */
export async function measureTempo(options: TempoOptions): Promise<TempoReport> {
  const { rounds, seed = 1, quick = false, only = VARIANT_NAMES, tell } = options;
  const program = onPath("tempo");
  if (program === undefined) throw new Error("no tempo on the PATH. Install one, or leave this part out");
  const all = variants(settingsOf(readStackConfig(ROOT, "prod")));
  const load = quick ? QUICK : FULL;
  const runs: Partial<Record<VariantName, Figures[]>> = {};
  const cleaners = new Set<() => void>();
  const clean = (): void => {
    for (const each of cleaners) each();
  };
  process.once("exit", clean);
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const name of only) {
        const figures = await measureOnce({
          program,
          variant: all[name],
          plan: load,
          seed: seed * 1_000 + round * 10,
          tell: (text) => {
            tell(`round ${round} of ${rounds}, ${all[name].title}: ${text}`);
          },
          onEnd: (each) => cleaners.add(each),
        });
        (runs[name] ??= []).push(figures);
        clean();
        cleaners.clear();
      }
    }
  } finally {
    process.off("exit", clean);
    clean();
  }
  const titles = Object.fromEntries(Object.values(all).map(({ name, title }: Variant) => [name, title]));
  return {
    version: versionOf(program),
    processors: availableParallelism(),
    rounds,
    seed,
    load,
    variants: summarize(runs, titles),
  };
}

function versionOf(program: string): string {
  const text = execFileSync(program, ["-version"], { encoding: "utf8" });
  return /version (\S+)/.exec(text)?.[1] ?? text.trim();
}
