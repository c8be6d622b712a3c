import { schema } from "../../../../stack/schema";
import { advice, bad, type BadCase } from "./types";

const KNOWN =
  "Known are kubeContext, allowedKubeContexts, kubeconfig, namespace, createNamespace, name, image, chart, chartVersion, retention, resources, pod, receiver, limits, metricsGenerator, prometheus, networkPolicy, volume, storage, scrape, tailnet, ingress, httpRoute, grafana, collector, sdk, caddy.";

const tailnet = { domain: "tail8d86e.ts.net" };
const otlp = [{ namespace: "a" }];

/** Keys and namespaces that there are not, at every level. */
export const keyCases: BadCase[] = [
  bad({ retentoin: "7d" }, "tempo:retentoin: an unknown key. Did you mean retention?"),
  bad({ Retention: "7d" }, "tempo:Retention: an unknown key. Did you mean retention?"),
  bad({ kubeConfig: "a" }, "tempo:kubeConfig: an unknown key. Did you mean kubeconfig?"),
  bad({ volumes: { size: "10Gi" } }, "tempo:volumes: an unknown key. Did you mean volume?"),
  bad({ loki: "https://loki" }, `tempo:loki: an unknown key. ${KNOWN}`),
  bad({ grafanas: {} }, "tempo:grafanas: an unknown key. Did you mean grafana?"),
  bad({ toString: "a" }, `tempo:toString: an unknown key. ${KNOWN}`),
  bad({ RETENTION: "7d" }, "tempo:RETENTION: an unknown key. Did you mean retention?"),
  // It makes one key with a dot in it.
  bad(
    { "volume.size": "10Gi" },
    "tempo:volume.size: an unknown key. Write it with: pulumi config set --path volume.size VALUE.",
  ),
  bad({ volume: { siez: "10Gi" } }, "tempo:volume.siez: an unknown key. Did you mean size?"),
  bad({ volume: { Size: "10Gi" } }, "tempo:volume.Size: an unknown key. Did you mean size?"),
  bad(
    { volume: { persistent: true } },
    "tempo:volume.persistent: an unknown key. Known are size, storageClass, accessModes, claimName, volumeName, selector, protect.",
  ),
  bad({ resources: { limit: {} } }, "tempo:resources.limit: an unknown key. Did you mean limits?"),
  bad(
    { resources: { limits: { memroy: "1Gi" } } },
    "tempo:resources.limits.memroy: an unknown key. Did you mean memory?",
  ),
  bad(
    { resources: { requests: { "ephemeral-storage": "1Gi" } } },
    "tempo:resources.requests.ephemeral-storage: an unknown key. Did you mean ephemeralStorage?",
  ),
  bad({ limits: { maxTraces: 500 } }, "tempo:limits.maxTraces: an unknown key. Did you mean maxLiveTraces?"),
  bad(
    { metricsGenerator: { dimension: [] } },
    "tempo:metricsGenerator.dimension: an unknown key. Did you mean dimensions?",
  ),
  bad(
    { prometheus: { remoteWriteUrl: "http://a/write", remoteWriteURL: "http://a/write" } },
    "tempo:prometheus.remoteWriteURL: an unknown key. Did you mean remoteWriteUrl?",
  ),
  bad({ tailnet: { ...tailnet, tag: "tag:k8s" } }, "tempo:tailnet.tag: an unknown key. Did you mean tags?"),
  bad({ networkPolicy: { querry: [], otlp } }, "tempo:networkPolicy.querry: an unknown key. Did you mean query?"),
  bad(
    { networkPolicy: { grafana: [], otlp } },
    "tempo:networkPolicy.grafana: an unknown key. Known are query, metrics, otlp, proxies.",
  ),
  bad(
    { networkPolicy: { otlp: [{ namespace: "a", label: {} }] } },
    "tempo:networkPolicy.otlp[0].label: an unknown key. Did you mean labels?",
  ),
  bad(
    { networkPolicy: { otlp, proxies: { namespace: "a", podLabels: {} } } },
    "tempo:networkPolicy.proxies.podLabels: an unknown key. Did you mean labels?",
  ),
  bad(
    { volume: { "": 1, "a b": 2 } },
    'tempo:volume[""]: an unknown key. Known are size, storageClass, accessModes, claimName, volumeName, selector, protect.',
    'tempo:volume["a b"]: an unknown key. Known are size, storageClass, accessModes, claimName, volumeName, selector, protect.',
  ),

  bad({ "tmepo:retention": "7d" }, "tmepo:retention: an unknown namespace. Did you mean tempo:retention?"),
  bad({ "Tempo:retention": "7d" }, "Tempo:retention: an unknown namespace. Did you mean tempo:retention?"),
  bad(
    { "kubernetes:context": "minikube" },
    "kubernetes:context: has no effect here, every provider is made from kubeContext or kubeconfig. Write that.",
  ),
  bad(
    { "tailscale:tailnet": "tail8d86e.ts.net" },
    "tailscale:tailnet: has no effect here, every provider is made from the section tailnet. Write that.",
  ),
  bad(
    { "grafana:url": "https://g", "grafana:auth": "hunter2" },
    "grafana:url: has no effect here, every provider is made from the section grafana. Write that.",
    "grafana:auth: has no effect here, every provider is made from the section grafana. Write that.",
  ),
];

