/** A load: requests that arrive at a steady rate for some time. */
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "./random";
import { Sender } from "./sender";
import { planRequest, type PlannedSpan } from "./spans";
import { homelab, type Arrival } from "./traffic";

export interface Load {
  /** The base URL of an OTLP/HTTP receiver. */
  endpoint: string;
  /** Traces per second. */
  rate: number;
  /** Seconds. */
  duration: number;
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

/** Sends a load. Traces that a busy machine is late with are sent all the same, so that their number is certain. */
export async function runLoad({ endpoint, rate, duration, seed, traffic = homelab, signal }: Load): Promise<Sent> {
  const random = new Random(seed);
  const sender = new Sender(endpoint, random);
  const sent: Sent = { traces: 0, spans: 0, traceIds: [] };
  const total = Math.round(rate * duration);
  const start = Date.now();
  try {
    while (sent.traces < total && signal?.aborted !== true) {
      const due = Math.min(total, Math.floor(((Date.now() - start) / 1000) * rate) + 1);
      for (; sent.traces < due; sent.traces++) {
        const root = planRequest(random.pick(traffic).request, random);
        const id = sender.send(root);
        if (sent.traceIds.length < 100) sent.traceIds.push(id);
        sent.spans += count(root);
      }
      await sleep(Math.min(50, 1000 / rate));
    }
  } finally {
    await sender.stop();
  }
  return sent;
}

function count(span: PlannedSpan): number {
  return span.children.reduce((sum, child) => sum + count(child), 1);
}
