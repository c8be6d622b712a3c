import { showBytes, showTime } from "../../../lib/format";
import { matches, max, promqlOf, sum } from "../../../components/grafana/queries/promql";
import { tempoQueries } from "../../../components/grafana/queries/tempo";
import type { TempoMetrics } from "../../../components/contracts/tempoVersion";
import { describeOthers } from "../../lib/otherTempos";
import type { ScrapedTarget } from "../lib/prometheus";
import type { Own } from "../../../components/grafana/queries/own";
import type { Deployment } from "../lib/targets";
import { oneLine } from "../lib/http";
import { CheckFailure } from "../lib/failure";
import { Late, NotYet } from "../lib/wait";
import { Skip, type Context, type Passed } from "./context";
import type { Metrics } from "./prometheus";

/** What Prometheus has of Tempo's volume. Bytes and seconds. */
export interface Figures {
  /** How many Tempos are scraped. */
  readonly scraped: number | undefined;
  /** Seconds since the youngest of them started. */
  readonly uptime: number | undefined;
  readonly blocksFlushed: number | undefined;
  readonly backend: number | undefined;
  readonly guard: Volume | undefined;
  readonly kubelet: Volume | undefined;
  /** Seconds since the guard's last measurement. */
  readonly measured: number | undefined;
  readonly limited: number | undefined;
  readonly broken: number | undefined;
}

interface Volume {
  readonly used: number;
  readonly limit: number;
}

/** Share of the volume from which Tempo's next block may find no room. */
const FULL = 0.95;
/** A guard measures six times a minute; Prometheus scrapes at least once. In seconds. */
const STALE = 180;
/** The first block, and the poll that counts it, of this project's configuration and of Tempo's own, in seconds. */
const FIRST_BLOCK = { ours: 600, defaults: 2_700 } as const;

/** Whether the metrics of the disk are there, and plausible. */
export async function diskMetrics(context: Context, metrics: Metrics, seen: (text: string) => void): Promise<Passed> {
  const { deployment, own } = context.targets;
  const { scrapes, scrapeInterval } = context.times;
  const began = Date.now();
  const attempt = async (): Promise<Passed | NotYet> => {
    const verdict = judge(await figuresOf(metrics, own), deployment, own.version.metrics);
    // What a guard would tell may be about to come.
    if (verdict.skip !== undefined) {
      if (Date.now() - began >= context.times.firstScrape) throw new Skip(verdict.skip);
      return new NotYet(verdict.skip);
    }
    if (verdict.missing !== undefined) return new NotYet(verdict.missing);
    if (verdict.wrong !== undefined) throw trouble(context, metrics, verdict.wrong, verdict.causes ?? []);
    return { what: verdict.what ?? "", took: Date.now() - began };
  };
  try {
    const deadline = (): number => Math.min(context.deadline, began + scrapes);
    return await context.until(attempt, { seen, interval: scrapeInterval, deadline });
  } catch (error) {
    if (!(error instanceof Late)) throw error;
    if (deployment?.scrape === "none") {
      throw new Skip(`${error.seen} in ${metrics.name}, and scrape.method is none: nothing is said about it`);
    }
    throw await absent(context, metrics, error.seen);
  }
}

async function figuresOf(metrics: Metrics, own: Own): Promise<Figures> {
  const number = (query: string): Promise<number | undefined> => metrics.number(query);
  const volume = async (used: string, limit: string): Promise<Volume | undefined> => {
    const [bytes, most] = await Promise.all([number(used), number(limit)]);
    return bytes === undefined || most === undefined ? undefined : { used: bytes, limit: most };
  };
  const { metrics: names } = own.version;
  const ofTempo = promqlOf(own.tempo).select;
  const ofGuard = (metric: string): string => max(promqlOf(own.guard).select(metric));
  const ofKubelet = (metric: string): string => max(promqlOf(own.kubelet).select(`kubelet_volume_stats_${metric}`));
  const [scraped, uptime, blocksFlushed, backend, guard, kubelet, measured, limited, broken] = await Promise.all([
    number(`count(${ofTempo(names.buildInfo)})`),
    number(tempoQueries(own).uptime),
    number(sum(ofTempo(names.blocksFlushed))),
    number(sum(ofTempo(names.backendBytes))),
    volume(ofGuard("tempo_volume_used_bytes"), ofGuard("tempo_volume_limit_bytes")),
    volume(ofKubelet("used_bytes"), ofKubelet("capacity_bytes")),
    number(`time() - ${ofGuard("tempo_guard_measured_timestamp_seconds")}`),
    number(ofGuard("tempo_ingestion_limited")),
    number(ofGuard("tempo_wal_broken")),
  ]);
  return { scraped, uptime, blocksFlushed, backend, guard, kubelet, measured, limited, broken };
}

