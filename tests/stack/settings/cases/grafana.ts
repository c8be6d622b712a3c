import type { Config } from "../parse";
import { advice, bad, type BadCase } from "./types";

const url = "https://grafana.example.com";
const remote = { prometheus: { remoteWriteUrl: "http://prometheus:9090/api/v1/write" } };

/** A section that is right apart from what is given. */
const and = (section: object): Config => ({ grafana: { url, ...section } });
/** One with the data source that dashboards and alerts need, and what makes its metrics. */
const asking = (section: object): Config => ({
  ...remote,
  ...and({ prometheus: { ownership: "provisioned" }, ...section }),
});
const alerting = (alerts: unknown): Config => asking({ alerts });
const services = (...list: unknown[]): Config => alerting({ services: list });

const created = "Write the URL by which Grafana reaches it.";
const attribute =
  "not an attribute with its label. Write an OpenTelemetry attribute and a label of letters, digits and '_'.";
const prefix =
  "not the beginning of a uid. Write at most 16 letters, digits, '-' and '_', beginning with a letter or digit.";
const tooLongTitle = "longer than 189 characters, which Grafana has no room for. Write a shorter name.";
const ownership =
  "no kind of ownership. Write create (this stack makes it), settings-only (its settings; it was called own) or provisioned (nothing is sent).";
const notSent = "has no effect with ownership provisioned: nothing is sent. Leave it out.";

const sections: BadCase[] = [
  bad({ grafana: url }, `tempo:grafana = "https://grafana.example.com": ${advice.section}`),
  bad({ grafana: "" }, `tempo:grafana = "": ${advice.section}`),
  bad({ grafana: true }, `tempo:grafana = "true": ${advice.section}`),
  bad({ grafana: [{ url }] }, `tempo:grafana = [{"url":"https://grafana.example.com"}]: ${advice.section}`),
  // Every part at once, each of a wrong type.
  bad(
    {
      grafana: {
        auth: 5,
        folder: 5,
        uidPrefix: ["tempo"],
        tempo: "create",
        loki: ["loki"],
        prometheus: 5,
        dashboards: "yes",
        alerts: true,
      },
    },
    `tempo:grafana.url: missing. ${advice.grafanaUrl.slice(advice.grafanaUrl.indexOf("Write"))}`,
    `tempo:grafana.auth = [secret]: ${advice.text}`,
    `tempo:grafana.folder = 5: ${advice.title}`,
    `tempo:grafana.uidPrefix = ["tempo"]: ${prefix}`,
    `tempo:grafana.tempo = "create": ${advice.section}`,
    `tempo:grafana.loki = ["loki"]: ${advice.section}`,
    `tempo:grafana.prometheus = 5: ${advice.section}`,
    `tempo:grafana.dashboards = "yes": ${advice.boolean}`,
    `tempo:grafana.alerts = true: ${advice.section}`,
  ),
  bad(
    and({ tempo: null, loki: null, prometheus: null, alerts: null }),
    `tempo:grafana.tempo = null: ${advice.section}`,
    `tempo:grafana.loki = null: ${advice.section}`,
    `tempo:grafana.prometheus = null: ${advice.section}`,
    `tempo:grafana.alerts = null: ${advice.section}`,
  ),
  bad(
    and({ tempo: { ownership: 1, uid: 1, name: 1, jsonData: 1, httpHeaders: 1, url: 1 } }),
    `tempo:grafana.tempo.ownership = 1: ${ownership}`,
    `tempo:grafana.tempo.uid = 1: ${advice.uid}`,
    `tempo:grafana.tempo.name = 1: ${advice.title}`,
    "tempo:grafana.tempo.jsonData = 1: not a section. Write the settings as Grafana names them, such as maxLines: 1000.",
    `tempo:grafana.tempo.httpHeaders = [secret]: ${advice.map}`,
    "tempo:grafana.tempo.url = 1: not an http(s) URL. Write scheme, host and path such as http://tempo:3200, without credentials or query.",
  ),
  bad(
    alerting({ contactPoint: 5, runbookUrl: 5, minimumRequests: "many", services: "frigate" }),
    `tempo:grafana.alerts.contactPoint = 5: ${advice.title}`,
    "tempo:grafana.alerts.runbookUrl = 5: not an http(s) URL. Write scheme, host and path such as https://git.example.com/docs/runbooks, without credentials or query.",
    'tempo:grafana.alerts.minimumRequests = "many": not a whole number from 1 to 1000000. Write the number of requests.',
    `tempo:grafana.alerts.services = "frigate": ${advice.list}`,
  ),
  bad(
    services("frigate", null, {}, { name: 5, errorRatio: {}, latency: [] }),
    `tempo:grafana.alerts.services[0] = "frigate": ${advice.section}`,
    `tempo:grafana.alerts.services[1] = null: ${advice.section}`,
    `tempo:grafana.alerts.services[2].name: missing. ${advice.title.slice(advice.title.indexOf("Write"))}`,
    `tempo:grafana.alerts.services[3].name = 5: ${advice.title}`,
    `tempo:grafana.alerts.services[3].errorRatio = {}: ${advice.ratio}`,
    `tempo:grafana.alerts.services[3].latency = []: ${advice.duration}`,
  ),
];

