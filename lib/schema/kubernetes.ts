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
const amounts = (what: string, cpu: string, memory: string, disk: string) =>
  z
    .strictObject({
      cpu: field.optional(field.cpu).prefault(cpu).describe(`${what} of processor time. Empty: none`),
      memory: field.byteSize.prefault(memory).describe(`${what} of memory`),
      ephemeralStorage: field
        .optional(field.byteSize)
        .prefault(disk)
        .describe(`${what} of the node's disk, for logs and \`/tmp\`. A ResourceQuota may demand it. Empty: none`),
    })
    .meta({ typeName: "Amounts" })
    .prefault({})
    .describe(`${what}s`);

type Amounts = readonly [cpu: string, memory: string];

/** What the kubelet keeps of a container's log: five files of 10 MiB, and a little for what it writes itself. */
const DISK = "64Mi";

/** What a container asks for and may use. No limit of its disk: whoever exceeds it is evicted, and loses what is in memory. */
export const resourcesOf = (requests: Amounts, limits: Amounts) =>
  z
    .strictObject({ requests: amounts("Request", ...requests, DISK), limits: amounts("Limit", ...limits, "") })
    .meta({ typeName: "Resources" })
    .prefault({});

/** The chart and some objects write these names without quotes. */
const plainName = field.dnsName.refine(isYamlText, { error: field.NO_YAML_TEXT });

/** What a pod has besides its containers, as Kubernetes has it. */
export const podParts = {
  priorityClassName: field.optional(plainName).describe("Its PriorityClass. Absent: the cluster's default"),
  affinity: affinity.prefault({}).describe("Affinity, as `kubectl explain pod.spec.affinity` shows it"),
  imagePullSecrets: field
    .distinct(plainName, "Secret")
    .default([])
    .describe("Secrets of its namespace with the credentials of registries"),
  annotations: field.annotations.prefault({}).describe("Annotations besides those written here"),
  labels: field.kubernetesLabels.prefault({}).describe("Labels besides those written here"),
  seLinuxOptions: z
    .strictObject({
      user: field.optional(field.seLinuxPart).describe("Such as `system_u`"),
      role: field.optional(field.seLinuxPart).describe("Such as `system_r`"),
      type: field.optional(field.seLinuxPart).describe("Such as `container_t`"),
      level: field.optional(field.seLinuxPart).describe("Such as `s0:c123,c456`"),
    })
    .prefault({})
    .describe(
      "SELinux context of its processes. Absent parts: the container runtime's. The Pod Security levels baseline and restricted allow `type` and `level` only",
    ),
};
