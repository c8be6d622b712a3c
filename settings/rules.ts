import { OWNER_LABEL } from "../components/labels";
import { LONGEST_UID, serviceKey } from "./alertUids";
import { LIST_KEYS, WRITTEN_KEYS } from "./dataSources";
import { LATENCY_BUCKETS } from "./histogram";
import { LARGEST_MESSAGE_MIB } from "./otlp";
import type { Duration } from "./parse/duration";
import type { ChartSource } from "./parse/fields";
import type { ImageReference } from "./parse/image";
import { compareQuantities, parseQuantity, type Quantity } from "./parse/quantity";
import { joinPath, type Problem } from "./problems";
import type { Settings } from "./schema";
import { LEAST_GUARDED_VOLUME_MIB } from "./storage";

/** A value that is one thing; sections are what is left. */
type Leaf =
  string | number | boolean | Quantity | Duration | ImageReference | ChartSource | readonly unknown[] | undefined;
type Loose<T> = T extends Leaf ? T : { readonly [K in keyof T]?: Loose<T[K]> | undefined };

/**
 * The settings as far as they parsed: a value with an error of its own is absent, in a section as well, so that every
 * error is told at once and none twice.
 */
export type LooseSettings = { readonly [K in keyof Settings]?: Loose<Settings[K]> | undefined };
type Parsed = LooseSettings;

/** A problem without the project's prefix on its key. */
type Finding = Problem;

/** Whether the configuration holds a top-level key as a secret. */
type IsSecret = (key: string) => boolean;

/** As quantities. */
const LEAST_GUARDED_VOLUME = `${LEAST_GUARDED_VOLUME_MIB}Mi`;
const LARGEST_MESSAGE = `${LARGEST_MESSAGE_MIB}Mi`;

const MINUTE = 60_000;

/** Longest time that an `up` may wait for the tailnet, in minutes. */
const LONGEST_WAIT = 10;

export function checkTogether(settings: Parsed, isSecret: IsSecret): Finding[] {
  return [
    ...cluster(settings),
    ...resources(settings),
    ...limits(settings),
    ...floors(settings),
    ...retention(settings),
    ...storage(settings),
    ...scrape(settings),
    ...versionLines(settings),
    ...tailnet(settings, isSecret),
    ...networkPolicy(settings),
    ...grafana(settings, isSecret),
  ];
}

function cluster(settings: Parsed): Finding[] {
  const { kubeContext, allowedKubeContexts } = settings;
  // An absent context is a parsed one; a wrong one is not there.
  if (
    !("kubeContext" in settings) ||
    !allowedKubeContexts ||
    (kubeContext === undefined) !== (allowedKubeContexts.length === 0)
  )
    return [];
  return kubeContext === undefined
    ? [
        {
          key: "kubeContext",
          message:
            "no cluster is named. Write the kubeconfig context of the cluster (kubectl config get-contexts), " +
            "or patterns of the ones allowed in allowedKubeContexts",
        },
      ]
    : [
        {
          key: "allowedKubeContexts",
          found: JSON.stringify(allowedKubeContexts),
          message: `has no effect beside kubeContext = "${kubeContext}". Write one of the two`,
        },
      ];
}

function resources({ resources: amounts }: Parsed): Finding[] {
  if (!amounts) return [];
  const { requests = {}, limits = {} } = amounts;
  const above = (["cpu", "memory"] as const).flatMap((resource): Finding[] => {
    const request = requests[resource];
    const limit = limits[resource];
    if (!request || !limit || compareQuantities(request, limit) <= 0) return [];
    return [
      {
        key: `resources.requests.${resource}`,
        found: JSON.stringify(request.text),
        message: `more than the limit of ${limit.text}. Write at most the limit, or raise resources.limits.${resource}`,
      },
    ];
  });
  // Left out on purpose, not for an error of its own.
  if (!limits.cpu || !("cpu" in requests) || requests.cpu) return above;
  const message = `none, for which Kubernetes puts the limit of ${limits.cpu.text}. Write an amount, or "" as resources.limits.cpu as well`;
  return [...above, { key: "resources.requests.cpu", found: '""', message }];
}

