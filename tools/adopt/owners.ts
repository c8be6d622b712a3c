import type { LiveObject } from "../../lib/kubernetes/live";
import {
  annotationOf,
  labelOf,
  nameOf,
  namespaceOf,
  specOf,
  type ApplicationSpec,
  type ApplicationStatus,
} from "./shapes";

/** Who puts objects back, or prunes them, as long as nobody stops it. */
export interface Owners {
  readonly applications: readonly Application[];
  /** `kustomization/NAMESPACE/NAME`, `helmrelease/NAMESPACE/NAME`. */
  readonly flux: readonly {
    readonly kind: "kustomization" | "helmrelease";
    readonly namespace: string;
    readonly name: string;
  }[];
  /** Releases of Helm, apart from the stack's own. */
  readonly releases: readonly { readonly namespace: string; readonly name: string }[];
}

/** An Application of Argo CD that owns something of the old Tempo. */
export interface Application {
  readonly namespace: string;
  readonly name: string;
  readonly automated: boolean;
  readonly hasFinalizers: boolean;
  /** The ApplicationSet that makes it. */
  readonly set?: string;
  /** The Application that makes it, such as an app of apps; and whether that one syncs by itself. */
  readonly parent?: { readonly namespace: string; readonly name: string; readonly automated: boolean };
  /** What it has besides the old Tempo's objects; undefined where it was never synced. */
  readonly others: readonly string[];
}

const TRACKING = "argocd.argoproj.io/tracking-id";
const INSTANCE = "app.kubernetes.io/instance";

/** @param objects the old Tempo's. @param applications all of them; undefined where there are none. */
export function ownersOf(objects: readonly LiveObject[], applications: readonly LiveObject[] | undefined): Owners {
  return {
    applications: (applications ?? [])
      .filter((application) => objects.some((object) => owns(application, object)))
      .map((application) => readApplication(application, objects, applications ?? [])),
    flux: distinct(objects.flatMap(fluxOf)),
    releases: distinct(
      objects.flatMap((object) => {
        const name = annotationOf(object, "meta.helm.sh/release-name");
        const namespace = annotationOf(object, "meta.helm.sh/release-namespace") ?? namespaceOf(object);
        return name === undefined ? [] : [{ namespace, name }];
      }),
    ),
  };
}

/** By its own list, by the annotation of Argo CD 3, or by the label of the versions before. */
function owns(application: LiveObject, object: LiveObject): boolean {
  const { resources = [] } = (application.status ?? {}) as ApplicationStatus;
  const listed = resources.some(
    (each) =>
      each.kind === object.kind && each.name === nameOf(object) && (each.namespace ?? "") === namespaceOf(object),
  );
  if (listed) return true;
  const tracking = annotationOf(object, TRACKING);
  // `app` or, for one outside Argo CD's own namespace, `namespace_app`.
  if (tracking !== undefined) return isNamed(application, tracking.split(":")[0] ?? "");
  return (
    labelOf(object, INSTANCE) === nameOf(application) && labelOf(object, "app.kubernetes.io/managed-by") !== "Helm"
  );
}

function isNamed(application: LiveObject, name: string): boolean {
  return name === nameOf(application) || name === `${namespaceOf(application)}_${nameOf(application)}`;
}

function readApplication(
  application: LiveObject,
  objects: readonly LiveObject[],
  all: readonly LiveObject[],
): Application {
  const parent = all.find((other) => other !== application && owns(other, application));
  const set = application.metadata?.ownerReferences?.find(({ kind }) => kind === "ApplicationSet")?.name;
  const { resources = [] } = (application.status ?? {}) as ApplicationStatus;
  return {
    namespace: namespaceOf(application),
    name: nameOf(application),
    automated: isAutomated(application),
    hasFinalizers: (application.metadata?.finalizers ?? []).length > 0,
    ...(set !== undefined && { set }),
    ...(parent && {
      parent: { namespace: namespaceOf(parent), name: nameOf(parent), automated: isAutomated(parent) },
    }),
    others: resources
      .filter(({ kind, name }) => !objects.some((object) => object.kind === kind && nameOf(object) === name))
      // Generated ones have a hash in their name, and go with the workload that reads them.
      .filter(({ kind }) => kind !== "ConfigMap")
      .map(({ kind, name }) => `${kind} ${name}`),
  };
}

function isAutomated(application: LiveObject): boolean {
  return specOf<ApplicationSpec>(application).syncPolicy?.automated !== undefined;
}

function fluxOf(object: LiveObject): Owners["flux"] {
  return (
    [
      ["kustomization", "kustomize"],
      ["helmrelease", "helm"],
    ] as const
  ).flatMap(([kind, prefix]) => {
    const name = labelOf(object, `${prefix}.toolkit.fluxcd.io/name`);
    const namespace = labelOf(object, `${prefix}.toolkit.fluxcd.io/namespace`) ?? namespaceOf(object);
    return name === undefined ? [] : [{ kind, namespace, name }];
  });
}

function distinct<T extends object>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
