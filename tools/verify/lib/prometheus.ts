import { jsonOf, oneLine, type Answer, type Endpoint } from "./http";

/** A Prometheus, asked directly or through a data source of Grafana. Only GET: Grafana's proxy refuses most else. */
export class Prometheus {
  /** @param path of Grafana's proxy. */
  constructor(
    readonly endpoint: Endpoint,
    readonly path = "",
  ) {}

  /**
   * The series of an instant query, each with its newest value; of a range `metric[5m]` all its samples.
   * @throws NoAnswer, NotPrometheus
   */
  async query(query: string): Promise<readonly Series[]> {
    const { resultType, result } = (await this.ask("query", { query })) as { resultType: unknown; result: unknown };
    if (resultType === "scalar") return [{ labels: {}, samples: [sampleOf(result as RawSample)] }];
    return (result as readonly RawSeries[]).map(({ metric, value, values }) => ({
      labels: metric,
      samples: (values ?? (value ? [value] : [])).map(sampleOf),
    }));
  }

  /** The value of a query for one number; undefined when it returns nothing. */
  async number(query: string): Promise<number | undefined> {
    const value = (await this.query(query))[0]?.samples.at(-1)?.value;
    return value !== undefined && Number.isFinite(value) ? value : undefined;
  }

  /** The labels of each exemplar of the series that a selector has. */
  async exemplars(query: string, from: number, to: number): Promise<readonly Readonly<Record<string, string>>[]> {
    const window = { start: String(from / 1_000), end: String(to / 1_000) };
    const data = (await this.ask("query_exemplars", { query, ...window })) as RawExemplars[] | null;
    return (data ?? []).flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels));
  }

  /** The command line's flags; undefined of something that is not Prometheus itself, as Mimir or VictoriaMetrics. */
  async flags(): Promise<Readonly<Record<string, string>> | undefined> {
    const data = await this.ask("status/flags", {}).catch(() => undefined);
    return typeof data === "object" && data !== null ? (data as Record<string, string>) : undefined;
  }

  /** What is scraped, and how that goes; undefined where nobody tells. */
  async targets(): Promise<readonly ScrapedTarget[] | undefined> {
    const data = await this.ask("targets", { state: "active" }).catch(() => undefined);
    const { activeTargets } = (data ?? {}) as { activeTargets?: readonly ScrapedTarget[] };
    return activeTargets;
  }

  private async ask(what: string, words: Readonly<Record<string, string>>): Promise<unknown> {
    const query = new URLSearchParams(words).toString();
    const answer = await this.endpoint.get(`${this.path}/api/v1/${what}?${query}`);
    const body = jsonOf(answer) as { status?: unknown; error?: unknown; data?: unknown } | undefined;
    if (typeof body === "object" && body.status === "success" && isData(body.data)) return body.data;
    throw new NotPrometheus(answer, typeof body === "object" && body.status === "error" ? body.error : undefined);
  }
}

/** The result of a query is a list; other questions have other answers. */
function isData(data: unknown): boolean {
  if (typeof data !== "object" || data === null || !("resultType" in data)) return true;
  return "result" in data && Array.isArray(data.result);
}

/** An answer that is none of Prometheus', or its complaint. */
export class NotPrometheus extends Error {
  override readonly name = "NotPrometheus";
  /** What Prometheus itself complains about. */
  readonly complaint: string | undefined;

  constructor(
    readonly answer: Answer,
    complaint: unknown,
  ) {
    super(`status ${answer.status}`);
    this.complaint = typeof complaint === "string" ? oneLine(complaint) : undefined;
  }
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** From the oldest to the newest; at least one. */
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** Milliseconds. */
  readonly time: number;
  readonly value: number;
}

export interface ScrapedTarget {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: string;
  readonly lastError: string;
}

type RawSample = readonly [number, string];

interface RawSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: RawSample;
  readonly values?: readonly RawSample[];
}

interface RawExemplars {
  readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>> }[];
}

function sampleOf([time, value]: RawSample): Sample {
  return { time: time * 1_000, value: Number(value) };
}