function limits({ limits: caps, resources: amounts }: Parsed): Finding[] {
  const { ingestionBurst: burst, ingestionRate: rate, maxBytesPerTrace: trace } = caps ?? {};
  const memory = amounts?.limits?.memory;
  const message = parseQuantity(LARGEST_MESSAGE);
  const burstIs = (problem: string): Finding => ({
    key: "limits.ingestionBurst",
    found: JSON.stringify(burst?.text),
    message: problem,
  });
  const findings: Finding[] = [];
  if (burst && message && compareQuantities(burst, message) < 0) {
    findings.push(
      burstIs(
        `smaller than a full OTLP message, which would be refused at every retry. Write at least ${LARGEST_MESSAGE}`,
      ),
    );
  }
  if (burst && rate && compareQuantities(burst, rate) < 0) {
    findings.push(burstIs(`smaller than a second of limits.ingestionRate = ${rate.text}. Write at least that`));
  }
  if (burst && memory && compareQuantities(burst, memory) >= 0) {
    const limit = memory.text;
    findings.push(
      burstIs(`not less than the memory limit of ${limit}, so that one burst could end the process. Write less`),
    );
  }
  if (trace && memory && compareQuantities(trace, memory) >= 0) {
    findings.push({
      key: "limits.maxBytesPerTrace",
      found: JSON.stringify(trace.text),
      message: `not less than the memory limit of ${memory.text}, so that one trace could end the process. Write less`,
    });
  }
  return findings;
}

/** Below these Tempo starts and does nothing useful, or does not start; most often a unit was forgotten. */
function floors({ volume, resources: amounts, limits: caps }: Parsed): Finding[] {
  const least: [key: string, value: Quantity | undefined, minimum: string][] = [
    ["volume.size", volume?.size, "100Mi"],
    ["resources.limits.memory", amounts?.limits?.memory, "128Mi"],
    ["limits.ingestionRate", caps?.ingestionRate, "1Ki"],
    ["limits.maxBytesPerTrace", caps?.maxBytesPerTrace, "1Ki"],
  ];
  return least.flatMap(([key, value, minimum]) => {
    const floor = parseQuantity(minimum);
    if (!value || !floor || compareQuantities(value, floor) >= 0) return [];
    const message = `less than ${minimum}, too little to work with; a number without a unit counts bytes. Write at least ${minimum}`;
    return [{ key, found: JSON.stringify(value.text), message }];
  });
}

function storage({ storage: section, retention: kept, volume }: Parsed): Finding[] {
  const { guard, sizeAware, floor } = section ?? {};
  const findings: Finding[] = [];
  if (sizeAware === true && guard === false) {
    const message = "has no effect without the guard, which does it. Write storage.guard true, or false here";
    findings.push({ key: "storage.sizeAware", found: "true", message });
  }
  if (floor && floor.ms < 60 * MINUTE) {
    const message = "shorter than an hour, in which a trace is not even moved to a block safely. Write at least 1h";
    findings.push({ key: "storage.floor", found: JSON.stringify(floor.text), message });
  }
  if (sizeAware === true && floor && kept && floor.ms > kept.ms) {
    const message = `longer than retention = ${kept.text}, which could then never be shortened. Write less`;
    findings.push({ key: "storage.floor", found: JSON.stringify(floor.text), message });
  }
  const least = parseQuantity(LEAST_GUARDED_VOLUME);
  if (sizeAware === true && volume?.size && least && compareQuantities(volume.size, least) < 0) {
    const message = `too small to be kept below 95 %: what is being written takes a tenth of it. Write at least ${LEAST_GUARDED_VOLUME}, or storage.sizeAware false`;
    findings.push({ key: "volume.size", found: JSON.stringify(volume.size.text), message });
  }
  return findings;
}

function scrape(settings: Parsed): Finding[] {
  const { method, interval } = settings.scrape ?? {};
  const findings: Finding[] = [];
  if (method === "alloy" && "prometheus" in settings && !settings.prometheus) {
    const message = "has nowhere to write to. Write prometheus.remoteWriteUrl, or another method";
    findings.push({ key: "scrape.method", found: '"alloy"', message });
  }
  if (interval && (interval.ms < 5_000 || interval.ms > MINUTE)) {
    const message = "not from 5s to 1m, which the dashboards take for granted. Write such as 30s";
    findings.push({ key: "scrape.interval", found: JSON.stringify(interval.text), message });
  }
  return findings;
}

