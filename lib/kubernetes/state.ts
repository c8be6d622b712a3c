import { formerOwnerOf, OWNER_LABEL } from "./owner";
import type { StateResource } from "../engine";
import type { LiveCluster, LiveObject, ObjectRef } from "./live";
import { describeRef, withOwner, type Finding } from "./objects";

/** A Kubernetes object as this stack's state has it. */
export interface StateObject {
  /** Of the resource. */
  readonly name: string;
  readonly ref: ObjectRef;
  readonly uid: string;
}

/** The state of a stack. */
export interface OwnState {
  readonly project: string;
  readonly stack: string;
  readonly state: readonly StateResource[];
}

/** The objects of a state, on whichever cluster they are. */
export function objectsIn(resources: readonly StateResource[]): StateObject[] {
  return resources.flatMap(({ type, name, outputs }) => {
    const { apiVersion, kind, metadata } = outputs as LiveObject;
    const { uid, name: objectName, namespace } = metadata ?? {};
    if (!type.startsWith("kubernetes:") || !apiVersion || !kind || !objectName || !uid) return [];
    return [{ name, uid, ref: { apiVersion, kind, name: objectName, ...(namespace !== undefined && { namespace }) } }];
  });
}

const MOVING = "docs/runbooks/moved-cluster.md";

/**
 * Whether the cluster is the one that the state speaks of. A plan compares settings with the state and not with the
 * cluster: where the context leads to another one, or the name to another server, it has nothing to change, and an `up`
 * deploys nothing and succeeds.
 * @param wanted names of the resources of which at least one must be there, as the object that it was
 */
export async function checkMoved(
  state: readonly StateObject[],
  wanted: (name: string) => boolean,
  live: LiveCluster,
): Promise<Finding[]> {
  const objects = state.filter(({ name }) => wanted(name));
  const [first] = objects;
  if (!first || (await anyIsThere(objects, live))) return [];
  const now = (await live.read(first.ref))?.metadata?.uid;
  const what =
    `in this stack's state (uid ${first.uid}), and the cluster ${live.server} has ` +
    (now === undefined ? "none" : `another one (uid ${now})`);
  // What cannot be asked, such as a kind that this cluster does not know, is no sign of the former one.
  const lenient: Reader = { read: (ref) => live.read(ref).catch(() => undefined) };
  const message = (await anyIsThere(state, lenient))
    ? `${what}. It was deleted there: what was in it is gone, and \`pulumi refresh\` lets the next \`up\` make it anew`
    : `${what}, nor anything else of the state. If it is another cluster than before, choose that one again, or move the stack`;
  return [{ key: describeRef(first.ref), message: `${message}: ${MOVING}` }];
}

/** Whether the first of these providers that a state has is for another context. */
export function isReplaced(state: readonly StateResource[], names: readonly string[], live: LiveCluster): boolean {
  const [provider] = names.flatMap(
    (wanted) => state.find(({ type, name }) => type === "pulumi:providers:kubernetes" && name === wanted) ?? [],
  );
  return provider !== undefined && provider.outputs["context"] !== live.context;
}

type Reader = Pick<LiveCluster, "read">;

async function anyIsThere(objects: readonly StateObject[], live: Reader): Promise<boolean> {
  const found = await Promise.all(objects.map(async ({ ref, uid }) => (await live.read(ref))?.metadata?.uid === uid));
  return found.includes(true);
}

/**
 * A cluster on which what earlier versions labelled (formerOwnerOf) has the owner label of this stack, where its state
 * has it too: the object itself, or the Helm release that made it. The rest may be that of another stack.
 */
export function recognising(live: LiveCluster, owner: string, { project, stack, state }: OwnState): LiveCluster {
  const former = formerOwnerOf(project, stack);
  if (former === undefined) return live;
  const uids = new Set(objectsIn(state).map(({ uid }) => uid));
  const releases = new Set(
    state.flatMap(({ type, outputs: { namespace, name } }) =>
      type === "kubernetes:helm.sh/v3:Release" ? `${String(namespace)}/${String(name)}` : [],
    ),
  );
  const recognise = (object: LiveObject): LiveObject => {
    const { uid, labels, annotations } = object.metadata ?? {};
    const release = `${annotations?.["meta.helm.sh/release-namespace"]}/${annotations?.["meta.helm.sh/release-name"]}`;
    const isOurs = labels?.[OWNER_LABEL] === former && (uids.has(uid ?? "") || releases.has(release));
    return isOurs ? withOwner(object, owner) : object;
  };
  return {
    ...live,
    async read(ref) {
      const object = await live.read(ref);
      return object && recognise(object);
    },
    async list(apiVersion, kind, where = {}) {
      const labelSelector = where.labelSelector?.replace(
        `${OWNER_LABEL}=${owner}`,
        `${OWNER_LABEL} in (${owner},${former})`,
      );
      return (
        await live.list(apiVersion, kind, { ...where, ...(labelSelector !== undefined && { labelSelector }) })
      ).map(recognise);
    },
  };
}
