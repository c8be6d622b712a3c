import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest, IncomingMessage } from "node:http";
import { diag, DiagLogLevel } from "@opentelemetry/api";
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as HttpExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import type { SpanExporter } from "@opentelemetry/sdk-trace-base";
import { everyAuthority } from "../../../lib/http/authorities";
import { withoutVariables } from "../../../lib/environment";
import { proxyOf } from "../../../lib/http/proxy";
import { agentFor } from "../../../lib/http/request";
import { formatDuration } from "./evidence";
import { credentialsOf, noAnswer, NoAnswer, unresolved, oneLine, shownUrl, type ClockReader } from "./http";
import type { Protocol, VerifyTrace } from "./trace";
import { answerTrouble, grpcTrouble, silenceTrouble, CheckFailure, type Party } from "./failure";

interface Sending {
  readonly party: Party;
  readonly protocol: Protocol;
  readonly orgId?: string;
  readonly clock: ClockReader;
  /** Milliseconds that the SDK has, its own retries included. */
  readonly timeout: number;
}

/** What an answer of HTTP was, which the SDK keeps to itself when it may be tried again. */
interface Seen {
  readonly status: number;
  readonly text: string;
  readonly type: string;
  readonly headers: Pick<IncomingMessage["headers"], "location">;
}

/** What is noted of one export. */
interface Notes {
  readonly clock: ClockReader;
  readonly sent: number;
  seen?: Promise<Seen>;
  /** The SDK's warnings: only there does it tell of a partial success. */
  readonly warnings: unknown[][];
}

const notes = new AsyncLocalStorage<Notes>();
let listening = false;

/** Once for the process: both are global, and each export finds its own notes. */
function listen(): void {
  if (listening) return;
  listening = true;
  const silent = (): void => undefined;
  const logger = { error: silent, warn: warned, info: silent, debug: silent, verbose: silent };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  subscribe("http.client.response.finish", (message) => {
    const { response } = message as { request: ClientRequest; response: IncomingMessage };
    const note = notes.getStore();
    if (!note) return;
    note.clock.note(response.headers.date, note.sent, Date.now());
    note.seen = new Promise((resolve) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("close", () => {
        const type = response.headers["content-type"] ?? "";
        resolve({
          status: response.statusCode ?? 0,
          text: textOf(Buffer.concat(chunks), type),
          type,
          headers: response.headers,
        });
      });
    });
  });
}

/** A receiver's complaint is a message within protobuf; it is the longest text there. */
function textOf(body: Buffer, type: string): string {
  if (!type.startsWith(PROTOBUF)) return body.toString();
  const texts = body.toString("latin1").match(/[\x20-\x7e]{4,}/g) ?? [];
  return texts.reduce((longest, text) => (text.length > longest.length ? text : longest), "");
}

const PROTOBUF = "application/x-protobuf";

function warned(...words: unknown[]): void {
  notes.getStore()?.warnings.push(words);
}

/**
 * Sends the spans by OpenTelemetry's own exporter, in one request.
 * @throws CheckFailure when they were not acknowledged, all of them
 */
export async function send({ spans }: VerifyTrace, sending: Sending): Promise<void> {
  listen();
  const { party, protocol, timeout } = sending;
  const exporter = await makeExporter(sending);
  const note: Notes = { clock: sending.clock, sent: Date.now(), warnings: [] };
  try {
    const error = await notes.run(
      note,
      () =>
        new Promise<Error | undefined>((resolve) => {
          // The SDK's own limit counts pauses of a connection; the answer may still come in drops.
          setTimeout(resolve, timeout + 1_000, new Error("Request Timeout")).unref();
          exporter.export([...spans], ({ error }) => {
            resolve(error);
          });
        }),
    );
    const seen = await (note.seen && Promise.race([note.seen, after(1_000)]));
    if (error) throw await failure(error, seen, party, timeout);
    checkAccepted(seen, note.warnings, party, protocol);
  } finally {
    // Not awaited: of a server that hangs it would wait for the end of the request.
    exporter.shutdown().catch(() => undefined);
  }
}

async function makeExporter({ party, protocol, orgId, timeout }: Sending): Promise<SpanExporter> {
  const { url } = party.place;
  const tenant = orgId === undefined ? {} : { "x-scope-orgid": orgId };
  if (protocol === "http") {
    const headers = { ...credentialsOf(url), ...tenant };
    const options = {
      url: `${shownUrl(url)}/v1/traces`,
      timeoutMillis: timeout,
      headers,
      httpAgentOptions: () => agentFor(url),
    };
    return withoutVariables(/^OTEL_/, () => new HttpExporter(options));
  }
  const { credentials, Metadata } = await import("@grpc/grpc-js");
  chooseProxy(url);
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(tenant)) metadata.set(name, value);
  const trust = url.protocol === "https:" && {
    credentials: credentials.createSsl(Buffer.from(everyAuthority().join("\n"))),
  };
  const options = { url: url.origin, timeoutMillis: timeout, metadata, ...trust };
  return withoutVariables(/^OTEL_/, () => new GrpcExporter(options));
}

/** gRPC for Node reads other variables than we do, and by other rules. Its proxies are for https, as those of gRPC for Go. */
function chooseProxy({ host, hostname }: URL): void {
  const proxy = proxyOf(new URL(`https://${host}`));
  process.env["grpc_proxy"] = proxy?.href ?? "";
  process.env["no_grpc_proxy"] = proxy ? "none" : hostname;
}

function after(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined).unref());
}

async function failure(error: Error, seen: Seen | undefined, party: Party, timeout: number): Promise<CheckFailure> {
  if (seen) return answerTrouble(seen, party);
  const ofGrpc = "details" in error && "code" in error && typeof error.code === "number";
  // gRPC's own word for it.
  const tooLong = new NoAnswer("timeout", `no answer within ${formatDuration(timeout)}`);
  const late = ofGrpc && error.code === 4 ? tooLong : undefined;
  if (ofGrpc && !late) return grpcTrouble(Number(error.code), String(error.details), party);
  const silent = late ?? noAnswer(error, timeout);
  return silenceTrouble(
    await unresolved(silent.silence === "timeout" ? tooLong : silent, party.place.url.origin),
    party,
  );
}

/** A success that is none: another server's page, or spans that were refused within it. */
function checkAccepted(seen: Seen | undefined, warnings: readonly unknown[][], party: Party, protocol: Protocol): void {
  const rejected = rejectedSpans(warnings);
  if (rejected) {
    throw new CheckFailure(
      `${shownUrl(party.place.url)} accepts the request and rejects ${rejected.count} of its spans${rejected.why}`,
      {
        causes: ["The receiver, or a collector before it, filters or limits spans; it says so in the message above."],
        more: party.commands.counters("spansDiscarded", "spansRefused"),
        lasting: true,
      },
    );
  }
  if (protocol === "http" && seen && seen.text !== "" && !seen.type.startsWith(PROTOBUF)) {
    throw answerTrouble(seen, party);
  }
}

/** What the SDK says of a partial success. One that rejects no span is a remark of the receiver's. */
function rejectedSpans(warnings: readonly unknown[][]): { count: number; why: string } | undefined {
  const [, partial] = warnings.find(([first]) => /partial success/i.test(String(first))) ?? [];
  if (typeof partial !== "string") return undefined;
  const { rejectedSpans: count, errorMessage } = JSON.parse(partial) as Readonly<Record<string, unknown>>;
  if (!(Number(count) > 0)) return undefined;
  const why = typeof errorMessage === "string" && errorMessage !== "" ? `: ${oneLine(errorMessage)}` : "";
  return { count: Number(count), why };
}
