import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { parse } from "yaml";
import { renderFiles } from "../../../tools/offline/files";
import { planStack, type Plan } from "../../../tools/offline/run";
import { planOf, resourceOf, type Changes } from "../program/stacks";
import type { Manifest } from "../../support/apiClient";
import type { ApiServer } from "../../support/apiServer";
import { findHttpRouteDefinition } from "../../support/gatewayApi";
import { inFullRun, skipWithout } from "../../support/skip";
import { draw, isAccepted, rawSettings, stackOf } from "./random";

type Values = Readonly<Record<string, unknown>> & { readonly tempo: Readonly<Record<string, unknown>> };

/** The pod that the chart makes of its values, by its template of 2.2.4; Helm drops what is null. */
function podOf(plan: Plan): { metadata: object; spec: object } {
  const { values } = resourceOf(plan, "tempo-release").inputs as { values: Values };
  const { tempo, podLabels, podAnnotations, securityContext, extraVolumes, initContainers } = values;
  const { registry, repository, tag, pullSecrets } = tempo;
  const { affinity, nodeSelector, tolerations, priorityClassName } = values;
  const keys = ["resources", "readinessProbe", "livenessProbe", "securityContext"] as const;
  return {
    metadata: { labels: { app: "tempo", ...(podLabels as object) }, annotations: podAnnotations as object },
    spec: withoutNulls({
      automountServiceAccountToken: false,
      priorityClassName,
      imagePullSecrets: (pullSecrets as string[] | undefined)?.map((name) => ({ name })),
      affinity,
      nodeSelector,
      tolerations,
      securityContext,
      initContainers,
      containers: [
        {
          name: "tempo",
          image: `${String(registry)}/${String(repository)}:${String(tag)}`,
          env: tempo["extraEnv"],
          volumeMounts: [...(tempo["extraVolumeMounts"] as object[]), { mountPath: "/conf", name: "tempo-conf" }],
          ...Object.fromEntries(keys.map((key) => [key, tempo[key]])),
        },
        ...((values["extraContainers"] as object[] | undefined) ?? []),
      ],
      volumes: [...(extraVolumes as object[]), { name: "tempo-conf", configMap: { name: "tempo" } }],
    }),
  };
}

function withoutNulls(value: object): object {
  return JSON.parse(JSON.stringify(value, (_, entry: unknown) => (entry === null ? undefined : entry))) as object;
}

function statefulSetOf(plan: Plan): Manifest {
  const { namespace = "monitoring" } = plan.outputs as { namespace?: string };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "tempo", namespace },
    spec: { serviceName: "tempo", selector: { matchLabels: { app: "tempo" } }, template: podOf(plan) },
  } as Manifest;
}

/** In a file a secret is one word, where the server wants texts. */
function manifestsOf(plan: Plan): Manifest[] {
  return [...renderFiles(plan)]
    .filter(([path]) => path.startsWith("manifests/"))
    .map(([, text]) => parse(text) as Manifest)
    .map((manifest) => (manifest.kind === "Secret" ? { ...manifest, stringData: { credential: "x" } } : manifest));
}

/** Kinds that this server knows. */
const isKnown = ({ kind = "" }: Manifest): boolean => kind !== "ServiceMonitor";

