import { formatDuration } from "./lib/evidence";
import { CHECKS, type Check, type Outcome } from "./lib/report";

/** Where progress is written: standard error. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** How often the line of a terminal changes, in ms. */
const TICK = 250;
/** How often a log hears that the wait goes on, in ms. */
const REMINDER = 30_000;

/** What is waited for: on a terminal one line that changes, in a log a line for each check that ends. */
export class Progress {
  private readonly waiting = new Map<Check, string>();
  private readonly timer: NodeJS.Timeout;
  private told = Date.now();
  private ended = 0;

  constructor(
    private readonly terminal: Terminal,
    private readonly began: number,
    private readonly timeout: number,
  ) {
    this.timer = setInterval(
      () => {
        this.tick();
      },
      terminal.isTTY === true ? TICK : 1_000,
    );
    this.timer.unref();
  }

  /** A check waits, and sees this meanwhile. */
  seen(check: Check, text: string): void {
    this.waiting.set(check, text);
  }

  end({ check, title, status, what }: Outcome): void {
    this.waiting.delete(check);
    this.ended++;
    if (this.terminal.isTTY === true || status === "skipped") return;
    this.line(`${title}: ${status}${status === "failed" ? `: ${what}` : ""}`);
  }

  /** Takes the line away. */
  stop(): void {
    clearInterval(this.timer);
    if (this.terminal.isTTY === true) this.terminal.write("\r\u001b[K");
  }

  private tick(): void {
    const entries = [...this.waiting];
    if (this.terminal.isTTY === true) {
      const names = entries.map(([check]) => CHECKS[check]).join(", ");
      const [, seen = ""] = entries[0] ?? [];
      const text = `${this.clock} ${this.ended}/${Object.keys(CHECKS).length} done, waiting for ${names}${seen === "" ? "" : ` (${seen})`}`;
      this.terminal.write(`\r${text.slice(0, (this.terminal.columns ?? 80) - 1)}\u001b[K`);
    } else if (Date.now() - this.told >= REMINDER) {
      this.line(`waiting for ${entries.map(([check, seen]) => `${CHECKS[check]} (${seen})`).join(", ")}`);
    }
  }

  private line(text: string): void {
    this.told = Date.now();
    this.terminal.write(`${this.clock} ${text}\n`);
  }

  private get clock(): string {
    return `[${Math.floor((Date.now() - this.began) / 1_000)} s of ${formatDuration(this.timeout)}]`;
  }
}
