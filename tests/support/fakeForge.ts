/** An HTTP server on loopback that answers the part of GitHub's and Forgejo's API that has to do with comments. */
import type { IncomingMessage } from "node:http";
import { serve, type Served } from "../../tools/lib/loopback";

export interface ForgeComment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string };
}

export interface FakeForge extends Served {
  readonly comments: ForgeComment[];
  /** `METHOD path` of everything that was asked. */
  readonly asked: string[];
}

export interface ForgeOptions {
  readonly comments?: readonly ForgeComment[];
  /** Forgejo answers every page with all comments. */
  readonly unpaged?: boolean;
  readonly pulls?: readonly {
    readonly number: number;
    readonly head: { readonly sha: string; readonly label: string };
  }[];
  /** Instead of every answer to a write. */
  readonly refuse?: number;
}

export const TOKEN = "token-of-the-workflow";
/** Whose token it is. It may change the comments of others as well, as one on GitHub may. */
export const AUTHOR = "github-actions[bot]";

export async function startFakeForge(options: ForgeOptions = {}): Promise<FakeForge> {
  const comments = [...(options.comments ?? [])];
  const asked: string[] = [];
  const served = await serve((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? "", "http://forge");
      const method = request.method ?? "";
      asked.push(`${method} ${url.pathname}`);
      const [status, body] = answer(method, url, await textOf(request), request.headers.authorization);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    })();
  });

  function answer(method: string, url: URL, text: string, authorization?: string): [number, unknown] {
    if (authorization !== `Bearer ${TOKEN}`) return [401, { message: "Bad credentials" }];
    if (method !== "GET" && options.refuse !== undefined) return [options.refuse, { message: "refused" }];
    const path = url.pathname.replace("/repos/me/tempo", "");
    const page = (list: readonly unknown[]): unknown[] => {
      const size = Number(url.searchParams.get("per_page"));
      const start = (Number(url.searchParams.get("page")) - 1) * size;
      return options.unpaged === true ? [...list] : list.slice(start, start + size);
    };
    if (method === "GET" && path === "/issues/7/comments") return [200, page(comments)];
    if (method === "GET" && path === "/pulls") return [200, page(options.pulls ?? [])];
    const { body = "" } = (text === "" ? {} : JSON.parse(text)) as { body?: string };
    if (body.length > 65_536) return [422, { message: "body is too long (maximum is 65536 characters)" }];
    if (method === "POST" && path === "/issues/7/comments") {
      const comment = { id: 1000 + comments.length, body, user: { login: AUTHOR } };
      comments.push(comment);
      return [201, comment];
    }
    const comment = comments.find(({ id }) => method === "PATCH" && path === `/issues/comments/${id}`);
    if (!comment) return [404, { message: "Not Found" }];
    comment.body = body;
    return [200, comment];
  }

  return { ...served, comments, asked };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
