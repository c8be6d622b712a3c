import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { copyProject } from "../lib/copy";
import { commandsTable } from "../lib/table";
import { inTurns, ratio, type Command, type Measured } from "../lib/turns";
import { edited, emptyProjects, UNCHANGED, USING } from "./programs";

/** Whole previews by a real engine: this stack's first, then empty programs'. */
export interface CliReport {
  /** Of the CLI. */
  readonly version: string;
  readonly previews: readonly Measured[];
}

/**
 * Measures `pulumi preview` of a new stack `prod`, with a state of its own and no cluster in reach, as in the check of a
 * pull request.
 * @param chart where the chart is, instead of its repository, which a preview opens.
 * @throws Error with what the CLI says, such as that a plugin is missing.
 */
export async function measureCli(
  root: string,
  pulumi: string,
  turns: number,
  tell: (text: string) => void,
  chart?: string,
): Promise<CliReport> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-bench-"));
  try {
    tell("whole previews by the Pulumi CLI");
    mkdirSync(join(folder, "state"));
    const env = {
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      KUBECONFIG: join(folder, "none"),
      GRAFANA_AUTH: "bench",
    };
    const [typescript, using, javascript] = emptyProjects(root, folder);
    const empty = preview(pulumi, UNCHANGED, withProject(typescript, "nodejs"), "dev", env);
    const previews: Command[] = [
      preview(pulumi, "this stack, all sections on", copyOf(root, folder, chart), "prod", env),
      empty,
      preview(pulumi, USING, withProject(using, "nodejs"), "dev", env),
      edited(empty),
      preview(pulumi, "an empty JavaScript program", withProject(javascript, NO_TYPESCRIPT), "dev", env),
    ];
    const version = execFileSync(pulumi, ["version"], { encoding: "utf8", env: { ...process.env, ...env } }).trim();
    return { version, previews: await inTurns(previews, turns) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const NO_TYPESCRIPT = { name: "nodejs", options: { typescript: false } };

function preview(
  pulumi: string,
  name: string,
  cwd: string,
  stack: string,
  env: Readonly<Record<string, string>>,
): Command {
  execFileSync(pulumi, ["stack", "select", "--create", stack, "--non-interactive"], {
    cwd,
    env: { ...process.env, ...env },
    stdio: "pipe",
  });
  return { name, cwd, env, program: pulumi, args: ["preview", "--stack", stack, "--non-interactive"] };
}

function withProject(folder: string, runtime: unknown): string {
  writeFileSync(join(folder, "Pulumi.yaml"), JSON.stringify({ name: "bench", runtime }));
  return folder;
}

/** A copy of this project, at whose Grafana's URL nobody answers. */
function copyOf(root: string, folder: string, chart: string | undefined): string {
  const copy = copyProject(root, folder);
  const file = join(copy, "Pulumi.prod.yaml");
  const stack = parseDocument(readFileSync(file, "utf8"));
  stack.setIn(["config", "tempo:grafana", "url"], "http://127.0.0.1:9");
  if (chart !== undefined) stack.setIn(["config", "tempo:chart"], chart);
  writeFileSync(file, stack.toString());
  return copy;
}

export function renderCli({ version, previews }: CliReport): string {
  const [mine] = previews;
  if (!mine) return "";
  return [
    `Whole previews of new stacks by Pulumi ${version}, engine and providers included. Ratios are to this stack's.`,
    commandsTable(previews, (one) => [ratio(one, mine, "wall")]),
  ].join("\n\n");
}
