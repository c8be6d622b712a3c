import { randomUUID } from "node:crypto";
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  type ReadableSpan,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { withoutVariables } from "../../../lib/environment";
import { SERVICE } from "../../../components/contracts/attributes";
import { RUN_ATTRIBUTE } from "./tempo";

/** The services of the trace. Their names say what they are, for they stay in Tempo and Prometheus as long as others. */
export const SERVER = "pulumi-tempo-verify";
export const CLIENT = "pulumi-tempo-verify-client";

/** How the names of its spans begin. */
export const SPAN_NAMES = "verify OTLP/";

export type Protocol = "http" | "grpc";

/** A trace of one request from one service to another, which makes an edge of the service graph. */
export interface VerifyTrace {
  readonly id: string;
  /** Tells it from the traces of other runs. */
  readonly run: string;
  readonly spans: readonly ReadableSpan[];
  /** In hexadecimal digits. */
  readonly spanIds: readonly string[];
  /** Name of both spans: of its own for each protocol, since an exemplar belongs to the newest span of a series. */
  readonly spanName: string;
  /** Milliseconds. */
  readonly start: number;
  readonly end: number;
}

/** How long the request took, in ms; the server had the most of it. */
const DURATION = { client: 30, server: 20 } as const;

/** Makes the trace with OpenTelemetry's SDK, as of now. */
export function makeTrace(protocol: Protocol, now = Date.now()): VerifyTrace {
  const run = randomUUID();
  const ended: ReadableSpan[] = [];
  const collect: SpanProcessor = {
    onStart: () => undefined,
    onEnd: (span) => ended.push(span),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  // One SDK for each service, as in real life. Without somebody's OTEL_TRACES_SAMPLER and the like.
  const tracer = (service: string) =>
    withoutVariables(/^OTEL_/, () =>
      new BasicTracerProvider({
        resource: resourceFromAttributes({ [SERVICE.attribute]: service }),
        sampler: new AlwaysOnSampler(),
        spanProcessors: [collect],
      }).getTracer("pulumi-tempo/verify"),
    );
  const spanName = `${SPAN_NAMES}${protocol === "http" ? "HTTP" : "gRPC"}`;
  const attributes = {
    [RUN_ATTRIBUTE]: run,
    "http.request.method": "GET",
    "http.response.status_code": 200,
    "http.route": "/verify",
  };
  const start = now - DURATION.client;
  const client = tracer(CLIENT).startSpan(spanName, { kind: SpanKind.CLIENT, attributes, startTime: start });
  const server = tracer(SERVER).startSpan(
    spanName,
    { kind: SpanKind.SERVER, attributes, startTime: start + (DURATION.client - DURATION.server) / 2 },
    trace.setSpan(ROOT_CONTEXT, client),
  );
  server.setStatus({ code: SpanStatusCode.OK });
  server.end(now - (DURATION.client - DURATION.server) / 2);
  client.setStatus({ code: SpanStatusCode.OK });
  client.end(now);
  return {
    id: client.spanContext().traceId,
    run,
    spans: ended,
    spanIds: ended.map((span) => span.spanContext().spanId),
    spanName,
    start,
    end: now,
  };
}

/**
 * Lines that a service would log beside such a request, in the spellings of the field. They are only rendered.
 * The first one is what OpenTelemetry's own integrations write.
 */
export function logLines({
  id,
  spanIds,
  end,
}: Pick<VerifyTrace, "id" | "spanIds" | "end">): Readonly<Record<string, string>> {
  const [span = ""] = spanIds;
  const time = new Date(end).toISOString();
  const message = "handled GET /verify";
  return {
    "trace_id=": `ts=${time} level=info msg="${message}" service=${SERVER} trace_id=${id} span_id=${span}`,
    JSON: JSON.stringify({ time, level: "info", msg: message, service: SERVER, trace_id: id, span_id: span }),
    "traceID=": `level=info ts=${time} caller=verify msg="${message}" traceID=${id}`,
  };
}
