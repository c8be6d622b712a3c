/** Chance that repeats itself: the same seed gives the same load, so that two runs can be compared. */

/** Draws from one sequence of pseudo-random numbers (mulberry32: 32 bits of state are plenty for a load). */
export class Random {
  constructor(private state: number) {}

  /** An integer from 0 to 2^32 - 1. */
  word(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A number from 0 up to but not including 1. */
  fraction(): number {
    return this.word() / 2 ** 32;
  }

  /** Whether something happens that happens in this share (0 to 1) of all cases. */
  happens(share: number): boolean {
    return this.fraction() < share;
  }

  /** A log-normal value, which is how latencies spread: half lie below `median`, few lie far above it. */
  around(median: number, spread: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.fraction())) * Math.cos(2 * Math.PI * this.fraction());
    return median * Math.exp(spread * normal);
  }

  /** One of several, in proportion to their weights. */
  pick<T extends { weight: number }>(choices: readonly T[]): T {
    let left = this.fraction() * choices.reduce((sum, { weight }) => sum + weight, 0);
    const chosen = choices.find(({ weight }) => (left -= weight) < 0) ?? choices.at(-1);
    if (chosen === undefined) throw new Error("nothing to pick from");
    return chosen;
  }

  /** So many bytes as hexadecimal digits. */
  hex(bytes: number): string {
    let digits = "";
    while (digits.length < 2 * bytes) digits += this.word().toString(16).padStart(8, "0");
    return digits.slice(0, 2 * bytes);
  }
}
