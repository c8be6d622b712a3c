import assert from "node:assert/strict";
import { podAnnotations } from "../../../components/monitoring/annotations";
import { renderGuardService } from "../../../components/monitoring/guardService";
import { selectorOf } from "../../../components/contracts/labels";
import { parseConfig, type Config } from "../../stack/settings/parse";

const settings = (config: Config = {}) => parseConfig({ kubeContext: "c", ...config });
const annotated = settings({ scrape: { method: "annotations" } });
const others = [undefined, "job", "serviceMonitor", "alloy", "none"].map((method) =>
  settings({
    prometheus: { remoteWriteUrl: "http://p/api/v1/write" },
    scrape: { ...(method !== undefined && { method }) },
  }),
);

describe("the annotations", () => {
  it("of Tempo's pod name Tempo's port", () => {
    assert.deepEqual(podAnnotations(annotated), {
      "prometheus.io/scrape": "true",
      "prometheus.io/port": "3200",
      "prometheus.io/path": "/metrics",
    });
  });

  it("of the guard's Service name the guard's", () => {
    assert.deepEqual(renderGuardService(annotated, "tempo.dev").metadata, {
      name: "tempo-guard",
      namespace: "monitoring",
      labels: {
        "app.kubernetes.io/name": "tempo",
        "app.kubernetes.io/managed-by": "pulumi",
        "app.kubernetes.io/component": "guard",
        "pulumi-tempo/stack": "tempo.dev",
      },
      annotations: {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "3201",
        "prometheus.io/path": "/metrics/",
      },
    });
  });

  // Two ways for one Tempo would count everything twice.
  it("are nowhere with another method", () => {
    for (const other of others) {
      assert.deepEqual(podAnnotations(other), {});
      assert.equal("annotations" in (renderGuardService(other, "o").metadata as object), false);
    }
  });
});

describe("the guard's Service", () => {
  it("leads to Tempo's pod, ready or not", () => {
    const traces = settings({ name: "traces" });
    assert.deepEqual(renderGuardService(traces, "o").spec, {
      type: "ClusterIP",
      selector: selectorOf(traces),
      ports: [{ name: "guard-metrics", port: 3201, targetPort: 3201, protocol: "TCP" }],
      publishNotReadyAddresses: true,
    });
  });
});
