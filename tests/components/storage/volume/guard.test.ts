import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parse } from "yaml";
import { tenantLimits } from "../../../../components/tempo/v2/limits";
import { ROOT, settingsOf } from "../../../stack/program/stacks";
import { findPrometheus } from "../../../support/findProgram";
import { skipWithout } from "../../../support/skip";
import { CLAIM_KIB, hasBusyboxHttpd, shells, Volume } from "./volume";

const HOUR = 3_600;

interface Tenant {
  readonly ingestion: Readonly<Record<string, unknown>>;
  readonly compaction: Readonly<Record<string, unknown>>;
  readonly metrics_generator: Readonly<Record<string, unknown>>;
}
const tenantOf = (volume: Volume): Tenant =>
  (parse(volume.overrides()) as { overrides: Record<string, Tenant> }).overrides["single-tenant"] ?? assert.fail();

for (const shell of shells()) {
  describe(`the guard, run by ${shell.join(" ")}`, () => {
    let volume: Volume;
    beforeEach(() => {
      // One measurement is enough, and what was there before may go.
      volume = new Volume(shell, { LASTING: 0, AT_ONCE: 24 * HOUR });
    });
    afterEach(() => {
      volume.remove();
    });

    /** A block each hour, oldest last; together about this share of the claim. */
    function fill(percent: number, count: number): void {
      // Less its folder and its meta, in whole pages.
      const each = Math.floor((CLAIM_KIB * percent) / 100 / count / 4) * 4 - 8;
      for (let hour = 1; hour <= count; hour++) volume.block(each, hour);
    }

    it("measures every part, and the parts are the whole", () => {
      volume.block(100, 3);
      volume.block(200, 2, "compacted");
      volume.block(300, 1, "unfinished");
      volume.file("wal/blocks/single-tenant/a/data.parquet", 40);
      volume.file("wal/head/0000000001", 50);
      volume.file("generator/wal/segment", 60);
      volume.file("lost", 8);
      volume.measure();
      const parts = ["blocks", "compacted", "unfinished", "ingester", "wal", "generator", "other"];
      const bytes = parts.map((part) => volume.metric(`tempo_volume_bytes{part="${part}"}`));
      const atLeast = [100, 200, 300, 40, 50, 60, 8].map((kib) => kib * 1024);
      for (const [index, least] of atLeast.entries()) {
        assert.ok(
          (bytes[index] ?? 0) >= least && (bytes[index] ?? 0) <= least + 40 * 1024,
          `${parts[index]}: ${bytes[index]}`,
        );
      }
      assert.equal(
        bytes.reduce((sum, part) => sum + part, 0),
        volume.metric("tempo_volume_used_bytes"),
      );
      assert.equal(volume.metric("tempo_volume_limit_bytes"), CLAIM_KIB * 1024);
      assert.equal(volume.metric("tempo_volume_traces"), 7);
      const age = Date.now() / 1_000 - volume.metric("tempo_volume_oldest_block_timestamp_seconds");
      assert.ok(Math.abs(age - 3 * HOUR) < 60);
    });

    it("writes a page that Prometheus reads", function () {
      const found = findPrometheus();
      skipWithout(this, found);
      if ("missing" in found) return;
      volume.block(100, 3);
      volume.measure();
      const { status, stderr } = spawnSync(found.promtool, ["check", "metrics"], {
        input: volume.page(),
        encoding: "utf8",
      });
      assert.equal(status, 0, stderr);
    });

    it("leaves tempo.yaml alone while there is room", () => {
      fill(79, 50);
      volume.measure();
      assert.equal(volume.overrides(), "overrides: {}\n");
      assert.equal(volume.metric("tempo_retention_effective_seconds"), 168 * HOUR);
      assert.equal(volume.metric("tempo_ingestion_limited"), 0);
    });

    it("shortens retention by what leaves the low mark, no less and hardly more", () => {
      fill(87, 50);
      const log = volume.measure();
      assert.match(log, /retention shortened/);
      const limit = volume.metric("tempo_volume_limit_bytes");
      const used = volume.metric("tempo_volume_used_bytes");
      const each = volume.metric('tempo_volume_bytes{part="blocks"}') / 50;
      // The block of this hour goes.
      const gone = 50 - Math.round(volume.metric("tempo_retention_effective_seconds") / HOUR) + 1;
      const left = used - gone * each;
      assert.ok(left <= limit * 0.8, "too much is left");
      assert.ok(left + 2 * each > limit * 0.8, "more was dropped than needed");
      assert.equal(volume.metric('tempo_retention_steps_total{direction="shorter"}'), 1);
    });

    it("shortens nothing for one measurement, but for pressure that lasts", () => {
      volume.configure({ LASTING: 120 });
      fill(87, 50);
      assert.doesNotMatch(volume.measure(), /retention/);
      assert.equal(volume.metric("tempo_retention_effective_seconds"), 168 * HOUR);
      volume.later(100);
      assert.doesNotMatch(volume.measure(), /retention/);
      volume.later(20);
      assert.match(volume.measure(), /retention shortened/);
    });

    it("begins to wait again after a measurement without pressure", () => {
      volume.configure({ LASTING: 120 });
      fill(87, 50);
      volume.measure();
      volume.later(100);
      volume.configure({ CLAIM: 2 * CLAIM_KIB * 1024 });
      volume.measure();
      volume.configure({ CLAIM: CLAIM_KIB * 1024 });
      volume.measure();
      volume.later(100);
      assert.doesNotMatch(volume.measure(), /retention/);
    });

    it("deletes nothing of what it found, and as much as comes in afterwards", () => {
      volume.configure({ AT_ONCE: 168 * HOUR });
      fill(87, 50);
      volume.measure();
      assert.equal(volume.metric("tempo_retention_effective_seconds"), 168 * HOUR);
      assert.ok(volume.metric("tempo_volume_excess_bytes") > 0.06 * CLAIM_KIB * 1024);
      // To the hour in which the block lies that would still go.
      const fitting = volume.metric("tempo_retention_fitting_seconds") / HOUR;
      assert.ok(fitting > 44.9 && fitting < 47.1, String(fitting));
      const each = Math.floor((CLAIM_KIB * 0.87) / 50);
      volume.block(Math.floor(each * 0.5), 0.1);
      volume.measure();
      assert.equal(volume.metric("tempo_retention_effective_seconds"), 168 * HOUR, "a block goes whole");
      volume.block(Math.floor(each * 0.8), 0.1);
      volume.measure();
      const kept = volume.metric("tempo_retention_effective_seconds") / HOUR;
      assert.ok(kept > 49.9 && kept < 50.1, `${kept}: one block of an hour`);
    });

    it("tells how much would go before it is switched on", () => {
      volume.configure({ SIZE_AWARE: 0 });
      fill(91, 50);
      volume.measure();
      const excess = volume.metric("tempo_volume_used_bytes") - 0.8 * volume.metric("tempo_volume_limit_bytes");
      assert.ok(Math.abs(volume.metric("tempo_volume_excess_bytes") - excess) < 2);
      assert.ok(volume.metric("tempo_retention_fitting_seconds") < 50 * HOUR);
      assert.equal(volume.metric("tempo_retention_effective_seconds"), 168 * HOUR);
    });

    it("keeps the same blocks when the clock is put forward", () => {
      fill(87, 50);
      volume.measure();
      const retention = volume.metric("tempo_retention_effective_seconds");
      volume.configure({ CLAIM: 1.05 * CLAIM_KIB * 1024 });
      volume.clock(-2 * HOUR);
      volume.measure();
      const after = volume.metric("tempo_retention_effective_seconds");
      assert.ok(Math.abs(after - retention - 2 * HOUR) < 5, `${retention} became ${after}`);
    });

    it("does not shorten again for what is on its way out", () => {
      fill(87, 50);
      volume.measure();
      const retention = volume.metric("tempo_retention_effective_seconds");
      assert.equal(volume.measure(), "");
      assert.equal(volume.metric("tempo_retention_effective_seconds"), retention);
    });

    it("counts blocks that compaction has replaced as free soon", () => {
      fill(70, 70);
      volume.block(2_560, 1, "compacted");
      volume.measure();
      assert.ok(volume.metric("tempo_volume_used_bytes") / volume.metric("tempo_volume_limit_bytes") >= 0.85);
      assert.equal(volume.metric("tempo_retention_effective_seconds"), 168 * HOUR);
    });

    it("never goes below the floor, and then holds senders back", () => {
      volume.configure({ FLOOR: 48 * HOUR });
      fill(91.5, 50);
      volume.measure();
      assert.equal(volume.metric("tempo_retention_effective_seconds"), 48 * HOUR);
      assert.equal(volume.metric("tempo_ingestion_limited"), 1);
      const limited = tenantOf(volume);
      assert.ok(Number(limited.ingestion["rate_limit_bytes"]) < 1_000_000);
      assert.ok(Number(limited.ingestion["burst_size_bytes"]) >= 4 * 1024 * 1024);
      volume.block(320, 0.1);
      assert.match(volume.measure(), /ingestion refused/);
      assert.equal(tenantOf(volume).ingestion["rate_limit_bytes"], 1);
      assert.equal(tenantOf(volume).ingestion["burst_size_bytes"], 1);
    });

    it("takes no step where nothing is older than the floor", () => {
      fill(91.5, 20);
      assert.doesNotMatch(volume.measure(), /retention/);
      assert.equal(volume.metric("tempo_retention_effective_seconds"), 168 * HOUR);
    });

    it("lets the rate fall with the room, by halves, and rise again", () => {
      fill(60, 20);
      volume.configure({ PER_RATE: 8, FALLBACK_RATE: 1_000 });
      volume.measure();
      const room = volume.metric("tempo_volume_limit_bytes") * 0.93 - volume.metric("tempo_volume_used_bytes");
      const rate = volume.metric("tempo_ingestion_rate_bytes");
      assert.equal(rate, 500_000);
      assert.ok(rate * 8 <= room && rate * 16 > room);
      volume.configure({ CLAIM: 2 * CLAIM_KIB * 1024 });
      volume.measure();
      assert.equal(volume.metric("tempo_ingestion_rate_bytes"), 1_000_000);
    });

    it("repeats for the tenant all that the defaults hold", () => {
      fill(87, 50);
      volume.measure();
      const settings = settingsOf("prod");
      const tenant = tenantOf(volume);
      const limits = tenantLimits(settings) as unknown as Tenant;
      assert.deepEqual({ ...tenant.ingestion, ...limits.ingestion }, tenant.ingestion);
      assert.deepEqual({ ...tenant.metrics_generator, ...limits.metrics_generator }, tenant.metrics_generator);
      assert.equal(tenant.ingestion["retry_info_enabled"], true);
      assert.equal(tenant.compaction["compaction_window"], "3600s");
      assert.doesNotMatch(volume.overrides(), /GUARD_/);
    });

    it("pauses compaction near the end of the room, and resumes it below the high mark", () => {
      volume.configure({ FLOOR: 168 * HOUR });
      fill(89.5, 20);
      volume.measure();
      assert.equal(tenantOf(volume).compaction["compaction_window"], "1s");
      volume.configure({ CLAIM: 1.02 * CLAIM_KIB * 1024 });
      volume.measure();
      assert.equal(volume.metric("tempo_compaction_paused"), 1);
      volume.configure({ CLAIM: 1.1 * CLAIM_KIB * 1024 });
      volume.measure();
      assert.equal(volume.metric("tempo_compaction_paused"), 0);
    });

    it("gives retention back step by step, up to the configured one", () => {
      volume.configure({ STEP_BACK_EVERY: 0 });
      fill(87, 50);
      volume.measure();
      let last = volume.metric("tempo_retention_effective_seconds");
      volume.configure({ CLAIM: 2 * CLAIM_KIB * 1024 });
      for (let step = 0; last < 168 * HOUR; step++) {
        assert.ok(step < 30, "it never ends");
        assert.match(volume.measure(), /given back/);
        const now = volume.metric("tempo_retention_effective_seconds");
        assert.ok(now > last && now <= Math.min(168 * HOUR, last * 1.1 + 60));
        last = now;
      }
      volume.measure();
      assert.equal(volume.overrides(), "overrides: {}\n");
    });

    it("gives nothing back between the marks, nor at once", () => {
      fill(87, 50);
      volume.measure();
      const retention = volume.metric("tempo_retention_effective_seconds");
      volume.configure({ CLAIM: 2 * CLAIM_KIB * 1024 });
      volume.measure();
      assert.equal(volume.metric("tempo_retention_effective_seconds"), retention, "before the time of a step");
      volume.configure({ CLAIM: 1.05 * CLAIM_KIB * 1024, STEP_BACK_EVERY: 0 });
      volume.measure();
      assert.equal(volume.metric("tempo_retention_effective_seconds"), retention, "between the marks");
    });

    it("seeds the file that Tempo needs, from the measurement, and without one", () => {
      fill(95, 20);
      assert.equal(volume.guard("seed").status, 0);
      assert.equal(tenantOf(volume).ingestion["rate_limit_bytes"], 1);
      const empty = new Volume(shell, { DATA: "/no/such/directory" });
      try {
        assert.equal(empty.guard("seed").status, 0);
        assert.equal(empty.overrides(), "overrides: {}\n");
      } finally {
        empty.remove();
      }
    });

    // As on XFS and btrfs, where du calls it 0.
    it("measures a folder that takes no room", () => {
      const inventory = (du: string): number | null => {
        const program = join(ROOT, "components/storage/volume/inventory.awk");
        const variables = ["-v", "data=/data", "-v", `blocks=${join(volume.root, "blocks")}`];
        return spawnSync("awk", [...variables, "-f", program], { input: du }).status;
      };
      assert.equal(inventory("0\t/data/wal\n0\t/data\n"), 0);
      assert.equal(inventory(""), 1, "a folder that is not there");
    });

    it("only measures when it is told so", () => {
      volume.configure({ SIZE_AWARE: 0 });
      fill(95, 20);
      assert.equal(volume.measure(), "");
      assert.equal(volume.metric("tempo_ingestion_limited"), 0);
      assert.throws(() => volume.overrides());
    });

    it("tells the time of a block with an offset from UTC", () => {
      const folder = volume.block(10, 1);
      writeFileSync(join(folder, "meta.json"), JSON.stringify({ endTime: "2024-02-29T23:30:15.123+02:30" }));
      volume.measure();
      assert.equal(
        volume.metric("tempo_volume_oldest_block_timestamp_seconds"),
        Date.UTC(2024, 1, 29, 21, 0, 15) / 1_000,
      );
    });
  });
}

