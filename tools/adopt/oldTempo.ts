import { posix } from "node:path";
import { parse } from "yaml";
import type { LiveObject } from "../../lib/kubernetes/live";
import { parseDuration } from "../../lib/schema/duration";
import type { Problem } from "../../lib/problems";
import { describe, nameOf, specOf, type Container, type PodSpec, type Volume, type WorkloadSpec } from "./shapes";

/** What the old Tempo's manifest and configuration say of the files on its volume. */
export interface OldTempo {
  readonly workload: LiveObject;
  readonly container: Container;
  /** `2.10.1`; absent where the image does not tell. */
  readonly version?: string;
  /** The user that its files belong to; absent where nothing tells. */
  readonly uid?: number;
  /** Folders on the volume, from its root; empty for the root itself. Absent where they are not on the volume. */
  readonly blocks?: string;
  readonly wal?: string;
  /** Milliseconds. */
  readonly retention: number;
  /** The name of the ConfigMap that it reads. */
  readonly configMap?: string;
  readonly problems: readonly Problem[];
}

/** What is read of a tempo.yaml; anything may be missing, and Tempo has checked the rest. */
interface TempoConfig {
  readonly multitenancy_enabled?: boolean;
  readonly storage?: {
    readonly trace?: {
      readonly backend?: string;
      readonly local?: { readonly path?: string };
      readonly wal?: { readonly path?: string; readonly version?: string };
      readonly block?: { readonly version?: string };
    };
  };
  readonly compactor?: { readonly compaction?: { readonly block_retention?: string } };
  readonly overrides?: {
    readonly defaults?: { readonly compaction?: { readonly block_retention?: string } };
    readonly block_retention?: string;
  };
}

/** The version whose blocks this stack's Tempo reads whatever else is configured: vParquet3 became the default. */
const OLDEST = [2, 4] as const;
/** Formats that Tempo 2.10 cannot open any more. Its own list has v2 and vParquet3 to vParquet5. */
const UNREADABLE = new Set(["vParquet", "vParquet2"]);
/** The user of Tempo's own image since 2.5, and of this stack's pod. */
export const TEMPO_USER = 10001;
/** Tempo's own, for a configuration without one. */
const DEFAULT_RETENTION = "336h";

/** The container that is a Tempo. */
export function tempoContainer({ containers }: PodSpec): Container | undefined {
  return (
    containers.find(({ image = "" }) => /(^|\/)tempo$/.test(repositoryOf(image))) ??
    containers.find(({ name }) => name === "tempo") ??
    (containers.length === 1 ? containers[0] : undefined)
  );
}

function repositoryOf(image: string): string {
  return image.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
}

/** Which ConfigMap and key hold the file that the container reads. */
export function configFileOf(pod: PodSpec, container: Container): { name: string; key: string } | undefined {
  const file = flag(container, "config.file");
  if (file === undefined) return undefined;
  const mount = deepest(container, file);
  const volume = mount && pod.volumes?.find(({ name }) => name === mount.name);
  const name = volume?.configMap?.name;
  if (!mount || name === undefined) return undefined;
  const path = mount.subPath ?? posix.relative(mount.mountPath, file);
  return { name, key: keyOf(volume, path) };
}

function keyOf(volume: Volume | undefined, path: string): string {
  return volume?.configMap?.items?.find((item) => item.path === path)?.key ?? path;
}

/** The mount that a path lies in: of nested ones the innermost. */
function deepest({ volumeMounts = [] }: Container, path: string) {
  return volumeMounts
    .filter(({ mountPath }) => isWithin(mountPath, path))
    .sort((a, b) => b.mountPath.length - a.mountPath.length)[0];
}

function isWithin(folder: string, path: string): boolean {
  const relative = posix.relative(folder, path);
  return relative === "" || !relative.startsWith("..");
}

/** A flag of the command line: `-name=value`, `--name value`. */
function flag({ command = [], args = [] }: Container, name: string): string | undefined {
  const words = [...command, ...args];
  for (const [index, word] of words.entries()) {
    const match = new RegExp(`^--?${name.replaceAll(".", "\\.")}(?:=(.*))?$`, "s").exec(word);
    if (match) return match[1] ?? words[index + 1];
  }
  return undefined;
}

