/** Sends planned traces to an OTLP endpoint through OpenTelemetry's own SDK. */
import { ROOT_CONTEXT, trace, type Context, type Tracer } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { Random } from "./random";
import { services, type ServiceName } from "./services";
import type { PlannedSpan } from "./spans";

/** One SDK for each service, since a resource belongs to a whole SDK. */
export class Sender {
  private readonly tracers = new Map<ServiceName, Tracer>();
  private readonly providers: BasicTracerProvider[] = [];

  /** @param endpoint the base URL of the OTLP/HTTP receiver, such as http://127.0.0.1:4318 */
  constructor(
    private readonly endpoint: string,
    private readonly random: Random,
  ) {}

  /**
   * Records a trace that ends now; the SDK sends it within the second.
   * @returns its id
   */
  send(root: PlannedSpan): string {
    return this.record(root, ROOT_CONTEXT, Date.now() - root.end);
  }

  private record(span: PlannedSpan, parent: Context, origin: number): string {
    const { name, kind, attributes } = span;
    const recorded = this.tracer(span.service).startSpan(
      name,
      { kind, attributes, startTime: origin + span.start },
      parent,
    );
    for (const child of span.children) this.record(child, trace.setSpan(parent, recorded), origin);
    recorded.setStatus({ code: span.status });
    recorded.end(origin + span.end);
    return recorded.spanContext().traceId;
  }

  private tracer(service: ServiceName): Tracer {
    const known = this.tracers.get(service);
    if (known !== undefined) return known;
    const exporter = new OTLPTraceExporter({ url: `${this.endpoint}/v1/traces` });
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes(services[service].resource),
      idGenerator: { generateTraceId: () => this.random.hex(16), generateSpanId: () => this.random.hex(8) },
      // A queue that a burst does not overrun: the SDK drops silently what does not fit.
      spanProcessors: [new BatchSpanProcessor(exporter, { maxQueueSize: 100_000, scheduledDelayMillis: 500 })],
    });
    this.providers.push(provider);
    const tracer = provider.getTracer(`load/${service}`);
    this.tracers.set(service, tracer);
    return tracer;
  }

  /** Sends what is there and waits for the answers; what is refused in the end is an error of the SDK's log alone. */
  async flush(): Promise<void> {
    await Promise.allSettled(this.providers.map((provider) => provider.forceFlush()));
  }

  /** Sends what is left and closes the connections. */
  async stop(): Promise<void> {
    await Promise.allSettled(this.providers.map((provider) => provider.shutdown()));
  }
}
