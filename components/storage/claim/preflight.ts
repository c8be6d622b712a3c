import type { ListOptions, LiveCluster, LiveObject } from "../../../lib/kubernetes/live";
import { foreign, isOurs, type Finding } from "../../../lib/kubernetes/objects";
import { OWNER_LABEL } from "../../../lib/kubernetes/owner";
import { compareQuantities, parseQuantity } from "../../../lib/schema/quantity";
import type { Settings } from "../../contracts/settings";
import { claimName, fixedParts, WRITTEN_ANNOTATION, type FixedParts } from "./claim";

/** What the cluster has of the claim; asked by {@link askClaim}. */
export interface ClaimSnapshot {
  readonly claim: LiveObject | undefined;
  /** The claim's class, or the one that a new claim would get. */
  readonly storageClass: LiveObject | undefined;
  /** Every claim that carries our owner label; more than one after a migration. */
  readonly ourClaims: readonly LiveObject[];
}

/** @throws ClusterSilent when the cluster does not answer. */
export async function askClaim(settings: Settings, owner: string, cluster: LiveCluster): Promise<ClaimSnapshot> {
  const { namespace } = settings;
  const [claim, ourClaims] = await Promise.all([
    cluster.read({ apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name: claimName(settings) }),
    listOurClaims(namespace, owner, cluster),
  ]);
  const className = specOf(claim).storageClassName ?? fixedParts(settings).storageClass;
  const storageClass =
    className === undefined
      ? defaultClass(await cluster.list("storage.k8s.io/v1", "StorageClass"))
      : className === ""
        ? undefined
        : await cluster.read({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", name: className });
  return { claim, storageClass, ourClaims };
}

/** In every namespace, or in ours where the credentials reach no further. */
async function listOurClaims(namespace: string, owner: string, cluster: LiveCluster): Promise<readonly LiveObject[]> {
  const list = (where: ListOptions): Promise<readonly LiveObject[]> =>
    cluster.list("v1", "PersistentVolumeClaim", { labelSelector: `${OWNER_LABEL}=${owner}`, ...where });
  return list({}).catch(() => list({ namespace }));
}

const MIGRATION = "docs/runbooks/migrate-volume.md";

export function checkClaim(settings: Settings, owner: string, live: ClaimSnapshot): Finding[] {
  const { claim, storageClass } = live;
  if (!claim) return [...checkOtherClaims(settings, owner, live), ...checkClassOfNewClaim(settings, storageClass)];

  const key = `PersistentVolumeClaim ${settings.namespace}/${claimName(settings)}`;
  if (!isOurs(claim, owner)) return [foreign(key, claim, owner)];
  if (claim.metadata?.deletionTimestamp) {
    return [
      { key, message: "being deleted; it goes when its last pod does. Save its traces first: docs/runbooks/backup.md" },
    ];
  }
  return [...checkSize(settings, claim, storageClass), ...checkFixedParts(fixedParts(settings), claim)];
}

/** A claim of another name or in another namespace has our traces: a new one would start without them. */
function checkOtherClaims(settings: Settings, owner: string, { ourClaims }: ClaimSnapshot): Finding[] {
  const wanted = `${settings.namespace}/${claimName(settings)}`;
  return ourClaims
    .filter((claim) => isOurs(claim, owner))
    .map((claim) => ({
      key: `PersistentVolumeClaim ${claim.metadata?.namespace ?? "?"}/${claim.metadata?.name ?? "?"}`,
      message:
        `has the traces of this stack, and ${wanted}, which the settings name, would start without them. Write ` +
        `namespace, name and volume.claimName as they were, or move the traces: ${MIGRATION}`,
    }));
}

function checkClassOfNewClaim(settings: Settings, storageClass: LiveObject | undefined): Finding[] {
  const { storageClass: className, volumeName, selector } = fixedParts(settings);
  // A volume made by hand may name a class that does not exist: it is only a word that both write.
  if (storageClass || volumeName !== undefined || Object.keys(selector).length > 0) return [];
  return className === undefined
    ? [
        {
          key: "volume.storageClass",
          isSetting: true,
          message: "missing, and the cluster has no default StorageClass. Write one (kubectl get storageclass)",
        },
      ]
    : [
        {
          key: "volume.storageClass",
          isSetting: true,
          found: JSON.stringify(className),
          message: "no such StorageClass on the cluster. Write one that is there (kubectl get storageclass)",
        },
      ];
}

function checkSize({ volume }: Settings, claim: LiveObject, storageClass: LiveObject | undefined): Finding[] {
  const liveText = specOf(claim).resources?.requests?.["storage"];
  const liveSize = liveText === undefined ? undefined : parseQuantity(liveText);
  if (!liveSize) return [];
  const size = { key: "volume.size", isSetting: true, found: JSON.stringify(volume.size.text) } as const;
  const order = compareQuantities(volume.size, liveSize);
  if (order < 0) {
    const message = `smaller than the claim, which has ${liveText}; a claim never shrinks. Write ${liveText} or more, or move the traces: ${MIGRATION}`;
    return [{ ...size, message }];
  }
  if (order === 0) return [];
  if (phaseOf(claim) !== "Bound") {
    return [
      {
        ...size,
        message: `larger than the claim's ${liveText}, which is not bound yet and cannot grow before. Write ${liveText} until the pod has started`,
      },
    ];
  }
  if (storageClass?.allowVolumeExpansion === true) return [];
  const name = specOf(claim).storageClassName ?? "";
  return [
    {
      ...size,
      message: `larger than the claim's ${liveText}, and its class "${name}" does not allow expansion. Write ${liveText}, or move the traces: ${MIGRATION}`,
    },
  ];
}

/**
 * What Kubernetes never changes on a claim: the plan would replace it. Compared with what was written when the claim
 * was made, where it says so, since that is what the plan compares with; otherwise with the claim itself.
 */
function checkFixedParts(wanted: FixedParts, claim: LiveObject): Finding[] {
  const written = writtenParts(claim);
  const current = written ?? liveParts(claim);
  return (["storageClass", "volumeName", "accessModes", "selector"] as const).flatMap((part) => {
    // What was left out takes what the claim has; what was written must not be left out later.
    if (wanted[part] === undefined && written === undefined) return [];
    if (canonical(wanted[part]) === canonical(current[part])) return [];
    const had = current[part];
    const message =
      had === undefined
        ? "left out when the claim was made, and never changeable. Leave it out"
        : `not what the claim was made with, ${JSON.stringify(had)}, and never changeable. Write that`;
    return [
      {
        key: `volume.${part}`,
        isSetting: true as const,
        found: wanted[part] === undefined ? "none" : JSON.stringify(wanted[part]),
        message: `${message}, or move the traces: ${MIGRATION}`,
      },
    ];
  });
}

function writtenParts(claim: LiveObject): Partial<FixedParts> | undefined {
  const text = claim.metadata?.annotations?.[WRITTEN_ANNOTATION];
  try {
    const parts: unknown = text === undefined ? undefined : JSON.parse(text);
    return typeof parts === "object" && parts !== null ? parts : undefined;
  } catch {
    return undefined;
  }
}

function liveParts(claim: LiveObject): FixedParts {
  const { storageClassName, accessModes = [], volumeName, selector } = specOf(claim);
  return {
    ...(storageClassName !== undefined && { storageClass: storageClassName }),
    accessModes,
    ...(volumeName !== undefined && { volumeName }),
    selector: selector?.matchLabels ?? {},
  };
}

/** The same text for the same lists and maps, in whatever order they were written. */
function canonical(part: FixedParts[keyof FixedParts]): string {
  if (part === undefined || typeof part === "string") return String(part);
  const entries = Array.isArray(part)
    ? [...(part as readonly string[])]
    : Object.entries(part).map((entry) => entry.join("="));
  return JSON.stringify(entries.sort());
}

interface ClaimSpec {
  readonly storageClassName?: string;
  readonly volumeName?: string;
  readonly accessModes?: readonly string[];
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
}

export function specOf(claim: LiveObject | undefined): ClaimSpec {
  return claim?.spec ?? {};
}

function phaseOf(claim: LiveObject): string | undefined {
  return (claim.status as { phase?: string } | undefined)?.phase;
}

/** Kubernetes' own choice: of several the newest, and of those the first by name. */
export function defaultClass(classes: readonly LiveObject[]): LiveObject | undefined {
  const made = ({ metadata }: LiveObject): number => Date.parse(metadata?.creationTimestamp ?? "") || 0;
  const name = ({ metadata }: LiveObject): string => metadata?.name ?? "";
  const byAge = (a: LiveObject, b: LiveObject): number => made(b) - made(a) || (name(a) < name(b) ? -1 : 1);
  return classes.filter(isDefaultClass).toSorted(byAge)[0];
}

/** By either annotation: the older one still counts, and some distributions write no other. */
function isDefaultClass({ metadata }: LiveObject): boolean {
  return ["", "beta."].some(
    (age) => metadata?.annotations?.[`storageclass.${age}kubernetes.io/is-default-class`] === "true",
  );
}

/** What a plan does not show: it says "create" where a claim is adopted. */
export function notesOnClaim(settings: Settings, { claim }: ClaimSnapshot): string[] {
  if (!claim) return [];
  const size = specOf(claim).resources?.requests?.["storage"] ?? "unknown size";
  return [
    `PersistentVolumeClaim ${settings.namespace}/${claimName(settings)} (${size}) is there already and is used as it is, with its traces`,
  ];
}
