import { MIB } from "../../../../lib/schema/quantity";

/**
 * A Tempo, its disk, its senders and everybody else on that disk, as far as the guard sees them and acts on them: one
 * random history by its seed. What it measures goes to the real decide.awk, and what that decides happens here.
 *
 * Bytes, seconds. Tempo's times are its own (docs/decisions/storage.md); the claim is small and the senders are fast, so
 * that a quarter of an hour is enough to fill it.
 */

/** Lines NAME=value, as decide.awk reads and writes them. */
export type Values = Readonly<Record<string, string | number>>;

export interface Measurement {
  readonly values: Values;
  /** The live blocks, the oldest first. */
  readonly blocks: readonly (readonly [end: number, bytes: number])[];
}

/** How often happened what makes a history worth anything. */
export const tally = {
  kills: 0,
  brokenWals: 0,
  healedWals: 0,
  slowWrites: 0,
  refusals: 0,
  shortenings: 0,
  foreignFills: 0,
  podRestarts: 0,
  clockSteps: 0,
};

const INTERVAL = 10;
/** From the writing of the overrides until the limiter knows: Tempo's period, and the limiter's. */
const TAKES_EFFECT = 15;
/** A poll marks what is beyond retention; what was marked is deleted so much later. */
const POLL = 60;
const DELETED_AFTER = 7 * 60;
/** Bytes in both WALs for a byte sent, and of those in a completed block. */
const WAL = 1.66;
const COMPLETED = 0.5;
/** "A truly broken WAL is noticed within a minute". */
const NOTICED_WITHIN = 60;

interface Block {
  readonly end: number;
  readonly bytes: number;
  /** When retention marked it. */
  marked?: number;
}

