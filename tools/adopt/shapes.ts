import type { LiveObject } from "../../lib/kubernetes/live";

/** The few fields of Kubernetes objects that the plan reads, as the API answers them. */
export interface PodSpec {
  readonly nodeName?: string;
  readonly securityContext?: { readonly runAsUser?: number };
  readonly containers: readonly Container[];
  readonly volumes?: readonly Volume[];
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly securityContext?: { readonly runAsUser?: number };
  readonly volumeMounts?: readonly VolumeMount[];
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly subPathExpr?: string;
}

export interface Volume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly configMap?: { readonly name?: string; readonly items?: readonly { key: string; path: string }[] };
}

/** Of a StatefulSet or a Deployment. */
export interface WorkloadSpec {
  readonly replicas?: number;
  readonly template?: {
    readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
    readonly spec?: PodSpec;
  };
  readonly volumeClaimTemplates?: readonly { readonly metadata?: { readonly name?: string } }[];
  readonly persistentVolumeClaimRetentionPolicy?: { readonly whenDeleted?: string; readonly whenScaled?: string };
}

export interface ServiceSpec {
  readonly type?: string;
  readonly clusterIP?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly { readonly port: number; readonly name?: string }[];
}

export interface IngressSpec {
  readonly ingressClassName?: string;
  readonly tls?: readonly { readonly hosts?: readonly string[] }[];
}

/** Of an Argo CD Application. */
export interface ApplicationSpec {
  readonly syncPolicy?: { readonly automated?: { readonly prune?: boolean; readonly selfHeal?: boolean } };
}

export interface ApplicationStatus {
  readonly resources?: readonly { readonly kind: string; readonly namespace?: string; readonly name: string }[];
}

/** An object's spec, seen as a kind's; the API has checked it. */
export function specOf<T extends object>(object: LiveObject | undefined): Partial<T> {
  return object?.spec ?? {};
}

export const nameOf = (object: LiveObject): string => object.metadata?.name ?? "?";
export const namespaceOf = (object: LiveObject): string => object.metadata?.namespace ?? "default";
export const labelOf = (object: LiveObject, key: string): string | undefined => object.metadata?.labels?.[key];
export const annotationOf = (object: LiveObject, key: string): string | undefined =>
  object.metadata?.annotations?.[key];

/** `StatefulSet monitoring/tempo`. @param kind where the API's lists leave it out. */
export function describe(object: LiveObject, kind = object.kind ?? "object"): string {
  const namespace = object.metadata?.namespace;
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${nameOf(object)}`;
}

/** How kubectl takes it: `statefulset/tempo`. */
export function kubectlName(kind: string, name: string): string {
  return `${kind.toLowerCase()}/${name}`;
}
