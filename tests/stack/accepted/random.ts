/**
 * Settings at random, as a stack file may have them: every key, each often left out, with values at the edges of what is
 * accepted and combinations that nobody has thought of. Some are refused by a rule; who draws leaves those out.
 */
import fc from "fast-check";
import { parseSettings } from "../../../stack/settings";
import { ConfigurationError } from "../../../lib/problems";
import { schema } from "../../../stack/schema";
import { CERTIFICATE } from "../../components/collector/certificate";
import type { StackConfig } from "../../../tools/offline/project";
import { FULL_RUN } from "../../support/skip";

/** A configuration before it is parsed. */
export type RawSettings = Readonly<Record<string, unknown>>;

/** A text that no program writes by itself: it stands for every secret. */
export const CANARY = "canary7hunter2";

const one = fc.constantFrom;
const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
const dnsName = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("."));
const host = fc.tuple(word, one("example.com", "example.org")).map((parts) => parts.join("."));
const labelKey = fc.oneof(
  word,
  fc.tuple(dnsName, word).map((parts) => parts.join("/")),
);
const labelValue = one("", "a", "Front_end.1", "0", "true", "x".repeat(63));
const labels = fc.dictionary(labelKey, labelValue, { maxKeys: 3 });
/** What YAML, Helm's templates, Go's regular expressions and Alloy's strings make something else of. */
const hostile = one(
  "{{ .Values }}",
  "${HOME} $$ $1",
  'a "b" `c`',
  "a: b # c",
  "- 1",
  "ü — 日本",
  "\\d\n\t",
  "yes",
  "1e3",
  "{}",
  "%s",
);
const annotations = fc.dictionary(labelKey, hostile, { maxKeys: 3 });
const small = one("10Mi", "16777216", "4.5M");

/** A section of which each key may be left out. */
const some = <T extends object>(parts: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(parts, { requiredKeys: [] });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });

const amounts = (cpu: readonly string[], memory: readonly string[]) =>
  some({ cpu: one(...cpu), memory: one(...memory), ephemeralStorage: one("", "1Gi", "2Gi") });
const resources = (least: string) =>
  some({
    requests: amounts(["", "1m", "100m"], [least]),
    limits: amounts(["", "500m", "2"], [least, "2Gi"]),
  });

const requirement = one(
  { key: "gpu", operator: "Exists" },
  { key: "kubernetes.io/arch", operator: "In", values: ["amd64", "arm64"] },
  { key: "disk", operator: "DoesNotExist" },
);
const podTerm = fc.record({
  topologyKey: one("kubernetes.io/hostname", "topology.kubernetes.io/zone"),
  labelSelector: fc.record({ matchLabels: labels }),
});
const affinity = some({
  nodeAffinity: some({
    requiredDuringSchedulingIgnoredDuringExecution: fc.record({
      nodeSelectorTerms: fc.array(
        fc.record({ matchExpressions: fc.array(requirement, { minLength: 1, maxLength: 2 }) }),
        {
          minLength: 1,
          maxLength: 2,
        },
      ),
    }),
    preferredDuringSchedulingIgnoredDuringExecution: fc.array(
      fc.record({
        weight: fc.integer({ min: 1, max: 100 }),
        preference: fc.record({
          matchExpressions: fc.tuple(
            one({ key: "cores", operator: "Gt", values: ["4"] }, ...[{ key: "ssd", operator: "Exists" }]),
          ),
        }),
      }),
      { maxLength: 2 },
    ),
  }),
  podAntiAffinity: some({
    requiredDuringSchedulingIgnoredDuringExecution: fc.array(podTerm, { maxLength: 1 }),
    preferredDuringSchedulingIgnoredDuringExecution: fc.array(
      fc.record({ weight: fc.integer({ min: 1, max: 100 }), podAffinityTerm: podTerm }),
      { maxLength: 1 },
    ),
  }),
});
const toleration = one<object[]>(
  { operator: "Exists" },
  { key: "dedicated", operator: "Equal", value: "tempo", effect: "NoSchedule" },
  { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 30 },
  { key: "a", value: "b" },
);
const podParts = {
  tolerations: fc.array(toleration, { maxLength: 2 }),
  priorityClassName: one("", "system-cluster-critical", "low"),
  affinity,
  imagePullSecrets: fc.uniqueArray(dnsName, { maxLength: 2 }),
  annotations,
  labels,
  seLinuxOptions: some({
    user: one("", "system_u"),
    role: one("", "system_r"),
    type: one("", "spc_t"),
    level: one("", "s0:c1,c2"),
  }),
};