const unknown: BadCase[] = [
  bad(
    and({ token: "a", Folder: "a", lokki: {}, dashboard: true }),
    "tempo:grafana.token: an unknown key. Known are url, auth, orgId, headers, folder, uidPrefix, tempo, loki, prometheus, dashboards, alerts.",
    "tempo:grafana.Folder: an unknown key. Did you mean folder?",
    "tempo:grafana.lokki: an unknown key. Did you mean loki?",
    "tempo:grafana.dashboard: an unknown key. Did you mean dashboards?",
  ),
  bad(
    and({ tempo: { UID: "a", labels: {}, json_data: {} } }),
    "tempo:grafana.tempo.UID: an unknown key. Did you mean uid?",
    "tempo:grafana.tempo.labels: an unknown key. Known are ownership, uid, name, jsonData, httpHeaders, url.",
    "tempo:grafana.tempo.json_data: an unknown key. Did you mean jsonData?",
  ),
  bad(
    asking({ loki: { label: {} }, prometheus: { labels: {} } }),
    "tempo:grafana.loki.label: an unknown key. Did you mean labels?",
    "tempo:grafana.prometheus.labels: an unknown key. Known are ownership, uid, name, jsonData, httpHeaders, url.",
  ),
  bad(
    alerting({ contactpoint: "a", services: [{ name: "a", service: "a", errorRate: 0.1 }] }),
    "tempo:grafana.alerts.services[0].service: an unknown key. Known are name, errorRatio, latency.",
    "tempo:grafana.alerts.services[0].errorRate: an unknown key. Did you mean errorRatio?",
    "tempo:grafana.alerts.contactpoint: an unknown key. Did you mean contactPoint?",
  ),
  bad(
    { "grafana.url": url },
    "tempo:grafana.url: an unknown key. Write it with: pulumi config set --path grafana.url VALUE.",
  ),
];

