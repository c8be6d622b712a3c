import { bad, type BadCase } from "./types";

/** What each program by itself would take, and what then does not work. */

const RECEIVERS =
  "Prometheus and VictoriaMetrics have /api/v1/write, Mimir and Cortex /api/v1/push, Thanos /api/v1/receive.";
const noPath = (key: string, url: string, origin = url) =>
  `tempo:${key} = "${url}": has no path, and nothing receives there. Write such as ${origin}/api/v1/write: ${RECEIVERS}`;
const noReceiver = (key: string, url: string) =>
  `tempo:${key} = "${url}": the path of something else than a receiver of remote writes. Write that of the receiver: ${RECEIVERS}`;

const remote = { remoteWriteUrl: "http://prometheus:9090/api/v1/write" };
const domain = "tail8d86e.ts.net";
const services = [{ name: "a", namespace: "a", deployment: "a" }];
const collector = (section: object) => ({
  collector: { kubeContext: "other", clusterName: "a", endpoint: "http://tempo:4318", services, ...section },
});
const endpoint = (url: string, advice: string, protocol = "http", more: object = {}): BadCase =>
  bad({ ...collector({ endpoint: url, protocol }), ...more }, `tempo:collector.endpoint = "${url}": ${advice}`);
const label = (name: string) =>
  bad(
    { prometheus: { ...remote, externalLabels: { [name]: "x" } } },
    `tempo:prometheus.externalLabels.${name} = "x": a label of the series themselves, whose value it would replace everywhere. Write another name.`,
  );
const image = (text: string, what: string) => bad({ image: text }, `tempo:image = "${text}": ${what}`);
const ANOTHER = "another program's image than Tempo's. Write such as grafana/tempo:2.10.1.";
const KNOWN = "understands the configuration that is written here. Write a version from 2.10 on, of 2.x.";
const OLD = `older than Tempo 2.10, which first ${KNOWN}`;
const NEW = `not Tempo 2, which alone ${KNOWN}`;
const DIGEST = `sha256:${"0".repeat(64)}`;

export const urlCases: BadCase[] = [
  ...["http://prometheus:9090", "http://prometheus:9090/", "https://mimir.example.com//"].flatMap((url) => {
    const origin = new URL(url).origin;
    return [
      bad({ prometheus: { remoteWriteUrl: url } }, noPath("prometheus.remoteWriteUrl", url, origin)),
      bad(collector({ remoteWriteUrl: url }), noPath("collector.remoteWriteUrl", url, origin)),
    ];
  }),
  ...[
    "http://prometheus:9090/api/v1",
    "http://prometheus:9090/api/v1/query",
    "http://prometheus:9090/api/v1/otlp/v1/metrics",
    "http://prometheus:9090/graph",
    "http://prometheus:9090/metrics",
    "http://mimir/prometheus",
    "http://loki:3100/loki/api/v1/push",
    "http://vmselect:8481/select/0/prometheus/api/v1/query",
    "http://collector:4318/v1/metrics",
  ].map((url) => bad({ prometheus: { remoteWriteUrl: url } }, noReceiver("prometheus.remoteWriteUrl", url))),

  endpoint("http://tempo:4318/v1/traces", "the path of OTLP is added to it. Write http://tempo:4318."),
  endpoint(
    "https://a.example.com/tempo/v1/traces/",
    "the path of OTLP is added to it. Write https://a.example.com/tempo.",
  ),
  endpoint("http://tempo:4318/v1", "the path of OTLP is added to it. Write http://tempo:4318."),
  endpoint(
    "http://tempo:4317",
    "4317 is the port of OTLP over grpc, and protocol is http. Write port 4318, or protocol grpc.",
  ),
  endpoint(
    "http://tempo:4318",
    "4318 is the port of OTLP over http, and protocol is grpc. Write port 4317, or protocol http.",
    "grpc",
  ),
  endpoint("http://tempo:3200", "3200 is no port of Tempo's that takes spans. Write port 4318."),
  endpoint("http://tempo:9095", "9095 is no port of Tempo's that takes spans. Write port 4317.", "grpc"),
  endpoint(
    `https://tempo.${domain}`,
    `a name of Tempo's on the tailnet that takes no OTLP over http. Write https://tempo-otlp.${domain}.`,
    "http",
    { tailnet: { domain } },
  ),
  endpoint(
    `https://tempo-otlp.${domain}`,
    "a name of Tempo's on the tailnet that takes no OTLP over grpc. Write tailnet.otlpGrpcHostname, and its name here.",
    "grpc",
    { tailnet: { domain } },
  ),
  ...["https://tempo.monitoring.svc:4318", "http://tempo.monitoring.svc.cluster.local"].map((url) =>
    bad(
      collector({ kubeContext: "", endpoint: url }),
      `tempo:collector.endpoint = "${url}": Tempo's own Service, which has another port and no TLS. ` +
        "Write http://tempo.monitoring.svc.cluster.local:4318, or leave it out.",
    ),
  ),
  bad(
    { grafana: { url: "https://g.example.com/api" } },
    'tempo:grafana.url = "https://g.example.com/api": not a base URL: its path is added to it. Write https://g.example.com.',
  ),
  bad(
    { grafana: { url: "https://g.example.com/grafana/d/abc/x" } },
    'tempo:grafana.url = "https://g.example.com/grafana/d/abc/x": not a base URL: its path is added to it. Write https://g.example.com/grafana.',
  ),
  bad(
    { grafana: { url: "https://g", tempo: { url: "http://tempo:4318" } } },
    'tempo:grafana.tempo.url = "http://tempo:4318": 4318 takes spans and answers no query. Write port 3200.',
  ),
  bad(
    { grafana: { url: "https://g", loki: { ownership: "create", url: "http://loki:3100/loki/api/v1/push" } } },
    'tempo:grafana.loki.url = "http://loki:3100/loki/api/v1/push": not a base URL: its path is added to it. Write http://loki:3100.',
  ),
  bad(
    {
      prometheus: remote,
      grafana: { url: "https://g", prometheus: { ownership: "create", url: "http://p:9090/api/v1/write" } },
    },
    'tempo:grafana.prometheus.url = "http://p:9090/api/v1/write": not a base URL: its path is added to it. Write http://p:9090.',
  ),
  bad(
    { tailnet: { domain, apiUrl: "https://api.tailscale.com/api/v2" } },
    'tempo:tailnet.apiUrl = "https://api.tailscale.com/api/v2": not a base URL: its path is added to it. Write https://api.tailscale.com.',
  ),
];

