import { setTimeout as sleep } from "node:timers/promises";
import { CheckFailure } from "./failure";

/** Something that is not there yet, and what there is instead. */
export class NotYet {
  constructor(readonly seen: string) {}
}

/** It did not come in time. */
export class Late extends Error {
  override readonly name = "Late";
  /** @param seen what there was instead at last. */
  constructor(readonly seen: string) {
    super(seen);
  }
}

export interface Waiting {
  /** Milliseconds of the epoch after which it is late; asked before each pause. */
  readonly deadline: () => number;
  /** Ends the waiting at once. */
  readonly signal: AbortSignal;
  /** Told what there is instead. */
  readonly seen?: (text: string) => void;
  /** Milliseconds between two attempts; it starts with less. */
  readonly interval: number;
  /** How long a server may fail before it counts, in ms: a pod that is just starting, a name that was just made. */
  readonly patience: number;
}

/**
 * Tries until something is there.
 * @throws Late at the deadline, the attempt's CheckFailure when that lasts, the signal's reason when it is over
 */
export async function until<T>(attempt: () => Promise<T | NotYet>, waiting: Waiting): Promise<T> {
  const { deadline, signal, seen, interval, patience } = waiting;
  let failing: number | undefined;
  let last = "";
  for (let pause = Math.min(250, interval); ; pause = Math.min(interval, pause * 2)) {
    signal.throwIfAborted();
    let trouble: CheckFailure | undefined;
    try {
      const result = await attempt();
      if (!(result instanceof NotYet)) return result;
      [failing, last] = [undefined, result.seen];
    } catch (error) {
      if (!(error instanceof CheckFailure) || error.lasting || signal.aborted) throw error;
      [trouble, last] = [error, error.what];
      failing ??= Date.now();
      if (Date.now() - failing + pause > patience) throw error;
    }
    seen?.(last);
    if (Date.now() + pause > deadline()) throw trouble ?? new Late(last);
    await sleep(pause, undefined, { signal });
  }
}