describe("the guard and the WAL", () => {
  let volume: Volume;
  let tempo: Server;
  let process1: ChildProcess | undefined;
  /** What Tempo's metrics say, and whether it can write when it is asked to. */
  let page = "";
  let flushed: () => void;
  let answers = true;
  /** The connection ends before the page does. */
  let cut = false;

  const start = (): ChildProcess => spawn(join(volume.root, name), ["600"], { stdio: "ignore" });
  const name = `guarded-${process.pid}`;
  const head = "wal/head+single-tenant+vParquet4";

  beforeEach(async () => {
    page = "";
    flushed = () => undefined;
    answers = true;
    cut = false;
    tempo = createServer(({ url }, response) => {
      if (!answers) return response.destroy();
      if (url === "/flush") flushed();
      // Tempo says how long its page is, or that it comes in chunks; in both cases an early end can be seen.
      if (url === "/metrics" && cut) {
        response.writeHead(200, { "content-length": page.length + 1 });
        return response.write(page, () => response.destroy());
      }
      return response.end(url === "/metrics" ? page : "");
    }).listen(0, "127.0.0.1");
    await once(tempo, "listening");
    volume = new Volume(["sh"], { TEMPO: `http://127.0.0.1:${(tempo.address() as AddressInfo).port}`, PROCESS: name });
    copyFileSync("/bin/sleep", join(volume.root, name));
    chmodSync(join(volume.root, name), 0o755);
    process1 = start();
  });
  afterEach(() => {
    process1?.kill("SIGKILL");
    tempo.close();
    volume.remove();
  });

  /** The server is in this process, so the guard must not block it. */
  async function measure(): Promise<string> {
    const [command = "sh", ...args] = volume.command("once");
    const guard = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    let log = "";
    guard.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
    await once(guard, "close");
    return log;
  }
  const broken = (): number => volume.metric("tempo_wal_broken");
  const created = (count: number, received = count): void => {
    page =
      `tempo_distributor_spans_received_total{tenant="single-tenant"} ${received}\n` +
      `tempo_ingester_traces_created_total{tenant="single-tenant"} ${count}\n`;
  };

  it("takes nothing that was refused, malformed or over a cap for a span that is not written", async () => {
    created(7);
    volume.file(`${head}/0000000001`, 4);
    for (let tick = 1; tick < 8; tick++) {
      created(7, 7 + 1_000 * tick);
      assert.doesNotMatch(await measure(), /WAL/);
      assert.equal(volume.metric("tempo_ingestion_limited"), 0);
    }
  });

  it("lets a write be slow, and believes no times", async () => {
    created(7);
    volume.file(`${head}/0000000001`, 4);
    await measure();
    created(9);
    await measure();
    answers = false;
    await measure();
    assert.equal(broken(), 0, "it may be under way while Tempo does not answer");
    // A file server's clock is a day behind.
    volume.file(`${head}/0000000002`, 0);
    utimesSync(join(volume.data, head, "0000000002"), 0, 0);
    await measure();
    assert.equal(broken(), 0);
  });

  it("asks Tempo to write what it owes before it calls the WAL broken", async () => {
    created(7);
    volume.file(`${head}/0000000001`, 4);
    await measure();
    created(9);
    await measure();
    flushed = () => {
      volume.file("wal/next+single-tenant+vParquet4/0000000001", 0);
    };
    await measure();
    assert.equal(broken(), 0);
  });

  it("refuses senders and restarts Tempo when traces are owed and none can be written", async () => {
    created(7);
    volume.file(`${head}/0000000001`, 4);
    await measure();
    created(9);
    await measure();
    assert.equal(broken(), 0);
    // The block's meta.json is written even when its data cannot be.
    volume.file(`${head}/meta.json`, 4);
    assert.match(await measure(), /Tempo loses what it takes/);
    assert.equal(volume.metric("tempo_ingestion_limited"), 2);
    assert.match(await measure(), /Tempo is restarted/);
    assert.equal(volume.metric("tempo_guard_restarts_total"), 1);
    volume.later(200);
    assert.doesNotMatch(await measure(), /Tempo is restarted/, "not twice in a row");
    volume.later(41);
    assert.match(await measure(), /Tempo is restarted/, "it may not have helped");
    assert.equal(broken(), 1);
    process1?.kill("SIGKILL");
    if (process1) await once(process1, "exit");
    process1 = start();
    await once(process1, "spawn");
    assert.match(await measure(), /another process/);
    assert.equal(broken(), 0);
    assert.equal(volume.metric("tempo_ingestion_limited"), 0);
  });

  it("does not restart what writes again", async () => {
    created(7);
    volume.file(`${head}/0000000001`, 4);
    await measure();
    created(9);
    await measure();
    await measure();
    assert.equal(broken(), 1);
    volume.file(`${head}/0000000002`, 0);
    assert.match(await measure(), /written again/);
    assert.equal(volume.metric("tempo_ingestion_limited"), 0);
    assert.equal(volume.metric("tempo_guard_restarts_total"), 0);
  });

  it("takes no count from half a page", async () => {
    created(7);
    volume.file(`${head}/0000000001`, 4);
    await measure();
    cut = true;
    created(0);
    await measure();
    cut = false;
    created(7);
    for (let tick = 0; tick < 4; tick++) await measure();
    assert.equal(broken(), 0);
  });

  it("owes nothing for a file that it saw in a measurement that came to no end", async () => {
    created(7);
    volume.file(`${head}/0000000001`, 4);
    await measure();
    created(9);
    volume.file(`${head}/0000000002`, 4);
    const decision = join(volume.run, "decision");
    rmSync(decision);
    mkdirSync(decision);
    assert.match(await measure(), /cannot be worked out/);
    rmdirSync(decision);
    for (let tick = 0; tick < 4; tick++) await measure();
    assert.equal(broken(), 0);
  });

  it("has no verdict where its list of files has no room", async () => {
    created(7);
    volume.file(`${head}/0000000001`, 4);
    await measure();
    created(9);
    await measure();
    mkdirSync(join(volume.run, "wal.new"));
    await measure();
    assert.equal(broken(), 0);
  });

  it("remembers one file of each block, and takes none that is gone for a new one", async () => {
    created(7);
    for (let file = 1; file <= 9; file++) volume.file(`${head}/000000000${file}`, 0);
    await measure();
    assert.deepEqual(readFileSync(join(volume.run, "wal"), "utf8").split("\n").length, 3);
    rmSync(join(volume.data, head, "0000000009"));
    created(9);
    await measure();
    await measure();
    assert.equal(broken(), 1);
  });

  it("forgets a count that is older than a file", async () => {
    created(7);
    await measure();
    answers = false;
    volume.file(`${head}/0000000001`, 4);
    await measure();
    answers = true;
    created(9);
    for (let tick = 0; tick < 4; tick++) await measure();
    assert.equal(broken(), 0);
  });
});