const values: BadCase[] = [
  ...[
    "grafana.example.com",
    "ftp://grafana",
    "https://grafana/?orgId=1",
    "https://grafana/d/a#b",
    "https://",
    " https://grafana",
  ].map((text) => bad(and({ url: text }), `tempo:grafana.url = "${text}": ${advice.grafanaUrl}`)),
  bad(
    asking({
      loki: { ownership: "create", url: "loki:3100" },
      prometheus: { ownership: "create", url: "http://prometheus:9090/graph?g0.expr=up" },
    }),
    'tempo:grafana.loki.url = "loki:3100": not an http(s) URL. Write scheme, host and path such as http://loki:3100, without credentials or query.',
    'tempo:grafana.prometheus.url = "http://prometheus:9090/graph?g0.expr=up": not an http(s) URL. Write scheme, host and path such as http://prometheus:9090, without credentials or query.',
  ),
  ...["", "a b", "a/b", "ü", "a.b", "a".repeat(41), "a\n"].map((uid) =>
    bad(and({ tempo: { uid } }), `tempo:grafana.tempo.uid = ${JSON.stringify(uid)}: ${advice.uid}`),
  ),
  ...["grafana", "-100", "__expr__"].map((uid) =>
    bad(
      and({ loki: { uid } }),
      `tempo:grafana.loki.uid = "${uid}": the uid of something of Grafana's own. Write that of a data source.`,
    ),
  ),
  ...["", "-a", "_a", "a b", "a".repeat(17)].map((uidPrefix) =>
    bad(and({ uidPrefix }), `tempo:grafana.uidPrefix = "${uidPrefix}": ${prefix}`),
  ),
  bad(
    and({ uidPrefix: "general" }),
    'tempo:grafana.uidPrefix = "general": the uid of a folder of Grafana\'s own. Write another one, such as tempo.',
  ),
  ...["", " ", "a ", "a\nb", "a\tb", 'a"b', "a\\b", "{{ $labels }}"].map((folder) =>
    bad(and({ folder }), `tempo:grafana.folder = ${JSON.stringify(folder)}: ${advice.title}`),
  ),
  bad(and({ folder: "a".repeat(190) }), `tempo:grafana.folder = "${"a".repeat(190)}": ${tooLongTitle}`),
  ...["created", "owned", "file", "Create", "", true].map((whose) =>
    bad(and({ loki: { ownership: whose } }), `tempo:grafana.loki.ownership = ${JSON.stringify(whose)}: ${ownership}`),
  ),
  bad(
    alerting({ contactPoint: '"ntfy"', runbookUrl: "docs/runbooks" }),
    `tempo:grafana.alerts.contactPoint = "\\"ntfy\\"": ${advice.title}`,
    'tempo:grafana.alerts.runbookUrl = "docs/runbooks": not an http(s) URL. Write scheme, host and path such as https://git.example.com/docs/runbooks, without credentials or query.',
  ),
  ...[0, -1, 1.5, 1_000_001].map((minimumRequests) =>
    bad(
      alerting({ minimumRequests }),
      `tempo:grafana.alerts.minimumRequests = ${minimumRequests}: not a whole number from 1 to 1000000. Write the number of requests.`,
    ),
  ),
  ...[5, 0, -0.1, 1.01, "5%", "0,05", "", "1e-2", null, true].map((errorRatio) =>
    bad(
      services({ name: "a", errorRatio }),
      `tempo:grafana.alerts.services[0].errorRatio = ${JSON.stringify(errorRatio)}: ${advice.ratio}`,
    ),
  ),
  ...[5, "5", "0s", "-1s", "2 s", ""].map((latency) =>
    bad(
      services({ name: "a", latency }),
      `tempo:grafana.alerts.services[0].latency = ${JSON.stringify(latency)}: ${advice.duration}`,
    ),
  ),
  // Every latency above the last bound of the histogram is told as that bound.
  ...["263s", "5m"].map((latency) =>
    bad(
      services({ name: "a", latency }),
      `tempo:grafana.alerts.services[0].latency = "${latency}": more than a histogram tells, which ends at 262s: the rule would never fire. Write less.`,
    ),
  ),
];