interface Verdict {
  /** Not there, and may still come. */
  readonly missing?: string;
  /** Neither there nor wrong. */
  readonly skip?: string;
  /** There, and wrong. */
  readonly wrong?: string;
  readonly causes?: readonly string[];
  readonly what?: string;
}

/** What the figures say. */
export function judge(
  figures: Figures,
  deployment: Deployment | undefined,
  { buildInfo, backendBytes }: Pick<TempoMetrics, "buildInfo" | "backendBytes">,
): Verdict {
  const { scraped = 0, uptime, blocksFlushed = 0, backend, guard, kubelet, measured, limited, broken } = figures;
  if (broken === 1) {
    return {
      wrong: "tempo_wal_broken is 1: Tempo cannot write its WAL",
      causes: [
        "The volume was full, or is broken; the guard restarts Tempo where it may (docs/runbooks/volume-full.md).",
      ],
    };
  }
  if (limited === 2) {
    return {
      wrong: "tempo_ingestion_limited is 2: the guard has senders refused",
      causes: ["The volume is full (docs/runbooks/volume-full.md)."],
    };
  }
  // Figures of a guard that hangs look well for ever.
  if (guard && measured !== undefined && measured > STALE) {
    return {
      wrong: `the guard's last measurement is ${showTime(measured * 1_000)} old`,
      causes: ["The guard hangs or is gone, and its last page is still served (docs/runbooks/guard-silent.md)."],
    };
  }
  const volume = guard ?? kubelet;
  if (volume) {
    const wrong = implausible(volume, backend);
    if (wrong) return wrong;
  }
  if (deployment?.guard === true && !guard) return { missing: "no tempo_volume_used_bytes of the guard" };
  if (backend === undefined) {
    if (scraped === 0) return { missing: `no ${buildInfo} and no ${backendBytes}` };
    const first = deployment ? FIRST_BLOCK.ours : FIRST_BLOCK.defaults;
    if (blocksFlushed > 0 && (uptime ?? 0) > first) return { missing: `no ${backendBytes}` };
    if (!volume) {
      if ((uptime ?? 0) > first) return { missing: `no ${backendBytes}` };
      return { skip: "Tempo has flushed no block yet, so it counts no bytes: try again in half an hour" };
    }
  }
  const blocks = backend === undefined ? "no block flushed yet" : `blocks ${showBytes(backend)}`;
  const share = volume && `${showBytes(volume.used)} of ${showBytes(volume.limit)} used (${percent(volume)})`;
  const by = guard ? "by the guard" : "by kubelet";
  const slowed = limited === 1 ? "; ingestion is limited for want of room" : "";
  return { what: `${share === undefined ? "" : `${share} ${by}; `}${blocks}${slowed}` };
}

function implausible(volume: Volume, backend: number | undefined): Verdict | undefined {
  const { used, limit } = volume;
  if (limit <= 0 || used < 0 || used > limit * 1.5) {
    return {
      wrong: `${showBytes(used)} of ${showBytes(limit)} cannot be`,
      causes: ["The figures are another volume's, or of several Tempos at once."],
    };
  }
  if (used / limit >= FULL) {
    return {
      wrong: `the volume is full: ${showBytes(used)} of ${showBytes(limit)} (${percent(volume)})`,
      causes: [
        "Tempo is about to lose what it acknowledges, or does so already (docs/runbooks/volume-full.md, docs/runbooks/volume-filling.md).",
      ],
    };
  }
  if (backend !== undefined && backend > limit * 1.1) {
    return {
      wrong: `blocks of ${showBytes(backend)} cannot lie on a volume of ${showBytes(limit)}`,
      causes: ["Prometheus scrapes Tempo twice, or several Tempos: each counts."],
    };
  }
  return undefined;
}

