import assert from "node:assert/strict";
import { chooseContext, describeContext, matches } from "../../../lib/kubernetes/context";

const all = ["kind-a", "minikube-indri", "k3s-ringtail"];

describe("chooseContext", () => {
  describe("with a context that the stack names", () => {
    const named = { kubeContext: "minikube-indri", allowedKubeContexts: [] };

    it("takes it, whatever is current", () => {
      for (const current of ["kind-a", "minikube-indri", undefined]) {
        assert.deepEqual(chooseContext(named, { current, all }), { context: "minikube-indri" });
      }
    });

    it("refuses one that the kubeconfig has not, and names those that it has", () => {
      const kubeContext = "minikube-indra";
      assert.deepEqual(chooseContext({ ...named, kubeContext }, { current: "kind-a", all }), {
        refused: 'kubeContext "minikube-indra" is not in the kubeconfig. It has: kind-a, minikube-indri, k3s-ringtail',
      });
      assert.deepEqual(chooseContext(named, { current: undefined, all: [] }), {
        refused: 'kubeContext "minikube-indri" is not in the kubeconfig. It has none',
      });
    });

    it("names the setting that named it", () => {
      const choice = { ...named, kubeContext: "k3s-rintail", key: "collector.kubeContext" };
      assert.deepEqual(chooseContext(choice, { current: "kind-a", all }), {
        refused:
          'collector.kubeContext "k3s-rintail" is not in the kubeconfig. It has: kind-a, minikube-indri, k3s-ringtail',
      });
    });

    it("takes no pattern for a name, and no part of one", () => {
      for (const kubeContext of ["minikube-*", "minikube", "Minikube-Indri", "minikube-indri "]) {
        assert.ok("refused" in chooseContext({ ...named, kubeContext }, { current: "kind-a", all }), kubeContext);
      }
    });
  });

  describe("with patterns", () => {
    const patterns = { kubeContext: undefined, allowedKubeContexts: ["kind-*", "minikube"] };

    it("takes the current context if it fits one", () => {
      assert.deepEqual(chooseContext(patterns, { current: "kind-a", all }), { context: "kind-a" });
    });

    it("refuses any other, and tells how to allow it", () => {
      assert.deepEqual(chooseContext(patterns, { current: "k3s-ringtail", all }), {
        refused:
          'the current context "k3s-ringtail" is none that this stack names (kind-*, minikube). ' +
          "If it is the cluster you mean: pulumi config set kubeContext k3s-ringtail and pulumi config rm allowedKubeContexts",
      });
    });

    it("never takes a context that fits but is not current", () => {
      assert.ok("refused" in chooseContext(patterns, { current: "minikube-indri", all }));
    });

    it("refuses where none is current, or the current one is not there", () => {
      const refused =
        "the kubeconfig has no current context. It has: kind-a, minikube-indri, k3s-ringtail; choose one with: kubectl config use-context NAME";
      assert.deepEqual(chooseContext(patterns, { current: undefined, all }), { refused });
      assert.deepEqual(chooseContext(patterns, { current: "kind-gone", all }), { refused });
      assert.deepEqual(chooseContext(patterns, { current: undefined, all: [] }), {
        refused: "the kubeconfig has no current context. It has none; choose one with: kubectl config use-context NAME",
      });
    });

    it("advises a command that can be copied for a name with a space", () => {
      const current = "home lab";
      assert.deepEqual(chooseContext(patterns, { current, all: [current] }), {
        refused:
          'the current context "home lab" is none that this stack names (kind-*, minikube). ' +
          'If it is the cluster you mean: pulumi config set kubeContext "home lab" and pulumi config rm allowedKubeContexts',
      });
    });
  });

  it("refuses everything where neither is given", () => {
    const choice = chooseContext({ kubeContext: undefined, allowedKubeContexts: [] }, { current: "kind-a", all });
    assert.ok("refused" in choice);
  });
});

describe("matches", () => {
  const cases: [pattern: string, yes: string[], no: string[]][] = [
    ["kind-*", ["kind-", "kind-a", "kind-a-b"], ["kind", "akind-a", "Kind-a"]],
    ["*-dev", ["a-dev", "-dev"], ["a-dev2", "dev"]],
    ["a*c", ["ac", "abc", "abbc", "a\nc"], ["ab", "bc", "acd"]],
    ["a*b*c", ["abc", "axbxc"], ["acb"]],
    ["minikube", ["minikube"], ["minikube2", "aminikube", ""]],
    // Everything else stands for itself.
    ["a.b", ["a.b"], ["axb"]],
    ["a+(b)[c]?", ["a+(b)[c]?"], ["aab"]],
    ["arn:aws:eks:*:cluster/dev", ["arn:aws:eks:eu-west-1:1:cluster/dev"], ["arn:aws:eks:eu-west-1:1:cluster/prod"]],
    ["^a$|b", ["^a$|b"], ["a", "b"]],
    ["a\\d", ["a\\d"], ["a1"]],
  ];
  for (const [pattern, yes, no] of cases) {
    it(`fits ${pattern}`, () => {
      for (const name of yes) assert.equal(matches(pattern, name), true, JSON.stringify(name));
      for (const name of no) assert.equal(matches(pattern, name), false, JSON.stringify(name));
    });
  }
});

describe("describeContext", () => {
  it("names the context, or what it must be one of", () => {
    assert.equal(describeContext({ kubeContext: "a", allowedKubeContexts: [] }), "a");
    assert.equal(
      describeContext({ kubeContext: undefined, allowedKubeContexts: ["kind-*", "minikube"] }),
      "the current one, if it is one of kind-*, minikube",
    );
  });
});
