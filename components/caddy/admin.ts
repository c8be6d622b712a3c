import { setTimeout as sleep } from "node:timers/promises";
import { reasonOf, request } from "../../lib/http/request";

/**
 * Client of Caddy's admin API. It loads little but Node's own modules, because the provider of the managed route runs
 * in a process of its own (components/caddy/provider.ts).
 *
 * Node's `fetch` would not do: it sends `Sec-Fetch-Mode`, by which Caddy takes a client for a browser's page and answers
 * 403 (seen in Caddy's source from 2.11 on), and it does not show trailers, where Caddy 2.6 has its ETag.
 */
export interface CaddyAdmin {
  /**
   * The whole configuration. @throws CaddySilent when it does not answer, or not as Caddy does; CaddyRefused when it
   * does not let us.
   */
  read(): Promise<LiveConfig>;
  /**
   * Changes the configuration if it is still the one that was read; Caddy loads it before it answers.
   * @throws CaddyChanged when it is another by now; CaddyRefused when Caddy does not take it; CaddyInterrupted, CaddySilent.
   */
  write(change: Change, read: LiveConfig): Promise<void>;
}

export interface LiveConfig {
  /** Caddy's JSON as it runs; null without any. */
  readonly config: unknown;
  /** Names this very configuration. */
  readonly etag: string;
}

/** A change of one place. */
export interface Change {
  /** PUT inserts into a list, PATCH replaces, POST appends to a list or sets what is no list. */
  readonly method: "PUT" | "POST" | "PATCH" | "DELETE";
  /** From the top of the configuration, such as `["apps", "http", "servers", "srv0", "routes", 0]`. */
  readonly path: readonly (string | number)[];
  readonly body?: unknown;
}

/** What went wrong with a Caddy, as opposed to a fault of this program. */
export abstract class CaddyError extends Error {}

/** No answer, or no answer of Caddy's. */
export class CaddySilent extends CaddyError {
  override readonly name = "CaddySilent";
}

/** The connection broke; whether a change was made is not known. */
export class CaddyInterrupted extends CaddySilent {}

/** Caddy answered no. */
export class CaddyRefused extends CaddyError {
  override readonly name = "CaddyRefused";
}

/** Somebody else changed the configuration in between. */
export class CaddyChanged extends CaddyError {
  override readonly name = "CaddyChanged";
}

/** A Caddy that has not answered a question by then will not, in ms. */
const READ_TIMEOUT = 8_000;
/** Loading a configuration provisions every app of it, in ms. */
const WRITE_TIMEOUT = 60_000;

/** How often a question is asked, and the pause in between, in ms. */
const READ_ATTEMPTS = 10;
const READ_PAUSE = 50;

/** @param timeouts of a question and of a change, in ms. */
export function openCaddy(adminUrl: string, timeouts = { read: READ_TIMEOUT, write: WRITE_TIMEOUT }): CaddyAdmin {
  const base = adminUrl.replace(/\/+$/, "");
  return {
    async read() {
      const { status, text, etag } = await sendAgain(`${base}/config/`, { method: "GET", timeout: timeouts.read });
      if (status === 403) throw new CaddyRefused(refusalOf(text));
      if (status !== 200) throw new CaddySilent(`GET /config/ answers ${status}. ${IS_IT_CADDY}`);
      if (etag === undefined) {
        throw new CaddySilent(`GET /config/ answers without an ETag, which Caddy has from 2.5.2 on. ${IS_IT_CADDY}`);
      }
      return { config: parse(text), etag };
    },
    async write({ method, path, body }, { etag }) {
      const at = `/config/${path.map((part) => encodeURIComponent(part)).join("/")}`;
      const { status, text } = await send(`${base}${at}`, {
        method,
        timeout: timeouts.write,
        headers: { "If-Match": etag },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (status === 412) throw new CaddyChanged("its configuration was changed by somebody else at the same time");
      if (isHalfWritten(status, text)) throw new CaddyChanged("its certificates were being written at the same time");
      if (status === 403) throw new CaddyRefused(refusalOf(text));
      if (status !== 200) throw new CaddyRefused(`${method} ${at} answers ${status}: ${errorOf(text)}`);
    },
  };
}

const IS_IT_CADDY = "Is this the URL of Caddy's admin API itself?";

interface Question {
  readonly method: string;
  readonly timeout: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly etag?: string;
}

/** Asks what changes nothing until it is answered: Caddy breaks connections when somebody has it load a configuration. */
async function sendAgain(url: string, question: Question, attempt = 1): Promise<Answer> {
  try {
    return await send(url, question);
  } catch (error) {
    if (!(error instanceof CaddyInterrupted) || attempt >= READ_ATTEMPTS) throw error;
    await sleep(READ_PAUSE);
    return sendAgain(url, question, attempt + 1);
  }
}

async function send(url: string, question: Question): Promise<Answer> {
  const { method, timeout, body } = question;
  const headers = {
    Accept: "application/json",
    ...(body !== undefined && { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) }),
    ...question.headers,
  };
  // A connection for each request: Caddy ends those of its admin API whenever a configuration is loaded.
  const options = { method, headers, agent: false as const, signal: AbortSignal.timeout(timeout) };
  try {
    const { status, text, headers: answered, trailers } = await request(url, options, body);
    // Caddy 2.6 computes it while it writes the body.
    const etag = answered.etag ?? trailers["etag"];
    return { status, text, ...(etag !== undefined && { etag }) };
  } catch (error) {
    const isBroken = error instanceof Error && "code" in error && BROKEN.has(error.code);
    throw new (isBroken ? CaddyInterrupted : CaddySilent)(reasonOf(error, timeout));
  }
}

/** Codes of Node's for a connection that was made and then ended by the other side. */
const BROKEN = new Set<unknown>(["ECONNRESET", "EPIPE"]);

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new CaddySilent(`GET /config/ answers no JSON. ${IS_IT_CADDY}`);
  }
}

/** Seen with 2.6.2: a configuration that is loaded while the one before it stores its certificates. */
export function isHalfWritten(status: number, text: string): boolean {
  return status === 500 && text.includes("decoding certificate metadata: unexpected end of JSON input");
}

function refusalOf(text: string): string {
  return (
    `it refuses this client (403: ${errorOf(text)}). ` +
    "Write an address that it listens on, or allow the one that is used in its admin.origins"
  );
}

/** Caddy's own words; anything else is cut, it may be a page. */
function errorOf(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === "string") return error;
  } catch {
    // No answer of Caddy's.
  }
  return text.trim().slice(0, 200);
}
