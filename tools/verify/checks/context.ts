import type { Clock } from "../lib/clock";
import type { Commands } from "../lib/commands";
import { gather, SINGLE_TENANT, type Evidence } from "../lib/evidence";
import { Endpoint, type EndpointOptions } from "../lib/http";
import { Tempo, type Metrics } from "../lib/tempo";
import type { GrafanaPlace, Place, Targets } from "../lib/targets";
import type { Party, Part } from "../lib/failure";
import type { Times } from "../lib/times";
import { until, type NotYet, type Waiting } from "../lib/wait";

/** What a check that passed has found. */
export interface Passed {
  readonly what: string;
  /** Milliseconds from the acknowledgement until it was visible; of a check without one how long it took. */
  readonly took?: number;
}

/** A check that has nothing to look at. */
export class Skip extends Error {
  override readonly name = "Skip";
}

/** What all checks of a run share. */
export class Context {
  readonly tempo: Tempo;
  /** A trace is on its way: what is looked at from now on was not before it. */
  sending = false;
  /** What Tempo had counted before that; undefined where it was not to be known by then. */
  before: Metrics | undefined;
  /** IDs of the traces that were found by them. */
  readonly found = new Set<string>();
  /** A trace was found and is gone: the cause of whatever else does not come. */
  lost = false;
  private gathered: { readonly at: number; readonly evidence: Promise<Evidence> } | undefined;

  constructor(
    readonly targets: Targets,
    readonly commands: Commands,
    readonly clock: Clock,
    readonly signal: AbortSignal,
    /** Milliseconds of the epoch until which something is waited for; what is said then comes after it. */
    readonly deadline: number,
    readonly times: Times,
  ) {
    const { orgId } = targets;
    const headers = orgId === undefined ? {} : { "X-Scope-OrgID": orgId };
    this.tempo = new Tempo(this.endpoint(targets.query, { headers, clock }));
  }

  endpoint({ url }: Place, options: Partial<EndpointOptions> = {}): Endpoint {
    return new Endpoint(url, { signal: this.signal, timeout: this.times.request, ...options });
  }

  party(part: Part, place: Place | GrafanaPlace): Party {
    return { part, place, commands: this.commands };
  }

  /** Tries until it is there, but not longer than the deadline. */
  until<T>(attempt: () => Promise<T | NotYet>, waiting: Partial<Waiting> = {}): Promise<T> {
    const { signal, times } = this;
    const { interval, patience } = times;
    return until(attempt, { deadline: () => this.deadline, signal, interval, patience, ...waiting });
  }

  /** Notes what Tempo counts, unless it is too late for that. */
  async noteBefore(): Promise<void> {
    const metrics = await this.tempo.metrics();
    if (!this.sending) this.before = metrics;
  }

  /** What Tempo tells of itself now; asked once for the checks that fail at the same time. */
  evidence(sent: number): Promise<Evidence> {
    if (!this.gathered || Date.now() - this.gathered.at > EVIDENCE_AGE) {
      const { before, clock, targets } = this;
      const tenant = targets.orgId ?? SINGLE_TENANT;
      const evidence = gather(this.tempo, { version: targets.own.version, before, behind: clock.behind, tenant, sent });
      this.gathered = { at: Date.now(), evidence };
    }
    return this.gathered.evidence;
  }
}

const EVIDENCE_AGE = 3_000;
