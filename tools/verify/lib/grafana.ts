import type { SourceKind } from "./arguments";
import { identify } from "./identify";
import { jsonOf, NoAnswer, type Answer, type Endpoint } from "./http";
import { answerTrouble, silenceTrouble, CheckFailure, type Party } from "./failure";

/** A data source as Grafana tells of it. */
export interface DataSource {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly url?: string;
  readonly isDefault?: boolean;
  readonly jsonData?: Readonly<Record<string, unknown>>;
}

const LIST = "/api/datasources";

/** Reads from Grafana's HTTP API; nothing is ever written. */
export class Grafana {
  constructor(
    readonly endpoint: Endpoint,
    private readonly party: Party,
  ) {}

  /** @throws CheckFailure */
  async dataSources(): Promise<readonly DataSource[]> {
    const answer = await this.get(LIST);
    const list = jsonOf(answer);
    if (answer.status === 200 && Array.isArray(list)) return list as readonly DataSource[];
    const found = await identify(this.endpoint, "grafana");
    throw answerTrouble(answer, this.party, found);
  }

  /**
   * The data source of a kind: by its uid, else the only one of its type, else the default one.
   * @throws CheckFailure that says which there are
   */
  static find(sources: readonly DataSource[], kind: SourceKind, uid: string | undefined): DataSource {
    const ofType = sources.filter(({ type }) => type === kind);
    const list = ofType.map((one) => `${one.uid} ("${one.name}")`).join(", ");
    const has = ofType.length === 0 ? `Grafana has none of the type ${kind}.` : `Of the type ${kind} it has ${list}.`;
    if (uid !== undefined) {
      const found = sources.find((one) => one.uid === uid);
      if (!found) {
        throw new CheckFailure(`Grafana has no data source with the uid ${uid}`, {
          causes: [
            `${has} Where it comes from a provisioning file, the file may lack the uid; dashboards and links ask for ${uid}.`,
          ],
          lasting: true,
        });
      }
      if (found.type === kind) return found;
      throw new CheckFailure(`the data source ${uid} ("${found.name}") is of the type ${found.type}, not ${kind}`, {
        causes: [`The uid belongs to another data source. ${has}`],
        lasting: true,
      });
    }
    const [only, second] = ofType;
    const found =
      ofType.find((one) => one.uid === kind) ??
      ofType.find((one) => one.isDefault === true) ??
      (second ? undefined : only);
    if (found) return found;
    throw new CheckFailure(
      second ? `Grafana has several data sources of the type ${kind}: ${list}` : has.slice(0, -1),
      {
        causes: second ? [`Say which one is meant: --${kind}-uid UID.`] : [],
        lasting: true,
      },
    );
  }

  /** What the data source's own test says; undefined where its plugin has none. @throws CheckFailure */
  async health(uid: string): Promise<{ readonly ok: boolean; readonly message: string } | undefined> {
    const answer = await this.get(`/api/datasources/uid/${uid}/health`);
    const body = (jsonOf(answer) ?? {}) as { status?: unknown; message?: unknown };
    const message = typeof body.message === "string" ? body.message : "";
    if (body.status === "OK" || body.status === "ERROR") return { ok: body.status === "OK", message };
    // Plugins without a test of their own: 404 with "plugin.notImplemented" or the like.
    if (answer.status === 404 || answer.status === 501) return undefined;
    if (answer.status === 400 || answer.status >= 500)
      return { ok: false, message: message || `status ${answer.status}` };
    throw answerTrouble(answer, this.party);
  }

  /** A request through Grafana to the data source's server. @throws CheckFailure when Grafana itself does not answer */
  proxy(uid: string, path: string): Promise<Answer> {
    return this.get(`${proxyPath(uid)}${path}`);
  }

  private async get(path: string): Promise<Answer> {
    try {
      return await this.endpoint.get(path);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (error.silence !== "timeout" || path === LIST) throw silenceTrouble(error, this.party);
      throw new CheckFailure(`Grafana does not answer ${path}: ${error.message}`, {
        causes: [
          "Grafana answers otherwise, so it waits itself: what the data source's URL leads to hangs, or a NetworkPolicy drops what Grafana sends there.",
        ],
      });
    }
  }
}

export function proxyPath(uid: string): string {
  return `/api/datasources/proxy/uid/${uid}`;
}
