import assert from "node:assert/strict";
import { planGrafana } from "../../../components/grafana/plan";
import { tempoJsonData } from "../../../components/grafana/dataSources/tempo";
import { spanLogs } from "../../../components/grafana/queries/logs";
import { ownSeries } from "../../../components/grafana/queries/own";
import { requestRate, service } from "../../../components/grafana/queries/spanMetrics";
import { tracesOfService } from "../../../components/grafana/queries/traces";
import { renderSdkConfigMap } from "../../../components/sdk/environment";
import { LOKI_LABELS, SERVICE } from "../../../components/contracts/attributes";
import type { Settings } from "../../../components/contracts/settings";
import { blockAt, blocksOf, parseAlloy } from "../alloy/parse";
import { configOf, variantOf, variants } from "./variants";
import { ANYBODY } from "../../support/anybody";

/**
 * One list (components/contracts/attributes.ts), and everybody who writes, maps or asks for an attribute by it: who left the list
 * would write spans that no link finds.
 */

/** What Beyla writes by itself of a span's pod, by OpenTelemetry's conventions; seen with Beyla 3.28. */
const BY_BEYLA = ["k8s.namespace.name", "k8s.pod.name", "k8s.container.name", "k8s.node.name", "k8s.deployment.name"];

/** What an address tells of a pod leaves open which of its containers sent. */
const UNKNOWN_OF_SDKS = ["k8s.container.name"];

const prod = variantOf({ receiver: true }, { sdk: { namespaces: [{ namespace: "hermes", cluster: "collector" }] } });
const blocks = parseAlloy(configOf(prod));
const statements = blocksOf(blockAt(blocks, "otelcol.processor.transform").blocks, "trace_statements").flatMap(
  ({ attributes }) => attributes["statements"] as string[],
);
const wanted = Object.keys(LOKI_LABELS);

