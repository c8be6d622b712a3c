import { exposedObjects, checkHttpRoutes } from "../components/ingress/preflight";
import { GATEWAY_API, HTTP_ROUTE_CRD } from "../components/ingress/routes";
import type { Settings } from "../components/contracts/settings";
import { checkServiceMonitors, monitoringObjects } from "../components/monitoring/preflight";
import { MONITORING_API, SERVICE_MONITOR_CRD } from "../components/monitoring/serviceMonitors";
import { traceStorageOf, type StorageSnapshot } from "../components/storage";
import { tailnetObjects } from "../components/tailnet/preflight";
import { tempoObjects } from "../components/tempo/preflight";
import type { LiveCluster, LiveObject, ObjectRef } from "../lib/kubernetes/live";
import { checkNamespace, checkOwners, prefixed, type Found, type PreflightResult } from "../lib/kubernetes/objects";
import { listProblems, type Problem } from "../lib/problems";

/**
 * What only the live cluster can tell: whether the namespace is there, whether an object of a name that we would write
 * is somebody else's, and whether the claim can become what the settings ask for. Gathered first, so that the checks
 * themselves are pure; asked before anything is registered.
 */
export interface Snapshot extends StorageSnapshot {
  readonly namespace: LiveObject | undefined;
  /** The definition of the Prometheus operator's ServiceMonitors; absent, too, where none are to be made. */
  readonly serviceMonitorDefinition: LiveObject | undefined;
  /** The definition of the Gateway API's HTTPRoutes; as above. */
  readonly httpRouteDefinition?: LiveObject | undefined;
  /** Every other object that has a name we are about to write. */
  readonly others: readonly Found[];
}

/** The errors of a preflight in one message; thrown before anything is registered. */
export class PreflightError extends Error {
  constructor(
    readonly problems: readonly Problem[],
    context: string,
  ) {
    super(`the cluster "${context}" does not fit the configuration; nothing was changed:\n${listProblems(problems)}`);
    this.name = "PreflightError";
  }
}

/** The names that this stack writes on Tempo's cluster, apart from namespace, claim and what sends spans. */
export function writtenObjects(settings: Settings): ObjectRef[] {
  return [
    ...tempoObjects(settings),
    ...traceStorageOf(settings).objects(settings),
    ...monitoringObjects(settings),
    ...tailnetObjects(settings),
    ...exposedObjects(settings),
  ];
}

/** Asks the cluster. @throws ClusterSilent when it does not answer. */
export async function takeSnapshot(settings: Settings, owner: string, cluster: LiveCluster): Promise<Snapshot> {
  const { namespace, scrape } = settings;
  const [serviceMonitorDefinition, httpRouteDefinition] = await Promise.all([
    scrape.method === "serviceMonitor" ? cluster.read(SERVICE_MONITOR_CRD) : undefined,
    settings.httpRoute ? cluster.read(HTTP_ROUTE_CRD) : undefined,
  ]);
  // The API has no answer for objects of a kind that it does not know.
  const definitions = new Map([
    [MONITORING_API, serviceMonitorDefinition],
    [GATEWAY_API, httpRouteDefinition],
  ]);
  const known = writtenObjects(settings).filter(
    ({ apiVersion }) => !definitions.has(apiVersion) || definitions.get(apiVersion),
  );
  const readAll = known.map(async (ref) => ({ ref, object: await cluster.read(ref) }));
  const finding = Promise.all(readAll).then((all) =>
    all.flatMap(({ ref, object }) => (object ? [{ ref, object }] : [])),
  );
  const [liveNamespace, stored, found] = await Promise.all([
    cluster.read({ apiVersion: "v1", kind: "Namespace", name: namespace }),
    traceStorageOf(settings).ask(settings, owner, cluster, finding),
    finding,
  ]);
  return {
    ...stored,
    namespace: liveNamespace,
    serviceMonitorDefinition,
    ...(httpRouteDefinition && { httpRouteDefinition }),
    others: found,
  };
}

/** Judges a snapshot. `project` prefixes the keys; `owner` is the value of the owner label. */
export function checkSnapshot(settings: Settings, project: string, owner: string, live: Snapshot): PreflightResult {
  const stored = traceStorageOf(settings).check(settings, owner, live, live.others);
  const problems = [
    ...checkNamespace({ ...settings, live: live.namespace }, owner),
    ...checkOwners(owner, live.others),
    ...stored.findings,
    ...checkServiceMonitors(settings, live.serviceMonitorDefinition),
    ...checkHttpRoutes(settings, live.httpRouteDefinition),
  ];
  return { problems: prefixed(problems, project), notes: problems.length === 0 ? stored.notes : [] };
}
