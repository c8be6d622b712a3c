import assert from "node:assert/strict";
import { schema } from "../../../stack/schema";
import { accessCases } from "./cases/access";
import { caddyCases } from "./cases/caddy";
import { collectorCases, collectorSecretCases } from "./cases/collector";
import { grafanaCases, grafanaSecretCases } from "./cases/grafana";
import { keyCases, secretCases } from "./cases/keys";
import { ingressCases, podCases, receiverCases, remoteWriteSecretCases } from "./cases/knobs";
import { releaseCases } from "./cases/release";
import { sdkCases } from "./cases/sdk";
import { scrapeCases, storageCases } from "./cases/storage";
import { tempoCases } from "./cases/tempo";
import type { BadCase } from "./cases/types";
import { volumeCases } from "./cases/volume";
import { imageCases, labelCases, plainCases, urlCases } from "./cases/works";
import { errorOf, linesOf, parseConfig } from "./parse";

const tables: Record<string, readonly BadCase[]> = {
  "cluster, names, image and chart": releaseCases,
  volume: volumeCases,
  "what Tempo does": tempoCases,
  "what watches over the volume": storageCases,
  "how metrics are scraped": scrapeCases,
  "tailnet and network policy": accessCases,
  grafana: grafanaCases,
  collector: collectorCases,
  "services with an SDK": sdkCases,
  caddy: caddyCases,
  "URLs at which nothing answers": urlCases,
  "labels that would be overwritten": labelCases,
  "images and charts that cannot read what is written": imageCases,
  "what the policies refuse": plainCases,
  pods: podCases,
  "receivers of OTLP": receiverCases,
  "ingresses and routes": ingressCases,
  "secrets of remote writes": remoteWriteSecretCases,
  "unknown keys and namespaces": keyCases,
  secrets: secretCases,
  "secrets in grafana": grafanaSecretCases,
  "secrets in collector": collectorSecretCases,
};
const all = Object.values(tables).flat();

/** The case with the cluster that it does not name itself. */
function complete({ config }: BadCase): Record<string, unknown> {
  return { kubeContext: "c", ...config };
}

describe("a bad configuration", () => {
  for (const [part, cases] of Object.entries(tables)) {
    describe(part, () => {
      for (const bad of cases) {
        it(JSON.stringify(bad.config).slice(0, 100), () => {
          assert.deepEqual(linesOf(complete(bad), bad.secretKeys), bad.lines);
        });
      }
    });
  }

  it("is tried for every setting", () => {
    assert.ok(all.length >= 60);
    const tried = new Set(all.flatMap(({ lines }) => lines.map((line) => /^tempo:(\w+)/.exec(line)?.[1])));
    const missing = Object.keys(schema).filter((key) => !tried.has(key));
    assert.deepEqual(missing, []);
  });

  it("never has its secret shown", () => {
    for (const bad of [...secretCases, ...grafanaSecretCases, ...collectorSecretCases, ...remoteWriteSecretCases]) {
      assert.ok(!errorOf(complete(bad), bad.secretKeys).message.includes("hunter2"), JSON.stringify(bad.config));
    }
  });

  it("gets a sentence with an advice in every line", () => {
    for (const { lines } of all) {
      for (const line of lines) assert.match(line, /(?:(?:Write|Leave) .*\.|Did you mean .*\?|Known are .*\.)$/s);
    }
  });
});

