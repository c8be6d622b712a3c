import { onTempoCluster } from "../../components/collector/endpoint";
import { INSTANCE_LABEL } from "../../components/monitoring/series";
import { LARGEST_MESSAGE_MIB } from "../otlp";
import { compareQuantities, parseQuantity, type Quantity } from "../parse/quantity";
import { LEAST_GUARDED_VOLUME_MIB } from "../storage";
import { caddy } from "./caddy";
import { collector } from "./collector";
import { grafana } from "./grafana";
import { requestsWithin } from "./resources";
import { sdk } from "./sdk";
import type { Finding, IsSecret, LooseSettings } from "./types";

/** As quantities. */
const LEAST_GUARDED_VOLUME = `${LEAST_GUARDED_VOLUME_MIB}Mi`;
const LARGEST_MESSAGE = `${LARGEST_MESSAGE_MIB}Mi`;

const MINUTE = 60_000;

/** Longest time that an `up` may wait for the tailnet, in minutes. */
const LONGEST_WAIT = 10;

/** Rules between settings, each of which may be right by itself. */
export function checkTogether(settings: LooseSettings, isSecret: IsSecret): Finding[] {
  return [
    ...cluster(settings),
    ...requestsWithin("resources", settings.resources),
    ...limits(settings),
    ...floors(settings),
    ...retention(settings),
    ...storage(settings),
    ...scrape(settings),
    ...externalLabels(settings),
    ...versionLines(settings),
    ...tailnet(settings, isSecret),
    ...networkPolicy(settings),
    ...grafana(settings, isSecret),
    ...collector(settings),
    ...sdk(settings),
    ...caddy(settings),
  ];
}

function cluster(settings: LooseSettings): Finding[] {
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

function limits({ limits: caps, resources: amounts }: LooseSettings): Finding[] {
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
function floors({ volume, resources: amounts, limits: caps }: LooseSettings): Finding[] {
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

function storage({ storage: section, retention: kept, volume }: LooseSettings): Finding[] {
  const { guard, sizeAware, floor, shortenAtOnceTo } = section ?? {};
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
  if (shortenAtOnceTo && sizeAware === false) {
    const message = "has no effect without storage.sizeAware, which shortens retention. Write that, or leave this out";
    findings.push({ key: "storage.shortenAtOnceTo", found: JSON.stringify(shortenAtOnceTo.text), message });
  } else if (shortenAtOnceTo && floor && kept && (shortenAtOnceTo.ms < floor.ms || shortenAtOnceTo.ms > kept.ms)) {
    const message = `not from storage.floor = ${floor.text} to retention = ${kept.text}. Write what the preflight has named`;
    findings.push({ key: "storage.shortenAtOnceTo", found: JSON.stringify(shortenAtOnceTo.text), message });
  }
  const least = parseQuantity(LEAST_GUARDED_VOLUME);
  if (sizeAware === true && volume?.size && least && compareQuantities(volume.size, least) < 0) {
    const message = `too small to be kept below 95 %: what is being written takes a tenth of it. Write at least ${LEAST_GUARDED_VOLUME}, or storage.sizeAware false`;
    findings.push({ key: "volume.size", found: JSON.stringify(volume.size.text), message });
  }
  return findings;
}

function scrape(settings: LooseSettings): Finding[] {
  const { method, interval, series } = settings.scrape ?? {};
  const findings: Finding[] = [];
  if (method === "alloy" && "prometheus" in settings && !settings.prometheus) {
    const message = "has nowhere to write to. Write prometheus.remoteWriteUrl, or another method";
    findings.push({ key: "scrape.method", found: '"alloy"', message });
  }
  if (asksPrometheus(settings) && method === "none") {
    const parts = settings.storage?.guard === true ? (["tempo", "guard"] as const) : (["tempo"] as const);
    for (const part of parts) {
      const labels = series?.[part];
      if (!labels || Object.keys(labels).length > 0) continue;
      const metric = part === "tempo" ? "tempo_build_info" : "tempo_volume_used_bytes";
      const message =
        'missing beside scrape.method "none", with which only you know the labels that the series have: without them dashboards ' +
        `and alerts would be about every Tempo. Write those of ${metric} in your Prometheus, such as {job: ${part}, namespace: monitoring}`;
      findings.push({ key: `scrape.series.${part}`, message });
    }
  }
  if (interval && (interval.ms < 5_000 || interval.ms > MINUTE)) {
    const message = "not from 5s to 1m, which the dashboards take for granted. Write such as 30s";
    findings.push({ key: "scrape.interval", found: JSON.stringify(interval.text), message });
  }
  return findings;
}

/** Whether there are dashboards or alerts, whose queries are about Tempo's own series. */
function asksPrometheus({ grafana: section }: LooseSettings): boolean {
  return section?.prometheus !== undefined && (section.dashboards === true || section.alerts !== undefined);
}

/** What this program writes for Tempo and for its chart is for their 2.x lines; Tempo 3 does not start with it. */
function versionLines({ image, chart, chartVersion }: LooseSettings): Finding[] {
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

/** Labels that are on every series in any case. */
function externalLabels({ prometheus }: LooseSettings): Finding[] {
  const value = prometheus?.externalLabels?.[INSTANCE_LABEL];
  if (value === undefined) return [];
  const message = "written by this program, by which its series are told from those of other stacks. Leave it out";
  return [{ key: `prometheus.externalLabels.${INSTANCE_LABEL}`, found: JSON.stringify(value), message }];
}

function retention({ retention: kept, metricsGenerator }: LooseSettings): Finding[] {
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

function tailnet({ tailnet: section }: LooseSettings, isSecret: IsSecret): Finding[] {
  if (!section) return [];
  const findings: Finding[] = [];
  const { apiKey, oauthClientId, oauthClientSecret } = section;
  const hostnames = ["queryHostname", "otlpHostname", "otlpGrpcHostname"] as const;
  for (const [index, key] of hostnames.entries()) {
    const value = section[key];
    const other = hostnames.slice(0, index).find((earlier) => section[earlier] === value);
    if (value === undefined || other === undefined) continue;
    const message = `the same as tailnet.${other}; a name serves one port only. Write two, such as tempo and tempo-otlp`;
    findings.push({ key: `tailnet.${key}`, found: JSON.stringify(value), message });
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

function networkPolicy(settings: LooseSettings): Finding[] {
  const { networkPolicy: policy } = settings;
  // A tailnet that is not there at all has an error of its own; an absent one is there, as undefined.
  if (!policy || settings.tailnet || !("tailnet" in settings)) return [];
  const { query, metrics, otlp } = policy;
  const { collector: senders, sdk: services } = settings;
  if (senders && onTempoCluster(settings, senders)) return [];
  const inCluster = services?.namespaces?.some(
    ({ cluster: at, endpoint = "service" }) => at === "tempo" && endpoint === "service",
  );
  if (inCluster === true) return [];
  if ([query, metrics, otlp].some((peers) => peers === undefined || peers.length > 0)) return [];
  return [
    {
      key: "networkPolicy",
      message: "lets nobody in. Write who may query, scrape or send, or {} for no policy",
    },
  ];
}
