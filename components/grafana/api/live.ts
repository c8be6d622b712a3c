import { reasonOf, request, type Answer } from "../../../lib/http/request";

/**
 * Reads from the live Grafana, before anything is created. Nothing is ever written through it.
 */
export interface LiveGrafana {
  readonly url: string;
  /**
   * What Grafana answers to a GET; undefined for 404.
   * @param path below the base URL, such as `/api/datasources`.
   * @throws GrafanaSilent when it does not answer, or not as Grafana does.
   * @throws GrafanaRefused when it does not accept the credential.
   */
  get(path: string): Promise<unknown>;
}

/** No answer, or no answer of Grafana's. */
export class GrafanaSilent extends Error {
  override readonly name = "GrafanaSilent";
}

/** The credential is unknown, or may not read what a deployment needs. */
export class GrafanaRefused extends Error {
  override readonly name = "GrafanaRefused";
}

/** A Grafana that has not answered by then will not, in ms. */
const REQUEST_TIMEOUT = 8_000;

/** What is sent besides the credential. */
export interface GrafanaHeaders {
  /** Number of the organisation; absent: the credential's own. */
  readonly orgId?: number | undefined;
  /** For what stands in front of Grafana. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * @param auth a service account's token or `user:password`, as the Grafana provider takes it.
 * @param timeout of a request with its answer, in ms.
 * @throws GrafanaRefused when the credential is none that a header can carry.
 */
export function openGrafana(
  baseUrl: string,
  auth: string,
  timeout = REQUEST_TIMEOUT,
  further: GrafanaHeaders = {},
): LiveGrafana {
  const url = baseUrl.replace(/\/+$/, "");
  const headers = { ...furtherHeaders(further), Accept: "application/json", ...authorization(auth) };
  return {
    url,
    async get(path) {
      const { status, headers: answered, text } = await ask(`${url}${path}`, headers, timeout);
      if (status === 404) return undefined;
      if (status === 401) {
        throw new GrafanaRefused(
          "it does not know the credential (401). Write a valid token of a service account with the role Admin",
        );
      }
      if (status === 403) {
        throw new GrafanaRefused(
          `the credential may not read ${path} (403). Give its service account the role Admin, which data sources need`,
        );
      }
      if (status >= 300 && status < 400) {
        const target = withoutQuery(answered.location ?? "?");
        throw new GrafanaSilent(
          `GET ${path} is redirected to ${target}. Write the URL that answers itself, without a login in front of it`,
        );
      }
      if (status < 200 || status >= 300) throw new GrafanaSilent(`GET ${path} answers ${status}`);
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw new GrafanaSilent(`GET ${path} answers no JSON. Is this the base URL of Grafana itself?`);
      }
    },
  };
}

/** What every request to a Grafana has besides the credential. */
export function furtherHeaders({ orgId, headers }: GrafanaHeaders): Record<string, string> {
  return { ...headers, ...(orgId !== undefined && { "X-Grafana-Org-Id": String(orgId) }) };
}

/** Follows no redirect, which would take the credential to wherever it points. */
async function ask(url: string, headers: Record<string, string>, timeout: number): Promise<Answer> {
  try {
    return await request(url, { headers, signal: AbortSignal.timeout(timeout) });
  } catch (error) {
    throw new GrafanaSilent(reasonOf(error, timeout));
  }
}

/** What a login page is told on the way is none of a log's business. */
function withoutQuery(location: string): string {
  return location.replace(/[?#].*$/s, "").replace(/:\/\/[^/@]*@/, "://");
}

function authorization(auth: string): Record<string, string> {
  if (auth === "anonymous") return {};
  if (auth.includes(":")) return { Authorization: `Basic ${Buffer.from(auth).toString("base64")}` };
  // Node's error for a header that it cannot send shows the whole of it.
  if (!/^[\x21-\x7e]+$/.test(auth)) {
    throw new GrafanaRefused(
      "the credential has a space, a line break or another sign that no token has. Write the token alone, or user:password",
    );
  }
  return { Authorization: `Bearer ${auth}` };
}