describe("a configuration with many faults", () => {
  const config = {
    namespace: "Monitoring",
    createNamespace: "maybe",
    image: "grafana/tempo:latest",
    chartVersion: "^2.2.4",
    volume: { size: "10GB", accessModes: [], sise: "1Gi" },
    retention: "30m",
    resources: { requests: { memory: "2Gi" } },
    limits: { maxLiveTraces: 0 },
    prometheus: { remoteWriteUrl: "prometheus:9090" },
    tailnet: { domain: "tail8d86e.ts.net", apiKey: "hunter2" },
    networkPolicy: { query: [{ namespace: "" }] },
    grafana: { auth: "hunter2", loki: { ownership: "create" }, alerts: { minimumRequests: 0 } },
    retentoin: "7d",
    "kubernetes:context": "minikube",
  };

  it("is told all of them in one message", () => {
    assert.equal(
      errorOf(config).message,
      `22 problems in the configuration of stack "dev"; nothing was changed:
  - tempo:retentoin: an unknown key. Did you mean retention?
  - kubernetes:context: has no effect here, every provider is made from kubeContext or kubeconfig. Write that.
  - tempo:namespace = "Monitoring": not a DNS label. Write at most 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit.
  - tempo:createNamespace = "maybe": neither true nor false. Write one of them.
  - tempo:image = "grafana/tempo:latest": a floating reference: what it names can change. Write a full version such as grafana/tempo:2.10.1, or a digest.
  - tempo:chartVersion = "^2.2.4": not an exact version. Write three numbers such as 2.2.4, no range.
  - tempo:limits.maxLiveTraces = 0: not a whole number from 100 to 1000000. Write the number of traces.
  - tempo:prometheus.remoteWriteUrl = "prometheus:9090": not an http(s) URL. Write scheme, host and path such as http://prometheus:9090/api/v1/write, without credentials or query.
  - tempo:networkPolicy.query[0].namespace = "": not a DNS label. Write at most 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit.
  - tempo:volume.size = "10GB": not a size in bytes. Write a Kubernetes quantity such as 10Gi or 512Mi.
  - tempo:volume.accessModes = []: empty. Write at least one access mode.
  - tempo:volume.sise: an unknown key. Did you mean size?
  - tempo:grafana.url: missing. Write scheme, host and path such as https://grafana.example.com, without credentials or query.
  - tempo:grafana.alerts.minimumRequests = 0: not a whole number from 1 to 1000000. Write the number of requests.
  - tempo:kubeContext: no cluster is named. Write the kubeconfig context of the cluster (kubectl config get-contexts), or patterns of the ones allowed in allowedKubeContexts.
  - tempo:resources.requests.memory = "2Gi": more than the limit of 1Gi. Write at most the limit, or raise resources.limits.memory.
  - tempo:retention = "30m": shorter than an hour, in which a trace is not even moved to a block safely. Write at least 1h.
  - tempo:metricsGenerator.maxSpanAge = "12h": not shorter than retention = 30m: such spans are deleted as they arrive. Write less.
  - tempo:tailnet.apiKey = [plain text]: a secret in plain text. Write it with: pulumi config set --path --secret tailnet.apiKey.
  - tempo:grafana.auth = [plain text]: a secret in plain text. Write it with: pulumi config set --path --secret 'grafana.auth'.
  - tempo:grafana.loki.url: missing, and ownership create makes the data source at it. Write the URL by which Grafana reaches it.
  - tempo:grafana.alerts: nothing to ask: every rule queries Prometheus. Write grafana.prometheus, or leave the alerts out.`,
    );
  });

  it("has the singular in the head of its message for one", () => {
    assert.equal(
      errorOf({ kubeContext: "c", retention: "7 days" }).message,
      `1 problem in the configuration of stack "dev"; nothing was changed:
  - tempo:retention = "7 days": not a duration. Write a number with a unit, such as 168h, 7d or 90s.`,
    );
  });
});

describe("namespaces of other programs", () => {
  const cluster = { kubeContext: "c" };

  it("are left alone: a shared environment may hold them", () => {
    const others = { "aws:region": "eu-west-1", "pulumi:tags": { a: "b" } };
    assert.deepEqual(parseConfig({ ...cluster, ...others }), parseConfig(cluster));
  });

  it("are left alone even when they are called like a property of every object", () => {
    const others = { "toString:a": "b", "constructor:a": "b", "__proto__:a": "b" };
    assert.deepEqual(parseConfig({ ...cluster, ...others }), parseConfig(cluster));
  });
});
