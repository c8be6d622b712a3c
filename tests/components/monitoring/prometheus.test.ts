import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { renderScrapeConfig } from "../../../components/monitoring/scrapeConfig";
import { ownSeries } from "../../../components/grafana/queries/own";
import { storageQueries } from "../../../components/storage/volume/queries";
import { tempoQueries } from "../../../components/grafana/queries/tempo";
import type { Settings } from "../../../components/contracts/settings";
import { parseConfig, type Config } from "../../stack/settings/parse";
import { ANYBODY } from "../../support/anybody";
import { describeMajors } from "../../support/describePrometheus";
import { findPrometheus, type PrometheusMajor } from "../../support/findProgram";
import { Lab } from "../../support/lab";
import { serveTexts, until, whileScraping } from "./support/scraping";

const textOf = (config: Config = {}): string => renderScrapeConfig(parseConfig({ kubeContext: "c", ...config }));

/** At other addresses than those that the queries of a stack select. */
const any = tempoQueries(ANYBODY);

/** A job of a Prometheus' configuration, as far as it is looked at here. */
interface Job {
  readonly job_name: string;
  readonly static_configs: readonly { readonly targets: readonly string[]; readonly labels?: { job: string } }[];
}

/** Somebody's own configuration, with the jobs merged into it. */
function merged(text: string): string {
  const { scrape_configs } = parse(text) as { scrape_configs: Job[] };
  const own = { job_name: "prometheus", static_configs: [{ targets: ["localhost:9090"] }] };
  return stringify({
    global: { scrape_interval: "1m", scrape_timeout: "30s", external_labels: { cluster: "indri" } },
    scrape_configs: [own, ...scrape_configs],
  });
}

/** What promtool says about a configuration; undefined when it finds nothing wrong. */
async function promtoolSays(promtool: string, config: string): Promise<string | undefined> {
  const lab = new Lab();
  try {
    await promisify(execFile)(promtool, ["check", "config", lab.write("prometheus.yml", config)]);
    return undefined;
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout?: string; stderr?: string; code?: unknown };
    // Anything but its own exit status says that it did not run.
    if (typeof code !== "number") throw error;
    return `${stdout ?? ""}${stderr ?? ""}`;
  } finally {
    await lab.stop();
  }
}

/** @throws where it is missing, for which its suite is skipped */
function promtoolOf(major: PrometheusMajor): string {
  const found = findPrometheus(major);
  if ("missing" in found) throw new Error(found.missing);
  return found.promtool;
}

