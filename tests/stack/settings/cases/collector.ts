import { CERTIFICATE } from "../../../components/collector/certificate";
import type { Config } from "../parse";
import { advice, bad, type BadCase } from "./types";

const tailnet = { domain: "tail8d86e.ts.net" };
const frigate = { name: "frigate", namespace: "frigate", deployment: "frigate" };
const right = { kubeContext: "ringtail", clusterName: "ringtail", services: [frigate] };

/** A collector on a cluster of its own that is right apart from what is given. */
const and = (section: object, more: Config = {}): Config => ({ tailnet, ...more, collector: { ...right, ...section } });
const services = (...list: unknown[]): Config => and({ services: list });
const service = (changes: object): Config => services({ ...frigate, ...changes });
const queue = (section: object): Config => and({ queue: section });

const at = "tempo:collector.services[0]";
const KNOWN =
  "Known are kubeContext, kubeconfig, clusterName, namespace, createNamespace, name, image, endpoint, protocol, caCertificate, queue, resources, privileged, propagation, receiver, remoteWriteUrl, remoteWrite, nodeSelector, pod, ignoredRoutes, services.";
const context = "no context's name. Write it as kubectl config get-contexts shows it, without spaces around it.";
const kubeconfig = "not a kubeconfig's path. Write a path without variables, such as ~/.kube/config.";
const endpoint =
  "not an http(s) URL. Write scheme, host and path such as https://tempo-otlp.tail8d86e.ts.net, without credentials or query.";
const certificate =
  "no certificate in PEM. Write its text, from -----BEGIN CERTIFICATE----- on; a private key has no place here.";
const folder = "not a folder of its own on the node. Write an absolute path such as /var/lib/tempo-collector.";
const rate = "not a whole number from 1 to 100000. Write the number of spans per second.";
const route =
  "not a pattern of paths. Write a path such as /api/events/{id} or /static/*, without query and without / at its end.";
const protocol = "no protocol of OTLP. Write http or grpc.";
/** It looks like one, and is none. */
const GARBAGE = "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----";
const KEY = "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n";

