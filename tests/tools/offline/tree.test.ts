import assert from "node:assert/strict";
import type { Plan, PlannedResource } from "../../../tools/offline/run";
import { renderTree } from "../../../tools/offline/tree";
import { planOf } from "../../stack/program/stacks";

const resource = (type: string, name: string, more: Partial<PlannedResource> = {}): PlannedResource => ({
  type,
  name,
  protect: false,
  retainOnDelete: false,
  dependsOn: [],
  inputs: {},
  ...more,
});
const planWith = (...resources: PlannedResource[]): Plan => ({
  project: "tempo",
  stack: "test",
  resources,
  outputs: {},
});

describe("renderTree", () => {
  it("shows every resource of a plan once", async () => {
    for (const stack of ["prod", "local"]) {
      const plan = await planOf(stack);
      const lines = renderTree(plan).split("\n");
      assert.equal(lines.shift(), `pulumi:pulumi:Stack  tempo-${stack}`);
      assert.deepEqual(
        lines.map((line) => /^[│├└─ ]+(\S+ {2}\S+)/.exec(line)?.[1] ?? "").sort(),
        plan.resources.map(({ type, name }) => `${type}  ${name}`).sort(),
      );
    }
  });

  it("draws children below their parents, and the last one with a corner", () => {
    const parent = "c:c:C::one";
    const tree = renderTree(
      planWith(
        resource("c:c:C", "one"),
        resource("c:c:C", "two"),
        resource("r:r:R", "first", { parent }),
        resource("c:c:C", "inner", { parent }),
        resource("r:r:R", "deep", { parent: "c:c:C::inner" }),
        resource("r:r:R", "below-two", { parent: "c:c:C::two" }),
      ),
    );
    assert.equal(
      tree,
      `pulumi:pulumi:Stack  tempo-test
├─ c:c:C  one
│  ├─ r:r:R  first
│  └─ c:c:C  inner
│     └─ r:r:R  deep
└─ c:c:C  two
   └─ r:r:R  below-two`,
    );
  });

  it("names what a resource is on the cluster, and the options that matter", () => {
    const metadata = { namespace: "monitoring", name: "data-tempo-0" };
    const options = { protect: true, retainOnDelete: true, provider: "own", dependsOn: ["a", "b"] };
    const tree = renderTree(
      planWith(
        resource("pulumi:providers:kubernetes", "named", { inputs: { context: "minikube-indri" } }),
        resource("pulumi:providers:kubernetes", "current"),
        resource("kubernetes:core/v1:PersistentVolumeClaim", "claim", { inputs: { metadata }, ...options }),
        resource("kubernetes:core/v1:Namespace", "namespace", { inputs: { metadata: { name: "monitoring" } } }),
        resource("kubernetes:helm.sh/v3:Release", "release", { inputs: { namespace: "monitoring", name: "tempo" } }),
      ),
    );
    assert.deepEqual(tree.split("\n").slice(1), [
      "├─ pulumi:providers:kubernetes  named  context minikube-indri",
      "├─ pulumi:providers:kubernetes  current",
      "├─ kubernetes:core/v1:PersistentVolumeClaim  claim  monitoring/data-tempo-0  " +
        "[protected; retained on destroy; provider own; after a, b]",
      "├─ kubernetes:core/v1:Namespace  namespace  monitoring",
      "└─ kubernetes:helm.sh/v3:Release  release  monitoring/tempo",
    ]);
  });

  it("shows a stack without resources", () => {
    assert.equal(renderTree(planWith()), "pulumi:pulumi:Stack  tempo-test");
  });
});