export interface OldTempoFacts {
  readonly workload: LiveObject;
  /** Its configuration, where it could be read. */
  readonly config: string | undefined;
  /** What a person has said. */
  readonly version: string | undefined;
  /** Name of the claim that is to be adopted. */
  readonly claim: string;
  /** The version that this stack deploys. */
  readonly ours: string | undefined;
}

/** Reads the old Tempo. Everything that makes its traces unreachable for the new one is a problem. */
export function readOldTempo(facts: OldTempoFacts): OldTempo | undefined {
  const { workload } = facts;
  const pod = specOf<WorkloadSpec>(workload).template?.spec;
  const container = pod && tempoContainer(pod);
  if (!container) return undefined;
  const key = describe(workload);
  const problems: Problem[] = [];
  const configFile = configFileOf(pod, container);
  const config = parseConfig(facts.config, container);
  if (!config) {
    problems.push({
      key,
      message:
        "its tempo.yaml could not be read, so nobody knows where its traces are. Write --config FILE, with a copy of it",
    });
  }
  const version = facts.version ?? versionOf(container.image ?? "");
  problems.push(...checkVersion(key, container.image ?? "?", version, facts.ours));
  const read = config && readStorage(config, container, pod, { key, version, claim: facts.claim, workload });
  problems.push(...(read?.problems ?? []));
  const uid = container.securityContext?.runAsUser ?? pod.securityContext?.runAsUser ?? imageUser(version);
  return {
    workload,
    container,
    ...(version !== undefined && { version }),
    ...(uid !== undefined && { uid }),
    ...(read?.blocks !== undefined && { blocks: read.blocks }),
    ...(read?.wal !== undefined && { wal: read.wal }),
    ...(configFile && { configMap: configFile.name }),
    retention: parseDuration(retentionOf(config))?.ms ?? parseDuration(DEFAULT_RETENTION)?.ms ?? 0,
    problems,
  };
}

function parseConfig(text: string | undefined, container: Container): TempoConfig | undefined {
  if (text === undefined && flag(container, "config.file") !== undefined) return undefined;
  try {
    return (parse(text ?? "") ?? {}) as TempoConfig;
  } catch {
    return undefined;
  }
}

function retentionOf(config: TempoConfig | undefined): string {
  const { overrides, compactor } = config ?? {};
  const text =
    overrides?.defaults?.compaction?.block_retention ??
    overrides?.block_retention ??
    compactor?.compaction?.block_retention ??
    DEFAULT_RETENTION;
  // 0 in the overrides means the compactor's.
  return /^0[a-z]*$/.test(text) ? (compactor?.compaction?.block_retention ?? DEFAULT_RETENTION) : text;
}

/** `2.10.1` of `grafana/tempo:2.10.1`; a digest beside it changes nothing. */
export function versionOf(image: string): string | undefined {
  return /:v?(\d+\.\d+\.\d+)(?:@|$)/.exec(image)?.[1];
}

function imageUser(version: string | undefined): number | undefined {
  if (version === undefined) return undefined;
  return isBefore(version, [2, 5]) ? 0 : TEMPO_USER;
}

function isBefore(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split(".").map(Number);
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}

function checkVersion(key: string, image: string, version: string | undefined, ours: string | undefined): Problem[] {
  const found = JSON.stringify(image);
  if (version === undefined) {
    return [
      {
        key,
        found,
        message: "the image does not tell which version it is. Write --tempo-version X.Y.Z (its /status/version)",
      },
    ];
  }
  if (!isBefore(version, [3, 0])) {
    return [{ key, found, message: "Tempo 3 writes what Tempo 2 does not read. Its volume cannot be taken over" }];
  }
  const [major = 0, minor = 0] = (ours ?? version).split(".").map(Number);
  if (!isBefore(version, [major, minor + 1])) {
    return [
      {
        key,
        found,
        message: `newer than the stack's ${ours ?? "?"}, which may not read its blocks. Set image to this version or a later one`,
      },
    ];
  }
  if (isBefore(version, OLDEST)) {
    return [
      {
        key,
        found,
        message:
          `writes blocks that Tempo ${ours ?? ""} cannot open. Upgrade the old Tempo to 2.9 first, and wait until its ` +
          "retention has deleted what was written before; npm run adopt looks at the blocks themselves in its first step",
      },
    ];
  }
  return [];
}