const section: BadCase[] = [
  bad({ collector: "ringtail" }, `tempo:collector = "ringtail": ${advice.section}`),
  bad({ collector: "" }, `tempo:collector = "": ${advice.section}`),
  bad({ collector: [right] }, `tempo:collector = ${JSON.stringify([right])}: ${advice.section}`),
  bad(
    { collector: { namespace: "alloy" } },
    `tempo:collector.clusterName: missing. ${advice.labelName.slice(advice.labelName.indexOf("Write"))}`,
    "tempo:collector.services: missing. Write a list in [ ] or with a line beginning with - for each entry.",
  ),
  // Every key at once, each of a wrong type.
  bad(
    {
      tailnet,
      collector: {
        kubeContext: 5,
        kubeconfig: ["a"],
        clusterName: 5,
        namespace: 5,
        createNamespace: "yes",
        name: true,
        image: 5,
        endpoint: 5,
        protocol: "udp",
        caCertificate: 5,
        queue: "12h",
        resources: [],
        privileged: "yes",
        propagation: "none",
        receiver: 5,
        remoteWriteUrl: 5,
        nodeSelector: "a",
        ignoredRoutes: "/healthz",
        services: "frigate",
      },
    },
    `tempo:collector.kubeContext = 5: ${context}`,
    `tempo:collector.kubeconfig = ["a"]: ${kubeconfig}`,
    `tempo:collector.clusterName = 5: ${advice.labelName}`,
    `tempo:collector.namespace = 5: ${advice.label}`,
    `tempo:collector.createNamespace = "yes": ${advice.boolean}`,
    `tempo:collector.name = true: ${advice.label}`,
    `tempo:collector.image = 5: ${advice.text}`,
    `tempo:collector.endpoint = 5: ${endpoint}`,
    `tempo:collector.protocol = "udp": ${protocol}`,
    `tempo:collector.caCertificate = 5: ${certificate}`,
    `tempo:collector.queue = "12h": ${advice.section}`,
    `tempo:collector.resources = []: ${advice.section}`,
    `tempo:collector.privileged = "yes": ${advice.boolean}`,
    'tempo:collector.propagation = "none": no kind of propagation. Write accept or inject.',
    `tempo:collector.receiver = 5: ${advice.boolean}`,
    `tempo:collector.remoteWriteUrl = 5: ${advice.url}`,
    `tempo:collector.nodeSelector = "a": ${advice.map}`,
    `tempo:collector.ignoredRoutes = "/healthz": ${advice.list}`,
    `tempo:collector.services = "frigate": ${advice.list}`,
  ),
  bad(
    and({ kubecontext: "a", queues: {}, hostPath: "/a" }),
    "tempo:collector.kubecontext: an unknown key. Did you mean kubeContext?",
    "tempo:collector.queues: an unknown key. Did you mean queue?",
    `tempo:collector.hostPath: an unknown key. ${KNOWN}`,
  ),

  bad(and({ kubeContext: " ringtail" }), `tempo:collector.kubeContext = " ringtail": ${context}`),
  bad(and({ kubeconfig: "$HOME/.kube/config" }), `tempo:collector.kubeconfig = "$HOME/.kube/config": ${kubeconfig}`),
  bad(and({ clusterName: "" }), `tempo:collector.clusterName = "": ${advice.labelName}`),
  // It stands in a statement, and in a label of every log line.
  bad(and({ clusterName: 'ring"tail' }), `tempo:collector.clusterName = "ring\\"tail": ${advice.labelName}`),
  bad(
    and({ namespace: "true" }),
    'tempo:collector.namespace = "true": a word or number that YAML does not read as text. Write another name.',
  ),
  bad(
    and({ name: "a".repeat(53) }),
    `tempo:collector.name = "${"a".repeat(53)}": longer than 52 characters, which Kubernetes has no room for in the pod's labels. Write a shorter name.`,
  ),
  bad(
    and({ image: "grafana/alloy:latest" }),
    'tempo:collector.image = "grafana/alloy:latest": a floating reference: what it names can change. Write a full version such as grafana/tempo:2.10.1, or a digest.',
  ),
  bad(
    and({ ignoredRoutes: ["/healthz", "healthz", "/live/"] }),
    `tempo:collector.ignoredRoutes[1] = "healthz": ${route}`,
    `tempo:collector.ignoredRoutes[2] = "/live/": ${route}`,
  ),
  bad(
    and({ ignoredRoutes: ["/healthz", "/healthz"] }),
    'tempo:collector.ignoredRoutes = ["/healthz","/healthz"]: names the same twice. Write each pattern once.',
  ),
  bad(and({ remoteWriteUrl: "prometheus:9090" }), `tempo:collector.remoteWriteUrl = "prometheus:9090": ${advice.url}`),
  bad(and({ nodeSelector: { "a b": "c" } }), `tempo:collector.nodeSelector["a b"] = "c": ${advice.kubernetesLabel}`),
];

const sending: BadCase[] = [
  bad(and({ endpoint: "tempo:4317" }), `tempo:collector.endpoint = "tempo:4317": ${endpoint}`),
  bad(
    and({ endpoint: "grpc://tempo:4317", protocol: "grpc" }),
    `tempo:collector.endpoint = "grpc://tempo:4317": ${endpoint}`,
  ),
  bad(and({ endpoint: "https://a?b=c" }), `tempo:collector.endpoint = "https://a?b=c": ${endpoint}`),
  bad(
    and({ endpoint: "https://a/otlp", protocol: "grpc" }),
    'tempo:collector.endpoint = "https://a/otlp": has a path, which gRPC has not. Write scheme, host and port.',
  ),
  bad(
    and({}, { tailnet: {} }),
    "tempo:collector.endpoint: missing, and there is no tailnet by which another cluster reaches Tempo. Write the URL of Tempo's OTLP.",
  ),
  // It is wrong, and not missing as well.
  bad(and({ endpoint: "a" }, { tailnet: {} }), `tempo:collector.endpoint = "a": ${endpoint}`),
  bad(
    and({ protocol: "grpc" }),
    "tempo:collector.endpoint: missing, and the tailnet has no name for gRPC. Write the URL, or tailnet.otlpGrpcHostname.",
  ),
  bad(and({ caCertificate: GARBAGE }), `tempo:collector.caCertificate = ${JSON.stringify(GARBAGE)}: ${certificate}`),
  bad(and({ caCertificate: "/etc/ssl/ca.pem" }), `tempo:collector.caCertificate = "/etc/ssl/ca.pem": ${certificate}`),
  bad(
    and({ endpoint: "http://a:4318", caCertificate: CERTIFICATE }),
    "tempo:collector.caCertificate: has no effect without TLS. Write an https endpoint, or leave it out.",
  ),
];

