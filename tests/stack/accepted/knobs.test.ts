/** What the settings that may be left out make of the objects; without them nothing changes (tests/golden). */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { renderReceiverService } from "../../../components/collector/manifests";
import { renderAlloyConfig } from "../../../components/monitoring/alloyConfig";
import { renderAlloyDeployment } from "../../../components/monitoring/alloy";
import { tempoConfig } from "../../../components/tempo/tempoYaml";
import { renderOutputs } from "../../../stack/outputs";
import type { Settings } from "../../../components/contracts/settings";
import { renderFiles } from "../../../tools/offline/files";
import { blockAt, parseAlloy } from "../../components/alloy/parse";
import { linesOf, parseConfig, type Config } from "../settings/parse";
import { planOf, resourceOf, sectionOf } from "../program/stacks";

const SECRET = "canary-hunter2";
const settingsOf = (config: Config, secrets: readonly string[] = []): Settings =>
  parseConfig({ kubeContext: "c", ...config }, secrets);

interface Values {
  readonly nodeSelector?: object;
  readonly tolerations?: object;
  readonly affinity?: object;
  readonly priorityClassName?: string;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly podAnnotations: Readonly<Record<string, string>>;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly extraVolumes: readonly { readonly name: string; readonly projected?: object }[];
  readonly extraContainers: readonly { readonly resources: object }[];
  readonly initContainers: readonly { readonly resources: object }[];
  readonly tempo: { readonly pullSecrets?: readonly string[]; readonly extraVolumeMounts: readonly object[] };
}

async function valuesOf(changes: Config, secretKeys: readonly string[] = []): Promise<Values> {
  const plan = await planOf("local", changes, { secretKeys });
  return resourceOf(plan, "tempo-release").inputs["values"] as Values;
}

describe("Tempo's pod", () => {
  const tolerations = [{ key: "a", operator: "Exists" }];
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "a" }] } };

  it("runs where the settings say, and carries what they say", async () => {
    const values = await valuesOf({
      pod: {
        nodeSelector: { disk: "ssd" },
        tolerations,
        affinity,
        priorityClassName: "high",
        imagePullSecrets: ["registry"],
        annotations: { a: "{{ b }}" },
        labels: { team: "x" },
      },
    });
    const { nodeSelector, priorityClassName, tempo, podLabels, podAnnotations } = values;
    assert.deepEqual(nodeSelector, { disk: "ssd" });
    assert.deepEqual([values.tolerations, values.affinity, priorityClassName], [tolerations, affinity, "high"]);
    assert.deepEqual(tempo.pullSecrets, ["registry"]);
    assert.equal(podLabels["team"], "x");
    assert.equal(podLabels["pulumi-tempo/stack"], "tempo.local");
    assert.equal(podAnnotations["a"], "{{ b }}");
    assert.ok(podAnnotations["checksum/guard"]);
  });

  it("leaves its user to the platform where it is told to, by nulls that take the chart's own away", async () => {
    const { securityContext } = await valuesOf({ pod: { runAs: "platform", seLinuxOptions: { level: "s0:c1,c2" } } });
    const { runAsUser, runAsGroup, fsGroup, runAsNonRoot, seLinuxOptions } = securityContext;
    assert.deepEqual([runAsUser, runAsGroup, fsGroup, runAsNonRoot], [null, null, null, true]);
    assert.deepEqual(seLinuxOptions, { level: "s0:c1,c2" });
  });

  it("has the guard's resources on both of its containers", async () => {
    const resources = {
      requests: { cpu: "20m", memory: "32Mi", ephemeralStorage: "1Gi" },
      limits: { cpu: "100m", memory: "64Mi" },
    };
    const { extraContainers, initContainers } = await valuesOf({ storage: { adaptiveRetention: true, resources } });
    for (const container of [...extraContainers, ...initContainers]) {
      assert.deepEqual(container.resources, {
        requests: { cpu: "20m", memory: "32Mi", "ephemeral-storage": "1Gi" },
        limits: { cpu: "100m", memory: "64Mi" },
      });
    }
  });
});

