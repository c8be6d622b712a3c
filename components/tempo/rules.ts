import { compareQuantities, parseQuantity, toBytes, type Quantity } from "../../lib/schema/quantity";
import { DEFAULT_TEMPO, isOf, programOf, releaseOf, TEMPO_VERSIONS, tempoVersionOf, versionIn } from "../versions";
import { onTempoCluster } from "../contracts/endpoints";
import { MIB } from "../../lib/schema/quantity";
import { INTERNAL_MESSAGE_MIB } from "../contracts/otlp";
import type { Finding, LooseSettings } from "../contracts/rules";

const MINUTE = 60_000;

/** Largest trace that can be read, in MiB. Tempo counts a little more than it then sends, so that this much fits. */
const LARGEST_TRACE_MIB = INTERNAL_MESSAGE_MIB;

export function limits({ limits: caps, resources: amounts, receiver: taken }: LooseSettings): Finding[] {
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
export function floors(settings: LooseSettings): Finding[] {
  const { volume, resources: amounts, limits: caps, storage: section, scrape, collector } = settings;
  const least: [key: string, value: Quantity | undefined, minimum: string][] = [
    ["volume.size", volume?.size, "100Mi"],
    ["resources.limits.memory", amounts?.limits?.memory, "128Mi"],
    ["storage.resources.limits.memory", section?.resources?.limits?.memory, "24Mi"],
    // The kubelet keeps 10 MiB of a log before it begins the next, and evicts a pod above its limit.
    ["resources.limits.ephemeralStorage", amounts?.limits?.ephemeralStorage, "16Mi"],
    ["storage.resources.limits.ephemeralStorage", section?.resources?.limits?.ephemeralStorage, "16Mi"],
    ["scrape.resources.limits.ephemeralStorage", scrape?.resources?.limits?.ephemeralStorage, "16Mi"],
    ["collector.resources.limits.ephemeralStorage", collector?.resources?.limits?.ephemeralStorage, "16Mi"],
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

/** Programs whose images are named here, by the last part of their repository. */
const PROGRAMS = /(?:^|[-_.])(?:alloy|busybox|grafana|prometheus|loki|mimir|tempo-(?:query|vulture|cli|serverless))$/;

/** Tempo does not start with another major version's configuration, and a chart knows one major version. */
export function versionLines({ image, chart, chartVersion }: LooseSettings): Finding[] {
  const findings: Finding[] = [];
  const release = image && releaseOf(image);
  if (image && PROGRAMS.test(programOf(image))) {
    const message = `another program's image than Tempo's. Write such as ${DEFAULT_TEMPO.image.example}`;
    findings.push({ key: "image", found: JSON.stringify(image.text), message });
  } else if (image && release && !TEMPO_VERSIONS.some((version) => isOf(release, version.image))) {
    const known = TEMPO_VERSIONS.map(({ image: { least } }) => least);
    const older = known.find(([major]) => major === release[0]);
    const message =
      (older
        ? `older than Tempo ${older.join(".")}, which first understands the configuration that is written here. `
        : `not Tempo ${known.map(([major]) => major).join(" or ")}, which alone understands the configuration that is written here. `) +
      `Write a version ${known.map((least) => `from ${least.join(".")} on, of ${least[0]}.x`).join(", or ")}`;
    findings.push({ key: "image", found: JSON.stringify(image.text), message });
  }
  const { chart: line, major } = image ? tempoVersionOf({ image }) : DEFAULT_TEMPO;
  const version = versionIn(chartVersion);
  if (chart && chart.kind !== "path" && version && !isOf(version, line)) {
    const [of] = line.least;
    findings.push({
      key: "chartVersion",
      found: JSON.stringify(chartVersion),
      message:
        version[0] === of
          ? `older than ${line.least.join(".")}.0, which first has room for the guard's containers. Write a later ${of}.x version such as ${line.example}`
          : `not of the chart's ${of}.x line, which deploys Tempo ${major}. Write a ${of}.x version such as ${line.example}`,
    });
  }
  return findings;
}

export function retention({ retention: kept, metricsGenerator }: LooseSettings): Finding[] {
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

export function networkPolicy(settings: LooseSettings): Finding[] {
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