const budget: BadCase[] = [
  bad(
    queue({ outage: "12", spansPerSecond: 0, hostPath: "/etc/alloy", volumeSize: "4GB" }),
    `tempo:collector.queue.outage = "12": ${advice.duration}`,
    `tempo:collector.queue.spansPerSecond = 0: ${rate}`,
    `tempo:collector.queue.hostPath = "/etc/alloy": ${folder}`,
    `tempo:collector.queue.volumeSize = "4GB": ${advice.size}`,
  ),
  bad(
    queue({ outage: "0s", spansPerSecond: 1.5, hostPath: "var/lib/a", volumeSize: 4 }),
    `tempo:collector.queue.outage = "0s": ${advice.duration}`,
    `tempo:collector.queue.spansPerSecond = 1.5: ${rate}`,
    `tempo:collector.queue.hostPath = "var/lib/a": ${folder}`,
    `tempo:collector.queue.volumeSize = 4: ${advice.size}`,
  ),
  bad(
    queue({ size: "1Gi" }),
    "tempo:collector.queue.size: an unknown key. Known are outage, spansPerSecond, hostPath, volumeSize.",
  ),
  bad(
    queue({ volumeSize: "1Gi" }),
    'tempo:collector.queue.volumeSize = "1Gi": 12h at 20 spans per second take 1.67 GiB, more than this. Write more, or a shorter collector.queue.outage, or fewer spansPerSecond.',
  ),
  bad(
    queue({ outage: "24h" }),
    'tempo:collector.queue.outage = "24h": longer than metricsGenerator.maxSpanAge = 12h: spans that waited longer would not count in metrics. Write at most that, or raise it.',
  ),
  bad(
    and({ resources: { limits: { cpu: "one", memory: "1GB" } } }),
    `tempo:collector.resources.limits.cpu = "one": ${advice.cpu}`,
    `tempo:collector.resources.limits.memory = "1GB": ${advice.size}`,
  ),
  bad(
    and({ resources: { limits: { memory: "128Mi" } } }),
    'tempo:collector.resources.limits.memory = "128Mi": less than 256Mi, in which Beyla does not start. Write at least that.',
    'tempo:collector.resources.requests.memory = "256Mi": more than the limit of 128Mi. Write at most the limit, or raise collector.resources.limits.memory.',
  ),
];

