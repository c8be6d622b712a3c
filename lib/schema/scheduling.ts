import { z } from "zod";
import { isDnsLabel, isDnsName, isLabelKey, isLabelValue } from "./names";

/**
 * Tolerations and affinities, as Kubernetes defines and validates them (API reference, core/v1 `Toleration` and
 * `Affinity`; pkg/apis/core/validation). They pass to the pod as they are written, so what the API server would refuse
 * is refused here: the chart's release would fail with it after ten minutes of waiting.
 */

const labelKey = z.string().refine(isLabelKey);
const labelValue = z.string().refine(isLabelValue);
const integer = (least: number, most: number) => z.number().int().min(least).max(most);
const LARGEST_INT64 = Number.MAX_SAFE_INTEGER;

const effect = z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]);

const tolerationType = z
  .strictObject({
    key: labelKey.optional(),
    operator: z.enum(["Exists", "Equal"]).optional(),
    value: labelValue.optional(),
    effect: effect.optional(),
    tolerationSeconds: integer(-LARGEST_INT64, LARGEST_INT64).optional(),
  })
  .refine(({ key, operator }) => key !== undefined || operator === "Exists", {
    error: "without a key the operator is Exists",
  })
  .refine(({ operator, value = "" }) => operator !== "Exists" || value === "", {
    error: "the operator Exists takes no value",
  })
  .refine((toleration) => toleration.tolerationSeconds === undefined || toleration.effect === "NoExecute", {
    error: "tolerationSeconds counts with the effect NoExecute only",
  });

/** How many values an operator takes. */
function takesItsValues(operator: string, values: readonly string[]): boolean {
  if (operator === "In" || operator === "NotIn") return values.length > 0;
  if (operator === "Gt" || operator === "Lt") return values.length === 1 && /^-?\d+$/.test(values[0] ?? "");
  return values.length === 0;
}

const requirement = (operators: readonly [string, ...string[]]) =>
  z
    .strictObject({ key: labelKey, operator: z.enum(operators), values: z.array(labelValue).optional() })
    .refine(({ operator, values = [] }) => takesItsValues(operator, values), {
      error: "In and NotIn take values, Gt and Lt one whole number, Exists and DoesNotExist none",
    });

const SET_OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"] as const;

const nodeTerm = z.strictObject({
  matchExpressions: z.array(requirement([...SET_OPERATORS, "Gt", "Lt"])).optional(),
  matchFields: z
    .array(
      z.strictObject({
        key: z.literal("metadata.name"),
        operator: z.enum(["In", "NotIn"]),
        values: z.array(z.string().refine(isDnsName)).length(1),
      }),
    )
    .optional(),
});

const nodeAffinity = z.strictObject({
  requiredDuringSchedulingIgnoredDuringExecution: z
    .strictObject({ nodeSelectorTerms: z.array(nodeTerm).min(1) })
    .optional(),
  preferredDuringSchedulingIgnoredDuringExecution: z
    .array(z.strictObject({ weight: integer(1, 100), preference: nodeTerm }))
    .optional(),
});

const selector = z.strictObject({
  matchLabels: z.record(labelKey, labelValue).optional(),
  matchExpressions: z.array(requirement(SET_OPERATORS)).optional(),
});

const podTerm = z.strictObject({
  topologyKey: labelKey,
  labelSelector: selector.optional(),
  namespaceSelector: selector.optional(),
  namespaces: z.array(z.string().refine(isDnsLabel)).optional(),
});

const podAffinity = z.strictObject({
  requiredDuringSchedulingIgnoredDuringExecution: z.array(podTerm).optional(),
  preferredDuringSchedulingIgnoredDuringExecution: z
    .array(z.strictObject({ weight: integer(1, 100), podAffinityTerm: podTerm }))
    .optional(),
});

const affinityType = z.strictObject({
  nodeAffinity: nodeAffinity.optional(),
  podAffinity: podAffinity.optional(),
  podAntiAffinity: podAffinity.optional(),
});

/** A section that is one setting: its keys are Kubernetes' own, and its documentation is Kubernetes' as well. */
function asKubernetesHas(type: z.ZodType, explain: string) {
  const advice = `Write it as \`kubectl explain ${explain} --recursive\` shows it`;
  return z
    .record(z.string(), z.unknown(), { error: `not a section. ${advice}` })
    .transform((input, context): Readonly<Record<string, unknown>> => {
      for (const issue of z.safeParse(type, input).error?.issues ?? []) {
        const keys = issue.code === "unrecognized_keys" ? issue.keys.join(", ") : undefined;
        const detail = keys !== undefined ? `unknown: ${keys}` : issue.code === "custom" ? issue.message : undefined;
        const message = `not what Kubernetes takes here${detail === undefined || detail === "Invalid input" ? "" : ` (${detail})`}. ${advice}`;
        context.issues.push({ code: "custom", input, path: issue.path, message });
      }
      return input;
    });
}

export const toleration = asKubernetesHas(tolerationType, "pod.spec.tolerations");

export const affinity = asKubernetesHas(affinityType, "pod.spec.affinity").meta({ label: "map" });