/** Tests of tests/apiServer.test.ts. */
export function asksAboutSettings(server: () => ApiServer): void {
  const post = (path: string, body: object) => server().request("POST", path, body);

  const makeNamespace = async (name: string, labels: object = {}): Promise<void> => {
    const { status, body } = await post("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels },
    });
    assert.equal(status, 201, JSON.stringify(body));
    // No controller makes the account that every pod has.
    await post(`/api/v1/namespaces/${name}/serviceaccounts`, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "default" },
    });
  };

  /** Tempo's pod as it is made in a namespace. */
  const makePod = async (namespace: string, changes: Changes) => {
    const { metadata, spec } = podOf(await planOf("local", { ...changes, namespace }));
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, name: "tempo-0" }, spec };
    return post(`/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod);
  };

  describe("a Gateway API", () => {
    it("takes the HTTPRoutes", async function () {
      const found = findHttpRouteDefinition();
      skipWithout(this, found);
      if ("missing" in found) return;
      const made = await post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", found.definition);
      assert.equal(made.status, 201, JSON.stringify(made.body));
      const path = "/apis/gateway.networking.k8s.io/v1/httproutes";
      for (let tries = 0; (await server().request("GET", path)).status !== 200 && tries < 100; tries++)
        await sleep(100);
      const plan = await planOf("local", {
        httpRoute: {
          gateway: "public",
          gatewayNamespace: "gateways",
          listener: "https",
          query: { host: "tempo.example.com", annotations: { a: "b" } },
          otlp: { host: "otlp.example.com" },
        },
      });
      const routes = manifestsOf(plan).filter(({ kind }) => kind === "HTTPRoute");
      assert.deepEqual(
        routes.map(({ metadata }) => metadata?.name),
        ["tempo-otlp", "tempo-query"],
      );
      for (const route of routes) await server().putDryRun(route);
      const [route] = routes;
      const misspelt = JSON.parse(JSON.stringify(route).replace("PathPrefix", "Prefix")) as Manifest;
      await assert.rejects(server().putDryRun(misspelt), /Unsupported value: "Prefix"/);
    });
  });

  it("takes Ingresses of another class, and the Secret of a remote write", async () => {
    const plan = await planOf(
      "local",
      {
        ingress: {
          className: "nginx",
          query: {
            host: "tempo.example.com",
            tlsSecret: "tempo-tls",
            annotations: { "nginx.ingress.kubernetes.io/auth-type": "basic" },
          },
          otlp: { host: "otlp.example.com" },
        },
        prometheus: {
          remoteWriteUrl: "http://p/api/v1/write",
          headers: { "X-Key": "x" },
          auth: { username: "a", credential: "b" },
        },
      },
      { secretKeys: ["prometheus"] },
    );
    const manifests = manifestsOf(plan).filter(({ kind = "" }) => ["Ingress", "Secret"].includes(kind));
    assert.equal(manifests.length, 3);
    for (const manifest of manifests) await server().putDryRun(manifest);
    await server().putDryRun(statefulSetOf(plan));
  });

  it("lets the pod into a namespace that enforces the Pod Security level restricted", async () => {
    await makeNamespace("restricted", { "pod-security.kubernetes.io/enforce": "restricted" });
    const variants: Changes[] = [
      {},
      { storage: { adaptiveRetention: true } },
      { pod: { runAs: "platform", seLinuxOptions: { type: "container_t", level: "s0:c1,c2" } } },
      {
        prometheus: {
          remoteWriteUrl: "http://p/api/v1/write",
          auth: { secretName: "a" },
        },
      },
    ];
    for (const changes of variants) {
      const { status, body } = await makePod("restricted", changes);
      assert.equal(status, 201, JSON.stringify(body));
    }
    const refused = await makePod("restricted", { pod: { seLinuxOptions: { type: "spc_t" } } });
    assert.match(JSON.stringify(refused.body), /violates PodSecurity.*seLinuxOptions/);
  });

  it("lets the pod into a namespace with a quota and a range of limits once each container says what they ask", async () => {
    await makeNamespace("bound");
    const hard = ["requests.cpu", "limits.cpu", "requests.memory", "limits.memory"].map((name) => [name, "100Gi"]);
    const disk = ["requests.ephemeral-storage", "limits.ephemeral-storage"].map((name) => [name, "100Gi"]);
    for (const [path, body] of [
      [
        "resourcequotas",
        {
          apiVersion: "v1",
          kind: "ResourceQuota",
          metadata: { name: "all" },
          spec: { hard: Object.fromEntries([...hard, ...disk]) as object },
        },
      ],
      [
        "limitranges",
        {
          apiVersion: "v1",
          kind: "LimitRange",
          metadata: { name: "all" },
          spec: {
            limits: [{ type: "Container", min: { cpu: "50m", memory: "32Mi" }, maxLimitRequestRatio: { cpu: "20" } }],
          },
        },
      ],
    ] as const) {
      const { status, body: answer } = await post(`/api/v1/namespaces/bound/${path}`, body);
      assert.equal(status, 201, JSON.stringify(answer));
    }
    const disks = { requests: { ephemeralStorage: "1Gi" }, limits: { ephemeralStorage: "1Gi" } };
    const guard = {
      requests: { cpu: "50m", memory: "32Mi", ephemeralStorage: "64Mi" },
      limits: { cpu: "1", memory: "64Mi", ephemeralStorage: "64Mi" },
    };
    const tempo = {
      requests: { cpu: "100m", memory: "256Mi", ...disks.requests },
      limits: { cpu: "2", memory: "1Gi", ...disks.limits },
    };
    const unbound = await makePod("bound", { storage: { adaptiveRetention: true } });
    assert.equal(unbound.status, 403, JSON.stringify(unbound.body));
    const { status, body } = await makePod("bound", {
      resources: tempo,
      storage: { adaptiveRetention: true, resources: guard },
    });
    assert.equal(status, 201, JSON.stringify(body));
  });

  // A suite of its own, since mocha runs those after the tests beside them: by now the server knows HTTPRoutes.
  inFullRun.describe("at random", () => {
    it("takes every object of accepted settings at random", async function () {
      this.timeout(60_000 + draw.numRuns * 10_000);
      let objects = 0;
      await fc.assert(
        fc.asyncProperty(rawSettings, async (raw) => {
          fc.pre(isAccepted(raw));
          const plan = await planStack(stackOf(raw));
          const manifests = manifestsOf(plan).filter(isKnown);
          for (const manifest of [...manifests, statefulSetOf(plan)]) {
            if (manifest.kind === "HTTPRoute" && "missing" in findHttpRouteDefinition()) continue;
            await server().putDryRun(manifest);
            objects++;
          }
        }),
        { ...draw, endOnFailure: true },
      );
      assert.ok(objects >= 3 * draw.numRuns, `${objects} objects`);
    });
  });
}
