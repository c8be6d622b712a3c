import { joinPath } from "../../lib/problems";
import { MIB } from "../../lib/schema/quantity";
import { LARGEST_MESSAGE_MIB, LEAST_MESSAGE_MIB } from "../contracts/otlp";
import { toBytes } from "../../lib/schema/quantity";
import type { Finding, LooseSettings } from "../contracts/rules";

/** Annotations and labels that are written here or by the chart: two of one name are one, and it is not known which. */
const OWN_LABELS = /^(?:app\.kubernetes\.io\/(?:name|instance|managed-by|component)|helm\.sh\/chart|pulumi-tempo\/.*)$/;
const OWN_POD_ANNOTATIONS = /^checksum\//;
const SCRAPE_ANNOTATIONS = /^prometheus\.io\/(?:scrape|port|path)$/;
const OWN_TAILSCALE = /^tailscale\.com\/(?:proxy-group|tags|funnel)$/;
const PULUMI = /^pulumi\.com\//;

type Texts = Readonly<Record<string, string>> | undefined;

/** Each name of a map that a pattern takes. */
function reserved(key: string, texts: Texts, pattern: RegExp, message: string): Finding[] {
  return Object.entries(texts ?? {}).flatMap(([name, value]) =>
    pattern.test(name) ? [{ key: joinPath(key, [name]), found: JSON.stringify(value), message }] : [],
  );
}

/** Rules on annotations and labels of what is written. */
export function metadata(settings: LooseSettings): Finding[] {
  const { pod, collector, scrape, tailnet, ingress, httpRoute } = settings;
  const written = "written by this program. Leave it out";
  const labels = `a label by which this program and the chart find the pod. Leave it out`;
  return [
    ...reserved("pod.labels", pod?.labels, OWN_LABELS, labels),
    ...reserved("collector.pod.labels", collector?.pod?.labels, OWN_LABELS, labels),
    ...reserved("pod.annotations", pod?.annotations, OWN_POD_ANNOTATIONS, written),
    ...reserved("collector.pod.annotations", collector?.pod?.annotations, OWN_POD_ANNOTATIONS, written),
    ...(scrape?.method === "annotations"
      ? reserved("pod.annotations", pod?.annotations, SCRAPE_ANNOTATIONS, "written for scrape.method. Leave it out")
      : []),
    ...reserved("tailnet.annotations", tailnet?.annotations, OWN_TAILSCALE, written),
    ...reserved("tailnet.annotations", tailnet?.annotations, PULUMI, written),
    ...Object.entries({ ingress, httpRoute }).flatMap(([key, section]) =>
      (["query", "otlp"] as const).flatMap((part) =>
        reserved(`${key}.${part}.annotations`, section?.[part]?.annotations, PULUMI, written),
      ),
    ),
  ];
}

const DAY = 86_400_000;

/** Rules on what Tempo's receivers take. */
export function receiver({ receiver: section }: LooseSettings): Finding[] {
  if (!section) return [];
  const { maxMessageSize: size, cors } = section;
  const findings: Finding[] = [];
  if (size) {
    const mib = toBytes(size) / MIB;
    if (!Number.isInteger(mib) || mib < LEAST_MESSAGE_MIB || mib > LARGEST_MESSAGE_MIB) {
      const message =
        `not from ${LEAST_MESSAGE_MIB}Mi to ${LARGEST_MESSAGE_MIB}Mi in whole MiB: senders send up to the first, and ` +
        "more than the second fills a small pod at once. Write such as 8Mi";
      findings.push({ key: "receiver.maxMessageSize", found: JSON.stringify(size.text), message });
    }
  }
  const { allowedOrigins, allowedHeaders = [], maxAge } = cors ?? {};
  if (allowedOrigins?.length === 0) {
    const message = "has no effect without receiver.cors.allowedOrigins. Write the origins, or leave it out";
    if (allowedHeaders.length > 0) findings.push({ key: "receiver.cors.allowedHeaders", message });
    if (maxAge) findings.push({ key: "receiver.cors.maxAge", message });
  }
  if (maxAge && (maxAge.ms % 1_000 !== 0 || maxAge.ms > DAY)) {
    const message = "not whole seconds of at most a day, which no browser exceeds. Write such as 2h";
    findings.push({ key: "receiver.cors.maxAge", found: JSON.stringify(maxAge.text), message });
  }
  return findings;
}
