import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readStackConfig } from "../../tools/offline/project";
import { planStack } from "../../tools/offline/run";
import { shown, table } from "../lib/table";
import { inTurns, type Measured } from "../lib/turns";
import { grown, type Size } from "./grown";

/** Services as the issue of every homelab has them, of a hundred homelabs, and beyond; namespaces likewise. */
const SIZES: readonly Size[] = [
  { services: 4, namespaces: 1 },
  { services: 40, namespaces: 1 },
  { services: 400, namespaces: 1 },
  { services: 4, namespaces: 5 },
  { services: 4, namespaces: 20 },
];

export interface GrowthReport {
  readonly sizes: readonly (Size & {
    readonly resources: number;
    /** KiB of the inputs of all resources, as JSON. */
    readonly sent: number;
    readonly measured: Measured;
  })[];
}

export async function measureGrowth(root: string, turns: number, tell: (text: string) => void): Promise<GrowthReport> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-bench-"));
  try {
    tell("a stack that grows");
    const config = readStackConfig(root, "prod");
    const stacks = SIZES.map((size) => grown(config, size));
    const commands = stacks.map((stack, index) => {
      const file = join(folder, `${index}.json`);
      writeFileSync(file, JSON.stringify(stack));
      const args = ["--require", "./tools/loader.cjs", join(__dirname, "plan.ts"), file];
      return { name: String(index), cwd: root, args };
    });
    const measured = await inTurns(commands, turns);
    const sizes: GrowthReport["sizes"][number][] = [];
    for (const [index, size] of SIZES.entries()) {
      const [stack, one] = [stacks[index], measured[index]];
      if (!stack || !one) continue;
      const { resources } = await planStack(stack);
      sizes.push({
        ...size,
        resources: resources.length,
        sent: JSON.stringify(resources).length / 1_024,
        measured: one,
      });
    }
    return { sizes };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function renderGrowth({ sizes }: GrowthReport): string {
  return table(
    ["services", "namespaces with an SDK", "resources", "sent, KiB", "CPU, ms", "memory, MiB"],
    sizes.map(({ services, namespaces, resources, sent, measured: { cpu, memory } }) => [
      String(services),
      String(namespaces),
      String(resources),
      sent.toFixed(0),
      cpu ? shown(cpu) : "",
      memory ? shown(memory) : "",
    ]),
  );
}
