import { parse } from "yaml";
import { SERVICE } from "../../../components/contracts/attributes";
import { jsonOf, type Answer, type Endpoint } from "./http";

/** Tempo's query API, and what Tempo tells of itself on the same port. */
export class Tempo {
  constructor(readonly endpoint: Endpoint) {}

  /** Only a Tempo answers `echo` here. */
  echo(): Promise<Answer> {
    return this.endpoint.get("/api/echo", { accept: "text/plain" });
  }

  ready(): Promise<Answer> {
    return this.endpoint.get("/ready", { accept: "text/plain" });
  }

  /** Such as `2.10.1`; undefined of a Tempo that does not tell. */
  async version(): Promise<string | undefined> {
    const answer = await this.endpoint.get("/api/status/buildinfo");
    const { version } = (jsonOf(answer) ?? {}) as { version?: unknown };
    return typeof version === "string" && version !== "" ? version.replace(/^v/, "") : undefined;
  }

  /** The answer to a query by ID: of the newer API, which Tempo 2.6 and older do not have, or else of the older. */
  async byId(id: string): Promise<Answer> {
    const newer = await this.endpoint.get(tracePath(id));
    return newer.status === 404 ? await this.endpoint.get(olderTracePath(id)) : newer;
  }

  /** @param from and @param to milliseconds between which the trace lies. */
  search(query: string, from: number, to: number): Promise<Answer> {
    const words = { q: query, start: seconds(from), end: seconds(to), limit: "20" };
    return this.endpoint.get(`/api/search?${new URLSearchParams(words).toString()}`);
  }

  /** What Tempo counts; undefined where the page is not to be reached, as through some proxies. */
  async metrics(): Promise<Metrics | undefined> {
    const answer = await this.endpoint.get("/metrics", { accept: "text/plain" }).catch(() => undefined);
    return answer?.status === 200 && answer.text.includes("\ntempo") ? parseMetrics(answer.text) : undefined;
  }

  /** The configuration in force, with that of the tenant in it. */
  async config(): Promise<TempoConfig | undefined> {
    const [config, runtime] = await Promise.all([this.page("config"), this.page("runtime_config")]);
    return config && { ...config, runtime: runtime ?? {} };
  }

  private async page(name: string): Promise<Section | undefined> {
    const answer = await this.endpoint.get(`/status/${name}`, { accept: "text/plain" }).catch(() => undefined);
    if (answer?.status !== 200) return undefined;
    try {
      // Above the YAML stands the request.
      const value: unknown = parse(answer.text.replace(/^GET .*\n/, ""), { uniqueKeys: false, logLevel: "silent" });
      return isSection(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }
}

export function tracePath(id: string): string {
  return `/api/v2/traces/${id}`;
}

export function olderTracePath(id: string): string {
  return `/api/traces/${id}`;
}

/** TraceQL of the trace of one run. */
export function traceOfRun(service: string, run: string): string {
  return `{ resource.${SERVICE.attribute} = "${service}" && span.${RUN_ATTRIBUTE} = "${run}" }`;
}

/** The span attribute that tells the runs apart. It becomes no label of a metric. */
export const RUN_ATTRIBUTE = "verify.run";

function seconds(ms: number): string {
  return String(Math.floor(ms / 1_000));
}

interface TraceSpan {
  readonly spanId?: unknown;
}
interface ScopeSpans {
  readonly spans?: readonly TraceSpan[];
}
interface ResourceSpans {
  readonly scopeSpans?: readonly ScopeSpans[];
  readonly instrumentationLibrarySpans?: readonly ScopeSpans[];
}

/**
 * The IDs of a trace's spans, in hexadecimal digits; undefined when the answer is no trace at all. A Tempo that has not
 * found the trace answers an empty one.
 */
export function spanIdsOf(answer: Answer): ReadonlySet<string> | undefined {
  const body = jsonOf(answer) as { trace?: Trace; batches?: unknown; resourceSpans?: unknown } | undefined;
  if (typeof body !== "object") return undefined;
  const trace = body.trace ?? (body as Trace);
  const resources = trace.resourceSpans ?? trace.batches ?? [];
  const spans = resources
    .flatMap((one) => [...(one.scopeSpans ?? []), ...(one.instrumentationLibrarySpans ?? [])])
    .flatMap((one) => one.spans ?? []);
  return new Set(spans.map(({ spanId }) => hexOf(String(spanId))));
}

interface Trace {
  readonly resourceSpans?: readonly ResourceSpans[];
  readonly batches?: readonly ResourceSpans[];
}

/** Tempo's JSON writes IDs in base64; others write digits. */
function hexOf(id: string): string {
  return /^[0-9a-f]{16}$/i.test(id) ? id.toLowerCase() : Buffer.from(id, "base64").toString("hex");
}

/** The IDs of the traces that a search found, with the zeros that Tempo leaves out. */
export function traceIdsOf(answer: Answer): readonly string[] | undefined {
  const body = jsonOf(answer) as { traces?: readonly { traceID?: unknown }[] } | undefined;
  // An empty list is left out.
  if (typeof body !== "object") return undefined;
  return (body.traces ?? []).map(({ traceID }) => String(traceID).padStart(32, "0"));
}

/** One line of a metrics page. */
interface Sample {
  readonly labels: string;
  readonly value: number;
}

/** A page of metrics. */
export interface Metrics {
  /**
   * The sum over all series of a metric; undefined where there is none, which of most counters means zero.
   * @param label `name="value"` that a series must have.
   */
  sum(name: string, label?: string): number | undefined;
  /** Values of one label, each with its sum. */
  by(name: string, label: string): ReadonlyMap<string, number>;
}

export function parseMetrics(page: string): Metrics {
  const samples = new Map<string, Sample[]>();
  for (const [, name = "", labels = "", value = ""] of page.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/gm)) {
    const list = samples.get(name) ?? [];
    list.push({ labels, value: Number(value) });
    samples.set(name, list);
  }
  const of = (name: string): readonly Sample[] => samples.get(name) ?? [];
  const add = (list: readonly Sample[]): number => list.reduce((sum, { value }) => sum + value, 0);
  return {
    sum(name, label) {
      const found = of(name).filter(({ labels }) => label === undefined || labels.includes(label));
      return found.length === 0 ? undefined : add(found);
    },
    by(name, label) {
      const pattern = new RegExp(`(?:^|,)${label}="([^"]*)"`);
      const sums = new Map<string, number>();
      for (const { labels, value } of of(name)) {
        const key = pattern.exec(labels)?.[1] ?? "";
        sums.set(key, (sums.get(key) ?? 0) + value);
      }
      return sums;
    },
  };
}

export type Section = Readonly<Record<string, unknown>>;

/** Tempo's configuration, of which a few keys are looked at. */
export type TempoConfig = Section & { readonly runtime: Section };

function isSection(value: unknown): value is Section {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What stands at a path of a configuration. */
export function at(config: Section | undefined, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isSection(value) ? value[key] : undefined), config);
}
