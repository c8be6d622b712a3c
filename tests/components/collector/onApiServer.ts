import assert from "node:assert/strict";
import { parse } from "yaml";
import { openCluster } from "../../../lib/kubernetes/live";
import { checkSenders, takeSendersSnapshot, writtenSenders } from "../../../components/collector/preflight";
import { formatProblem } from "../../../lib/problems";
import { renderFiles } from "../../../tools/offline/files";
import { parseConfig, type Config } from "../../stack/settings/parse";
import { planOf, sectionOf, type Changes } from "../../stack/program/stacks";
import type { Manifest } from "../../support/apiClient";
import type { ApiServer } from "../../support/apiServer";
import { CERTIFICATE } from "./certificate";

const prod = sectionOf("prod", "collector");
const withCollector = (section: Changes, changes: Changes = {}): Changes => ({
  collector: { ...prod, ...section },
  ...changes,
});

/** Stacks, and what they have of senders: kinds with names. */
const variants: Readonly<
  Record<string, { changes: Changes; more?: readonly string[]; name?: string; space?: string }>
> = {
  prod: { changes: {} },
  "privileged, with injection and a CA": {
    changes: withCollector({
      privileged: true,
      propagation: "inject",
      endpoint: "https://tempo.example.com:4317",
      protocol: "grpc",
      caCertificate: CERTIFICATE,
    }),
  },
  "injection with capabilities": { changes: withCollector({ propagation: "inject" }) },
  "some nodes, no limit of CPU, another folder": {
    changes: withCollector({
      nodeSelector: { "kubernetes.io/hostname": "ringtail", gpu: "" },
      resources: { requests: { cpu: "" }, limits: { cpu: "" } },
      queue: { hostPath: "/data/queue", outage: "1h" },
    }),
  },
  "its own namespace, and services with an SDK": {
    changes: withCollector(
      { createNamespace: true },
      {
        sdk: {
          configMapName: "otel.v1",
          namespaces: [
            { namespace: "hermes", cluster: "tempo" },
            { namespace: "iris", cluster: "collector", protocol: "grpc" },
          ],
        },
      },
    ),
    more: ["Namespace alloy", "ConfigMap otel.v1", "ConfigMap otel.v1", "Service tempo-collector"],
  },
  "the longest names, open to everyone": {
    changes: withCollector({ name: "c".repeat(52), namespace: "n".repeat(63), receiver: true }),
    more: [`Service ${"c".repeat(52)}`],
    name: "c".repeat(52),
    space: "n".repeat(63),
  },
};

const KINDS = [
  "ServiceAccount",
  "ClusterRole",
  "ClusterRoleBinding",
  "ConfigMap",
  "DaemonSet",
  "NetworkPolicy",
  "Service",
  "Namespace",
];

/** The manifests of what sends: all but those of Tempo. */
async function manifestsOf(changes: Changes): Promise<Manifest[]> {
  const plan = await planOf("prod", changes);
  const senders = plan.resources.filter(({ name }) => /^(?:collector|sdk)-/.test(name));
  const files = [...renderFiles({ ...plan, resources: senders })];
  return files
    .filter(([path]) => path.startsWith("manifests/"))
    .map(([, text]) => parse(text) as Manifest)
    .filter(({ kind = "" }) => KINDS.includes(kind));
}

const titleOf = ({ kind, metadata }: Manifest): string => `${kind ?? "?"} ${metadata?.name ?? "?"}`;