const remoteWriteUrl = one(
  "http://prometheus:9090/api/v1/write",
  "https://mimir.example.com/api/v1/push",
  "http://[fd00::1]:8428/insert/0/prometheus/api/v1/write",
  "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write",
);
const access = {
  tenant: one("", "team-a", "a(b)*'!_."),
  headers: fc.dictionary(one("X-Key", "CF-Access-Client-Id", "x_y.z"), one(CANARY, `${CANARY}: "$x" # \`y\``), {
    maxKeys: 2,
  }),
  auth: maybe(
    fc
      .tuple(one("", "123", 'me "$HOME" `x`', "ü"), fc.boolean(), dnsName, one("password", "a.b_c-D"))
      .map(([username, isOurs, secretName, secretKey]) => ({
        username,
        ...(isOurs ? { credential: `${CANARY}: 'a' # "b" $c` } : { secretName, secretKey }),
      })),
  ),
};
const externalLabels = fc.dictionary(one("source", "cluster", "env_1", "A"), hostile, { maxKeys: 3 });

const exposed = { host, annotations };
const peers = fc.array(fc.record({ namespace: word, labels }), { minLength: 1, maxLength: 2 });

const dataSource = (name: string) => ({
  uid: one(`${name}-1`, `${name}_X`),
  name: one(`My ${name}`, `${name} ü $x`),
  jsonData: fc.dictionary(one("httpMethod", "timeInterval", "maxLines"), one("POST", 5, true, "15s"), { maxKeys: 2 }),
  httpHeaders: fc.dictionary(one("X-Scope-OrgID", "X-Key"), one(CANARY), { maxKeys: 1 }),
});
const made = (name: string, port: number) =>
  fc.oneof(
    some({ ownership: one("settings-only"), ...dataSource(name) }),
    some({ uid: one(`${name}-2`), ownership: one("provisioned") }),
    fc
      .tuple(some(dataSource(name)), host)
      .map(([section, at]) => ({ ...section, ownership: "create", url: `http://${at}:${port}` })),
  );

const route = one("/api/events/{id}", "/static/*", "/{a}/b.jpg", "/x~y$z", "/");
const service = fc
  .tuple(
    word,
    word,
    one("deployment", "statefulSet", "daemonSet", "labels"),
    word,
    some({
      routes: fc.uniqueArray(route, { maxLength: 2 }),
      ignoredRoutes: fc.uniqueArray(one("/ping", "/health"), { maxLength: 2 }),
      sampling: one(1, 0.5, 0.000001),
    }),
  )
  .map(([name, namespace, kind, of, more]) => ({
    name: `${name} $x ü`,
    namespace,
    [kind]: kind === "labels" ? { app: of } : of,
    ...more,
  }));

