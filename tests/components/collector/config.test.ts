import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { EXPORTER, exporterOf } from "../../../components/collector/config";
import { queueBytes } from "../../../components/collector/budget";
import { STORAGE_PATH } from "../../../components/collector/paths";
import { renderDaemonSet } from "../../../components/collector/manifests";
import { blockAt, blocksOf, parseAlloy, type ParsedBlock, type ParsedValue } from "../alloy/parse";
import { assertGoldens } from "../../support/golden";
import { Lab } from "../../support/lab";
import { skipWithout } from "../../support/skip";
import { CERTIFICATE } from "./certificate";
import { findAlloy } from "./support/alloy";
import { configOf, variantOf, variants, type Variant } from "./variants";

const blocksOfVariant = (variant: Variant): ParsedBlock[] => parseAlloy(configOf(variant));
const all = Object.entries(variants).map(([title, make]) => [title, make()] as const);

function exporterBlock(variant: Variant): ParsedBlock {
  return blockAt(blocksOfVariant(variant), exporterOf(variant.collector));
}

describe("config.alloy", () => {
  it("is as in tests/golden/collector", () => {
    assertGoldens("collector", new Map(all.map(([title, variant]) => [`${title}.alloy`, configOf(variant)])));
  });

  it("is the same text for the same settings", () => {
    for (const [title, make] of Object.entries(variants)) assert.equal(configOf(make()), configOf(make()), title);
  });

  it("says in its first line how long an outage is bridged", () => {
    assert.match(
      configOf(variantOf()),
      /^\/\/ The queue on each node holds \d+ MiB: an outage of 12h at 20 spans per second\. Its folder takes up to [\d.]+ GiB\.\n/,
    );
  });

  for (const [title, variant] of all) {
    describe(title, () => {
      const blocks = blocksOfVariant(variant);

      it("leads every span through the memory limiter, then what is not said goes, then it is queued", () => {
        const ends = new Map<string, string[]>();
        for (const each of blocks) ends.set(`${each.name}.${each.label ?? ""}`, outputsOf(each));
        const sources = [...ends.keys()].filter((id) => /^(?:beyla\.ebpf|otelcol\.receiver\.otlp)\./.test(id));
        assert.ok(sources.length > 0);
        for (const source of sources) {
          const way = wayFrom(source, ends).filter((id) => id !== "otelcol.processor.k8sattributes.default");
          const limiter = source.startsWith("beyla") ? "default" : "receiver";
          assert.deepEqual(way, [
            source,
            `otelcol.processor.memory_limiter.${limiter}`,
            "otelcol.processor.transform.default",
            `${exporterOf(variant.collector)}.${EXPORTER}`,
          ]);
        }
      });

      it("retries for ever, from a queue on disk that the settings bound", () => {
        const exporter = exporterBlock(variant);
        assert.equal(blockAt(exporter.blocks, "retry_on_failure").attributes["max_elapsed_time"], "0s");
        const { attributes } = blockAt(exporter.blocks, "sending_queue");
        assert.deepEqual(
          [attributes["storage"], attributes["sizer"], attributes["queue_size"]],
          [{ ref: "otelcol.storage.file.queue.handler" }, "bytes", queueBytes(variant.collector.queue)],
        );
        // In memory it would not outlive a restart; nothing but the storage may hold it.
        assert.notEqual(attributes["enabled"], false);
      });

      it("has the queue where the pod may write, and nothing else there", () => {
        const { attributes, blocks: inner } = blockAt(blocks, "otelcol.storage.file");
        const folders = [attributes, blockAt(inner, "compaction").attributes].map(({ directory }) => directory);
        for (const folder of folders) {
          assert.ok(typeof folder === "string" && folder.startsWith(`${STORAGE_PATH}/`), JSON.stringify(folder));
        }
        const { volumeMounts } = containerOf(variant);
        assert.deepEqual(
          volumeMounts.filter(({ readOnly }) => readOnly !== true).map(({ mountPath }) => mountPath),
          [STORAGE_PATH, "/tmp"],
        );
      });

      it("compresses, and never leaves a certificate unverified", () => {
        assert.equal(blockAt(exporterBlock(variant).blocks, "client").attributes["compression"], "gzip");
        assert.doesNotMatch(configOf(variant), /insecure_skip_verify/);
        const secure = variant.endpoint.startsWith("https:");
        assert.equal(/insecure +?= true/.test(configOf(variant)), !secure && variant.collector.protocol === "grpc");
      });

      it("neither prints spans nor injects code nor makes metrics of spans a second time", () => {
        assert.doesNotMatch(configOf(variant), /trace_printer|print_traces|debug +=/);
        for (const { blocks: inner } of blocksOf(blocks, "beyla.ebpf")) {
          assert.deepEqual(blockAt(inner, "metrics").attributes["features"], []);
        }
        const { env } = containerOf(variant);
        for (const name of ["OTEL_EBPF_JAVAAGENT_ENABLED", "OTEL_EBPF_NODEJS_ENABLED"]) {
          assert.equal(env.find((each) => each.name === name)?.value, "false", name);
        }
      });
    });
  }

  it("sends to the tailnet's name, to the Service on Tempo's own cluster, and where the settings say", () => {
    const endpointOf = (variant: Variant): ParsedValue | undefined =>
      blockAt(exporterBlock(variant).blocks, "client").attributes["endpoint"];
    assert.equal(endpointOf(variantOf()), "https://tempo-otlp.tail8d86e.ts.net");
    assert.equal(endpointOf(variantOf({ kubeContext: undefined })), "http://tempo.monitoring.svc.cluster.local:4318");
    assert.equal(endpointOf(variantOf({ endpoint: "https://a/otlp" })), "https://a/otlp");
  });

  // A gRPC client knows no URL, and no port that would go without saying.
  it("names host and port for gRPC, and says apart whether to encrypt", () => {
    const clientOf = (endpoint: string) =>
      blockAt(exporterBlock(variantOf({ protocol: "grpc", endpoint })).blocks, "client");
    for (const [endpoint, address] of [
      ["https://tempo.example.com", "tempo.example.com:443"],
      ["https://tempo.example.com:4317", "tempo.example.com:4317"],
      ["http://tempo:4317", "tempo:4317"],
      ["http://tempo", "tempo:4317"],
      ["http://tempo:80", "tempo:80"],
      ["http://[::1]:4317/", "[::1]:4317"],
    ] as const) {
      const { attributes, blocks } = clientOf(endpoint);
      assert.equal(attributes["endpoint"], address);
      const insecure = blocksOf(blocks, "tls").map((tls) => tls.attributes["insecure"]);
      assert.deepEqual(insecure, endpoint.startsWith("https:") ? [] : [true], endpoint);
    }
  });

  it("trusts the given authority besides those of the image", () => {
    const tls = blockAt(
      exporterBlock(variantOf({ endpoint: "https://a", caCertificate: CERTIFICATE })).blocks,
      "client",
      "tls",
    );
    assert.deepEqual(tls.attributes, { ca_pem: CERTIFICATE, include_system_ca_certs_pool: true });
  });

  it("has a receiver only where it is wanted", () => {
    const names = (receiver: boolean) => blocksOfVariant(variantOf({ receiver })).map(({ name }) => name);
    const of = ["otelcol.receiver.otlp", "otelcol.processor.k8sattributes"];
    assert.deepEqual(
      of.filter((name) => names(true).includes(name)),
      of,
    );
    assert.deepEqual(
      of.filter((name) => names(false).includes(name)),
      [],
    );
  });

  it("scrapes itself and every Beyla, each on a page of its own, as one job", () => {
    const variant = variantOf();
    const blocks = blocksOfVariant(variant);
    const scrapes = blocksOf(blocks, "prometheus.scrape");
    assert.deepEqual(
      scrapes.map(({ attributes }) => attributes["targets"]),
      [
        { ref: "prometheus.exporter.self.default.targets" },
        ...blocksOf(blocks, "beyla.ebpf").map(({ label }) => ({ ref: `beyla.ebpf.${label ?? ""}.targets` })),
      ],
    );
    for (const { attributes } of scrapes) assert.equal(attributes["job_name"], variant.collector.name);
    assert.deepEqual(blockAt(blocks, "prometheus.remote_write").attributes["external_labels"], {
      map: { cluster: "ringtail", tempo_instance: "tempo.prod/alloy/tempo-collector" },
    });
    assert.doesNotMatch(configOf(variantOf({ remoteWriteUrl: undefined })), /prometheus\./);
  });
});

