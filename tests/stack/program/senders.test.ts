import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Plan } from "../../../tools/offline/run";
import { collector, none } from "../../support/registered";
import { registrationsOf } from "./registrations";
import {
  adoptingProviders,
  clustersOf,
  configOf,
  optionsOf,
  planOf,
  resourceOf,
  sectionOf,
  type Changes,
} from "./stacks";

/** The stack prod with changes of its collector; undefined leaves a key out. */
const withCollector = (section: Changes, changes: Changes = {}): Changes => ({
  collector: { ...sectionOf("prod", "collector"), ...section },
  ...changes,
});
const beside = { kubeContext: undefined };

const inSdk = { parent: "tempo:sdk:Sdk::sdk" };
const sdk = {
  namespaces: [
    { namespace: "hermes", cluster: "tempo" },
    { namespace: "iris", cluster: "collector" },
  ],
};

const namesOf = (plan: Plan): string[] => plan.resources.map(({ name }) => name);

/** Which provider manages each object of the senders, as an engine would get it. */
async function providersOf(changes: Changes): Promise<Record<string, string | undefined>> {
  const managed = (await registrationsOf(configOf("prod", changes), true)).filter(
    ({ type, name }) => type.startsWith("kubernetes:") && /^(?:collector|sdk)-/.test(name),
  );
  return Object.fromEntries(managed.map(({ name, provider }) => [name, provider]));
}

describe("the collector", () => {
  it("is not there without its section, nor is a provider for it", async () => {
    const names = namesOf(await planOf("prod", { collector: undefined }));
    assert.deepEqual(
      names.filter((name) => name.startsWith("collector")),
      [],
    );
  });

  it("has the cluster's one provider where it runs beside Tempo", async () => {
    const changes = withCollector(beside);
    const plan = await planOf("prod", changes);
    assert.deepEqual(Object.keys(clustersOf(plan)), ["cluster", "tempo-claim-provider", "tailnet-ingress-provider"]);
    assert.deepEqual(
      optionsOf(plan).filter(({ name }) => name.startsWith("collector")),
      collector("cluster"),
    );
    assert.deepEqual(new Set(Object.values(await providersOf(changes))), new Set(["cluster"]));
  });

  it("has one of its own for another context, and for another kubeconfig", async () => {
    for (const [section, expected] of [
      [{ kubeContext: "b" }, { context: "b" }],
      [
        { ...beside, kubeconfig: "/b" },
        { context: "minikube-indri", kubeconfig: "/b" },
      ],
      [
        { kubeContext: "b", kubeconfig: "/b" },
        { context: "b", kubeconfig: "/b" },
      ],
    ] as const) {
      const plan = await planOf("prod", withCollector(section));
      assert.deepEqual(clustersOf(plan)["collector-cluster"], expected);
    }
  });

  it("makes its namespace before what is in it, and keeps it on destroy", async () => {
    const plan = await planOf("prod", withCollector({ createNamespace: true, receiver: true }));
    const { provider, retainOnDelete, protect, inputs } = resourceOf(plan, "collector-namespace");
    assert.deepEqual([provider, retainOnDelete, protect], ["collector-namespace-provider", true, false]);
    assert.deepEqual((inputs["metadata"] as { name: string }).name, "alloy");
    assert.deepEqual(clustersOf(plan)["collector-namespace-provider"], { context: "k3s-ringtail" });
    assert.deepEqual(adoptingProviders(plan), [
      "tempo-claim-provider",
      "tailnet-ingress-provider",
      "collector-namespace-provider",
    ]);
    for (const name of [
      "collector-service-account",
      "collector-config",
      "collector-network-policy",
      "collector-receiver",
    ]) {
      assert.deepEqual(resourceOf(plan, name).dependsOn, ["collector-namespace"], name);
    }
  });

  it("is open to whom the settings send there, and closed where they send nobody", async () => {
    const stateOf = async (section: Changes, changes: Changes = {}) => {
      const plan = await planOf("prod", withCollector(section, changes));
      const config = JSON.stringify(resourceOf(plan, "collector-config").inputs);
      const policy = JSON.stringify(resourceOf(plan, "collector-network-policy").inputs);
      return {
        service: namesOf(plan).includes("collector-receiver"),
        listens: config.includes("otelcol.receiver.otlp"),
        port: JSON.stringify(resourceOf(plan, "collector-alloy").inputs).includes("4318"),
        letsIn: policy.includes("4318"),
        iris: policy.includes('"iris"'),
        hermes: policy.includes('"hermes"'),
      };
    };
    const closed = { service: false, listens: false, port: false, letsIn: false, iris: false, hermes: false };
    const open = { service: true, listens: true, port: true, letsIn: true, iris: false, hermes: false };
    for (const receiver of [undefined, false]) assert.deepEqual(await stateOf({ receiver }), closed);
    assert.deepEqual(await stateOf({ receiver: true }), open);
    // Whose spans go to Tempo's own Service has no business at the collector.
    assert.deepEqual(await stateOf({}, { sdk }), { ...open, iris: true });
    const elsewhere = { namespaces: [{ namespace: "iris", cluster: "collector", endpoint: "tailnet" }] };
    assert.deepEqual(await stateOf({}, { sdk: elsewhere }), closed);
  });

  it("starts anew with the file that it is given, and sends where the settings say", async () => {
    const plan = await planOf("prod");
    const { data } = resourceOf(plan, "collector-config").inputs as { data: Record<string, string> };
    const config = data["config.alloy"] ?? "";
    assert.match(config, /endpoint +?= "https:\/\/tempo-otlp\.tail8d86e\.ts\.net"/);
    const { spec } = resourceOf(plan, "collector-alloy").inputs as {
      spec: { template: { metadata: { annotations: Record<string, string> } } };
    };
    assert.deepEqual(spec.template.metadata.annotations, {
      "checksum/config": createHash("sha256").update(config).digest("hex"),
    });
    const other = await planOf("prod", withCollector(beside));
    assert.match(JSON.stringify(resourceOf(other, "collector-config").inputs), /http:\/\/tempo\.monitoring\.svc/);
  });

  it("is let in by Tempo's NetworkPolicy where it runs beside it, and nobody else of its namespace", async () => {
    const policyOf = async (section: Changes) =>
      JSON.stringify(resourceOf(await planOf("prod", withCollector(section)), "tempo-network-policy").inputs);
    assert.ok((await policyOf(beside)).includes('"app.kubernetes.io/name":"tempo-collector"'));
    assert.ok(!(await policyOf({})).includes("tempo-collector"));
  });
});

