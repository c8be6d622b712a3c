import { onTempoCluster } from "../../components/contracts/endpoints";
import { INTERNAL_MESSAGE_MIB, LEAST_MESSAGE_MIB, MIB } from "../../components/contracts/otlp";
import type { ImageReference } from "../../lib/schema/image";
import { compareQuantities, parseQuantity, toBytes, type Quantity } from "../../lib/schema/quantity";
import { LEAST_GUARDED_VOLUME_MIB } from "../../components/storage/leastVolume";
import { caddy } from "../../components/caddy/rules";
import { collector } from "../../components/collector/rules";
import { grafana } from "../../components/grafana/rules";
import { ingress } from "../../components/ingress/rules";
import { plainTexts } from "./plain";
import { metadata, receiver } from "../../components/common/podRules";
import { remoteWrite, strayRemoteWriteSecret } from "../../components/common/remoteWriteRules";
import { requestsWithin } from "../../components/common/resourceRules";
import { sdk } from "../../components/sdk/rules";
import type { Finding, IsSecret, LooseSettings } from "../../components/contracts/rules";
import { urls } from "./urls";

const MINUTE = 60_000;

/** Longest time that an `up` may wait for the tailnet, in minutes. */
const LONGEST_WAIT = 10;

/** Largest trace that can be read, in MiB. Tempo counts a little more than it then sends, so that this much fits. */
const LARGEST_TRACE_MIB = INTERNAL_MESSAGE_MIB;

