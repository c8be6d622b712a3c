import assert from "node:assert/strict";
import { formatProblem } from "../../../lib/problems";
import type { Phase } from "../../../tools/adopt/steps";
import type { Config } from "../../stack/settings/parse";
import { adoptionOf, CONTAINER, ingress, OWNER, TEMPO_YAML, type Changes, type Words } from "./standing";

async function blocks(changes: Changes = {}, config: Config = {}, words: Words = {}): Promise<string[]> {
  const { report } = await adoptionOf(changes, config, words);
  // No half of a plan: while something stands in its way there are no steps.
  assert.equal(report.steps.length === 0, report.outcome !== "adopt");
  return report.blocks.map(formatProblem);
}

async function commands(phase: Phase, changes: Changes = {}, config: Config = {}): Promise<string[]> {
  const { report } = await adoptionOf(changes, config);
  assert.deepEqual(report.blocks.map(formatProblem), []);
  return report.steps.filter((step) => step.phase === phase).flatMap((step) => step.commands);
}

const tempo = (config: string): Changes => ({ config: { data: { "tempo.yaml": config } } });
const pod = (change: object): Changes => ({ workload: { spec: { template: { spec: change } } } });
const container = (change: object): Changes => pod({ containers: [{ ...CONTAINER, ...change }] });