describe("the attributes by which spans, logs and metrics find each other", () => {
  it("are written by Beyla, with the cluster of the settings", () => {
    const written = new Set(BY_BEYLA);
    for (const { blocks: inner } of blocksOf(blocks, "beyla.ebpf")) {
      const { attributes } = blockAt(inner, "attributes", "kubernetes");
      assert.equal(attributes["enable"], "true");
      assert.equal(attributes["cluster_name"], prod.collector.clusterName);
      written.add("k8s.cluster.name");
    }
    assert.deepEqual(
      wanted.filter((attribute) => !written.has(attribute)),
      [],
    );
  });

  it("are written of spans of an SDK: by the address that they come from, the cluster, and the variables", () => {
    const { metadata } = blockAt(blocks, "otelcol.processor.k8sattributes", "extract").attributes;
    const resource = resourceAttributes(prod.settings);
    const written = new Set([...(metadata as string[]), ...Object.keys(resource)]);
    assert.deepEqual(
      wanted.filter((attribute) => !written.has(attribute)),
      UNKNOWN_OF_SDKS,
    );
    // And where the service sends past the collector the variables alone say what no link does without.
    assert.ok(wanted.includes("k8s.namespace.name"));
    assert.match(spanLogs(LOKI_LABELS), /^\{namespace="\$\{__span\.tags\["k8s\.namespace\.name"\]\}"/);
    assert.equal(resource["k8s.namespace.name"], "hermes");
  });

  it("give the cluster one name, in spans of either kind and in the collector's own metrics", () => {
    const name = "ringtail";
    assert.equal(prod.collector.clusterName, name);
    assert.equal(resourceAttributes(prod.settings)["k8s.cluster.name"], name);
    assert.ok(statements.some((text) => text.startsWith(`set(resource.attributes["k8s.cluster.name"], "${name}")`)));
    assert.deepEqual(blockAt(blocks, "prometheus.remote_write").attributes["external_labels"], {
      map: { [LOKI_LABELS["k8s.cluster.name"] ?? ""]: name, tempo_instance: "tempo.prod/alloy/tempo-collector" },
    });
  });

  it("give a service the name of the settings: no label of a pod, and no variable, comes before it", () => {
    for (const make of Object.values(variants)) {
      for (const { blocks: inner } of blocksOf(parseAlloy(configOf(make())), "beyla.ebpf")) {
        const labels = blockAt(inner, "attributes", "kubernetes").attributes["resource_labels"] as { map: object };
        // With nothing at all Beyla has labels of its own for the name.
        assert.deepEqual(Object.keys(labels.map), ["service.version"]);
      }
    }
    assert.equal(SERVICE.attribute, "service.name");
    const { data = {} } = configMapOf(prod.settings);
    assert.ok(!(SERVICE.attribute in resourceAttributes(prod.settings)));
    assert.ok(!("OTEL_SERVICE_NAME" in data));
  });

  it("are those that routes, queries, links and alerts ask for", () => {
    const { settings, collector } = prod;
    const { grafana } = settings;
    assert.ok(grafana?.loki);
    const conditions = blocksOf(blockAt(blocks, "otelcol.processor.transform").blocks, "trace_statements").flatMap(
      ({ attributes }) => (attributes["conditions"] ?? []) as string[],
    );
    const routed = collector.services.filter(({ routes }) => routes.length > 0);
    assert.deepEqual(
      conditions.map((text) => text.split(" and ")[0]),
      routed.map(({ name }) => `resource.attributes["${SERVICE.attribute}"] == "${name}"`),
    );

    const { tracesToLogsV2, tracesToMetrics } = tempoJsonData(grafana, ownSeries(settings, "o")) as Record<
      "tracesToLogsV2" | "tracesToMetrics",
      { tags: { key: string; value: string }[] }
    >;
    assert.deepEqual(Object.fromEntries(tracesToLogsV2.tags.map(({ key, value }) => [key, value])), LOKI_LABELS);
    assert.deepEqual(tracesToMetrics.tags, [{ key: SERVICE.attribute, value: SERVICE.label }]);
    assert.match(
      requestRate({ own: ANYBODY, matchers: [service("a")], range: "5m" }),
      new RegExp(`\\b${SERVICE.label}="a"`),
    );
    assert.match(tracesOfService("a"), /resource\.service\.name = "a"/);

    // Alerts on a service of which no span comes would be silent for ever.
    const instrumented = collector.services.map(({ name }) => name);
    const alerted = grafana.alerts?.services.map(({ name }) => name) ?? [];
    assert.deepEqual(alerted, instrumented);
    const rules = JSON.stringify(planGrafana(settings, grafana, "o").alerts);
    for (const name of instrumented) assert.match(rules, new RegExp(`${SERVICE.label}=[\\\\]+"${name}[\\\\]+"`));
  });

  it("are of the convention whose attributes become labels of the metrics", () => {
    const { dimensions } = prod.settings.metricsGenerator;
    assert.deepEqual(dimensions, ["http.request.method", "http.response.status_code", "http.route"]);
    // The one that the settings give routes by, and SDKs by the opt-in.
    assert.ok(statements.some((text) => text.startsWith('set(span.attributes["http.route"]')));
    assert.equal(configMapOf(prod.settings).data?.["OTEL_SEMCONV_STABILITY_OPT_IN"], "http");
    for (const { blocks: inner } of blocksOf(blocks, "beyla.ebpf")) {
      const { exclude } = blockAt(inner, "attributes", "select").attributes;
      for (const dimension of dimensions) assert.ok(!(exclude as string[]).includes(dimension), dimension);
    }
    for (const dimension of dimensions)
      assert.ok(!statements.some((text) => text.startsWith(`delete_key(span.attributes, "${dimension}"`)));
  });
});

function configMapOf(settings: Settings) {
  const [target] = settings.sdk?.namespaces ?? [];
  assert.ok(target);
  return renderSdkConfigMap(settings, "tempo-otel", target, "http://a", "o") as {
    data?: Readonly<Record<string, string>>;
  };
}

/** `OTEL_RESOURCE_ATTRIBUTES`, as an SDK reads it. */
function resourceAttributes(settings: Settings): Record<string, string> {
  const text = configMapOf(settings).data?.["OTEL_RESOURCE_ATTRIBUTES"] ?? "";
  const entries = text.split(",").map((entry): [string, string] => {
    const [key = "", value = ""] = entry.split("=").map(decodeURIComponent);
    return [key, value];
  });
  return Object.fromEntries(entries);
}
