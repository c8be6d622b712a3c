/**
 * OTLP traces as their wire format has them. Read here, in the few lines that protobuf's wire format takes: the SDK's
 * packages write OTLP and read none of it.
 */

export type AttributeValue = string | number | boolean | undefined;

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A span with what its resource says. Identifiers are hexadecimal. */
export interface ReceivedSpan {
  readonly resource: Attributes;
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly attributes: Attributes;
}

/**
 * The spans of an ExportTraceServiceRequest. Field numbers: opentelemetry-proto, trace.proto, resource.proto and
 * common.proto, v1.
 */
export function decodeTraces(request: Buffer): ReceivedSpan[] {
  return messages(request, 1).flatMap((resourceSpans) => {
    const resource = attributes(messages(resourceSpans, 1)[0] ?? Buffer.alloc(0), 1);
    return messages(resourceSpans, 2).flatMap((scopeSpans) =>
      messages(scopeSpans, 2).map((span) => ({
        resource,
        traceId: messages(span, 1)[0]?.toString("hex") ?? "",
        spanId: messages(span, 2)[0]?.toString("hex") ?? "",
        name: messages(span, 5)[0]?.toString("utf8") ?? "",
        attributes: attributes(span, 9),
      })),
    );
  });
}

/** Attributes of a message, under a field number; lists and maps among them are left out. */
function attributes(message: Buffer, number: number): Attributes {
  return Object.fromEntries(
    messages(message, number).map((pair) => {
      const [key, value] = [messages(pair, 1)[0], messages(pair, 2)[0]];
      return [key?.toString("utf8") ?? "", value && scalar(value)];
    }),
  );
}

/** An AnyValue. */
function scalar(value: Buffer): AttributeValue {
  const [field] = fields(value);
  if (field === undefined) return undefined;
  if (field.number === 1 && Buffer.isBuffer(field.value)) return field.value.toString("utf8");
  if (field.number === 2) return field.value === 1n;
  if (field.number === 3) return Number(BigInt.asIntN(64, field.value as bigint));
  if (field.number === 4 && Buffer.isBuffer(field.value)) return field.value.readDoubleLE();
  return undefined;
}

interface Field {
  readonly number: number;
  /** A number of varying length, or the bytes of whatever else. */
  readonly value: bigint | Buffer;
}

/** Strings, bytes and messages under one field number. */
export function messages(message: Buffer, number: number): Buffer[] {
  return fields(message).flatMap((field) =>
    field.number === number && Buffer.isBuffer(field.value) ? [field.value] : [],
  );
}

function fields(message: Buffer): Field[] {
  const found: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new Error("the protobuf message ends early");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const bytes = (length: number): Buffer => {
    at += length;
    if (at > message.length) throw new Error("the protobuf message ends early");
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = Number(varint());
    const [number, type] = [tag >> 3, tag & 7];
    if (type === 0) found.push({ number, value: varint() });
    else if (type === 1) found.push({ number, value: bytes(8) });
    else if (type === 2) found.push({ number, value: bytes(Number(varint())) });
    else if (type === 5) found.push({ number, value: bytes(4) });
    else throw new Error(`protobuf has no wire type ${type}`);
  }
  return found;
}
