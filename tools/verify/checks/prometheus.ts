import type { OwnSpans } from "../../../components/grafana/queries/spanMetrics";
import { noExemplar, noSeries, notOurs, type Diagnosis, type Processor, type Receiver } from "../lib/causes";
import { formatDuration } from "../lib/evidence";
import { proxyPath } from "../lib/grafana";
import { NoAnswer } from "../lib/http";
import { identify } from "../lib/identify";
import { NotPrometheus, Prometheus, type Series } from "../lib/prometheus";
import {
  baselineOf,
  callsOfAnybody,
  callsOfServer,
  counted,
  edge,
  edgesOfAnybody,
  exemplarSelectors,
  type Baseline,
} from "../lib/series";
import type { Place } from "../lib/targets";
import { answerTrouble, silenceTrouble, CheckFailure } from "../lib/failure";
import { Late, NotYet } from "../lib/wait";
import { Skip, type Context, type Passed } from "./context";
import type { Acknowledged } from "./sending";

/** The Prometheus of a run, and what it had before the trace was sent. */
export class Metrics {
  /** What was there before; absent while it is not known. */
  before: { readonly calls: Baseline; readonly edges: Baseline } | undefined;

  private constructor(
    readonly prometheus: Prometheus,
    private readonly context: Context,
    private readonly place: Place,
    /** Uid of the data source through which it is asked. */
    readonly uid: string | undefined,
  ) {}

  static direct(context: Context, place: Place): Metrics {
    return new Metrics(new Prometheus(context.endpoint(place)), context, place, undefined);
  }

  /** Through Grafana's data source. */
  static throughGrafana(context: Context, place: Place, uid: string, headers: Record<string, string>): Metrics {
    const endpoint = context.endpoint(place, { headers });
    return new Metrics(new Prometheus(endpoint, proxyPath(uid)), context, place, uid);
  }

  /** How the series of the spans of this Tempo are told from others'. */
  get own(): OwnSpans {
    return this.context.targets.own;
  }

  /** In words. */
  get name(): string {
    const { url } = this.prometheus.endpoint;
    return this.uid === undefined ? url : `Grafana's data source ${this.uid}`;
  }

  /** @throws CheckFailure */
  async series(queries: readonly string[]): Promise<readonly Series[]> {
    const lists = await Promise.all(queries.map((query) => this.asked(() => this.prometheus.query(query))));
    return lists.flat();
  }

  /** @throws CheckFailure */
  number(query: string): Promise<number | undefined> {
    return this.asked(() => this.prometheus.number(query));
  }

  /** A command that asks the same. */
  command(path: string, query?: Readonly<Record<string, string>>): string[] {
    return this.context.commands.prometheus(path, query, this.uid);
  }

  async asked<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      const part = this.uid === undefined ? "prometheus" : "grafana";
      const party = this.context.party(part, this.place);
      if (error instanceof NoAnswer) throw silenceTrouble(error, party);
      if (!(error instanceof NotPrometheus)) throw error;
      throw this.refusal(
        error,
        this.uid === undefined ? await identify(this.prometheus.endpoint, "prometheus") : undefined,
      );
    }
  }

  private refusal({ answer, complaint }: NotPrometheus, found: string | undefined): CheckFailure {
    if (complaint !== undefined) {
      return new CheckFailure(`${this.name} refuses a query: ${complaint}`, {
        causes: ["Prometheus itself, or its limits, refuse it."],
        more: this.command("/api/v1/query", { query: "1" }),
      });
    }
    if (this.uid === undefined) {
      return answerTrouble(answer, this.context.party("prometheus", this.place), found);
    }
    const trouble = answerTrouble(answer, this.context.party("grafana", this.place));
    if (answer.status === 401 || answer.status === 403) return trouble;
    return new CheckFailure(`${this.name} does not answer: ${trouble.what}`, {
      causes: ["Grafana does not reach the URL of the data source, or that is no Prometheus."],
      more: this.context.commands.grafana(`/api/datasources/uid/${this.uid}/health`),
      lasting: answer.status === 404,
    });
  }

  /** Whether it answers; keeps what it has of earlier runs. */
  async check(seen: (text: string) => void): Promise<Passed> {
    const began = Date.now();
    await this.context.until(
      async () => {
        const [calls, edges] = await Promise.all([this.series(callsOfServer(this.own)), this.series(edge(this.own))]);
        if (!this.context.sending) this.before = { calls: baselineOf(calls), edges: baselineOf(edges) };
      },
      { seen },
    );
    return { what: `${this.name} answers`, took: Date.now() - began };
  }

  async receiver(anybody: string): Promise<Receiver> {
    const [flags, [others]] = await Promise.all([
      this.prometheus.flags(),
      this.prometheus.query(anybody).catch(() => []),
    ]);
    return { url: this.name, ...(flags && { flags }), ...(others && { others: others.labels }) };
  }
}

/** Span metrics of this trace's spans. */
export function spanMetrics(context: Context, metrics: Metrics, sent: Acknowledged, seen: (text: string) => void) {
  const query = { queries: callsOfServer, anybody: callsOfAnybody, before: () => metrics.before?.calls };
  return counter(context, metrics, sent, "span-metrics", query, seen);
}

/** The edge between the trace's two services. */
export function serviceGraph(context: Context, metrics: Metrics, sent: Acknowledged, seen: (text: string) => void) {
  const query = { queries: edge, anybody: edgesOfAnybody(metrics.own), before: () => metrics.before?.edges };
  return counter(context, metrics, sent, "service-graphs", query, seen);
}

