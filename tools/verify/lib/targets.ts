import { matches } from "../../../components/grafana/queries/promql";
import { ownSeries, type Own } from "../../../components/grafana/queries/own";
import { scrapeTargets, type ScrapeTarget } from "../../../components/monitoring/targets";
import { renderOutputs } from "../../../stack/outputs";
import type { GrafanaHeaders } from "../../../components/grafana/api/live";
import { DEFAULT_TEMPO } from "../../../components/versions";
import type { Settings } from "../../../components/contracts/settings";
import type { Arguments, SourceKind } from "./arguments";

/** What is asked and sent to, and where each comes from. */
export interface Targets {
  /** How Prometheus' series of this Tempo are told from others'. */
  readonly own: Own;
  /** Absent: a Tempo that is known by its URLs only. */
  readonly deployment?: Deployment;
  readonly query: Place;
  readonly otlp: Place | Missing;
  readonly otlpGrpc: Place | Missing;
  readonly prometheus: Place | Missing;
  readonly grafana: GrafanaPlace | Missing;
  readonly orgId?: string;
}

export interface Place {
  readonly url: URL;
  /** Who said so: the option or the setting. */
  readonly from: string;
  /** Nobody asked for it, so a name that is not known here is no fault. */
  readonly optional?: true;
}

export interface Missing {
  /** Why it is skipped, and what to write to have it checked. */
  readonly missing: string;
}

export interface GrafanaPlace extends Place {
  /** A token or user:password. */
  readonly auth: string;
  /** What is sent besides: the organisation, and headers for what stands in front of it. */
  readonly further: GrafanaHeaders;
  /** Data sources by uid; absent: found by their type. */
  readonly uids: Readonly<Partial<Record<SourceKind, string>>>;
  /** Data sources that the stack does not have are not looked for. */
  readonly without: Readonly<Partial<Record<SourceKind, string>>>;
}

/** What the settings of a stack say about the deployment. */
export interface Deployment {
  readonly stack: string;
  /** Kubeconfig context; absent: the current one. */
  readonly context?: string;
  readonly namespace: string;
  /** Of the StatefulSet and the Service. */
  readonly name: string;
  readonly guard: boolean;
  readonly adaptiveRetention: boolean;
  readonly scrape: Settings["scrape"]["method"];
  readonly scraped: readonly ScrapeTarget[];
  /** Where the generator sends its series; absent: it makes none. */
  readonly remoteWriteUrl?: string;
}

/** Whether something is there to be checked. */
export function isMissing(target: object): target is Missing {
  return "missing" in target;
}

/** Of a Tempo that is known by its URLs only nobody can say which series are its own. */
const ANYBODYS: Own = {
  version: DEFAULT_TEMPO,
  tempo: [],
  guard: [],
  kubelet: [matches("persistentvolumeclaim", ".*tempo.*")],
  spans: [],
};

/** The environment variable with Grafana's credential. */
export const AUTH_VARIABLE = "GRAFANA_AUTH";

/** As Grafana's provider takes them: a JSON object. */
export const HEADERS_VARIABLE = "GRAFANA_HTTP_HEADERS";

type Headers = Readonly<Record<string, string>>;

/** What stands for a secret of the stack file, which only an engine can decrypt. */
type Secret = string;

/**
 * The targets of a run.
 * @param settings the stack's, where one is named
 * @param auth $GRAFANA_AUTH
 * @param headers $GRAFANA_HTTP_HEADERS
 * @param secret how an encrypted setting reads
 * @param owner value of the stack's owner label
 */
export function targetsOf(
  words: Pick<Arguments, "stack" | "urls" | "uids" | "orgId">,
  settings: Settings | undefined,
  auth: string | undefined,
  secret: Secret,
  owner: string,
  headers: Headers = {},
): Targets {
  const { urls, orgId, stack } = words;
  const outputs = settings && renderOutputs(settings, stack ?? "");
  const from = `stack ${stack ?? ""}`;
  const query = urls.query
    ? { url: urls.query, from: "--query-url" }
    : { url: new URL(outputs?.queryUrl ?? "http://localhost:3200"), from };
  const otlp = urls.otlp
    ? { url: urls.otlp, from: "--otlp-url" }
    : outputs
      ? { url: new URL(outputs.otlpUrl), from }
      : { missing: "no --otlp-url is given" };
  const otlpGrpc = urls.otlpGrpc
    ? { url: urls.otlpGrpc, from: "--otlp-grpc-url" }
    : outputs
      ? outputs.otlpGrpcUrl === ""
        ? { url: new URL(outputs.otlpGrpcEndpoint), from, optional: true as const }
        : { url: new URL(outputs.otlpGrpcUrl), from }
      : { missing: "no --otlp-grpc-url is given" };
  return {
    own: settings ? ownSeries(settings, owner) : ANYBODYS,
    ...(settings && { deployment: deploymentOf(stack ?? "", settings) }),
    query,
    otlp,
    otlpGrpc,
    prometheus: prometheusOf(words, settings),
    grafana: grafanaOf(words, settings, { auth, headers }, secret),
    ...(orgId !== undefined && { orgId }),
  };
}