/** Rules between settings, each of which may be right by itself. */
export function checkTogether(settings: LooseSettings, isSecret: IsSecret): Finding[] {
  return [
    ...cluster(settings),
    ...requestsWithin("resources", settings.resources),
    ...requestsWithin("storage.resources", settings.storage?.resources),
    ...requestsWithin("scrape.resources", settings.scrape?.resources),
    ...metadata(settings),
    ...receiver(settings),
    ...limits(settings),
    ...floors(settings),
    ...retention(settings),
    ...storage(settings),
    ...scrape(settings),
    ...versionLines(settings),
    ...urls(settings),
    ...remoteWrite(settings, isSecret),
    ...strayRemoteWriteSecret(settings, isSecret),
    ...tailnet(settings, isSecret),
    ...ingress(settings),
    ...networkPolicy(settings),
    ...grafana(settings, isSecret),
    ...collector(settings),
    ...sdk(settings),
    ...caddy(settings),
    ...plainTexts(settings),
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

function limits({ limits: caps, resources: amounts, receiver: taken }: LooseSettings): Finding[] {
  const { ingestionBurst: burst, ingestionRate: rate, maxBytesPerTrace: trace } = caps ?? {};
  const memory = amounts?.limits?.memory;
  const message = taken?.maxMessageSize;
  const burstIs = (problem: string): Finding => ({
    key: "limits.ingestionBurst",
    found: JSON.stringify(burst?.text),
    message: problem,
  });
  const findings: Finding[] = [];
  if (burst && message && compareQuantities(burst, message) < 0) {
    findings.push(
      burstIs(
        `smaller than a full OTLP message, which would be refused at every retry. Write at least receiver.maxMessageSize = ${message.text}`,
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
  if (trace && toBytes(trace) > LARGEST_TRACE_MIB * MIB) {
    findings.push({
      key: "limits.maxBytesPerTrace",
      found: JSON.stringify(trace.text),
      message: `more than fits into a message between Tempo's parts: such a trace is stored and answered by an error 500. Write at most ${LARGEST_TRACE_MIB}Mi`,
    });
  }
  return findings;
}

/** Below these Tempo starts and does nothing useful, or does not start; most often a unit was forgotten. */
function floors({ volume, resources: amounts, limits: caps, storage: section }: LooseSettings): Finding[] {
  const least: [key: string, value: Quantity | undefined, minimum: string][] = [
    ["volume.size", volume?.size, "100Mi"],
    ["resources.limits.memory", amounts?.limits?.memory, "128Mi"],
    ["storage.resources.limits.memory", section?.resources?.limits?.memory, "24Mi"],
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

function storage({ storage: section, retention: kept, volume, receiver: taken }: LooseSettings): Finding[] {
  const { guard, adaptiveRetention, minRetention, shortenAtOnceTo } = section ?? {};
  const findings: Finding[] = [];
  if (adaptiveRetention === true && guard === false) {
    const message = "has no effect without the guard, which does it. Write storage.guard true, or false here";
    findings.push({ key: "storage.adaptiveRetention", found: "true", message });
  }
  if (minRetention && minRetention.ms < 60 * MINUTE) {
    const message = "shorter than an hour, in which a trace is not even moved to a block safely. Write at least 1h";
    findings.push({ key: "storage.minRetention", found: JSON.stringify(minRetention.text), message });
  }
  if (adaptiveRetention === true && minRetention && kept && minRetention.ms > kept.ms) {
    const message = `longer than retention = ${kept.text}, which could then never be shortened. Write less`;
    findings.push({ key: "storage.minRetention", found: JSON.stringify(minRetention.text), message });
  }
  if (shortenAtOnceTo && adaptiveRetention === false) {
    const message =
      "has no effect without storage.adaptiveRetention, which shortens retention. Write that, or leave this out";
    findings.push({ key: "storage.shortenAtOnceTo", found: JSON.stringify(shortenAtOnceTo.text), message });
  } else if (
    shortenAtOnceTo &&
    minRetention &&
    kept &&
    (shortenAtOnceTo.ms < minRetention.ms || shortenAtOnceTo.ms > kept.ms)
  ) {
    const message = `not from storage.minRetention = ${minRetention.text} to retention = ${kept.text}. Write what the preflight has named`;
    findings.push({ key: "storage.shortenAtOnceTo", found: JSON.stringify(shortenAtOnceTo.text), message });
  }
  // What may still arrive when senders are refused is a message as large as they may be.
  const messages = taken?.maxMessageSize ? Math.ceil(toBytes(taken.maxMessageSize) / MIB / LEAST_MESSAGE_MIB) : 1;
  const least = LEAST_GUARDED_VOLUME_MIB * messages;
  if (adaptiveRetention === true && volume?.size && toBytes(volume.size) < least * MIB) {
    const message = `too small to be kept below 95 %: what is being written takes a tenth of it. Write at least ${least}Mi, or storage.adaptiveRetention false`;
    findings.push({ key: "volume.size", found: JSON.stringify(volume.size.text), message });
  }
  return findings;
}

function scrape(settings: LooseSettings): Finding[] {
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

/** Oldest 2.x with every key that is written here; `retry_info_enabled` is of 2.10. */
const LEAST_TEMPO = [2, 10] as const;

/** The chart has places for the guard's containers since then; earlier ones leave them out without a word. */
const LEAST_CHART = [2, 1] as const;

/** Programs whose images are named here, by the last part of their repository. */
const PROGRAMS = /(?:^|[-_.])(?:alloy|busybox|grafana|prometheus|loki|mimir|tempo-(?:query|vulture|cli|serverless))$/;

/** Major and minor of the version in a tag such as `v2.10.3-8b1f89e-nix`; a tag without one says nothing. */
function versionIn(tag = ""): readonly [number, number] | undefined {
  const [, major, minor] = /(?:^|[^\d.])(\d+)\.(\d+)\.\d+(?![\d.])/.exec(tag) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

function isLine([major, minor]: readonly [number, number], least: readonly [number, number]): boolean {
  return major === least[0] && minor >= least[1];
}

/** The last part of the repository: a mirror's path is before it. */
function programOf({ repository }: ImageReference): string {
  return repository.split("/").at(-1) ?? "";
}

/** What this program writes for Tempo and for its chart is for their 2.x lines; Tempo 3 does not start with it. */
function versionLines({ image, chart, chartVersion }: LooseSettings): Finding[] {
  const findings: Finding[] = [];
  if (image && PROGRAMS.test(programOf(image))) {
    const message = "another program's image than Tempo's. Write such as grafana/tempo:2.10.1";
    findings.push({ key: "image", found: JSON.stringify(image.text), message });
  } else if (image && /(?:^|[-_.])tempo(?:$|[-_.])/.test(programOf(image))) {
    const version = versionIn(image.tag);
    if (version && !isLine(version, LEAST_TEMPO)) {
      const what = version[0] === 2 ? "older than Tempo 2.10, which first" : "not Tempo 2, which alone";
      const message = `${what} understands the configuration that is written here. Write a version from ${LEAST_TEMPO.join(".")} on, of 2.x`;
      findings.push({ key: "image", found: JSON.stringify(image.text), message });
    }
  }
  const version = versionIn(chartVersion);
  if (chart && chart.kind !== "path" && version && !isLine(version, LEAST_CHART)) {
    findings.push({
      key: "chartVersion",
      found: JSON.stringify(chartVersion),
      message:
        version[0] === 2
          ? `older than ${LEAST_CHART.join(".")}.0, which first has room for the guard's containers. Write a later 2.x version such as 2.2.4`
          : "not of the chart's 2.x line, which deploys Tempo 2. Write a 2.x version such as 2.2.4",
    });
  }
  return findings;
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
