import { notFound } from "../lib/causes";
import { linkFromLog } from "../lib/derivedFields";
import { formatDuration } from "../lib/evidence";
import { Grafana, proxyPath, type DataSource } from "../lib/grafana";
import { furtherHeaders } from "../../../components/grafana/api/live";
import { authorization, jsonOf, oneLine, shownUrl, type Answer } from "../lib/http";
import { olderTracePath, tracePath } from "../lib/tempo";
import type { GrafanaPlace } from "../lib/targets";
import { logLines, type VerifyTrace } from "../lib/trace";
import { CheckFailure, type Explanation } from "../lib/failure";
import { Late } from "../lib/wait";
import { Skip, type Context, type Passed } from "./context";
import { missingOf } from "./queries";
import type { Acknowledged } from "./sending";

/** The Grafana of a run. */
export class Dashboards {
  private readonly grafana: Grafana;
  /** The data sources, once they were read. */
  sources: readonly DataSource[] = [];

  constructor(
    private readonly context: Context,
    readonly place: GrafanaPlace,
  ) {
    this.grafana = new Grafana(context.endpoint(place, { headers: this.headers }), context.party("grafana", place));
  }

  get headers(): Record<string, string> {
    const { auth, further } = this.place;
    return { ...furtherHeaders(further), ...(auth !== "anonymous" && authorization(auth)) };
  }

  /** Reads the data sources. @throws CheckFailure */
  async open(seen: (text: string) => void): Promise<void> {
    this.sources = await this.context.until(() => this.grafana.dataSources(), { seen });
  }

  /** @throws CheckFailure, or Skip where the stack has none */
  find(kind: "tempo" | "loki" | "prometheus"): DataSource {
    const { uids, without } = this.place;
    const why = without[kind];
    if (why !== undefined) throw new Skip(why);
    return Grafana.find(this.sources, kind, uids[kind]);
  }

  /** The data source of Tempo, and its own test. */
  async dataSource(seen: (text: string) => void): Promise<Passed> {
    const began = Date.now();
    const source = this.find("tempo");
    await this.context.until(
      async () => {
        const health = await this.grafana.health(source.uid);
        if (health?.ok === true) return;
        if (health) throw this.unreached(source, `its own test says: ${oneLine(health.message) || "ERROR"}`);
        // No test of its own: the one that its page did before there was one.
        const echo = await this.grafana.proxy(source.uid, "/api/echo");
        if (echo.status !== 200 || echo.text.trim() !== "echo") {
          throw this.unreached(source, `through Grafana it answers ${echo.status}: ${messageIn(echo)}`);
        }
      },
      { seen },
    );
    return { what: `${source.uid} ("${source.name}") at ${urlOf(source)} is well`, took: Date.now() - began };
  }

  private unreached(source: DataSource, what: string): CheckFailure {
    return new CheckFailure(`the data source ${source.uid} ("${source.name}") at ${urlOf(source)}: ${what}`, {
      ...this.wrongUrl(source),
    });
  }

  private wrongUrl({ uid, jsonData }: DataSource): Pick<Explanation, "causes" | "more"> {
    const { deployment } = this.context.targets;
    const url = deployment && `http://${deployment.name}.${deployment.namespace}.svc.cluster.local:3200`;
    const streaming = (jsonData?.["streamingEnabled"] as { search?: unknown } | undefined)?.search === true;
    return {
      causes: [
        `Grafana does not reach Tempo there: a wrong URL, or a NetworkPolicy (networkPolicy.query)${url === undefined ? "" : `; in the cluster it is ${url}`}.`,
        ...(streaming
          ? [
              "Its searches are streamed, for which Tempo needs stream_over_http_enabled, and a proxy in between HTTP/2.",
            ]
          : []),
      ],
      more: this.context.commands.grafana(`/api/datasources/uid/${uid}/health`),
    };
  }

