/** A load: requests that arrive at a steady rate for some time. */
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "./random";
import { Sender } from "./sender";
import { planRequest, type PlannedSpan } from "./spans";
import { homelab, type Arrival } from "./traffic";

export interface Load {
  /** The base URL of an OTLP/HTTP receiver. */
  endpoint: string;
  /** Traces per second; `"most"` sends the next ones as soon as the last are answered. */
  rate: number | "most";
  /** How many traces; otherwise as many as `rate` makes in `duration` seconds. */
  traces?: number;
  duration?: number;
  /** The same seed gives the same requests, latencies and ids: give each run into one Tempo a seed of its own. */
  seed: number;
  /** What arrives; a household's requests unless given. */
  traffic?: readonly Arrival[];
  /** Ends the load early. */
  signal?: AbortSignal;
}

/** What was sent. */
export interface Sent {
  traces: number;
  spans: number;
  /** The first hundred trace ids, to ask for. */
  traceIds: string[];
}

/** Traces that are under way at one time when the load is as much as is taken: a few batches of each service. */
const BURST = 600;

/** Sends a load. Traces that a busy machine is late with are sent all the same, so that their number is certain. */
export async function runLoad(load: Load): Promise<Sent> {
  const { endpoint, rate, duration = 0, seed, traffic = homelab, signal } = load;
  const random = new Random(seed);
  const sender = new Sender(endpoint, random);
  const sent: Sent = { traces: 0, spans: 0, traceIds: [] };
  const total = load.traces ?? Math.round(rate === "most" ? 0 : rate * duration);
  const start = Date.now();
  try {
    while (sent.traces < total && signal?.aborted !== true) {
      const elapsed = (Date.now() - start) / 1000;
      const due = Math.min(total, rate === "most" ? sent.traces + BURST : Math.floor(elapsed * rate) + 1);
      for (; sent.traces < due; sent.traces++) {
        const root = planRequest(random.pick(traffic).request, random);
        const id = sender.send(root);
        if (sent.traceIds.length < 100) sent.traceIds.push(id);
        sent.spans += count(root);
      }
      await (rate === "most" ? sender.flush() : sleep(Math.min(50, 1000 / rate)));
    }
  } finally {
    await sender.stop();
  }
  return sent;
}

function count(span: PlannedSpan): number {
  return span.children.reduce((sum, child) => sum + count(child), 1);
}
