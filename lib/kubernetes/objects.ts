import { OWNER_LABEL } from "./owner";
import type { Problem } from "../problems";
import type { LiveObject, ObjectRef } from "./live";

/** What is asked of the objects of any cluster before they are written. */

/** What a preflight found: asked of the live cluster before anything is registered. */
export interface PreflightResult {
  readonly problems: readonly Problem[];
  /** What a plan does not show: it says "create" where a claim is adopted. */
  readonly notes: readonly string[];
}

/** A problem, of a setting or of an object. */
export interface Finding extends Problem {
  /** Whether `key` is a setting's, rather than an object's name. */
  readonly isSetting?: true;
}

/** An object that has a name which is about to be written. */
export interface Found {
  readonly ref: ObjectRef;
  readonly object: LiveObject;
}

const ADOPTING = "docs/guides/adopting.md";

/** The namespace of the settings: its name, the settings' keys for it, and what the cluster has. */
export interface NamespaceQuestion {
  readonly namespace: string;
  readonly createNamespace: boolean;
  /** Where the two are in the settings, such as `collector.`; empty at the top. */
  readonly prefix?: string;
  readonly live: LiveObject | undefined;
}

export function checkNamespace(
  { namespace, createNamespace, prefix = "", live }: NamespaceQuestion,
  owner: string,
): Finding[] {
  if (live?.metadata?.deletionTimestamp) {
    return [
      { key: `Namespace ${namespace}`, message: "being deleted. Wait until it is gone, or write another namespace" },
    ];
  }
  if (live) {
    if (!createNamespace || isOurs(live, owner)) return [];
    return [
      {
        key: `${prefix}createNamespace`,
        isSetting: true,
        found: "true",
        message: `the namespace ${namespace} exists and is not this stack's. Write false to use it as it is, or another namespace`,
      },
    ];
  }
  if (createNamespace) return [];
  return [
    {
      key: `${prefix}namespace`,
      isSetting: true,
      found: JSON.stringify(namespace),
      message: `no such namespace on the cluster. Make it (kubectl create namespace ${namespace}) or set ${prefix}createNamespace to true`,
    },
  ];
}

/** Objects that are somebody else's. */
export function checkOwners(owner: string, found: readonly Found[]): Finding[] {
  return found.flatMap(({ ref, object }) => (isOurs(object, owner) ? [] : [foreign(describeRef(ref), object, owner)]));
}

export function describeRef({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** Says that an object is not this stack's. */
export function foreign(key: string, object: LiveObject, owner: string): Finding {
  const found = object.metadata?.labels?.[OWNER_LABEL];
  const whose =
    found === undefined
      ? `without the label ${OWNER_LABEL}: ${owner}`
      : `with the label ${OWNER_LABEL}: ${found} instead of ${owner}`;
  return { key, message: `exists and is not this stack's (${whose}). How to take it over: ${ADOPTING}` };
}

export function isOurs(object: LiveObject, owner: string): boolean {
  return object.metadata?.labels?.[OWNER_LABEL] === owner;
}

/** A copy of an object with the label of a stack; of a class of the client's, whose fields are all that the checks read. */
export function withOwner(object: LiveObject, owner: string): LiveObject {
  const metadata: object = {
    ...(object.metadata as object),
    labels: { ...object.metadata?.labels, [OWNER_LABEL]: owner },
  };
  return { ...object, metadata };
}

/** Problems with the project's prefix before the keys of settings. */
export function prefixed(problems: readonly Finding[], project: string): Problem[] {
  return problems.map((problem) => (problem.isSetting ? { ...problem, key: `${project}:${problem.key}` } : problem));
}