describe("npm run adopt: the plan", () => {
  it("keeps claim, Ingresses and Service, and deletes the StatefulSet only", async () => {
    const words = (await commands("switch")).join("\n");
    assert.deepEqual(
      [...words.matchAll(/ delete (?!pod)(.*)/g)].map(([, what]) => what),
      ["statefulset/tempo"],
    );
    assert.doesNotMatch(words, /delete .*(pvc|pv|ingress|service)\//);
  });

  it("hands over what is adopted, and what Helm is to replace, before anything stops", async () => {
    const [label] = (await commands("prepare")).filter((command) => command.includes(` label `));
    assert.equal(
      label,
      "kubectl --context indri -n monitoring label pvc/data-tempo-0 ingress/tempo-tailscale " +
        "ingress/tempo-otlp-tailscale statefulset/tempo service/tempo pulumi-tempo/stack=tempo.prod --overwrite",
    );
  });

  it("stops the old Tempo before it starts the new one, and looks once more before that", async () => {
    const words = await commands("switch");
    const at = (part: string): number => words.findIndex((command) => command.includes(part));
    assert.ok(at("persistentVolumeReclaimPolicy}") >= 0);
    const order = [
      "persistentVolumeReclaimPolicy}",
      "scale statefulset/tempo --replicas=0",
      "wait --for=delete pod/tempo-0",
      "delete statefulset",
      "patch service/tempo",
      "pulumi up",
    ];
    assert.deepEqual(
      order.map(at),
      order.map(at).toSorted((a, b) => a - b),
    );
    assert.ok(order.every((part) => at(part) >= 0));
  });

  it("empties the Service's selector and ports, which Helm would merge", async () => {
    const patch = (await commands("switch")).find((command) => command.includes("patch service/tempo"));
    assert.match(
      patch ?? "",
      /"path":"\/spec\/selector","value":\{"app.kubernetes.io\/name":"tempo","app.kubernetes.io\/instance":"tempo"\}/,
    );
    assert.match(patch ?? "", /"path":"\/spec\/ports"/);
  });

  it("keeps the volume when its claim goes", async () => {
    const patch = `patch pv pvc-1 --type merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'`;
    assert.ok((await commands("prepare")).some((command) => command.includes(patch)));
    const kept = await commands("prepare", { volume: { spec: { persistentVolumeReclaimPolicy: "Retain" } } });
    assert.ok(!kept.some((command) => command.includes(patch)));
  });

  it("frees the claim of its StatefulSet, and waits until it is", async () => {
    const policy = { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" } };
    const owned = { claim: { metadata: { ownerReferences: [{ kind: "StatefulSet", name: "tempo" }] } } };
    for (const changes of [{ workload: { spec: policy } }, owned]) {
      const words = (await commands("prepare", changes)).join("\n");
      assert.match(words, /patch statefulset\/tempo .*"whenDeleted":"Retain","whenScaled":"Retain"/);
      assert.match(words, /until test -z .*ownerReferences/);
    }
    assert.doesNotMatch((await commands("prepare")).join("\n"), /whenDeleted/);
  });

  it("pulls images that the node lacks", async () => {
    const words = (await commands("prepare")).join("\n");
    assert.match(words, /run tempo-pull-0 --image=busybox/);
    assert.doesNotMatch(words, /tempo-pull-\d --image=grafana\/tempo/);
  });

  it("renames folders and gives files to the new user", async () => {
    const config = TEMPO_YAML.replace("/var/tempo/blocks", "/var/tempo/traces");
    const changes = { ...tempo(config), ...pod({ securityContext: { runAsUser: 0 } }) };
    const words = (await commands("switch", changes)).join("\n");
    assert.match(words, /mv traces blocks/);
    assert.match(words, /chown -R 10001:10001/);
    const back = (await commands("back", changes)).join("\n");
    assert.match(back, /mv blocks traces/);
    assert.match(back, /chown -R 0:0/);
    assert.doesNotMatch((await commands("switch")).join("\n"), /chown| mv /);
  });

  it("moves the tenant's folder where the blocks lie at the root", async () => {
    const words = (await commands("switch", tempo(TEMPO_YAML.replace("/var/tempo/blocks", "/var/tempo")))).join("\n");
    assert.match(words, /mv single-tenant blocks\/single-tenant/);
  });

  it("makes a headless Service anew", async () => {
    const words = (await commands("switch", { service: { spec: { clusterIP: "None" } } })).join("\n");
    assert.match(words, /delete statefulset\/tempo service\/tempo/);
    assert.doesNotMatch(words, /patch service/);
  });

  it("lets Helm forget a release of the name, with what it keeps in a file", async () => {
    const helm = {
      metadata: {
        annotations: { "meta.helm.sh/release-name": "tempo", "meta.helm.sh/release-namespace": "monitoring" },
      },
    };
    const words = (await commands("switch", { workload: helm })).join("\n");
    assert.match(
      words,
      /get secret -l owner=helm,name=tempo -o yaml > helm-release-tempo.yaml\n.*delete secret -l owner=helm,name=tempo/,
    );
    assert.doesNotMatch(words, /uninstall/);
  });

  it("does not delete what an `up` that failed has made", async () => {
    const guard = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: "tempo-guard",
        namespace: "monitoring",
        labels: { "app.kubernetes.io/managed-by": "pulumi", "pulumi-tempo/stack": OWNER },
      },
    };
    assert.doesNotMatch((await commands("switch", { guard })).join("\n"), /configmap\/tempo-guard/);
    const foreign = { ...guard, metadata: { name: "tempo-guard", namespace: "monitoring" } };
    assert.match((await commands("switch", { foreign })).join("\n"), /configmap\/tempo-guard/);
  });

  it("is the same after the hand-over, and none once the stack's own pods run", async () => {
    const label = { metadata: { labels: { "pulumi-tempo/stack": OWNER } } };
    assert.deepEqual(await blocks({ workload: label, claim: label, service: label, query: label, otlp: label }), []);
    const ours = { workload: { spec: { template: label } } };
    assert.equal((await adoptionOf(ours)).report.outcome, "nothing");
  });

  it("takes the kubeconfig along", async () => {
    const { report } = await adoptionOf({}, { kubeconfig: "/home/me/kube config" });
    const kubectl = report.steps.flatMap((step) => step.commands).filter((command) => command.startsWith("kubectl"));
    assert.ok(kubectl.length > 10);
    for (const command of kubectl)
      assert.ok(command.startsWith("kubectl --kubeconfig '/home/me/kube config' --context indri "), command);
  });
});

