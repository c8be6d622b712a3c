import { request as requestHttp, type IncomingHttpHeaders } from "node:http";
import { request as requestHttps, type RequestOptions } from "node:https";
import { text as textOf } from "node:stream/consumers";

/** An answer with all of its body. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  readonly text: string;
}

/**
 * One request by HTTP or HTTPS, as its URL says, by Node's own modules: its `fetch` sends headers of a browser, shows no
 * trailers, and takes longer to load than a few answers take. Follows no redirect.
 * @throws Error of Node's; when the signal of the options ends it, an AbortError or one of a connection that is cut.
 */
export function request(url: string, options: RequestOptions, body?: string): Promise<Answer> {
  const start = url.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((done, fail) => {
    const asked = start(url, options, (response) => {
      textOf(response).then((text) => {
        const { statusCode: status = 0, headers, trailers } = response;
        done({ status, headers, trailers, text });
      }, fail);
    });
    asked.on("error", fail);
    asked.end(body);
  });
}
