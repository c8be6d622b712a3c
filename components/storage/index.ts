import type * as pulumi from "@pulumi/pulumi";
import type { LiveCluster, ObjectRef } from "../../lib/kubernetes/live";
import type { Finding, Found } from "../../lib/kubernetes/objects";
import type { ClusterArgs } from "../../lib/kubernetes/provider";
import type { Settings } from "../contracts/settings";
import type { StorageConfiguration } from "../contracts/tempoVersion";
import type { AlertRule } from "../grafana/kit/alertRule";
import type { Row } from "../grafana/kit/panels";
import type { Own } from "../grafana/queries/own";
import { volume, type VolumeSnapshot } from "./volume";

/** Where the traces are kept. Each kind is one folder beside this file, and nothing else asks which it is. */
export interface TraceStorage {
  /** Its part of tempo.yaml. */
  configuration(settings: Settings): StorageConfiguration;
  /** Registers what must be there before Tempo's pod. */
  register(name: string, args: StorageArgs, options: pulumi.CustomResourceOptions): pulumi.Resource[];
  pod(settings: Settings): StoragePod;
  /** Objects that it writes, whose owners the preflight looks at. */
  objects(settings: Settings): ObjectRef[];
  /** Asks what only a live system can tell. @param others objects that have a name of this stack's. */
  ask(
    settings: Settings,
    owner: string,
    cluster: LiveCluster,
    others: Promise<readonly Found[]>,
  ): Promise<StorageSnapshot>;
  /** Judges what was answered. */
  check(
    settings: Settings,
    owner: string,
    live: StorageSnapshot,
    others: readonly Found[],
  ): { readonly findings: readonly Finding[]; readonly notes: readonly string[] };
  /** What the settings allow and it cannot hold. */
  warnings(settings: Settings): string[];
  alerts(settings: Settings, own: Own): AlertRule[];
  /** @param interval how often the metrics are scraped, or longer. */
  dashboard(interval: string, settings: Settings, own: Own): Row[];
}

export interface StorageArgs {
  readonly settings: Settings;
  readonly owner: string;
  readonly cluster: ClusterArgs;
}

/** What Tempo's pod has of it, as Kubernetes has it. */
export interface StoragePod {
  readonly volumes: readonly object[];
  /** Of Tempo's container. */
  readonly mounts: readonly object[];
  readonly initContainers: readonly object[];
  readonly containers: readonly object[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** What was answered; a further store adds what it asks. */
export type StorageSnapshot = VolumeSnapshot;

/** Every store that there is. A further one is a folder, an entry here, and a setting that names it. */
export const TRACE_STORAGES: { volume: TraceStorage } = { volume };

/** The store that the settings ask for. */
export function traceStorageOf(_settings: Pick<Settings, "storage">): TraceStorage {
  return TRACE_STORAGES.volume;
}