describe("npm run adopt: the way back", () => {
  it("lets Pulumi forget the Ingresses before it destroys", async () => {
    const words = await commands("back");
    const forget = words.filter((command) => command.startsWith("pulumi state delete"));
    assert.deepEqual(
      forget.map((command) => /::tailnet-(\w+)-ingress'/.exec(command)?.[1]),
      ["query", "otlp"],
    );
    assert.ok(words.indexOf("pulumi destroy --stack prod --exclude-protected") > words.indexOf(forget[1] ?? ""));
  });

  it("never deletes the claim, nor the stack's settings", async () => {
    const words = (await commands("back")).join("\n");
    assert.doesNotMatch(words, /delete (pvc|pv)/);
    assert.match(words, /pulumi stack rm prod --preserve-config/);
  });
});

describe("npm run adopt: Argo CD and Flux", () => {
  const application = (name: string, more: object = {}) => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: "argocd" },
    ...more,
  });
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "applications.argoproj.io" },
  };
  const automated = { syncPolicy: { automated: { prune: true, selfHeal: true } } };
  const listed = {
    resources: [
      { kind: "StatefulSet", namespace: "monitoring", name: "tempo" },
      { kind: "ConfigMap", namespace: "monitoring", name: "tempo-config-7h" },
    ],
  };
  const parent = application("apps", {
    spec: automated,
    status: { resources: [{ kind: "Application", namespace: "argocd", name: "tempo" }] },
  });

  it("stops who would put it back: the parent first, the finalizer before the Application goes", async () => {
    const own = application("tempo", { spec: automated, status: listed });
    const words = await commands("prepare", { definition, parent, own });
    const at = (part: string): number => words.findIndex((command) => command.includes(part));
    const order = [
      'patch application apps --type merge -p \'{"spec":{"syncPolicy":{"automated":null}}}\'',
      'patch application tempo --type merge -p \'{"metadata":{"finalizers":null}',
      "delete application tempo",
      " label pvc/data-tempo-0",
    ];
    assert.ok(
      order.every((part) => at(part) >= 0),
      words.join("\n"),
    );
    assert.deepEqual(
      order.map(at),
      order.map(at).toSorted((a, b) => a - b),
    );
  });

  it("asks a person for what stands in Git, after automatic sync is off", async () => {
    const { report } = await adoptionOf({ definition, parent, own: application("tempo", { status: listed }) });
    const step = report.steps.find(({ then }) => then?.includes("in Git"));
    assert.match(step?.commands.join("\n") ?? "", /patch application apps[^]*patch application tempo/);
  });

  it("knows an Application by tracking id and by label, too", async () => {
    const own = application("traces");
    for (const metadata of [
      { annotations: { "argocd.argoproj.io/tracking-id": "traces:apps/StatefulSet:monitoring/tempo" } },
      { labels: { "app.kubernetes.io/instance": "traces" } },
    ]) {
      const words = (await commands("prepare", { definition, own, workload: { metadata } })).join("\n");
      assert.match(words, /delete application traces/);
      assert.match(words, /annotate pvc\/data-tempo-0 .*tracking-id-/);
    }
    assert.doesNotMatch((await commands("prepare", { definition, own })).join("\n"), /application traces/);
  });

  it("leaves an Application that has other things, and protects the claim from its pruning", async () => {
    const shared = { resources: [...listed.resources, { kind: "Deployment", namespace: "monitoring", name: "loki" }] };
    const words = (
      await commands("prepare", { definition, own: application("observability", { spec: automated, status: shared }) })
    ).join("\n");
    assert.doesNotMatch(words, /delete application/);
    assert.match(words, /annotate pvc\/data-tempo-0 argocd.argoproj.io\/sync-options=Prune=false/);
    const [block = ""] = await blocks({ definition, own: application("tempo", { status: shared }) });
    assert.match(block, /^Application argocd\/tempo: has Deployment loki besides Tempo/);
  });

  it("refuses while an ApplicationSet makes the Application", async () => {
    const own = application("tempo", {
      status: listed,
      metadata: { name: "tempo", namespace: "argocd", ownerReferences: [{ kind: "ApplicationSet", name: "all" }] },
    });
    assert.match((await blocks({ definition, own })).join("\n"), /made by the ApplicationSet all/);
  });

  it("suspends Flux", async () => {
    const metadata = {
      labels: { "kustomize.toolkit.fluxcd.io/name": "tracing", "kustomize.toolkit.fluxcd.io/namespace": "flux-system" },
    };
    const words = (await commands("prepare", { workload: { metadata } })).join("\n");
    assert.match(words, /-n flux-system patch kustomization tracing .*"suspend":true/);
    assert.match(words, /label pvc\/data-tempo-0 .*kustomize.toolkit.fluxcd.io\/name-/);
  });
});

