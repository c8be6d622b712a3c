import { fullName } from "../../components/contracts/endpoints";
import { grpcAddress, onTempoCluster } from "../../components/contracts/endpoints";
import { inClusterUrl, ports } from "../../components/contracts/ports";
import type { Finding, LooseSettings } from "../../components/contracts/rules";

/** Rules on URLs: each names a place where what is asked or sent there is answered. */
export function urls(settings: LooseSettings): Finding[] {
  const { prometheus, collector, grafana, tailnet } = settings;
  return [
    ...remoteWriteUrl("prometheus.remoteWriteUrl", prometheus?.remoteWriteUrl),
    ...remoteWriteUrl("collector.remoteWriteUrl", collector?.remoteWriteUrl),
    ...otlpEndpoint(settings),
    ...baseUrl("grafana.url", grafana?.url, /^(.*?)\/+(?:api|login|d|dashboards|explore|datasources)(?:\/.*)?$/),
    ...baseUrl("grafana.tempo.url", grafana?.tempo?.url, /^(.*?)\/+(?:api(?:\/.*)?|v1\/traces|ready|metrics)\/*$/),
    ...baseUrl("grafana.loki.url", grafana?.loki?.url, /^(.*?)\/+(?:loki(?:\/api.*)?|ready|metrics)\/*$/),
    ...baseUrl(
      "grafana.prometheus.url",
      grafana?.prometheus?.url,
      /^(.*?)\/+(?:api\/v1(?:\/.*)?|graph|query|metrics)\/*$/,
    ),
    ...baseUrl("tailnet.apiUrl", tailnet?.apiUrl, /^(.*?)\/+api\/v2\/*$/),
    ...baseUrl("caddy.adminUrl", settings.caddy?.adminUrl, /^(.*?)\/+(?:config|load|adapt|id)(?:\/.*)?$/),
    ...tempoUrl(settings),
  ];
}

/** The paths of those who receive, which are not one's own to guess. */
const RECEIVERS =
  "Prometheus and VictoriaMetrics have /api/v1/write, Mimir and Cortex /api/v1/push, Thanos /api/v1/receive";

/** Ends of paths that belong to something else than a receiver of remote writes. */
const NO_RECEIVER =
  /\/(?:api\/v1(?:\/(?:query|query_range|series|labels|read|otlp(?:\/.*)?|import(?:\/.*)?))?|graph|metrics|prometheus|api\/prom|loki\/api\/v1\/push|v1\/(?:traces|metrics|logs)|select\/.*)\/*$/;

/** Receivers that answer at the root: Logz.io's listeners. */
const AT_THE_ROOT = /^listener(?:-\w+)?\.logz\.io$/;

function remoteWriteUrl(key: string, url: string | undefined): Finding[] {
  if (url === undefined) return [];
  const { pathname, hostname, origin } = new URL(url);
  const found = JSON.stringify(url);
  if (/^\/+$/.test(pathname)) {
    if (AT_THE_ROOT.test(hostname)) return [];
    const message = `has no path, and nothing receives there. Write such as ${origin}/api/v1/write: ${RECEIVERS}`;
    return [{ key, found, message }];
  }
  if (!NO_RECEIVER.test(pathname)) return [];
  const message = `the path of something else than a receiver of remote writes. Write that of the receiver: ${RECEIVERS}`;
  return [{ key, found, message }];
}

/** What is added to a base URL must not stand in it already. @param tail what does, with what is before it in a group */
function baseUrl(key: string, url: string | undefined, tail: RegExp): Finding[] {
  if (url === undefined) return [];
  const { origin, pathname } = new URL(url);
  const [, before] = tail.exec(pathname) ?? [];
  if (before === undefined) return [];
  const message = `not a base URL: its path is added to it. Write ${origin}${before}`;
  return [{ key, found: JSON.stringify(url), message }];
}

/** The port of a URL as a text; the scheme's own is not written. */
function portOf(url: string): number | undefined {
  const [, port] = /^\w+:\/\/[^/]*:(\d+)(?:\/|$)/.exec(url) ?? [];
  return port === undefined ? undefined : Number(port);
}

/** Where a collector sends to. */
function otlpEndpoint(settings: LooseSettings): Finding[] {
  const { collector } = settings;
  const { endpoint: url, protocol } = collector ?? {};
  if (url === undefined) return [];
  const finding = (message: string): Finding[] => [{ key: "collector.endpoint", found: JSON.stringify(url), message }];
  const { origin, pathname, hostname } = new URL(url);
  const [, before] = /^(.*?)\/+v1(?:\/traces)?\/*$/.exec(pathname) ?? [];
  if (before !== undefined) return finding(`the path of OTLP is added to it. Write ${origin}${before}`);
  if (protocol === undefined) return [];
  const port = portOf(url);
  const [own, other] = protocol === "http" ? [ports.otlpHttp, "grpc"] : [ports.otlpGrpc, "http"];
  const others = protocol === "http" ? ports.otlpGrpc : ports.otlpHttp;
  if (port === others) {
    return finding(
      `${port} is the port of OTLP over ${other}, and protocol is ${protocol}. Write port ${own}, or protocol ${other}`,
    );
  }
  if (port === ports.http || port === ports.grpc || port === ports.guard) {
    return finding(`${port} is no port of Tempo's that takes spans. Write port ${own}`);
  }
  return [...atOwnService(settings, url, finding), ...atOwnName(settings, { hostname, protocol }, finding)];
}

type Report = (message: string) => Finding[];

/** Tempo's own Service has the two ports, without TLS. */
function atOwnService(settings: LooseSettings, url: string, finding: Report): Finding[] {
  const { name, namespace, collector } = settings;
  if (name === undefined || namespace === undefined || !collector || !onTempoCluster(settings, collector)) return [];
  const { hostname, protocol } = new URL(url);
  const names = [`${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`];
  if (!names.includes(hostname)) return [];
  const isGrpc = collector.protocol === "grpc";
  const right = inClusterUrl({ name, namespace }, isGrpc ? ports.otlpGrpc : ports.otlpHttp);
  const address = isGrpc ? grpcAddress(url) : `${hostname}:${portOf(url) ?? 80}`;
  if (protocol === "http:" && address.endsWith(`:${new URL(right).port}`)) return [];
  return finding(`Tempo's own Service, which has another port and no TLS. Write ${right}, or leave it out`);
}

/** Each name on the tailnet serves one port. */
function atOwnName(
  { tailnet }: LooseSettings,
  { hostname, protocol }: { hostname: string; protocol: "http" | "grpc" },
  finding: Report,
): Finding[] {
  const { domain, queryHostname, otlpHostname, otlpGrpcHostname } = tailnet ?? {};
  if (domain === undefined) return [];
  const nameOf = (label: string | undefined) => (label === undefined ? undefined : fullName(label, { domain }));
  const wrong = [queryHostname, protocol === "http" ? otlpGrpcHostname : otlpHostname].map(nameOf);
  if (!wrong.includes(hostname)) return [];
  const right = nameOf(protocol === "http" ? otlpHostname : otlpGrpcHostname);
  return finding(
    `a name of Tempo's on the tailnet that takes no OTLP over ${protocol}. ` +
      (right === undefined ? "Write tailnet.otlpGrpcHostname, and its name here" : `Write https://${right}`),
  );
}

/** Where Grafana asks Tempo. */
function tempoUrl({ grafana, tailnet }: LooseSettings): Finding[] {
  const url = grafana?.tempo?.url;
  if (url === undefined) return [];
  const finding = (message: string): Finding[] => [{ key: "grafana.tempo.url", found: JSON.stringify(url), message }];
  const port = portOf(url);
  if (port === ports.otlpHttp || port === ports.otlpGrpc) {
    return finding(`${port} takes spans and answers no query. Write port ${ports.http}`);
  }
  const { domain, otlpHostname, otlpGrpcHostname } = tailnet ?? {};
  if (domain === undefined) return [];
  const labels = [otlpHostname, otlpGrpcHostname].flatMap((label) => (label === undefined ? [] : [label]));
  if (!labels.some((label) => fullName(label, { domain }) === new URL(url).hostname)) return [];
  return finding("a name for OTLP, which answers no query. Write the one for queries, tailnet.queryHostname");
}
