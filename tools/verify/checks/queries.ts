import { setTimeout as sleep } from "node:timers/promises";
import type { TempoVersion } from "../../../components/contracts/tempoVersion";
import { incomplete, notFound, notSearchable, notWritten } from "../lib/causes";
import { goMs, formatDuration } from "../lib/evidence";
import { NoAnswer, oneLine, shownUrl, type Answer } from "../lib/http";
import { identify } from "../lib/identify";
import { at as valueAt, spanIdsOf, traceIdsOf, traceOfRun, type TempoConfig } from "../lib/tempo";
import type { Times } from "../lib/times";
import { SERVER } from "../lib/trace";
import { answerTrouble, silenceTrouble, CheckFailure } from "../lib/failure";
import { Late, NotYet } from "../lib/wait";
import type { Context, Passed } from "./context";
import type { Acknowledged } from "./sending";

/** Whether a Tempo answers below the query URL, and is ready. */
export async function queryApi(context: Context, seen: (text: string) => void): Promise<Passed> {
  const began = Date.now();
  const { tempo } = context;
  await context.until(
    async () => {
      const echo = await asked(context, () => tempo.echo());
      if (echo.text.trim() !== "echo" || echo.status !== 200) throw await otherServer(context, echo);
      const ready = await tempo.ready().catch(() => undefined);
      // Some proxies pass the API on and nothing else.
      if (ready?.status !== 503) return;
      throw new CheckFailure(`Tempo is not ready: ${oneLine(ready.text) || "503"}`, {
        causes: ["A part of it is still starting, or does not start (docs/runbooks/tempo-not-ready.md)."],
        more: [...context.commands.tempo("/status/services"), ...context.commands.tempoLog("level=(error|warn)")],
      });
    },
    { seen },
  );
  const version = await tempo.version().catch(() => undefined);
  return { what: version === undefined ? "Tempo is ready" : `Tempo ${version} is ready`, took: Date.now() - began };
}

/** A request to Tempo, whose silence is told. @param what the request is, of a Tempo that has answered others. */
async function asked(context: Context, request: () => Promise<Answer>, what?: string): Promise<Answer> {
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    const trouble = silenceTrouble(error, context.party("query", context.targets.query));
    if (what === undefined || error.silence !== "timeout") throw trouble;
    throw new CheckFailure(`${what}: ${error.message}`, {
      causes: ["Tempo answers, but not this: its queriers or its storage are slow or overloaded; its log says which."],
      more: [
        ...context.commands.tempoLog("level=(error|warn)"),
        ...context.commands.counters("queries", "queriesWithinSlo"),
      ],
    });
  }
}

/** An answer to a query from a Tempo that answers others. */
function queryTrouble(answer: Answer, context: Context, path: string): CheckFailure {
  const { targets } = context;
  if (answer.status !== 404) return answerTrouble(answer, context.party("query", targets.query));
  return new CheckFailure(`${shownUrl(targets.query.url)} answers, but 404 below ${path}: ${oneLine(answer.text)}`, {
    causes: ["What is in front of Tempo passes on some of its paths only, or this Tempo is too old for this one."],
    lasting: true,
  });
}

async function otherServer(context: Context, answer: Answer): Promise<CheckFailure> {
  const found = answer.status < 500 ? await identify(context.tempo.endpoint, "query") : undefined;
  const party = context.party("query", context.targets.query);
  return answerTrouble(answer, party, found);
}

