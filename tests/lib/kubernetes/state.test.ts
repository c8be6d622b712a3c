import assert from "node:assert/strict";
import type { LiveCluster, LiveObject, ListOptions } from "../../../lib/kubernetes/live";
import { checkMoved, objectsIn, recognising } from "../../../lib/kubernetes/state";
import { ownerOf } from "../../../lib/kubernetes/owner";
import type { StateResource } from "../../../lib/engine";
import { formatProblem } from "../../../lib/problems";

const LABEL = "pulumi-tempo/stack";

function objectOf(kind: string, name: string, uid: string, metadata: object = {}): LiveObject {
  const apiVersion = kind === "ServiceMonitor" ? "monitoring.coreos.com/v1" : "v1";
  return { apiVersion, kind, metadata: { name, namespace: "monitoring", uid, ...metadata } };
}

function resource(name: string, object: LiveObject): StateResource {
  const type = `kubernetes:core/v1:${object.kind ?? ""}`;
  return { type, name, outputs: object as unknown as StateResource["outputs"] };
}

/** A cluster of given objects. */
function clusterOf(objects: readonly LiveObject[], asked: (ListOptions | undefined)[] = []): LiveCluster {
  return {
    context: "c",
    server: "https://b",
    page: () => Promise.resolve(undefined),
    read: ({ kind, name }) =>
      kind === "ServiceMonitor"
        ? Promise.reject(new Error("Unrecognized API version and kind"))
        : Promise.resolve(objects.find((each) => each.kind === kind && each.metadata?.name === name)),
    list: (_apiVersion, _kind, where) => {
      asked.push(where);
      return Promise.resolve(objects);
    },
  };
}

const claim = objectOf("PersistentVolumeClaim", "data-tempo-0", "1");
const guard = objectOf("ConfigMap", "tempo-guard", "2");
const monitor = objectOf("ServiceMonitor", "tempo", "3");
const state: StateResource[] = [
  { type: "pulumi:pulumi:Stack", name: "tempo-prod", outputs: {} },
  { type: "kubernetes:helm.sh/v3:Release", name: "tempo-release", outputs: { name: "tempo", namespace: "monitoring" } },
  resource("tempo-claim", claim),
  resource("tempo-guard", guard),
  resource("monitoring-tempo", monitor),
];
const isClaim = (name: string): boolean => name === "tempo-claim";

describe("the objects of a state", () => {
  it("are those of Kubernetes that were made", () => {
    assert.deepEqual(
      objectsIn([...state, resource("planned", objectOf("ConfigMap", "x", ""))]).map(({ name, uid }) => [name, uid]),
      [
        ["tempo-claim", "1"],
        ["tempo-guard", "2"],
        ["monitoring-tempo", "3"],
      ],
    );
    assert.deepEqual(objectsIn(state)[0]?.ref, {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      namespace: "monitoring",
      name: "data-tempo-0",
    });
  });
});

describe("a stack whose state has a claim", () => {
  const lines = async (objects: readonly LiveObject[], resources = state): Promise<string[]> =>
    (await checkMoved(objectsIn(resources), isClaim, clusterOf(objects))).map(formatProblem);
  const where =
    "PersistentVolumeClaim monitoring/data-tempo-0: in this stack's state (uid 1), and the cluster https://b";

  it("is where it was when the cluster has that claim", async () => {
    assert.deepEqual(await lines([claim]), []);
  });

  it("has nothing to miss before its first up and after a destroy", async () => {
    assert.deepEqual(await lines([], []), []);
    assert.deepEqual(await lines([], state.slice(0, 2)), []);
  });

  it("has moved when the cluster has nothing of it", async () => {
    assert.deepEqual(await lines([]), [
      `${where} has none, nor anything else of the state. If it is another cluster than before, choose that one again, or move the stack: docs/runbooks/moved-cluster.md.`,
    ]);
  });

  it("has moved when the cluster has other objects of the same names", async () => {
    const others = [objectOf("PersistentVolumeClaim", "data-tempo-0", "8"), objectOf("ConfigMap", "tempo-guard", "9")];
    assert.deepEqual(await lines(others), [
      `${where} has another one (uid 8), nor anything else of the state. If it is another cluster than before, choose that one again, or move the stack: docs/runbooks/moved-cluster.md.`,
    ]);
  });

  it("has lost it when the cluster has the rest of the state", async () => {
    assert.deepEqual(await lines([guard]), [
      `${where} has none. It was deleted there: what was in it is gone, and \`pulumi refresh\` lets the next \`up\` make it anew: docs/runbooks/moved-cluster.md.`,
    ]);
  });

  it("is not told so while the cluster is silent", async () => {
    const silent = { ...clusterOf([]), read: () => Promise.reject(new Error("no answer")) };
    await assert.rejects(checkMoved(objectsIn(state), isClaim, silent), { message: "no answer" });
  });

  it("misses a part of several only when all are gone", async () => {
    const both = (name: string): boolean => name !== "monitoring-tempo";
    const found = await checkMoved(objectsIn(state), both, clusterOf([guard]));
    assert.deepEqual(found, []);
  });
});

describe("what earlier versions labelled", () => {
  const owner = ownerOf("tempo", "wrong-");
  const former = { labels: { [LABEL]: "tempo.wrong" } };
  const ownerIn = (object: LiveObject | undefined): string | undefined => object?.metadata?.labels?.[LABEL];
  const at = (live: LiveCluster, stack = "wrong-"): LiveCluster =>
    recognising(live, ownerOf("tempo", stack), { project: "tempo", stack, state });
  const read = async (object: LiveObject, stack?: string): Promise<string | undefined> =>
    ownerIn(await at(clusterOf([object]), stack).read({ apiVersion: "v1", kind: "ConfigMap", name: "x" }));

  it("is this stack's where the state has the object", async () => {
    assert.equal(await read(objectOf("ConfigMap", "x", "2", former)), owner);
  });

  it("is this stack's where Helm made it for a release of the state", async () => {
    const by = (name: string) => ({
      annotations: { "meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": "monitoring" },
    });
    assert.equal(await read(objectOf("ConfigMap", "x", "7", { ...former, ...by("tempo") })), owner);
    assert.equal(await read(objectOf("ConfigMap", "x", "7", { ...former, ...by("other") })), "tempo.wrong");
  });

  it("may be another stack's otherwise", async () => {
    assert.equal(await read(objectOf("ConfigMap", "x", "7", former)), "tempo.wrong");
    assert.equal(await read(objectOf("ConfigMap", "x", "2", { labels: { [LABEL]: "tempo.other" } })), "tempo.other");
    assert.equal(await read(objectOf("ConfigMap", "x", "2")), undefined);
  });

  it("is no question for a stack whose label has not changed", async () => {
    assert.equal(await read(objectOf("ConfigMap", "x", "2", former), "prod"), "tempo.wrong");
  });

  it("is listed with what has the label of today", async () => {
    const asked: (ListOptions | undefined)[] = [];
    const live = at(clusterOf([objectOf("PersistentVolumeClaim", "x", "1", former)], asked));
    const found = await live.list("v1", "PersistentVolumeClaim", { labelSelector: `${LABEL}=${owner}` });
    assert.deepEqual(asked, [{ labelSelector: `${LABEL} in (${owner},tempo.wrong)` }]);
    assert.deepEqual(found.map(ownerIn), [owner]);
  });
});
