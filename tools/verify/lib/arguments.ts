import { parseDuration } from "../../../lib/schema/duration";
import { httpUrl, parseArguments, ArgumentsError, type Kind } from "../../lib/parseArguments";

/** The words of `npm run verify`. */
export const USAGE = `npm run verify -- --stack NAME | --query-url URL --otlp-url URL   [OPTION ...]

  --stack NAME           the stack whose settings say where everything is: its Pulumi.NAME.yaml
  --query-url URL        Tempo's query API, such as https://tempo.example.ts.net or http://localhost:3200
  --otlp-url URL         where OTLP over HTTP is sent, such as http://localhost:4318
  --otlp-grpc-url URL    where OTLP over gRPC is sent, such as http://localhost:4317 (https:// for TLS)
  --prometheus-url URL   the Prometheus with Tempo's metrics; without it, it is asked through Grafana
  --grafana-url URL      the Grafana; its credential is $GRAFANA_AUTH: a service account's token or user:password
  --tempo-uid UID        uid of Tempo's data source in Grafana; --loki-uid and --prometheus-uid likewise
  --org-id TENANT        is sent to Tempo as X-Scope-OrgID, for one with multi-tenancy
  --timeout TIME         how long all of it may take, 10s to 1h (default: 3m)
  --json                 the result as JSON on standard output

A URL that is given counts more than the stack's. What is neither given nor configured is skipped.
Exit status: 0 everything passed or was skipped, 1 a check failed, 2 its arguments are invalid, 130 interrupted.`;

/** The data sources of Grafana that are looked at. */
export const SOURCES = ["tempo", "loki", "prometheus"] as const;
export type SourceKind = (typeof SOURCES)[number];

export interface Arguments {
  readonly help: boolean;
  readonly json: boolean;
  /** Milliseconds. */
  readonly timeout: number;
  readonly stack?: string;
  readonly urls: Urls;
  readonly uids: Readonly<Partial<Record<SourceKind, string>>>;
  readonly orgId?: string;
}

/** What was given as a URL. */
export interface Urls {
  readonly query?: URL;
  readonly otlp?: URL;
  readonly otlpGrpc?: URL;
  readonly prometheus?: URL;
  readonly grafana?: URL;
}

/** Milliseconds: three minutes hold two collections of metrics, two scrapes and the patience for each. */
const DEFAULT_TIMEOUT = 180_000;

const uid: Kind<string> = {
  read: (text) => (/^[\w-]{1,40}$/.test(text) ? text : undefined),
  write: "a data source's uid: at most 40 letters, digits, - and _",
};

const kinds = {
  stack: { read: (text: string) => text || undefined, write: "the NAME of a Pulumi.NAME.yaml" },
  "query-url": httpUrl("http://localhost:3200"),
  "otlp-url": withoutPath(httpUrl("http://localhost:4318"), "/v1/traces"),
  "otlp-grpc-url": {
    // A path and credentials have no place in gRPC's addresses.
    read: (text: string) => (/^https?:\/\/[^/?#@]+\/?$/.test(text) && URL.canParse(text) ? new URL(text) : undefined),
    write: "http://HOST:PORT, or https://HOST:PORT for TLS, such as http://localhost:4317",
  },
  "prometheus-url": httpUrl("http://localhost:9090"),
  "grafana-url": {
    read: (text: string) => {
      const url = httpUrl("").read(text);
      return url?.username === "" ? url : undefined;
    },
    write: "an http:// or https:// URL, such as https://grafana.example.com, and the credential into $GRAFANA_AUTH",
  },
  "tempo-uid": uid,
  "loki-uid": uid,
  "prometheus-uid": uid,
  "org-id": {
    read: (text: string) => (/^[\w!.*'()|-]{1,150}$/.test(text) ? text : undefined),
    write: "a tenant of Tempo: letters, digits and !-_.*'()|",
  },
  timeout: {
    read: (text: string) => {
      const ms = parseDuration(text)?.ms;
      return ms !== undefined && ms >= 10_000 && ms <= 3_600_000 ? ms : undefined;
    },
    write: "a time from 10s to 1h, such as 3m",
  },
} as const;

/** The base of a URL that was given with the path that is added to it. */
function withoutPath(kind: Kind<URL>, path: string): Kind<URL> {
  return {
    ...kind,
    read: (text) => {
      const url = kind.read(text);
      if (url) url.pathname = url.pathname.replace(new RegExp(`${path}/?$`), "/");
      return url;
    },
  };
}

/**
 * Parses the command's arguments.
 * @throws ArgumentsError with everything that is wrong, and what to write
 */
export function readArguments(words: readonly string[]): Arguments {
  const given = parseArguments(words, kinds, ["json", "help"]);
  const urls = present({
    query: given["query-url"],
    otlp: given["otlp-url"],
    otlpGrpc: given["otlp-grpc-url"],
    prometheus: given["prometheus-url"],
    grafana: given["grafana-url"],
  });
  const { stack, "org-id": orgId, help = false } = given;
  if (!help && stack === undefined) checkUrls(urls);
  return {
    help,
    json: given.json ?? false,
    timeout: given.timeout ?? DEFAULT_TIMEOUT,
    ...present({ stack, orgId }),
    urls,
    uids: present({ tempo: given["tempo-uid"], loki: given["loki-uid"], prometheus: given["prometheus-uid"] }),
  };
}

/** Without a stack nothing says where Tempo is. */
function checkUrls({ query, otlp, otlpGrpc }: Urls): void {
  const problems: string[] = [];
  if (!query) problems.push("--query-url: missing. Write it, or --stack NAME");
  if (!otlp && !otlpGrpc) problems.push("--otlp-url or --otlp-grpc-url: missing. Write one, or --stack NAME");
  if (problems.length > 0) throw new ArgumentsError(problems.join("\n"));
}

/** Without what is undefined. */
function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
