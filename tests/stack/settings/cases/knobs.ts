import { advice, bad, type BadCase } from "./types";

const remote = { remoteWriteUrl: "http://prometheus:9090/api/v1/write" };
const tolerationsAre = "Write it as `kubectl explain pod.spec.tolerations --recursive` shows it.";
const affinityIs = "Write it as `kubectl explain pod.spec.affinity --recursive` shows it.";
const toleration = (value: object, detail: string, at = "") =>
  bad(
    { pod: { tolerations: [value] } },
    `tempo:pod.tolerations[0]${at} = ${JSON.stringify(at === "" ? value : Object.values(value)[0])}: not what Kubernetes takes here${detail}. ${tolerationsAre}`,
  );
const written = "written by this program. Leave it out.";
const origin =
  "no origin as a browser sends it. Write scheme, host and port such as https://app.example.com, in small letters, without a path and without the port 443 or 80; one * in it stands for any text.";

const zone = (operator: string, values?: string[]) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator, ...(values && { values }) }] }],
    },
  },
});
const noNode =
  "tempo:pod.affinity.nodeAffinity: contradicts pod.nodeSelector in every term, so that no node is left. Write one of the two.";

export const podCases: BadCase[] = [
  bad(
    { pod: { nodeSelector: { "kubernetes.io/os": "windows" } } },
    'tempo:pod.nodeSelector["kubernetes.io/os"] = "windows": a system for which there is no image here. Write linux, or leave it out.',
  ),
  bad({ pod: { nodeSelector: { zone: "a" }, affinity: zone("In", ["b"]) } }, noNode),
  bad({ pod: { nodeSelector: { zone: "a" }, affinity: zone("NotIn", ["a"]) } }, noNode),
  bad({ pod: { nodeSelector: { zone: "a" }, affinity: zone("DoesNotExist") } }, noNode),
  bad(
    { resources: { requests: { ephemeralStorage: "1" }, limits: { ephemeralStorage: "1" } } },
    'tempo:resources.limits.ephemeralStorage = "1": less than 16Mi, too little to work with; a number without a unit counts bytes. Write at least 16Mi.',
  ),
  toleration({ key: "a b" }, "", ".key"),
  toleration({ operator: "Exists", value: "x" }, " (the operator Exists takes no value)"),
  toleration({ value: "x" }, " (without a key the operator is Exists)"),
  toleration({ key: "a", tolerationSeconds: 5 }, " (tolerationSeconds counts with the effect NoExecute only)"),
  toleration({ effct: "NoSchedule", operator: "Exists" }, " (unknown: effct)"),
  bad(
    {
      pod: {
        affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
      },
    },
    `tempo:pod.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms = []: not what Kubernetes takes here. ${affinityIs}`,
  ),
  bad({ pod: { affinity: "a" } }, `tempo:pod.affinity = "a": not a section. ${affinityIs}`),
  bad(
    { pod: { labels: { "app.kubernetes.io/name": "x" } } },
    'tempo:pod.labels["app.kubernetes.io/name"] = "x": a label by which this program and the chart find the pod. Leave it out.',
  ),
  bad(
    { pod: { annotations: { "checksum/config": "x" } } },
    `tempo:pod.annotations["checksum/config"] = "x": ${written}`,
  ),
  bad(
    { scrape: { method: "annotations" }, pod: { annotations: { "prometheus.io/port": "1" } } },
    'tempo:pod.annotations["prometheus.io/port"] = "1": written for scrape.method. Leave it out.',
  ),
  bad({ pod: { annotations: { a: true } } }, "tempo:pod.annotations.a = true: not a text. Write the value in quotes."),
  bad({ pod: { runAs: "root" } }, 'tempo:pod.runAs = "root": neither of the two. Write fixed or platform.'),
  bad(
    { pod: { imagePullSecrets: ["a", "a"] } },
    'tempo:pod.imagePullSecrets = ["a","a"]: names the same twice. Write each Secret once.',
  ),
  bad(
    { pod: { seLinuxOptions: { level: "a b" } } },
    'tempo:pod.seLinuxOptions.level = "a b": not a part of an SELinux context. Write such as container_t, or s0:c123,c456 for a level.',
  ),
  bad(
    { storage: { resources: { limits: { cpu: "1" }, requests: { cpu: "" } } } },
    'tempo:storage.resources.requests.cpu = "": none, for which Kubernetes puts the limit of 1. Write an amount, or "" as storage.resources.limits.cpu as well.',
  ),
  bad(
    { resources: { requests: { ephemeralStorage: "2Gi" }, limits: { ephemeralStorage: "1Gi" } } },
    'tempo:resources.requests.ephemeralStorage = "2Gi": more than the limit of 1Gi. Write at most the limit, or raise resources.limits.ephemeralStorage.',
  ),
];

