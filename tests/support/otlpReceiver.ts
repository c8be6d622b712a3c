/** An OTLP receiver for traces on a port of 127.0.0.1, which takes, refuses or leaves unanswered what it gets. */
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import {
  createSecureServer,
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import type { Server as NetServer, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { decodeTraces, type ReceivedSpan } from "./otlp";

export type { ReceivedSpan } from "./otlp";

/** What the receiver does with a request that it has read to its end. */
export type Behaviour =
  | { readonly kind: "take"; /** Answers only after this many ms, but has taken it. */ readonly after?: number }
  /** A status of HTTP, or of gRPC where it speaks that; with the seconds after which to come again. */
  | { readonly kind: "refuse"; readonly status: number; readonly retryAfter?: number }
  | { readonly kind: "hang" };

export const TAKE: Behaviour = { kind: "take" };
export const HANG: Behaviour = { kind: "hang" };

export function refuse(status: number, retryAfter?: number): Behaviour {
  return { kind: "refuse", status, ...(retryAfter !== undefined && { retryAfter }) };
}

/** A request that arrived. */
export interface ReceivedRequest {
  /** When, in ms since 1970. */
  readonly at: number;
  readonly behaviour: Behaviour;
  readonly compression: string | undefined;
  /** Length of its message when uncompressed. */
  readonly bytes: number;
  /** The message's spans, whatever became of it. */
  readonly spans: readonly ReceivedSpan[];
}

export interface ReceiverOptions {
  readonly protocol?: "http" | "grpc";
  /** A certificate with its key, in PEM: it speaks TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export class OtlpReceiver {
  readonly requests: ReceivedRequest[] = [];
  /** What becomes of the next request. */
  behaviour: Behaviour = TAKE;
  /** Connections that ended before TLS was agreed on: the client does not trust its certificate. */
  failedHandshakes = 0;
  private server: NetServer | undefined;
  private readonly sockets = new Set<Socket>();
  private port = 0;

  constructor(private readonly options: ReceiverOptions = {}) {}

  /** As in `collector.endpoint`. */
  get url(): string {
    return `${this.options.tls ? "https" : "http"}://127.0.0.1:${this.port}`;
  }

  /** The spans of all requests, in the order of their arrival. */
  get arrived(): ReceivedSpan[] {
    return this.requests.flatMap(({ spans }) => spans);
  }

  /** Those among them that it has taken. */
  get taken(): ReceivedSpan[] {
    return this.requests.flatMap(({ behaviour, spans }) => (behaviour.kind === "take" ? spans : []));
  }

  /** Listens: at the first time on a port that is free, later on the same. */
  async start(): Promise<void> {
    const server = this.create();
    server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
    server.listen(this.port, "127.0.0.1");
    await once(server, "listening");
    this.server = server;
    const address = server.address();
    if (address !== null && typeof address === "object") this.port = address.port;
  }

  /** Ends all connections and refuses new ones. */
  async stop(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = once(server, "close");
    server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private create(): NetServer {
    const handle = (request: Request, response: Response): void => {
      // A client that gives up in the middle is none of our errors; what cannot be read is, and the connection ends.
      this.handle(request, response).catch(() => request.socket.destroy());
    };
    if (this.options.tls) {
      const server = createSecureServer({ ...this.options.tls, allowHTTP1: true }, handle);
      return server.on("tlsClientError", () => (this.failedHandshakes += 1));
    }
    if (this.options.protocol === "grpc") return createHttp2Server(handle);
    return createHttpServer((request, response) => {
      // All that is used here is the same in both versions of HTTP.
      handle(request as unknown as Request, response as unknown as Response);
    });
  }

  private async handle(request: Request, response: Response): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { behaviour } = this;
    const { compression, message } = this.unpack(Buffer.concat(chunks), request.headers["content-encoding"]);
    this.requests.push({
      at: Date.now(),
      behaviour,
      compression,
      bytes: message.length,
      spans: decodeTraces(message),
    });
    if (behaviour.kind === "hang") return;
    const delay = behaviour.kind === "take" ? (behaviour.after ?? 0) : 0;
    if (delay > 0) await sleep(delay, undefined, { ref: false });
    if (this.options.protocol === "grpc") answerGrpc(response, behaviour);
    else answerHttp(response, behaviour);
  }

  private unpack(body: Buffer, encoding: string | undefined): { compression: string | undefined; message: Buffer } {
    if (this.options.protocol !== "grpc") {
      return { compression: encoding, message: encoding === "gzip" ? gunzipSync(body) : body };
    }
    // A flag, which says whether it is compressed, and the length before the message.
    const message = body.subarray(5);
    return body[0] === 1 ? { compression: "gzip", message: gunzipSync(message) } : { compression: undefined, message };
  }
}

type Request = Http2ServerRequest;
type Response = Http2ServerResponse;

function answerHttp(response: Response, behaviour: Behaviour): void {
  const headers =
    behaviour.kind === "refuse" && behaviour.retryAfter !== undefined
      ? { "retry-after": String(behaviour.retryAfter) }
      : {};
  response.writeHead(behaviour.kind === "refuse" ? behaviour.status : 200, {
    "content-type": "application/x-protobuf",
    ...headers,
  });
  response.end();
}

function answerGrpc(response: Response, behaviour: Behaviour): void {
  response.writeHead(200, { "content-type": "application/grpc" });
  if (behaviour.kind === "refuse") {
    const { status, retryAfter } = behaviour;
    const details = retryAfter !== undefined && { "grpc-status-details-bin": retryInfo(status, retryAfter) };
    response.addTrailers({ "grpc-status": String(status), ...details });
    response.end();
  } else {
    response.addTrailers({ "grpc-status": "0" });
    // An empty ExportTraceServiceResponse.
    response.end(Buffer.alloc(5));
  }
}

/** A google.rpc.Status with a google.rpc.RetryInfo. */
function retryInfo(status: number, seconds: number): string {
  const field = (number: number, value: Buffer): Buffer =>
    Buffer.concat([Buffer.from([(number << 3) | 2, value.length]), value]);
  const varint = (number: number, value: number): Buffer => Buffer.from([number << 3, value]);
  const any = Buffer.concat([
    field(1, Buffer.from("type.googleapis.com/google.rpc.RetryInfo")),
    field(2, field(1, varint(1, seconds))),
  ]);
  return Buffer.concat([varint(1, status), field(3, any)]).toString("base64");
}