interface Counter {
  readonly queries: (own: OwnSpans) => readonly string[];
  readonly anybody: string;
  readonly before: () => Baseline | undefined;
}

async function counter(
  context: Context,
  metrics: Metrics,
  { trace, at }: Acknowledged,
  processor: Processor,
  { queries: queriesOf, anybody, before }: Counter,
  seen: (text: string) => void,
): Promise<Passed> {
  const queries = queriesOf(metrics.own);
  const [selector = ""] = queries.map((query) => query.replace(/\[.*/, ""));
  const { commands, targets } = context;
  const deployment = targets.deployment ? { deployment: targets.deployment } : {};
  const explain = async (): Promise<Diagnosis> => {
    const [evidence, receiver, everybodys] = await Promise.all([
      context.evidence(trace.spans.length),
      metrics.receiver(anybody),
      metrics.own.spans.length > 0 ? metrics.series(queriesOf({ ...metrics.own, spans: [] })) : [],
    ]);
    if (counted(everybodys, baselineOf(everybodys, trace.end + (context.clock.behind ?? 0)))) {
      return notOurs(metrics.own.spans, everybodys[0]?.labels ?? {}, targets.deployment);
    }
    return noSeries({ evidence, commands, ...deployment }, processor, receiver);
  };
  const trouble = (seen: string, { causes, more }: Diagnosis): CheckFailure =>
    new CheckFailure(
      `${seen} in ${metrics.name}, ${formatDuration(Date.now() - at)} after the acknowledgement: ${selector}`,
      {
        causes,
        more: [...metrics.command("/api/v1/query", { query: selector }), ...more],
        lasting: true,
      },
    );
  let look = at + context.times.collections;
  const attempt = async (): Promise<string | NotYet> => {
    const series = await metrics.series(queries);
    // Without a look at what was before: what Tempo's clock says was before.
    const earlier = before() ?? baselineOf(series, trace.end + (context.clock.behind ?? 0));
    if (counted(series, earlier)) return series[0]?.labels["__name__"] ?? "";
    const missing = series.length === 0 ? "no such series" : "the series of an earlier run, unchanged";
    if (Date.now() > look) {
      look = Date.now() + context.times.collections;
      const because = await explain();
      if (because.certain) throw trouble(missing, because);
    }
    return new NotYet(missing);
  };
  try {
    const name = await context.until(attempt, { seen, interval: context.times.seriesInterval });
    return { what: name, took: Date.now() - at };
  } catch (error) {
    if (!(error instanceof Late)) throw error;
    const because = await explain();
    const waited = Date.now() - at;
    const soon = because.certain === undefined && waited < context.times.collections;
    const early = `It was waited for ${formatDuration(waited)} only, and a collection and its way take up to ${formatDuration(context.times.collections)}: give a longer --timeout.`;
    throw trouble(error.seen, { ...because, causes: [...(soon ? [early] : []), ...because.causes] });
  }
}

/** How far from the trace an exemplar may be by the clocks of others, in ms. */
const WINDOW = 3_600_000;

/**
 * An exemplar of the span metrics that leads to this trace.
 * @param counted whether the span metrics are there; settled when that is known
 */
export async function exemplar(
  context: Context,
  metrics: Metrics,
  { trace, at }: Acknowledged,
  counted: Promise<boolean>,
  seen: (text: string) => void,
): Promise<Passed> {
  const { commands } = context;
  const explain = async (): Promise<Diagnosis> => {
    return noExemplar({ commands }, await metrics.receiver(callsOfAnybody));
  };
  let deadline = context.deadline;
  counted
    .then(async (are) => {
      // They come together. Where nobody keeps exemplars there is nothing to wait for.
      if (!are || (await explain()).certain) deadline = Math.min(deadline, Date.now() + context.times.grace);
    })
    .catch(() => undefined);
  const look = async (): Promise<string | NotYet> => {
    const [from, to] = [trace.start - WINDOW, Date.now() + WINDOW];
    const lists = await Promise.all(
      exemplarSelectors(metrics.own).map((selector) =>
        metrics.asked(() => metrics.prometheus.exemplars(selector, from, to)),
      ),
    );
    const label = lists.flat().flatMap((labels) => {
      return Object.entries(labels).flatMap(([name, value]) => (value.padStart(32, "0") === trace.id ? [name] : []));
    })[0];
    return label ?? new NotYet(lists.flat().length === 0 ? "no exemplar" : "no exemplar of this trace");
  };
  try {
    const label = await context.until(look, {
      seen,
      interval: context.times.seriesInterval,
      deadline: () => deadline,
    });
    return { what: `the label ${label} has the trace's ID`, took: Date.now() - at };
  } catch (error) {
    if (!(error instanceof Late)) throw error;
    if (!(await counted)) throw new Skip("there are no span metrics that could have one");
    const because = await explain();
    const [selector = ""] = exemplarSelectors(metrics.own);
    const query = { query: selector, start: String(trace.start / 1_000), end: String(Math.ceil(Date.now() / 1_000)) };
    throw new CheckFailure(
      `${error.seen} in ${metrics.name}, ${formatDuration(Date.now() - at)} after the acknowledgement`,
      {
        causes: because.causes,
        more: [...because.more, ...metrics.command("/api/v1/query_exemplars", query)],
      },
    );
  }
}