export const receiverCases: BadCase[] = [
  ...["1Mi", "5000000", "17Mi"].map((size) =>
    bad(
      { receiver: { maxMessageSize: size }, limits: { ingestionBurst: "32Mi" } },
      `tempo:receiver.maxMessageSize = "${size}": not from 4Mi to 16Mi in whole MiB: senders send up to the first, and more than the second fills a small pod at once. Write such as 8Mi.`,
    ),
  ),
  bad(
    { receiver: { maxMessageSize: "16Mi" } },
    'tempo:limits.ingestionBurst = "8M": smaller than a full OTLP message, which would be refused at every retry. Write at least receiver.maxMessageSize = 16Mi.',
  ),
  bad(
    {
      receiver: { maxMessageSize: "8Mi" },
      limits: { ingestionBurst: "16Mi" },
      storage: { adaptiveRetention: true },
      volume: { size: "256Mi" },
    },
    'tempo:volume.size = "256Mi": too small to be kept below 95 %: what is being written takes a tenth of it. Write at least 512Mi, or storage.adaptiveRetention false.',
  ),
  ...[
    "https://app.example.com/",
    "https://app.example.com:443",
    "http://a:80",
    "app.example.com",
    "https://*.*.example.com",
    "https://App.example.com",
    "ftp://a",
    "https://a:0",
  ].map((text) =>
    bad(
      { receiver: { cors: { allowedOrigins: [text] } } },
      `tempo:receiver.cors.allowedOrigins[0] = "${text}": ${origin}`,
    ),
  ),
  bad(
    { receiver: { cors: { allowedHeaders: ["traceparent"], maxAge: "1h" } } },
    "tempo:receiver.cors.allowedHeaders: has no effect without receiver.cors.allowedOrigins. Write the origins, or leave it out.",
    "tempo:receiver.cors.maxAge: has no effect without receiver.cors.allowedOrigins. Write the origins, or leave it out.",
  ),
  bad(
    { receiver: { cors: { allowedOrigins: ["*"], maxAge: "1500ms" } } },
    'tempo:receiver.cors.maxAge = "1500ms": not whole seconds of at most a day, which no browser exceeds. Write such as 2h.',
  ),
];

const controller = { className: "nginx" };

export const ingressCases: BadCase[] = [
  bad(
    { ingress: { className: "tailscale", query: { host: "a.example.com" } } },
    'tempo:ingress.className = "tailscale": the class of the Tailscale operator, whose Ingresses are the section tailnet. Write that section.',
  ),
  bad(
    { ingress: controller },
    "tempo:ingress: names nothing to reach. Write ingress.query or ingress.otlp, or {} for none.",
  ),
  bad(
    { httpRoute: { gateway: "g", query: {} } },
    "tempo:httpRoute: names nothing to reach. Write httpRoute.query or httpRoute.otlp, or {} for none.",
  ),
  bad(
    { ingress: { ...controller, query: { host: "https://a.example.com" } } },
    `tempo:ingress.query.host = "https://a.example.com": ${advice.dnsName}`,
  ),
  bad(
    {
      ingress: { ...controller, query: { host: "a.example.com" } },
      httpRoute: { gateway: "g", query: { host: "a.example.com" } },
    },
    'tempo:httpRoute.query.host = "a.example.com": the same as ingress.query.host, which leads elsewhere. Write another name.',
  ),
  bad(
    {
      tailnet: { domain: "tail8d86e.ts.net" },
      ingress: { ...controller, otlp: { host: "tempo-otlp.tail8d86e.ts.net" } },
    },
    'tempo:ingress.otlp.host = "tempo-otlp.tail8d86e.ts.net": the same as tailnet.otlpHostname, which leads elsewhere. Write another name.',
  ),
  bad(
    { ingress: { ...controller, query: { host: "a.example.com" } }, networkPolicy: { otlp: [{ namespace: "a" }] } },
    "tempo:networkPolicy.query = []: empty, so that the controller of ingress.query is not let in. Write the namespace of its pods.",
  ),
  bad(
    { ingress: { ...controller, query: { host: "a.example.com", annotations: { "pulumi.com/skipAwait": "false" } } } },
    `tempo:ingress.query.annotations["pulumi.com/skipAwait"] = "false": ${written}`,
  ),
  bad(
    { tailnet: { domain: "tail8d86e.ts.net", annotations: { "tailscale.com/funnel": "true" } } },
    `tempo:tailnet.annotations["tailscale.com/funnel"] = "true": ${written}`,
  ),
  bad(
    {
      ingress: {
        ...controller,
        query: { host: "a.example.com", annotations: { "kubernetes.io/ingress.class": "nginx" } },
      },
    },
    `tempo:ingress.query.annotations["kubernetes.io/ingress.class"] = "nginx": refused by Kubernetes beside a class in the spec. Leave it out, and write ingress.className.`,
  ),
  bad(
    { ingress: { ...controller, query: { host: "a.example.com", tlsSecret: "a" }, otlp: { host: "a.example.com" } } },
    'tempo:ingress.otlp.tlsSecret = "none": not that of ingress.query, "a", for the same host, which has one certificate. Write the same in both.',
  ),
  bad(
    { tailnet: { domain: "tail8d86e.ts.net", annotations: { "example.com/a": "x".repeat(258_050) } } },
    "tempo:tailnet.annotations = 258063 bytes: more than the 258048 bytes that an object has room for. Write less.",
  ),
  bad(
    { httpRoute: { query: { host: "a.example.com" } } },
    "tempo:httpRoute.gateway: missing. Write labels of a-z, 0-9 and '-' joined by dots, without a scheme, a port or a path.",
  ),
];