const maps: BadCase[] = [
  bad(and({ loki: { labels: ["pod"] } }), `tempo:grafana.loki.labels = ["pod"]: ${advice.map}`),
  // Its link would select nothing, which Loki refuses.
  bad(
    and({ loki: { labels: {} } }),
    "tempo:grafana.loki.labels = {}: empty, so that a link from a span could not say whose logs it means. Write at least one attribute with its label.",
  ),
  bad(
    and({ loki: { labels: { "a b": "c", "": "d", a: "b-c", b: "", c: "__d", d: 5, e: null, f: ["g"] } } }),
    `tempo:grafana.loki.labels["a b"] = "c": ${attribute}`,
    `tempo:grafana.loki.labels[""] = "d": ${attribute}`,
    `tempo:grafana.loki.labels.a = "b-c": ${attribute}`,
    `tempo:grafana.loki.labels.b = "": ${attribute}`,
    `tempo:grafana.loki.labels.c = "__d": ${attribute}`,
    `tempo:grafana.loki.labels.d = 5: ${advice.text}`,
    `tempo:grafana.loki.labels.e = null: ${advice.text}`,
    `tempo:grafana.loki.labels.f = ["g"]: ${advice.text}`,
  ),
  bad(
    and({ loki: { jsonData: ["maxLines"] } }),
    'tempo:grafana.loki.jsonData = ["maxLines"]: not a section. Write the settings as Grafana names them, such as maxLines: 1000.',
  ),
  bad(
    and({
      loki: {
        ownership: "settings-only",
        jsonData: { derivedFields: {}, httpHeaderName1: "X-A", httpHeaderValue1: "b" },
      },
    }),
    "tempo:grafana.loki.jsonData.derivedFields: not a list. Write the entries to keep besides the ones written here, or leave it out.",
    "tempo:grafana.loki.jsonData.httpHeaderName1: half of an HTTP header. Write name and value in grafana.loki.httpHeaders.",
    "tempo:grafana.loki.jsonData.httpHeaderValue1: half of an HTTP header. Write name and value in grafana.loki.httpHeaders.",
  ),
  bad(
    asking({ prometheus: { ownership: "settings-only", jsonData: { exemplarTraceIdDestinations: "a" } } }),
    "tempo:grafana.prometheus.jsonData.exemplarTraceIdDestinations: not a list. Write the entries to keep besides the ones written here, or leave it out.",
  ),
  bad(
    asking({
      loki: { ownership: "settings-only" },
      tempo: {
        jsonData: {
          tracesToLogsV2: {},
          tracesToMetrics: {},
          serviceMap: {},
          nodeGraph: {},
          search: {},
          spanBar: {},
          streamingEnabled: {},
          traceQuery: {},
          "pulumi-tempo/stack": "a",
          tracesToProfiles: {},
        },
      },
    }),
    ...["tracesToLogsV2", "tracesToMetrics", "serviceMap", "nodeGraph", "search", "spanBar", "streamingEnabled"].map(
      (key) => `tempo:grafana.tempo.jsonData.${key}: written by this program. Leave it out.`,
    ),
    "tempo:grafana.tempo.jsonData.traceQuery: written by this program. Leave it out.",
    'tempo:grafana.tempo.jsonData["pulumi-tempo/stack"]: written by this program. Leave it out.',
  ),
];

