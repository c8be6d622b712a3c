import { MIB } from "../../../lib/schema/quantity";
import assert from "node:assert/strict";
import { parse } from "yaml";
import { DATA_PATH } from "../../../components/contracts/dataPath";
import { renderTempoYaml, tempoConfig } from "../../../components/tempo/tempoYaml";
import { GRACE_PERIOD_SECONDS } from "../../../components/tempo/v2/configuration";
import { deriveTiming } from "../../../components/tempo/v2/timing";
import { unescapeTemplate } from "../../../components/tempo/template";
import { renderValues } from "../../../components/tempo/values";
import { parseDuration } from "../../../lib/schema/duration";
import { settingsOf, type Changes } from "../../stack/program/stacks";

const OWNER = "tempo.test";

type Tree = Readonly<Record<string, unknown>>;

const yamlOf = (changes: Changes = {}, stack = "prod"): string => renderTempoYaml(settingsOf(stack, changes), OWNER);
const treeOf = (changes: Changes = {}, stack = "prod"): Tree => parse(yamlOf(changes, stack)) as Tree;

/** The value at a dotted path; undefined where there is none. */
function at(tree: Tree, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (value as Tree | undefined)?.[key], tree);
}

/** Every text in a tree, with its path. */
function texts(value: unknown, path: string): [path: string, text: string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => texts(entry, `${path}.${key}`));
}

/** A duration of the configuration, in ms. */
function msAt(tree: Tree, path: string): number {
  const text = at(tree, path);
  const value = typeof text === "string" ? parseDuration(text) : undefined;
  assert.ok(value, `${path} is ${String(text)}`);
  return value.ms;
}

