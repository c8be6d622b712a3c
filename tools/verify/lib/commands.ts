import type { TempoMetrics } from "../../../components/contracts/tempoVersion";
import { GUARD_METRICS_PATH, ports } from "../../../components/contracts/ports";
import { isOpenToReaders } from "../../../components/contracts/openPaths";
import { shownUrl } from "./http";
import type { Check } from "./report";
import { AUTH_VARIABLE, isMissing, type Targets } from "./targets";

/** Commands that tell more, with the names of the stack, or as much as is known without one. */
export class Commands {
  constructor(private readonly targets: Targets) {}

  /** `kubectl …` in the stack's namespace; nothing without a stack. */
  kubectl(command: string): string[] {
    const { deployment } = this.targets;
    if (!deployment) return [];
    const context = deployment.context === undefined ? "" : ` --context ${quote(deployment.context)}`;
    return [`kubectl${context} -n ${deployment.namespace} ${command}`];
  }

  /** Lines of Tempo's log. @param pattern of grep. */
  tempoLog(pattern: string): string[] {
    return this.log("tempo", `| grep -iE ${quote(pattern)}`);
  }

  guardLog(): string[] {
    return this.targets.deployment?.guard === true ? this.log("guard", "| tail -20") : [];
  }

  private log(container: string, filter: string): string[] {
    return this.kubectl(`logs ${this.pod} -c ${container} --since=15m ${filter}`);
  }

  describePod(): string[] {
    return this.kubectl(`describe pod ${this.pod}`);
  }

  /** What is on the volume and how full it is, from within the pod: Tempo's image has no shell, the guard's has. */
  volume(): string[] {
    const { deployment } = this.targets;
    return deployment?.guard === true ? this.kubectl(`exec ${this.pod} -c guard -- df -k /var/tempo`) : [];
  }

  /** Makes Tempo's ports reachable on this machine. */
  forward(): string[] {
    const { deployment } = this.targets;
    if (!deployment) return [];
    const { http, otlpHttp, otlpGrpc } = ports;
    return [
      ...this.kubectl(
        `port-forward service/${deployment.name} ${http}:${http} ${otlpHttp}:${otlpHttp} ${otlpGrpc}:${otlpGrpc}`,
      ),
      `npm run verify -- --stack ${quote(deployment.stack)} --query-url http://localhost:${http} ` +
        `--otlp-url http://localhost:${otlpHttp} --otlp-grpc-url http://localhost:${otlpGrpc}`,
    ];
  }

  /** GET of Tempo's query port; of what leaves the cluster by no door, through the API server. */
  tempo(path: string, filter = ""): string[] {
    const { query, orgId, deployment } = this.targets;
    if (deployment && query.from === `stack ${deployment.stack}` && !isOpenToReaders(path)) {
      const { namespace, name } = deployment;
      const proxy = `/api/v1/namespaces/${namespace}/services/${name}:${ports.http}/proxy${path}`;
      return this.kubectl(`get --raw ${quote(proxy)}${filter}`);
    }
    const tenant = orgId === undefined ? "" : ` -H 'X-Scope-OrgID: ${orgId}'`;
    return [`curl -sS${tenant} ${quote(`${shownUrl(query.url)}${path}`)}${filter}`];
  }

  /** What Tempo counts. */
  counters(...counted: readonly Exclude<keyof TempoMetrics, "rings">[]): string[] {
    return this.countersLike(counted.flatMap((each) => this.targets.own.version.metrics[each] ?? []).join("|"));
  }

  /** The same of what others count in its process. */
  countersLike(pattern: string): string[] {
    return this.tempo("/metrics", ` | grep -E ${quote(`^(${pattern})`)}`);
  }

  /** The guard's page, from here through the API server. */
  guardPage(): string[] {
    const { deployment } = this.targets;
    if (deployment?.guard !== true) return [];
    const { namespace, name } = deployment;
    const proxy = `/api/v1/namespaces/${namespace}/services/${name}-guard:${ports.guard}/proxy${GUARD_METRICS_PATH}`;
    return this.kubectl(`get --raw ${proxy} | grep -v '^#'`);
  }

  grafana(path: string): string[] {
    const { grafana } = this.targets;
    if (isMissing(grafana)) return [];
    const credential = grafana.auth.includes(":")
      ? `-u "$${AUTH_VARIABLE}"`
      : `-H "Authorization: Bearer $${AUTH_VARIABLE}"`;
    return [`curl -sS ${credential} ${quote(`${shownUrl(grafana.url)}${path}`)}`];
  }

  /** A question to Prometheus: directly, or through Grafana's data source `uid`. */
  prometheus(path: string, query: Readonly<Record<string, string>> = {}, uid?: string): string[] {
    const words = Object.entries(query)
      .map(([name, value]) => ` --data-urlencode ${quote(`${name}=${value}`)}`)
      .join("");
    const target = this.targets.prometheus;
    const ask = uid === undefined ? [] : this.grafana(`/api/datasources/proxy/uid/${uid}${path}`);
    if (uid === undefined && !isMissing(target)) ask.push(`curl -sS ${quote(`${shownUrl(target.url)}${path}`)}`);
    return ask.map((command) => (words === "" ? command : command.replace("curl -sS", "curl -sS -G") + words));
  }

  /** What a check asks, asked by hand: for a failure of which nothing better is known. */
  byHand(check: Check): string[] {
    const { otlp, otlpGrpc } = this.targets;
    switch (check) {
      case "otlpHttp":
        return isMissing(otlp) ? [] : [`curl -sSi -X POST ${quote(`${shownUrl(otlp.url)}/v1/traces`)} | head -20`];
      case "otlpGrpc":
        return isMissing(otlpGrpc) ? [] : [`curl -sSv --http2-prior-knowledge ${quote(`${shownUrl(otlpGrpc.url)}/`)}`];
      case "queryApi":
      case "byId":
      case "byIdGrpc":
      case "search":
        return this.tempo("/status");
      case "grafana":
      case "grafanaTrace":
      case "derivedField":
        return this.grafana("/api/datasources");
      default:
        return this.prometheus("/api/v1/status/flags");
    }
  }

  private get pod(): string {
    return `${this.targets.deployment?.name ?? "tempo"}-0`;
  }
}

/** A word of a shell. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