describeMajors("a real Prometheus and the rendered jobs", (major) => {
  const variants: Record<string, Config> = {
    "the defaults": {},
    "the shortest interval": { scrape: { interval: "5s" } },
    "an interval with a fraction": { scrape: { interval: "7.5s" } },
    "the longest interval": { scrape: { interval: "1m" } },
    "the longest names": { name: "t".repeat(52), namespace: "n".repeat(63) },
    "no guard": { storage: { guard: false } },
  };
  for (const [title, config] of Object.entries(variants)) {
    it(`accepts them, alone and among others: ${title}`, async () => {
      const promtool = promtoolOf(major);
      assert.equal(await promtoolSays(promtool, textOf(config)), undefined);
      assert.equal(await promtoolSays(promtool, merged(textOf(config))), undefined);
    });
  }

  it("would refuse a misspelt one, and one that is there twice", async () => {
    const promtool = promtoolOf(major);
    const misspelt = textOf().replaceAll("metrics_path", "metricsPath");
    assert.match((await promtoolSays(promtool, misspelt)) ?? "", /metricsPath not found/);
    const twice = merged(textOf()).replace("job_name: monitoring/tempo-guard", "job_name: monitoring/tempo");
    assert.match((await promtoolSays(promtool, twice)) ?? "", /found multiple scrape configs/);
  });

  it("gets from them what the dashboards ask for, each under its own job", async () => {
    const tempo = await serveTexts({
      "/metrics":
        'tempo_build_info{version="2.10.1"} 1\ngo_goroutines 250\ntempo_ingester_live_traces{tenant="single-tenant"} 3\n',
    });
    const guard = await serveTexts({
      "/metrics/": 'tempo_volume_used_bytes 7\ntempo_volume_bytes{part="wal"} 5\ntempo_volume_bytes{part="blocks"} 2\n',
    });
    try {
      await whileScraping(
        redirected(textOf(), { tempo: tempo.address, "tempo-guard": guard.address }),
        major,
        async (ask) => {
          await until(async () => (await ask("up == 1")).length === 2, "Tempo and the guard were not scraped");
          const jobs = async (expression: string) => (await ask(expression)).map(({ job = "" }) => job).sort();

          assert.deepEqual(await jobs("up"), ["tempo", "tempo-guard"]);
          assert.deepEqual(await jobs("tempo_volume_bytes"), ["tempo-guard", "tempo-guard"]);
          assert.deepEqual(await ask("tempo_volume_used_bytes"), [
            { __name__: "tempo_volume_used_bytes", job: "tempo-guard", instance: guard.address },
          ]);
          // The labels on which Tempo's metrics that other programs have as well are told apart.
          assert.deepEqual(await ask("go_goroutines and on (job, instance) tempo_build_info"), [
            { __name__: "go_goroutines", job: "tempo", instance: tempo.address },
          ]);
          assert.deepEqual(await ask(`(${any.scraped}) == 1`), [{}]);
          assert.deepEqual(await ask(any.zero), [{}]);
        },
      );
    } finally {
      await Promise.all([tempo.stop(), guard.stop()]);
    }
  });
});

/** Labels that Prometheus finds out about a target in Kubernetes; `__meta_kubernetes_` goes before them. */
type Discovered = Readonly<Record<string, string>>;

/** What the customary jobs for annotations do with them: Prometheus' own example, prometheus-kubernetes.yml. */
const ANNOTATED = {
  tempo: { job_name: "kubernetes-pods", kept: { namespace: "namespace", pod_name: "pod" } },
  guard: { job_name: "kubernetes-service-endpoints", kept: { namespace: "namespace", service_name: "service" } },
};

/** What the Prometheus operator (0.85) makes of a ServiceMonitor. */
const MONITORED = {
  kept: { namespace: "namespace", service_name: "service", pod_name: "pod", pod_container_name: "container" },
};

/** Everything that is scraped of a stack, with what Kubernetes says of it. */
function discovered({ name, namespace }: Settings, part: "tempo" | "guard"): Discovered {
  const service = part === "tempo" ? name : `${name}-guard`;
  return { namespace, pod_name: `${name}-0`, service_name: service, pod_container_name: part };
}

interface Target {
  readonly settings: Settings;
  readonly part: "tempo" | "guard";
  readonly address: string;
}

/** A Prometheus' configuration by which these targets are scraped, as a cluster's would be but for the addresses. */
function configFor(method: Settings["scrape"]["method"], targets: readonly Target[]): string {
  const jobs = targets.map(({ settings, part, address }, index) => {
    const to = { target_label: "__address__", replacement: address };
    if (method === "job") {
      const { scrape_configs } = parse(renderScrapeConfig(settings)) as { scrape_configs: Job[] };
      const job = scrape_configs[part === "tempo" ? 0 : 1];
      // The name that would be resolved, as `instance` has it.
      const name = { source_labels: ["__address__"], target_label: "instance" };
      return { ...job, scrape_interval: "1s", relabel_configs: [name, to] };
    }
    const { kept } = method === "annotations" ? ANNOTATED[part] : MONITORED;
    const labels = Object.entries(discovered(settings, part)).map(([label, value]) => [
      `__meta_kubernetes_${label}`,
      value,
    ]);
    const job = method === "annotations" ? ANNOTATED[part].job_name : discovered(settings, part)["service_name"];
    return {
      job_name: `${index}`,
      scrape_interval: "1s",
      metrics_path: part === "tempo" ? "/metrics" : "/metrics/",
      static_configs: [{ targets: [address], labels: Object.fromEntries(labels) as object }],
      relabel_configs: [
        { target_label: "job", replacement: job },
        ...Object.entries(kept).map(([from, target_label]) => ({
          source_labels: [`__meta_kubernetes_${from}`],
          target_label,
        })),
      ],
    };
  });
  return stringify({ scrape_configs: jobs });
}

