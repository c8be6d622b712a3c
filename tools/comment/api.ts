import { reasonOf, request } from "../../lib/http/request";

/** The API for comments that GitHub has, and Forgejo with the same paths. */
export interface Forge {
  /** Base URL, such as `https://api.github.com` or `https://forge.example.com/api/v1`. */
  readonly url: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly token: string;
}

interface Comment {
  readonly id: number;
  readonly body?: string;
  readonly user?: { readonly login?: string } | null;
}

interface Pull {
  readonly number: number;
  readonly head: { readonly sha: string; readonly label?: string };
}

/** What the forge answered instead of a success. */
export class ForgeError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** How long a request with its answer may take, in ms. */
const TIMEOUT = 30_000;
/** How many comments or pull requests one page has, and how many pages are looked at. */
const PAGE = 50;
const PAGES = 20;

/**
 * Writes the comment of an author whose body begins with a marker anew, or a new one. A comment of somebody else that
 * begins in the same way is never touched: the token may well change it, and its author still could, too.
 * @param author login of the account that the token belongs to
 * @param write makes the body from that of the comment, which is undefined where there is none
 * @returns which of both it did
 */
export async function upsertComment(
  forge: Forge,
  pull: number,
  { author, marker }: { readonly author: string; readonly marker: string },
  write: (existing: string | undefined) => string,
): Promise<"created" | "updated" | "unchanged"> {
  const own = (await comments(forge, pull)).find(
    ({ body, user }) => user?.login === author && body?.startsWith(marker),
  );
  const body = write(own?.body);
  if (body === own?.body) return "unchanged";
  if (own) await call(forge, "PATCH", `/issues/comments/${own.id}`, { body });
  else await call(forge, "POST", `/issues/${pull}/comments`, { body });
  return own ? "updated" : "created";
}

/**
 * The number of the open pull request of a branch at a commit.
 * @param head `owner:branch`
 * @returns undefined where there is none, or where it has moved on meanwhile
 */
export async function findPull(forge: Forge, head: string, sha: string): Promise<number | undefined> {
  for (let page = 1; page <= PAGES; page++) {
    const query = new URLSearchParams({ state: "open", head, per_page: String(PAGE), page: String(page) });
    const pulls = (await call(forge, "GET", `/pulls?${query.toString()}`)) as Pull[];
    // A forge that does not know the word would give those of others, too.
    const found = pulls.find((pull) => pull.head.sha === sha && pull.head.label === head);
    if (found) return found.number;
    if (pulls.length < PAGE) return undefined;
  }
  return undefined;
}

async function comments(forge: Forge, pull: number): Promise<Comment[]> {
  const all = new Map<number, Comment>();
  for (let page = 1; page <= PAGES; page++) {
    const found = (await call(forge, "GET", `/issues/${pull}/comments?per_page=${PAGE}&page=${page}`)) as Comment[];
    const before = all.size;
    for (const comment of found) all.set(comment.id, comment);
    // Forgejo gives all of them on every page.
    if (found.length < PAGE || all.size === before) break;
  }
  return [...all.values()];
}

async function call(forge: Forge, method: string, path: string, body?: object): Promise<unknown> {
  const url = `${forge.url}/repos/${forge.repository}${path}`;
  const text = body && JSON.stringify(body);
  const headers = {
    accept: "application/json",
    // The word that both take; Forgejo knows `token` as well, GitHub's own tokens know both.
    authorization: `Bearer ${forge.token}`,
    "user-agent": "pulumi-tempo",
    ...(text !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
  };
  const answer = await request(url, { method, headers, signal: AbortSignal.timeout(TIMEOUT) }, text).catch(
    (error: unknown) => {
      throw new Error(`${method} ${url} has no answer: ${reasonOf(error, TIMEOUT)}`);
    },
  );
  const { status } = answer;
  if (status < 200 || status > 299) {
    throw new ForgeError(status, `${method} ${url} answers ${status}: ${answer.text.slice(0, 300)}`);
  }
  return JSON.parse(answer.text) as unknown;
}