  /** This trace by its ID, through Grafana. */
  async trace({ trace, at }: Acknowledged, seen: (text: string) => void): Promise<Passed> {
    const { context, grafana } = this;
    const source = this.find("tempo");
    const wrong = (answer: Answer): CheckFailure => {
      const what = `through Grafana it answers ${answer.status}: ${messageIn(answer)}`;
      if (!/no org id/i.test(answer.text)) return this.unreached(source, what);
      return new CheckFailure(`the data source ${source.uid} ("${source.name}"): ${what}`, {
        causes: [
          "Tempo has multi-tenancy on, and the data source sends no header X-Scope-OrgID (grafana.tempo.httpHeaders).",
        ],
        lasting: true,
      });
    };
    try {
      await context.until(
        async () => {
          const newer = await grafana.proxy(source.uid, tracePath(trace.id));
          const answer = newer.status === 404 ? await grafana.proxy(source.uid, olderTracePath(trace.id)) : newer;
          return missingOf(answer, trace.id, trace.spanIds, wrong) ?? true;
        },
        { seen },
      );
    } catch (error) {
      if (!(error instanceof Late)) throw error;
      const { commands, found } = context;
      const elsewhere = found.has(trace.id)
        ? this.asksAnother(source, trace.id)
        : notFound({ evidence: await context.evidence(trace.spans.length), commands });
      throw new CheckFailure(
        `${error.seen} through the data source ${source.uid}, ${formatDuration(Date.now() - at)} after it was acknowledged`,
        { ...elsewhere },
      );
    }
    return { what: `through the data source ${source.uid}`, took: Date.now() - at };
  }

  /** The query URL has it. */
  private asksAnother(source: DataSource, id: string): Pick<Explanation, "causes" | "more"> {
    const { commands, targets } = this.context;
    return {
      causes: [
        `The data source asks another Tempo than the query URL (${shownUrl(targets.query.url)}), where it is found: its URL is ${urlOf(source)}.`,
        "Or it has another tenant (its header X-Scope-OrgID).",
      ],
      more: [
        ...commands.grafana(`/api/datasources/uid/${source.uid}`),
        ...commands.grafana(`${proxyPath(source.uid)}${tracePath(id)}`),
      ],
    };
  }

  /** From a log line of this trace to the trace. Nothing is written to Loki. */
  derivedField(trace: VerifyTrace): Passed {
    const began = Date.now();
    const loki = this.find("loki");
    const lines = logLines(trace);
    // Where Tempo's own data source is missing, that is another check's finding.
    const tempo = this.place.uids.tempo;
    try {
      const what = linkFromLog(loki, lines, trace.id, { tempo, sources: this.sources });
      return { what, took: Date.now() - began };
    } catch (error) {
      if (!(error instanceof CheckFailure)) throw error;
      const { deployment } = this.context.targets;
      throw new CheckFailure(error.what, {
        causes: [
          ...error.causes,
          ...(deployment
            ? [
                "This stack writes two fields that do (docs/decisions/trace-links.md): pulumi up, or what the output grafanaProvisioning says into the provisioning file.",
              ]
            : ["docs/decisions/trace-links.md has fields that find the ID in every spelling."]),
        ],
        more: [
          ...this.context.commands
            .grafana(`/api/datasources/uid/${loki.uid}`)
            .map((one) => `${one} | jq .jsonData.derivedFields`),
          ...(deployment
            ? [`pulumi stack output grafanaProvisioning --json --stack ${deployment.stack} | jq -r .loki`]
            : []),
        ],
        lasting: true,
      });
    }
  }
}

function urlOf({ url }: DataSource): string {
  return url !== undefined && URL.canParse(url) ? shownUrl(new URL(url)) : (url ?? "no URL");
}

/** Messages of Grafana's proxy stand in JSON. */
function messageIn(answer: Answer): string {
  const body = jsonOf(answer);
  const message = typeof body === "object" && body !== null && "message" in body ? body.message : undefined;
  return oneLine(typeof message === "string" && message !== "" ? message : answer.text) || "no more than that";
}
