/** A Tempo, a Prometheus and a Grafana on ports of this machine that answer as real ones do, well or badly. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createHttp2, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { traceIdInLine, traceIdLabelName } from "../../../../components/grafana/queries/traceId";
import { grafana, type FakeSource } from "./grafana";
import { response, spansOf, status, type ReceivedSpan } from "./otlp";

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** How the world behaves. Everything is well unless it says otherwise. */
export interface Weather {
  /** Instead of the receiver of OTLP over HTTP, of the query API, of Prometheus, of Grafana. */
  readonly otlp?: Answer;
  readonly query?: Answer;
  readonly prometheus?: Answer;
  readonly grafana?: Answer;
  /** Spans that the receiver rejects within a success, and why. */
  readonly rejected?: { readonly count: number; readonly message: string };
  /** Status of gRPC. */
  readonly grpc?: { readonly code: number; readonly message: string };
  /** The tenant that must be named. */
  readonly tenant?: string;
  /** Which of a trace's spans a query by ID finds: all, none, the first, or all for a moment. */
  readonly found?: "all" | "none" | "first" | "moment";
  /** Only the older API of queries by ID. */
  readonly old?: boolean;
  readonly searchable?: boolean;
  readonly ready?: string;
  /** Milliseconds by which Tempo's clock is ahead of this machine's. */
  readonly ahead?: number;
  /** Tempo's configuration, as YAML; absent: its page is not to be reached. */
  readonly config?: string;
  readonly runtime?: string;
  /** Tempo's counters after the trace, by name with labels; what they were before is 0. */
  readonly counters?: Readonly<Record<string, number>>;
  /** What comes to Prometheus. */
  readonly calls?: boolean;
  readonly edge?: boolean;
  readonly exemplars?: boolean;
  /** Label of the service in the span metrics. */
  readonly serviceLabel?: string;
  /** Whose the series of these spans are, by the label that says it; absent: the stack's own. */
  readonly instance?: string;
  /** Labels of a series of other services. */
  readonly others?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, string>>;
  /** Values of instant queries by a part of the query, the first that fits. */
  readonly figures?: readonly (readonly [part: string, value: number | undefined])[];
  readonly targets?: readonly object[];
  readonly sources?: (world: Addresses) => readonly FakeSource[];
}

export interface Addresses {
  readonly query: string;
  readonly otlp: string;
  readonly otlpGrpc: string;
  readonly prometheus: string;
  readonly grafana: string;
}

export const AUTHORIZATION = "Bearer glsa_known_token";
export const TOKEN = "glsa_known_token";

/** What a Prometheus has of a volume that is well. */
export const WELL: readonly (readonly [string, number | undefined])[] = [
  ["count(tempo_build_info", 1],
  ["process_start_time_seconds", 86_400],
  ["tempo_ingester_blocks_flushed_total", 12],
  ["tempodb_backend_bytes_total", 500_000_000],
  ["tempo_volume_used_bytes", 1_073_741_824],
  ["tempo_volume_limit_bytes", 10_737_418_240],
  ["tempo_guard_measured_timestamp_seconds", 5],
  ["tempo_ingestion_limited", 0],
  ["tempo_wal_broken", 0],
];

const TEMPO_CONFIG = `target: all
distributor:
    receivers:
        otlp:
            protocols:
                grpc:
                    endpoint: 0.0.0.0:4317
                http:
                    endpoint: 0.0.0.0:4318
ingester:
    trace_idle_period: 0s
    flush_check_period: 0s
query_frontend:
    search:
        query_ingesters_until: 12h0m0s
metrics_generator:
    metrics_ingestion_time_range_slack: 12h0m0s
    storage:
        remote_write:
            - url: http://user:secret@prometheus:9090/api/v1/write
overrides:
    defaults:
        metrics_generator:
            processors:
                - service-graphs
                - span-metrics
`;

export class World {
  /** Spans that were accepted. */
  readonly spans: ReceivedSpan[] = [];
  /** `METHOD path` of everything that was asked, by part. */
  readonly asked: Record<keyof Addresses, string[]> = {
    query: [],
    otlp: [],
    otlpGrpc: [],
    prometheus: [],
    grafana: [],
  };
  readonly addresses: Addresses;
  private readonly looks = new Map<string, number>();
  private readonly sockets = new Set<Socket>();
  private readonly servers: (Server | Http2Server)[] = [];

  private constructor(readonly weather: Weather) {
    this.addresses = { query: "", otlp: "", otlpGrpc: "", prometheus: "", grafana: "" };
  }

