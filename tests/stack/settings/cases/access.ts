import { advice, bad, type BadCase } from "./types";

const domain = "tail8d86e.ts.net";
const notDomain = "not a tailnet's DNS name. Write it as the admin console shows it, such as tail8d86e.ts.net.";
const notTag = "not a Tailscale tag. Write tag: and a name that begins with a letter, such as tag:k8s.";

const of = (value: unknown): { tailnet: object } => ({ tailnet: { domain: value } });
const and = (section: object): { tailnet: object } => ({ tailnet: { domain, ...section } });

const tailnet: BadCase[] = [
  bad({ tailnet: domain }, `tempo:tailnet = "tail8d86e.ts.net": ${advice.section}`),
  bad({ tailnet: "" }, `tempo:tailnet = "": ${advice.section}`),
  bad({ tailnet: true }, `tempo:tailnet = "true": ${advice.section}`),
  bad({ tailnet: [domain] }, `tempo:tailnet = ["tail8d86e.ts.net"]: ${advice.section}`),
  bad(
    { tailnet: { tags: ["tag:k8s"] } },
    "tempo:tailnet.domain: missing. Write it as the admin console shows it, such as tail8d86e.ts.net.",
  ),
  bad(of(""), `tempo:tailnet.domain = "": ${notDomain}`),
  bad(of(5), `tempo:tailnet.domain = 5: ${notDomain}`),
  bad(of("tail8d86e"), `tempo:tailnet.domain = "tail8d86e": ${notDomain}`),
  bad(of("https://tail8d86e.ts.net"), `tempo:tailnet.domain = "https://tail8d86e.ts.net": ${notDomain}`),
  bad(of("tail8d86e.ts.net:443"), `tempo:tailnet.domain = "tail8d86e.ts.net:443": ${notDomain}`),
  bad(of("tail8d86e.ts.net/"), `tempo:tailnet.domain = "tail8d86e.ts.net/": ${notDomain}`),
  bad(of("Tail8d86e.ts.net"), `tempo:tailnet.domain = "Tail8d86e.ts.net": ${notDomain}`),
  bad(of(" tail8d86e.ts.net"), `tempo:tailnet.domain = " tail8d86e.ts.net": ${notDomain}`),
  // The outputs would say tempo.tempo.tail8d86e.ts.net.
  bad(of("tempo.tail8d86e.ts.net"), `tempo:tailnet.domain = "tempo.tail8d86e.ts.net": ${notDomain}`),
  bad(of("100.64.0.1"), `tempo:tailnet.domain = "100.64.0.1": ${notDomain}`),

  bad(and({ proxyGroup: "In Gress" }), `tempo:tailnet.proxyGroup = "In Gress": ${advice.dnsName}`),
  bad(and({ proxyGroup: null }), `tempo:tailnet.proxyGroup = null: ${advice.dnsName}`),
  bad(and({ tags: [] }), "tempo:tailnet.tags = []: empty. Write at least one tag, such as tag:k8s."),
  bad(and({ tags: "tag:k8s" }), `tempo:tailnet.tags = "tag:k8s": ${advice.list}`),
  bad(
    and({ tags: ["tag:k8s", "k8s", "tag:", "tag:1", "tag:a,tag:b", null] }),
    `tempo:tailnet.tags[1] = "k8s": ${notTag}`,
    `tempo:tailnet.tags[2] = "tag:": ${notTag}`,
    `tempo:tailnet.tags[3] = "tag:1": ${notTag}`,
    `tempo:tailnet.tags[4] = "tag:a,tag:b": ${notTag}`,
    `tempo:tailnet.tags[5] = null: ${notTag}`,
  ),
  bad(
    and({ tags: ["tag:k8s", "tag:k8s"] }),
    'tempo:tailnet.tags = ["tag:k8s","tag:k8s"]: names the same twice. Write each tag once.',
  ),
  bad(and({ queryHostname: "tempo.ops" }), `tempo:tailnet.queryHostname = "tempo.ops": ${advice.label}`),
  bad(and({ queryHostname: "" }), `tempo:tailnet.queryHostname = "": ${advice.label}`),
  bad(and({ otlpHostname: "Tempo-OTLP" }), `tempo:tailnet.otlpHostname = "Tempo-OTLP": ${advice.label}`),
  bad(and({ otlpHostname: 5 }), `tempo:tailnet.otlpHostname = 5: ${advice.label}`),
  bad(
    and({ queryHostname: "tempo-otlp" }),
    'tempo:tailnet.otlpHostname = "tempo-otlp": the same as tailnet.queryHostname; a name serves one port only. Write two, such as tempo and tempo-otlp.',
  ),
  bad(and({ otlpGrpcHostname: "tempo.grpc" }), `tempo:tailnet.otlpGrpcHostname = "tempo.grpc": ${advice.label}`),
  bad(
    and({ otlpGrpcHostname: "tempo-otlp" }),
    'tempo:tailnet.otlpGrpcHostname = "tempo-otlp": the same as tailnet.otlpHostname; a name serves one port only. Write two, such as tempo and tempo-otlp.',
  ),
  bad(and({ addressTimeout: 60 }), `tempo:tailnet.addressTimeout = 60: ${advice.duration}`),
  bad(and({ addressTimeout: "0s" }), `tempo:tailnet.addressTimeout = "0s": ${advice.duration}`),
  bad(
    and({ addressTimeout: "601s" }),
    'tempo:tailnet.addressTimeout = "601s": longer than 10m, for which an `up` would hang where no operator answers. Write less.',
  ),
  bad(
    { tailnet: { domain: "x", apiKey: "plain", queryHostname: "a", otlpHostname: "a" } },
    `tempo:tailnet.domain = "x": ${notDomain}`,
    'tempo:tailnet.otlpHostname = "a": the same as tailnet.queryHostname; a name serves one port only. Write two, such as tempo and tempo-otlp.',
    "tempo:tailnet.apiKey = [plain text]: a secret in plain text. Write it with: pulumi config set --path --secret tailnet.apiKey.",
  ),
  bad(and({ apiUrl: "api.tailscale.com" }), `tempo:tailnet.apiUrl = "api.tailscale.com": ${advice.url}`),
  bad(and({ apiUrl: "" }), `tempo:tailnet.apiUrl = "": ${advice.url}`),
];

