import assert from "node:assert/strict";
import { memoryLimits } from "../../../components/collector/budget";
import {
  CAPABILITIES,
  clusterRoleName,
  collectorSelector,
  renderClusterRole,
  renderClusterRoleBinding,
  renderCollectorPolicy,
  renderConfigMap,
  renderDaemonSet,
  renderReceiverService,
  renderServiceAccount,
} from "../../../components/collector/manifests";
import { ports } from "../../../components/contracts/ports";
import type { CollectorSettings } from "../../../components/contracts/settings";
import { blockAt, parseAlloy } from "../alloy/parse";
import type { Changes } from "../../stack/program/stacks";
import { configOf, variantOf } from "./variants";

const OWNER = "tempo.prod";
const collectorOf = (section: Changes = {}): CollectorSettings => variantOf(section).collector;
const collector = collectorOf();

interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}
interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly containerPort: number }[];
  readonly readinessProbe?: unknown;
  readonly resources: unknown;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts: readonly Mount[];
}
interface PodSpec {
  readonly containers: readonly [Container, ...Container[]];
  readonly volumes: readonly { readonly name: string; readonly hostPath?: unknown }[];
  readonly [key: string]: unknown;
}
interface Spec {
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly updateStrategy: unknown;
  readonly template: {
    readonly metadata: {
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
    };
    readonly spec: PodSpec;
  };
}

const specOf = (settings = collector, config = "a"): Spec =>
  renderDaemonSet(settings, config, OWNER).spec as unknown as Spec;
const podOf = (settings?: CollectorSettings): PodSpec => specOf(settings).template.spec;
const containerOf = (settings?: CollectorSettings): Container => {
  const [container, ...more] = podOf(settings).containers;
  assert.deepEqual(more, []);
  return container;
};

