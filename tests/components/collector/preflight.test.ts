import assert from "node:assert/strict";
import type { ListOptions, LiveCluster, LiveObject, ObjectRef } from "../../../lib/kubernetes/live";
import {
  checkSenders,
  takeSendersSnapshot,
  writtenSenders,
  type Cluster,
} from "../../../components/collector/preflight";
import { formatProblem } from "../../../lib/problems";
import type { Settings } from "../../../components/contracts/settings";
import { parseConfig, type Config } from "../../stack/settings/parse";

const OWNER = "tempo.prod";
const LABEL = "pulumi-tempo/stack";

const frigate = { name: "frigate", namespace: "frigate", deployment: "frigate" };

/** Settings with a collector on a cluster of its own, unless the section says otherwise. */
function settingsOf(collector: object = {}, config: Config = {}): Settings {
  return parseConfig({
    kubeContext: "indri",
    tailnet: { domain: "tail8d86e.ts.net" },
    collector: { kubeContext: "ringtail", clusterName: "ringtail", services: [frigate], ...collector },
    ...config,
  });
}

/** A cluster's objects by kind, namespace (empty for none) and name. */
type Objects = Readonly<Record<string, LiveObject>>;

/** An object as the API answers it; the client types its metadata as a class of its own. */
function objectOf(metadata: object, rest: object = {}): LiveObject {
  return { metadata, ...rest };
}
const object = (name: string, labels: Record<string, string> = {}, rest?: object): LiveObject =>
  objectOf({ name, labels }, rest);
const ours = { [LABEL]: OWNER };

function namespaces(...names: string[]): Objects {
  return Object.fromEntries(names.map((name) => [`Namespace /${name}`, object(name)]));
}

/** A workload, with the labels of its pods. */
function workload(kind: string, namespace: string, name: string, labels: Record<string, string> = {}): Objects {
  return { [`${kind} ${namespace}/${name}`]: object(name, {}, { spec: { template: { metadata: { labels } } } }) };
}

const fitting: Objects = { ...namespaces("alloy", "frigate"), ...workload("Deployment", "frigate", "frigate") };

function clusterOf(objects: Objects, asked: string[] = []): LiveCluster {
  return {
    context: "ringtail",
    server: "https://ringtail",
    page: () => Promise.resolve(undefined),
    read: ({ kind, namespace = "", name }: ObjectRef) => {
      asked.push(`${kind} ${namespace}/${name}`);
      return Promise.resolve(objects[`${kind} ${namespace}/${name}`]);
    },
    list: (_, kind, { namespace = "", labelSelector }: ListOptions = {}) => {
      const here = Object.entries(objects).filter(([key]) => key.startsWith(`${kind} ${namespace}/`));
      const selected = here.filter(([, each]) =>
        (labelSelector?.split(",") ?? []).every((pair) => {
          const [key = "", value] = pair.split("=");
          return each.metadata?.labels?.[key] === value;
        }),
      );
      return Promise.resolve(selected.map(([, each]) => each));
    },
  };
}

/** What is said about a cluster. */
async function lines(settings: Settings, objects: Objects, cluster: Cluster = "collector"): Promise<string[]> {
  const snapshot = await takeSendersSnapshot(settings, cluster, clusterOf(objects));
  const { problems, notes } = checkSenders(settings, "tempo", OWNER, { cluster, snapshot });
  assert.deepEqual(notes, []);
  return problems.map(formatProblem);
}

