/**
 * Why something that was acknowledged is not to be seen: from what Tempo and Prometheus tell of themselves. Where they
 * tell enough there is one cause; otherwise all that come into question, the likeliest first.
 */
import type { Commands } from "./commands";
import {
  goMs,
  grown,
  processorOn,
  reasons,
  received,
  remoteWrites,
  tenantSetting,
  formatDuration,
  type Evidence,
} from "./evidence";
import { at, type Section } from "./tempo";
import { SPAN_NAME } from "../../../components/grafana/queries/spanMetrics";
import { ports } from "../../../components/contracts/ports";
import { INNER_SPANS, SERVICE } from "../../../components/contracts/attributes";
import type { Deployment } from "./targets";
import type { Protocol } from "./trace";
import { upper, type Explanation } from "./failure";

export interface Why {
  readonly evidence: Evidence;
  readonly commands: Commands;
  readonly deployment?: Deployment;
}

export interface Diagnosis extends Pick<Explanation, "causes" | "more"> {
  /** What was told leaves no other way: no need to wait any longer. */
  readonly certain?: true;
}

const OTHER_TEMPO =
  "The Tempo behind the query URL has not received the spans: the OTLP URL leads to another Tempo, or to a collector that has not handed them on.";

/** Why nobody takes spans: what Tempo's own configuration says of its receivers; nothing where they are well. */
export function notReceiving({ config }: Pick<Evidence, "config">, protocol: Protocol, url: URL): string[] {
  const protocols = at(config, "distributor", "receivers", "otlp", "protocols");
  if (!config || !isReceiver(at(config, "distributor", "receivers"))) return [];
  const name = `distributor.receivers.otlp.protocols.${protocol}`;
  const has = isReceiver(protocols) ? Object.keys(protocols).join(", ") : "";
  if (!isReceiver(protocols) || !(protocol in protocols)) {
    return [`Tempo has no receiver for it: its configuration has no ${name}${has === "" ? "" : `, only ${has}`}.`];
  }
  const endpoint = at(config, "distributor", "receivers", "otlp", "protocols", protocol, "endpoint");
  const usual = protocol === "http" ? ports.otlpHttp : ports.otlpGrpc;
  const [, host = "", port = ""] =
    /^(.*):(\d+)$/.exec(typeof endpoint === "string" ? endpoint : `localhost:${usual}`) ?? [];
  const local = /^(localhost|127\.|\[?::1)/.test(host);
  if (local && !/^(localhost|127\.|\[::1\])/.test(url.hostname)) {
    return [
      `Tempo's receiver listens on ${host} only, where nothing outside its pod reaches it: ${name}.endpoint must be 0.0.0.0:${port}.`,
    ];
  }
  return url.port !== "" && port !== url.port ? [`Tempo's receiver listens on port ${port} (${name}.endpoint).`] : [];
}

function isReceiver(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Acknowledged, and never found by its ID. */
export function notFound(why: Why): Diagnosis {
  const { evidence, commands } = why;
  const has = received(evidence);
  if (has === false) {
    return {
      causes: [OTHER_TEMPO],
      more: [
        ...commands.kubectl("get ingresses,services,endpoints -o wide"),
        ...commands.counters("spansReceived", "buildInfo"),
      ],
    };
  }
  const discarded = discardedSpans(why);
  if (discarded) return discarded;
  const unwritten = notWritten(why);
  return {
    causes: [
      ...(has ? ["This Tempo has received the spans and does not hold them."] : [OTHER_TEMPO]),
      ...otherTenant(evidence),
      ...unwritten.causes,
    ],
    more: unwritten.more,
  };
}

function otherTenant({ config }: Evidence): string[] {
  return at(config, "multitenancy_enabled") === true
    ? ["Multi-tenancy is on: the trace belongs to the tenant of the sender, and is found with the same --org-id only."]
    : [];
}

/** Spans that Tempo threw away after it had acknowledged them, and says so. */
function discardedSpans({ evidence, commands }: Why): Diagnosis | undefined {
  const [reason] = reasons(evidence, evidence.version.metrics.spansDiscarded).filter(
    ([name]) => name !== "rate_limited",
  );
  if (!reason) return undefined;
  return {
    causes: [
      `Tempo threw ${reason[1]} spans away meanwhile: ${reason[0]} (docs/decisions/caps.md, docs/runbooks/tempo-spans-discarded.md).`,
    ],
    more: commands.counters("spansDiscarded"),
  };
}

/** What a full or read-only volume looks like: no counter of Tempo's tells, only its log. */
export function notWritten({ commands }: Pick<Why, "commands">): Diagnosis {
  return {
    causes: [
      "Tempo cannot write its WAL: the volume is full, read-only or broken. It acknowledges spans all the same and loses them as soon as they leave its memory (docs/runbooks/volume-full.md).",
    ],
    more: [
      ...commands.tempoLog("failed to cut traces|no space left|read-only|permission denied|input/output error"),
      ...commands.volume(),
      ...commands.guardLog(),
      ...commands.counters("flushesFailed", "liveTraces", "spansDiscarded"),
    ],
  };
}

/** Some of the spans are there. */
export function incomplete(why: Why): Diagnosis {
  return (
    discardedSpans(why) ?? {
      causes: [
        "Part of the trace was dropped on its way: by a collector that filters or samples, by a limit of Tempo's, or it was sent to several Tempos of which one is asked.",
      ],
      more: why.commands.counters("spansDiscarded", "spansAccepted", "spansRefused"),
    }
  );
}

/** How long this machine's clock may be off before it matters to anybody, in ms. */
const CLOCK_TOLERANCE = 5_000;

/** What clocks that disagree do; nothing while they agree. */
export function clockSkew({ behind }: Pick<Evidence, "behind">): string | undefined {
  if (behind === undefined || Math.abs(behind) < CLOCK_TOLERANCE) return undefined;
  return `The clock of this machine is ${formatDuration(behind)} ${behind > 0 ? "behind" : "ahead of"} the server's`;
}

/**
 * Found by its ID and not by a search.
 * @param waited ms since it was acknowledged.
 * @param lost whether it has gone meanwhile.
 */
export function notSearchable({ evidence, commands }: Why, waited: number, lost: boolean): Diagnosis {
  if (lost) return notWritten({ commands });
  const { config, version } = evidence;
  const { traceIdle, flushCheck, newestUntil = [] } = version.keys;
  const [idleKey, checkKey, untilKey] = [traceIdle, flushCheck, newestUntil].map((path) => path.at(-1));
  const looked = ["query_backend_after", ...[idleKey, untilKey].flatMap((key) => key ?? [])];
  const more = commands.tempo("/status/config", ` | grep -E '${looked.join("|")}'`);
  const skew = clockSkew(evidence);
  const until = goMs(at(config, ...newestUntil));
  if (skew !== undefined) {
    return {
      causes: [
        `${skew}: the trace's times lie where a search does not look for what has just arrived. Set the clocks right (NTP).`,
      ],
      more: ["date -u", "timedatectl status", ...more],
    };
  }
  if (until !== undefined && until < 60_000) {
    return {
      causes: [
        `Searches ask the ingester only about the newest ${formatDuration(until)} (${newestUntil.join(".")}), and what is not flushed is nowhere else (docs/decisions/visibility.md).`,
      ],
      more,
    };
  }
  const idle = goMs(at(config, ...traceIdle));
  const check = goMs(at(config, ...flushCheck));
  if (idle !== undefined && check !== undefined && idle + 2 * check > waited) {
    return {
      causes: [
        `A search finds a trace once it is in the WAL, which takes ${idleKey} and ${checkKey}: ${formatDuration(idle)} and ${formatDuration(check)} here (docs/decisions/visibility.md).`,
        "Give a longer --timeout to see whether it comes.",
      ],
      more,
    };
  }
  const unwritten = notWritten({ commands });
  return {
    causes: [
      "A search finds a trace once it is in the WAL, the query by ID already in memory: the WAL is not written.",
      ...unwritten.causes.slice(0, 1),
      `Or the search's time window leaves out what Tempo has in its WAL (${looked.join(", ")}; docs/decisions/visibility.md).`,
    ],
    more: [...unwritten.more.slice(0, 2), ...more],
  };
}

/** What Prometheus tells besides the series that are missing. */
export interface Receiver {
  /** Command line's flags. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Labels of a series of the same metric, whoever's spans made it. */
  readonly others?: Readonly<Record<string, string>>;
  readonly url: string;
}

/** What a processor makes, and the labels of which at least one tells whose it is, by where they are set. */
const PROCESSORS = {
  "span-metrics": {
    series: "span metrics",
    labels: [SERVICE.label, "service_name", SPAN_NAME],
    set: "metrics_generator.processor.span_metrics.intrinsic_dimensions and dimension_mappings",
  },
  "service-graphs": {
    series: "the service graph",
    labels: ["client", "server"],
    set: "metrics_generator.processor.service_graphs",
  },
} as const;

export type Processor = keyof typeof PROCESSORS;

/** The series of a processor do not come. */
export function noSeries(why: Why, processor: Processor, receiver: Receiver): Diagnosis {
  return (
    neverReceived(why) ??
    notProcessed(why, processor) ??
    notCollected(why) ??
    outsideWindow(why) ??
    noRoom(why) ??
    notSent(why, receiver) ??
    otherLabels(processor, receiver) ??
    inAnother(why, receiver) ??
    anyOf(why, processor, receiver)
  );
}

function neverReceived({ evidence, commands }: Why): Diagnosis | undefined {
  if (received(evidence) !== false) return undefined;
  return { causes: [OTHER_TEMPO], more: commands.counters("spansReceived") };
}

function notProcessed(why: Why, processor: Processor): Diagnosis | undefined {
  const { evidence, commands, deployment } = why;
  const more = [
    ...commands.counters("generatorProcessors", "generatorSpans"),
    ...commands.tempo("/status/runtime_config"),
  ];
  if (processorOn(evidence, processor) === false) {
    const listed = tenantSetting(evidence, "metrics_generator", "processors");
    const has = Array.isArray(listed) && listed.length > 0 ? listed.map(String).join(", ") : "none";
    return {
      causes: [
        `The generator's processor ${processor} is off: overrides.defaults.metrics_generator.processors has ${has} (a tenant's overrides replace the defaults altogether).`,
        ...(deployment?.remoteWriteUrl === undefined
          ? []
          : [
              `The settings of stack ${deployment.stack} have it on: what runs is older than they are, or others have changed it. Run: pulumi up --stack ${deployment.stack}`,
            ]),
      ],
      more,
      certain: true,
    };
  }
  if (received(evidence) === true && grown(evidence, evidence.version.metrics.generatorSpans) === 0) {
    return {
      causes: ["The generator gets no spans though the distributor does (docs/runbooks/tempo-generator-failing.md)."],
      more: [...more, ...commands.counters("generatorPushesFailed"), ...commands.tempoLog("generator")],
    };
  }
  return undefined;
}

/** The generator writes what it has collected to the volume before it sends it. */
function notCollected(why: Why): Diagnosis | undefined {
  const failed = grown(why.evidence, why.evidence.version.metrics.collectionsFailed) ?? 0;
  return failed > 0 ? { ...notWritten(why), certain: true } : undefined;
}

/** Whether span metrics leave out other spans than a healthy deployment does, which no trace of ours has. */
function filtersMore({ config }: Evidence): boolean {
  const policies = config && at(config, "metrics_generator", "processor", "span_metrics", "filter_policies");
  if (!Array.isArray(policies)) return true;
  return !policies.every((policy) => {
    const attributes = at(policy as Section, "exclude", "attributes");
    return Array.isArray(attributes) && attributes.some((each) => isInner(each as Section));
  });
}

const isInner = (attribute: Section): boolean =>
  attribute["key"] === "name" && INNER_SPANS.some((name) => name === attribute["value"]);

function outsideWindow({ evidence, commands }: Why): Diagnosis | undefined {
  const name = evidence.version.metrics.generatorDiscarded;
  const more = commands.counters("generatorDiscarded");
  const found = reasons(evidence, name).filter(([each]) => each !== "span_metrics_filtered" || filtersMore(evidence));
  const reason = found.find(([each]) => each.includes("slack")) ?? found[0];
  if (!reason) return undefined;
  if (!reason[0].includes("slack")) {
    const by = reason[0].includes("filter") ? " (processor.span_metrics.filter_policies)" : "";
    return { causes: [`The generator left ${reason[1]} spans out: ${reason[0]}${by}.`], more };
  }
  const slack = goMs(at(evidence.config, "metrics_generator", "metrics_ingestion_time_range_slack"));
  const allowed = slack === undefined ? "the slack" : formatDuration(slack);
  return {
    causes: [
      `The generator counts no span that ended more than ${allowed} ago or ahead (metrics_ingestion_time_range_slack), and left ${reason[1]} out.`,
      `${clockSkew(evidence) ?? "The clocks of this machine and the server disagree, or the spans waited in a collector"}. Set the clocks right (NTP), or raise metricsGenerator.maxSpanAge.`,
    ],
    more: [...more, "date -u"],
    certain: true,
  };
}

function noRoom({ evidence, commands }: Why): Diagnosis | undefined {
  const { metrics } = evidence.version;
  const limited = grown(evidence, metrics.seriesLimited);
  const active = evidence.after?.sum(metrics.activeSeries);
  const most = evidence.after?.sum(metrics.maxActiveSeries);
  // Refused each time a span comes whose series is not there yet.
  if (limited === undefined || limited === 0) return undefined;
  return {
    causes: [
      `The generator makes no further series: it has ${active ?? "?"} of ${most ?? "?"} (limits.maxActiveSeries; docs/runbooks/tempo-series-cap.md).`,
    ],
    more: commands.counters("activeSeries", "maxActiveSeries", "seriesLimited"),
  };
}

const REMOTE = "prometheus_remote_storage_";
/** Why a sample was dropped: the reason that Prometheus' own code gives for write_relabel_configs. */
const RELABELLED = "dropped_series";

function notSent({ evidence, commands }: Why, { flags }: Receiver): Diagnosis | undefined {
  const writes = remoteWrites(evidence);
  const more = [
    ...commands.tempoLog("remote|prometheus"),
    ...commands.countersLike(`${REMOTE}(samples_(failed|retried|dropped|pending|total)|queue_highest)`),
  ];
  if (writes?.length === 0) {
    return {
      causes: [
        "The generator has nowhere to send its series: metrics_generator.storage.remote_write is empty (the setting prometheus.remoteWriteUrl).",
      ],
      more: commands.tempo("/status/config", " | grep -A3 remote_write:"),
      certain: true,
    };
  }
  const count = (what: string): number => grown(evidence, `${REMOTE}samples_${what}_total`, 'tenant="') ?? 0;
  const dropped = new Map(reasons(evidence, `${REMOTE}samples_dropped_total`)).get(RELABELLED) ?? 0;
  const failed = count("failed") + count("dropped") - dropped;
  const pending = evidence.after?.sum(`${REMOTE}samples_pending`, 'tenant="') ?? 0;
  const stuck = count("retried") > 0 || (pending > 0 && grown(evidence, `${REMOTE}samples_total`, 'tenant="') === 0);
  const target = writes?.join(", ") ?? "its receiver";
  const receiverOff = flags?.["web.enable-remote-write-receiver"] === "false" && flags["enable-feature"] !== undefined;
  const off = receiverOff && !(flags["enable-feature"] ?? "").includes("remote-write-receiver");
  if (off) {
    return {
      causes: [
        "Prometheus runs without --web.enable-remote-write-receiver, and so answers 404 to what Tempo's generator sends. Add the flag and restart it.",
      ],
      more,
      certain: true,
    };
  }
  const natives = tenantSetting(evidence, "metrics_generator", "generate_native_histograms");
  if (
    failed + count("retried") > 0 &&
    (natives === "native" || natives === "both") &&
    flags?.["enable-feature"]?.includes("native-histograms") === false
  ) {
    return {
      causes: [
        `The generator sends native histograms (generate_native_histograms: ${natives}), and Prometheus runs without --enable-feature=native-histograms: it refuses them and whatever is sent together with them.`,
      ],
      more,
      certain: true,
    };
  }
  if (failed > 0) {
    return {
      causes: [
        `${target} refuses what the generator sends: ${failed} samples are lost (docs/runbooks/tempo-remote-write-failing.md). Tempo's log has the answer.`,
      ],
      more,
    };
  }
  if (stuck) {
    return {
      causes: [
        `The generator does not reach ${target}: the name, the port, a NetworkPolicy, or a Prometheus that is down (docs/runbooks/tempo-remote-write-failing.md).`,
        "Or it answers 429 or 5xx, after which the generator tries again; Tempo's log has the answer.",
      ],
      more,
    };
  }
  if (dropped > 0) {
    return {
      causes: [
        `The generator's remote write drops series before it sends them, ${dropped} samples so far: metrics_generator.storage.remote_write, write_relabel_configs.`,
      ],
      more: commands.tempo("/status/config", " | grep -A12 write_relabel_configs:"),
    };
  }
  return undefined;
}

/** Series arrive, and nobody can tell whose they are. */
function otherLabels(processor: Processor, { others }: Receiver): Diagnosis | undefined {
  const { series, labels, set } = PROCESSORS[processor];
  if (!others || labels.some((label) => label in others)) return undefined;
  const has = Object.keys(others).filter((label) => label !== "__name__");
  return {
    causes: [
      `${upper(series)} arrive without a label that says whose they are: none of ${labels.join(", ")}, only ${has.join(", ") || "none"} (${set}, or a labeldrop of remote_write's write_relabel_configs).`,
    ],
    more: [],
    certain: true,
  };
}

/**
 * The spans count, in series that no query of the stack selects.
 * @param own the conditions of its queries.
 * @param found labels of such a series.
 */
export function notOurs(
  own: readonly string[],
  found: Readonly<Record<string, string>>,
  deployment: Why["deployment"],
): Diagnosis {
  const labels = Object.keys(found).filter((label) => own.some((condition) => condition.startsWith(label)));
  const has = labels.map((label) => `${label}="${found[label] ?? ""}"`).join(", ");
  return {
    causes: [
      `These spans count in series that are not this stack's: ${own.join(", ")} is asked for, and they have ${has || "none of these labels"}. ` +
        (deployment === undefined
          ? ""
          : `What runs is older than the settings of stack ${deployment.stack} (pulumi up --stack ${deployment.stack}), `) +
        "or another Tempo got the spans, or the receiver changes labels.",
    ],
    more: [],
    certain: true,
  };
}

/** All was sent, and is not here. */
function inAnother({ evidence, commands }: Why, { url, others }: Receiver): Diagnosis | undefined {
  const sent = grown(evidence, `${REMOTE}samples_total`, 'tenant="');
  const writes = remoteWrites(evidence);
  if (sent === undefined || sent === 0 || !writes || others) return undefined;
  return {
    causes: [
      `The generator has sent ${sent} samples to ${writes.join(", ")}, and none of them is in the Prometheus that is asked (${url}): these are two, or the receiver drops them (write_relabel_configs, a tenant).`,
    ],
    more: commands.tempo("/status/config", " | grep -A12 remote_write:"),
  };
}

function anyOf({ evidence, commands }: Why, processor: Processor, { others }: Receiver): Diagnosis {
  const skew = clockSkew(evidence);
  const more = commands.counters(
    ...(["generatorProcessors", "generatorSpans", "generatorDiscarded", "activeSeries", "maxActiveSeries"] as const),
  );
  if (others) {
    return {
      causes: [
        `${upper(PROCESSORS[processor].series)} of other services arrive, not that of these spans: dropped for their age${skew === undefined ? "" : ` (${skew.toLowerCase()})`}, by a filter or by the cap on series; or its labels have other names (dimension mappings, relabelling).`,
      ],
      more,
    };
  }
  return {
    causes: [
      ...(skew === undefined ? [] : [`${skew}: spans outside the generator's slack are left out.`]),
      `The generator does not make ${PROCESSORS[processor].series}: it is off, or its processor ${processor} is (overrides.defaults.metrics_generator.processors).`,
      "Or its remote write fails, or goes to another Prometheus, or that one has no --web.enable-remote-write-receiver.",
      "Or it comes later than the time that was given: try --timeout 5m.",
    ],
    more: [...more, ...commands.tempoLog("remote|generator")],
  };
}

/** Span metrics are there, without the exemplar of this trace. */
export function noExemplar({ commands }: Pick<Why, "commands">, { flags, url }: Receiver): Diagnosis {
  const features = flags?.["enable-feature"];
  if (flags && !(features ?? "").includes("exemplar-storage")) {
    return {
      causes: [
        `Prometheus (${url}) runs without --enable-feature=exemplar-storage and so keeps none. Add the flag and restart it.`,
      ],
      more: [],
      certain: true,
    };
  }
  const more = commands.countersLike(`${REMOTE}exemplars_(failed_|dropped_|)total`);
  return {
    causes: [
      "The store keeps none: Prometheus without --enable-feature=exemplar-storage, or storage.exemplars.max_exemplars: 0; Mimir without max_global_exemplars_per_user.",
      "Or Tempo sends none (metrics_generator.storage.remote_write, send_exemplars), or the receiver refused this one.",
    ],
    more,
  };
}
