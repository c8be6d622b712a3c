/** Least size of a message that a receiver may be limited to, in MiB: the usual limit of exporters and of gRPC. */
export const LEAST_MESSAGE_MIB = 4;

/** Largest message that Tempo's receivers may be told to take, in MiB. */
export const LARGEST_MESSAGE_MIB = 16;

/**
 * Largest message between Tempo's modules, in MiB (cmd/tempo/app/config.go of 2.10.1). A trace that does not fit into
 * one is stored and cannot be read: 500.
 */
export const INTERNAL_MESSAGE_MIB = 16;

/** Headers that a browser's exporter of OTLP sends in any case. */
const OTLP_HEADERS = ["Accept", "Content-Type", "X-Requested-With"] as const;

/** Headers that a web page may send, with those that the format needs. */
export function allowedHeaders(more: readonly string[]): readonly string[] {
  if (more.includes("*")) return ["*"];
  const has = new Set(more.map((name) => name.toLowerCase()));
  return [...OTLP_HEADERS.filter((name) => !has.has(name.toLowerCase())), ...more];
}
