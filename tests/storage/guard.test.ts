import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, chmodSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parse } from "yaml";
import { tenantLimits } from "../../components/storage/overrides";
import { settingsOf } from "../program/stacks";
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
      volume = new Volume(shell);
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
      if (spawnSync("promtool", ["--version"]).error) {
        console.error("skipped: promtool is not installed");
        this.skip();
      }
      volume.block(100, 3);
      volume.measure();
      const { status, stderr } = spawnSync("promtool", ["check", "metrics"], {
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
      const kept = Math.floor(volume.metric("tempo_retention_effective_seconds") / HOUR);
      const left = used - (50 - kept + 1) * each;
      assert.ok(left <= limit * 0.8, "too much is left");
      assert.ok(left + 2 * each > limit * 0.8, "more was dropped than needed");
      assert.equal(volume.metric('tempo_retention_steps_total{direction="shorter"}'), 1);
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

describe("the guard and a broken WAL", () => {
  it("refuses senders and restarts Tempo when spans arrive and none is written", async function () {
    if (spawnSync("pidof", ["--help"]).error) {
      console.error("skipped: pidof is not installed");
      this.skip();
    }
    let received = 0;
    const tempo = createServer((_, response) => {
      response.end(`tempo_distributor_spans_received_total{tenant="single-tenant"} ${(received += 100)}\n`);
    }).listen(0, "127.0.0.1");
    await once(tempo, "listening");
    const volume = new Volume(["sh"], { TEMPO: `http://127.0.0.1:${(tempo.address() as AddressInfo).port}` });
    const name = `guarded-${process.pid}`;
    const binary = join(volume.root, name);
    copyFileSync("/bin/sleep", binary);
    chmodSync(binary, 0o755);
    volume.configure({ PROCESS: name });
    const start = () => spawn(binary, ["600"], { stdio: "ignore" });
    // The server is in this process, so the guard must not block it.
    const measure = async (): Promise<string> => {
      const [command = "sh", ...args] = volume.command("once");
      const guard = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
      let log = "";
      guard.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
      await once(guard, "close");
      return log;
    };
    let process1 = start();
    try {
      volume.file("wal/head/0000000001", 4);
      await measure();
      for (let tick = 0; tick < 3; tick++) {
        volume.file(`wal/head/000000000${tick + 2}`, 4);
        await measure();
        assert.equal(volume.metric("tempo_wal_broken"), 0, "it is written");
      }
      // What was written within a second before a measurement counts for the next one, too.
      await new Promise((resolve) => setTimeout(resolve, 2_100));
      await measure();
      // The block's meta.json is written even when its data cannot be.
      for (let tick = 0; tick < 2; tick++) {
        volume.file("wal/head/meta.json", 4);
        await measure();
        assert.equal(volume.metric("tempo_wal_broken"), 0, "it may be slow");
      }
      volume.file("wal/head/meta.json", 4);
      assert.match(await measure(), /Tempo loses what it takes/);
      assert.equal(volume.metric("tempo_ingestion_limited"), 2);
      assert.match(await measure(), /Tempo is restarted/);
      assert.equal(volume.metric("tempo_guard_restarts_total"), 1);
      assert.doesNotMatch(await measure(), /Tempo is restarted/, "not twice in a row");
      assert.equal(volume.metric("tempo_wal_broken"), 1);
      process1.kill("SIGKILL");
      await once(process1, "exit");
      process1 = start();
      await once(process1, "spawn");
      assert.match(await measure(), /another process/);
      assert.equal(volume.metric("tempo_wal_broken"), 0);
      assert.equal(volume.metric("tempo_ingestion_limited"), 0);
    } finally {
      process1.kill("SIGKILL");
      tempo.close();
      volume.remove();
    }
  });
});

describe("the guard as a server", () => {
  it("answers at /metrics with a type that Prometheus 3 takes, and ends on SIGTERM", async function () {
    if (!hasBusyboxHttpd()) {
      console.error("skipped: busybox is not installed");
      this.skip();
    }
    const port = 20_000 + (process.pid % 20_000);
    const volume = new Volume(["busybox", "sh"], { PORT: port, INTERVAL: 1 });
    volume.block(10, 1);
    const [command = "busybox", ...args] = volume.command("run");
    const guard = spawn(command, args, { stdio: "ignore" });
    try {
      let answer: Response | undefined;
      for (let attempt = 0; attempt < 100 && !answer?.ok; attempt++) {
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
