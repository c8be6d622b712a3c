/** The Pulumi CLI itself, asked how it reads a project's and a stack's file. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Case } from "./cliCases";

/** Texts by their full keys, null for a secret; or that the CLI refuses the files. */
export type Reading = "refused" | Readonly<Record<string, string | null>>;

/** What a CLI said once. */
export interface Captured {
  /** Its version. */
  readonly pulumi: string;
  readonly how: string;
  readonly readings: Readonly<Record<string, Reading>>;
}

export const FIXTURE = join(__dirname, "../../fixtures/cli-config.json");

export function captured(): Captured {
  return JSON.parse(readFileSync(FIXTURE, "utf8")) as Captured;
}

/** Writes both files of a case. */
export function writeCase(folder: string, { project, stack }: Case): void {
  writeFileSync(join(folder, "Pulumi.yaml"), project, "latin1");
  writeFileSync(join(folder, "Pulumi.one.yaml"), stack, "latin1");
}

/** Asks the CLI for the configuration of each case. It has a state of its own, and is logged in nowhere. */
export function readByCli(pulumi: string, cases: ReadonlyMap<string, Case>): Map<string, Reading> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-cli-"));
  try {
    const project = join(folder, "project");
    for (const name of ["project", "home", "state"]) mkdirSync(join(folder, name));
    const run = (...args: string[]) =>
      spawnSync(pulumi, [...args, "--non-interactive"], {
        cwd: project,
        encoding: "utf8",
        env: {
          ...process.env,
          TZ: "UTC",
          HOME: join(folder, "home"),
          PULUMI_HOME: join(folder, "home"),
          PULUMI_BACKEND_URL: pathToFileURL(join(folder, "state")).href,
          PULUMI_CONFIG_PASSPHRASE: "",
          PULUMI_SKIP_UPDATE_CHECK: "true",
        },
      });
    writeCase(project, { project: "name: tempo\nruntime: nodejs\n", stack: "" });
    const made = run("stack", "init", "one");
    if (made.status !== 0) throw new Error(made.stderr);
    return new Map(
      [...cases].map(([name, files]) => {
        writeCase(project, files);
        const { status, stdout } = run("config", "--json", "--stack", "one");
        // Only what is about to be deployed is held against the project's declarations.
        const isRefused = files.project.includes("config:") && REFUSAL.test(run("preview", "--stack", "one").stderr);
        if (isRefused) return [name, "refused"];
        if (status === 0) return [name, ofJson(stdout)];
        // It fails on a default that is a date, or a secret, although the CLI has no trouble with either.
        const table = run("config", "--stack", "one");
        return [name, table.status === 0 ? ofTable(table.stdout) : "refused"];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function versionOf(pulumi: string): string {
  return spawnSync(pulumi, ["version"], { encoding: "utf8" }).stdout.trim();
}

const REFUSAL = /is missing configuration value|must be of type|must be encrypted/;

function ofJson(text: string): Reading {
  const shown = JSON.parse(text) as Record<string, { value?: string; secret: boolean }>;
  return Object.fromEntries(
    Object.entries(shown).map(([key, { value, secret }]) => [key, secret ? null : (value ?? "")]),
  );
}

/** Columns, the keys without the project's name. */
function ofTable(text: string): Reading {
  const [head = "", ...rows] = text.trimEnd().split("\n");
  const start = head.indexOf("VALUE");
  return Object.fromEntries(
    rows.map((row) => {
      const [key, value] = [row.slice(0, start).trim(), row.slice(start).trimEnd()];
      return [key.includes(":") ? key : `tempo:${key}`, value === "[secret]" ? null : value];
    }),
  );
}
