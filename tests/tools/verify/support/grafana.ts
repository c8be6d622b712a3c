/** A Grafana that answers what `verify` asks: its data sources, their own tests, and requests through its proxy. */
import { setTimeout as sleep } from "node:timers/promises";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";

/** A data source, and what of it is not told by Grafana. */
export interface FakeSource {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly url: string;
  readonly isDefault?: boolean;
  readonly jsonData?: object;
  /** Its own test takes so long, in ms. */
  readonly testTakes?: number;
  /** Its plugin has no test of its own. */
  readonly withoutHealth?: boolean;
}

export interface GrafanaState {
  readonly sources: readonly FakeSource[];
  /** `Authorization` that it knows; absent: anything. */
  readonly authorization?: string;
  /** May query, and read no data source. */
  readonly viewer?: string;
}

/** @param state is looked at anew for each request. */
export function grafana(state: () => GrafanaState, asked: string[] = []): RequestListener {
  return (request, response) => {
    asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
    void answer(state(), request, response);
  };
}

async function answer(state: GrafanaState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://grafana");
  const path = url.pathname;
  if (path === "/api/health") {
    send(response, 200, { database: "ok", version: "12.0.0" });
    return;
  }
  const { authorization } = request.headers;
  const viewer = state.viewer !== undefined && authorization === state.viewer;
  if (state.authorization !== undefined && authorization !== state.authorization && !viewer) {
    send(response, 401, { message: "Invalid API key", messageId: "api-key.invalid", statusCode: 401, traceID: "" });
    return;
  }
  if (path === "/api/datasources") {
    if (viewer) {
      send(response, 403, {
        accessErrorId: "ACE1",
        message: "You'll need additional permissions",
        title: "Access denied",
      });
      return;
    }
    send(
      response,
      200,
      state.sources.map((source) => ({ id: 1, orgId: 1, ...source })),
    );
    return;
  }
  const [, uid = "", rest = ""] = /^\/api\/datasources\/(?:proxy\/)?uid\/([^/]+)(.*)$/.exec(path) ?? [];
  const source = state.sources.find((one) => one.uid === uid);
  if (!source) {
    send(response, 404, { message: uid === "" ? "Not found" : "Data source not found", traceID: "" });
  } else if (!path.startsWith("/api/datasources/proxy/")) {
    if (rest === "/health") await health(source, response);
    else send(response, 200, source);
  } else {
    await proxy(source, `${rest}${url.search}`, response);
  }
}

/** As the plugin of Tempo does it. */
async function health({ url, withoutHealth, testTakes = 0 }: FakeSource, response: ServerResponse): Promise<void> {
  await sleep(testTakes);
  if (withoutHealth === true) {
    send(response, 404, { message: "Not found", messageId: "plugin.notImplemented", statusCode: 404, traceID: "" });
    return;
  }
  const echo = await fetch(`${url}/api/echo`).catch((error: unknown) => String((error as Error).cause));
  if (typeof echo !== "string" && echo.ok) send(response, 200, { message: "Data source is working", status: "OK" });
  else
    send(response, 400, {
      message: typeof echo === "string" ? echo : `Tempo echo endpoint returned status ${echo.status}`,
      status: "ERROR",
    });
}

async function proxy({ url }: FakeSource, path: string, response: ServerResponse): Promise<void> {
  try {
    const answered = await fetch(`${url}${path}`, { headers: { accept: "application/json" } });
    const type = answered.headers.get("content-type") ?? "";
    response.writeHead(answered.status, { "content-type": type }).end(Buffer.from(await answered.arrayBuffer()));
  } catch {
    response.writeHead(502).end();
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Serves a Grafana by itself. */
export function startGrafana(port: number, state: () => GrafanaState): void {
  createServer(grafana(state)).listen(port, "127.0.0.1");
}