/** What this program writes for Tempo and for its chart is for their 2.x lines; Tempo 3 does not start with it. */
function versionLines({ image, chart, chartVersion }: Parsed): Finding[] {
  const findings: Finding[] = [];
  if (image?.repository === "grafana/tempo" && /^v?(?!2\.)\d+\./.test(image.tag ?? "")) {
    findings.push({
      key: "image",
      found: JSON.stringify(image.text),
      message: "not Tempo 2, which alone understands the configuration that is written here. Write a 2.x version",
    });
  }
  if (chart && chart.kind !== "path" && chartVersion !== undefined && !chartVersion.startsWith("2.")) {
    findings.push({
      key: "chartVersion",
      found: JSON.stringify(chartVersion),
      message: "not of the chart's 2.x line, which deploys Tempo 2. Write a 2.x version such as 2.2.4",
    });
  }
  return findings;
}

function retention({ retention: kept, metricsGenerator }: Parsed): Finding[] {
  const findings: Finding[] = [];
  if (kept && kept.ms < 60 * MINUTE) {
    findings.push({
      key: "retention",
      found: JSON.stringify(kept.text),
      message: "shorter than an hour, in which a trace is not even moved to a block safely. Write at least 1h",
    });
  }
  const interval = metricsGenerator?.collectionInterval;
  if (interval && (interval.ms < 1_000 || interval.ms > 5 * MINUTE)) {
    findings.push({
      key: "metricsGenerator.collectionInterval",
      found: JSON.stringify(interval.text),
      message: "not from 1s to 5m; after 5m without a sample Prometheus takes a series for ended. Write such as 15s",
    });
  }
  const age = metricsGenerator?.maxSpanAge;
  if (age && age.ms < MINUTE / 2) {
    findings.push({
      key: "metricsGenerator.maxSpanAge",
      found: JSON.stringify(age.text),
      message: "shorter than 30s, which a span takes to arrive. Write at least 30s",
    });
  }
  if (kept && age && age.ms >= kept.ms) {
    findings.push({
      key: "metricsGenerator.maxSpanAge",
      found: JSON.stringify(age.text),
      message: `not shorter than retention = ${kept.text}: such spans are deleted as they arrive. Write less`,
    });
  }
  return findings;
}

function tailnet({ tailnet: section }: Parsed, isSecret: IsSecret): Finding[] {
  if (!section) return [];
  const findings: Finding[] = [];
  const { apiKey, oauthClientId, oauthClientSecret, queryHostname, otlpHostname } = section;
  if (queryHostname !== undefined && queryHostname === otlpHostname) {
    findings.push({
      key: "tailnet.otlpHostname",
      found: JSON.stringify(otlpHostname),
      message:
        "the same as tailnet.queryHostname; a name serves one port only. Write two, such as tempo and tempo-otlp",
    });
  }
  if ((oauthClientId === undefined) !== (oauthClientSecret === undefined)) {
    const missing = oauthClientId === undefined ? "oauthClientId" : "oauthClientSecret";
    findings.push({ key: `tailnet.${missing}`, message: "missing beside its other half. Write both, or neither" });
  }
  const timeout = section.addressTimeout;
  if (timeout && timeout.ms > LONGEST_WAIT * MINUTE) {
    findings.push({
      key: "tailnet.addressTimeout",
      found: JSON.stringify(timeout.text),
      message: `longer than ${LONGEST_WAIT}m, for which an \`up\` would hang where no operator answers. Write less`,
    });
  }
  if (apiKey !== undefined && oauthClientId !== undefined) {
    findings.push({
      key: "tailnet.apiKey",
      found: "[secret]",
      message: "given together with an OAuth client. Write one of the two credentials",
    });
  }
  for (const [key, value] of Object.entries({ apiKey, oauthClientSecret })) {
    if (value === undefined || isSecret("tailnet")) continue;
    findings.push({
      key: `tailnet.${key}`,
      found: "[plain text]",
      message: `a secret in plain text. Write it with: pulumi config set --path --secret tailnet.${key}`,
    });
  }
  return findings;
}

