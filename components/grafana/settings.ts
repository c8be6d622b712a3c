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
  ownership: ownership.default(whose).describe("Who makes it"),
  uid: field.grafanaUid.prefault(name.toLowerCase()).describe("Its uid. At most 40 letters, digits, `-`, `_`"),
  name: field.title.prefault(name).describe("Its name"),
  jsonData: field.jsonObject
    .prefault({})
    .describe("With `own`: the settings that it has besides ours, which would be lost. With `create`: further ones"),
  httpHeaders: field.httpHeaders
    .prefault({})
    .describe(
      "HTTP headers that Grafana sends to it, such as `X-Scope-OrgID`. Not with `provisioned`. One that looks like a credential must be a secret",
    ),
});

/** A data source that others made or that this stack makes at a URL; that of Tempo is known. */
const otherDataSource = (name: string, port: number) =>
  z
    .strictObject({
      ...dataSource(name, "provisioned"),
      url: field
        .optional(field.httpUrlSuchAs(`http://${name.toLowerCase()}:${port}`))
        .describe("Where Grafana reaches Loki. Required with `create`, refused otherwise"),
    })
    .meta({ typeName: "DataSource" });

/** When one service is in trouble. */
const serviceAlert = z
  .strictObject({
    name: field.title.describe("`service.name` of its spans. At most 26 characters with the default prefix"),
    errorRatio: field.ratio
      .default(0.05)
      .describe("Share of failed requests, above 0 and at most 1 (never), above which an alert fires"),
    latency: field.duration
      .prefault("2s")
      .describe(
        "95th percentile of the duration above which an alert fires. Less than `262s`, where the histogram ends",
      ),
  })
  .meta({ typeName: "ServiceAlert" });

/** Alert rules of Grafana. */
const alerts = z.strictObject({
  contactPoint: field
    .optional(field.title)
    .describe("Contact point that is notified. Absent: what Grafana's notification policies say"),
  runbookUrl: field
    .optional(field.httpUrlSuchAs("https://git.example.com/docs/runbooks"))
    .describe("Base URL of `docs/runbooks`, for links in notifications. Absent: the file's path in this project"),
  minimumRequests: field
    .integer(1, 1_000_000, "requests")
    .prefault(20)
    .describe("Requests within ten minutes below which a service's errors and latency say nothing"),
  services: z.array(serviceAlert).default([]).describe("Services whose errors and latency are watched"),
});

/** Grafana: data sources, dashboards, alerts. Absent: none. */
const grafanaSection = z.strictObject({
  url: field.httpUrlSuchAs("https://grafana.example.com").describe("Base URL of Grafana"),
  auth: field
    .optional(field.grafanaAuth)
    .describe("Token of a service account with the role Admin, or `user:password`"),
  orgId: field
    .optional(field.organisation)
    .describe("Number of the organisation. Only with `user:password`: a token belongs to one"),
  headers: field.httpHeaders
    .prefault({})
    .describe(
      "HTTP headers of every request to its API, for what stands in front of it. One that looks like a credential must be a secret",
    ),
  folder: field.title.prefault("Tempo").describe("Title of the folder of dashboards and alert rules"),
  uidPrefix: field.uidPrefix
    .prefault("tempo")
    .describe("Uid of that folder, and beginning of the uids in it. At most 16 letters, digits, `-`, `_`"),
  tempo: z
    .strictObject({
      ...dataSource("Tempo", "create"),
      url: field
        .optional(field.httpUrlSuchAs("http://tempo:3200"))
        .describe("Where Grafana reaches Tempo. Absent: the Service in the cluster. Not with `own`"),
    })
    .meta({ typeName: "DataSource" })
    .prefault({})
    .describe("Tempo's data source"),
  loki: section(
    otherDataSource("Loki", 3100).extend({
      labels: field.attributeLabels
        .prefault(LOKI_LABELS)
        .describe("Span attribute to the label that its logs have in Loki. Those that a span has select its logs"),
    }),
  ).describe("Loki's data source. Absent: no links between logs and traces"),
  prometheus: section(otherDataSource("Prometheus", 9090)).describe(
    "The data source with Tempo's metrics. Absent: no links from spans to metrics, no dashboards, no alerts. Needs `prometheus`",
  ),
  dashboards: field.boolean.prefault(true).describe("Make the dashboards. They need `grafana.prometheus`"),
  alerts: section(alerts).describe("Alert rules. They need `grafana.prometheus`"),
});

const grafana = withAbsent(["auth", "prometheus"], grafanaSection);

export const grafanaSettings = {
  grafana: section(grafana).describe(
    "Data sources, dashboards, alerts. Absent: nothing in Grafana. What is created, and which ownership to choose: docs/guides/grafana.md",
  ),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof grafanaSettings> {}
}
