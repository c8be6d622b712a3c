import { z } from "zod";
import * as field from "../../lib/schema/fields";
import { section, type Sections } from "../../lib/schema/sections";

/** A namespace whose services have an OpenTelemetry SDK. */
const sdkNamespace = z.strictObject({
  namespace: field.dnsLabel,
  /** On which of the two clusters it is. */
  cluster: z.enum(["tempo", "collector"], { error: "neither of the two clusters. Write tempo or collector" }),
  /** Where its spans go: to Tempo's `service` in the cluster, through the `tailnet`, or to the `collector` beside it. */
  endpoint: z
    .enum(["service", "tailnet", "collector"], { error: "no such way. Write service, tailnet or collector" })
    .optional(),
  protocol: z.enum(["http", "grpc"], { error: "no protocol of OTLP. Write http or grpc" }).default("http"),
});

/** ConfigMaps with OTEL_* variables. */
const sdk = z.strictObject({
  /** Name of the ConfigMap in each of the namespaces. */
  configMapName: field.dnsName.prefault("tempo-otel"),
  namespaces: z.array(sdkNamespace).min(1, { error: "empty. Write at least one namespace" }),
});

export const sdkSettings = {
  sdk: section(sdk),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof sdkSettings> {}
}
