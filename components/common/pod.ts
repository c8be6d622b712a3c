import type { ResourcesSettings, Settings } from "../contracts/settings";

/** What the settings say of a pod, as Kubernetes has it; whatever they leave out is not written. */

type Amounts = ResourcesSettings["limits"];

/** A container's requests and limits. */
export function renderResources({ requests, limits }: ResourcesSettings) {
  return { requests: amounts(requests), limits: amounts(limits) };
}

function amounts({ cpu, memory, ephemeralStorage }: Amounts): Record<string, string> {
  return {
    ...(cpu && { cpu: cpu.text }),
    memory: memory.text,
    ...(ephemeralStorage && { "ephemeral-storage": ephemeralStorage.text }),
  };
}

/** Parts that are in the settings of every pod. */
type PodSettings = Pick<
  Settings["pod"],
  "affinity" | "tolerations" | "priorityClassName" | "seLinuxOptions" | "imagePullSecrets"
> & { readonly nodeSelector: Readonly<Record<string, string>> };

/** Where a pod may run, and whence its images come. */
export function renderScheduling(pod: PodSettings) {
  const { nodeSelector, tolerations, affinity, priorityClassName, imagePullSecrets } = pod;
  return {
    ...nonEmpty({ nodeSelector, affinity }),
    ...(tolerations.length > 0 && { tolerations: [...tolerations] }),
    ...(priorityClassName !== undefined && { priorityClassName }),
    ...(imagePullSecrets.length > 0 && { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
  };
}

/** A pod's part of an SELinux context. */
export function renderSeLinux({ seLinuxOptions }: Pick<PodSettings, "seLinuxOptions">): {
  seLinuxOptions?: Record<string, string>;
} {
  return nonEmpty({ seLinuxOptions: nonEmpty(seLinuxOptions) as Record<string, string> });
}

/** Without what is undefined, and without maps that hold nothing. */
export function nonEmpty<T extends object>(parts: T): Partial<T> {
  const isEmpty = (value: unknown): boolean =>
    value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => !isEmpty(value))) as Partial<T>;
}
