import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { renderScrapeConfig } from "../../components/monitoring/scrapeConfig";
import { tempoQueries } from "../../components/grafana/queries/tempo";
import { parseConfig, type Config } from "../config/parse";
import { findPrometheus } from "../support/findProgram";
import { Lab } from "../support/lab";
import { serveTexts, until, whileScraping } from "./support/scraping";

const textOf = (config: Config = {}): string => renderScrapeConfig(parseConfig({ kubeContext: "c", ...config }));

/** At other addresses than those that the queries of a stack select. */
const any = tempoQueries([]);

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

const found = findPrometheus();
const reason = "missing" in found ? ` (skipped: ${found.missing})` : "";

describe(`a real Prometheus and the rendered jobs${reason}`, function () {
  this.timeout(120_000);

  before(function () {
    if (!("missing" in found)) return;
    console.error(`skipped: ${found.missing}`);
    this.skip();
  });

  const programs = () => {
    if ("missing" in found) throw new Error(found.missing);
    return found;
  };

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
      const { promtool } = programs();
      assert.equal(await promtoolSays(promtool, textOf(config)), undefined);
      assert.equal(await promtoolSays(promtool, merged(textOf(config))), undefined);
    });
  }

  it("would refuse a misspelt one, and one that is there twice", async () => {
    const { promtool } = programs();
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
      await whileScraping(redirected(textOf(), { tempo: tempo.address, "tempo-guard": guard.address }), async (ask) => {
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
      });
    } finally {
      await Promise.all([tempo.stop(), guard.stop()]);
    }
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
