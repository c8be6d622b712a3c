/**
 * What other stacks read through a StackReference. Every value comes from the configuration and is therefore known in
 * a preview; values read from a live cluster would make a consumer's preview unknown. None is a secret. Renaming one
 * breaks consumers: it is a new output beside the old one.
 */
export interface TempoOutputs {
  /** Base URL of the query API: through the tailnet where there is one, otherwise in the cluster. */
  readonly queryUrl: string;
  /** Base URL for OTLP over HTTP, without `/v1/traces`: through the tailnet where there is one. */
  readonly otlpUrl: string;
  readonly namespace: string;
  /** Query API inside the cluster. */
  readonly queryEndpoint: string;
  /** OTLP over gRPC inside the cluster. */
  readonly otlpGrpcEndpoint: string;
  /** OTLP over HTTP inside the cluster, without `/v1/traces`. */
  readonly otlpHttpEndpoint: string;
  /** Name of the PersistentVolumeClaim that holds the traces. */
  readonly claimName: string;
  /** How long a trace is kept, as it is configured, such as `168h`. */
  readonly retention: string;
  /** Base URL for OTLP over gRPC through the tailnet; empty where it has no name for it. */
  readonly otlpGrpcUrl: string;
  /** Environment of a service with an OpenTelemetry SDK. */
  readonly otelEnvironment: Readonly<Record<string, string>>;
  /** URLs of the dashboards in Grafana by their keys; empty where there are none. */
  readonly dashboardUrls: Readonly<Record<string, string>>;
  /**
   * For each data source that is provisioned from files (`tempo`, `loki`, `prometheus`), what its file must say: YAML.
   * Empty where there is none.
   */
  readonly grafanaProvisioning: Readonly<Record<string, string>>;
  /** The scrape jobs for Prometheus' configuration: YAML. Empty unless `scrape.method` is `job`. */
  readonly prometheusScrapeConfig: string;
  /**
   * The route of Caddy for its own files: `json`, `caddyfile` (a site block) and `fragment` (inside the block of a site with a
   * wildcard). Empty without one.
   */
  readonly caddyRoute: Readonly<Record<string, string>>;
}

/** The name of an output. */
export type TempoOutput = keyof TempoOutputs;

/** A text, or texts by their keys. */
export type OutputKind = "text" | "texts";

/** The outputs as data, since an interface is gone when a program runs. The compiler holds the two together. */
export const outputKinds = {
  queryUrl: "text",
  otlpUrl: "text",
  namespace: "text",
  queryEndpoint: "text",
  otlpGrpcEndpoint: "text",
  otlpHttpEndpoint: "text",
  claimName: "text",
  retention: "text",
  otlpGrpcUrl: "text",
  otelEnvironment: "texts",
  dashboardUrls: "texts",
  grafanaProvisioning: "texts",
  prometheusScrapeConfig: "text",
  caddyRoute: "texts",
} as const satisfies { readonly [K in TempoOutput]: TempoOutputs[K] extends string ? "text" : "texts" };

export const outputNames = Object.keys(outputKinds) as readonly TempoOutput[];