describe("the preflight of the senders", () => {
  it("has nothing to say about a cluster that fits", async () => {
    assert.deepEqual(await lines(settingsOf(), fitting), []);
    assert.deepEqual(await lines(settingsOf(), {}, "tempo"), []);
    assert.deepEqual(await lines(parseConfig({ kubeContext: "c" }), {}), []);
  });

  it("has nothing to say about what an earlier run made", async () => {
    const mine = Object.fromEntries(
      writtenSenders(settingsOf(), "collector").map(({ kind, namespace = "", name }) => [
        `${kind} ${namespace}/${name}`,
        object(name, ours),
      ]),
    );
    assert.equal(Object.keys(mine).length, 6);
    assert.deepEqual(await lines(settingsOf(), { ...fitting, ...mine }), []);
  });

  describe("of the collector's namespace", () => {
    it("wants it to be there, or to be made", async () => {
      const gone = { ...namespaces("frigate"), ...workload("Deployment", "frigate", "frigate") };
      assert.deepEqual(await lines(settingsOf(), gone), [
        'tempo:collector.namespace = "alloy": no such namespace on the cluster. Make it (kubectl create namespace alloy) or set collector.createNamespace to true.',
      ]);
      assert.deepEqual(await lines(settingsOf({ createNamespace: true }), gone), []);
    });

    it("makes none that is somebody's", async () => {
      assert.deepEqual(await lines(settingsOf({ createNamespace: true }), fitting), [
        "tempo:collector.createNamespace = true: the namespace alloy exists and is not this stack's. Write false to use it as it is, or another namespace.",
      ]);
      const mine = { ...fitting, "Namespace /alloy": object("alloy", ours) };
      assert.deepEqual(await lines(settingsOf({ createNamespace: true }), mine), []);
    });

    // The DaemonSet would be stored, and have no pod.
    it("refuses one whose Pod Security forbids what the collector is", async () => {
      const enforcing = (level: string) => ({
        ...fitting,
        "Namespace /alloy": object("alloy", { "pod-security.kubernetes.io/enforce": level }),
      });
      for (const level of ["baseline", "restricted"]) {
        assert.deepEqual(await lines(settingsOf(), enforcing(level)), [
          `tempo:collector.namespace = "alloy": enforces the Pod Security level ${level}, by which no pod sees the processes of its node: none would start. Write a namespace of its own, or give it the level privileged.`,
        ]);
      }
      assert.deepEqual(await lines(settingsOf(), enforcing("privileged")), []);
    });
  });

  it("refuses to write over what is somebody's", async () => {
    const others = {
      "DaemonSet alloy/tempo-collector": object("tempo-collector"),
      "ClusterRole /alloy-tempo-collector": object("alloy-tempo-collector", { [LABEL]: "tempo.dev" }),
    };
    assert.deepEqual(await lines(settingsOf(), { ...fitting, ...others }), [
      `DaemonSet alloy/tempo-collector: exists and is not this stack's (without the label ${LABEL}: ${OWNER}). How to take it over: docs/guides/adopting.md.`,
      `ClusterRole alloy-tempo-collector: exists and is not this stack's (with the label ${LABEL}: tempo.dev instead of ${OWNER}). How to take it over: docs/guides/adopting.md.`,
    ]);
  });

  describe("of a listed service", () => {
    const where = "kubectl -n frigate get deployments,statefulsets,daemonsets --show-labels";
    const none = (wanted: string): string =>
      `tempo:collector.services[0] = "frigate": no workload in namespace frigate is ${wanted}. Write one that is there (${where}).`;
    const labelled = (labels: object, more: object = {}): Settings =>
      settingsOf({ services: [{ name: "frigate", namespace: "frigate", labels, ...more }] });

    it("wants its namespace to be there", async () => {
      assert.deepEqual(await lines(settingsOf(), namespaces("alloy")), [
        "tempo:collector.services[0].namespace = \"frigate\": no such namespace on the collector's cluster. Write the one of frigate's workload.",
      ]);
    });

    it("wants its workload to be there, by kind, name and namespace", async () => {
      assert.deepEqual(await lines(settingsOf(), namespaces("alloy", "frigate")), [none("Deployment frigate")]);
      for (const other of [
        workload("StatefulSet", "frigate", "frigate"),
        workload("Deployment", "frigate", "frigate-notify"),
        workload("Deployment", "other", "frigate"),
      ]) {
        assert.deepEqual(await lines(settingsOf(), { ...namespaces("alloy", "frigate"), ...other }), [
          none("Deployment frigate"),
        ]);
      }
    });

    for (const [key, kind] of [
      ["deployment", "Deployment"],
      ["statefulSet", "StatefulSet"],
      ["daemonSet", "DaemonSet"],
    ] as const) {
      it(`finds a ${kind}`, async () => {
        const settings = settingsOf({ services: [{ name: "frigate", namespace: "frigate", [key]: "nvr" }] });
        const here = { ...namespaces("alloy", "frigate"), ...workload(kind, "frigate", "nvr") };
        assert.deepEqual(await lines(settings, here), []);
      });
    }

    it("wants a named workload to make pods with the labels as well", async () => {
      const settings = labelled({ tier: "server" }, { deployment: "frigate" });
      assert.deepEqual(await lines(settings, fitting), [none("Deployment frigate with the labels tier=server")]);
      const here = workload("Deployment", "frigate", "frigate", { tier: "server", more: "x" });
      assert.deepEqual(await lines(settings, { ...fitting, ...here }), []);
    });

    it("finds a workload by the labels of its pods, whatever its kind", async () => {
      const settings = labelled({ app: "frigate", tier: "server" });
      const make = (labels: Record<string, string>): Objects => ({
        ...namespaces("alloy", "frigate"),
        ...workload("StatefulSet", "frigate", "nvr", labels),
        ...workload("Deployment", "frigate", "frigate-notify", { app: "frigate" }),
      });
      assert.deepEqual(await lines(settings, make({ app: "frigate", tier: "server" })), []);
      assert.deepEqual(await lines(settings, make({ app: "frigate" })), [
        none("with the labels app=frigate,tier=server"),
      ]);
    });

    it("refuses labels that two workloads have: their spans would have one name", async () => {
      const app = { app: "frigate" };
      const here = {
        ...namespaces("alloy", "frigate"),
        ...workload("Deployment", "frigate", "frigate", app),
        ...workload("DaemonSet", "frigate", "frigate-notify", app),
      };
      assert.deepEqual(await lines(labelled(app), here), [
        'tempo:collector.services[0] = "frigate": with the labels app=frigate selects Deployment frigate, DaemonSet frigate-notify, which would all be called frigate. Write deployment, statefulSet or daemonSet.',
      ]);
    });

    // Those of an operator's own kind, for example.
    it("takes pods that no workload of these kinds has made", async () => {
      const here = { ...namespaces("alloy", "frigate"), "Pod frigate/nvr-1": object("nvr-1", { app: "frigate" }) };
      assert.deepEqual(await lines(labelled({ app: "frigate" }), here), []);
      assert.deepEqual(await lines(labelled({ app: "other" }), here), [none("with the labels app=other")]);
      assert.deepEqual(await lines(settingsOf(), here), [none("Deployment frigate")]);
    });

    it("refuses two of one workload: its spans would have either name", async () => {
      const labels = { app: "frigate" };
      const settings = settingsOf({
        services: [frigate, { name: "cameras", namespace: "frigate", labels }, { ...frigate, name: "c", labels }],
      });
      const here = { ...fitting, ...workload("Deployment", "frigate", "frigate", labels) };
      const line = (index: number, name: string, wanted: string): string =>
        `tempo:collector.services[${index}] = "${name}": ${wanted} selects Deployment frigate, as collector.services[0] does: its spans would have either name. Write each workload once.`;
      assert.deepEqual(await lines(settings, here), [
        line(1, "cameras", "with the labels app=frigate"),
        line(2, "c", "Deployment frigate with the labels app=frigate"),
      ]);
    });

    it("allows workloads of one name in two namespaces, and of two kinds in one", async () => {
      const services = [frigate, { ...frigate, name: "b", namespace: "other" }];
      const kinds = [...services, { name: "c", namespace: "frigate", statefulSet: "frigate" }];
      const here = {
        ...fitting,
        ...namespaces("other"),
        ...workload("Deployment", "other", "frigate"),
        ...workload("StatefulSet", "frigate", "frigate"),
      };
      assert.deepEqual(await lines(settingsOf({ services: kinds }), here), []);
    });
  });

  describe("of namespaces with an SDK", () => {
    const sdk = {
      namespaces: [
        { namespace: "hermes", cluster: "tempo" },
        { namespace: "iris", cluster: "collector" },
      ],
    };
    const settings = settingsOf({}, { sdk });

    it("wants each on its cluster", async () => {
      assert.deepEqual(await lines(settings, namespaces("hermes"), "tempo"), []);
      assert.deepEqual(await lines(settings, { ...fitting, ...namespaces("iris") }), []);
      assert.deepEqual(await lines(settings, namespaces("iris"), "tempo"), [
        'tempo:sdk.namespaces[0].namespace = "hermes": no such namespace on the cluster of Tempo. Make it, or write another.',
      ]);
      assert.deepEqual(await lines(settings, { ...fitting, ...namespaces("hermes") }), [
        'tempo:sdk.namespaces[1].namespace = "iris": no such namespace on the cluster of the collector. Make it, or write another.',
      ]);
    });

    it("does not want those that the stack itself is about to make", async () => {
      const own = settingsOf(
        { createNamespace: true },
        {
          createNamespace: true,
          sdk: {
            namespaces: [
              { namespace: "monitoring", cluster: "tempo" },
              { namespace: "alloy", cluster: "collector" },
            ],
          },
        },
      );
      const here = { ...namespaces("frigate"), ...workload("Deployment", "frigate", "frigate") };
      assert.deepEqual(await lines(own, {}, "tempo"), []);
      assert.deepEqual(await lines(own, here), []);
      // On the other cluster nobody makes it.
      const other = settingsOf(
        {},
        { createNamespace: true, sdk: { namespaces: [{ namespace: "monitoring", cluster: "collector" }] } },
      );
      assert.equal((await lines(other, fitting)).length, 1);
      const same = settingsOf(
        { kubeContext: "" },
        { createNamespace: true, sdk: { namespaces: [{ namespace: "monitoring", cluster: "collector" }] } },
      );
      assert.deepEqual(await lines(same, fitting), []);
    });

    it("writes over no ConfigMap that is somebody's", async () => {
      const taken = { ...namespaces("hermes"), "ConfigMap hermes/tempo-otel": object("tempo-otel") };
      assert.deepEqual(await lines(settings, taken, "tempo"), [
        `ConfigMap hermes/tempo-otel: exists and is not this stack's (without the label ${LABEL}: ${OWNER}). How to take it over: docs/guides/adopting.md.`,
      ]);
    });
  });

  it("tells all problems at once", async () => {
    const settings = settingsOf({ services: [frigate, { ...frigate, name: "b", namespace: "b" }] });
    const keys = (await lines(settings, namespaces("frigate"))).map((line) => line.slice(0, line.search(/ =/)));
    assert.deepEqual(keys, [
      "tempo:collector.namespace",
      "tempo:collector.services[0]",
      "tempo:collector.services[1].namespace",
    ]);
  });

  it("asks of each cluster only what concerns it", async () => {
    const settings = settingsOf({}, { sdk: { namespaces: [{ namespace: "hermes", cluster: "tempo" }] } });
    const asked: string[] = [];
    await takeSendersSnapshot(settings, "tempo", clusterOf({}, asked));
    assert.deepEqual(asked, ["Namespace /hermes", "ConfigMap hermes/tempo-otel"]);
  });
});

