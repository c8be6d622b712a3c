import type { ClockReader } from "./http";

/** How far a server's clock is from this one, by the `Date` headers of its answers. */
export class Clock implements ClockReader {
  private best: { offset: number; error: number } | undefined;

  note(date: string | null | undefined, sent: number, received: number): void {
    const time = date ? Date.parse(date) : NaN;
    if (!Number.isFinite(time)) return;
    // The header is cut to the second, and was written at some time between the two.
    const error = 500 + (received - sent) / 2;
    if (!this.best || error < this.best.error) this.best = { offset: time + 500 - (sent + received) / 2, error };
  }

  /**
   * Milliseconds by which this machine is behind the server; negative when it is ahead. 0 when the difference is too
   * small to be told, undefined when no answer said what the time is.
   */
  get behind(): number | undefined {
    if (!this.best) return undefined;
    const { offset, error } = this.best;
    return Math.abs(offset) <= error + LEAST ? 0 : Math.round(offset / 1_000) * 1_000;
  }
}

/** A difference that matters to nobody, in ms. */
const LEAST = 1_500;