/** Tests of tests/apiServer.test.ts. */
export function asksAboutSenders(server: () => ApiServer): void {
  const OWNER = "tempo.dev";

  for (const [title, { changes, more = [], name = "tempo-collector", space = "alloy" }] of Object.entries(variants)) {
    it(`accepts every object: ${title}`, async () => {
      const manifests = await manifestsOf(changes);
      const role = `${space}-${name}`;
      assert.deepEqual(
        manifests.map(titleOf).sort(),
        [
          ...["ServiceAccount", "ConfigMap", "DaemonSet", "NetworkPolicy"].map((kind) => `${kind} ${name}`),
          ...["ClusterRole", "ClusterRoleBinding"].map((kind) => `${kind} ${role}`),
          ...more,
        ].sort(),
      );
      for (const manifest of manifests) {
        const stored = (await server().putDryRun(manifest)) as Manifest;
        assert.deepEqual(titleOf(stored), titleOf(manifest));
      }
    });
  }

  it("would refuse a misspelt DaemonSet", async () => {
    const [daemonSet] = (await manifestsOf({})).filter(({ kind }) => kind === "DaemonSet");
    const text = JSON.stringify(daemonSet);
    for (const [wrong, complaint] of [
      [text.replace("readOnlyRootFilesystem", "readOnlyRoot"), /\.readOnlyRoot: field not declared in schema/],
      [text.replace('"DirectoryOrCreate"', '"Folder"'), /hostPath\.type: Unsupported value/],
      [text.replace('"hostPath":{"path":"/var', '"hostPath":{"path":"../var'), /hostPath\.path: Invalid value/],
    ] as const) {
      assert.notEqual(wrong, text);
      await assert.rejects(server().putDryRun(JSON.parse(wrong) as Manifest), complaint);
    }
  });

  it("stores exactly the capabilities and mounts that were written", async () => {
    const [daemonSet] = (await manifestsOf({})).filter(({ kind }) => kind === "DaemonSet");
    assert.ok(daemonSet);
    interface Stored {
      spec: {
        template: {
          spec: {
            hostPID: boolean;
            hostNetwork?: boolean;
            containers: { securityContext: object; volumeMounts: { mountPath: string; readOnly?: boolean }[] }[];
            volumes: { hostPath?: object }[];
          };
        };
        updateStrategy: { rollingUpdate: object };
      };
    }
    const stored = (await server().putDryRun(daemonSet)) as Stored;
    const { containers, volumes, hostPID, hostNetwork } = stored.spec.template.spec;
    assert.deepEqual([containers.length, hostPID, hostNetwork], [1, true, undefined]);
    assert.deepEqual(
      containers[0]?.securityContext,
      (daemonSet as unknown as Stored).spec.template.spec.containers[0]?.securityContext,
    );
    assert.equal(volumes.filter(({ hostPath }) => hostPath).length, 1);
    assert.deepEqual(stored.spec.updateStrategy.rollingUpdate, { maxSurge: 0, maxUnavailable: 1 });
  });

  describe("in its preflight", () => {
    const frigate = { name: "frigate", namespace: "frigate", deployment: "frigate" };

    const settingsOf = (collector: object, config: Config = {}) => {
      const { kubeconfig, context } = server();
      return parseConfig({
        kubeContext: context,
        kubeconfig,
        collector: { clusterName: "ringtail", services: [frigate], ...collector },
        ...config,
      });
    };

    /** What is said of the live cluster. */
    async function problems(collector: object, config: Config = {}): Promise<string[]> {
      const settings = settingsOf(collector, config);
      const snapshot = await takeSendersSnapshot(settings, "collector", openCluster(settings));
      return checkSenders(settings, "tempo", OWNER, { cluster: "collector", snapshot }).problems.map(formatProblem);
    }

    async function post(path: string, body: object): Promise<void> {
      const answer = await server().request("POST", path, body);
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
    }

    const makeNamespace = (name: string, labels: object = {}): Promise<void> =>
      post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });

    const makeWorkload = (kind: string, namespace: string, name: string, labels: object): Promise<void> =>
      post(`/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s`, {
        apiVersion: "apps/v1",
        kind,
        metadata: { name },
        spec: {
          ...(kind === "StatefulSet" && { serviceName: name }),
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: "a", image: "a:1.0.0" }] } },
        },
      });

    // In this order: each finds what those before it have made.
    it("finds neither namespaces nor workloads on an empty cluster", async () => {
      assert.deepEqual(
        (await problems({ namespace: "senders" })).map((line) => line.slice(0, line.indexOf(" ="))),
        ["tempo:collector.namespace", "tempo:collector.services[0].namespace"],
      );
    });

    it("finds the workload, and tells it from its neighbours", async () => {
      await makeNamespace("senders");
      await makeNamespace("frigate");
      await makeWorkload("Deployment", "frigate", "frigate-notify", { app: "notify", tier: "a" });
      await makeWorkload("StatefulSet", "frigate", "frigate", { app: "frigate", tier: "a" });
      assert.match(
        (await problems({ namespace: "senders" })).join("\n"),
        /no workload in namespace frigate is Deployment/,
      );
      await makeWorkload("Deployment", "frigate", "frigate", { app: "nvr" });
      assert.deepEqual(await problems({ namespace: "senders" }), []);
      const byLabels = (labels: object) =>
        problems({ namespace: "senders", services: [{ name: "frigate", namespace: "frigate", labels }] });
      assert.deepEqual(await byLabels({ app: "notify" }), []);
      assert.match(
        (await byLabels({ tier: "a" })).join("\n"),
        /selects Deployment frigate-notify, StatefulSet frigate,/,
      );
      assert.match(
        (await byLabels({ app: "other" })).join("\n"),
        /no workload in namespace frigate is with the labels/,
      );
    });

    it("finds a workload that two services select", async () => {
      const services = [frigate, { name: "cameras", namespace: "frigate", labels: { app: "nvr" } }];
      assert.match(
        (await problems({ namespace: "senders", services })).join("\n"),
        /^tempo:collector\.services\[1\] = "cameras": with the labels app=nvr selects Deployment frigate, as /,
      );
    });

    it("finds pods that no workload has made", async () => {
      const metadata = { name: "nvr-1", labels: { app: "operated" } };
      const spec = { containers: [{ name: "a", image: "a:1.0.0" }] };
      await post("/api/v1/namespaces/frigate/pods", { apiVersion: "v1", kind: "Pod", metadata, spec });
      const services = [{ name: "a", namespace: "frigate", labels: { app: "operated" } }];
      assert.deepEqual(await problems({ namespace: "senders", services }), []);
    });

    it("finds objects of its names that are somebody's, and its own", async () => {
      const account = (labels: object) => ({
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "tempo-collector", labels },
      });
      const path = "/api/v1/namespaces/senders/serviceaccounts";
      await post(path, account({}));
      assert.match(
        (await problems({ namespace: "senders" })).join("\n"),
        /^ServiceAccount senders\/tempo-collector: exists and is not this stack's/,
      );
      await server().request("DELETE", `${path}/tempo-collector`);
      await post(path, account({ "pulumi-tempo/stack": OWNER }));
      assert.deepEqual(await problems({ namespace: "senders" }), []);
      // Each kind that is asked for is one that the API knows.
      const settings = settingsOf({ namespace: "senders", receiver: true });
      const live = openCluster(settings);
      for (const ref of writtenSenders(settings, "collector")) await live.read(ref);
    });

    it("finds what a namespace enforces, which this API server does, too", async () => {
      await makeNamespace("strict", { "pod-security.kubernetes.io/enforce": "baseline" });
      assert.match(
        (await problems({ namespace: "strict" })).join("\n"),
        /^tempo:collector\.namespace = "strict": enforces the Pod Security level baseline/,
      );
      const [daemonSet] = (await manifestsOf(withCollector({ namespace: "strict" }))).filter(
        ({ kind }) => kind === "DaemonSet",
      );
      const { template } = (daemonSet as unknown as { spec: { template: { metadata: object; spec: object } } }).spec;
      const pod = { apiVersion: "v1", kind: "Pod", ...template, metadata: { ...template.metadata, name: "a" } };
      const { status, body } = await server().request("POST", "/api/v1/namespaces/strict/pods", pod);
      assert.equal(status, 403, JSON.stringify(body));
      assert.match(JSON.stringify(body), /violates PodSecurity.*host namespaces.*hostPath volumes/s);
    });
  });
}
