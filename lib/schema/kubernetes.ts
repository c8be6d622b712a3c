import { z } from "zod";
import * as field from "./fields";
import { isYamlText } from "./names";
import { affinity } from "./scheduling";

/** What several sections of the settings have in common, in Kubernetes' words. */

/** A StatefulSet adds a hash of up to 11 characters to its name in a label that holds 63. */
const LONGEST_NAME = 52;

export const releaseName = field.dnsLabel
  .refine((name) => name.length <= LONGEST_NAME, {
    error: `longer than ${LONGEST_NAME} characters, which Kubernetes has no room for in the pod's labels. Write a shorter name`,
  })
  .refine((name) => /^[a-z]/.test(name), {
    error: "begins with a digit, which a Service's name may not. Write a name that begins with a letter",
  })
  .refine(isYamlText, { error: field.NO_YAML_TEXT });

/** No CPU is a choice (`""`); no memory is not, since GOMEMLIMIT and the scheduler need it. */
const amounts = (cpu: string, memory: string) =>
  z
    .strictObject({
      cpu: field.optional(field.cpu).prefault(cpu),
      memory: field.byteSize.prefault(memory),
      /** Of the node's disk, logs included; absent: none. A ResourceQuota may demand it. */
      ephemeralStorage: field.optional(field.byteSize),
    })
    .prefault({});

type Amounts = readonly [cpu: string, memory: string];

/** What a container asks for and may use. */
export const resourcesOf = (requests: Amounts, limits: Amounts) =>
  z.strictObject({ requests: amounts(...requests), limits: amounts(...limits) }).prefault({});

/** The chart and some objects write these names without quotes. */
const plainName = field.dnsName.refine(isYamlText, { error: field.NO_YAML_TEXT });

/** What a pod has besides its containers, as Kubernetes has it. */
export const podParts = {
  /** Absent: the cluster's default. */
  priorityClassName: field.optional(plainName),
  /** Kubernetes' own words; empty: none. */
  affinity: affinity.prefault({}),
  /** Secrets of the pod's namespace with the credentials of registries. */
  imagePullSecrets: field.distinct(plainName, "Secret").default([]),
  /** Besides those written here. */
  annotations: field.annotations.prefault({}),
  /** Besides those written here. */
  labels: field.kubernetesLabels.prefault({}),
  /** Parts of the SELinux context of its processes; absent: the container runtime's. */
  seLinuxOptions: z
    .strictObject({
      user: field.optional(field.seLinuxPart),
      role: field.optional(field.seLinuxPart),
      type: field.optional(field.seLinuxPart),
      level: field.optional(field.seLinuxPart),
    })
    .prefault({}),
};
