import { caddyUrl, renderCaddy } from "../components/caddy/route";
import { claimName } from "../components/storage/claim/claim";
import { otlpOnTailnet, otlpService } from "../components/contracts/endpoints";
import { exposedUrl } from "../components/ingress/routes";
import { inClusterUrl, ports } from "../components/contracts/ports";
import { renderScrapeConfig } from "../components/monitoring/scrapeConfig";
import { renderProvisioning } from "../components/grafana/dataSources/provisioning";
import { otelEnvironment } from "../components/sdk/environment";
import { tailnetUrl } from "../components/contracts/endpoints";
import type { TempoOutputs } from "../packages/consumer";
import type { GrafanaConnection } from "../components/grafana/preflight";
import type { Settings } from "../components/contracts/settings";

export type { TempoOutputs };

/** The outputs, all of which follow from the settings. */
export function renderOutputs(settings: Settings, owner: string, grafana?: GrafanaConnection): TempoOutputs {
  const { namespace, tailnet, caddy } = settings;
  const queryEndpoint = inClusterUrl(settings, ports.http);
  const otlpHttpEndpoint = otlpService(settings, "http");
  const otlpUrl = tailnet
    ? tailnetUrl(tailnet.otlpHostname, tailnet)
    : (exposedUrl(settings, "otlp") ?? otlpHttpEndpoint);
  return {
    queryUrl:
      caddy?.preferred === true
        ? caddyUrl(caddy)
        : tailnet
          ? tailnetUrl(tailnet.queryHostname, tailnet)
          : (exposedUrl(settings, "query") ?? queryEndpoint),
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
  // Whoever is in several organisations would land in another one.
  const organisation = grafana.orgId === undefined ? "" : `?orgId=${grafana.orgId}`;
  const provisioned = contents.dataSources.filter(({ ownership }) => ownership === "provisioned");
  return {
    dashboardUrls: Object.fromEntries(
      contents.dashboards.map(({ key, uid }) => [key, `${base}/d/${uid}${organisation}`]),
    ),
    grafanaProvisioning: Object.fromEntries(provisioned.map((source) => [source.key, renderProvisioning(source)])),
  };
}
