import * as pulumi from "@pulumi/pulumi";
import type * as sections from "./args";
import { load } from "./load";

/** The settings of a stack: which cluster, and every section, by the names of the stack's configuration. */
export interface TempoStackArgs extends sections.ClusterSection {
  /** Namespace of Tempo. Default: monitoring. */
  readonly namespace?: string;
  /** Create the namespace; it is kept on destroy. Default: false. */
  readonly createNamespace?: boolean;
  /** Name of the Helm release, the Service and the StatefulSet. Default: tempo. */
  readonly name?: string;
  /** Tempo's image, pinned. */
  readonly image?: string;
  /** Where the chart comes from: a repository's URL, an oci:// reference, or a path. */
  readonly chart?: string;
  /** Exact version of the chart. */
  readonly chartVersion?: string;
  readonly volume?: sections.VolumeSection;
  /** How long a trace is kept. Default: 168h. */
  readonly retention?: string;
  readonly resources?: sections.ResourcesSection;
  readonly pod?: sections.PodSection;
  readonly receiver?: sections.ReceiverSection;
  readonly limits?: sections.LimitsSection;
  readonly metricsGenerator?: sections.MetricsGeneratorSection;
  readonly storage?: sections.StorageSection;
  readonly scrape?: sections.ScrapeSection;
  readonly prometheus?: sections.PrometheusSection;
  readonly tailnet?: sections.TailnetSection;
  readonly ingress?: sections.IngressSection;
  readonly httpRoute?: sections.HttpRouteSection;
  readonly networkPolicy?: sections.NetworkPolicySection;
  readonly grafana?: sections.GrafanaSection;
  readonly collector?: sections.StackCollectorSection;
  readonly sdk?: sections.SdkSection;
  readonly caddy?: sections.CaddySection;
}

/** Tempo and all that belongs to it, as the program of this project deploys it, with its checks and its outputs. */
export class TempoStack extends pulumi.ComponentResource {
  readonly queryUrl: pulumi.Output<string>;
  readonly otlpUrl: pulumi.Output<string>;
  readonly namespace: pulumi.Output<string>;
  readonly queryEndpoint: pulumi.Output<string>;
  readonly otlpGrpcEndpoint: pulumi.Output<string>;
  readonly otlpHttpEndpoint: pulumi.Output<string>;
  readonly claimName: pulumi.Output<string>;
  readonly retention: pulumi.Output<string>;
  readonly otlpGrpcUrl: pulumi.Output<string>;
  readonly otelEnvironment: pulumi.Output<Record<string, string>>;
  readonly dashboardUrls: pulumi.Output<Record<string, string>>;
  readonly grafanaProvisioning: pulumi.Output<Record<string, string>>;
  readonly prometheusScrapeConfig: pulumi.Output<string>;
  readonly caddyRoute: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: TempoStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tempo:index:TempoStack", name, {}, opts);
    const outputs = load().buildStack(this, name, args);
    this.queryUrl = outputs.queryUrl;
    this.otlpUrl = outputs.otlpUrl;
    this.namespace = outputs.namespace;
    this.queryEndpoint = outputs.queryEndpoint;
    this.otlpGrpcEndpoint = outputs.otlpGrpcEndpoint;
    this.otlpHttpEndpoint = outputs.otlpHttpEndpoint;
    this.claimName = outputs.claimName;
    this.retention = outputs.retention;
    this.otlpGrpcUrl = outputs.otlpGrpcUrl;
    this.otelEnvironment = outputs.otelEnvironment;
    this.dashboardUrls = outputs.dashboardUrls;
    this.grafanaProvisioning = outputs.grafanaProvisioning;
    this.prometheusScrapeConfig = outputs.prometheusScrapeConfig;
    this.caddyRoute = outputs.caddyRoute;
    this.registerOutputs(outputs);
  }
}
