import assert from "node:assert/strict";
import { guardServiceLabels, renderGuardService } from "../../../components/monitoring/guardService";
import { renderServiceMonitors } from "../../../components/monitoring/serviceMonitors";
import { ownerLabel } from "../../../lib/kubernetes/owner";
import { labelsOf, selectorOf } from "../../../components/contracts/labels";
import { parseConfig, type Config } from "../../stack/settings/parse";

const OWNER = "tempo.dev";
const settings = (config: Config = {}, scrape: Config = {}) =>
  parseConfig({ kubeContext: "c", ...config, scrape: { method: "serviceMonitor", ...scrape } });

/** What the chart labels its Service with. */
const chartLabels = (name: string): Record<string, string> => ({
  "helm.sh/chart": "tempo-2.2.4",
  "app.kubernetes.io/name": name,
  "app.kubernetes.io/instance": name,
  "app.kubernetes.io/version": "2.10.1",
  "app.kubernetes.io/managed-by": "Helm",
  ...ownerLabel(OWNER),
});

describe("renderServiceMonitors", () => {
  it("has one for Tempo and one for the guard", () => {
    const manifests = renderServiceMonitors(
      settings({ name: "traces", namespace: "o11y" }, { interval: "15s" }),
      OWNER,
    );
    assert.deepEqual(
      manifests.map(({ part, manifest: { metadata, spec } }) => [
        part,
        metadata.name,
        metadata.namespace,
        spec.endpoints,
      ]),
      [
        ["tempo", "traces", "o11y", [{ port: "tempo-prom-metrics", path: "/metrics", interval: "15s" }]],
        ["guard", "traces-guard", "o11y", [{ port: "guard-metrics", path: "/metrics/", interval: "15s" }]],
      ],
    );
  });

  it("has only Tempo's without a guard", () => {
    const manifests = renderServiceMonitors(settings({ storage: { guard: false } }), OWNER);
    assert.deepEqual(
      manifests.map(({ part }) => part),
      ["tempo"],
    );
  });

  // Otherwise one of the two would be scraped twice.
  it("selects by each exactly one of the two Services", () => {
    const parsed = settings({ name: "traces" });
    const services = {
      tempo: chartLabels("traces"),
      guard: guardServiceLabels(parsed, OWNER),
      "another release's": chartLabels("tempo"),
      "another stack's guard": guardServiceLabels(parsed, "tempo.b"),
    };
    for (const { part, manifest } of renderServiceMonitors(parsed, OWNER)) {
      const wanted = Object.entries(manifest.spec.selector.matchLabels);
      const selected = Object.entries(services).filter(([, labels]) =>
        wanted.every(([key, value]) => labels[key] === value),
      );
      assert.deepEqual(
        selected.map(([what]) => what),
        [part],
      );
    }
    assert.deepEqual(renderServiceMonitors(parsed, OWNER)[0]?.manifest.spec.selector.matchLabels, selectorOf(parsed));
  });

  it("refers to the guard's port by the name that its Service has", () => {
    const parsed = settings();
    const { ports } = renderGuardService(parsed, OWNER).spec as { ports: { name: string }[] };
    assert.equal(renderServiceMonitors(parsed, OWNER)[1]?.manifest.spec.endpoints[0]?.port, ports[0]?.name);
  });

  it("carries the labels of the settings, which win, and whose it is, which stays", () => {
    const labels = { release: "kube-prometheus-stack", "app.kubernetes.io/name": "x", "pulumi-tempo/stack": "mine" };
    const parsed = settings({}, { labels });
    for (const { manifest } of renderServiceMonitors(parsed, OWNER)) {
      assert.deepEqual(manifest.metadata.labels, {
        ...labelsOf(parsed, OWNER),
        release: "kube-prometheus-stack",
        "app.kubernetes.io/name": "x",
      });
    }
  });
});