const query = (...peers: unknown[]): { networkPolicy: object } => ({ networkPolicy: { query: peers } });

/** Without a tailnet its proxies are nobody. */
const nobody = "tempo:networkPolicy: lets nobody in. Write who may query, scrape or send, or {} for no policy.";

const networkPolicy: BadCase[] = [
  bad(query(), nobody),
  bad({ networkPolicy: { query: [], metrics: [], otlp: [], proxies: { namespace: "tailscale" } } }, nobody),
  bad({ networkPolicy: true }, `tempo:networkPolicy = "true": ${advice.section}`),
  bad({ networkPolicy: [] }, `tempo:networkPolicy = []: ${advice.section}`),
  bad(
    { networkPolicy: { query: { namespace: "a" } } },
    `tempo:networkPolicy.query = {"namespace":"a"}: ${advice.list}`,
  ),
  bad({ networkPolicy: { metrics: null } }, `tempo:networkPolicy.metrics = null: ${advice.list}`),
  bad(
    query("monitoring", null, []),
    `tempo:networkPolicy.query[0] = "monitoring": ${advice.section}`,
    `tempo:networkPolicy.query[1] = null: ${advice.section}`,
    `tempo:networkPolicy.query[2] = []: ${advice.section}`,
  ),
  bad(
    query({ labels: { app: "grafana" } }),
    "tempo:networkPolicy.query[0].namespace: missing. Write at most 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit.",
  ),
  bad(query({ namespace: "*" }), `tempo:networkPolicy.query[0].namespace = "*": ${advice.label}`),
  bad(
    { networkPolicy: { metrics: [{ namespace: "a" }, { namespace: 5 }] } },
    `tempo:networkPolicy.metrics[1].namespace = 5: ${advice.label}`,
  ),
  bad(
    { networkPolicy: { otlp: [{ namespace: "a", labels: "app=a" }] } },
    `tempo:networkPolicy.otlp[0].labels = "app=a": ${advice.map}`,
  ),
  bad(
    query({ namespace: "a", labels: { "app/x/y": "b", app: "b c" } }),
    `tempo:networkPolicy.query[0].labels["app/x/y"] = "b": ${advice.kubernetesLabel}`,
    `tempo:networkPolicy.query[0].labels.app = "b c": ${advice.kubernetesLabel}`,
  ),
  bad(
    { networkPolicy: { proxies: "tailscale" } },
    `tempo:networkPolicy.proxies = "tailscale": ${advice.section}`,
    nobody,
  ),
  bad({ networkPolicy: { proxies: [] } }, `tempo:networkPolicy.proxies = []: ${advice.section}`, nobody),
  bad(
    { networkPolicy: { proxies: { namespace: "Tailscale" } } },
    `tempo:networkPolicy.proxies.namespace = "Tailscale": ${advice.label}`,
    nobody,
  ),
];

/** The tailnet and who may reach the pod. */
export const accessCases: BadCase[] = [...tailnet, ...networkPolicy];