function deploymentOf(stack: string, settings: Settings): Deployment {
  const { name, namespace, kubeContext, storage, scrape, prometheus } = settings;
  return {
    stack,
    ...(kubeContext !== undefined && { context: kubeContext }),
    namespace,
    name,
    guard: storage.guard,
    adaptiveRetention: storage.adaptiveRetention,
    scrape: scrape.method,
    scraped: scrapeTargets(settings),
    ...(prometheus && { remoteWriteUrl: prometheus.remoteWriteUrl }),
  };
}

/** The Prometheus itself; where it is not known, Grafana's proxy is tried (run.ts). */
function prometheusOf({ urls }: Pick<Arguments, "urls">, settings: Settings | undefined): Place | Missing {
  if (urls.prometheus) return { url: urls.prometheus, from: "--prometheus-url" };
  if (!settings) return { missing: "no --prometheus-url and no --grafana-url is given" };
  if (!settings.prometheus) {
    return { missing: "the setting prometheus is absent, so there are no metrics of spans: give --prometheus-url" };
  }
  // A receiver's path ends like this, Prometheus' own and most others'.
  const base = /^(.*)\/api\/v1\/(?:write|push)$/.exec(settings.prometheus.remoteWriteUrl)?.[1];
  if (base === undefined) return { missing: "give --prometheus-url: prometheus.remoteWriteUrl is no Prometheus'" };
  return { url: new URL(base), from: "prometheus.remoteWriteUrl", optional: true };
}

function grafanaOf(
  { urls, uids }: Pick<Arguments, "urls" | "uids">,
  settings: Settings | undefined,
  environment: { readonly auth: string | undefined; readonly headers: Headers },
  secret: Secret,
): GrafanaPlace | Missing {
  const { grafana } = settings ?? {};
  const url = urls.grafana ?? (grafana && new URL(grafana.url));
  if (!url) return { missing: settings ? "the setting grafana is absent" : "no --grafana-url is given" };
  const from = urls.grafana ? "--grafana-url" : "grafana.url";
  const configured = grafana?.auth === secret ? undefined : grafana?.auth;
  // A credential of the settings belongs to the Grafana of the settings.
  const auth = environment.auth ?? (urls.grafana ? undefined : configured);
  if (auth === undefined) {
    return {
      missing:
        `no credential: put the token of a service account with the role Admin into $${AUTH_VARIABLE}` +
        (grafana?.auth === secret ? " (that of grafana.auth is encrypted: pulumi config get --path grafana.auth)" : ""),
    };
  }
  const ofSettings = urls.grafana ? {} : (grafana?.headers ?? {});
  const headers: Headers = { ...ofSettings, ...environment.headers };
  const unknown = Object.keys(headers).filter((name) => headers[name] === secret);
  if (unknown.length > 0) {
    return {
      missing:
        `${unknown.map((name) => `grafana.headers.${name}`).join(", ")} is encrypted: put the headers into ` +
        `$${HEADERS_VARIABLE}, as JSON (pulumi config get --path grafana.headers)`,
    };
  }
  const orgId = urls.grafana ? undefined : grafana?.orgId;
  const known = (["tempo", "loki", "prometheus"] as const).map((kind) => [kind, grafana?.[kind]?.uid] as const);
  return {
    url,
    from,
    auth,
    further: { headers, ...(orgId !== undefined && { orgId }) },
    uids: { ...Object.fromEntries(known.filter(([, one]) => one !== undefined)), ...uids },
    without: Object.fromEntries(
      known
        .filter(([kind, one]) => grafana && one === undefined && uids[kind] === undefined)
        .map(([kind]) => [kind, `the setting grafana.${kind} is absent`]),
    ),
  };
}