describeMajors("a real Prometheus that scrapes several stacks", (major) => {
  const stacks = [
    { name: "tempo", namespace: "monitoring" },
    { name: "tempo", namespace: "staging" },
    { name: "tempo-b", namespace: "monitoring" },
  ];
  for (const method of ["job", "annotations", "serviceMonitor"] as const) {
    it(`tells them apart, and which of them is gone: ${method}`, async () => {
      const all = stacks.map((changes) => parseConfig({ kubeContext: "c", scrape: { method }, ...changes }));
      const pages = await Promise.all(
        all.map(async (settings, index) => ({
          settings,
          tempo: await serveTexts({
            "/metrics": `tempo_build_info{version="2.10.1"} 1\nprocess_start_time_seconds ${index}\ntempo_ingester_live_traces{tenant="single-tenant"} ${index + 1}\n`,
          }),
          guard: await serveTexts({ "/metrics/": `tempo_volume_used_bytes ${index + 10}\n` }),
        })),
      );
      const targets = pages.flatMap(({ settings, tempo, guard }) => [
        { settings, part: "tempo" as const, address: tempo.address },
        { settings, part: "guard" as const, address: guard.address },
      ]);
      try {
        await whileScraping(configFor(method, targets), major, async (ask) => {
          await until(async () => (await ask("up == 1")).length === 6, "not all were scraped");
          const is = async (query: string, value: number): Promise<boolean> =>
            (await ask(`(${query}) == ${value}`)).length === 1;
          for (const [index, settings] of all.entries()) {
            const own = ownSeries(settings, `tempo.${index}`);
            const tempo = tempoQueries(own);
            assert.ok(await is(tempo.scraped, 1), `${index}: scraped`);
            assert.ok(await is(tempo.liveTraces, index + 1), `${index}: live traces`);
            assert.ok(await is(storageQueries(own, 1).usedBytes, index + 10), `${index}: used`);
          }
          await pages[0]?.tempo.stop();
          const [first, second, third] = all.map((settings, index) => tempoQueries(ownSeries(settings, `${index}`)));
          assert.ok(first && second && third);
          await until(() => is(first.scraped, 0), "the first one was not missed");
          assert.ok((await is(second.scraped, 1)) && (await is(third.scraped, 1)));
          assert.deepEqual(await ask(first.liveTraces), []);
        });
      } finally {
        await Promise.all(pages.flatMap(({ tempo, guard }) => [tempo.stop().catch(() => undefined), guard.stop()]));
      }
    });
  }

  it("takes the jobs of all of them in one file", async () => {
    const jobs = stacks.flatMap((changes) => (parse(textOf(changes)) as { scrape_configs: Job[] }).scrape_configs);
    assert.equal(await promtoolSays(promtoolOf(major), stringify({ scrape_configs: jobs })), undefined);
  });
});

/** The jobs, often, at other addresses by the label `job`, and otherwise as they are. */
function redirected(text: string, addresses: Readonly<Record<string, string>>): string {
  const { scrape_configs } = parse(text) as { scrape_configs: Job[] };
  const jobs = scrape_configs.map((job) => ({
    ...job,
    scrape_interval: "1s",
    static_configs: job.static_configs.map(({ labels }) => ({
      targets: [addresses[labels?.job ?? ""] ?? `no address for ${job.job_name}`],
      labels,
    })),
  }));
  return stringify({ scrape_configs: jobs });
}
