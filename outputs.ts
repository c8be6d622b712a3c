import { caddyUrl, renderCaddy } from "./components/caddy/route";
import { claimName } from "./components/tempo/claim";
import { otlpOnTailnet, otlpService } from "./components/collector/endpoint";
import { inClusterUrl, ports } from "./components/ports";
import { renderScrapeConfig } from "./components/monitoring/scrapeConfig";
import { renderProvisioning } from "./components/grafana/dataSources/provisioning";
import { otelEnvironment } from "./components/sdk/environment";
import { tailnetUrl } from "./components/tailnet/ingress";
import type { GrafanaConnection } from "./grafana/connect";
import type { Settings } from "./settings/schema";

/**
 * What other stacks read through a StackReference. Every value comes from the configuration and is therefore known in
 * a preview; values read from a live cluster would make a consumer's preview unknown. Renaming one breaks consumers.
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

export function renderOutputs(settings: Settings, owner: string, grafana?: GrafanaConnection): TempoOutputs {
  const { namespace, tailnet, caddy } = settings;
  const queryEndpoint = inClusterUrl(settings, ports.http);
  const otlpHttpEndpoint = otlpService(settings, "http");
  const otlpUrl = tailnet ? tailnetUrl(tailnet.otlpHostname, tailnet) : otlpHttpEndpoint;
  return {
    queryUrl:
      caddy?.preferred === true
        ? caddyUrl(caddy)
        : tailnet
          ? tailnetUrl(tailnet.queryHostname, tailnet)
          : queryEndpoint,
    otlpUrl,
    namespace,
    queryEndpoint,
    otlpGrpcEndpoint: otlpService(settings, "grpc"),
    otlpGrpcUrl: (tailnet && otlpOnTailnet(tailnet, "grpc")) ?? "",
    otlpHttpEndpoint,
    claimName: claimName(settings),
    retention: settings.retention.text,
    otelEnvironment: otelEnvironment(otlpUrl, "http"),
    ...renderGrafanaOutputs(grafana),
    prometheusScrapeConfig: renderScrapeConfig(settings),
    caddyRoute: caddy ? { ...renderCaddy(settings, caddy, owner) } : {},
  };
}

function renderGrafanaOutputs(
  connection: GrafanaConnection | undefined,
): Pick<TempoOutputs, "dashboardUrls" | "grafanaProvisioning"> {
  if (!connection) return { dashboardUrls: {}, grafanaProvisioning: {} };
  const { grafana, contents } = connection;
  const base = grafana.url.replace(/\/+$/, "");
  const provisioned = contents.dataSources.filter(({ ownership }) => ownership === "provisioned");
  return {
    dashboardUrls: Object.fromEntries(contents.dashboards.map(({ key, uid }) => [key, `${base}/d/${uid}`])),
    grafanaProvisioning: Object.fromEntries(provisioned.map((source) => [source.key, renderProvisioning(source)])),
  };
}
