import { joinPath } from "../../lib/problems";
import { LARGEST_MESSAGE_MIB, LEAST_MESSAGE_MIB } from "../contracts/otlp";
import { MIB, toBytes } from "../../lib/schema/quantity";
import type { Finding, LooseSettings } from "../contracts/rules";

/** Annotations and labels that are written here or by the chart: two of one name are one, and it is not known which. */
const OWN_LABELS = /^(?:app\.kubernetes\.io\/(?:name|instance|managed-by|component)|helm\.sh\/chart|pulumi-tempo\/.*)$/;
const OWN_POD_ANNOTATIONS = /^checksum\//;
const SCRAPE_ANNOTATIONS = /^prometheus\.io\/(?:scrape|port|path)$/;
const OWN_TAILSCALE = /^tailscale\.com\/(?:proxy-group|tags|funnel)$/;
const PULUMI = /^pulumi\.com\//;
const INGRESS_CLASS = /^kubernetes\.io\/ingress\.class$/;

/** Bytes of all annotations of an object together, less what is written here (Kubernetes' TotalAnnotationSizeLimitB). */
const LARGEST_ANNOTATIONS = 262_144 - 4_096;

type Texts = Readonly<Record<string, string>> | undefined;

/** Each name of a map that a pattern takes. */
function reserved(key: string, texts: Texts, pattern: RegExp, message: string): Finding[] {
  return Object.entries(texts ?? {}).flatMap(([name, value]) =>
    pattern.test(name) ? [{ key: joinPath(key, [name]), found: JSON.stringify(value), message }] : [],
  );
}

/** More than Kubernetes stores with an object. */
function tooLarge(key: string, texts: Texts): Finding[] {
  const bytes = Object.entries(texts ?? {}).reduce((sum, entry) => sum + Buffer.byteLength(entry.join("")), 0);
  if (bytes <= LARGEST_ANNOTATIONS) return [];
  const message = `more than the ${LARGEST_ANNOTATIONS} bytes that an object has room for. Write less`;
  return [{ key, found: `${bytes} bytes`, message }];
}

/** Where no node can be meant: all images here are for Linux, and a pod has one node. */
export function nodes({ pod, collector }: LooseSettings): Finding[] {
  return [
    ...nodesAt("pod", "pod", pod?.nodeSelector, pod?.affinity),
    ...nodesAt("collector", "collector.pod", collector?.nodeSelector, collector?.pod?.affinity),
  ];
}

interface Term {
  readonly matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

interface NodeAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: { readonly nodeSelectorTerms?: readonly Term[] };
}

function nodesAt(at: string, pod: string, selector: Texts, affinity: unknown): Finding[] {
  const os = selector?.["kubernetes.io/os"];
  if (os !== undefined && os !== "linux") {
    const message = "a system for which there is no image here. Write linux, or leave it out";
    return [{ key: joinPath(`${at}.nodeSelector`, ["kubernetes.io/os"]), found: JSON.stringify(os), message }];
  }
  const { nodeAffinity } = (affinity ?? {}) as { nodeAffinity?: NodeAffinity };
  const terms = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  if (terms.length === 0 || !terms.every((term) => contradicts(selector, term))) return [];
  const message = `contradicts ${at}.nodeSelector in every term, so that no node is left. Write one of the two`;
  return [{ key: `${pod}.affinity.nodeAffinity`, message }];
}

/** Whether no node with these labels fits a term. */
function contradicts(selector: Texts, { matchExpressions = [] }: Term): boolean {
  return matchExpressions.some(({ key, operator, values = [] }) => {
    const label = selector?.[key];
    if (label === undefined) return false;
    if (operator === "In") return !values.includes(label);
    return operator === "DoesNotExist" || (operator === "NotIn" && values.includes(label));
  });
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
    ...reserved(
      "tailnet.annotations",
      tailnet?.annotations,
      INGRESS_CLASS,
      "of another class than tailscale. Leave it out",
    ),
    ...(["query", "otlp"] as const).flatMap((part) =>
      reserved(
        `ingress.${part}.annotations`,
        ingress?.[part]?.annotations,
        INGRESS_CLASS,
        "refused by Kubernetes beside a class in the spec. Leave it out, and write ingress.className",
      ),
    ),
    ...tooLarge("pod.annotations", pod?.annotations),
    ...tooLarge("collector.pod.annotations", collector?.pod?.annotations),
    ...tooLarge("tailnet.annotations", tailnet?.annotations),
    ...Object.entries({ ingress, httpRoute }).flatMap(([key, section]) =>
      (["query", "otlp"] as const).flatMap((part) => {
        const [at, annotations] = [`${key}.${part}.annotations`, section?.[part]?.annotations];
        return [...tooLarge(at, annotations), ...reserved(at, annotations, PULUMI, written)];
      }),
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