const instrumented: BadCase[] = [
  bad(services(), "tempo:collector.services = []: empty. Write at least one service."),
  bad(
    services("frigate", null),
    `${at} = "frigate": ${advice.section}`,
    `tempo:collector.services[1] = null: ${advice.section}`,
  ),
  bad(
    services({}),
    `${at}.name: missing. ${advice.title.slice(advice.title.indexOf("Write"))}`,
    `${at}.namespace: missing. ${advice.label.slice(advice.label.indexOf("Write"))}`,
  ),
  bad(
    service({ deploymant: "a", ports: [5000], route: [] }),
    `${at}.deploymant: an unknown key. Did you mean deployment?`,
    `${at}.ports: an unknown key. Known are name, namespace, deployment, statefulSet, daemonSet, labels, routes, ignoredRoutes, sampling.`,
    `${at}.route: an unknown key. Did you mean routes?`,
  ),
  // Each stands in a statement and in a query.
  bad(service({ name: 'a"b' }), `${at}.name = "a\\"b": ${advice.title}`),
  bad(service({ name: "a\\b" }), `${at}.name = "a\\\\b": ${advice.title}`),
  bad(service({ name: "{{x}}" }), `${at}.name = "{{x}}": ${advice.title}`),
  bad(service({ name: "a\nb" }), `${at}.name = "a\\nb": ${advice.title}`),
  bad(service({ namespace: "Frigate" }), `${at}.namespace = "Frigate": ${advice.label}`),
  // Beyla would take it for a pattern.
  bad(service({ deployment: "frigate*" }), `${at}.deployment = "frigate*": ${advice.dnsName}`),
  bad(service({ statefulSet: "{a,b}", deployment: "" }), `${at}.statefulSet = "{a,b}": ${advice.dnsName}`),
  bad(service({ daemonSet: 5, deployment: "" }), `${at}.daemonSet = 5: ${advice.dnsName}`),
  bad(service({ labels: { app: "fri*" } }), `${at}.labels.app = "fri*": ${advice.kubernetesLabel}`),
  bad(service({ labels: ["app"] }), `${at}.labels = ["app"]: ${advice.map}`),

  bad(
    service({ routes: ["api", "/a?b=c", "/a/", '/"', "/a\\b", "/`", "/{{x}}", "/a\nb", "/{id", 5] }),
    `${at}.routes[0] = "api": ${route}`,
    `${at}.routes[1] = "/a?b=c": ${route}`,
    `${at}.routes[2] = "/a/": ${route}`,
    `${at}.routes[3] = "/\\"": ${route}`,
    `${at}.routes[4] = "/a\\\\b": ${route}`,
    `${at}.routes[5] = "/\`": ${route}`,
    `${at}.routes[6] = "/{{x}}": ${route}`,
    `${at}.routes[7] = "/a\\nb": ${route}`,
    `${at}.routes[8] = "/{id": ${route}`,
    `${at}.routes[9] = 5: ${route}`,
  ),
  bad(
    service({ routes: ["/a", "/b", "/a"] }),
    `${at}.routes = ["/a","/b","/a"]: names the same twice. Write each pattern once.`,
  ),
  bad(
    service({ ignoredRoutes: ["healthz", "/a/*/b"] }),
    `${at}.ignoredRoutes[0] = "healthz": ${route}`,
    `${at}.ignoredRoutes[1] = "/a/*/b": ${route}`,
  ),
  bad(service({ ignoredRoutes: "/healthz" }), `${at}.ignoredRoutes = "/healthz": ${advice.list}`),
  ...[0, -1, 1.5].map((sampling) => bad(service({ sampling }), `${at}.sampling = ${sampling}: ${advice.ratio}`)),
  bad(service({ sampling: "10%" }), `${at}.sampling = "10%": ${advice.ratio}`),

  bad(
    services(frigate, { ...frigate, namespace: "b" }),
    'tempo:collector.services[1].name = "frigate": named above already: the spans of two services could not be told apart. Write another name.',
  ),
  bad(
    services(frigate, { ...frigate, name: "b" }),
    'tempo:collector.services[1] = "b": selects the same as collector.services[0]. Write each workload once.',
  ),
  bad(
    service({ statefulSet: "a" }),
    `${at} = "frigate": names a deployment and a statefulSet; a service is one workload. Write one of them.`,
  ),
  bad(
    services({ name: "a", namespace: "a" }),
    `${at} = "a": no workload: every process of the namespace would be meant. Write deployment, statefulSet, daemonSet or labels.`,
  ),
];

const besideTempo: BadCase[] = [
  bad(
    and({ kubeContext: "", namespace: "monitoring", name: "tempo" }),
    'tempo:collector.name = "tempo": the name of objects of Tempo in the same namespace. Write another one, such as tempo-collector.',
  ),
  bad(
    and({ kubeContext: "c", namespace: "monitoring", createNamespace: true }, { createNamespace: true }),
    "tempo:collector.createNamespace = true: the namespace is Tempo's, which createNamespace makes already. Write false.",
  ),
];

export const collectorCases: BadCase[] = [...section, ...sending, ...budget, ...instrumented, ...besideTempo];

/** Secrets that are pasted where none belongs; no line shows one. */
export const collectorSecretCases: BadCase[] = [
  bad(and({ endpoint: "https://a", caCertificate: KEY }), `tempo:collector.caCertificate = "[secret]": ${certificate}`),
  bad(
    and({ remoteWriteUrl: "https://me:hunter2@a/write" }),
    `tempo:collector.remoteWriteUrl = "https://[secret]@a/write": ${advice.url}`,
  ),
  bad(and({ endpoint: "https://me:hunter2@a" }), `tempo:collector.endpoint = "https://[secret]@a": ${endpoint}`),
];
