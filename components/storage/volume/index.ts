import * as kubernetes from "@pulumi/kubernetes/core/v1";
import type * as pulumi from "@pulumi/pulumi";
import type { LiveCluster, ObjectRef } from "../../../lib/kubernetes/live";
import type { Finding, Found } from "../../../lib/kubernetes/objects";
import { adoptingProvider, type ClusterArgs } from "../../../lib/kubernetes/provider";
import { DATA_PATH } from "../../contracts/dataPath";
import { labelsOf } from "../../contracts/labels";
import { GUARD_METRICS_PATH, ports } from "../../contracts/ports";
import type { Settings } from "../../contracts/settings";
import { guardServiceName } from "../../monitoring/targets";
import { claimName, renderClaim } from "../claim/claim";
import { askClaim, checkClaim, notesOnClaim, type ClaimSnapshot } from "../claim/preflight";
import { storageRules } from "./alerts";
import { capacityWarnings } from "./capacity";
import { storageConfiguration } from "./configuration";
import { storageRows } from "./dashboard";
import {
  guardChecksum,
  guardConfigName,
  guardContainer,
  guardFiles,
  guardVolumes,
  seedContainer,
  tempoMount,
} from "./guard";
import { checkShortening, switchesOn } from "./retention";

/** One claim that holds every trace, and the guard that keeps it from being full. */
export const volume = {
  configuration: storageConfiguration,
  register,
  pod,
  objects,
  ask,
  check,
  warnings: capacityWarnings,
  alerts: storageRules,
  dashboard: storageRows,
};

interface Args {
  readonly settings: Settings;
  /** Value of the owner label on every object. */
  readonly owner: string;
  /** For the provider that adopts what a `destroy` left. */
  readonly cluster: ClusterArgs;
}

/**
 * The claim is an object of its own because it must outlive everything else: a `destroy`, an uninstalled chart, a change
 * of the chart's templates.
 */
function register(name: string, args: Args, options: pulumi.CustomResourceOptions): pulumi.Resource[] {
  const { settings, owner, cluster } = args;
  const { namespace } = settings;
  const claim = new kubernetes.PersistentVolumeClaim(`${name}-claim`, renderClaim(settings, owner), {
    ...options,
    // Its own provider, because only here an existing object is wanted: the claim that an earlier `destroy` kept.
    // Everything else that exists already is somebody's, and creating it shall fail.
    provider: adoptingProvider(`${name}-claim-provider`, cluster, options.parent ? { parent: options.parent } : {}),
    retainOnDelete: true,
    protect: settings.volume.protect,
  });
  if (!settings.storage.guard) return [claim];
  const metadata = { name: guardConfigName(settings), namespace, labels: labelsOf(settings, owner) };
  return [claim, new kubernetes.ConfigMap(`${name}-guard`, { metadata, data: guardFiles(settings) }, options)];
}

function pod(settings: Settings) {
  const { storage } = settings;
  const { guard, adaptiveRetention } = storage;
  return {
    volumes: [
      { name: "storage", persistentVolumeClaim: { claimName: claimName(settings) } },
      ...(guard ? guardVolumes(settings) : []),
    ],
    mounts: [{ name: "storage", mountPath: DATA_PATH }, ...(adaptiveRetention ? [tempoMount] : [])],
    // Tempo does not start without the overrides file.
    initContainers: guard && adaptiveRetention ? [seedContainer(storage)] : [],
    containers: guard ? [guardContainer(storage)] : [],
    annotations: guard ? { "checksum/guard": guardChecksum(settings) } : {},
  };
}

/** The names that it writes, apart from the claim's, of which {@link ask} asks more. */
function objects(settings: Settings): ObjectRef[] {
  const { namespace, storage } = settings;
  return storage.guard ? [{ apiVersion: "v1", kind: "ConfigMap", namespace, name: guardConfigName(settings) }] : [];
}

/** What the cluster has of it. */
export interface VolumeSnapshot extends ClaimSnapshot {
  /** The metrics of a guard that runs already; asked for only where they decide something. */
  readonly guardPage?: string;
}

async function ask(
  settings: Settings,
  owner: string,
  cluster: LiveCluster,
  others: Promise<readonly Found[]>,
): Promise<VolumeSnapshot> {
  const [claims, found] = await Promise.all([askClaim(settings, owner, cluster), others]);
  if (!claims.claim || !switchesOn(settings, { conf: guardConf(settings, found) })) return claims;
  const guard = { namespace: settings.namespace, name: guardServiceName(settings) };
  const guardPage = await cluster.page(guard, ports.guard, GUARD_METRICS_PATH);
  return { ...claims, ...(guardPage !== undefined && { guardPage }) };
}

function guardConf(settings: Settings, others: readonly Found[]): string | undefined {
  const map = others.find(({ ref }) => ref.kind === "ConfigMap" && ref.name === guardConfigName(settings))?.object;
  return (map as { data?: Record<string, string> } | undefined)?.data?.["guard.conf"];
}

function check(
  settings: Settings,
  owner: string,
  live: VolumeSnapshot,
  others: readonly Found[],
): { findings: readonly Finding[]; notes: readonly string[] } {
  const shortening = live.claim
    ? checkShortening(settings, { conf: guardConf(settings, others), page: live.guardPage })
    : { findings: [], notes: [] };
  // A claim beside a Tempo that runs is no news.
  const isNew = !others.some(({ ref }) => ref.kind === "StatefulSet");
  return {
    findings: [...checkClaim(settings, owner, live), ...shortening.findings],
    notes: [...(isNew ? notesOnClaim(settings, live) : []), ...shortening.notes],
  };
}
