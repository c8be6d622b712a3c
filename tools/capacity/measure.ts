import type { Own } from "../../components/grafana/queries/own";
import { max, promqlOf, sum } from "../../components/grafana/queries/promql";
import { describeOthers } from "../lib/otherTempos";
import { reasonOf, request } from "../../lib/http/request";

/** What a Prometheus knows of Tempo and its volume. */
export interface Measured {
  /** What was measured over, in milliseconds: a day, or as long as the Prometheus has seen Tempo. */
  readonly window: number;
  readonly spansPerSecond: number;
  /** As sent. */
  readonly bytesPerSpan: number;
  /** Bytes of the backend's blocks for each byte sent; absent while there are none. */
  readonly stored?: number;
  /** Bytes that the volume holds; absent where nothing measures it. */
  readonly used?: number;
}

/** Longest window, in seconds: a day has its busy hours and its quiet ones. */
const DAY = 86_400;
const LIVE = [`status="live"`];

/** Shortest window that says something, in seconds. */
const LEAST = 120;
/** How long a request with its answer may take, in ms. */
const TIMEOUT = 15_000;

/** What a Prometheus cannot tell, in words for the person at the terminal. */
export class MeasureError extends Error {}

/**
 * Asks a Prometheus for what the stack's own Tempo received and stores.
 * @param base its URL, with credentials if it wants any
 * @throws MeasureError when it is not there, is no Prometheus, or has nothing of a Tempo
 */
export async function measure(base: URL, own: Own): Promise<Measured> {
  const ask = async (query: string): Promise<number | undefined> => (await series(base, query))[0]?.value;
  const { select, rate } = promqlOf(own.tempo);
  const { metrics } = own.version;
  const received = metrics.spansReceived;
  const spans = select(received);

  const first = await ask(`min(min_over_time(timestamp(${spans})[${DAY}s:1m]))`);
  const now = await ask("time()");
  const seen = first === undefined || now === undefined ? 0 : now - first;
  if (seen < LEAST) {
    if ((await ask(`count(${spans})`)) !== undefined) {
      throw new MeasureError(`${shown(base)} has seen spans for less than two minutes. Try again later`);
    }
    if ((await ask(`count(${select(metrics.buildInfo)})`)) !== undefined) {
      throw new MeasureError(
        `${shown(base)} scrapes a Tempo that has not received a span within a day (no ${spans}). ` +
          `Give --spans-per-second`,
      );
    }
    const others = describeOthers((await series(base, metrics.buildInfo)).map(({ labels }) => labels));
    throw new MeasureError(
      `${shown(base)} has nothing of this stack's Tempo (no ${select(metrics.buildInfo)}). ` +
        (others ?? "Does it scrape Tempo's port 3200? The setting scrape has ways to make it"),
    );
  }
  const range = `${Math.floor(Math.min(seen, DAY))}s`;
  const spansPerSecond = await ask(sum(rate(received, range)));
  // Behind the rate limit, as the spans are: what was refused is sent again.
  const bytes = await ask(sum(rate(metrics.bytesReceived, range)));
  if (!spansPerSecond || !bytes) {
    throw new MeasureError(
      `${shown(base)}: Tempo has not received a span for ${range}. Give --spans-per-second, or try again later`,
    );
  }
  const [traces, bytesPerTrace, used] = [
    await ask(sum(rate(metrics.tracesCreated, range))),
    await ask(`${sum(select(metrics.backendBytes, LIVE))} / (${sum(select(metrics.backendObjects, LIVE))} > 0)`),
    await ask(max(promqlOf(own.guard).select("tempo_volume_used_bytes"))),
  ];
  const stored = traces && bytesPerTrace ? (bytesPerTrace * traces) / bytes : undefined;
  return {
    window: Math.min(seen, DAY) * 1_000,
    spansPerSecond,
    bytesPerSpan: bytes / spansPerSecond,
    ...(stored !== undefined && { stored }),
    ...(used !== undefined && { used }),
  };
}

/** What Prometheus' query API answers; a bare number, such as `time()`, is a pair and no list of series. */
interface Answer {
  readonly status?: unknown;
  readonly error?: unknown;
  readonly data?: {
    readonly resultType?: unknown;
    readonly result?: readonly unknown[];
  };
}

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Absent where it is no finite number. */
  readonly value?: number;
}

/** What a query returns now. */
async function series(base: URL, query: string): Promise<readonly Series[]> {
  const { username, password } = base;
  const url = new URL(base);
  [url.username, url.password, url.search, url.hash] = ["", "", "", ""];
  url.pathname = `${base.pathname.replace(/\/$/, "")}/api/v1/query`;
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
  const body = new URLSearchParams({ query }).toString();
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "content-length": Buffer.byteLength(body),
    ...(username !== "" && { authorization: `Basic ${credentials}` }),
  };
  const options = { method: "POST", headers, signal: AbortSignal.timeout(TIMEOUT) };
  const { status, text } = await request(url.href, options, body).catch((error: unknown) => {
    throw new MeasureError(
      `${shown(base)} is not to be reached (${reasonOf(error, TIMEOUT)}). Is it running, and reached from here?`,
    );
  });
  const answer = parse(text);
  if (answer?.status === "error") throw new MeasureError(`${shown(base)} refuses a query: ${String(answer.error)}`);
  const result = answer?.data?.result;
  if (status < 200 || status > 299 || !Array.isArray(result)) {
    throw new MeasureError(
      `${shown(base)} does not answer as a Prometheus does (status ${status} to POST ${url.pathname}). ` +
        `Give the URL below which it has /api/v1/query`,
    );
  }
  const scalar = answer?.data?.resultType === "scalar";
  return (scalar ? [{ value: result }] : (result as RawSeries[])).map(({ metric = {}, value: pair }: RawSeries) => {
    const value = Number(pair?.[1]);
    return { labels: metric, ...(Number.isFinite(value) && { value }) };
  });
}

interface RawSeries {
  readonly metric?: Readonly<Record<string, string>>;
  readonly value?: readonly unknown[];
}

function parse(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}

/** Without credentials, for messages. */
export function shown(base: URL): string {
  const { origin, pathname } = base;
  return `${origin}${pathname === "/" ? "" : pathname}`;
}
