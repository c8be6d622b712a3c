/**
 * Largest OTLP message that Tempo accepts here, in MiB: the usual limit of exporters and of gRPC, so a batch may be that
 * large. The receivers are limited to it, and the ingestion burst must not be smaller.
 */
export const LARGEST_MESSAGE_MIB = 4;

/** Bytes of a MiB. */
export const MIB = 1024 * 1024;
