import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guardFiles } from "../../../../components/storage/volume/guard";
import { settingsOf } from "../../../stack/program/stacks";

/** A volume with blocks that look like Tempo's, and the guard's real files, for the real script to run on. */

const HOUR = 3_600;
const KIB = 1024;

/** Size of the claim, in KiB: so that one block more or less is a small part of it. */
export const CLAIM_KIB = 16_000;

/** The shells that there are: the container's own, and whatever /bin/sh is. */
export function shells(): string[][] {
  const busybox = spawnSync("busybox", ["sh", "-c", "exit 0"]).status === 0;
  return busybox ? [["busybox", "sh"], ["sh"]] : [["sh"]];
}

/** Every awk that there is, the quickest first. */
export function awks(): string[][] {
  return [["mawk"], ["gawk"], ["busybox", "awk"], ["awk"]].filter(
    ([command = "", ...args]) => spawnSync(command, [...args, "BEGIN { exit 0 }"]).status === 0,
  );
}

export const hasBusyboxHttpd = (): boolean =>
  /^httpd$/m.test(spawnSync("busybox", ["--list"], { encoding: "utf8" }).stdout);

export class Volume {
  readonly root = mkdtempSync(join(tmpdir(), "tempo-guard-"));
  readonly data = join(this.root, "data");
  readonly run = join(this.root, "run");
  private readonly files = join(this.root, "files");
  private made = 0;

  constructor(
    private readonly shell: readonly string[],
    changes: Readonly<Record<string, string | number>> = {},
  ) {
    for (const folder of ["blocks/single-tenant", "wal/blocks/single-tenant", "generator/traces"]) {
      mkdirSync(join(this.data, folder), { recursive: true });
    }
    mkdirSync(this.files);
    const settings = {
      ...settingsOf("prod"),
      storage: { adaptiveRetention: true, minRetention: { ms: 24 * HOUR * 1_000 } },
    };
    for (const [file, text] of Object.entries(guardFiles(settings))) writeFileSync(join(this.files, file), text);
    this.configure({
      DATA: this.data,
      RUN: this.run,
      PROCESS: "no-such-process",
      TEMPO: "http://127.0.0.1:1",
      CLAIM: CLAIM_KIB * KIB,
      RESERVE: 0,
      // The room of so small a volume would not do for any rate; the marks alone count.
      PER_RATE: 0,
      PER_BURST: 0,
      ...changes,
    });
  }

  configure(changes: Readonly<Record<string, string | number>>): void {
    const file = join(this.files, "guard.conf");
    let text = readFileSync(file, "utf8");
    for (const [name, value] of Object.entries(changes)) {
      const line = new RegExp(`^${name}=.*$`, "m");
      if (!line.test(text)) throw new Error(`guard.conf has no ${name}`);
      text = text.replace(line, `${name}=${value}`);
    }
    writeFileSync(file, text);
  }

  /** A block of about this size whose last span ended this many hours ago. */
  block(kib: number, hoursAgo: number, state: "live" | "compacted" | "unfinished" = "live"): string {
    const folder = join(
      this.data,
      "blocks/single-tenant",
      `00000000-0000-4000-8000-${String(++this.made).padStart(12, "0")}`,
    );
    mkdirSync(folder);
    writeFileSync(join(folder, "data.parquet"), Buffer.alloc(kib * KIB, 1));
    if (state !== "unfinished") {
      const endTime = new Date(Date.now() - hoursAgo * HOUR * 1_000).toISOString().replace(/\.\d+Z$/, "Z");
      const meta = JSON.stringify({
        format: "vParquet4",
        startTime: endTime,
        endTime,
        totalObjects: 7,
        size: kib * KIB,
      });
      writeFileSync(join(folder, state === "live" ? "meta.json" : "meta.compacted.json"), meta);
    }
    return folder;
  }

  /** Bytes in a folder of the volume. */
  file(path: string, kib: number): void {
    mkdirSync(join(this.data, path, ".."), { recursive: true });
    writeFileSync(join(this.data, path), Buffer.alloc(kib * KIB, 1));
  }

  guard(mode: string): SpawnSyncReturns<string> {
    const [command = "sh", ...args] = this.command(mode);
    return spawnSync(command, args, { encoding: "utf8" });
  }

  command(mode: string): string[] {
    return [...this.shell, join(this.files, "guard.sh"), mode, join(this.files, "guard.conf")];
  }

  /** One measurement; what it logged. */
  measure(): string {
    const { status, stdout, stderr } = this.guard("once");
    if (status !== 0) throw new Error(`guard.sh once: ${status} ${stdout}${stderr}`);
    return stdout;
  }

  /** As if so many seconds had passed: every time of the state is that much earlier. */
  later(seconds: number): void {
    this.edit((name, value) =>
      /^(stepped|pressed_since|rotated|restarted|measured|measured_up)$/.test(name) ? value - seconds : value,
    );
  }

  /** As if the clock had been that far ahead, in seconds, at the last measurement. */
  clock(ahead: number): void {
    this.edit((name, value) => (name === "measured" ? value + ahead : value));
  }

  private edit(change: (name: string, value: number) => number): void {
    const file = join(this.run, "state");
    const lines = readFileSync(file, "utf8").replace(
      /^(\w+)=(\d+)$/gm,
      (_, name: string, value: string) => `${name}=${change(name, Number(value))}`,
    );
    writeFileSync(file, lines);
  }

  overrides(): string {
    return readFileSync(join(this.run, "overrides.yaml"), "utf8");
  }

  page(): string {
    return readFileSync(join(this.run, "www/metrics/index.txt"), "utf8");
  }

  /** A sample of the page, by its name with labels. */
  metric(name: string): number {
    const line = this.page()
      .split("\n")
      .find((text) => text.startsWith(`${name} `));
    if (line === undefined) throw new Error(`no metric ${name}`);
    return Number(line.slice(name.length + 1));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
