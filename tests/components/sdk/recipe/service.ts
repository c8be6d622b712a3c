/**
 * A service with OpenTelemetry's SDK that nothing but its environment configures. It makes one request's two spans, sends
 * them and ends: `node --require ./tools/loader.cjs tests/components/sdk/recipe/service.ts`
 */
import { context, SpanKind, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as HttpExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { defaultResource, detectResources, envDetector } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";

/** As @opentelemetry/sdk-node chooses; without arguments the exporters read all else from OTEL_EXPORTER_OTLP_*. */
function exporterByEnvironment(): SpanExporter {
  const protocol = process.env["OTEL_EXPORTER_OTLP_PROTOCOL"];
  if (protocol === "grpc") return new GrpcExporter();
  if (protocol === "http/protobuf") return new HttpExporter();
  throw new Error(`OTEL_EXPORTER_OTLP_PROTOCOL is ${protocol}, of which no SDK knows`);
}

async function main(): Promise<void> {
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(exporterByEnvironment())],
  });
  const tracer = provider.getTracer("recipe");
  const server = tracer.startSpan("GET /items/{id}", { kind: SpanKind.SERVER });
  tracer.startSpan("look up", {}, trace.setSpan(context.active(), server)).end();
  server.end();
  await provider.shutdown();
}

void main();