describe("tempo.yaml", () => {
  it("is YAML with the meaning of its configuration, and ends with a line break", () => {
    const settings = settingsOf("prod");
    const text = renderTempoYaml(settings, OWNER);
    assert.deepEqual(parse(text), JSON.parse(JSON.stringify(tempoConfig(settings, OWNER))));
    assert.match(text, /\n$/);
  });

  it("is the same text for the same settings, in whatever order the labels were written", () => {
    const labels = (externalLabels: object): Changes => ({
      prometheus: { remoteWriteUrl: "http://prometheus:9090/api/v1/write", externalLabels },
    });
    const text = yamlOf(labels({ zone: "a", cluster: "indri", B: "1" }));
    assert.equal(text, yamlOf(labels({ B: "1", cluster: "indri", zone: "a" })));
    assert.deepEqual(Object.keys(at(parse(text) as Tree, "metrics_generator.registry.external_labels") as Tree), [
      "B",
      "cluster",
      "tempo_instance",
      "zone",
    ]);
  });

  it("has only durations that Go can read, which knows no days", () => {
    const tree = treeOf({ retention: "2w", metricsGenerator: { maxSpanAge: "1d", collectionInterval: "1m30s" } });
    const durations = texts(tree, "").filter(([, text]) => /^\d+(\.\d+)?[a-z]+/.test(text));
    assert.ok(durations.length >= 15);
    for (const [path, text] of durations) assert.match(text, /^(\d+(ms|s|m|h))+$/, path);
    assert.equal(at(tree, "compactor.compaction.block_retention"), "336h");
    assert.equal(at(tree, "metrics_generator.metrics_ingestion_time_range_slack"), "24h");
    assert.equal(at(tree, "metrics_generator.registry.collection_interval"), "90s");
  });

  it("holds every cap that is set", () => {
    const limits = {
      ingestionRate: "1Mi",
      ingestionBurst: "5M",
      maxLiveTraces: 123,
      maxBytesPerTrace: "3k",
      maxActiveSeries: 456,
    };
    assert.equal(at(treeOf({ limits }), "overrides.defaults.metrics_generator.max_active_series"), 456);
    assert.deepEqual(at(treeOf({ limits }), "overrides.defaults.ingestion"), {
      rate_strategy: "local",
      rate_limit_bytes: 1_048_576,
      burst_size_bytes: 5_000_000,
      max_traces_per_user: 123,
    });
    assert.equal(at(treeOf({ limits }), "overrides.defaults.global.max_bytes_per_trace"), 3_000);
  });

  // What is larger than the burst is told to come back, for ever; what is larger than a message is told never to.
  it("takes no message that is larger than the burst, be it the smallest that is allowed", () => {
    for (const changes of [{}, { limits: { ingestionBurst: "4Mi" } }]) {
      const tree = treeOf(changes);
      const burst = Number(at(tree, "overrides.defaults.ingestion.burst_size_bytes"));
      const { grpc, http } = at(tree, "distributor.receivers.otlp.protocols") as Record<"grpc" | "http", Tree>;
      const sizes = [Number(grpc["max_recv_msg_size_mib"]) * MIB, Number(http["max_request_body_size"])];
      assert.deepEqual(sizes, [4 * MIB, 4 * MIB]);
      for (const size of sizes) assert.ok(size <= burst, `${size} > ${burst}`);
    }
  });

  it("reaches by default the cap that refuses before the one that discards", () => {
    const ingestion = at(treeOf(), "overrides.defaults.ingestion") as Readonly<Record<string, number>>;
    const {
      burst_size_bytes: burst = NaN,
      rate_limit_bytes: rate = NaN,
      max_traces_per_user: traces = NaN,
    } = ingestion;
    // Traces of one small span each, for as long as a trace is live.
    const smallestTrace = 150;
    const { traceIdlePeriod, traceLivePeriod, flushCheckPeriod } = deriveTiming(12 * 3_600_000);
    const live = Math.max(traceIdlePeriod, traceLivePeriod) + 2 * flushCheckPeriod;
    assert.ok(live <= 4_000);
    assert.ok(traces > (burst + (live / 1_000) * rate) / smallestTrace, String(traces));
  });

  it("asks senders to come back when the rate is reached, instead of dropping what they hold", () => {
    assert.ok(msAt(treeOf(), "distributor.retry_after_on_resource_exhausted") > 0);
  });

  it("makes span metrics and service graphs only where a Prometheus takes them", () => {
    const processors = "overrides.defaults.metrics_generator.processors";
    assert.deepEqual(at(treeOf(), processors), ["service-graphs", "span-metrics", "local-blocks"]);
    assert.deepEqual(at(treeOf(), "metrics_generator.storage.remote_write"), [
      {
        url: "http://prometheus.monitoring.svc.cluster.local:9090/api/v1/write",
        send_exemplars: true,
        queue_config: { capacity: 100_000, max_shards: 2, max_samples_per_send: 2_000 },
      },
    ]);

    const alone = treeOf({}, "local");
    assert.deepEqual(at(alone, processors), ["local-blocks"]);
    assert.doesNotMatch(JSON.stringify(alone), /remote_write"|external_labels|span-metrics|service-graphs/);
  });

  it("stores spans a second time only for TraceQL metrics over the whole retention", () => {
    const path = "metrics_generator.processor.local_blocks.flush_to_storage";
    assert.equal(at(treeOf({ metricsGenerator: { traceqlMetrics: "recent" } }), path), false);
    assert.equal(at(treeOf({ metricsGenerator: { traceqlMetrics: "retention" } }), path), true);
  });

  it("writes everything below the volume's mount", () => {
    const paths = texts(treeOf(), "").filter(([path]) => path.endsWith(".path"));
    assert.equal(paths.length, 4);
    for (const [path, text] of paths) assert.ok(text.startsWith(`${DATA_PATH}/`), path);
    assert.equal(new Set(paths.map(([, text]) => text)).size, 4);
  });

  it("listens for OTLP on every address, for itself on loopback, and for nothing else", () => {
    assert.deepEqual(at(treeOf(), "distributor.receivers"), {
      otlp: {
        protocols: {
          grpc: { endpoint: "0.0.0.0:4317", max_recv_msg_size_mib: 4 },
          http: { endpoint: "0.0.0.0:4318", max_request_body_size: 4 * MIB },
        },
      },
    });
    assert.equal(at(treeOf(), "server.http_listen_port"), 3200);
    assert.equal(at(treeOf(), "server.grpc_listen_address"), "127.0.0.1");
  });

  it("tells Grafana Labs nothing, and streams to Grafana over the query port", () => {
    assert.equal(at(treeOf(), "usage_report.reporting_enabled"), false);
    assert.equal(at(treeOf(), "stream_over_http_enabled"), true);
  });

  it("goes on until what was collected is read, and ends its last remote write well before the pod is killed", () => {
    const delay = msAt(treeOf(), "shutdown_delay");
    const deadline = msAt(treeOf(), "metrics_generator.storage.remote_write_flush_deadline");
    // The ingester and the generator take five seconds. The sender reads every 15 s.
    assert.ok(delay + 5_000 > 15_000 + 1_000, `${delay} ms`);
    assert.ok(deadline > 0 && delay + 5_000 + deadline < GRACE_PERIOD_SECONDS * 1_000, `${delay} ms, ${deadline} ms`);
  });

  it("writes hardly anything into its log while nothing happens", () => {
    assert.equal(at(treeOf(), "server.log_level"), "warn");
    // Five lines each, whatever the level.
    const truncations = 3_600_000 / msAt(treeOf(), "metrics_generator.storage.wal.truncate_frequency");
    assert.ok(5 * truncations <= 20, `${truncations} an hour`);
  });

  it("has the derived times where Tempo reads them", () => {
    const tree = treeOf({ metricsGenerator: { maxSpanAge: "3h" }, collector: undefined });
    const timing = deriveTiming(3 * 3_600_000);
    const places: Record<string, number> = {
      "ingester.trace_idle_period": timing.traceIdlePeriod,
      "ingester.trace_live_period": timing.traceLivePeriod,
      "ingester.flush_check_period": timing.flushCheckPeriod,
      "ingester.max_block_duration": timing.maxBlockDuration,
      "ingester.complete_block_timeout": timing.completeBlockTimeout,
      "storage.trace.blocklist_poll": timing.blocklistPoll,
      "storage.trace.wal.ingestion_time_range_slack": timing.walTimeRangeSlack,
      "compactor.compaction.compacted_block_retention": timing.compactedBlockRetention,
      "compactor.compaction.compaction_window": timing.compactionWindow,
      "compactor.compaction.compaction_cycle": timing.compactionCycle,
      "query_frontend.search.query_backend_after": timing.queryBackendAfter,
      "query_frontend.search.query_ingesters_until": timing.queryIngestersUntil,
      "query_frontend.metrics.query_backend_after": timing.metricsQueryBackendAfter,
      "metrics_generator.processor.local_blocks.trace_idle_period": timing.generatorIdlePeriod,
      "metrics_generator.processor.local_blocks.trace_live_period": timing.generatorLivePeriod,
      "metrics_generator.processor.local_blocks.flush_check_period": timing.generatorFlushCheckPeriod,
      "metrics_generator.processor.local_blocks.max_block_duration": timing.generatorBlockDuration,
      "metrics_generator.processor.local_blocks.complete_block_timeout": timing.generatorBlockTimeout,
      "metrics_generator.traces_storage.ingestion_time_range_slack": timing.generatorTimeRangeSlack,
    };
    for (const [path, ms] of Object.entries(places)) assert.equal(msAt(tree, path), ms, path);
    assert.equal(at(tree, "query_frontend.search.ingester_shards"), timing.ingesterShards);
    // Every derived time has its place.
    assert.deepEqual(new Set([...Object.values(places), timing.ingesterShards]), new Set(Object.values({ ...timing })));
    assert.equal(Object.keys(places).length + 1, Object.keys(timing).length);
  });

  for (const value of ["{{ .Values.secret }}", "yes", "0x1f", "1e3", "a: b # c", "line\nbreak", '"', "é😀", " "]) {
    it(`keeps a label's value as it is, through YAML and Helm: ${JSON.stringify(value)}`, () => {
      const settings = settingsOf("prod", {
        prometheus: { remoteWriteUrl: "http://prometheus:9090/api/v1/write", externalLabels: { source: value } },
      });
      const { config } = renderValues(settings, renderTempoYaml(settings, OWNER), OWNER) as { config: string };
      // No action of a template is left beside the escapes themselves.
      assert.doesNotMatch(config.replaceAll('{{ "{{" }}', ""), /\{\{/);
      const labels = at(parse(unescapeTemplate(config)) as Tree, "metrics_generator.registry.external_labels");
      assert.deepEqual(labels, { source: value, tempo_instance: `${OWNER}/monitoring/tempo` });
    });
  }
});