function networkPolicy(settings: Parsed): Finding[] {
  const { networkPolicy: policy } = settings;
  // A tailnet that is not there at all has an error of its own; an absent one is there, as undefined.
  if (!policy || settings.tailnet || !("tailnet" in settings)) return [];
  const { query, metrics, otlp } = policy;
  if ([query, metrics, otlp].some((peers) => peers === undefined || peers.length > 0)) return [];
  return [
    {
      key: "networkPolicy",
      message: "lets nobody in. Write who may query, scrape or send, or {} for no policy",
    },
  ];
}

/** The data sources of the section, by their keys in it. */
const DATA_SOURCES = ["tempo", "loki", "prometheus"] as const;
type DataSourceKey = (typeof DATA_SOURCES)[number];

function grafana(settings: Parsed, isSecret: IsSecret): Finding[] {
  const { grafana: section } = settings;
  if (!section) return [];
  return [
    ...(isSecret("grafana") ? grafanaSecret(section) : grafanaCredentials(section)),
    ...DATA_SOURCES.flatMap((key) => dataSource(key, section)),
    ...oneName(section, "uid"),
    ...oneName(section, "name"),
    ...grafanaParts(settings, section),
    ...alertedServices(section),
    ...alertedLatencies(section),
  ];
}

type LooseGrafana = NonNullable<Parsed["grafana"]>;

/** The engine says that there is a secret in the section, not where. Only these are kept as one. */
function grafanaSecret(section: LooseGrafana): Finding[] {
  const headers = DATA_SOURCES.map((key) => section[key]).map((source) => source && (source.httpHeaders ?? {}));
  const isKept = !("auth" in section) || section.auth !== undefined;
  if (isKept || headers.some((given) => given && Object.keys(given).length > 0)) return [];
  const message =
    "holds a secret that is neither auth nor in httpHeaders; it would be sent and kept in plain text. Write it as one of them, or in plain text";
  return [{ key: "grafana", found: "[secret]", message }];
}

function grafanaCredentials(section: LooseGrafana): Finding[] {
  const plain = (path: readonly string[]): Finding => {
    const key = joinPath("grafana", path);
    const message = `a secret in plain text. Write it with: pulumi config set --path --secret '${key}'`;
    return { key, found: "[plain text]", message };
  };
  return [
    ...(section.auth === undefined ? [] : [plain(["auth"])]),
    ...DATA_SOURCES.flatMap((source) =>
      Object.keys(section[source]?.httpHeaders ?? {})
        .filter((name) => /auth|token|key|secret|password|cookie/i.test(name))
        .map((name) => plain([source, "httpHeaders", name])),
    ),
  ];
}

/** What a data source is given that has no effect, or lacks, by who makes it. */
function dataSource(key: DataSourceKey, section: LooseGrafana): Finding[] {
  const { ownership, url, jsonData = {}, httpHeaders = {} } = section[key] ?? {};
  const at = (...path: string[]): string => joinPath("grafana", [key, ...path]);
  const findings: Finding[] = [];
  if (url === undefined && ownership === "create" && key !== "tempo") {
    const message =
      "missing, and ownership create makes the data source at it. Write the URL by which Grafana reaches it";
    findings.push({ key: at("url"), message });
  }
  // The file that Tempo is provisioned from has its whole entry from here.
  const usesUrl = ownership === "create" || (ownership === "provisioned" && key === "tempo");
  if (url !== undefined && ownership !== undefined && !usesUrl) {
    const message = `has no effect with ownership ${ownership}: the URL stays as it is. Leave it out`;
    findings.push({ key: at("url"), found: JSON.stringify(url), message });
  }
  if (ownership === "provisioned") {
    for (const [name, given] of Object.entries({ jsonData, httpHeaders })) {
      if (Object.keys(given).length === 0) continue;
      const message = "has no effect with ownership provisioned: nothing is sent. Leave it out";
      findings.push({ key: at(name), message });
    }
    return findings;
  }
  const written = writtenKeys(key, section);
  for (const [name, value] of Object.entries(jsonData)) {
    // What stands there is not shown: it may be anything.
    if (/^httpHeader(?:Name|Value)\d*$/.test(name)) {
      const message = `half of an HTTP header. Write name and value in ${at("httpHeaders")}`;
      findings.push({ key: at("jsonData", name), message });
    } else if (written.includes(name)) {
      findings.push({ key: at("jsonData", name), message: "written by this program. Leave it out" });
    } else if (LIST_KEYS[key] === name && !Array.isArray(value)) {
      const message = "not a list. Write the entries to keep besides the ones written here, or leave it out";
      findings.push({ key: at("jsonData", name), message });
    }
  }
  return findings;
}

