import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { renderFiles } from "../../../tools/offline/files";
import type { Manifest } from "../../support/apiClient";
import type { ApiServer } from "../../support/apiServer";
import { GRACE_PERIOD_SECONDS } from "../../../components/tempo/v2/configuration";
import { planOf, resourceOf, ROOT, sectionOf, type Changes } from "./stacks";

const tailnet = sectionOf("prod", "tailnet");
const labelled = {
  namespace: "a".repeat(63),
  labels: { "app.kubernetes.io/name": "grafana", "example.com/empty": "", tier: "Front_end.1" },
};

/** Objects of the collector, which prod has. */
const COLLECTOR = 6;

/** Stacks whose objects Kubernetes must accept, and how many there are. */
const variants: Record<string, { stack: string; changes: Changes; objects: number }> = {
  prod: { stack: "prod", changes: {}, objects: 6 + COLLECTOR },
  local: { stack: "local", changes: {}, objects: 4 },
  "a tailnet without a ProxyGroup": {
    stack: "prod",
    changes: { tailnet: { ...tailnet, proxyGroup: "", tags: ["tag:k8s", "tag:traces"], otlpGrpcHostname: "grpc" } },
    objects: 7 + COLLECTOR,
  },
  "a volume made by hand": {
    stack: "prod",
    changes: {
      volume: {
        size: "1.5Ti",
        storageClass: "nfs.slow",
        accessModes: ["ReadWriteOncePod"],
        claimName: "old.traces",
        volumeName: "traces-on-sifaka",
        selector: { "example.com/disk": "ssd", tier: "" },
      },
    },
    objects: 6 + COLLECTOR,
  },
  "peers with labels": {
    stack: "prod",
    changes: { networkPolicy: { query: [labelled], metrics: [labelled], otlp: [labelled], proxies: labelled } },
    objects: 6 + COLLECTOR,
  },
  "a policy for a single peer": {
    stack: "prod",
    changes: {
      tailnet: undefined,
      networkPolicy: { query: [{ namespace: "a" }] },
      collector: undefined,
      caddy: undefined,
    },
    objects: 4,
  },
  "the longest names": {
    stack: "prod",
    changes: {
      name: "t".repeat(52),
      namespace: "n".repeat(63),
      createNamespace: "true",
      tailnet: { ...tailnet, queryHostname: "q".repeat(63), otlpHostname: "o".repeat(63) },
    },
    objects: 7 + COLLECTOR,
  },
};

async function manifestsOf(stack: string, changes: Changes): Promise<Manifest[]> {
  const files = [...renderFiles(await planOf(stack, changes))];
  return files.filter(([path]) => path.startsWith("manifests/")).map(([, text]) => parse(text) as Manifest);
}

/** What the chart makes of the values that it passes through: a pod with them. */
async function statefulSetOf(changes: Changes): Promise<Manifest> {
  const { values } = resourceOf(await planOf("prod", changes), "tempo-release").inputs as {
    values: {
      fullnameOverride: string;
      podLabels: object;
      securityContext: object;
      extraVolumes: object[];
      serviceAccount: { automountServiceAccountToken: boolean };
      tempo: Record<string, unknown>;
    };
  };
  const { tempo, podLabels, securityContext, extraVolumes: volumes } = values;
  const { registry, repository, tag, resources, readinessProbe, livenessProbe } = tempo;
  const container = {
    name: "tempo",
    image: `${String(registry)}/${String(repository)}:${String(tag)}`,
    env: tempo["extraEnv"],
    volumeMounts: tempo["extraVolumeMounts"],
    securityContext: tempo["securityContext"],
    resources,
    readinessProbe,
    livenessProbe,
  };
  const labels = { app: "tempo" };
  const spec = { ...values.serviceAccount, securityContext, volumes, containers: [container] };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: values.fullnameOverride, namespace: "monitoring" },
    spec: {
      serviceName: values.fullnameOverride,
      selector: { matchLabels: labels },
      template: { metadata: { labels: { ...labels, ...podLabels } }, spec },
    },
  } as Manifest;
}

/** Tests of tests/apiServer.test.ts. */
export function asksAboutEverything(server: () => ApiServer): void {
  for (const [title, { stack, changes, objects }] of Object.entries(variants)) {
    it(`accepts every object: ${title}`, async () => {
      const manifests = await manifestsOf(stack, changes);
      assert.equal(manifests.length, objects);
      for (const manifest of manifests) {
        const stored = (await server().putDryRun(manifest)) as Manifest;
        assert.deepEqual([stored.kind, stored.metadata?.name], [manifest.kind, manifest.metadata?.name]);
      }
    });
  }

  it("accepts a pod with the values that the chart passes through", async () => {
    const variants: Changes[] = [
      {},
      { resources: { requests: { cpu: "" }, limits: { cpu: "" } } },
      { image: `grafana/tempo@sha256:${"0".repeat(64)}`, name: "t".repeat(52) },
    ];
    for (const changes of variants) await server().putDryRun(await statefulSetOf(changes));
  });

  it("stores the grace period and the probes that the post-renderer sets", async () => {
    const script = join(ROOT, String(resourceOf(await planOf("prod"), "tempo-release").inputs["postrender"]));
    const input = stringify(await statefulSetOf({}));
    const rendered = parse(execFileSync(script, { cwd: ROOT, input, encoding: "utf8" })) as Manifest;
    const stored = (await server().putDryRun(rendered)) as {
      spec: {
        template: {
          spec: {
            terminationGracePeriodSeconds: number;
            containers: { livenessProbe: { httpGet: object }; startupProbe: { grpc: object } }[];
          };
        };
      };
    };
    const { terminationGracePeriodSeconds, containers } = stored.spec.template.spec;
    assert.equal(terminationGracePeriodSeconds, GRACE_PERIOD_SECONDS);
    assert.deepEqual(
      containers.map(({ livenessProbe, startupProbe }) => [livenessProbe.httpGet, startupProbe.grpc]),
      [
        [
          { path: "/ready", port: 3200, scheme: "HTTP" },
          { port: 3200, service: "" },
        ],
      ],
    );
  });

  it("would refuse a misspelt one", async () => {
    const statefulSet = await statefulSetOf({});
    const misspelt = JSON.parse(
      JSON.stringify(statefulSet).replace("fsGroupChangePolicy", "fsGroupPolicy"),
    ) as Manifest;
    await assert.rejects(server().putDryRun(misspelt), /\.fsGroupPolicy: field not declared in schema/);
  });

  it("stores what a claim asks for, and the default of the cluster elsewhere", async () => {
    const [claim] = (await manifestsOf("prod", {})).filter(({ kind }) => kind === "PersistentVolumeClaim");
    assert.ok(claim);
    const { spec } = (await server().putDryRun(claim)) as { spec: object };
    assert.deepEqual(spec, {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "10Gi" } },
      volumeMode: "Filesystem",
    });
  });
}
