import type { types } from "@pulumi/kubernetes";
import { labelsOf } from "../labels";
import type { Settings } from "../../settings/schema";

type ClaimSpec = types.input.core.v1.PersistentVolumeClaim;

/** Name of the claim: what a StatefulSet's own template `data` would have made, so that an existing volume fits. */
export function claimName({ name, volume }: Pick<Settings, "name" | "volume">): string {
  return volume.claimName ?? `data-${name}-0`;
}

/** The claim that holds every trace. */
export function renderClaim(settings: Settings, owner: string): ClaimSpec & { metadata: object } {
  const { volume } = settings;
  const { storageClass, volumeName, selector } = volume;
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
      },
    },
    spec: {
      accessModes: volume.accessModes,
      resources: { requests: { storage: volume.size.text } },
      ...(storageClass !== undefined && { storageClassName: storageClass }),
      ...(volumeName !== undefined && { volumeName }),
      ...(Object.keys(selector).length > 0 && { selector: { matchLabels: selector } }),
    },
  };
}
