import { z } from "zod";
import * as field from "../../lib/schema/fields";
import { section, type Sections } from "../../lib/schema/sections";

/** A namespace whose services have an OpenTelemetry SDK. */
const sdkNamespace = z
  .strictObject({
    namespace: field.dnsLabel.describe("One of them. It must be there"),
    cluster: z
      .enum(["tempo", "collector"], { error: "neither of the two clusters. Write tempo or collector" })
      .describe("On which of the two clusters it is"),
    endpoint: z
      .enum(["service", "tailnet", "collector"], { error: "no such way. Write service, tailnet or collector" })
      .optional()
      .describe(
        "Where the spans go: to Tempo's Service, through the tailnet, or to the collector, which queues on disk",
      ),
    protocol: z
      .enum(["http", "grpc"], { error: "no protocol of OTLP. Write http or grpc" })
      .default("http")
      .describe("OTLP over HTTP or gRPC"),
  })
  .meta({ typeName: "SdkNamespace" });

/** ConfigMaps with OTEL_* variables. */
const sdk = z.strictObject({
  configMapName: field.dnsName
    .prefault("tempo-otel")
    .describe("Name of the ConfigMap with `OTEL_*` variables in each namespace"),
  namespaces: z.array(sdkNamespace).min(1, { error: "empty. Write at least one namespace" }).describe("The namespaces"),
});

export const sdkSettings = {
  sdk: section(sdk).describe(
    "ConfigMaps with OTEL_* variables for services with an OpenTelemetry SDK. Absent: none. How to connect a service: docs/guides/sending.md",
  ),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof sdkSettings> {}
}