function percent({ used, limit }: Volume): string {
  return `${Math.round((100 * used) / limit)} %`;
}

function trouble(
  { commands, targets }: Context,
  metrics: Metrics,
  what: string,
  causes: readonly string[],
): CheckFailure {
  const pattern = matches("__name__", "tempo_volume_.*|tempo_ingestion_.*|tempo_wal_broken");
  const query = promqlOf(targets.own.guard).select("", [pattern]);
  return new CheckFailure(what, {
    causes,
    more: [
      ...commands.guardPage(),
      ...commands.guardLog(),
      ...commands.volume(),
      ...metrics.command("/api/v1/query", { query }),
    ],
    lasting: true,
  });
}

/** Why there are none: what is scraped tells. */
async function absent(context: Context, metrics: Metrics, what: string): Promise<CheckFailure> {
  const { commands, targets } = context;
  const { deployment } = targets;
  const part = what.includes("tempo_volume") ? "guard" : "tempo";
  const [sign, ofSign] =
    part === "tempo"
      ? [targets.own.version.metrics.buildInfo, "Tempos"]
      : ["tempo_volume_used_bytes", "guards of volumes"];
  const [list, all] = await Promise.all([
    metrics.prometheus.targets(),
    what.includes(sign) ? metrics.prometheus.query(sign).catch(() => []) : [],
  ]);
  const more = [
    ...metrics.command("/api/v1/targets", { state: "active" }),
    ...(deployment?.scrape === "job"
      ? [`pulumi stack output prometheusScrapeConfig --stack ${deployment.stack}`]
      : deployment?.scrape === "serviceMonitor"
        ? commands.kubectl("get servicemonitors --show-labels")
        : deployment?.scrape === "alloy"
          ? commands.kubectl(`logs deployment/${deployment.name}-alloy --since=15m`)
          : []),
    ...commands.guardPage(),
  ];
  const seen = `${what} in ${metrics.name}`;
  const wanted = deployment?.scraped ?? [{ part: "tempo", job: "tempo", host: "tempo", port: 3200, path: "/metrics" }];
  const target = wanted.find((one) => one.part === part) ?? wanted[0];
  if (!list || !target) {
    return new CheckFailure(seen, {
      causes: [
        `Nobody scrapes ${part === "guard" ? "the guard of the volume" : "Tempo"}, or the metrics go elsewhere (docs/decisions/scraping.md).`,
      ],
      more,
    });
  }
  const { host, port, path, job } = target;
  const others = describeOthers(
    all.map(({ labels }) => labels),
    ofSign,
  );
  const near = list.filter((one) => isNear(one, job, port));
  const down = near.filter(({ health }) => health !== "up");
  const causes =
    near.length === 0
      ? [
          `Prometheus has no target for ${host}:${port}${path}, and no job ${job}: its scrape configuration lacks it${howTo(deployment)}.`,
        ]
      : down.length > 0
        ? down.map(
            ({ scrapeUrl, lastError }) =>
              `The target ${scrapeUrl} is down: ${oneLine(lastError) || "not scraped yet"}${policy(lastError)}`,
          )
        : near.map(
            ({ scrapeUrl }) =>
              `The target ${scrapeUrl} is up, but has no such metric: another server, another path (${path} is meant), or metric_relabel_configs drop it.`,
          );
  return new CheckFailure(seen, { causes: [...causes, ...(others === undefined ? [] : [others])], more });
}

function isNear({ labels, scrapeUrl }: ScrapedTarget, job: string, port: number): boolean {
  return labels["job"] === job || (URL.canParse(scrapeUrl) && new URL(scrapeUrl).port === String(port));
}

function howTo(deployment: Deployment | undefined): string {
  if (!deployment) return "";
  const ways = {
    job: "; paste the output prometheusScrapeConfig",
    annotations: "; it must discover pods and services by prometheus.io/scrape",
    serviceMonitor: "; the ServiceMonitors' labels (scrape.labels) must be those that the Prometheus selects",
    alloy: "; the Alloy of this stack must run and reach prometheus.remoteWriteUrl",
    none: "",
  };
  return ways[deployment.scrape];
}

function policy(error: string): string {
  return /deadline exceeded|timeout|no route|refused/i.test(error)
    ? ". With a networkPolicy, Prometheus must be among networkPolicy.metrics."
    : ".";
}
