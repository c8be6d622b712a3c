import { setTimeout as sleep } from "node:timers/promises";
import { Context, Skip, type Passed } from "./checks/context";
import { diskMetrics } from "./checks/disk";
import { Dashboards } from "./checks/grafana";
import { exemplar, Metrics, serviceGraph, spanMetrics } from "./checks/prometheus";
import { byId, queryApi, search } from "./checks/queries";
import { sendTrace, skipUnknown, type Acknowledged } from "./checks/sending";
import { Clock } from "./lib/clock";
import { Commands } from "./lib/commands";
import { shownUrl } from "./lib/http";
import type { Progress } from "./progress";
import { CHECKS, type Check, type Outcome, type Report } from "./lib/report";
import { isMissing, type Targets } from "./lib/targets";
import { logLines } from "./lib/trace";
import { TIMES, type Times } from "./lib/times";
import { CheckFailure } from "./lib/failure";

/** Of the time, what is left to find out why something did not come; at most so many ms, and this share. */
const EXPLAINING = { most: 12_000, share: 0.2 } as const;

export interface Run {
  readonly targets: Targets;
  /** Milliseconds for all of it. */
  readonly timeout: number;
  /** Of these, how many something is waited for; what is left is to find out why it did not come. Default: four fifths or more. */
  readonly wait?: number;
  readonly progress: Progress;
  /** Ends it early. */
  readonly interrupt: AbortSignal;
  readonly times?: Times;
}

/** Proves a deployment: sends a trace and looks for it wherever it shall be seen. */
export async function verify({ targets, timeout, progress, interrupt, times = TIMES, ...given }: Run): Promise<Report> {
  const began = Date.now();
  const over = AbortSignal.timeout(timeout);
  const signal = AbortSignal.any([interrupt, over]);
  const wait = given.wait ?? timeout - Math.min(EXPLAINING.most, timeout * EXPLAINING.share);
  const clock = new Clock();
  const commands = new Commands(targets);
  const context = new Context(targets, commands, clock, signal, began + wait, times);
  const board = new Board(commands, progress, interrupt, over);

  const query = board.check("queryApi", (seen) => queryApi(context, seen));
  const [dashboards, opened, sources] = openGrafana(context, board);
  const metrics = openPrometheus(context, board, dashboards, opened);
  const noted = Promise.all([context.noteBefore(), query, metrics]);
  await Promise.race([
    noted.catch(() => undefined),
    sleep(times.beforeSending, undefined, { signal }).catch(() => undefined),
  ]);
  context.sending = true;

  const http = board.check("otlpHttp", (seen) => sendTrace(context, "http", seen));
  const grpc = board.check("otlpGrpc", (seen) => sendTrace(context, "grpc", seen));
  const first = firstOf(http, grpc);
  // Each of them: what is not awaited here could end after the report, and would be no part of it.
  await Promise.all([
    query,
    metrics,
    sources,
    ...queries(context, board, query, { http, grpc, first }),
    ...series(context, board, metrics, first),
    ...inGrafana(board, dashboards, opened, first),
  ]);
  progress.stop();

  const traces = (await Promise.all([http, grpc])).flatMap((sent) => sent ?? []);
  const counts = board.counts();
  return {
    ...(targets.deployment && { stack: targets.deployment.stack }),
    targets: shownTargets(targets),
    traces: traces.map(({ trace, protocol }) => ({ id: trace.id, protocol })),
    ...(traces[0] && { logLine: Object.values(logLines(traces[0].trace))[0] ?? "" }),
    ...(clock.behind !== undefined && { clockBehind: clock.behind }),
    took: Date.now() - began,
    interrupted: interrupt.aborted,
    ...counts,
    checks: board.outcomes(),
  };
}

type Sent = Passed & Acknowledged;

function accepted(sent: Sent | undefined, by = ""): Sent {
  if (!sent) throw new Skip(`no trace was accepted${by}`);
  return sent;
}

/** The trace that is acknowledged first. */
async function firstOf(...sent: readonly Promise<Sent | undefined>[]): Promise<Sent | undefined> {
  const accepting = sent.map(async (one) => accepted(await one));
  return Promise.any(accepting).catch(() => undefined);
}

function queries(
  context: Context,
  board: Board,
  query: Promise<Passed | undefined>,
  { http, grpc, first }: Readonly<Record<"http" | "grpc" | "first", Promise<Sent | undefined>>>,
): Promise<unknown>[] {
  const answering = async (sent: Promise<Sent | undefined>, by = ""): Promise<Sent> => {
    const trace = accepted(await sent, by);
    if (!(await query)) throw new Skip("the query API does not answer as it should, see above");
    return trace;
  };
  return [
    board.check("byId", async (seen) => byId(context, await answering(http, " over HTTP"), seen)),
    board.check("byIdGrpc", async (seen) => byId(context, await answering(grpc, " over gRPC"), seen)),
    board.check("search", async (seen) => search(context, await answering(first), seen)),
  ];
}