describe("npm run adopt: what stands in the way", () => {
  const claim = "PersistentVolumeClaim monitoring/data-tempo-0";
  const cases: [string, Changes, Config, RegExp][] = [
    ["a claim of another size", {}, { volume: { size: "5Gi" } }, /^tempo:volume.size = "5Gi": smaller than the claim/],
    [
      "a claim of another class",
      {},
      { volume: { storageClass: "fast" } },
      /^tempo:volume.storageClass = "fast": not what the claim was made with/,
    ],
    ["other access modes", {}, { volume: { accessModes: ["ReadWriteMany"] } }, /^tempo:volume.accessModes/],
    ["no claim", { claim: null }, {}, /data-tempo-0: there is none/],
    [
      "a claim of another name",
      {},
      { volume: { claimName: "traces" } },
      /monitoring\/traces: there is none, and a Tempo here uses data-tempo-0. Set volume.claimName/,
    ],
    ["a claim that is going", { claim: { metadata: { deletionTimestamp: "2026-01-01" } } }, {}, /being deleted/],
    [
      "another stack's claim",
      { claim: { metadata: { labels: { "pulumi-tempo/stack": "tempo.dev" } } } },
      {},
      /= "tempo.dev": another stack's/,
    ],
    ["several replicas", { workload: { spec: { replicas: 3 } } }, {}, /replicas = 3: one claim is taken over/],
    [
      "a pod that nobody can stop",
      { pod: { metadata: { ownerReferences: [{ kind: "Job", name: "copy" }] } } },
      {},
      /^Pod monitoring\/tempo-0: mounts the claim, and was made by Job copy/,
    ],
    [
      "an operator behind it",
      { workload: { metadata: { ownerReferences: [{ kind: "TempoMonolithic", name: "t", controller: true }] } } },
      {},
      /made by TempoMonolithic t/,
    ],
    [
      "an object store",
      tempo("storage: { trace: { backend: s3 } }"),
      {},
      /storage.trace.backend = "s3": its traces are in an object store/,
    ],
    ["tenants", tempo(`multitenancy_enabled: true\n${TEMPO_YAML}`), {}, /multitenancy_enabled = true/],
    [
      "blocks beside the volume",
      tempo(TEMPO_YAML.replace("/var/tempo/blocks", "/tmp/blocks")),
      {},
      /storage.trace.local.path = "\/tmp\/blocks": not on the claim data-tempo-0/,
    ],
    [
      "a format that is not read any more",
      tempo(TEMPO_YAML.replace("backend: local", "backend: local\n    block: { version: vParquet2 }")),
      {},
      /storage.trace.block.version = "vParquet2"/,
    ],
    ["a configuration that cannot be read", { config: null }, {}, /its tempo.yaml could not be read.*--config FILE/],
    [
      "Tempo 3",
      container({ image: "grafana/tempo:3.0.0" }),
      {},
      /"grafana\/tempo:3.0.0": Tempo 3 writes what Tempo 2 does not read/,
    ],
    ["a newer Tempo", container({ image: "grafana/tempo:2.11.0" }), {}, /newer than the stack's 2.10.1/],
    ["an old Tempo", container({ image: "grafana/tempo:2.3.1" }), {}, /writes blocks that Tempo 2.10.1 cannot open/],
    ["an unknown version", container({ image: "grafana/tempo:latest" }), {}, /--tempo-version X.Y.Z/],
    [
      "a shorter retention",
      {},
      { retention: "72h" },
      /retention = "72h": shorter than the old Tempo's 168h.*--shorten-retention/,
    ],
    [
      "a shorter retention than Tempo's own",
      tempo(TEMPO_YAML.replace(/compactor.*/, "")),
      {},
      /shorter than the old Tempo's 336h/,
    ],
    [
      "root's files where no pod may be root",
      {
        namespace: { metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } } },
        ...pod({ securityContext: { runAsUser: 0 } }),
      },
      {},
      /belong to uid 0/,
    ],
    [
      "a name of the tailnet that another Ingress has",
      { other: ingress("traces", "tempo", 3200, "old") },
      {},
      /^Ingress old\/traces: has the tailnet name tempo, .* become tempo-1/,
    ],
    [
      "a name of the tailnet that a Service has",
      {
        other: {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "x", namespace: "old", annotations: { "tailscale.com/hostname": "tempo-otlp" } },
        },
      },
      {},
      /^Service old\/x: has the tailnet name tempo-otlp/,
    ],
    [
      "another stack's Service",
      { service: { metadata: { labels: { "pulumi-tempo/stack": "tempo.dev" } } } },
      {},
      /^Service monitoring\/tempo = "tempo.dev": another stack's/,
    ],
    [
      "a Helm release elsewhere",
      {
        workload: {
          metadata: { annotations: { "meta.helm.sh/release-name": "t", "meta.helm.sh/release-namespace": "apps" } },
        },
      },
      {},
      /^Helm release apps\/t/,
    ],
    [
      "a claim that nobody mounts",
      { workload: null, pod: null },
      {},
      new RegExp(`^${claim}: no StatefulSet and no Deployment`),
    ],
  ];
  for (const [what, changes, config, expected] of cases) {
    it(what, async () => {
      const found = await blocks(changes, config);
      assert.ok(
        found.some((line) => expected.test(line)),
        found.join("\n") || "no block",
      );
    });
  }

  it("is told all at once", async () => {
    const found = await blocks(
      { ...tempo("storage: { trace: { backend: s3 } }"), other: ingress("traces", "tempo", 3200, "old") },
      { volume: { size: "5Gi" } },
    );
    assert.equal(found.length, 3);
  });

  it("is overcome by an explicit word", async () => {
    assert.deepEqual(await blocks({}, { retention: "72h" }, { shortenRetention: true }), []);
    assert.deepEqual(await blocks(container({ image: "grafana/tempo:latest" }), {}, { version: "2.9.0" }), []);
  });
});

