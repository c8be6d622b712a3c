import { z } from "zod";
import * as field from "../../lib/schema/fields";
import { resourcesOf } from "../../lib/schema/kubernetes";
import type { Sections } from "../../lib/schema/sections";
import { versions } from "../versions/pins";

const accessMode = z.enum(["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"], {
  error: "no access mode that Tempo can write with. Write ReadWriteOnce, ReadWriteOncePod or ReadWriteMany",
});

/** The claim that holds the traces. Only `size` may change later, and only upwards. */
const volume = z.strictObject({
  /** Size of the claim, in bytes. */
  size: field.byteSize.prefault("10Gi"),
  /** StorageClass; absent: the cluster's default class. */
  storageClass: field.optional(field.dnsName),
  accessModes: field
    .distinct(accessMode, "access mode")
    .min(1, { error: "empty. Write at least one access mode" })
    .refine((modes) => modes.length < 2 || !modes.includes("ReadWriteOncePod"), {
      error: "ReadWriteOncePod beside another mode, which Kubernetes refuses. Write one of them",
    })
    .default(["ReadWriteOnce"]),
  /** Name of the claim; absent: `data-<name>-0`, as a StatefulSet's template would have named it. */
  claimName: field.optional(field.dnsName),
  /** A PersistentVolume made by hand that the claim shall bind; absent: whichever the class provides. */
  volumeName: field.optional(field.dnsName),
  /** Labels that a PersistentVolume must have; empty: any. */
  selector: field.kubernetesLabels.prefault({}),
  /** Pulumi refuses to delete the claim. Retained on destroy it is in any case. */
  protect: field.boolean.prefault(true),
});

/** What watches over the volume: docs/decisions/storage.md. */
const storage = z.strictObject({
  /** A container beside Tempo measures the volume and publishes what it holds as metrics. */
  guard: field.boolean.prefault(true),
  /** Its image: busybox, pinned. */
  image: field.image.prefault(versions.guardImage),
  /** Of its container, and of the one that measures once before Tempo starts. */
  resources: resourcesOf(["10m", "16Mi"], ["", "64Mi"]),
  /** The guard shortens retention before the volume is full, and in the end has senders refused. */
  sizeAware: field.boolean.prefault(false),
  /** Shortest retention that this leads to. */
  floor: field.duration.prefault("24h"),
  /**
   * The word that traces older than this may go at once where the volume is full already, as when `sizeAware` is
   * switched on or a Tempo is adopted. Without it the guard makes room for what comes in, and for nothing else.
   */
  shortenAtOnceTo: field.optional(field.duration),
});

export const storageSettings = {
  volume: volume.prefault({}),
  storage: storage.prefault({}),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof storageSettings> {}
}