describe("the collector's pod", () => {
  it("may do what the kernel asks for, and nothing else", () => {
    const { securityContext } = containerOf();
    assert.deepEqual(securityContext, {
      runAsUser: 0,
      runAsGroup: 0,
      readOnlyRootFilesystem: true,
      privileged: false,
      allowPrivilegeEscalation: false,
      seccompProfile: { type: "RuntimeDefault" },
      appArmorProfile: { type: "Unconfined" },
      capabilities: { drop: ["ALL"], add: ["DAC_READ_SEARCH", "NET_RAW", "SYS_ADMIN", "SYS_PTRACE"] },
    });
    assert.deepEqual(CAPABILITIES, [...CAPABILITIES].sort());
  });

  it("may write into packets only where it injects trace contexts", () => {
    const added = (propagation: string): string[] =>
      (containerOf(collectorOf({ propagation })).securityContext["capabilities"] as { add: string[] }).add;
    assert.deepEqual(
      added("inject").filter((capability) => !added("accept").includes(capability)),
      ["NET_ADMIN"],
    );
    assert.deepEqual(
      added("accept").filter((capability) => !added("inject").includes(capability)),
      [],
    );
  });

  it("is privileged where the settings say so, and its root stays read-only", () => {
    for (const propagation of ["accept", "inject"]) {
      assert.deepEqual(containerOf(collectorOf({ privileged: true, propagation })).securityContext, {
        runAsUser: 0,
        runAsGroup: 0,
        readOnlyRootFilesystem: true,
        privileged: true,
      });
    }
  });

  it("sees one folder of the node, and the processes, and no more", () => {
    const { volumes, hostPID, ...pod } = podOf();
    assert.equal(hostPID, true);
    for (const key of ["hostNetwork", "hostIPC", "initContainers", "shareProcessNamespace"])
      assert.ok(!(key in pod), key);
    assert.deepEqual(
      volumes.flatMap(({ hostPath }) => hostPath ?? []),
      [{ path: "/var/lib/tempo-collector", type: "DirectoryOrCreate" }],
    );
    const hostPath = "/data/queues/tempo";
    assert.deepEqual(
      podOf(collectorOf({ queue: { hostPath } })).volumes.flatMap((volume) => volume.hostPath ?? []),
      [{ path: hostPath, type: "DirectoryOrCreate" }],
    );
  });

  it("writes to the queue and to a small folder of its own", () => {
    const { volumeMounts } = containerOf();
    assert.deepEqual(
      volumeMounts.map(({ name }) => name),
      podOf().volumes.map(({ name }) => name),
    );
    const writable = volumeMounts.filter(({ readOnly }) => readOnly !== true).map(({ name }) => name);
    assert.deepEqual(writable, ["queue", "tmp"]);
    const storage = containerOf().args.find((argument) => argument.startsWith("--storage.path="));
    const queue = volumeMounts.find(({ name }) => name === "queue")?.mountPath ?? "?";
    assert.equal(storage, `--storage.path=${queue}`);
    const { attributes } = blockAt(parseAlloy(configOf(variantOf())), "otelcol.storage.file");
    assert.ok(JSON.stringify(attributes["directory"]).startsWith(`"${queue}/`));
  });

  it("is another pod when the configuration is, and only then", () => {
    assert.deepEqual(specOf(collector, "a"), specOf(collector, "a"));
    const { annotations } = specOf(collector, "a").template.metadata;
    const other = specOf(collector, "b").template.metadata.annotations;
    assert.deepEqual(Object.keys(annotations), Object.keys(other));
    assert.notDeepEqual(annotations, other);
    // What is in no configuration and in no pod rolls nothing.
    const bigger = collectorOf({ queue: { volumeSize: "8Gi" } });
    assert.equal(configOf(variantOf()), configOf(variantOf({ queue: { volumeSize: "8Gi" } })));
    assert.deepEqual(specOf(bigger), specOf(collector));
    // A fifth service is in the configuration.
    const fifth = { name: "a", namespace: "a", deployment: "a" };
    assert.notEqual(configOf(variantOf({ services: [...collector.services, fifth] })), configOf(variantOf()));
  });

  it("is one on every node, or on those with the labels, taints or not", () => {
    assert.ok(!("nodeSelector" in podOf()));
    assert.deepEqual(podOf()["tolerations"], [{ operator: "Exists" }]);
    const nodeSelector = { "kubernetes.io/hostname": "ringtail" };
    assert.deepEqual(podOf(collectorOf({ nodeSelector }))["nodeSelector"], nodeSelector);
  });

  // Two have no room in one queue, whose file is locked.
  it("ends before the next one on its node starts", () => {
    assert.deepEqual(specOf().updateStrategy, { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } });
  });

  it("has the amounts of the settings, and Go's limit below that of the container", () => {
    assert.deepEqual(containerOf().resources, {
      requests: { cpu: "100m", memory: "256Mi", "ephemeral-storage": "64Mi" },
      limits: { cpu: "1", memory: "1Gi" },
    });
    const free = collectorOf({ resources: { requests: { cpu: "" }, limits: { cpu: "", memory: "512Mi" } } });
    assert.deepEqual(containerOf(free).resources, {
      requests: { memory: "256Mi", "ephemeral-storage": "64Mi" },
      limits: { memory: "512Mi" },
    });
    const limit = containerOf(free).env.find(({ name }) => name === "GOMEMLIMIT");
    assert.equal(limit?.value, `${memoryLimits(free).goLimit}MiB`);
  });

  // Variables with these beginnings come before the file, silently.
  it("has no variable that says otherwise than its file", () => {
    const names = containerOf().env.map(({ name }) => name);
    assert.deepEqual(
      names.filter((name) => /^(?:BEYLA|OTEL)_/.test(name)),
      ["OTEL_EBPF_JAVAAGENT_ENABLED", "OTEL_EBPF_NODEJS_ENABLED", "OTEL_EBPF_BPF_METRIC_SCRAPE_INTERVAL"],
    );
    assert.equal(podOf()["enableServiceLinks"], false);
  });

  it("has the image of the settings", () => {
    assert.equal(containerOf().image, "grafana/alloy:v1.18.1");
    const image = "registry.local/alloy:v1.19.0";
    assert.equal(containerOf(collectorOf({ image })).image, image);
  });

  it("listens to others only where it takes spans, and is ready when it does", () => {
    const { ports: open, readinessProbe } = containerOf(collectorOf({ receiver: true }));
    assert.deepEqual(
      open?.map((port) => port.containerPort),
      [ports.otlpGrpc, ports.otlpHttp],
    );
    assert.deepEqual(readinessProbe, { tcpSocket: { port: ports.otlpGrpc }, periodSeconds: 10, timeoutSeconds: 10 });
    for (const receiver of [false, undefined]) {
      const closed = containerOf(collectorOf({ receiver }));
      for (const key of ["ports", "readinessProbe", "livenessProbe"]) assert.ok(!(key in closed), key);
      assert.doesNotMatch(JSON.stringify(closed), /0\.0\.0\.0/);
      const config = configOf(variantOf({ receiver }));
      assert.doesNotMatch(config, /0\.0\.0\.0|otelcol\.receiver|4317|4318/);
    }
  });
});