describe("npm run adopt: what will be otherwise", () => {
  const notes = async (changes: Changes, config: Config = {}): Promise<string> =>
    (await adoptionOf(changes, config)).report.notes.join("\n");

  it("ports, addresses, names", async () => {
    assert.equal(await notes({}), "");
    assert.match(await notes({ service: { spec: { ports: [{ port: 9411 }] } } }), /loses the ports 9411/);
    assert.match(await notes({ service: { spec: { type: "NodePort" } } }), /is a NodePort and becomes a ClusterIP/);
    assert.match(
      await notes({ query: { spec: { tls: [{ hosts: ["traces"] }] } } }),
      /had the tailnet name traces and gets tempo/,
    );
    assert.match(
      await notes({ query: { metadata: { annotations: { "tailscale.com/proxy-group": "old" } } } }),
      /changes its proxy group from old to ingress/,
    );
    assert.match(
      await notes({ query: { status: { loadBalancer: { ingress: [{ hostname: "tempo-1.tail8d86e.ts.net" }] } } } }),
      /is called tempo-1 on the tailnet already/,
    );
    const other = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "grafana-tempo", namespace: "monitoring" },
      spec: { selector: { app: "tempo" } },
    };
    assert.match(await notes({ other }), /nothing is behind Service monitoring\/grafana-tempo any more/);
  });
});
