import type { types } from "@pulumi/kubernetes";
import { labelsOf } from "../../contracts/labels";
import type { Settings } from "../../contracts/settings";

type ClaimSpec = types.input.core.v1.PersistentVolumeClaim;

/** Name of the claim: what a StatefulSet's own template `data` would have made, so that an existing volume fits. */
export function claimName({ name, volume }: Pick<Settings, "name" | "volume">): string {
  return volume.claimName ?? `data-${name}-0`;
}

/**
 * Annotation that keeps the parts of the claim that never change as they were written. The plan compares with what was
 * written, not with what the cluster made of it: a class that was left out and is now written, although the claim has
 * just that class, would be a replacement. So the preflight compares with this (stack/preflight.ts).
 */
export const WRITTEN_ANNOTATION = "pulumi-tempo/volume";

/** The parts of a claim that Kubernetes never changes, as the settings have them. */
export interface FixedParts {
  readonly storageClass?: string;
  readonly accessModes: readonly string[];
  readonly volumeName?: string;
  readonly selector: Readonly<Record<string, string>>;
}

export function fixedParts({ volume }: Pick<Settings, "volume">): FixedParts {
  const { storageClass, accessModes, volumeName, selector } = volume;
  // A volume made by hand has no class unless one is written; left out, the claim would get the cluster's default.
  const handmade = volumeName !== undefined || Object.keys(selector).length > 0;
  const className = storageClass ?? (handmade ? "" : undefined);
  return {
    ...(className !== undefined && { storageClass: className }),
    accessModes,
    ...(volumeName !== undefined && { volumeName }),
    selector,
  };
}

/** The claim that holds every trace. */
export function renderClaim(settings: Settings, owner: string): ClaimSpec & { metadata: object } {
  const fixed = fixedParts(settings);
  const { storageClass, accessModes, volumeName, selector } = fixed;
  return {
    metadata: {
      name: claimName(settings),
      namespace: settings.namespace,
      labels: labelsOf(settings, owner),
      annotations: {
        // A class that binds at first use leaves the claim Pending until the pod exists, and the pod is made after
        // the claim: awaiting it would be a deadlock, five minutes long, on most homelab provisioners.
        "pulumi.com/skipAwait": "true",
        // One manager's name for all times. The default is random per resource, so that after `destroy` and `up` a
        // claim that has grown meanwhile would be a conflict with the manager of the first `up`.
        "pulumi.com/patchFieldManager": "pulumi-tempo",
        "pulumi.com/patchForce": "true",
        [WRITTEN_ANNOTATION]: JSON.stringify(fixed),
      },
    },
    spec: {
      accessModes: [...accessModes],
      resources: { requests: { storage: settings.volume.size.text } },
      ...(storageClass !== undefined && { storageClassName: storageClass }),
      ...(volumeName !== undefined && { volumeName }),
      ...(Object.keys(selector).length > 0 && { selector: { matchLabels: { ...selector } } }),
    },
  };
}
