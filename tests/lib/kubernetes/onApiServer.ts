import assert from "node:assert/strict";
import { connectCluster, connectCollector, type ClusterRun } from "../../../stack/clusters";
import { ownerLabel, ownerOf } from "../../../lib/kubernetes/owner";
import type { Engine, StateResource } from "../../../lib/engine";
import type { Settings } from "../../../components/contracts/settings";
import { parseConfig, type Config } from "../../stack/settings/parse";
import type { ApiServer } from "../../support/apiServer";

const NAMESPACE = "moved";
const MOVING = "docs/runbooks/moved-cluster.md";

interface Stored {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly uid: string };
}

/** Whether a cluster is the one that the state speaks of, asked of a real one. */
export function asksAboutState(server: () => ApiServer): void {
  const settingsOf = (more: Config = {}): Settings =>
    parseConfig({ kubeContext: server().context, kubeconfig: server().kubeconfig, namespace: NAMESPACE, ...more });

  function runOf(state: readonly StateResource[], isPreview = false, stack = "dev"): ClusterRun {
    const quiet = (): Promise<void> => Promise.resolve();
    const resources = (): Promise<readonly StateResource[]> => Promise.resolve(state);
    const engine: Engine = { project: "tempo", stack, isPreview, info: quiet, warn: quiet, resources };
    return { owner: ownerOf("tempo", stack), prefix: "", engine };
  }

  async function create(path: string, object: object): Promise<Stored> {
    const { status, body } = await server().request("POST", path, object);
    assert.equal(status, 201, JSON.stringify(body));
    return body as Stored;
  }

  async function createClaim(name: string, owner: string): Promise<Stored> {
    return create(`/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims`, {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name, labels: ownerLabel(owner) },
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: "by-hand",
        resources: { requests: { storage: "10Gi" } },
      },
    });
  }

  /** The state after an `up`, with another uid where one is given. */
  function recorded(name: string, object: Stored, uid = object.metadata.uid): StateResource {
    const type = `kubernetes:core/v1:${object.kind}`;
    return { type, name, outputs: { ...object, metadata: { ...object.metadata, uid } } };
  }

  let claim: Stored;
  let namespace: Stored;
  before(async () => {
    namespace = await create("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: NAMESPACE },
    });
    claim = await createClaim("data-tempo-0", "tempo.dev");
  });

  it("is content with the cluster that has the claim of the state, and with any before the first up", async () => {
    for (const state of [[recorded("tempo-claim", claim)], []]) {
      const { live } = await connectCluster(settingsOf(), runOf(state));
      assert.equal(live?.context, server().context);
    }
  });

  it("refuses a cluster that has another claim of that name, and one that has none, in a preview as well", async () => {
    const another = [recorded("tempo-claim", claim, "a-uid")];
    for (const isPreview of [false, true]) {
      await assert.rejects(connectCluster(settingsOf(), runOf(another, isPreview)), (error: Error) => {
        assert.ok(
          error.message.includes(`has another one (uid ${claim.metadata.uid}), nor anything else of the state.`),
        );
        assert.ok(error.message.includes(MOVING));
        return true;
      });
    }
    const gone = recorded("tempo-claim", { ...claim, metadata: { ...claim.metadata, name: "gone" } });
    await assert.rejects(connectCluster(settingsOf(), runOf([gone])), /has none, nor anything else of the state/);
    const beside = [gone, recorded("tempo-namespace", namespace)];
    await assert.rejects(connectCluster(settingsOf(), runOf(beside)), /has none\. It was deleted there/);
  });

  it("refuses a cluster that has nothing of the collector of the state", async () => {
    const settings = settingsOf({
      collector: {
        namespace: NAMESPACE,
        clusterName: "c",
        endpoint: "http://tempo:4318",
        services: [{ name: "a", namespace: NAMESPACE, deployment: "a" }],
      },
    });
    const account = (uid: string): StateResource =>
      recorded("collector-service-account", { ...claim, kind: "ServiceAccount" }, uid);
    const provider = (name: string, context: string): StateResource => {
      return { type: "pulumi:providers:kubernetes", name, outputs: { context } };
    };
    const here = provider("cluster", server().context);
    // The plan replaces them where the context is another one, and nothing is lost with them.
    const former = provider("collector-cluster", "former");
    await assert.rejects(connectCollector(settings, runOf([former, here, account("b-uid")])), (error: Error) => {
      assert.ok(!error.message.includes(MOVING), error.message);
      return true;
    });
    await assert.rejects(connectCollector(settings, runOf([here, account("b-uid")])), (error: Error) => {
      assert.match(error.message, /^\s+- ServiceAccount moved\/data-tempo-0: in this stack's state \(uid b-uid\)/m);
      assert.ok(error.message.includes(MOVING));
      return true;
    });
  });

  it("knows the claim of a stack whose name was cut short before, by its state alone", async () => {
    const settings = settingsOf({ volume: { claimName: "odd" } });
    const odd = await createClaim("odd", "tempo.odd");
    await connectCluster(settings, runOf([recorded("tempo-claim", odd)], false, "odd-"));
    for (const stack of ["odd-", "odd_"]) {
      await assert.rejects(connectCluster(settings, runOf([], false, stack)), (error: Error) => {
        assert.ok(error.message.includes(`tempo.odd instead of ${ownerOf("tempo", stack)}`));
        return true;
      });
    }
    const moved = settingsOf({ volume: { claimName: "new" } });
    await assert.rejects(
      connectCluster(moved, runOf([recorded("tempo-claim", odd)], false, "odd-")),
      /PersistentVolumeClaim moved\/odd: has the traces of this stack/,
    );
  });
}