describe("what is written for senders", () => {
  const names = (collector: object, config?: Config, cluster: Cluster = "collector"): string[] =>
    writtenSenders(settingsOf(collector, config), cluster).map(
      ({ kind, namespace, name }) => `${kind} ${namespace ?? "-"} ${name}`,
    );

  it("is the collector, with a Service where it has a receiver", () => {
    const bare = [
      "ServiceAccount alloy tempo-collector",
      "ConfigMap alloy tempo-collector",
      "DaemonSet alloy tempo-collector",
      "ClusterRole - alloy-tempo-collector",
      "ClusterRoleBinding - alloy-tempo-collector",
      "NetworkPolicy alloy tempo-collector",
    ];
    assert.deepEqual(names({ receiver: false }), bare);
    assert.deepEqual(names({}), bare);
    const service = [...bare, "Service alloy tempo-collector"];
    assert.deepEqual(names({ receiver: true }), service);
    const sdk = { namespaces: [{ namespace: "iris", cluster: "collector" }] };
    assert.deepEqual(names({}, { sdk }).slice(0, -1), service);
    assert.deepEqual(names({}, {}, "tempo"), []);
  });

  it("is a ConfigMap for each namespace with an SDK, on its cluster", () => {
    const sdk = {
      configMapName: "otel",
      namespaces: [
        { namespace: "hermes", cluster: "tempo" },
        { namespace: "iris", cluster: "collector" },
      ],
    };
    assert.deepEqual(names({}, { sdk }, "tempo"), ["ConfigMap hermes otel"]);
    assert.deepEqual(names({}, { sdk }).slice(-1), ["ConfigMap iris otel"]);
  });
});
