import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readStackConfig } from "../../tools/offline/project";
import { commandsTable } from "../lib/table";
import { inTurns, ratio, type Command, type Measured, type Spread } from "../lib/turns";
import { startEngine } from "./engine";
import { byTsxAlone, edited, emptyPrograms, ours } from "./programs";
import { measureWhere, renderWhere, type WhereReport } from "./where";
import { startWorld } from "./world";

/** What a program takes of a preview, and the offline preview, with what each is compared with. */
export interface ProgramReport {
  /** The program itself first, then those that it is compared with. */
  readonly share: readonly Measured[];
  /** The offline preview first, then the SDK alone. */
  readonly offline: readonly Measured[];
  /** Where the time of each goes, by its name. */
  readonly where: Readonly<Record<string, WhereReport>>;
}

/** Profiles of each command: what they show hardly varies. */
const PROFILES = 5;

export async function measureProgram(
  root: string,
  turns: number,
  tell: (text: string) => void,
): Promise<ProgramReport> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-bench-"));
  const engine = await startEngine();
  const world = await startWorld();
  try {
    tell("the program's own share of a preview");
    const mine = ours(engine.address, root, readStackConfig(root, "prod"), world, folder);
    const [typescript, using, javascript] = emptyPrograms(engine.address, root, folder);
    const share = await inTurns([mine, byTsxAlone(mine), typescript, using, edited(typescript), javascript], turns);
    tell("the offline preview");
    const preview = offlinePreview(root, join(folder, "out"));
    const offline = await inTurns([preview, sdkAlone(root)], turns);
    tell("where the time goes");
    const where = {
      "this program": await measureWhere(mine, root, PROFILES),
      "the offline preview": await measureWhere(preview, root, PROFILES),
      "an empty TypeScript program": await measureWhere(typescript, root, PROFILES),
    };
    return { share, offline, where };
  } finally {
    engine.stop();
    await world.stop();
    rmSync(folder, { recursive: true });
  }
}

/** `npm run preview`, without npm. */
export function offlinePreview(root: string, out: string): Command {
  const args = ["--require", "./tools/loader.cjs", "tools/preview/index.ts", "--out", out];
  return { name: "the offline preview of `prod`", cwd: root, args };
}

function sdkAlone(root: string): Command {
  return { name: "`require('@pulumi/pulumi')` alone", cwd: root, args: ["--eval", "require('@pulumi/pulumi')"] };
}

export function renderProgram({ share, offline, where }: ProgramReport): string {
  return [
    "The program's own share of `pulumi preview`: its process alone, as the language host starts it, against an engine, two clusters and a Grafana on loopback that answer at once. Ratios are to the program's.",
    against(share),
    "The offline preview, started as `node`. Ratios are to the SDK alone.",
    commandsTable(offline, (one) => ratios(one, offline[1] ?? one)),
    "Where the time goes, by V8's profiles, in ms of the main thread: on whose behalf it works, by the nearest file on the stack.",
    renderWhere(where),
  ].join("\n\n");
}

function against([mine, ...others]: readonly Measured[]): string {
  if (!mine) return "";
  return commandsTable([mine, ...others], (one) => ratios(one, mine));
}

function ratios(one: Measured, other: Measured): [wall: Spread, cpu: Spread] {
  return [ratio(one, other, "wall"), ratio(one, other, "cpu")];
}