const REMOTE = "http://me:hunter2@host/write";

const kubeconfig = "not a kubeconfig's path. Write a path without variables, such as ~/.kube/config.";
const published =
  "a secret, though it is written into manifests that everybody in the namespace reads. Write it in plain text.";
const publicKeys = Object.keys(schema).filter(
  (key) => !["prometheus", "tailnet", "grafana", "collector"].includes(key),
);

/** Secrets in plain text, and secrets whose section is wrong; no line shows one. */
export const secretCases: BadCase[] = [
  bad(
    { tailnet: { ...tailnet, apiKey: "hunter2" } },
    "tempo:tailnet.apiKey = [plain text]: a secret in plain text. Write it with: pulumi config set --path --secret tailnet.apiKey.",
  ),
  bad(
    { tailnet: { ...tailnet, oauthClientId: "id", oauthClientSecret: "hunter2" } },
    "tempo:tailnet.oauthClientSecret = [plain text]: a secret in plain text. Write it with: pulumi config set --path --secret tailnet.oauthClientSecret.",
  ),
  bad({ tailnet: { ...tailnet, apiKey: ["hunter2"] } }, `tempo:tailnet.apiKey = [secret]: ${advice.text}`),
  bad(
    { tailnet: { ...tailnet, oauthClientSecret: { value: "hunter2" } } },
    `tempo:tailnet.oauthClientSecret = [secret]: ${advice.text}`,
  ),
  bad({ tailnet: { ...tailnet, ApiKey: "hunter2" } }, "tempo:tailnet.ApiKey: an unknown key. Did you mean apiKey?"),
  bad(
    { "tailscale:apiKey": "hunter2" },
    "tailscale:apiKey: has no effect here, every provider is made from the section tailnet. Write that.",
  ),
  {
    config: { tailnet: { ...tailnet, apiKey: "hunter2", oauthClientId: "hunter2" } },
    secretKeys: ["tailnet"],
    lines: [
      "tempo:tailnet.oauthClientSecret: missing beside its other half. Write both, or neither.",
      "tempo:tailnet.apiKey = [secret]: given together with an OAuth client. Write one of the two credentials.",
    ],
  },
  { config: { tailnet: "hunter2" }, secretKeys: ["tailnet"], lines: [`tempo:tailnet = [secret]: ${advice.section}`] },
  {
    // What is wrong beside a secret is shown: nobody could correct it otherwise.
    config: { tailnet: { domain: "tail8d86e", apiKey: "hunter2" } },
    secretKeys: ["tailnet"],
    lines: [
      'tempo:tailnet.domain = "tail8d86e": not a tailnet\'s DNS name. Write it as the admin console shows it, such as tail8d86e.ts.net.',
    ],
  },
  {
    config: { prometheus: { remoteWriteUrl: "http://host/?token=hunter2" } },
    secretKeys: ["prometheus"],
    lines: [
      `tempo:prometheus.remoteWriteUrl = [secret]: ${advice.url}`,
      "tempo:prometheus = [secret]: holds a secret that is neither in prometheus.headers nor prometheus.auth.credential; it would be written into manifests. Write it as one of them, or in plain text.",
    ],
  },
  ...["prometheus", "collector"].map((key): BadCase => ({
    config: { [key]: "hunter2" },
    secretKeys: [key],
    lines: [`tempo:${key} = [secret]: ${advice.section}`],
  })),
  ...publicKeys.map((key): BadCase => ({
    // What it holds is not looked at, be it wrong.
    config: { [key]: "hunter2" },
    secretKeys: [key],
    lines: [`tempo:${key} = [secret]: ${published}`],
  })),
  {
    // Nothing is told about a value that is not looked at: not that it is small beside another one.
    config: { retention: "1m", limits: { ingestionBurst: "1" } },
    secretKeys: ["retention", "limits"],
    lines: [`tempo:retention = [secret]: ${published}`, `tempo:limits = [secret]: ${published}`],
  },
  bad(
    { prometheus: { remoteWriteUrl: REMOTE } },
    `tempo:prometheus.remoteWriteUrl = "http://[secret]@host/write": ${advice.url}`,
  ),
  bad(
    { tailnet: { ...tailnet, apiUrl: "https://me:hunter2@api.tailscale.com" } },
    `tempo:tailnet.apiUrl = "https://[secret]@api.tailscale.com": ${advice.url}`,
  ),
  bad(
    { chart: "https://me:hunter2@host/charts" },
    'tempo:chart = "https://[secret]@host/charts": a chart source with credentials, a query, a version or a space in it. Write it without; the version is chartVersion.',
  ),
  bad(
    { tailnet: [{ ...tailnet, apiKey: "hunter2" }] },
    `tempo:tailnet = [{"domain":"tail8d86e.ts.net","apiKey":"[secret]"}]: ${advice.section}`,
  ),
  bad({ tailnet: '{"apiKey": "hunter2"' }, `tempo:tailnet = [secret]: ${advice.section}`),
  // They hold the cluster's credentials.
  bad({ kubeconfig: { users: [{ user: { token: "hunter2" } }] } }, `tempo:kubeconfig = [secret]: ${kubeconfig}`),
  bad(
    { kubeconfig: "apiVersion: v1\nusers:\n  - user:\n      token: hunter2\n" },
    `tempo:kubeconfig = [secret]: ${kubeconfig}`,
  ),
];
