import { exposedName, exposedParts, GATEWAY_API, HTTP_ROUTE_CRD } from "../components/ingress/routes";
import { alloyName } from "../components/monitoring/alloy";
import { MONITORING_API, SERVICE_MONITOR_CRD } from "../components/monitoring/serviceMonitors";
import { guardServiceName, scrapeTargets } from "../components/monitoring/targets";
import { hasSecretFiles, remoteWriteSecretName } from "../components/common/remoteWrite";
import { GUARD_PORT, guardConfigName, METRICS_PATH } from "../components/storage/guard";
import { exposures } from "../components/tailnet/ingress";
import { claimName, fixedParts, WRITTEN_ANNOTATION, type FixedParts } from "../components/storage/claim";
import { OWNER_LABEL } from "../components/contracts/labels";
import { compareQuantities, parseQuantity } from "../lib/schema/quantity";
import { listProblems, type Problem } from "../lib/problems";
import type { Settings } from "../components/contracts/settings";
import type { ListOptions, LiveCluster, LiveObject, ObjectRef } from "../lib/kubernetes/live";
import { checkShortening, switchesOn } from "../components/storage/retention";
import {
  checkNamespace,
  checkOwners,
  foreign,
  isOurs,
  prefixed,
  type Finding,
  type Found,
} from "../lib/kubernetes/objects";

/**
 * What only the live cluster can tell: whether the namespace is there, whether an object of a name that we would write
 * is somebody else's, and whether the claim can become what the settings ask for. Asked before anything is registered.
 */
export interface PreflightResult {
  readonly problems: readonly Problem[];
  /** What a plan does not show: it says "create" where a claim is adopted. */
  readonly notes: readonly string[];
}