describe("the guard as a server", () => {
  it("answers at /metrics with a type that Prometheus 3 takes, and ends on SIGTERM", async function () {
    if (!hasBusyboxHttpd())
      skipWithout(this, { missing: "no busybox with httpd on the PATH: run .ci/install as root" });
    const port = 20_000 + (process.pid % 20_000);
    const volume = new Volume(["busybox", "sh"], { PORT: port, INTERVAL: 1 });
    volume.block(10, 1);
    const [command = "busybox", ...args] = volume.command("run");
    // As in its image, where every applet has a name of its own.
    const bin = join(volume.root, "bin");
    mkdirSync(bin);
    spawnSync("busybox", ["--install", "-s", bin]);
    const env = { ...process.env, PATH: `${bin}:${process.env["PATH"]}` };
    const guard = spawn(command, args, { stdio: "ignore", env });
    try {
      let answer: Response | undefined;
      for (let attempt = 0; attempt < 600 && !answer?.ok; attempt++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
      }
      assert.ok(answer?.ok);
      assert.match(answer.headers.get("content-type") ?? "", /^text\/plain; ?version=0\.0\.4$/);
      assert.match(await answer.text(), /^tempo_volume_used_bytes \d+$/m);
      guard.kill("SIGTERM");
      const [code] = (await once(guard, "exit")) as [number | null];
      assert.equal(code, 0);
      await assert.rejects(fetch(`http://127.0.0.1:${port}/metrics`));
    } finally {
      guard.kill("SIGKILL");
      volume.remove();
    }
  });
});
