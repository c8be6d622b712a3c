import { Agent as HttpAgent, request as requestHttp, type IncomingHttpHeaders } from "node:http";
import { Agent as HttpsAgent, request as requestHttps, type RequestOptions } from "node:https";
import { text as textOf } from "node:stream/consumers";
import { createSecureContext, type SecureContext } from "node:tls";
import { everyAuthority, isUnknownAuthority, systemTrust } from "./authorities";
import { proxyAgent, proxyOf } from "./proxy";

/** An answer with all of its body. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  readonly text: string;
}

/** Of Node, with a proxy that replaces the environment's ({@link proxyOf}). */
export interface Options extends RequestOptions {
  readonly secureContext?: SecureContext;
  readonly proxy?: URL | undefined;
}

/** Servers that only the system's authorities vouch for: they need not be tried twice again. */
const ofSystem = new Set<string>();

/**
 * One request by HTTP or HTTPS, as its URL says, by Node's own modules: its `fetch` sends headers of a browser, shows no
 * trailers, and takes longer to load than a few answers take. Follows no redirect. It goes through the proxy of the
 * environment, and trusts the authorities of Node and of the system where the options have none.
 * @throws Error of Node's; when the signal of the options ends it, its reason. {@link reasonOf} tells either.
 */
export async function request(url: string, options: Options, body?: string): Promise<Answer> {
  const { origin, protocol } = new URL(url);
  const isFixed = options.ca !== undefined || options.rejectUnauthorized === false;
  const bySystem = (): Promise<Answer> => {
    const { agent, secureContext } = systemTrust(options);
    // Of plain HTTP it is the proxy that is vouched for.
    return send(url, { ...options, secureContext, ...(protocol === "https:" && { agent }) }, body);
  };
  if (!isFixed && ofSystem.has(origin)) return bySystem();
  try {
    return await send(url, options, body);
  } catch (error) {
    // It was met before anything was sent, so that a POST may be sent once more as well.
    if (isFixed || !isUnknownAuthority(error)) throw error;
    ofSystem.add(origin);
    return bySystem();
  }
}

async function send(url: string, { proxy, ...options }: Options, body?: string): Promise<Answer> {
  const target = new URL(url);
  const through = proxy ?? proxyOf(target);
  const agent = through && (await proxyAgent(through, target, options));
  const start = target.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((done, reject) => {
    const fail = (error: Error): void => {
      reject(options.signal?.aborted ? (options.signal.reason as Error) : error);
    };
    const asked = start(url, { ...options, ...(agent && { agent }) }, (response) => {
      textOf(response).then((text) => {
        const { statusCode: status = 0, headers, trailers } = response;
        done({ status, headers, trailers, text });
      }, fail);
    });
    asked.on("error", fail);
    asked.end(body);
  });
}

/** What makes the connections of {@link request}, for a library that makes requests of its own. */
export async function agentFor(url: URL): Promise<HttpAgent> {
  const proxy = proxyOf(url);
  const options = url.protocol === "https:" ? { secureContext: createSecureContext({ ca: everyAuthority() }) } : {};
  if (proxy) return proxyAgent(proxy, url, options);
  return url.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent();
}

/**
 * Why there is no answer, in one line.
 * @param timeout of the request, in ms
 */
export function reasonOf(error: unknown, timeout: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError" || error.name === "AbortError") return `no answer within ${timeout / 1_000} s`;
  // Of several addresses that were tried.
  if (error instanceof AggregateError) return error.errors.map((each) => reasonOf(each, timeout)).join("; ");
  if ("code" in error && error.code === "ECONNRESET") return "it ended the connection";
  const [line = ""] = error.message.split("\n");
  return isUnknownAuthority(error)
    ? `${line}. Name the file with the certificate of its authority in $SSL_CERT_FILE or $NODE_EXTRA_CA_CERTS`
    : line;
}
