import { ROOT } from "../../lib/root";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { shown, table } from "../lib/table";
import { runOnce, spreadOf, type Command, type Spread } from "../lib/turns";

/** A CPU profile as V8 writes it. */
export interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** On whose behalf Node works, by the path of the nearest file on the stack; the first that fits. */
const OWNERS: readonly (readonly [owner: string, path: RegExp])[] = [
  ["the loader: our files read, translated and compiled", /^tools\/loader|node_modules\/(?:tsx|esbuild)\//],
  ["providers' SDKs", /node_modules\/@(?:pulumi\/(?!pulumi\/)|pulumiverse\/)/],
  ["Grafana's dashboard builders", /node_modules\/@grafana\//],
  ["zod: rules of the settings", /node_modules\/zod\//],
  ["yaml", /node_modules\/yaml\//],
  ["Prometheus' grammar, for a policy", /node_modules\/@(?:lezer|prometheus-io)\//],
  ["Pulumi's SDK, and what it brings", /node_modules\//],
  ["our dashboards, alerts and data sources", /^(?:components\/grafana|grafana)\//],
  ["our policies", /^policy\//],
  ["the offline preview's own files", /^tools\//],
  ["our settings, components and checks", /^[^/]/],
];
const HOOK = join(ROOT, "tools/loader/late.cjs");
const COLLECTOR = "garbage collection";
const NODE = "Node: its start, and what nobody here asks for";

/** Milliseconds by owner. */
export function byOwner(profile: Profile, root: string): Map<string, number> {
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const owners = new Map<number, string | undefined>();
  const ownerOf = (id: number | undefined): string | undefined => {
    if (id === undefined) return NODE;
    if (owners.has(id)) return owners.get(id);
    const { functionName = "", url = "" } = frames.get(id) ?? {};
    const own =
      functionName === "(idle)"
        ? undefined
        : functionName === "(garbage collector)"
          ? COLLECTOR
          : ownerOfFile(url, root);
    const owner = functionName === "(idle)" ? undefined : (own ?? ownerOf(parents.get(id)));
    owners.set(id, owner);
    return owner;
  };
  const sums = new Map<string, number>();
  for (const [index, sample] of profile.samples.entries()) {
    const owner = ownerOf(sample);
    if (owner !== undefined) sums.set(owner, (sums.get(owner) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1_000);
  }
  return sums;
}

function ownerOfFile(url: string, root: string): string | undefined {
  const file = url.startsWith("file:") ? fileURLToPath(url) : url;
  if (!file.startsWith(sep) && !/^[a-z]:\\/i.test(file)) return undefined;
  // On the stack of everything that is loaded.
  if (file === HOOK) return undefined;
  const path = (file.startsWith(`${root}${sep}`) ? file.slice(root.length + 1) : file).replaceAll("\\", "/");
  return OWNERS.find(([, pattern]) => pattern.test(path))?.[0];
}

/** Where the time of a command goes, by owner, in ms: medians over some runs. */
export type WhereReport = Readonly<Record<string, Spread>>;

export async function measureWhere(command: Command, root: string, runs: number): Promise<WhereReport> {
  const all: Map<string, number>[] = [];
  for (let run = 0; run < runs; run++) {
    const folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-bench-"));
    try {
      const flags = ["--cpu-prof", `--cpu-prof-dir=${folder}`, "--cpu-prof-interval=500"];
      await runOnce({ ...command, args: [...flags, ...command.args] });
      const profiles = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
      // Threads have one of their own; the program's is the longest.
      const [longest = "{}"] = profiles.sort((one, other) => other.length - one.length);
      all.push(byOwner(JSON.parse(longest) as Profile, root));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const names = new Set(all.flatMap((each) => [...each.keys()]));
  const spreads = [...names].map((name) => [name, spreadOf(all.map((each) => each.get(name) ?? 0))] as const);
  return Object.fromEntries(spreads.sort(([, one], [, other]) => other.median - one.median));
}

export function renderWhere(reports: Readonly<Record<string, WhereReport>>): string {
  const titles = Object.keys(reports);
  const owners = [...new Set(Object.values(reports).flatMap((report) => Object.keys(report)))];
  const rows = owners.map((owner) => [
    owner,
    ...titles.map((title) => {
      const spread = reports[title]?.[owner];
      return spread ? shown(spread) : "";
    }),
  ]);
  return table(["", ...titles], rows);
}