describe("the collector's other objects", () => {
  it("have its name, its namespace and its owner", () => {
    const objects = [
      renderServiceAccount(collector, OWNER),
      renderConfigMap(collector, "a", OWNER),
      renderReceiverService(collector, OWNER),
      renderCollectorPolicy(collector, undefined, OWNER),
      renderDaemonSet(collector, "a", OWNER),
    ];
    for (const { metadata } of objects) {
      assert.deepEqual(metadata, {
        name: "tempo-collector",
        namespace: "alloy",
        labels: {
          "app.kubernetes.io/name": "tempo-collector",
          "app.kubernetes.io/managed-by": "pulumi",
          "pulumi-tempo/stack": OWNER,
        },
      });
    }
  });

  it("let it see pods, Services and nodes, and change nothing", () => {
    const { rules } = renderClusterRole(collector, OWNER) as { rules: unknown };
    assert.deepEqual(rules, [{ apiGroups: [""], resources: ["nodes", "pods", "services"], verbs: ["list", "watch"] }]);
    const { roleRef, subjects, metadata } = renderClusterRoleBinding(collector, OWNER) as {
      roleRef: { name: string };
      subjects: unknown;
      metadata: { name: string };
    };
    const role = renderClusterRole(collector, OWNER).metadata as { name: string };
    assert.deepEqual([metadata.name, roleRef.name], [role.name, role.name]);
    assert.deepEqual(subjects, [{ kind: "ServiceAccount", name: "tempo-collector", namespace: "alloy" }]);
  });

  it("have a name of their own in the whole cluster, for another collector beside it", () => {
    assert.notEqual(clusterRoleName(collector), clusterRoleName({ ...collector, namespace: "other" }));
    assert.notEqual(clusterRoleName(collector), clusterRoleName({ ...collector, name: "other" }));
  });

  it("give the token of its account to its pod alone", () => {
    const { automountServiceAccountToken } = renderServiceAccount(collector, OWNER);
    assert.equal(automountServiceAccountToken, false);
    assert.deepEqual(
      [podOf()["automountServiceAccountToken"], podOf()["serviceAccountName"]],
      [true, "tempo-collector"],
    );
  });

  it("select its pods, and are reached on the own node only", () => {
    const { labels } = specOf().template.metadata;
    const { spec } = renderReceiverService(collector, OWNER) as unknown as {
      spec: { selector: Record<string, string>; internalTrafficPolicy: string; ports: { port: number }[] };
    };
    for (const selector of [spec.selector, specOf().selector.matchLabels, collectorSelector(collector)]) {
      assert.ok(Object.keys(selector).length > 0);
      for (const [key, value] of Object.entries(selector)) assert.equal(labels[key], value);
    }
    assert.equal(spec.internalTrafficPolicy, "Local");
    assert.deepEqual(
      spec.ports.map(({ port }) => port),
      [4317, 4318],
    );
  });

  it("let those in who send, on the ports of the receiver, and otherwise nobody", () => {
    const policyOf = (senders: Parameters<typeof renderCollectorPolicy>[1]) =>
      renderCollectorPolicy(collector, senders, OWNER).spec;
    const common = { podSelector: { matchLabels: collectorSelector(collector) }, policyTypes: ["Ingress"] };
    const receiverPorts = [4317, 4318].map((port) => ({ port, protocol: "TCP" }));
    const of = (namespace: string) => ({
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    });
    assert.deepEqual(policyOf(undefined), { ...common, ingress: [] });
    assert.deepEqual(policyOf(["iris", "hermes"]), {
      ...common,
      ingress: [{ from: [of("iris"), of("hermes")], ports: receiverPorts }],
    });
    assert.deepEqual(policyOf("everyone"), {
      ...common,
      ingress: [{ from: [{ namespaceSelector: {} }], ports: receiverPorts }],
    });
  });

  it("hold the configuration where the pod reads it", () => {
    assert.deepEqual(renderConfigMap(collector, "the text", OWNER).data, { "config.alloy": "the text" });
    const config = containerOf().volumeMounts.find(({ name }) => name === "config");
    assert.deepEqual([config?.readOnly, containerOf().args[1]], [true, `${config?.mountPath ?? "?"}/config.alloy`]);
  });
});