/**
 * A real Alloy. It looks neither into the statements nor at the values of most fields before it runs: the tests of the
 * pipeline start one.
 */
describe("a real alloy", () => {
  let alloy: string;
  let lab: Lab;
  before(function () {
    const found = findAlloy();
    skipWithout(this, found);
    alloy = "missing" in found ? "" : found.alloy;
    lab = new Lab();
  });
  after(() => (lab as Lab | undefined)?.stop());

  /** What the command says, and whether it is content. */
  const run = (text: string, ...command: string[]): { status: number | null; said: string } => {
    const { status, stdout, stderr } = spawnSync(alloy, [...command, lab.write("config.alloy", text)], {
      encoding: "utf8",
    });
    return { status, said: stdout + stderr };
  };
  const validate = (text: string) => run(text, "validate", ...stabilityOf(variantOf()));

  for (const [title, variant] of all) {
    it(`would write the configuration the same, and accepts it: ${title}`, function () {
      const text = configOf(variant);
      assert.deepEqual(run(text, "fmt", "-t"), { status: 0, said: "" });
      const { status, said } = validate(text);
      assert.equal(status, 0, said);
    });
  }

  it("would complain", () => {
    const text = configOf(variantOf());
    assert.notEqual(run(text.replace("\t", "  "), "fmt", "-t").status, 0);
    for (const [wrong, complaint] of [
      [text.replace("max_elapsed_time", "max_time"), /max_time/],
      [text.replace("otelcol.storage.file.queue.handler", "otelcol.storage.file.other.handler"), /other/],
      [text.replace("deployment_name", "deployment"), /deployment/],
    ] as const) {
      assert.notEqual(wrong, text);
      const { status, said } = validate(wrong);
      assert.notEqual(status, 0);
      assert.match(said, complaint);
    }
    // The queue on disk is what asks for the flag.
    assert.match(run(text, "validate").said, /otelcol\.storage\.file.*stability|stability.*otelcol\.storage\.file/s);
  });
});

/** The flag of the container's command line that the configuration needs. */
function stabilityOf(variant: Variant): string[] {
  const flags = containerOf(variant).args.filter((argument) => argument.startsWith("--stability.level="));
  assert.equal(flags.length, 1);
  return flags;
}

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts: readonly { readonly mountPath: string; readonly readOnly?: boolean }[];
}

function containerOf({ collector }: Variant): Container {
  const { spec } = renderDaemonSet(collector, "", "o") as unknown as {
    spec: { template: { spec: { containers: [Container] } } };
  };
  return spec.template.spec.containers[0];
}

/** What a component passes traces on to, by its id. */
function outputsOf({ blocks }: ParsedBlock): string[] {
  const traces = blocksOf(blocks, "output").flatMap(({ attributes }) => attributes["traces"] as { ref: string }[]);
  return traces.map(({ ref }) => ref.slice(0, ref.lastIndexOf(".")));
}

/** The components that a span passes, which never has two ways to go. */
function wayFrom(id: string, ends: ReadonlyMap<string, readonly string[]>): string[] {
  const [next, ...more] = ends.get(id) ?? [];
  assert.deepEqual(more, [], id);
  return next === undefined ? [id] : [id, ...wayFrom(next, ends)];
}