const collector = fc
  .tuple(
    fc.record({
      clusterName: one("ringtail", "a.B_1"),
      services: fc.uniqueArray(service, { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
    }),
    some({
      namespace: word,
      createNamespace: fc.boolean(),
      name: word,
      queue: some({
        outage: one("1h", "12h"),
        spansPerSecond: one(1, 40),
        hostPath: one("/data/queue"),
        volumeSize: one("16Gi"),
      }),
      resources: resources("256Mi"),
      privileged: fc.boolean(),
      propagation: one("accept", "inject"),
      receiver: fc.boolean(),
      nodeSelector: labels,
      pod: some(podParts),
      ignoredRoutes: fc.uniqueArray(route, { maxLength: 2 }),
    }),
    maybe(fc.record({ remoteWriteUrl, remoteWrite: some(access) })),
    one(
      {},
      { kubeContext: "other", endpoint: "https://tempo.example.com", caCertificate: CERTIFICATE },
      { kubeContext: "other", endpoint: "http://tempo.example.com:4317", protocol: "grpc" },
      { kubeContext: "other", kubeconfig: "~/.kube/other", endpoint: "https://a.example.com:4318/otlp" },
    ),
  )
  .map((parts) => Object.assign({}, ...parts) as object);

const settings = some({
  allowedKubeContexts: fc.constant([]),
  kubeconfig: one("", "~/.kube/config"),
  namespace: word,
  createNamespace: fc.boolean(),
  name: word,
  image: one(
    "grafana/tempo:2.10.8",
    "registry.example.net/mirror/tempo:v2.10.3-8b1f89e-nix",
    `localhost:5000/tempo@sha256:${"0".repeat(64)}`,
    `tempo:main-0a1b2c3@sha512:${"a".repeat(128)}`,
  ),
  chart: one("./charts/tempo", "oci://registry.example.com/charts/tempo", "https://charts.example.com"),
  chartVersion: one("2.1.0", "2.2.4", "2.3.0-rc.1"),
  volume: some({
    size: one("1Gi", "10Gi", "1.5Ti"),
    storageClass: one("", "nfs.slow"),
    accessModes: one(["ReadWriteOnce"], ["ReadWriteMany", "ReadWriteOnce"], ["ReadWriteOncePod"]),
    claimName: fc.oneof(fc.constant(""), dnsName),
    volumeName: one("", "traces-on-sifaka"),
    selector: labels,
    protect: fc.boolean(),
  }),
  retention: one("25h", "7d", "168h", "36500d"),
  resources: resources("512Mi"),
  pod: some({ nodeSelector: labels, runAs: one("fixed", "platform"), ...podParts }),
  receiver: some({
    maxMessageSize: one("4Mi", "8Mi", "16Mi"),
    cors: some({
      allowedOrigins: fc.uniqueArray(
        one("*", "https://app.example.com", "https://*.example.com:8443", "http://[::1]:3000"),
        {
          minLength: 1,
          maxLength: 3,
        },
      ),
      allowedHeaders: fc.uniqueArray(one("traceparent", "Content-Type", "*"), { maxLength: 2 }),
      maxAge: one("", "1s", "24h"),
    }),
  }),
  limits: some({
    ingestionRate: one("1Ki", "1M"),
    ingestionBurst: one("16Mi", "32Mi"),
    maxLiveTraces: fc.integer({ min: 100, max: 1_000_000 }),
    maxBytesPerTrace: fc.oneof(one("16Mi", "1Ki"), small),
    maxActiveSeries: fc.integer({ min: 100, max: 1_000_000 }),
  }),
  metricsGenerator: some({
    dimensions: fc.uniqueArray(one("http.route", "rpc.method", "db_system", "a-b"), { maxLength: 3 }),
    collectionInterval: one("1s", "15s", "5m"),
    maxSpanAge: one("30s", "12h", "1440m"),
    traceqlMetrics: one("recent", "retention"),
  }),
  storage: some({
    guard: one(true),
    image: one("busybox:20260131", "registry.example.com/busybox:1.37.0-uclibc"),
    resources: resources("24Mi"),
    adaptiveRetention: fc.boolean(),
    floor: one("1h", "24h"),
    shortenAtOnceTo: one("", "25h"),
  }),
  scrape: some({
    method: one("job", "annotations", "serviceMonitor", "none"),
    interval: one("5s", "1m"),
    labels,
    series: one({ tempo: { job: "tempo" }, guard: { job: "guard" } }, { kubelet: { namespace: "x", a: 'b"$' } }),
    alloyImage: one("registry.example.com/alloy:v1.18.1"),
    resources: resources("96Mi"),
  }),
  tailnet: maybe(
    fc
      .tuple(
        some({
          proxyGroup: one("", "ingress"),
          tags: one(["tag:k8s"], ["tag:a", "tag:b"]),
          queryHostname: one("tempo", "q"),
          otlpHostname: one("o", "tempo-otlp"),
          otlpGrpcHostname: one("", "grpc"),
          annotations,
          addressTimeout: one("1s", "10m"),
        }),
        one({}, { apiKey: CANARY }, { oauthClientId: CANARY, oauthClientSecret: CANARY }),
      )
      .map(([section, credentials]) => ({ domain: "tail8d86e.ts.net", ...section, ...credentials })),
  ),
  ingress: maybe(
    fc.record(
      {
        className: one("nginx", "traefik"),
        query: fc.record({ ...exposed, tlsSecret: one("", "tls") }, { requiredKeys: ["host"] }),
        otlp: fc.record(exposed, { requiredKeys: ["host"] }),
      },
      { requiredKeys: ["className", "query"] },
    ),
  ),
  httpRoute: maybe(
    fc.record(
      {
        gateway: dnsName,
        gatewayNamespace: one("", "gateways"),
        listener: one("", "https"),
        query: fc.record(exposed, { requiredKeys: ["host"] }),
        otlp: fc.record(exposed, { requiredKeys: ["host"] }),
      },
      { requiredKeys: ["gateway", "otlp"] },
    ),
  ),
  networkPolicy: maybe(
    fc.record(
      { query: peers, metrics: peers, otlp: peers, proxies: some({ namespace: word, labels }) },
      { requiredKeys: ["query", "otlp"] },
    ),
  ),
  collector: maybe(collector),
  sdk: maybe(
    fc.record({
      configMapName: dnsName,
      namespaces: fc.uniqueArray(
        fc.record(
          { namespace: word, cluster: one("tempo"), protocol: one("http", "grpc") },
          { requiredKeys: ["namespace", "cluster"] },
        ),
        { minLength: 1, maxLength: 2, selector: ({ namespace }) => namespace },
      ),
    }),
  ),
  caddy: maybe(
    fc.record(
      { hostname: host, upstream: one("https://up.example.net"), preferred: fc.boolean() },
      { requiredKeys: ["hostname", "upstream"] },
    ),
  ),
});

const grafana = fc
  .tuple(
    some({
      headers: fc.dictionary(one("CF-Access-Client-Secret", "X-A"), one(CANARY), { maxKeys: 2 }),
      folder: one("Traces & more", "ü $x"),
      uidPrefix: one("tempo", "T-1"),
      dashboards: fc.boolean(),
      tempo: made("tempo", 3200),
      loki: made("loki", 3100),
    }),
    one({}, { orgId: 2, auth: `admin:${CANARY}` }, { auth: `glsa_${CANARY}` }),
  )
  .map((parts) => Object.assign({ url: "https://grafana.example.com/sub" }, ...parts) as object);

const withPrometheus = fc
  .tuple(
    fc.record({ remoteWriteUrl, externalLabels, ...access }, { requiredKeys: ["remoteWriteUrl"] }),
    made("prometheus", 9090),
    some({
      contactPoint: one("", "ntfy ü"),
      runbookUrl: one("", "https://git.example.com/docs"),
      minimumRequests: one(1, 1_000_000),
      services: fc.uniqueArray(
        fc.record({ name: word, errorRatio: one(0.05, 1), latency: one("2s", "261s") }, { requiredKeys: ["name"] }),
        {
          maxLength: 2,
          selector: ({ name }) => name,
        },
      ),
    }),
    fc.boolean(),
  )
  .map(([prometheus, source, alerts, alloy]) => ({ prometheus, source, alerts, alloy }));

/** Stack files. */
export const rawSettings: fc.Arbitrary<RawSettings> = fc
  .tuple(settings, maybe(grafana), maybe(withPrometheus))
  .map(([common, dashboards, remote]) => ({
    kubeContext: "c",
    ...common,
    ...(remote && {
      prometheus: remote.prometheus,
      ...(remote.alloy && { scrape: { ...common.scrape, method: "alloy" } }),
    }),
    ...(dashboards && {
      grafana: { ...dashboards, ...(remote && { prometheus: remote.source, alerts: remote.alerts }) },
    }),
  }));

const MAY_BE_SECRET = ["prometheus", "tailnet", "grafana", "collector"];

/** As a stack of the name `dev`, whose sections with a secret are kept as secrets. */
export function stackOf(raw: RawSettings): StackConfig {
  const entries = Object.entries(raw).filter(([, value]) => value !== undefined);
  const values = Object.fromEntries(
    entries.map(([key, value]) => [`tempo:${key}`, typeof value === "string" ? value : JSON.stringify(value)]),
  );
  const secretKeys = MAY_BE_SECRET.map((key) => `tempo:${key}`).filter((key) => values[key]?.includes(CANARY) ?? false);
  return { project: "tempo", stack: "dev", values, secretKeys };
}

/** Whether the rules take them. @throws anything but a ConfigurationError */
export function isAccepted(raw: RawSettings): boolean {
  const { project, stack, values, secretKeys } = stackOf(raw);
  try {
    parseSettings(values, project, stack, (key) => secretKeys.includes(`${project}:${key}`));
    return true;
  } catch (error) {
    if (error instanceof ConfigurationError) return false;
    throw error;
  }
}

/** Keys of the schema that a stack file has. */
export const KEYS: readonly string[] = Object.keys(schema);

/** How many are tried, and from which beginning: SETTINGS_RUNS and SETTINGS_SEED of the environment. */
export const draw = {
  numRuns: Number(process.env["SETTINGS_RUNS"] ?? (FULL_RUN ? "15" : "10")),
  seed: Number(process.env["SETTINGS_SEED"] ?? "20261130"),
} as const;
