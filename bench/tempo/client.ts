/** Tempo's HTTP API and its metrics page, as far as the bench needs them. */
import { parseMetrics } from "../../tools/verify/lib/tempo";

/** Values of one metric, summed over its series; a part of a label set may be asked for. */
export function sumOf(page: string, metric: string, label?: string): number {
  return parseMetrics(page).sum(metric, label) ?? 0;
}

export class TempoClient {
  constructor(private readonly url: string) {}

  async metrics(): Promise<string> {
    return await (await this.get("/metrics")).text();
  }

  async ready(): Promise<boolean> {
    return (await this.get("/ready").catch(() => undefined))?.ok ?? false;
  }

  /** Whether a trace is found by its id. */
  async find(id: string): Promise<boolean> {
    const response = await this.get(`/api/traces/${id}`);
    await response.arrayBuffer();
    return response.ok;
  }

  /** Ids that a TraceQL search returns. @param hours how far back */
  async search(query: string, hours: number, limit = 20): Promise<string[]> {
    const now = Math.floor(Date.now() / 1000);
    const answer = (await this.json("/api/search", { q: query, limit, start: now - hours * 3600, end: now + 60 })) as {
      traces?: readonly { traceID: string }[];
    };
    // Tempo leaves out leading zeros here, and only here.
    return (answer.traces ?? []).map(({ traceID }) => traceID.padStart(32, "0"));
  }

  /** Spans that a TraceQL metrics query counts; undefined when Tempo does not answer it. */
  async countSpans(query: string, hours: number): Promise<number | undefined> {
    const now = Math.floor(Date.now() / 1000);
    const step = 15;
    try {
      const answer = (await this.json("/api/metrics/query_range", {
        q: query,
        start: now - hours * 3600,
        end: now + 60,
        step: `${step}s`,
      })) as { series?: readonly { samples?: readonly { value?: number }[] }[] };
      const samples = (answer.series ?? []).flatMap(({ samples = [] }) => samples);
      return samples.reduce((sum, { value = 0 }) => sum + value * step, 0);
    } catch {
      return undefined;
    }
  }

  /** Writes everything in memory to a block, and completes it at once. */
  async flush(): Promise<void> {
    await this.get("/flush?tenant=single-tenant");
  }

  private async json(path: string, parameters: Record<string, string | number>): Promise<unknown> {
    const words = new URLSearchParams(
      Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const response = await this.get(`${path}?${words.toString()}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`tempo answers ${response.status} to ${path}: ${text.slice(0, 200)}`);
    return JSON.parse(text);
  }

  private async get(path: string): Promise<Response> {
    return await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(30_000) });
  }
}

/** One span of one trace, in OTLP's JSON. */
export function probe(traceId: string): string {
  const now = BigInt(Date.now()) * 1_000_000n;
  const span = {
    traceId,
    spanId: traceId.slice(0, 16),
    name: "probe",
    kind: 1,
    startTimeUnixNano: String(now - 1_000_000n),
    endTimeUnixNano: String(now),
  };
  const resource = { attributes: [{ key: "service.name", value: { stringValue: PROBE_SERVICE } }] };
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
}

/**
 * Sends one span of one trace and waits for the answer.
 * @returns whether it was accepted
 */
export async function sendProbe(otlp: string, traceId: string): Promise<boolean> {
  const response = await fetch(`${otlp}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: probe(traceId),
    signal: AbortSignal.timeout(10_000),
  });
  await response.arrayBuffer();
  return response.ok;
}

export const PROBE_SERVICE = "bench-probe";
