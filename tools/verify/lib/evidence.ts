import type { TempoVersion } from "../../../components/contracts/tempoVersion";
import { at, type Metrics, type Tempo, type TempoConfig } from "./tempo";

/** What Tempo tells of itself: its counters before and after the trace, and its configuration. */
export interface Evidence {
  /** What its metrics and keys are called. */
  readonly version: TempoVersion;
  readonly before: Metrics | undefined;
  readonly after: Metrics | undefined;
  readonly config: TempoConfig | undefined;
  /** Milliseconds by which this machine's clock is behind Tempo's; undefined when nobody told. */
  readonly behind: number | undefined;
  /** The tenant that the trace belongs to. */
  readonly tenant: string;
  /** Spans that were acknowledged. */
  readonly sent: number;
}

/** Tempo's name for the one tenant of an instance without multi-tenancy. */
export const SINGLE_TENANT = "single-tenant";

export async function gather(tempo: Tempo, rest: Omit<Evidence, "after" | "config">): Promise<Evidence> {
  const [after, config] = await Promise.all([tempo.metrics(), tempo.config()]);
  return { ...rest, after, config };
}

/** By how much a counter has grown; undefined when that is not known. One that is not there yet is at 0. */
export function grown({ before, after }: Evidence, name: string, label?: string): number | undefined {
  if (!before || !after) return undefined;
  const restarted = before.sum(STARTED) !== after.sum(STARTED);
  return (after.sum(name, label) ?? 0) - (restarted ? 0 : (before.sum(name, label) ?? 0));
}

const STARTED = "process_start_time_seconds";

/** The reasons for which a counter has grown, each with the growth. */
export function reasons({ before, after }: Evidence, name: string): readonly (readonly [string, number])[] {
  if (!before || !after) return [];
  const earlier = before.by(name, "reason");
  return [...after.by(name, "reason")]
    .map(([reason, count]) => [reason, count - (earlier.get(reason) ?? 0)] as const)
    .filter(([, growth]) => growth > 0);
}

/** Whether the Tempo of the query URL has received the spans; undefined when it does not tell. */
export function received(evidence: Evidence): boolean | undefined {
  // A Tempo of several processes counts elsewhere than where it is asked.
  if (at(evidence.config, "target") !== "all") return undefined;
  const count = grown(evidence, evidence.version.metrics.spansReceived);
  return count === undefined ? undefined : count >= evidence.sent;
}

/** What stands in the overrides that count for the tenant: those of a tenant replace the defaults altogether. */
export function tenantSetting({ config, tenant }: Evidence, ...path: readonly string[]): unknown {
  const own = at(config?.runtime, "overrides", tenant);
  if (own !== undefined) return at(config?.runtime, "overrides", tenant, ...path);
  return at(config?.runtime, "defaults", ...path) ?? at(config, "overrides", "defaults", ...path);
}

/** Whether a processor of the generator is on for the tenant; undefined when nobody tells. */
export function processorOn(evidence: Evidence, processor: string): boolean | undefined {
  const label = `processor="${processor}`;
  const active = evidence.after?.sum(evidence.version.metrics.generatorProcessors, label);
  if (active !== undefined) return active > 0;
  if (!evidence.config) return undefined;
  const listed = tenantSetting(evidence, "metrics_generator", "processors");
  return Array.isArray(listed) && listed.some((one) => String(one).startsWith(processor));
}

/** Where the generator sends its series, without credentials; undefined when nobody tells. */
export function remoteWrites({ config }: Evidence): readonly string[] | undefined {
  if (!config) return undefined;
  const list = at(config, "metrics_generator", "storage", "remote_write");
  if (!Array.isArray(list)) return [];
  return list.map((one: unknown) => {
    const { url } = one as { readonly url?: unknown };
    return (typeof url === "string" ? url : "?").replace(/:\/\/[^/@]*@/, "://");
  });
}

/** A duration as Go writes it (`1m0s`, `12h0m0s`, `500ms`), in ms; undefined when it is none. */
export function goMs(value: unknown): number | undefined {
  if (typeof value !== "string" || !/^(?:\d+(?:\.\d+)?(?:h|m|s|ms|µs|us|ns))+$/.test(value)) return undefined;
  const units: Readonly<Record<string, number>> = {
    h: 3_600_000,
    m: 60_000,
    s: 1_000,
    ms: 1,
    µs: 1e-3,
    us: 1e-3,
    ns: 1e-6,
  };
  return [...value.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|µs|us|ns)/g)].reduce(
    (sum, [, count = "", unit = ""]) => sum + Number(count) * (units[unit] ?? 0),
    0,
  );
}

/** A time in words: `12 s`, `3 min`, `2 h`. */
export function formatDuration(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1_000) return `${Math.round(size)} ms`;
  if (size < 120_000) return `${Number((size / 1_000).toFixed(1))} s`;
  return size < 7_200_000 ? `${Math.round(size / 60_000)} min` : `${Number((size / 3_600_000).toFixed(1))} h`;
}
