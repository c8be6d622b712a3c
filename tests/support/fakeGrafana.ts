/** An HTTP server on loopback that answers reads as Grafana 12 does, and refuses everything else. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { serve, type Served } from "../../tools/lib/loopback";

/** What the server has. */
export interface GrafanaState {
  readonly dataSources?: readonly object[];
  /** Titles by uid. */
  readonly folders?: Readonly<Record<string, string>>;
  readonly dashboards?: Readonly<
    Record<string, { readonly title: string; readonly provisioned?: boolean; readonly tags?: readonly string[] }>
  >;
  /** Titles of the rules by `<folder>/<group>`; a folder that exists answers for any group. */
  readonly ruleGroups?: Readonly<Record<string, readonly string[]>>;
  /** Labels of every rule. */
  readonly ruleLabels?: Readonly<Record<string, string>>;
  /** Names of contact points, once for each integration. */
  readonly contactPoints?: readonly string[];
  /** Answers of another kind, by the path. */
  readonly instead?: Readonly<Record<string, (response: ServerResponse) => void>>;
}

export interface FakeGrafana extends Served {
  /** `METHOD path` of everything that was asked. */
  readonly asked: readonly string[];
}

/** Credentials that the server knows, and one that may read no data source. */
export const credentials = { token: "glsa_admin", basic: "admin:pass:word", editor: "glsa_editor" } as const;

/** @param path of the base URL, as behind a reverse proxy. */
export async function startFakeGrafana(state: GrafanaState = {}, path = ""): Promise<FakeGrafana> {
  const asked: string[] = [];
  const { url, stop } = await serve((request, response) => {
    asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
    answer(state, path, request, response);
  });
  return { url: `${url}${path}`, asked, stop };
}

/** Answers of a server that is no healthy Grafana, for `instead`. */
export const answers = {
  html: (response: ServerResponse): void => {
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Grafana</title>");
  },
  redirect:
    (location: string) =>
    (response: ServerResponse): void => {
      response.writeHead(302, { location }).end('<a href="/login">Found</a>.');
    },
  status:
    (status: number, text = "") =>
    (response: ServerResponse): void => {
      response.writeHead(status, { "content-type": "text/plain" }).end(text);
    },
  json:
    (body: unknown) =>
    (response: ServerResponse): void => {
      send(response, 200, body);
    },
  /** Never a word. */
  hang: (): void => undefined,
  /** Half of an answer, and never the rest. */
  stall: (response: ServerResponse): void => {
    response.writeHead(200, { "content-type": "application/json" }).write("[");
  },
  cut: (response: ServerResponse): void => {
    response.destroy();
  },
} as const;

function answer(state: GrafanaState, base: string, request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? "";
  const path = decodeURIComponent(url.slice(base.length));
  const other = state.instead?.[path];
  if (other) {
    other(response);
    return;
  }
  if (request.method !== "GET" || !url.startsWith(`${base}/api/`)) {
    send(response, 404, { message: "Not found" });
    return;
  }
  const role = roleOf(request.headers.authorization);
  if (role === undefined) {
    send(response, 401, { message: "Invalid API key", messageId: "api-key.invalid", statusCode: 401, traceID: "" });
    return;
  }
  const [status, body] = read(state, role, path);
  send(response, status, body);
}

function roleOf(authorization: string | undefined): "Admin" | "Editor" | undefined {
  const basic = `Basic ${Buffer.from(credentials.basic).toString("base64")}`;
  if (authorization === basic || authorization === `Bearer ${credentials.token}`) return "Admin";
  return authorization === `Bearer ${credentials.editor}` ? "Editor" : undefined;
}

function read(state: GrafanaState, role: "Admin" | "Editor", path: string): [number, unknown] {
  const [, , kind = "", ...rest] = path.split("/");
  const last = rest.at(-1) ?? "";
  if (kind === "datasources") {
    if (role === "Admin") return [200, state.dataSources ?? []];
    const message = "You'll need additional permissions to perform this action. Permissions needed: datasources:read";
    return [403, { accessErrorId: "ACE0123456789", message, title: "Access denied" }];
  }
  if (kind === "folders") {
    const title = state.folders?.[last];
    return title === undefined
      ? [404, { message: "folder not found", status: "not-found" }]
      : [200, { id: 1, uid: last, title, url: `/dashboards/f/${last}/x`, version: 1 }];
  }
  if (kind === "dashboards") {
    const found = state.dashboards?.[last];
    if (!found) return [404, { message: "Dashboard not found", traceID: "" }];
    const meta = { provisioned: found.provisioned ?? false, provisionedExternalId: "", canSave: true, version: 1 };
    return [200, { dashboard: { uid: last, title: found.title, tags: found.tags ?? [], panels: [] }, meta }];
  }
  if (path === "/api/v1/provisioning/contact-points") {
    const names = state.contactPoints ?? [];
    return [200, names.map((name, index) => ({ uid: `c${index}`, name, type: "email", settings: {} }))];
  }
  const ruleOf = (folderUID: string, ruleGroup: string, text: string): object => {
    return { uid: text, title: text, ruleGroup, folderUID, labels: state.ruleLabels ?? {} };
  };
  if (path === "/api/v1/provisioning/alert-rules") {
    const groups = Object.entries(state.ruleGroups ?? {});
    const inGroup = ([id, rules]: (typeof groups)[number]): object[] => {
      const [of = "", name = ""] = id.split("/");
      return rules.map((text) => ruleOf(of, name, text));
    };
    return [200, groups.flatMap(inGroup)];
  }
  const [, , folder = "", , group = ""] = rest;
  if (kind === "v1" && rest[1] === "folder") {
    const rules = state.ruleGroups?.[`${folder}/${group}`];
    if (!rules && state.folders?.[folder] === undefined) return [404, { message: "" }];
    const list = (rules ?? []).map((text) => ruleOf(folder, group, text));
    return [200, { title: group, folderUid: folder, interval: 60, rules: list }];
  }
  return [404, { message: "Not found" }];
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
