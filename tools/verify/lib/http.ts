/** Requests that end: each with a time limit, each with a reason that can be told when there is no answer. */
import { lookup } from "node:dns/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { request, type Answer as WholeAnswer } from "../../../lib/http/request";

/** Why there is no answer, as far as it makes a difference to whoever has to do something about it. */
export type Silence =
  | "dns"
  | "refused"
  | "unreachable"
  | "reset"
  | "timeout"
  | "authority"
  | "name"
  | "expired"
  | "no-tls"
  | "tls"
  | "no-http"
  | "other";

/** No answer. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  constructor(
    readonly silence: Silence,
    message: string,
  ) {
    super(message);
  }
}

/** A server's answer, read to its end. */
export type Answer = Omit<WholeAnswer, "trailers">;

/** Notes what the time is elsewhere. */
export interface ClockReader {
  /** @param date the header of that name. @param sent and @param received milliseconds of this clock. */
  note(date: string | null | undefined, sent: number, received: number): void;
}

export interface EndpointOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends every request. */
  readonly signal: AbortSignal;
  readonly clock?: ClockReader;
  /** Milliseconds for a request with its answer. */
  readonly timeout: number;
}

/** A server below a base URL. Credentials of the URL become a header, and are never shown. */
export class Endpoint {
  /** The base URL without credentials and last slash. */
  readonly url: string;
  private readonly headers: Readonly<Record<string, string>>;

  constructor(
    base: URL,
    private readonly options: EndpointOptions,
  ) {
    this.url = shownUrl(base);
    this.headers = { ...credentialsOf(base), ...options.headers };
  }

  /**
   * GET.
   * @param path below the base URL
   * @throws NoAnswer
   */
  async get(path: string, { accept = "application/json", timeout }: { accept?: string; timeout?: number } = {}) {
    const { signal, clock } = this.options;
    const limit = timeout ?? this.options.timeout;
    const sent = Date.now();
    try {
      // A redirect is not followed: it would take the credential to wherever it points, and a login page is no answer.
      const answer = await request(`${this.url}${path}`, {
        headers: { accept, ...this.headers },
        signal: AbortSignal.any([signal, AbortSignal.timeout(limit)]),
      });
      clock?.note(answer.headers.date, sent, Date.now());
      return answer;
    } catch (error) {
      // Nobody's silence but our own.
      signal.throwIfAborted();
      throw await unresolved(noAnswer(error, limit), this.url);
    }
  }
}

/** How long a name server has when it is asked on its own, in ms. */
const LOOKUP = 2_000;

/** What looks like a server that does not answer may be a name server that does not: with a tailnet down, it is. */
export async function unresolved(silent: NoAnswer, url: string): Promise<NoAnswer> {
  if (silent.silence !== "timeout") return silent;
  const found = lookup(new URL(url).hostname.replace(/^\[|\]$/g, "")).then(
    () => true,
    () => false,
  );
  const answered = await Promise.race([found, sleep(LOOKUP, "late" as const, { ref: false })]);
  if (answered === true) return silent;
  return new NoAnswer("dns", answered === "late" ? "the name server does not answer" : "ENOTFOUND, after a while");
}

/** A URL for a reader: its credentials and last slash are left out. */
export function shownUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname.replace(/\/+$/, "")}`;
}

/** `Authorization` of a URL that has credentials. */
export function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === "") return {};
  return authorization(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
}

/** `Authorization` of `user:password` or a token. */
export function authorization(credential: string): Record<string, string> {
  return {
    authorization: credential.includes(":")
      ? `Basic ${Buffer.from(credential).toString("base64")}`
      : `Bearer ${credential}`,
  };
}

/** What an answer is as JSON; undefined when it is none. */
export function jsonOf({ text }: Pick<Answer, "text">): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The reason of Node's client, or of gRPC's. */
export function noAnswer(error: unknown, limit: number): NoAnswer {
  if (!(error instanceof Error)) return new NoAnswer("other", String(error));
  if (error.name === "TimeoutError") return new NoAnswer("timeout", `no answer within ${limit / 1_000} s`);
  const { cause } = error;
  // Of several addresses that were tried.
  const each = [error, cause].find((one) => one instanceof AggregateError)?.errors[0] as unknown;
  const reason = each instanceof Error ? each : cause instanceof Error ? cause : error;
  const code = "code" in reason ? String(reason.code) : "";
  const message = reason.message === "" ? code : reason.message;
  return new NoAnswer(silenceOf(`${code} ${message}`), oneLine(message));
}

/** By the codes of Node and the messages of OpenSSL, in whatever text they are. */
const SILENCES: readonly (readonly [Silence, RegExp])[] = [
  ["dns", /ENOTFOUND|EAI_AGAIN|Name resolution failed|EAI_NODATA/],
  ["refused", /ECONNREFUSED/],
  ["unreachable", /EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN/],
  [
    "timeout",
    /ETIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT|Request (?:Timeout|timed out)|Deadline exceeded|DEADLINE_EXCEEDED/,
  ],
  ["name", /ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate's altnames/],
  ["expired", /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|certificate (has expired|is not yet valid)/],
  [
    "authority",
    /SELF_SIGNED_CERT|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)|self[- ]signed certificate|unable to (verify the first|get (local )?issuer) certificate/,
  ],
  ["no-tls", /wrong version number|packet length too long|ERR_SSL_WRONG_VERSION|http request/],
  ["tls", /EPROTO|ERR_SSL|SSL routines|CERT_|ERR_TLS/],
  ["no-http", /HPE_|Parse Error|Protocol error|NGHTTP2/],
  ["reset", /ECONNRESET|EPIPE|UND_ERR_SOCKET|socket hang up|other side closed|Connection dropped|ECONNABORTED/],
];

export function silenceOf(text: string): Silence {
  return SILENCES.find(([, pattern]) => pattern.test(text))?.[0] ?? "other";
}

/** Longest text of a server that is repeated. */
const LONGEST = 300;

/** What a server said, as one line that a terminal can show: no control characters, no page of HTML. */
export function oneLine(text: string): string {
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1];
  const line = (title === undefined ? text : `a page titled "${title.trim()}"`)
    // oxlint-disable-next-line no-control-regex
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\ufeff]+/g, " ")
    .replace(/ {2,}/g, " ")
    .trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)} …` : line;
}