/** Found by its ID, with all its spans, and still there when Tempo has written it. */
export async function byId(
  context: Context,
  { trace, at }: Acknowledged,
  seen: (text: string) => void,
): Promise<Passed> {
  const { commands } = context;
  const count = trace.spanIds.length;
  const look = (): Promise<NotYet | undefined> => lookAt(context, trace.id, trace.spanIds);
  try {
    await context.until(async () => (await look()) ?? true, { seen });
  } catch (error) {
    if (!(error instanceof Late)) throw error;
    const why = { evidence: await context.evidence(count), commands };
    const because = error.seen.startsWith("found") ? incomplete(why) : notFound(why);
    throw new CheckFailure(`${error.seen}, ${formatDuration(Date.now() - at)} after it was acknowledged`, {
      ...because,
    });
  }
  const took = Date.now() - at;
  context.found.add(trace.id);
  const written = at + writtenAfter(await context.tempo.config(), context.targets.own.version, context.times);
  if (written > context.deadline) {
    return { what: `all ${count} spans; Tempo writes them later than there is time to look whether they stay`, took };
  }
  // What memory still held may be lost on its way to the disk.
  seen(`found after ${formatDuration(took)}; looking whether it stays`);
  await sleep(Math.max(0, written - Date.now()), undefined, { signal: context.signal });
  const { missing } = await context.until(async () => ({ missing: await look() }));
  if (missing) {
    context.lost = true;
    throw new CheckFailure(
      `it was found after ${formatDuration(took)} and is gone ${formatDuration(Date.now() - at)} after the acknowledgement`,
      { ...notWritten({ commands }), lasting: true },
    );
  }
  return { what: `all ${count} spans; still there after ${formatDuration(Date.now() - at)}`, took };
}

/** By when Tempo has taken a trace out of its memory and written it, in ms after it came. */
function writtenAfter(config: TempoConfig | undefined, { keys }: TempoVersion, times: Times): number {
  const [idle, check] = [keys.traceIdle, keys.flushCheck].map((path) => goMs(valueAt(config, ...path)));
  return idle === undefined || check === undefined ? times.written : idle + 2 * check + times.writing;
}

/** What is missing of a trace; undefined when all of it is there. */
async function lookAt(context: Context, id: string, spanIds: readonly string[]): Promise<NotYet | undefined> {
  const answer = await asked(context, () => context.tempo.byId(id), "the query by ID");
  return missingOf(answer, id, spanIds, () => queryTrouble(answer, context, "/api/traces"));
}

/** The same of an answer to a query by ID. */
export function missingOf(
  answer: Answer,
  id: string,
  spanIds: readonly string[],
  trouble: (answer: Answer) => CheckFailure,
): NotYet | undefined {
  if (answer.status === 404) return new NotYet(`trace ${id} is not found`);
  const found = answer.status === 200 ? spanIdsOf(answer) : undefined;
  if (!found) throw trouble(answer);
  const missing = spanIds.filter((one) => !found.has(one));
  if (missing.length === 0) return undefined;
  return missing.length === spanIds.length
    ? new NotYet(`trace ${id} is not found`)
    : new NotYet(`found ${spanIds.length - missing.length} of ${spanIds.length} spans of trace ${id}`);
}

/** Window of the search around the trace, in ms. */
const WINDOW = 3_600_000;

/** Found by TraceQL. */
export async function search(
  context: Context,
  { trace, at }: Acknowledged,
  seen: (text: string) => void,
): Promise<Passed> {
  const { commands, tempo, targets } = context;
  const query = traceOfRun(SERVER, trace.run);
  try {
    await context.until(
      async () => {
        const answer = await asked(
          context,
          () => tempo.search(query, trace.start - WINDOW, trace.end + WINDOW),
          "the search",
        );
        const ids = answer.status === 200 ? traceIdsOf(answer) : undefined;
        if (!ids) throw searchTrouble(answer);
        return ids.includes(trace.id) || new NotYet("no trace matches");
      },
      // What is gone is not found any more.
      { seen, deadline: () => (context.lost ? Date.now() : context.deadline) },
    );
  } catch (error) {
    if (!(error instanceof Late)) throw error;
    const waited = Date.now() - at;
    const evidence = await context.evidence(trace.spans.length);
    throw new CheckFailure(`${error.seen} ${query}, ${formatDuration(waited)} after it was acknowledged`, {
      ...(context.found.has(trace.id)
        ? notSearchable({ evidence, commands }, waited, context.lost)
        : notFound({ evidence, commands })),
    });
  }
  return { what: query, took: Date.now() - at };

  function searchTrouble(answer: Answer): CheckFailure {
    if (answer.status !== 400) return queryTrouble(answer, context, "/api/search");
    const said = oneLine(answer.text);
    return new CheckFailure(`${shownUrl(targets.query.url)} refuses the search: ${said}`, {
      causes: [
        "A Tempo before 2.0 has no TraceQL; a newer one says above what it does not like, such as a limit of the time range (query_frontend.search.max_duration).",
      ],
      more: commands.tempo("/api/status/buildinfo"),
      lasting: true,
    });
  }
}