const together: BadCase[] = [
  bad(
    asking({ loki: { ownership: "create" }, prometheus: { ownership: "create" } }),
    `tempo:grafana.loki.url: missing, and ownership create makes the data source at it. ${created}`,
    `tempo:grafana.prometheus.url: missing, and ownership create makes the data source at it. ${created}`,
  ),
  bad(
    and({ loki: { ownership: "create", url: "" } }),
    `tempo:grafana.loki.url: missing, and ownership create makes the data source at it. ${created}`,
  ),
  bad(
    asking({
      tempo: { ownership: "settings-only", url: "http://tempo:3200" },
      loki: { ownership: "settings-only", url: "http://loki:3100" },
      prometheus: { url: "http://prometheus:9090" },
    }),
    'tempo:grafana.tempo.url = "http://tempo:3200": has no effect with ownership settings-only: the URL stays as it is. Leave it out.',
    'tempo:grafana.loki.url = "http://loki:3100": has no effect with ownership settings-only: the URL stays as it is. Leave it out.',
    'tempo:grafana.prometheus.url = "http://prometheus:9090": has no effect with ownership provisioned: the URL stays as it is. Leave it out.',
  ),
  bad(
    and({ loki: { jsonData: { maxLines: 5, derivedFields: 5 }, httpHeaders: { "X-Scope-OrgID": "a" } } }),
    `tempo:grafana.loki.jsonData: ${notSent}`,
    `tempo:grafana.loki.httpHeaders: ${notSent}`,
  ),
  bad(
    asking({ tempo: { uid: "a", name: "b" }, loki: { uid: "a", name: "b" }, prometheus: { uid: "a" } }),
    'tempo:grafana.loki.uid = "a": the same as grafana.tempo.uid. Write the one that this data source has.',
    'tempo:grafana.prometheus.uid = "a": the same as grafana.tempo.uid. Write the one that this data source has.',
    'tempo:grafana.loki.name = "b": the same as grafana.tempo.name. Write the one that this data source has.',
  ),
  // The defaults take part.
  bad(
    and({ loki: { uid: "tempo" } }),
    'tempo:grafana.loki.uid = "tempo": the same as grafana.tempo.uid. Write the one that this data source has.',
  ),
  bad(
    and({ prometheus: { ownership: "settings-only" } }),
    "tempo:grafana.prometheus: nothing computes the metrics that it would show. Write prometheus.remoteWriteUrl, or leave grafana.prometheus out.",
  ),
  bad(
    { ...remote, ...and({ alerts: { minimumRequests: 5 } }) },
    "tempo:grafana.alerts: nothing to ask: every rule queries Prometheus. Write grafana.prometheus, or leave the alerts out.",
  ),
  // A Prometheus that is wrong is none that is missing, in either place.
  bad(
    { ...remote, ...and({ prometheus: "p", alerts: { minimumRequests: 5 } }) },
    `tempo:grafana.prometheus = "p": ${advice.section}`,
  ),
  bad(
    { prometheus: { remoteWriteUrl: "p" }, ...and({ prometheus: { ownership: "settings-only" } }) },
    `tempo:prometheus.remoteWriteUrl = "p": ${advice.url}`,
  ),
  bad(
    services({ name: "a" }, { name: "b" }, { name: "a" }, { name: "a", latency: "1s" }),
    'tempo:grafana.alerts.services[2].name = "a": named above already. Write each service once.',
    'tempo:grafana.alerts.services[3].name = "a": named above already. Write each service once.',
  ),
  bad(
    services({ name: "a b" }, { name: "a-b" }, { name: "A_B" }),
    'tempo:grafana.alerts.services[1].name = "a-b": the same as "a b" in the uid of an alert rule, which has small letters, digits and \'-\'. Write one of the two.',
    'tempo:grafana.alerts.services[2].name = "A_B": the same as "a b" in the uid of an alert rule, which has small letters, digits and \'-\'. Write one of the two.',
  ),
  bad(
    services({ name: "a".repeat(26) }, { name: "b".repeat(27) }),
    `tempo:grafana.alerts.services[1].name = "${"b".repeat(27)}": longer than the 26 characters that the uid of an alert rule has for it. Write a shorter grafana.uidPrefix, or leave the service out.`,
  ),
  bad(
    asking({
      uidPrefix: "p".repeat(16),
      alerts: { services: [{ name: "home-assistant" }, { name: "home-assistant-2" }] },
    }),
    'tempo:grafana.alerts.services[1].name = "home-assistant-2": longer than the 15 characters that the uid of an alert rule has for it. Write a shorter grafana.uidPrefix, or leave the service out.',
  ),
];

/** The section grafana, from its types to what its parts mean together. */
export const grafanaCases: BadCase[] = [...sections, ...unknown, ...values, ...maps, ...together];

const secretly = (section: unknown, ...lines: string[]): BadCase => ({
  config: { grafana: section },
  secretKeys: ["grafana"],
  lines,
});
const plain = (key: string): string =>
  `tempo:${key} = [plain text]: a secret in plain text. Write it with: pulumi config set --path --secret '${key}'.`;
const misplaced =
  "tempo:grafana = [secret]: holds a secret that is neither auth nor in headers or httpHeaders; it would be sent and kept in plain text. Write it as one of them, or in plain text.";
const header = "not an HTTP header. Write a name of letters, digits and '-', and a value of one line.";
const credential =
  "tempo:grafana.auth = [secret]: not a credential. Write a service account's token or user:password, without a line break at its end.";
const own = "settings-only";