describe("the credentials of a remote write", () => {
  const remote = {
    remoteWriteUrl: "https://mimir.example.com/api/v1/push",
    tenant: "team-a",
    headers: { "X-Key": SECRET },
    auth: { username: "me", credential: SECRET },
  };

  it("are files of a Secret, and in no text", async () => {
    const plan = await planOf(
      "prod",
      {
        prometheus: remote,
        collector: { ...sectionOf("prod", "collector"), remoteWrite: { auth: { credential: SECRET } } },
      },
      { secretKeys: ["prometheus", "collector"] },
    );
    for (const [path, text] of renderFiles(plan)) assert.ok(!text.includes(SECRET), path);
    for (const name of ["tempo-remote-write", "collector-remote-write"]) {
      assert.equal(resourceOf(plan, name).inputs["stringData"], "[secret]");
    }
    const { remote_write } = (
      tempoConfig(settingsOf({ prometheus: remote }, ["prometheus"]), "o") as {
        metrics_generator: { storage: { remote_write: Record<string, unknown>[] } };
      }
    ).metrics_generator.storage;
    const { headers, basic_auth, http_headers } = remote_write[0] ?? {};
    assert.deepEqual(headers, { "X-Scope-OrgID": "team-a" });
    assert.deepEqual(basic_auth, { username: "me", password_file: "/etc/tempo-remote-write/credential" });
    assert.deepEqual(http_headers, { "X-Key": { files: ["/etc/tempo-remote-write/header-x-key"] } });
  });

  it("may be a token, in a Secret that is there", async () => {
    const prometheus = {
      remoteWriteUrl: "http://p/api/v1/write",
      auth: { secretName: "mimir", secretKey: "token" },
    };
    const { extraVolumes, tempo } = await valuesOf({ prometheus });
    assert.deepEqual(extraVolumes.at(-1), {
      name: "remote-write",
      projected: { sources: [{ secret: { name: "mimir", items: [{ key: "token", path: "credential" }] } }] },
    });
    assert.deepEqual(tempo.extraVolumeMounts.at(-1), {
      name: "remote-write",
      mountPath: "/etc/tempo-remote-write",
      readOnly: true,
    });
  });

  it("are those of the Alloy that scrapes, too", () => {
    const settings = settingsOf({ prometheus: remote, scrape: { method: "alloy" } }, ["prometheus"]);
    assert.ok(settings.prometheus);
    const text = renderAlloyConfig(settings, settings.prometheus, "o");
    assert.ok(!text.includes(SECRET));
    const endpoint = blockAt(parseAlloy(text), "prometheus.remote_write", "endpoint");
    assert.deepEqual(endpoint.attributes["headers"], { map: { "X-Scope-OrgID": "team-a" } });
    assert.equal(
      blockAt(endpoint.blocks, "basic_auth").attributes["password_file"],
      "/etc/tempo-remote-write/credential",
    );
    assert.equal(
      blockAt(parseAlloy(text), "local.file").attributes["filename"],
      "/etc/tempo-remote-write/header-x-key",
    );
    const deployment = JSON.stringify(renderAlloyDeployment(settings, text, "o"));
    assert.match(deployment, /"projected":\{"sources":\[\{"secret":\{"name":"tempo-remote-write"/);
  });
});

describe("the receiver of the collector", () => {
  const services = [{ name: "a", namespace: "a", deployment: "a" }];
  const policyOf = (section: object) => {
    const { collector } = settingsOf({ collector: { clusterName: "a", services, ...section } });
    assert.ok(collector);
    return (renderReceiverService(collector, "o").spec as { internalTrafficPolicy: string }).internalTrafficPolicy;
  };

  it("is that of one's own node where each has one, and any where some have none", () => {
    assert.equal(policyOf({}), "Local");
    for (const section of [
      { nodeSelector: { gpu: "yes" } },
      { pod: { tolerations: [] } },
      { pod: { tolerations: [{ key: "a", operator: "Exists" }] } },
      { pod: { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } } } },
    ]) {
      assert.equal(policyOf(section), "Cluster", JSON.stringify(section));
    }
  });
});

describe("Tempo's names", () => {
  const ingress = { className: "nginx", query: { host: "tempo.example.com" }, otlp: { host: "otlp.example.com" } };

  it("are those of an Ingress of another class in the outputs, unless the tailnet has its own", () => {
    const outputs = renderOutputs(settingsOf({ ingress }), "o");
    assert.deepEqual([outputs.queryUrl, outputs.otlpUrl], ["https://tempo.example.com", "https://otlp.example.com"]);
    const both = renderOutputs(settingsOf({ ingress, tailnet: { domain: "tail8d86e.ts.net" } }), "o");
    assert.equal(both.queryUrl, "https://tempo.tail8d86e.ts.net");
  });

  it("are no addresses, which Kubernetes refuses as hosts", () => {
    const query = { host: "10.0.0.1" };
    for (const section of [{ ingress: { className: "nginx", query } }, { httpRoute: { gateway: "g", query } }]) {
      assert.match(linesOf({ kubeContext: "c", ...section }).join(), /query\.host = "10\.0\.0\.1": an address/);
    }
  });

  it("lead to what readers and senders need, and never to what stops Tempo", async () => {
    const plan = await planOf("local", { ingress, httpRoute: { gateway: "g", query: { host: "b.example.com" } } });
    const texts = [...renderFiles(plan)].filter(([path]) => /manifests\/(?:ingress|httproute)-/.test(path));
    assert.equal(texts.length, 3);
    const paths = texts.flatMap(([, text]) => {
      const { spec } = parse(text) as {
        spec: {
          rules: { http?: { paths: { path: string }[] }; matches?: { path: { value: string } }[] }[];
        };
      };
      return spec.rules.flatMap(({ http, matches }) => [
        ...(http?.paths ?? []).map(({ path }) => path),
        ...(matches ?? []).map(({ path }) => path.value),
      ]);
    });
    assert.ok(paths.includes("/api/search") && paths.includes("/v1/traces"));
    for (const path of ["/", "/shutdown", "/flush", "/status", "/debug/pprof", "/metrics"]) {
      assert.ok(!paths.some((open) => path === open || path.startsWith(`${open}/`)), path);
    }
  });
});

describe("Grafana", () => {
  it("is asked in the organisation and with the headers of the settings, by its provider as well", async () => {
    const grafana = {
      ...sectionOf("prod", "grafana"),
      auth: `admin:${SECRET}`,
      orgId: 2,
      headers: { "CF-Access-Client-Secret": SECRET },
    };
    const plan = await planOf("prod", { grafana }, { secretKeys: ["grafana"] });
    const { inputs } = resourceOf(plan, "grafana-provider");
    assert.deepEqual([inputs["orgId"], inputs["httpHeaders"], inputs["auth"]], ["2", "[secret]", "[secret]"]);
    const { dashboardUrls } = plan.outputs as { dashboardUrls: Record<string, string> };
    for (const url of Object.values(dashboardUrls)) assert.match(url, /\?orgId=2$/);
    for (const [path, text] of renderFiles(plan)) assert.ok(!text.includes(SECRET), path);
  });
});