/** Links to a data source that takes no part are not written, and those that somebody else made stay. */
function writtenKeys(key: DataSourceKey, { loki, prometheus }: LooseGrafana): readonly string[] {
  const unlinked = [...(loki ? [] : ["tracesToLogsV2"]), ...(prometheus ? [] : ["tracesToMetrics", "serviceMap"])];
  return [...WRITTEN_KEYS[key].filter((name) => !unlinked.includes(name)), OWNER_LABEL];
}

/** Grafana knows a data source by either. */
function oneName(section: LooseGrafana, part: "uid" | "name"): Finding[] {
  const seen = new Map<string, string>();
  return DATA_SOURCES.flatMap((key): Finding[] => {
    const value = section[key]?.[part];
    if (value === undefined) return [];
    const other = seen.get(value);
    seen.set(value, other ?? key);
    if (other === undefined) return [];
    const message = `the same as grafana.${other}.${part}. Write the one that this data source has`;
    return [{ key: `grafana.${key}.${part}`, found: JSON.stringify(value), message }];
  });
}

function grafanaParts(settings: Parsed, section: LooseGrafana): Finding[] {
  const findings: Finding[] = [];
  // An absent section is a parsed one; a wrong one is not there.
  if (section.prometheus && "prometheus" in settings && !settings.prometheus) {
    const message =
      "nothing computes the metrics that it would show. Write prometheus.remoteWriteUrl, or leave grafana.prometheus out";
    findings.push({ key: "grafana.prometheus", message });
  }
  if (section.alerts && "prometheus" in section && !section.prometheus) {
    const message = "nothing to ask: every rule queries Prometheus. Write grafana.prometheus, or leave the alerts out";
    findings.push({ key: "grafana.alerts", message });
  }
  return findings;
}

/** Every alert rule has a uid, made of the prefix and the service's name. */
function alertedServices({ alerts, uidPrefix }: LooseGrafana): Finding[] {
  const names = (alerts?.services ?? []).map(({ name }) => name);
  return names.flatMap((name, index): Finding[] => {
    const finding = (message: string): Finding[] => [
      { key: `grafana.alerts.services[${index}].name`, found: JSON.stringify(name), message },
    ];
    const first = names.findIndex((other) => serviceKey(other) === serviceKey(name));
    if (names.indexOf(name) < index) return finding("named above already. Write each service once");
    if (first < index) {
      return finding(
        `the same as ${JSON.stringify(names[first])} in the uid of an alert rule, which has small letters, digits and '-'. ` +
          "Write one of the two",
      );
    }
    const room = LONGEST_UID - `${uidPrefix ?? ""}--latency`.length;
    if (uidPrefix === undefined || serviceKey(name).length <= room) return [];
    return finding(
      `longer than the ${room} characters that the uid of an alert rule has for it. ` +
        "Write a shorter grafana.uidPrefix, or leave the service out",
    );
  });
}

/** A percentile above the histogram's last bound is told as that bound. */
function alertedLatencies({ alerts }: LooseGrafana): Finding[] {
  const last = Math.max(...LATENCY_BUCKETS);
  return (alerts?.services ?? []).flatMap(({ latency }, index): Finding[] => {
    if (latency.ms < last * 1000) return [];
    const message = `more than a histogram tells, which ends at ${Math.floor(last)}s: the rule would never fire. Write less`;
    return [{ key: `grafana.alerts.services[${index}].latency`, found: JSON.stringify(latency.text), message }];
  });
}
