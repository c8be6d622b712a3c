import { diskBytes, LEAST_MEMORY } from "./budget";
import { onTempoCluster } from "../contracts/endpoints";
import { showBytes } from "../../lib/format";
import { firstIndexes } from "../../lib/firstIndexes";
import { compareQuantities, parseQuantity, toBytes } from "../../lib/schema/quantity";
import type { Finding, LooseSettings } from "../contracts/rules";
import { requestsWithin } from "../common/resourceRules";

type LooseCollector = NonNullable<LooseSettings["collector"]>;
type LooseService = Partial<NonNullable<LooseCollector["services"]>[number]>;

/** Rules on the section of the collector. */
export function collector(settings: LooseSettings): Finding[] {
  const { collector: section } = settings;
  if (!section) return [];
  return [
    ...services(section),
    ...endpoint(settings, section),
    ...queue(settings, section),
    ...memory(section),
    ...requestsWithin("collector.resources", section.resources),
    ...sameCluster(settings, section),
  ];
}

/** The kinds of workloads that a service may be. */
const KINDS = ["deployment", "statefulSet", "daemonSet"] as const;

function services({ services: listed = [] }: LooseCollector): Finding[] {
  const firstNamed = firstIndexes(listed, ({ name }: LooseService) => name);
  const firstSelecting = firstIndexes(listed, selection);
  return listed.flatMap((service: LooseService, index): Finding[] => {
    const key = `collector.services[${index}]`;
    const findings: Finding[] = [];
    if (service.name !== undefined && firstNamed[index] !== index) {
      const message = "named above already: the spans of two services could not be told apart. Write another name";
      findings.push({ key: `${key}.name`, found: JSON.stringify(service.name), message });
    }
    const kinds = KINDS.filter((kind) => service[kind] !== undefined);
    const labels = Object.keys(service.labels ?? {});
    if (kinds.length > 1) {
      const message = `names a ${kinds.join(" and a ")}; a service is one workload. Write one of them`;
      findings.push({ key, found: JSON.stringify(service.name), message });
    }
    if (kinds.length === 0 && labels.length === 0) {
      const message =
        "no workload: every process of the namespace would be meant. Write deployment, statefulSet, daemonSet or labels";
      findings.push({ key, found: JSON.stringify(service.name), message });
    }
    const first = firstSelecting[index];
    if (first !== index && (kinds.length > 0 || labels.length > 0)) {
      const message = `selects the same as collector.services[${first}]. Write each workload once`;
      findings.push({ key, found: JSON.stringify(service.name), message });
    }
    return findings;
  });
}

function selection({ namespace, deployment, statefulSet, daemonSet, labels = {} }: LooseService): string {
  const sorted = Object.keys(labels).sort();
  return JSON.stringify([namespace, deployment, statefulSet, daemonSet, sorted.map((key) => [key, labels[key]])]);
}

function endpoint(settings: LooseSettings, section: LooseCollector): Finding[] {
  const { protocol, endpoint: url, caCertificate } = section;
  const findings = url === undefined ? missingEndpoint(settings, section) : [];
  if (protocol === "grpc" && url !== undefined && new URL(url).pathname !== "/") {
    const message = "has a path, which gRPC has not. Write scheme, host and port";
    findings.push({ key: "collector.endpoint", found: JSON.stringify(url), message });
  }
  // Tempo's Service has no TLS.
  const isPlain = url === undefined ? isBesideTempo(settings, section) : url.startsWith("http:");
  if (isPlain && caCertificate !== undefined) {
    const message = "has no effect without TLS. Write an https endpoint, or leave it out";
    findings.push({ key: "collector.caCertificate", message });
  }
  return findings;
}

/** Whether it is known to run on Tempo's cluster and to send to the Service there. */
function isBesideTempo(settings: LooseSettings, section: LooseCollector): boolean {
  const isKnown = ["kubeContext", "kubeconfig"].every((key) => key in settings && key in section);
  return isKnown && "endpoint" in section && onTempoCluster(settings, section);
}

function missingEndpoint(settings: LooseSettings, section: LooseCollector): Finding[] {
  const { tailnet } = settings;
  // What is wrong by itself is not there; an absent tailnet is, as undefined.
  if (section.protocol === undefined || !("tailnet" in settings) || onTempoCluster(settings, section)) return [];
  const key = "collector.endpoint";
  if (!tailnet) {
    const message =
      "missing, and there is no tailnet by which another cluster reaches Tempo. Write the URL of Tempo's OTLP";
    return [{ key, message }];
  }
  if (section.protocol === "http" || tailnet.otlpGrpcHostname !== undefined) return [];
  const message = "missing, and the tailnet has no name for gRPC. Write the URL, or tailnet.otlpGrpcHostname";
  return [{ key, message }];
}

function queue({ metricsGenerator }: LooseSettings, { queue: section }: LooseCollector): Finding[] {
  const { outage, spansPerSecond, volumeSize } = section ?? {};
  const findings: Finding[] = [];
  const age = metricsGenerator?.maxSpanAge;
  if (outage && age && outage.ms > age.ms) {
    const message =
      `longer than metricsGenerator.maxSpanAge = ${age.text}: spans that waited longer would not count in metrics. ` +
      "Write at most that, or raise it";
    findings.push({ key: "collector.queue.outage", found: JSON.stringify(outage.text), message });
  }
  if (outage && spansPerSecond !== undefined && volumeSize) {
    const needed = diskBytes({ outage, spansPerSecond });
    if (needed > toBytes(volumeSize)) {
      const message =
        `${outage.text} at ${spansPerSecond} spans per second take ${showBytes(needed)}, more than this. ` +
        "Write more, or a shorter collector.queue.outage, or fewer spansPerSecond";
      findings.push({ key: "collector.queue.volumeSize", found: JSON.stringify(volumeSize.text), message });
    }
  }
  return findings;
}

function memory({ resources }: LooseCollector): Finding[] {
  const limit = resources?.limits?.memory;
  const least = parseQuantity(LEAST_MEMORY);
  if (!limit || !least || compareQuantities(limit, least) >= 0) return [];
  const message = `less than ${LEAST_MEMORY}, in which Beyla does not start. Write at least that`;
  return [{ key: "collector.resources.limits.memory", found: JSON.stringify(limit.text), message }];
}

/** Beside Tempo its objects need names of their own. */
function sameCluster(settings: LooseSettings, section: LooseCollector): Finding[] {
  if (!("kubeContext" in settings) || !("kubeContext" in section)) return [];
  const { kubeContext, kubeconfig, namespace, name, createNamespace } = settings;
  if (!onTempoCluster({ kubeContext, kubeconfig }, section) || section.namespace !== namespace) return [];
  const findings: Finding[] = [];
  if (createNamespace === true && section.createNamespace === true) {
    const message = "the namespace is Tempo's, which createNamespace makes already. Write false";
    findings.push({ key: "collector.createNamespace", found: "true", message });
  }
  if (name !== undefined && [name, `${name}-guard`, `${name}-metrics`].includes(section.name ?? "")) {
    const message = `the name of objects of Tempo in the same namespace. Write another one, such as ${name}-collector`;
    findings.push({ key: "collector.name", found: JSON.stringify(section.name), message });
  }
  return findings;
}
