/** Reads what OpenTelemetry's exporters send: as much of its protobuf as a test asks for. */
import { messages } from "../../../support/otlp";

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  readonly service: string;
}

/** The spans of an ExportTraceServiceRequest. */
export function spansOf(request: Buffer): ReceivedSpan[] {
  return messages(request, 1).flatMap((resourceSpans) => {
    const attributes = messages(resourceSpans, 1).flatMap((resource) => messages(resource, 1));
    const named = attributes.find((one) => messages(one, 1)[0]?.toString() === "service.name");
    const service = named ? (messages(messages(named, 2)[0] ?? Buffer.alloc(0), 1)[0]?.toString() ?? "") : "";
    return messages(resourceSpans, 2)
      .flatMap((scopeSpans) => messages(scopeSpans, 2))
      .map((span) => {
        const hex = (number: number): string => messages(span, number)[0]?.toString("hex") ?? "";
        return {
          traceId: hex(1),
          spanId: hex(2),
          parentId: hex(4),
          name: messages(span, 5)[0]?.toString() ?? "",
          service,
        };
      });
  });
}

/** An ExportTraceServiceResponse; with rejected spans a partial success. */
export function response(rejected = 0, message = ""): Buffer {
  if (rejected === 0 && message === "") return Buffer.from([0x0a, 0]);
  const text = Buffer.from(message);
  const partial = Buffer.concat([Buffer.from([0x08, rejected, 0x12, text.length]), text]);
  return Buffer.concat([Buffer.from([0x0a, partial.length]), partial]);
}

/** A google.rpc.Status, as a receiver of OTLP over HTTP complains. */
export function status(code: number, message: string): Buffer {
  const text = Buffer.from(message);
  return Buffer.concat([Buffer.from([0x08, code, 0x12, ...varintOf(text.length)]), text]);
}

function varintOf(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varintOf(value >> 7)];
}