/** Small, quick and repeatable (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class World {
  readonly faults: string[] = [];
  /** The guard's state; of a pod that has just started every value is empty. */
  state: Values;
  private readonly random: () => number;
  private readonly disk: number;
  private readonly sending: number;
  private readonly sharesProcesses: boolean;
  private up: number;
  private now: number;
  private foreign: number;
  private foreignUntil = 0;
  private foreignChanged = 0;
  private inodesFree = 1;
  private blocks: Block[] = [];
  private working = 0;
  private pid = 100;
  private created = 0;
  private newFiles = 1;
  private wal: "whole" | "broken" | "waits" = "whole";
  private brokenFor = 0;
  /** Until then one write goes on, and Tempo does not answer whether it has written. */
  private slowUntil = 0;
  private starting = true;
  private quietUntil = 0;
  /** The rate that Tempo applies, and the one that it will soon. */
  private applied: number;
  private ordered: number;
  private orderedAt = 0;
  private retention: number;
  private polled = 0;
  private widest = 0;
  private pressedSince: number | undefined;
  private cameIn = 0;
  private deleted = 0;

  constructor(
    seed: number,
    private readonly conf: Values,
    private readonly empty: Values,
  ) {
    this.random = randomOf(seed);
    this.state = empty;
    const claim = this.setting("CLAIM");
    this.up = 1_000 + this.below(100_000);
    this.now = 1_800_000_000 + this.below(1_000_000);
    // A file system of its own, twice; a disk with room for more; one that has less than the claim.
    this.disk = claim * this.oneOf([1, 1, 3, 0.7]);
    this.foreign = this.disk === claim ? 0 : this.disk * 0.2 * this.random();
    this.sharesProcesses = this.random() < 0.9;
    this.applied = this.ordered = this.setting("RATE");
    this.retention = this.setting("RETENTION");
    this.sending = this.oneOf([0, 0.02, 0.3, 1, 4]) * this.applied;
    const held = Math.min(claim, this.disk - this.foreign) * this.oneOf([0, 0.5, 0.84, 0.9, 0.97]);
    const count = 1 + this.below(40);
    for (let index = 0; index < count; index++) {
      this.blocks.push({ end: this.now - (index + 0.5) * (this.retention / count), bytes: held / count });
    }
  }

  /** An interval passes. */
  pass(): void {
    // Now and then a measurement takes longer.
    const seconds = INTERVAL + (this.random() < 0.05 ? this.below(20) : 0);
    this.up += seconds;
    const stepped = this.random() < 0.01;
    if (stepped) tally.clockSteps++;
    this.now += seconds + (stepped ? Math.round((this.random() - 0.5) * 4 * 86_400) : 0);
    this.othersFill();
    this.tempoWrites(seconds);
    this.tempoDeletes(stepped);
    if (this.random() < 0.01) this.podRestarts();
  }

  measure(): Measurement {
    const written = this.newFiles > 0;
    const answers = this.random() < 0.97;
    const asked = !written && Number(this.state["owed"]) >= 1 && answers && this.up >= this.slowUntil;
    this.newFiles = 0;
    if (!answers) this.brokenFor = 0;
    const marked = this.blocks.filter((block) => block.marked !== undefined);
    const live = this.blocks.filter((block) => block.marked === undefined);
    return {
      values: {
        now: Math.round(this.now),
        up: this.up,
        age: 0,
        fs_avail: Math.floor(this.avail),
        inventory_avail: Math.floor(this.avail),
        inodes: 100,
        inodes_free: Math.round(100 * this.inodesFree),
        used: Math.floor(this.used),
        compacted: Math.floor(sum(marked)),
        written: Number(written),
        asked: Number(asked),
        created_now: answers ? this.created : "",
        pid: this.sharesProcesses ? this.pid : "",
      },
      blocks: live.map(({ end, bytes }) => [Math.round(end), Math.floor(bytes)] as const).sort((a, b) => a[0] - b[0]),
    };
  }

  /** What was decided is judged, and happens. */
  decide(state: Values): void {
    const last = this.state;
    this.state = state;
    const refuses = state["level"] === 2;
    if (refuses && last["level"] !== 2) tally.refusals++;
    this.judgeWal(state, refuses);
    this.judgeRoom(state, refuses);
    this.judgeRetention(state, Number(last["shorter"]));

    this.retention = Number(state["retention"]);
    if (this.ordered !== state["rate"]) {
      this.applied = this.appliedNow();
      this.ordered = Number(state["rate"]);
      this.orderedAt = this.up;
    }
    // The first measurement of a pod comes before Tempo, which reads the overrides as it starts.
    if (this.starting) this.applied = this.ordered;
    this.starting = false;
    if (state["restart"] === 1) this.newProcess();
  }

  private judgeWal(state: Values, refuses: boolean): void {
    const says = state["broken"] === 1;
    if (says && this.wal === "whole") this.fault("a WAL that is whole is called broken");
    if (state["restart"] === 1) {
      tally.kills++;
      if (this.wal !== "broken") this.fault("a kill without a broken WAL");
    }
    if (says && !refuses) this.fault("spans are taken for a broken WAL");
    if (this.brokenFor > NOTICED_WITHIN && !says) this.fault("a broken WAL is not noticed");
  }

  private judgeRoom(state: Values, refuses: boolean): void {
    const limit = Math.min(this.setting("CLAIM"), this.used + this.avail);
    const refusable = Math.max(
      limit * (1 - (this.setting("REFUSE") - this.setting("SLACK")) / 1_000),
      this.setting("RESERVE") * 1.25,
    );
    if (refuses && limit - this.used > refusable + 1 && this.inodesFree > 0.02 && state["broken"] !== 1) {
      this.fault("refused with room");
    }
  }

  private judgeRetention(state: Values, shorter: number): void {
    // What others have taken since the pod started is no pressure of Tempo's.
    this.widest = Math.max(this.widest, this.used + this.avail);
    const high = (Math.min(this.setting("CLAIM"), this.widest) * this.setting("HIGH")) / 1_000;
    if (this.used < high - 1) this.pressedSince = undefined;
    else this.pressedSince ??= this.up;
    if (Number(state["shorter"]) > shorter) {
      tally.shortenings++;
      const pressed = this.pressedSince === undefined ? 0 : this.up - this.pressedSince;
      if (pressed < this.setting("LASTING")) this.fault("shortened without pressure that lasts");
    }
    if (Number(state["retention"]) < this.setting("FLOOR")) this.fault("shortened below the floor");
    const asked = this.setting("AT_ONCE") < this.setting("RETENTION");
    if (!asked && this.deleted > this.cameIn * WAL) this.fault(`${this.deleted} deleted for ${this.cameIn}`);
  }

  private fault(text: string): void {
    this.faults.push(`${text} (up ${this.up}): ${JSON.stringify(this.state)}`);
  }

  private setting(name: string): number {
    return Number(this.conf[name]);
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  private oneOf(choice: readonly number[]): number {
    return choice[this.below(choice.length)] ?? 0;
  }

  private get used(): number {
    return this.working + sum(this.blocks);
  }

  private get avail(): number {
    return Math.max(0, this.disk - this.foreign - this.used);
  }

  /** For a measurement, for minutes or for good; all of the disk or much of it; or its inodes. */
  private othersFill(): void {
    if (this.foreignUntil > 0 && this.up >= this.foreignUntil) {
      this.foreign = Math.min(this.foreign, this.disk * 0.1 * this.random());
      this.inodesFree = 1;
      this.foreignUntil = 0;
      this.foreignChanged = this.up;
    } else if (this.foreignUntil === 0 && this.random() < 0.02) {
      tally.foreignFills++;
      this.foreign += this.avail * this.oneOf([0, 0.5, 0.98, 1, 1]);
      this.inodesFree = this.oneOf([1, 1, 1, 0]);
      this.foreignChanged = this.up;
      this.foreignUntil = this.up + this.oneOf([1, 5, 600, 1e9]);
    }
  }

  private appliedNow(): number {
    return this.up - this.orderedAt >= TAKES_EFFECT ? this.ordered : this.applied;
  }

  private tempoWrites(seconds: number): void {
    if (this.wal === "waits" && this.avail > MIB) {
      // Its meta.json alone had failed: the next pass writes what it holds.
      this.wal = "whole";
      this.newFiles++;
      tally.healedWals++;
    }
    if (this.slowUntil > 0 && this.up >= this.slowUntil) {
      this.slowUntil = 0;
      this.newFiles++;
    }
    if (this.up >= this.quietUntil && this.random() < 0.03) this.quietUntil = this.up + this.below(400);
    // What is refused, malformed or over a cap is never created, however much of it arrives.
    const sent = this.starting || this.up < this.quietUntil ? 0 : this.sending * this.random() * 2;
    const late = Math.max(0, Math.min(seconds, this.orderedAt + TAKES_EFFECT - (this.up - seconds)));
    const taken = Math.min(sent, this.applied) * late + Math.min(sent, this.ordered) * (seconds - late);
    if (this.wal !== "whole" && (this.state["broken"] === 1 || taken < 1_000)) this.brokenFor = 0;
    if (taken < 1_000) return;
    this.created += Math.ceil(taken / 1_000);
    if (taken * WAL > this.avail) this.fullBy(`${taken * WAL} for ${this.avail}`);
    if (this.wal === "whole" && (taken * WAL > this.avail || this.random() < 0.0005)) {
      this.wal = this.random() < 0.2 ? "waits" : "broken";
      this.slowUntil = 0;
      if (this.wal === "broken") tally.brokenWals++;
    }
    if (this.wal !== "whole") {
      this.brokenFor += INTERVAL;
      return;
    }
    if (this.up >= this.slowUntil && this.random() < 0.005) {
      tally.slowWrites++;
      this.slowUntil = this.up + this.below(90);
    }
    if (this.up >= this.slowUntil) this.newFiles++;
    this.cameIn += taken;
    this.working += taken * WAL;
    const use = this.used / Math.min(this.setting("CLAIM"), this.used + this.avail);
    if (use > 0.97) this.fullBy(`of ${use}`);
    if (this.working > 5 * MIB || this.random() < 0.03) {
      this.blocks.push({ end: this.now, bytes: this.working * COMPLETED });
      this.working = 0;
    }
  }

  /** Whoever takes the last room within a minute is not Tempo, which has still to be told. */
  private fullBy(text: string): void {
    if (this.up - this.foreignChanged > 60) this.fault(`Tempo has filled the disk: ${text}`);
  }

  private tempoDeletes(clockStepped: boolean): void {
    this.blocks = this.blocks.filter(({ marked }) => marked === undefined || this.up - marked < DELETED_AFTER);
    if (this.up - this.polled < POLL) return;
    this.polled = this.up;
    for (const block of this.blocks) {
      const age = this.now - block.end;
      if (block.marked !== undefined || age <= this.retention) continue;
      block.marked = this.up;
      // In the moment in which the clock is set nobody can help; otherwise it is the guard's doing.
      if (age <= this.setting("RETENTION") && !clockStepped) this.deleted += block.bytes;
    }
  }

  private podRestarts(): void {
    tally.podRestarts++;
    this.state = this.empty;
    this.newProcess();
    this.starting = true;
    this.newFiles++;
    this.applied = this.ordered = this.setting("RATE");
    this.retention = this.setting("RETENTION");
    this.widest = 0;
    this.pressedSince = undefined;
  }

  private newProcess(): void {
    this.pid += 1 + this.below(50);
    this.created = 0;
    this.wal = "whole";
    this.brokenFor = 0;
    this.slowUntil = 0;
  }
}

function sum(blocks: readonly Block[]): number {
  return blocks.reduce((total, { bytes }) => total + bytes, 0);
}
