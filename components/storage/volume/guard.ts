import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { stringify } from "yaml";
import { DATA_PATH } from "../../contracts/dataPath";
import { tempoVersionOf } from "../../versions";
import { renderResources } from "../../common/pod";
import { ports } from "../../contracts/ports";
import { toBytes } from "../../../lib/schema/quantity";
import type { Settings } from "../../contracts/settings";
import {
  BASELINE_KEPT,
  GUARD_INTERVAL,
  leastBurst,
  PRESSURE_LASTS,
  STEP_BACK_EVERY,
  storagePlan,
  type PlannedSettings,
} from "./plan";

/**
 * The guard: a container beside Tempo that measures its volume and keeps it from filling (guard.sh and the awk files beside it).
 * Here is what Kubernetes is told about it, as plain values.
 */

/** Where the guard's files are, from the ConfigMap. */
const FILES_PATH = "/etc/tempo-guard";

/** Shared with Tempo, which reads the overrides there. */
export const RUN_PATH = "/run/tempo-guard";

/** The file that Tempo does not start without (`overrides.per_tenant_override_config`). */
export const OVERRIDES_FILE = `${RUN_PATH}/overrides.yaml`;

type GuardSettings = PlannedSettings & Pick<Settings, "name" | "prometheus">;

const scripts = ["guard.sh", "inventory.awk", "decide.awk", "page.awk"] as const;

export function guardConfigName({ name }: Pick<Settings, "name">): string {
  return `${name}-guard`;
}

/** With line feeds, whatever a checkout on Windows made of them: a shell takes a carriage return for a part of a word. */
function scriptOf(file: string): string {
  return readFileSync(join(__dirname, file), "utf8").replaceAll("\r\n", "\n");
}

/**
 * The overrides file with placeholders for the guard's figures (guard.sh, `publish`). As long as nothing departs from the
 * settings the guard writes an empty file instead, with which the defaults count.
 */
export function overridesTemplate(settings: GuardSettings): string {
  const figures = { rate: "GUARD_RATE", burst: "GUARD_BURST", retention: "GUARD_RETENTION", window: "GUARD_WINDOW" };
  return stringify(tempoVersionOf(settings).overrides(settings, figures), { lineWidth: 0 });
}

/** The ConfigMap's data. In the scripts, `@name@` stands for what Tempo's version calls it. */
export function guardFiles(settings: GuardSettings): Record<string, string> {
  const { metrics, paths } = tempoVersionOf(settings);
  const named: Readonly<Record<string, string>> = { tracesCreated: metrics.tracesCreated, ...paths };
  const scriptFor = (file: string): string =>
    scriptOf(file).replace(/@(\w+)@/g, (_, name: string) => named[name] ?? "");
  return {
    ...Object.fromEntries(scripts.map((file) => [file, scriptFor(file)])),
    "guard.conf": renderGuardConf(settings),
    "overrides.tmpl": overridesTemplate(settings),
  };
}

/** Of all files: as an annotation of the pod it makes a change of them a restart. */
export function guardChecksum(settings: GuardSettings): string {
  return createHash("sha256")
    .update(JSON.stringify(guardFiles(settings)))
    .digest("hex");
}

/** What the guard reads; seconds, bytes and thousandths. */
export function renderGuardConf(settings: GuardSettings): string {
  const { marks, fallbackRate, roomPerRate, roomPerBurst, reserve } = storagePlan(settings);
  const tempo = tempoVersionOf(settings);
  const values: Record<string, string | number> = {
    DATA: DATA_PATH,
    RUN: RUN_PATH,
    PORT: ports.guard,
    PROCESS: "tempo",
    TEMPO: `http://127.0.0.1:${ports.http}`,
    INTERVAL: wholeSeconds(GUARD_INTERVAL),
    CLAIM: toBytes(settings.volume.size),
    SIZE_AWARE: settings.storage.adaptiveRetention ? 1 : 0,
    RETENTION: wholeSeconds(settings.retention.ms),
    FLOOR: wholeSeconds(settings.storage.minRetention.ms),
    LOW: marks.low,
    HIGH: marks.high,
    PAUSE: marks.pause,
    THROTTLE: marks.throttle,
    REFUSE: marks.refuse,
    // A level is left this far below its mark.
    SLACK: 10,
    LASTING: wholeSeconds(PRESSURE_LASTS),
    BASELINE: wholeSeconds(BASELINE_KEPT),
    AT_ONCE: wholeSeconds((settings.storage.shortenAtOnceTo ?? settings.retention).ms),
    STEP_BACK_EVERY: wholeSeconds(STEP_BACK_EVERY),
    STOPS_WITHIN: wholeSeconds(tempo.stopsWithin),
    WINDOW: wholeSeconds(tempo.timing(settings).compactionWindow),
    RATE: toBytes(settings.limits.ingestionRate),
    BURST: toBytes(settings.limits.ingestionBurst),
    FALLBACK_RATE: fallbackRate,
    LEAST_BURST: leastBurst(settings),
    PER_RATE: roomPerRate,
    PER_BURST: roomPerBurst,
    RESERVE: reserve,
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

function wholeSeconds(ms: number): number {
  return Math.round(ms / 1_000);
}

/** Names of the pod's volumes. */
const volume = { data: "storage", files: "guard-files", run: "guard-run" } as const;

export function guardVolumes(settings: Pick<Settings, "name">): object[] {
  return [
    { name: volume.files, configMap: { name: guardConfigName(settings) } },
    // In memory: on a hostPath volume the node's disk is full when Tempo's is, and this file is needed then.
    { name: volume.run, emptyDir: { medium: "Memory", sizeLimit: "8Mi" } },
  ];
}

/** How Tempo's container sees the guard's directory. */
export const tempoMount = { name: volume.run, mountPath: RUN_PATH, readOnly: true } as const;

type GuardContainerSettings = Pick<Settings["storage"], "image" | "resources">;

/** Before Tempo: one measurement, so that a volume that is full is known to be from the first span on. */
export function seedContainer(storage: GuardContainerSettings): object {
  return { ...container("guard-seed", "seed", storage.image.text), resources: renderResources(storage.resources) };
}

/** Beside Tempo. */
export function guardContainer(storage: GuardContainerSettings): object {
  return {
    ...container("guard", "run", storage.image.text),
    ports: [{ name: "guard-metrics", containerPort: ports.guard }],
    // No probes: while a container of the pod is not running the pod is not ready, and Tempo leaves its Service. An
    // alert tells of a guard that hangs.
    // Its directory in memory counts, too.
    resources: renderResources(storage.resources),
  };
}

function container(name: string, mode: string, image: string): object {
  return {
    name,
    image,
    command: command(mode),
    volumeMounts: [
      { name: volume.data, mountPath: DATA_PATH, readOnly: true },
      { name: volume.files, mountPath: FILES_PATH, readOnly: true },
      { name: volume.run, mountPath: RUN_PATH },
    ],
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}

function command(mode: string): string[] {
  return ["sh", `${FILES_PATH}/guard.sh`, mode, `${FILES_PATH}/guard.conf`];
}
