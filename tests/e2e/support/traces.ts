import { setTimeout as sleep } from "node:timers/promises";
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as HttpExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";

/** Sends one trace of two spans with OpenTelemetry's own SDK. @returns its trace ID, once it was acknowledged. */
export async function sendTrace(protocol: "http" | "grpc", port: number, service: string): Promise<string> {
  const exporter: SpanExporter =
    protocol === "http"
      ? new HttpExporter({ url: `http://127.0.0.1:${port}/v1/traces` })
      : new GrpcExporter({ url: `http://127.0.0.1:${port}` });
  const acknowledged: Promise<void>[] = [];
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": service }),
    spanProcessors: [new SimpleSpanProcessor(confirming(exporter, acknowledged))],
  });
  const span = provider.getTracer("e2e").startSpan("GET /e2e");
  span.setAttribute("http.request.method", "GET");
  span.end();
  await provider.forceFlush();
  await Promise.all(acknowledged);
  await provider.shutdown();
  return span.spanContext().traceId;
}

/** The SDK only logs a refused export; here it fails the test. */
function confirming(exporter: SpanExporter, acknowledged: Promise<void>[]): SpanExporter {
  return {
    export(spans, callback) {
      acknowledged.push(
        new Promise((resolve, reject) => {
          exporter.export(spans, (result) => {
            callback(result);
            if (result.error) reject(result.error);
            else resolve();
          });
        }),
      );
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}

/** Waits until a trace is found by its ID. */
export function foundById(queryPort: number, traceId: string): Promise<void> {
  return eventually(`trace ${traceId} by ID`, async () => {
    const response = await fetch(`http://127.0.0.1:${queryPort}/api/v2/traces/${traceId}`);
    return response.ok && JSON.stringify(await response.json()).includes("GET /e2e");
  });
}

/** Waits until a trace is found by a TraceQL search over the last hour. */
export function foundBySearch(queryPort: number, traceId: string, service: string): Promise<void> {
  return eventually(`trace ${traceId} by search`, async () => {
    const now = Math.floor(Date.now() / 1000);
    const query = new URLSearchParams({
      q: `{ resource.service.name = "${service}" }`,
      start: String(now - 3600),
      end: String(now + 60),
      limit: "100",
    });
    const response = await fetch(`http://127.0.0.1:${queryPort}/api/search?${query.toString()}`);
    if (!response.ok) return false;
    const { traces = [] } = (await response.json()) as { traces?: { traceID: string }[] };
    // Tempo leaves out leading zeros.
    return traces.some(({ traceID }) => traceID.padStart(32, "0") === traceId);
  });
}

const DEADLINE = 60_000;

async function eventually(what: string, check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE;
  let last = "not found";
  while (Date.now() < deadline) {
    try {
      if (await check()) return;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await sleep(500);
  }
  throw new Error(`${what}: ${last} within ${DEADLINE / 1000} s`);
}
