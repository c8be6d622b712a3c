import { at, fields, list, type Fields } from "./inputs";
import type { CheckedResource } from "./types";

export const RELEASE = "kubernetes:helm.sh/v3:Release";

/** Kinds whose pods have a template. */
const WITH_TEMPLATE = /^kubernetes:(?:apps|batch)\/v1:(?:DaemonSet|Deployment|Job|ReplicaSet|StatefulSet)$/;

export interface CheckedContainer {
  /** Where it is in the inputs. */
  readonly path: string;
  readonly container: Fields;
}

export interface CheckedPod {
  readonly path: string;
  readonly spec: Fields;
  readonly containers: readonly CheckedContainer[];
}

/** The pod that a resource makes; undefined for all others. */
export function podOf({ type, inputs }: CheckedResource): CheckedPod | undefined {
  if (type === RELEASE) return releasedPod(inputs);
  const path = WITH_TEMPLATE.test(type)
    ? ["spec", "template", "spec"]
    : type === "kubernetes:batch/v1:CronJob"
      ? ["spec", "jobTemplate", "spec", "template", "spec"]
      : type === "kubernetes:core/v1:Pod"
        ? ["spec"]
        : undefined;
  if (!path) return undefined;
  const spec = fields(at(inputs, ...path));
  const where = path.join(".");
  return {
    path: where,
    spec,
    containers: ["initContainers", "containers"].flatMap((key) => containersAt(`${where}.${key}`, spec[key])),
  };
}

/**
 * The pod of a release of the chart `tempo`, as far as its values say: Tempo itself under `tempo`, with the image in
 * three parts, and whole containers beside it.
 */
function releasedPod(inputs: Fields): CheckedPod {
  const values = fields(inputs["values"]);
  const tempo = fields(values["tempo"]);
  const { repository, tag, registry } = tempo as { repository?: string; tag?: string; registry?: string };
  const image = `${registry === undefined ? "" : `${registry}/`}${repository ?? "grafana/tempo"}${tag === undefined ? "" : tag.startsWith("sha256:") ? `@${tag}` : `:${tag}`}`;
  return {
    path: "values",
    spec: values,
    containers: [
      { path: "values.tempo", container: { ...tempo, image } },
      ...["initContainers", "extraContainers"].flatMap((key) => containersAt(`values.${key}`, values[key])),
    ],
  };
}

function containersAt(path: string, value: unknown): CheckedContainer[] {
  return list(value).map((container, index) => ({ path: `${path}[${index}]`, container: fields(container) }));
}
