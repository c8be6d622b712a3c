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
  size: field.byteSize.prefault("10Gi").describe("Size of the claim. Grows in place where the class allows it"),
  storageClass: field
    .optional(field.dnsName)
    .describe("StorageClass. Absent: the cluster's default class, or none with `volumeName` or `selector`"),
  accessModes: field
    .distinct(accessMode, "access mode")
    .min(1, { error: "empty. Write at least one access mode" })
    .refine((modes) => modes.length < 2 || !modes.includes("ReadWriteOncePod"), {
      error: "ReadWriteOncePod beside another mode, which Kubernetes refuses. Write one of them",
    })
    .default(["ReadWriteOnce"])
    .describe("`ReadWriteOnce`, `ReadWriteOncePod`, `ReadWriteMany`"),
  claimName: field
    .optional(field.dnsName)
    .describe("Name of the claim. Absent: `data-<name>-0`, as a StatefulSet's own template would name it"),
  volumeName: field
    .optional(field.dnsName)
    .describe("A PersistentVolume made by hand that the claim shall bind. Absent: whichever the class gives"),
  selector: field.kubernetesLabels.prefault({}).describe("Labels that a PersistentVolume must have. Empty: any"),
  protect: field.boolean
    .prefault(true)
    .describe("Pulumi refuses to delete the claim. It is retained on destroy in any case"),
});

/** What watches over the volume: docs/decisions/storage.md. */
const storage = z.strictObject({
  guard: field.boolean
    .prefault(true)
    .describe("A container beside Tempo measures the volume and publishes what it finds as metrics, on 3201"),
  image: field.image
    .prefault(versions.guardImage)
    .describe("Its image. Another one must have busybox's shell and tools"),
  resources: resourcesOf(["10m", "16Mi"], ["", "64Mi"]).describe(
    "What each of the guard's two containers asks for and may use",
  ),
  sizeAware: field.boolean
    .prefault(false)
    .describe(
      "The guard shortens retention before the volume is full, and in the end has senders refused. Needs `storage.guard`",
    ),
  floor: field.duration
    .prefault("24h")
    .describe("Shortest retention that this leads to: at least `1h`, at most `retention`"),
  shortenAtOnceTo: field
    .optional(field.duration)
    .describe(
      "Traces older than this may be deleted at once where the volume is full already, as the preflight asks for when `sizeAware` is switched on. Without it old traces only make room for new ones",
    ),
});

export const storageSettings = {
  volume: volume
    .prefault({})
    .describe(
      "The claim that holds the traces. Only `size` may change later, and only upwards. Everything else moves the traces: docs/runbooks/migrate-volume.md",
    ),
  storage: storage.prefault({}).describe("The guard of the volume: docs/decisions/storage.md"),
} as const;

declare module "../contracts/settings" {
  interface Settings extends Sections<typeof storageSettings> {}
}