/** Everything that the checks look at; gathered first, so that the checks themselves are pure. */
export interface Snapshot {
  readonly namespace: LiveObject | undefined;
  readonly claim: LiveObject | undefined;
  /** The claim's class, or the one that a new claim would get. */
  readonly storageClass: LiveObject | undefined;
  /** Every claim that carries our owner label; more than one after a migration. */
  readonly ourClaims: readonly LiveObject[];
  /** The definition of the Prometheus operator's ServiceMonitors; absent, too, where none are to be made. */
  readonly serviceMonitorDefinition: LiveObject | undefined;
  /** The definition of the Gateway API's HTTPRoutes; as above. */
  readonly httpRouteDefinition?: LiveObject | undefined;
  /** Every other object that has a name we are about to write. */
  readonly others: readonly Found[];
  /** The metrics of a guard that runs already; asked for only where they decide something. */
  readonly guardPage?: string;
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

const MIGRATION = "docs/runbooks/migrate-volume.md";

/** The names we write, apart from namespace and claim. */
export function writtenObjects(settings: Settings): ObjectRef[] {
  const { name, namespace, networkPolicy, tailnet } = settings;
  const networking = "networking.k8s.io/v1";
  return [
    { apiVersion: "apps/v1", kind: "StatefulSet", namespace, name },
    { apiVersion: "v1", kind: "Service", namespace, name },
    { apiVersion: "v1", kind: "ConfigMap", namespace, name },
    { apiVersion: "v1", kind: "ServiceAccount", namespace, name },
    ...monitoringObjects(settings),
    ...(networkPolicy ? [{ apiVersion: networking, kind: "NetworkPolicy", namespace, name }] : []),
    ...(tailnet ? exposures(settings, tailnet) : []).map(({ ingressName }) => ({
      apiVersion: networking,
      kind: "Ingress",
      namespace,
      name: ingressName,
    })),
    ...exposedObjects(settings),
    ...(settings.prometheus && hasSecretFiles(settings.prometheus)
      ? [{ apiVersion: "v1", kind: "Secret", namespace, name: remoteWriteSecretName(name) }]
      : []),
  ];
}

/** Those of components/ingress. */
function exposedObjects(settings: Settings): ObjectRef[] {
  const { namespace, ingress, httpRoute } = settings;
  const kinds = [
    { section: ingress, apiVersion: "networking.k8s.io/v1", kind: "Ingress" },
    { section: httpRoute, apiVersion: GATEWAY_API, kind: "HTTPRoute" },
  ];
  return kinds.flatMap(({ section, apiVersion, kind }) =>
    (section ? exposedParts(section) : []).map((part) => ({
      apiVersion,
      kind,
      namespace,
      name: exposedName(settings, part),
    })),
  );
}

/** Those of components/monitoring, and the guard's configuration. */
function monitoringObjects(settings: Settings): ObjectRef[] {
  const { namespace, scrape, storage } = settings;
  const alloy = alloyName(settings);
  return [
    ...(storage.guard
      ? [
          { apiVersion: "v1", kind: "ConfigMap", namespace, name: guardConfigName(settings) },
          { apiVersion: "v1", kind: "Service", namespace, name: guardServiceName(settings) },
        ]
      : []),
    ...(scrape.method === "serviceMonitor" ? scrapeTargets(settings) : []).map(({ job }) => ({
      apiVersion: MONITORING_API,
      kind: "ServiceMonitor",
      namespace,
      name: job,
    })),
    ...(scrape.method === "alloy"
      ? [
          { apiVersion: "v1", kind: "ConfigMap", namespace, name: alloy },
          { apiVersion: "apps/v1", kind: "Deployment", namespace, name: alloy },
        ]
      : []),
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
  const [liveNamespace, claim, ourClaims, others] = await Promise.all([
    cluster.read({ apiVersion: "v1", kind: "Namespace", name: namespace }),
    cluster.read({ apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name: claimName(settings) }),
    listOurClaims(namespace, owner, cluster),
    Promise.all(readAll),
  ]);
  const className = specOf(claim).storageClassName ?? fixedParts(settings).storageClass;
  const storageClass =
    className === undefined
      ? defaultClass(await cluster.list("storage.k8s.io/v1", "StorageClass"))
      : className === ""
        ? undefined
        : await cluster.read({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", name: className });
  const found = others.flatMap(({ ref, object }) => (object ? [{ ref, object }] : []));
  const asksGuard = claim && switchesOn(settings, { conf: guardConf(settings, found) });
  const guard = { namespace, name: guardServiceName(settings) };
  const guardPage = asksGuard ? await cluster.page(guard, GUARD_PORT, METRICS_PATH) : undefined;
  return {
    namespace: liveNamespace,
    claim,
    storageClass,
    ourClaims,
    serviceMonitorDefinition,
    ...(httpRouteDefinition && { httpRouteDefinition }),
    others: found,
    ...(guardPage !== undefined && { guardPage }),
  };
}

function guardConf(settings: Settings, others: readonly Found[]): string | undefined {
  const map = others.find(({ ref }) => ref.kind === "ConfigMap" && ref.name === guardConfigName(settings))?.object;
  return (map as { data?: Record<string, string> } | undefined)?.data?.["guard.conf"];
}

/** In every namespace, or in ours where the credentials reach no further. */
async function listOurClaims(namespace: string, owner: string, cluster: LiveCluster): Promise<readonly LiveObject[]> {
  const list = (where: ListOptions): Promise<readonly LiveObject[]> =>
    cluster.list("v1", "PersistentVolumeClaim", { labelSelector: `${OWNER_LABEL}=${owner}`, ...where });
  return list({}).catch(() => list({ namespace }));
}

/** Judges a snapshot. `project` prefixes the keys; `owner` is the value of the owner label. */
export function checkSnapshot(settings: Settings, project: string, owner: string, live: Snapshot): PreflightResult {
  const shortening = live.claim
    ? checkShortening(settings, { conf: guardConf(settings, live.others), page: live.guardPage })
    : { findings: [], notes: [] };
  const problems = [
    ...checkNamespace({ ...settings, live: live.namespace }, owner),
    ...checkOwners(owner, live.others),
    ...checkClaim(settings, owner, live),
    ...checkServiceMonitors(settings, live),
    ...checkHttpRoutes(settings, live),
    ...shortening.findings,
  ];
  return {
    problems: prefixed(problems, project),
    notes: problems.length === 0 ? [...notesOn(settings, live), ...shortening.notes] : [],
  };
}

function checkClaim(settings: Settings, owner: string, live: Snapshot): Finding[] {
  const { claim, storageClass } = live;
  if (!claim) return [...checkOtherClaims(settings, owner, live), ...checkClassOfNewClaim(settings, storageClass)];

  const key = `PersistentVolumeClaim ${settings.namespace}/${claimName(settings)}`;
  if (!isOurs(claim, owner)) return [foreign(key, claim, owner)];
  if (claim.metadata?.deletionTimestamp) {
    return [
      { key, message: "being deleted; it goes when its last pod does. Save its traces first: docs/runbooks/backup.md" },
    ];
  }
  return [...checkSize(settings, claim, storageClass), ...checkFixedParts(fixedParts(settings), claim)];
}

/** A claim of another name or in another namespace has our traces: a new one would start without them. */
function checkOtherClaims(settings: Settings, owner: string, { ourClaims }: Snapshot): Finding[] {
  const wanted = `${settings.namespace}/${claimName(settings)}`;
  return ourClaims
    .filter((claim) => isOurs(claim, owner))
    .map((claim) => ({
      key: `PersistentVolumeClaim ${claim.metadata?.namespace ?? "?"}/${claim.metadata?.name ?? "?"}`,
      message:
        `has the traces of this stack, and ${wanted}, which the settings name, would start without them. Write ` +
        `namespace, name and volume.claimName as they were, or move the traces: ${MIGRATION}`,
    }));
}

function checkClassOfNewClaim(settings: Settings, storageClass: LiveObject | undefined): Finding[] {
  const { storageClass: className, volumeName, selector } = fixedParts(settings);
  // A volume made by hand may name a class that does not exist: it is only a word that both write.
  if (storageClass || volumeName !== undefined || Object.keys(selector).length > 0) return [];
  return className === undefined
    ? [
        {
          key: "volume.storageClass",
          isSetting: true,
          message: "missing, and the cluster has no default StorageClass. Write one (kubectl get storageclass)",
        },
      ]
    : [
        {
          key: "volume.storageClass",
          isSetting: true,
          found: JSON.stringify(className),
          message: "no such StorageClass on the cluster. Write one that is there (kubectl get storageclass)",
        },
      ];
}

function checkSize({ volume }: Settings, claim: LiveObject, storageClass: LiveObject | undefined): Finding[] {
  const liveText = specOf(claim).resources?.requests?.["storage"];
  const liveSize = liveText === undefined ? undefined : parseQuantity(liveText);
  if (!liveSize) return [];
  const size = { key: "volume.size", isSetting: true, found: JSON.stringify(volume.size.text) } as const;
  const order = compareQuantities(volume.size, liveSize);
  if (order < 0) {
    const message = `smaller than the claim, which has ${liveText}; a claim never shrinks. Write ${liveText} or more, or move the traces: ${MIGRATION}`;
    return [{ ...size, message }];
  }
  if (order === 0) return [];
  if (phaseOf(claim) !== "Bound") {
    return [
      {
        ...size,
        message: `larger than the claim's ${liveText}, which is not bound yet and cannot grow before. Write ${liveText} until the pod has started`,
      },
    ];
  }
  if (storageClass?.allowVolumeExpansion === true) return [];
  const name = specOf(claim).storageClassName ?? "";
  return [
    {
      ...size,
      message: `larger than the claim's ${liveText}, and its class "${name}" does not allow expansion. Write ${liveText}, or move the traces: ${MIGRATION}`,
    },
  ];
}

/**
 * What Kubernetes never changes on a claim: the plan would replace it. Compared with what was written when the claim
 * was made, where it says so, since that is what the plan compares with; otherwise with the claim itself.
 */
function checkFixedParts(wanted: FixedParts, claim: LiveObject): Finding[] {
  const written = writtenParts(claim);
  const current = written ?? liveParts(claim);
  return (["storageClass", "volumeName", "accessModes", "selector"] as const).flatMap((part) => {
    // What was left out takes what the claim has; what was written must not be left out later.
    if (wanted[part] === undefined && written === undefined) return [];
    if (canonical(wanted[part]) === canonical(current[part])) return [];
    const had = current[part];
    const message =
      had === undefined
        ? "left out when the claim was made, and never changeable. Leave it out"
        : `not what the claim was made with, ${JSON.stringify(had)}, and never changeable. Write that`;
    return [
      {
        key: `volume.${part}`,
        isSetting: true as const,
        found: wanted[part] === undefined ? "none" : JSON.stringify(wanted[part]),
        message: `${message}, or move the traces: ${MIGRATION}`,
      },
    ];
  });
}

function writtenParts(claim: LiveObject): Partial<FixedParts> | undefined {
  const text = claim.metadata?.annotations?.[WRITTEN_ANNOTATION];
  try {
    const parts: unknown = text === undefined ? undefined : JSON.parse(text);
    return typeof parts === "object" && parts !== null ? parts : undefined;
  } catch {
    return undefined;
  }
}

function liveParts(claim: LiveObject): FixedParts {
  const { storageClassName, accessModes = [], volumeName, selector } = specOf(claim);
  return {
    ...(storageClassName !== undefined && { storageClass: storageClassName }),
    accessModes,
    ...(volumeName !== undefined && { volumeName }),
    selector: selector?.matchLabels ?? {},
  };
}

/** The same text for the same lists and maps, in whatever order they were written. */
function canonical(part: FixedParts[keyof FixedParts]): string {
  if (part === undefined || typeof part === "string") return String(part);
  const entries = Array.isArray(part)
    ? [...(part as readonly string[])]
    : Object.entries(part).map((entry) => entry.join("="));
  return JSON.stringify(entries.sort());
}

function checkServiceMonitors({ scrape }: Settings, { serviceMonitorDefinition }: Snapshot): Finding[] {
  if (scrape.method !== "serviceMonitor" || serviceMonitorDefinition) return [];
  const message =
    `the cluster has no ${SERVICE_MONITOR_CRD.name}, which the Prometheus operator brings. Write another method, ` +
    "such as job, or install the operator";
  return [{ key: "scrape.method", isSetting: true, found: JSON.stringify(scrape.method), message }];
}

function checkHttpRoutes({ httpRoute }: Settings, { httpRouteDefinition }: Snapshot): Finding[] {
  if (!httpRoute || httpRouteDefinition) return [];
  const message =
    `the cluster has no ${HTTP_ROUTE_CRD.name}, which the Gateway API brings. Write the section ingress instead, ` +
    "or install the Gateway API";
  return [{ key: "httpRoute", isSetting: true, message }];
}

function notesOn(settings: Settings, { claim, others }: Snapshot): string[] {
  const restarted = others.some(({ ref }) => ref.kind === "StatefulSet");
  if (!claim || restarted) return [];
  const size = specOf(claim).resources?.requests?.["storage"] ?? "unknown size";
  return [
    `PersistentVolumeClaim ${settings.namespace}/${claimName(settings)} (${size}) is there already and is used as it is, with its traces`,
  ];
}

interface ClaimSpec {
  readonly storageClassName?: string;
  readonly volumeName?: string;
  readonly accessModes?: readonly string[];
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
}

function specOf(claim: LiveObject | undefined): ClaimSpec {
  return claim?.spec ?? {};
}

function phaseOf(claim: LiveObject): string | undefined {
  return (claim.status as { phase?: string } | undefined)?.phase;
}

/** Kubernetes' own choice: of several the newest, and of those the first by name. */
function defaultClass(classes: readonly LiveObject[]): LiveObject | undefined {
  const made = ({ metadata }: LiveObject): number => Date.parse(metadata?.creationTimestamp ?? "") || 0;
  const name = ({ metadata }: LiveObject): string => metadata?.name ?? "";
  const byAge = (a: LiveObject, b: LiveObject): number => made(b) - made(a) || (name(a) < name(b) ? -1 : 1);
  return classes.filter(isDefaultClass).toSorted(byAge)[0];
}

/** By either annotation: the older one still counts, and some distributions write no other. */
function isDefaultClass({ metadata }: LiveObject): boolean {
  return ["", "beta."].some(
    (age) => metadata?.annotations?.[`storageclass.${age}kubernetes.io/is-default-class`] === "true",
  );
}
