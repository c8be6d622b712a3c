import { z } from "zod";
import * as field from "../../lib/schema/fields";
import { section, withAbsent, type Sections } from "../../lib/schema/sections";
import { LOKI_LABELS } from "../contracts/attributes";

/** Who makes a data source, and so what may be sent for it: docs/decisions/data-sources.md. */
const ownership = z.enum(["create", "own", "provisioned"], {
  error:
    "no kind of ownership. Write create (this stack makes it), own (its settings) or provisioned (nothing is sent)",
});

/** What is said of each data source. A default name and uid are those that Grafana's own examples use. */
const dataSource = (name: string, whose: z.output<typeof ownership>) => ({
  ownership: ownership.default(whose),
  uid: field.grafanaUid.prefault(name.toLowerCase()),
  name: field.title.prefault(name),
  /** With `own`: the settings that it has besides the ones written here, which would be lost. With `create`: further ones. */
  jsonData: field.jsonObject.prefault({}),
  /** HTTP headers that Grafana sends to it, as secrets, such as X-Scope-OrgID. */
  httpHeaders: field.httpHeaders.prefault({}),
});

/** A data source that others made or that this stack makes at a URL; that of Tempo is known. */
const otherDataSource = (name: string, port: number) =>
  z.strictObject({
    ...dataSource(name, "provisioned"),
    /** URL by which Grafana reaches it; with `create` only. */
    url: field.optional(field.httpUrlSuchAs(`http://${name.toLowerCase()}:${port}`)),
  });

/** When one service is in trouble. */
const serviceAlert = z.strictObject({
  /** `service.name` of its spans. */
  name: field.title,
  /** Share of failed requests, from 0 to 1, above which an alert fires. */
  errorRatio: field.ratio.default(0.05),
  /** 95th percentile of the duration of requests above which an alert fires. */
  latency: field.duration.prefault("2s"),
});

/** Alert rules of Grafana. */
const alerts = z.strictObject({
  /** Contact point that is notified; absent: what Grafana's notification policies say. */
  contactPoint: field.optional(field.title),
  /** Base URL of this project's docs/runbooks, for links in notifications; absent: the file's path in this project. */
  runbookUrl: field.optional(field.httpUrlSuchAs("https://git.example.com/docs/runbooks")),
  /** Requests within ten minutes below which a service's error ratio and latency say nothing. */
  minimumRequests: field.integer(1, 1_000_000, "requests").prefault(20),
  services: z.array(serviceAlert).default([]),
});

/** Grafana: data sources, dashboards, alerts. Absent: none. */
const grafanaSection = z.strictObject({
  /** Base URL of its HTTP API. */
  url: field.httpUrlSuchAs("https://grafana.example.com"),
  /** Service account token or user:password, as a secret; absent: from $GRAFANA_AUTH. */
  auth: field.optional(field.grafanaAuth),
  /** Number of the organisation; absent: the credential's own. Only with `user:password`: a token belongs to one. */
  orgId: field.optional(field.organisation),
  /** HTTP headers of every request to its API, as secrets, for what stands in front of it. */
  headers: field.httpHeaders.prefault({}),
  /** Title of the folder of dashboards and alert rules. */
  folder: field.title.prefault("Tempo"),
  /** Beginning of the uid of everything but the data sources. */
  uidPrefix: field.uidPrefix.prefault("tempo"),
  tempo: z
    .strictObject({
      ...dataSource("Tempo", "create"),
      /** URL by which Grafana reaches Tempo; absent: the Service in the cluster. Without effect with `own`. */
      url: field.optional(field.httpUrlSuchAs("http://tempo:3200")),
    })
    .prefault({}),
  /** Absent: no links between logs and traces. */
  loki: section(
    otherDataSource("Loki", 3100).extend({
      /** Span attribute to the label that logs have in Loki; only attributes that a span has take part. */
      labels: field.attributeLabels.prefault(LOKI_LABELS),
    }),
  ),
  /** Absent: no links from spans to metrics, no dashboards, no alerts. */
  prometheus: section(otherDataSource("Prometheus", 9090)),
  dashboards: field.boolean.prefault(true),
  alerts: section(alerts),
});

const grafana = withAbsent(["auth", "prometheus"], grafanaSection);

export const grafanaSettings = {
  grafana: section(grafana),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof grafanaSettings> {}
}