/** Credentials of the section, in plain text or wrong; no line shows one. */
export const grafanaSecretCases: BadCase[] = [
  bad(and({ auth: "hunter2" }), plain("grafana.auth")),
  bad(
    asking({
      auth: "admin:hunter2",
      tempo: { httpHeaders: { Authorization: "hunter2", "X-Scope-OrgID": "homelab" } },
      loki: { ownership: own, httpHeaders: { "X-Api-Key": "hunter2" } },
      prometheus: { ownership: own, httpHeaders: { "x.token": "hunter2" } },
    }),
    plain("grafana.auth"),
    plain("grafana.tempo.httpHeaders.Authorization"),
    plain("grafana.loki.httpHeaders.X-Api-Key"),
    plain('grafana.prometheus.httpHeaders["x.token"]'),
  ),
  bad(and({ auth: ["hunter2"] }), `tempo:grafana.auth = [secret]: ${advice.text}`),
  bad(and({ auth: { token: "hunter2" } }), `tempo:grafana.auth = [secret]: ${advice.text}`),
  bad(and({ Auth: "hunter2" }), "tempo:grafana.Auth: an unknown key. Did you mean auth?"),
  bad({ grafana: '{"auth": "hunter2"' }, `tempo:grafana = [secret]: ${advice.section}`),
  bad({ grafana: [{ auth: "hunter2" }] }, `tempo:grafana = [{"auth":"[secret]"}]: ${advice.section}`),
  bad(
    and({ url: "https://admin:hunter2@grafana" }),
    `tempo:grafana.url = "https://[secret]@grafana": ${advice.grafanaUrl}`,
  ),
  bad(
    and({ tempo: { httpHeaders: { "a b": "hunter2", a: "hunter2\r\nb", c: "", d: ["hunter2"], e: 5 } } }),
    `tempo:grafana.tempo.httpHeaders["a b"] = [secret]: ${header}`,
    `tempo:grafana.tempo.httpHeaders.a = [secret]: ${header}`,
    `tempo:grafana.tempo.httpHeaders.c = [secret]: ${header}`,
    "tempo:grafana.tempo.httpHeaders.d = [secret]: not a text. Write the header's value in quotes.",
    "tempo:grafana.tempo.httpHeaders.e = [secret]: not a text. Write the header's value in quotes.",
  ),
  bad(and({ tempo: { httpHeaders: ["hunter2"] } }), `tempo:grafana.tempo.httpHeaders = [secret]: ${advice.map}`),
  // Whoever copies everything out of Grafana's page may have such a thing among it.
  bad(and({ loki: { jsonData: { basicAuthPassword: "hunter2" } } }), `tempo:grafana.loki.jsonData: ${notSent}`),
  bad(
    and({ loki: { ownership: own, jsonData: { derivedFields: "hunter2", httpHeaderValue1: "hunter2" } } }),
    "tempo:grafana.loki.jsonData.derivedFields: not a list. Write the entries to keep besides the ones written here, or leave it out.",
    "tempo:grafana.loki.jsonData.httpHeaderValue1: half of an HTTP header. Write name and value in grafana.loki.httpHeaders.",
  ),

  secretly("hunter2", `tempo:grafana = [secret]: ${advice.section}`),
  secretly(["hunter2"], `tempo:grafana = [secret]: ${advice.section}`),
  // What Node cannot put into a header it would quote.
  ...["hunter2\n", "hun\nter2", "hunter2 ", "hünter2", "admin:hunter2\n"].map((auth) =>
    secretly({ url, auth }, credential),
  ),
  // A secret that this program does not know as one would be sent, and shown, like everything beside it.
  secretly({ url, tempo: { jsonData: { oauthToken: "hunter2" } } }, misplaced),
  secretly({ url, folder: "hunter2" }, misplaced),
  secretly({ url, folder: "hunter2 " }, `tempo:grafana.folder = [secret]: ${advice.title}`, misplaced),
  secretly({ url, auth: "hunter2", folder: "a " }, `tempo:grafana.folder = "a ": ${advice.title}`),
  secretly(
    { url, auth: ["hunter2"], tempo: { uid: "a b" } },
    `tempo:grafana.auth = [secret]: ${advice.text}`,
    `tempo:grafana.tempo.uid = "a b": ${advice.uid}`,
  ),
];