export const labelCases: BadCase[] = [
  ...["service", "span_name", "span_kind", "status_code", "client", "server", "connection_type", "le", "job"].map(
    label,
  ),
  bad(
    { prometheus: { ...remote, externalLabels: { http_route: "x" } } },
    'tempo:prometheus.externalLabels.http_route = "x": the label of metricsGenerator.dimensions http.route, whose value it would replace. Write another name, or leave the dimension out.',
  ),
];

export const imageCases: BadCase[] = [
  image("registry.example.com/mirror/grafana/tempo:2.9.0", OLD),
  image("registry.example.com/mirror/grafana/tempo:3.0.0", NEW),
  image("localhost:5000/tempo:v3.0.3-8b1f89e-nix", NEW),
  image("bitnami/grafana-tempo:2.9.0", OLD),
  image("grafana/tempo:1.5.0", NEW),
  image("grafana/tempo-query:2.10.1", ANOTHER),
  image("grafana/alloy:v1.18.1", ANOTHER),
  image(`registry.example.com/tempo:3.0.1@${DIGEST}`, NEW),
  bad(
    { chartVersion: "2.0.0" },
    'tempo:chartVersion = "2.0.0": older than 2.1.0, which first has room for the guard\'s containers. Write a later 2.x version such as 2.2.4.',
  ),
];

/** What the policy pack would refuse in what is made of them. */
export const plainCases: BadCase[] = [
  bad(
    { prometheus: { ...remote, externalLabels: { password: "hunter2" } } },
    "tempo:prometheus.externalLabels.password = [not shown]: looks like a password, and stands where everybody reads it. Write it as a secret, or leave it out.",
  ),
  bad(
    { grafana: { url: "https://g", tempo: { jsonData: { tlsSkipVerify: true } } } },
    "tempo:grafana.tempo.jsonData.tlsSkipVerify = [not shown]: turns the verification of certificates off. Leave it out, and name the CA instead.",
  ),
  bad(
    { pod: { annotations: { token: `glsa_${"a".repeat(24)}` } } },
    "tempo:pod.annotations.token = [not shown]: looks like a token of Grafana, and stands where everybody reads it. Write it as a secret, or leave it out.",
  ),
];
