import { advice, bad, type BadCase } from "./types";

const mode = "no access mode that Tempo can write with. Write ReadWriteOnce, ReadWriteOncePod or ReadWriteMany.";

export const volumeCases: BadCase[] = [
  bad({ volume: "10Gi" }, `tempo:volume = "10Gi": ${advice.section}`),
  bad({ volume: "" }, `tempo:volume = "": ${advice.section}`),
  bad({ volume: [] }, `tempo:volume = []: ${advice.section}`),
  bad({ volume: 10 }, `tempo:volume = "10": ${advice.section}`),
  bad({ volume: '{"size": "10Gi"' }, `tempo:volume = "{\\"size\\": \\"10Gi\\"": ${advice.section}`),

  bad({ volume: { size: "10Gib" } }, `tempo:volume.size = "10Gib": ${advice.size}`),
  bad({ volume: { size: "10GB" } }, `tempo:volume.size = "10GB": ${advice.size}`),
  bad({ volume: { size: "10gi" } }, `tempo:volume.size = "10gi": ${advice.size}`),
  bad({ volume: { size: "10 Gi" } }, `tempo:volume.size = "10 Gi": ${advice.size}`),
  bad({ volume: { size: "10Gi " } }, `tempo:volume.size = "10Gi ": ${advice.size}`),
  bad({ volume: { size: "-1Gi" } }, `tempo:volume.size = "-1Gi": ${advice.size}`),
  bad({ volume: { size: "0" } }, `tempo:volume.size = "0": ${advice.size}`),
  bad({ volume: { size: "500m" } }, `tempo:volume.size = "500m": ${advice.size}`),
  bad({ volume: { size: "" } }, `tempo:volume.size = "": ${advice.size}`),
  bad({ volume: { size: 10 } }, `tempo:volume.size = 10: ${advice.size}`),
  bad({ volume: { size: 0 } }, `tempo:volume.size = 0: ${advice.size}`),
  bad({ volume: { size: -1 } }, `tempo:volume.size = -1: ${advice.size}`),
  bad({ volume: { size: null } }, `tempo:volume.size = null: ${advice.size}`),
  bad({ volume: { size: ["10Gi"] } }, `tempo:volume.size = ["10Gi"]: ${advice.size}`),
  bad(
    { volume: { size: "10" } },
    'tempo:volume.size = "10": less than 100Mi, too little to work with; a number without a unit counts bytes. Write at least 100Mi.',
  ),
  bad(
    { volume: { size: "99999999999Ei" } },
    'tempo:volume.size = "99999999999Ei": 8Pi or more, which cannot be counted exactly. Write less.',
  ),

  bad({ volume: { storageClass: 5 } }, `tempo:volume.storageClass = 5: ${advice.dnsName}`),
  bad({ volume: { storageClass: null } }, `tempo:volume.storageClass = null: ${advice.dnsName}`),
  bad({ volume: { storageClass: "Fast SSD" } }, `tempo:volume.storageClass = "Fast SSD": ${advice.dnsName}`),

  bad({ volume: { accessModes: "ReadWriteOnce" } }, `tempo:volume.accessModes = "ReadWriteOnce": ${advice.list}`),
  bad({ volume: { accessModes: {} } }, `tempo:volume.accessModes = {}: ${advice.list}`),
  bad({ volume: { accessModes: [] } }, "tempo:volume.accessModes = []: empty. Write at least one access mode."),
  bad({ volume: { accessModes: ["ReadOnlyMany"] } }, `tempo:volume.accessModes[0] = "ReadOnlyMany": ${mode}`),
  bad(
    { volume: { accessModes: ["ReadWriteOnce", "RWX", null] } },
    `tempo:volume.accessModes[1] = "RWX": ${mode}`,
    `tempo:volume.accessModes[2] = null: ${mode}`,
  ),
  bad(
    { volume: { accessModes: ["ReadWriteOnce", "ReadWriteOnce"] } },
    'tempo:volume.accessModes = ["ReadWriteOnce","ReadWriteOnce"]: names the same twice. Write each access mode once.',
  ),
  // Kubernetes refuses such a claim.
  bad(
    { volume: { accessModes: ["ReadWriteOnce", "ReadWriteOncePod"] } },
    'tempo:volume.accessModes = ["ReadWriteOnce","ReadWriteOncePod"]: ReadWriteOncePod beside another mode, which Kubernetes refuses. Write one of them.',
  ),

  bad({ volume: { claimName: 5 } }, `tempo:volume.claimName = 5: ${advice.dnsName}`),
  bad({ volume: { claimName: "Data" } }, `tempo:volume.claimName = "Data": ${advice.dnsName}`),
  bad({ volume: { claimName: "data/tempo" } }, `tempo:volume.claimName = "data/tempo": ${advice.dnsName}`),
  bad({ volume: { claimName: "a".repeat(64) } }, `tempo:volume.claimName = "${"a".repeat(64)}": ${advice.dnsName}`),
  bad({ volume: { volumeName: true } }, `tempo:volume.volumeName = true: ${advice.dnsName}`),
  bad({ volume: { volumeName: "pv_1" } }, `tempo:volume.volumeName = "pv_1": ${advice.dnsName}`),

  bad({ volume: { selector: "a=b" } }, `tempo:volume.selector = "a=b": ${advice.map}`),
  bad({ volume: { selector: ["a"] } }, `tempo:volume.selector = ["a"]: ${advice.map}`),
  bad({ volume: { selector: { disk: 5 } } }, `tempo:volume.selector.disk = 5: ${advice.text}`),
  bad(
    { volume: { selector: { matchLabels: { disk: "ssd" } } } },
    `tempo:volume.selector.matchLabels = {"disk":"ssd"}: ${advice.text}`,
  ),
  bad(
    { volume: { selector: { "a b": "c", disk: "big disk" } } },
    `tempo:volume.selector["a b"] = "c": ${advice.kubernetesLabel}`,
    `tempo:volume.selector.disk = "big disk": ${advice.kubernetesLabel}`,
  ),

  // What of a section is right is still held against what goes together.
  bad(
    { volume: { size: "1", storageClass: "A_B" } },
    `tempo:volume.storageClass = "A_B": ${advice.dnsName}`,
    'tempo:volume.size = "1": less than 100Mi, too little to work with; a number without a unit counts bytes. Write at least 100Mi.',
  ),

  bad({ volume: { protect: "yes" } }, `tempo:volume.protect = "yes": ${advice.boolean}`),
  bad({ volume: { protect: 0 } }, `tempo:volume.protect = 0: ${advice.boolean}`),
  bad({ volume: { protect: null } }, `tempo:volume.protect = null: ${advice.boolean}`),
];
