/** Reads what OpenTelemetry's exporters send: as much of its protobuf as a test asks for. */

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  readonly service: string;
}

type Field = readonly [number: number, value: Buffer | bigint];

/** The fields of a protobuf message, in order. */
function* fields(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new Error("cut off");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    if (wire === 0) yield [tag >> 3, varint()];
    else {
      const length = wire === 2 ? Number(varint()) : wire === 1 ? 8 : 4;
      yield [tag >> 3, message.subarray(at, at + length)];
      at += length;
    }
  }
}

function all(message: Buffer, number: number): Buffer[] {
  return [...fields(message)].flatMap(([one, value]) => (one === number && Buffer.isBuffer(value) ? [value] : []));
}

/** The spans of an ExportTraceServiceRequest. */
export function spansOf(request: Buffer): ReceivedSpan[] {
  return all(request, 1).flatMap((resourceSpans) => {
    const attributes = all(resourceSpans, 1).flatMap((resource) => all(resource, 1));
    const named = attributes.find((one) => all(one, 1)[0]?.toString() === "service.name");
    const service = named ? (all(all(named, 2)[0] ?? Buffer.alloc(0), 1)[0]?.toString() ?? "") : "";
    return all(resourceSpans, 2)
      .flatMap((scopeSpans) => all(scopeSpans, 2))
      .map((span) => {
        const hex = (number: number): string => all(span, number)[0]?.toString("hex") ?? "";
        return { traceId: hex(1), spanId: hex(2), parentId: hex(4), name: all(span, 5)[0]?.toString() ?? "", service };
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
