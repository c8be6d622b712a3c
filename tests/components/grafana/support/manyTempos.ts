/** Captured series of one Tempo as Prometheus would hold them of others, by every way of scraping. */
import type { Settings } from "../../../../components/contracts/settings";
import { lastTime, type Capture } from "../../../support/series";

export type Method = Settings["scrape"]["method"];

/** A stack whose series a capture shall be. */
export interface Stack {
  readonly method: Method;
  readonly name: string;
  readonly namespace: string;
  /** Value of its owner label; absent: somebody's own Tempo, whose series say nothing of that. */
  readonly owner?: string;
  readonly externalLabels: Readonly<Record<string, string>>;
}

type Labels = Readonly<Record<string, string>>;

/** What each way of scraping makes of the labels of a target, written down from Prometheus and from what people use. */
function scrapedLabels({ method, name, namespace, owner, externalLabels }: Stack, part: "tempo" | "guard"): Labels {
  const service = part === "tempo" ? name : `${name}-guard`;
  const port = part === "tempo" ? 3200 : 3201;
  const [address, pod] = [`10.42.0.${namespace.length}:${port}`, `${name}-0`];
  const byName = { job: service, instance: `${service}.${namespace}.svc.cluster.local:${port}` };
  switch (method) {
    case "job":
      return byName;
    case "alloy":
      return { ...byName, ...externalLabels, ...instanceLabel(owner, namespace, name) };
    case "serviceMonitor":
      return { job: service, instance: address, namespace, service, pod, container: part, endpoint: `${part}-metrics` };
    case "annotations":
      return part === "tempo"
        ? { job: "kubernetes-pods", instance: address, namespace, pod, node: "indri" }
        : { job: "kubernetes-service-endpoints", instance: address, namespace, service, node: "indri" };
    case "none":
      return { job: `mine/${part}`, instance: address, kubernetes_namespace: namespace, kubernetes_name: name };
  }
}

function instanceLabel(owner: string | undefined, namespace: string, name: string): Labels {
  return owner === undefined ? {} : { tempo_instance: `${owner}/${namespace}/${name}` };
}

/** The labels of a captured series as those of a stack. */
function relabelled(labels: Labels, stack: Stack): Labels {
  const { job, instance: _, source: __, ...others } = labels;
  const { name, namespace, owner, externalLabels } = stack;
  if (job === "tempo") return { ...others, ...scrapedLabels(stack, "tempo") };
  if (job === "tempo-guard") return { ...others, ...scrapedLabels(stack, "guard") };
  const written = { ...externalLabels, ...instanceLabel(owner, namespace, name) };
  if (job === undefined) return { ...others, ...written, __metrics_gen_instance: `${name}-0` };
  throw new Error(`whose is the job ${job}?`);
}

/** A capture as the series of a stack. */
export function seriesOf(stack: Stack, capture: Capture): Capture {
  const series = capture.series
    .filter(({ selector }) => !selector.startsWith("up{"))
    .map(({ selector, values }) => {
      const [, metric = "", text = ""] = /^(\w+)\{(.*)\}$/s.exec(selector) ?? [];
      const labels = Object.fromEntries(
        [...text.matchAll(/(\w+)=("(?:[^"\\]|\\.)*")/g)].map(([, label = "", value = ""]) => [label, value]),
      );
      const plain = Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, value.slice(1, -1)]));
      const all = Object.entries(relabelled(plain, stack)).map(([label, value]) => `${label}="${value}"`);
      return { selector: `${metric}{${all.sort().join(",")}}`, values };
    });
  return { ...capture, series };
}

/** kubelet's figures of a stack's claim, which no capture has: a volume with `used` of 10 GiB. */
export function kubeletOf({ name, namespace }: Stack, used: number, { start, step, series }: Capture): Capture {
  const times = Math.max(...series.map(({ values }) => values.length));
  const figures = {
    used_bytes: used,
    capacity_bytes: 10 * 1024 ** 3,
    inodes: 1_000,
    inodes_free: used === 0 ? 900 : 10,
  };
  return {
    start,
    step,
    series: Object.entries(figures).map(([figure, value]) => ({
      selector: `kubelet_volume_stats_${figure}{job="kubelet",namespace="${namespace}",persistentvolumeclaim="data-${name}-0"}`,
      values: Array<string>(times).fill(String(value)),
    })),
  };
}

/** Captures that end at the same time, in one Prometheus. */
export function together([first, ...more]: readonly [Capture, ...Capture[]]): Capture {
  const captures = [first, ...more];
  const lengthOf = ({ series }: Capture): number => Math.max(...series.map(({ values }) => values.length));
  const steps = Math.max(...captures.map(lengthOf));
  return {
    step: first.step,
    start: lastTime(first) - first.step * (steps - 1),
    series: captures.flatMap((capture) => {
      const missing = Array<undefined>(steps - lengthOf(capture)).fill(undefined);
      return capture.series.map(({ selector, values }) => ({ selector, values: [...missing, ...values] }));
    }),
  };
}