  static async make(weather: Weather = {}): Promise<World> {
    const world = new World(weather);
    const { query, otlp, prometheus, grafana: ofGrafana } = weather;
    const sources = (): readonly FakeSource[] => (weather.sources ?? sourcesOf)(world.addresses);
    const parts: Readonly<Record<keyof Addresses, Server | Http2Server>> = {
      query: createServer(world.noting("query", query ?? world.query)),
      otlp: createServer(world.noting("otlp", otlp ?? world.otlp)),
      otlpGrpc: createHttp2().on("stream", world.otlpGrpc),
      prometheus: createServer(world.noting("prometheus", prometheus ?? world.prometheus)),
      grafana: createServer(
        world.noting("grafana", ofGrafana ?? grafana(() => ({ sources: sources(), authorization: AUTHORIZATION }))),
      ),
    };
    for (const [part, server] of Object.entries(parts)) {
      server.on("connection", (socket: Socket) => world.sockets.add(socket));
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      const { port } = server.address() as AddressInfo;
      Object.assign(world.addresses, { [part]: `http://127.0.0.1:${port}` });
      world.servers.push(server);
    }
    return world;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.servers.map((server) => new Promise((done) => server.close(done))));
  }

  private noting(part: keyof Addresses, answer: Answer | RequestListener): RequestListener {
    return (request, response) => {
      this.asked[part].push(`${request.method ?? ""} ${request.url ?? ""}`);
      if (part === "query" || part === "otlp") {
        response.setHeader("date", new Date(Date.now() + (this.weather.ahead ?? 0)).toUTCString());
      }
      answer.call(undefined as never, request as never, response as never);
    };
  }

  private refusesTenant(tenant: string | string[] | undefined): boolean {
    return this.weather.tenant !== undefined && tenant !== this.weather.tenant;
  }

  private readonly otlp: Answer = (request, out) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const protobuf = { "content-type": "application/x-protobuf" };
      if (request.url !== "/v1/traces") out.writeHead(404).end("404 page not found\n");
      else if (request.method !== "POST") out.writeHead(405).end("405 method not allowed, supported: [POST]");
      else if (this.refusesTenant(request.headers["x-scope-orgid"])) {
        out.writeHead(401, protobuf).end(status(16, "no org id"));
      } else {
        const { count = 0, message = "" } = this.weather.rejected ?? {};
        this.spans.push(...spansOf(Buffer.concat(chunks)));
        out.writeHead(200, protobuf).end(response(count, message));
      }
    });
  };

  private readonly otlpGrpc = (stream: ServerHttp2Stream, headers: Record<string, unknown>): void => {
    const chunks: Buffer[] = [];
    stream.on("error", () => undefined);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const { code, message } = this.refusesTenant(headers["x-scope-orgid"] as string | undefined)
        ? { code: 16, message: "no org id" }
        : (this.weather.grpc ?? { code: 0, message: "" });
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => {
        stream.sendTrailers({ "grpc-status": String(code), "grpc-message": encodeURI(message) });
      });
      if (code !== 0) {
        stream.end();
        return;
      }
      this.spans.push(...spansOf(Buffer.concat(chunks).subarray(5)));
      const { count = 0, message: why = "" } = this.weather.rejected ?? {};
      const body = response(count, why);
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(body.length, 1);
      stream.end(Buffer.concat([prefix, body]));
    });
  };

  private readonly query: Answer = (request, out) => {
    const { weather } = this;
    const url = new URL(request.url ?? "/", "http://tempo");
    const path = url.pathname;
    const text = (code: number, body: string): void => void out.writeHead(code).end(body);
    const json = (body: unknown): void =>
      void out.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    const [, version, id] = /^\/api\/(v2\/)?traces\/([0-9a-f]+)$/.exec(path) ?? [];
    if (path === "/api/echo") text(200, "echo");
    else if (path === "/ready") text(weather.ready === undefined ? 200 : 503, weather.ready ?? "ready\n");
    else if (path === "/api/status/buildinfo") json({ version: "v2.10.1" });
    else if (path === "/metrics") text(200, this.page());
    else if (path === "/status/config") {
      if (weather.config === "") text(404, "404 page not found\n");
      else text(200, `GET /status/config\n---\n${weather.config ?? TEMPO_CONFIG}`);
    } else if (path === "/status/runtime_config") {
      text(200, `GET /status/runtime_config\n---\n${weather.runtime ?? "overrides: {}\n"}`);
    } else if (this.refusesTenant(request.headers["x-scope-orgid"])) text(401, "no org id\n");
    else if (id !== undefined) this.byId(id, version === undefined, json, text);
    else if (path === "/api/search") {
      const run = this.spans.at(0);
      const found = weather.searchable !== false && run ? [{ traceID: run.traceId.replace(/^0+/, "") }] : [];
      json({ ...(found.length > 0 && { traces: found }), metrics: {} });
    } else text(404, "404 page not found\n");
  };

  private byId(
    id: string,
    older: boolean,
    json: (body: unknown) => void,
    text: (code: number, body: string) => void,
  ): void {
    const { found = "all", old = false } = this.weather;
    const spans = this.spans.filter(({ traceId }) => traceId === id);
    const looks = (this.looks.get(id) ?? 0) + 1;
    this.looks.set(id, looks);
    const some =
      found === "none" || (found === "moment" && looks > 1) ? [] : found === "first" ? spans.slice(0, 1) : spans;
    const resources = some.map(({ spanId }) => ({
      scopeSpans: [{ spans: [{ spanId: Buffer.from(spanId, "hex").toString("base64") }] }],
    }));
    if (old !== older || (older && some.length === 0)) text(404, older || old ? "" : "404 page not found\n");
    else if (older) json({ batches: resources });
    else json({ trace: some.length > 0 ? { resourceSpans: resources } : {}, metrics: {} });
  }

  /** Tempo's own metrics. */
  private page(): string {
    const sent = this.spans.length;
    const counters = {
      process_start_time_seconds: 1_700_000_000,
      "tempo_build_info{}": 1,
      'tempo_distributor_spans_received_total{tenant="single-tenant"}': sent,
      'tempo_metrics_generator_spans_received_total{tenant="single-tenant"}': sent,
      ...(sent > 0 ? this.weather.counters : {}),
    };
    return `# TYPE x counter\n${Object.entries(counters)
      .map(([name, value]) => `${name} ${value}\n`)
      .join("")}`;
  }

  private readonly prometheus: Answer = (request, out) => {
    const { weather, spans } = this;
    const url = new URL(request.url ?? "/", "http://prometheus");
    const query = url.searchParams.get("query") ?? "";
    const data = (value: unknown): void =>
      void out
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ status: "success", data: value }));
    const vector = (values: readonly object[]): void => {
      data({ resultType: query.endsWith("]") ? "matrix" : "vector", result: values });
    };
    const now = Date.now() / 1_000;
    const label = weather.serviceLabel ?? "service";
    const ours = query.includes(`${label}="pulumi-tempo-verify"`);
    const sample = { values: [[now, "1"]] };
    switch (url.pathname) {
      case "/api/v1/status/flags":
        data(weather.flags ?? { "enable-feature": "exemplar-storage", "web.enable-remote-write-receiver": "true" });
        return;
      case "/api/v1/targets":
        data({ activeTargets: weather.targets ?? [] });
        return;
      case "/api/v1/query_exemplars": {
        const there = weather.exemplars !== false && weather.calls !== false && ours && spans.length > 0;
        const exemplars = spans.map(({ traceId }) => ({ labels: { traceID: traceId }, value: "0.02", timestamp: now }));
        data(there ? [{ seriesLabels: {}, exemplars }] : []);
        return;
      }
      case "/api/v1/query":
        break;
      default:
        out.writeHead(404).end("404 page not found\n");
        return;
    }
    if (query.endsWith("[10m]")) {
      const edge = query.includes("service_graph");
      const asksWhose = query.includes("tempo_instance") && weather.instance !== undefined;
      const there = !asksWhose && spans.length > 0 && (edge ? weather.edge !== false : weather.calls !== false && ours);
      const name = edge ? "traces_service_graph_request_total" : "traces_spanmetrics_calls_total";
      const whose = weather.instance === undefined ? {} : { tempo_instance: weather.instance };
      vector(there ? [{ metric: { __name__: name, ...whose }, ...sample }] : []);
    } else if (query.includes("traces_")) {
      vector(weather.others ? [{ metric: weather.others, value: [now, "7"] }] : []);
    } else {
      const [, value] = [...(weather.figures ?? []), ...WELL].find(([part]) => query.includes(part)) ?? [];
      vector(value === undefined ? [] : [{ metric: {}, value: [now, String(value)] }]);
    }
  };
}

/** The three data sources as this stack makes them. */
export function sourcesOf({ query, prometheus }: Addresses): readonly FakeSource[] {
  const link = { url: "${__value.raw}", datasourceUid: "tempo" };
  return [
    { uid: "tempo", name: "Tempo", type: "tempo", url: query },
    {
      uid: "loki",
      name: "Loki",
      type: "loki",
      url: "http://127.0.0.1:1",
      jsonData: {
        derivedFields: [
          { name: "Trace ID in the line", matcherType: "regex", matcherRegex: traceIdInLine, ...link },
          { name: "Trace ID", matcherType: "label", matcherRegex: traceIdLabelName, ...link },
        ],
      },
    },
    { uid: "prometheus", name: "Prometheus", type: "prometheus", url: prometheus },
  ];
}