describe("services with an SDK", () => {
  it("get a ConfigMap in each namespace, each on its cluster", async () => {
    const plan = await planOf("prod", { sdk });
    assert.deepEqual(
      optionsOf(plan).filter(({ name }) => name.startsWith("sdk")),
      [
        { type: "tempo:sdk:Sdk", name: "sdk", ...none, dependsOn: resourceOf(plan, "sdk").dependsOn },
        { type: "kubernetes:core/v1:ConfigMap", name: "sdk-tempo-hermes", ...inSdk, ...none, provider: "cluster" },
        {
          type: "kubernetes:core/v1:ConfigMap",
          name: "sdk-collector-iris",
          ...inSdk,
          ...none,
          provider: "collector-cluster",
        },
      ],
    );
    assert.ok(resourceOf(plan, "sdk").dependsOn.includes("tempo"));
    const providers = await providersOf({ sdk });
    assert.deepEqual(
      [providers["sdk-tempo-hermes"], providers["sdk-collector-iris"]],
      ["cluster", "collector-cluster"],
    );
  });

  it("get all from one provider where the clusters are one", async () => {
    const providers = await providersOf(withCollector(beside, { sdk }));
    assert.deepEqual([providers["sdk-tempo-hermes"], providers["sdk-collector-iris"]], ["cluster", "cluster"]);
  });

  it("send to Tempo's Service beside it, and to the collector elsewhere", async () => {
    const plan = await planOf("prod", { sdk });
    const dataOf = (name: string) =>
      resourceOf(plan, name).inputs as { metadata: object; data: Record<string, string> };
    assert.equal(
      dataOf("sdk-tempo-hermes").data["OTEL_EXPORTER_OTLP_ENDPOINT"],
      "http://tempo.monitoring.svc.cluster.local:4318",
    );
    assert.equal(
      dataOf("sdk-collector-iris").data["OTEL_EXPORTER_OTLP_ENDPOINT"],
      "http://tempo-collector.alloy.svc.cluster.local:4318",
    );
    assert.deepEqual(dataOf("sdk-collector-iris").metadata, {
      name: "tempo-otel",
      namespace: "iris",
      labels: {
        "app.kubernetes.io/name": "tempo",
        "app.kubernetes.io/managed-by": "pulumi",
        "pulumi-tempo/stack": "tempo.prod",
      },
    });
  });

  it("need no collector, and make no second provider without one", async () => {
    const plan = await planOf("local", { sdk: { namespaces: [{ namespace: "hermes", cluster: "tempo" }] } });
    assert.ok(namesOf(plan).includes("sdk-tempo-hermes"));
    assert.ok(!namesOf(plan).includes("collector-cluster"));
  });

  it("are let in by Tempo's NetworkPolicy where they send to its Service", async () => {
    const { spec } = resourceOf(await planOf("prod", { sdk }), "tempo-network-policy").inputs as {
      spec: { ingress: { ports: { port: number }[]; from: object[] }[] };
    };
    const text = JSON.stringify(spec.ingress.filter(({ ports }) => ports.some(({ port }) => port === 4317)));
    assert.match(text, /"kubernetes\.io\/metadata\.name":"hermes"/);
    assert.doesNotMatch(text, /iris/);
  });
});