interface StorageQuestion {
  readonly key: string;
  readonly version: string | undefined;
  readonly claim: string;
  readonly workload: LiveObject;
}

function readStorage(config: TempoConfig, container: Container, pod: PodSpec, question: StorageQuestion) {
  const { key } = question;
  const trace = config.storage?.trace ?? {};
  const problems: Problem[] = [];
  const backend = flag(container, "storage.trace.backend") ?? trace.backend;
  if (backend !== "local") {
    const message =
      "its traces are in an object store, not on a volume. There is nothing to adopt; they stay where they are, and " +
      "this stack, which stores on a volume, does not find them";
    return { problems: [{ key: `${key}: storage.trace.backend`, found: JSON.stringify(backend ?? "none"), message }] };
  }
  const tenants = flag(container, "multitenancy.enabled") ?? String(config.multitenancy_enabled ?? false);
  if (tenants === "true") {
    const message =
      "each tenant has a folder of its own, and this stack reads the one of single-tenant only: no trace would be found";
    problems.push({ key: `${key}: multitenancy_enabled`, found: "true", message });
  }
  for (const [name, version] of [
    ["block", trace.block?.version],
    ["wal", trace.wal?.version],
  ] as const) {
    if (version === undefined || !UNREADABLE.has(version)) continue;
    const message = "Tempo 2.10 cannot open that format. Take the key out, and wait until its retention has passed";
    problems.push({ key: `${key}: storage.trace.${name}.version`, found: JSON.stringify(version), message });
  }
  const place = (name: string, path: string | undefined): string | undefined => {
    const onVolume = path === undefined ? undefined : folderOnVolume(path, container, pod, question);
    if (onVolume !== undefined) return onVolume;
    const message = `not on the claim ${question.claim}: it would not be found. Set volume.claimName to the claim that has it`;
    problems.push({ key: `${key}: storage.trace.${name}.path`, found: JSON.stringify(path ?? "none"), message });
    return undefined;
  };
  const blocks = place("local", flag(container, "storage.trace.local.path") ?? trace.local?.path);
  const wal = place("wal", flag(container, "storage.trace.wal.path") ?? trace.wal?.path ?? "/var/tempo/wal");
  return { problems, blocks, wal };
}

/** A path of the container as a folder on the claim's volume. */
function folderOnVolume(
  path: string,
  container: Container,
  pod: PodSpec,
  { claim, workload }: StorageQuestion,
): string | undefined {
  const mount = deepest(container, path);
  if (!mount || mount.subPathExpr !== undefined || path.includes("${")) return undefined;
  if (claimOf(mount.name, pod, workload) !== claim) return undefined;
  return posix.join(mount.subPath ?? "", posix.relative(mount.mountPath, path)).replace(/^\.?\/?$/, "");
}

/** The claim behind a volume of a pod: named, or made from the StatefulSet's template for its first pod. */
export function claimOf(volume: string, { volumes = [] }: PodSpec, workload: LiveObject): string | undefined {
  const templates = specOf<WorkloadSpec>(workload).volumeClaimTemplates ?? [];
  if (templates.some(({ metadata }) => metadata?.name === volume)) return `${volume}-${nameOf(workload)}-0`;
  return volumes.find(({ name }) => name === volume)?.persistentVolumeClaim?.claimName;
}

/** Every claim that a workload's first pod mounts. */
export function claimsOf(workload: LiveObject): string[] {
  const { template, volumeClaimTemplates = [] } = specOf<WorkloadSpec>(workload);
  const names = [
    ...volumeClaimTemplates.map(({ metadata }) => metadata?.name ?? ""),
    ...(template?.spec?.volumes ?? []).map(({ name }) => name),
  ];
  const pod = template?.spec ?? { containers: [] };
  return [...new Set(names.flatMap((name) => claimOf(name, pod, workload) ?? []))];
}