function series(
  context: Context,
  board: Board,
  opened: Promise<Metrics | undefined>,
  first: Promise<Sent | undefined>,
): Promise<unknown>[] {
  const { deployment } = context.targets;
  const open = async (): Promise<Metrics> => {
    const metrics = await opened;
    if (!metrics) throw new Skip("Prometheus is not asked, see above");
    return metrics;
  };
  const made = async (): Promise<[Metrics, Sent]> => {
    if (deployment && deployment.remoteWriteUrl === undefined) {
      throw new Skip("the setting prometheus is absent, so Tempo makes none");
    }
    const metrics = await open();
    return [metrics, accepted(await first)];
  };
  const calls = board.check("spanMetrics", async (seen) => spanMetrics(context, ...(await made()), seen));
  return [
    calls,
    board.check("exemplar", async (seen) =>
      exemplar(
        context,
        ...(await made()),
        calls.then((passed) => passed !== undefined),
        seen,
      ),
    ),
    board.check("serviceGraph", async (seen) => serviceGraph(context, ...(await made()), seen)),
    board.check("disk", async (seen) => diskMetrics(context, await open(), seen)),
  ];
}

function inGrafana(
  board: Board,
  dashboards: Dashboards | undefined,
  opened: Promise<boolean>,
  first: Promise<Sent | undefined>,
): Promise<unknown>[] {
  const open = async (): Promise<Dashboards> => {
    if (!(await opened) || !dashboards) throw new Skip("Grafana is not asked, see above");
    return dashboards;
  };
  return [
    board.check("grafanaTrace", async (seen) => {
      const grafana = await open();
      return grafana.trace(accepted(await first), seen);
    }),
    board.check("derivedField", async () => {
      const grafana = await open();
      return grafana.derivedField(accepted(await first).trace);
    }),
  ];
}

/** Grafana, whether it was reached and told its data sources, and the check of them. */
function openGrafana(context: Context, board: Board): [Dashboards | undefined, Promise<boolean>, Promise<void>] {
  const { grafana } = context.targets;
  const dashboards = isMissing(grafana) ? undefined : new Dashboards(context, grafana);
  let settle: (reached: boolean) => void;
  const opened = new Promise<boolean>((resolve) => (settle = resolve));
  const sources = board
    .check("grafana", async (seen) => {
      if (!dashboards || isMissing(grafana)) throw new Skip(isMissing(grafana) ? grafana.missing : "");
      await dashboards.open(seen);
      settle(true);
      return dashboards.dataSource(seen);
    })
    .then(() => {
      settle(false);
    });
  return [dashboards, opened, sources];
}

/** Prometheus: the one that was named, else Grafana's, else the stack's where its name is known. */
function openPrometheus(
  context: Context,
  board: Board,
  dashboards: Dashboards | undefined,
  opened: Promise<boolean>,
): Promise<Metrics | undefined> {
  const { prometheus: place } = context.targets;
  let metrics: Metrics | undefined;
  return board
    .check("prometheus", async (seen) => {
      if (!isMissing(place) && !place.optional) metrics = Metrics.direct(context, place);
      else metrics = await fallback();
      return metrics.check(seen);
    })
    .then((passed) => (passed ? metrics : undefined));

  async function fallback(): Promise<Metrics> {
    if (dashboards && (await opened)) {
      const source = dashboards.find("prometheus");
      return Metrics.throughGrafana(context, dashboards.place, source.uid, dashboards.headers);
    }
    if (isMissing(place)) throw new Skip(place.missing);
    await skipUnknown(place, "--prometheus-url");
    return Metrics.direct(context, place);
  }
}

/** The checks and how they ended. */
class Board {
  private readonly ended = new Map<Check, Outcome>();

  constructor(
    private readonly commands: Commands,
    private readonly progress: Progress,
    private readonly interrupt: AbortSignal,
    private readonly over: AbortSignal,
  ) {}

  /** Runs a check and notes how it ended. @returns what it found; undefined when it did not pass */
  async check<T extends Passed>(check: Check, run: (seen: (text: string) => void) => Promise<T>) {
    const title = CHECKS[check];
    this.progress.seen(check, "");
    try {
      const passed = await run((text) => {
        this.progress.seen(check, text);
      });
      this.end({
        check,
        title,
        status: "passed",
        what: passed.what,
        ...(passed.took !== undefined && { took: passed.took }),
      });
      return passed;
    } catch (error) {
      this.end({ check, title, ...this.failure(check, error) });
      return undefined;
    }
  }

  private failure(check: Check, error: unknown): Omit<Outcome, "check" | "title"> {
    if (error instanceof Skip) return { status: "skipped", what: error.message };
    if (this.interrupt.aborted) return { status: "skipped", what: "interrupted" };
    if (error instanceof CheckFailure) {
      const { what, causes, more } = error;
      return { status: "failed", what, causes, more: more.length > 0 ? more : this.commands.byHand(check) };
    }
    if (this.over.aborted) {
      return {
        status: "failed",
        what: "not done within the time",
        causes: ["A server answers too slowly, or not at all. Try a longer --timeout."],
        more: this.commands.byHand(check),
      };
    }
    // Nobody's fault but this program's.
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { status: "failed", what: message };
  }

  private end(outcome: Outcome): void {
    this.ended.set(outcome.check, outcome);
    this.progress.end(outcome);
  }

  outcomes(): readonly Outcome[] {
    return (Object.keys(CHECKS) as Check[]).flatMap((check) => this.ended.get(check) ?? []);
  }

  counts(): Pick<Report, "passed" | "failed" | "skipped"> {
    const count = (status: Outcome["status"]): number =>
      this.outcomes().filter((outcome) => outcome.status === status).length;
    return { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
  }
}

/** Where everything is, without credentials. */
function shownTargets({ query, otlp, otlpGrpc, prometheus, grafana }: Targets): Readonly<Record<string, string>> {
  const named = { query, otlp, otlpGrpc, prometheus, grafana };
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, target]) => {
      if (isMissing(target) || "optional" in target) return [];
      return [[name, shownUrl(target.url)]];
    }),
  );
}