const plain = (key: string) =>
  `tempo:${key} = [plain text]: a secret in plain text. Write it with: pulumi config set --path --secret '${key}'.`;
const header = (name: string, message: string): BadCase => ({
  config: { prometheus: { ...remote, headers: { [name]: "hunter2" } } },
  secretKeys: ["prometheus"],
  lines: [`tempo:prometheus.headers.${name} = [secret]: ${message}`],
});

export const remoteWriteSecretCases: BadCase[] = [
  bad(
    { prometheus: { ...remote, auth: { username: "me", credential: "hunter2" } } },
    plain("prometheus.auth.credential"),
  ),
  bad({ prometheus: { ...remote, headers: { "X-Key": "hunter2" } } }, plain("prometheus.headers.X-Key")),
  header("Authorization", "the header of a credential. Write prometheus.auth."),
  header("x-scope-orgid", "the header of a tenant. Write prometheus.tenant."),
  header("Content-Type", "a header that the sender writes itself. Leave it out."),
  {
    config: { prometheus: { ...remote, auth: { username: "me" }, headers: { a: "hunter2" } } },
    secretKeys: ["prometheus"],
    lines: [
      "tempo:prometheus.auth.credential: missing. Write the password or token with pulumi config set --path --secret prometheus.auth.credential, or the Secret that has it as prometheus.auth.secretName.",
    ],
  },
  {
    config: { prometheus: { ...remote, auth: { credential: "hunter2", secretName: "a" } } },
    secretKeys: ["prometheus"],
    lines: [
      "tempo:prometheus.auth.credential = [secret]: given beside prometheus.auth.secretName. Write one of the two.",
    ],
  },
  {
    config: { prometheus: { ...remote, auth: { credential: "hunter2\n" } } },
    secretKeys: ["prometheus"],
    lines: [
      "tempo:prometheus.auth.credential = [secret]: not a credential. Write the password or token alone, without spaces or a line break around it.",
    ],
  },
  {
    config: { prometheus: { ...remote, headers: { "X-A": "hunter2\u00e9" } } },
    secretKeys: ["prometheus"],
    lines: [
      "tempo:prometheus.headers.X-A = [secret]: not an HTTP header. Write a name of letters, digits and '-', and a value of one line of ASCII without spaces around it.",
    ],
  },
  {
    config: { grafana: { url: "https://g", auth: "glsa_hunter2", orgId: 2 } },
    secretKeys: ["grafana"],
    lines: [
      "tempo:grafana.orgId = 2: has no effect with a service account's token, which belongs to one organisation. Leave it out and write a token of that organisation, or user:password.",
    ],
  },
  {
    config: { grafana: { url: "https://g", headers: { Authorization: "hunter2" } } },
    secretKeys: ["grafana"],
    lines: ["tempo:grafana.headers.Authorization = [secret]: the header of the credential. Write grafana.auth."],
  },
];
