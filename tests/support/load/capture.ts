/**
 * Writes what a Prometheus holds to a fixture of tests/fixtures/series, and which metrics Tempo's own page lists:
 * `node --require ./tools/loader.cjs tests/support/load/capture.ts --prometheus http://127.0.0.1:9090
 *  --tempo http://127.0.0.1:3200 --state loaded --minutes 8`
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeSeries, type Series } from "../series";

const folder = join(__dirname, "../../fixtures/series");
/** Two scrapes of 15 s: a rate over one minute still finds its two samples. */
const step = 30;
/** Buckets of histograms that no dashboard asks a quantile of, and parts of Tempo that this deployment does not run. */
const unwanted = [
  /^go_(?!goroutines|memstats_(alloc|heap_(alloc|inuse|sys)|next_gc|sys)_bytes$|gc_gomemlimit_bytes|info)/,
  /^net_conntrack_|^deprecated_|^process_(max_fds|network|virtual)|^prometheus_template|^scrape_/,
  /kafka|^tempo_(backend_scheduler|block_builder|live_store|buffer_pool|consul|kv|dns|spans_distance)_/,
  /_message_bytes_|^prometheus_agent_truncate|_tsdb_wal_(fsync|completed|page|record)|_histograms_|_metadata_/,
  /^tempo_(query_frontend_(actual_batch|queue_duration|retries)|distributor_traces_per_batch).*_bucket$/,
  /^prometheus_remote_storage_sent_batch.*_bucket$|^tempo_ring_(oldest|member_tokens|tokens)|_experimental_/,
];
/** Internal routes need no quantiles either. */
const internal = /^tempo_request_duration_seconds_bucket\{.*route="(?!api_|\/tempopb\.StreamingQuerier)/;
/** What an address of the laboratory is called in the cluster. */
const addresses: [RegExp, string][] = [
  [/http:\/\/127\.0\.0\.1:\d+\/api\/v1\/write/, "http://prometheus.monitoring.svc.cluster.local:9090/api/v1/write"],
  [/(?<=__metrics_gen_instance=")[^"]*/, "tempo-0"],
  [/(?<=(?:ingester|metrics_generator)=")[\d.:]+/, "127.0.0.1:9095"],
];

interface Matrix {
  data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      prometheus: { type: "string", default: "http://127.0.0.1:9090" },
      tempo: { type: "string" },
      state: { type: "string", default: "loaded" },
      minutes: { type: "string", default: "8" },
      end: { type: "string", default: String(Math.floor(Date.now() / 1000)) },
    },
  });
  const end = Math.floor(Number(values.end) / step) * step;
  const start = end - Number(values.minutes) * 60;
  const query = new URLSearchParams({ query: `{__name__!=""}[${end - start + step}s]`, time: String(end) });
  const matrix = (await (await fetch(`${values.prometheus}/api/v1/query?${query.toString()}`)).json()) as Matrix;
  const series = matrix.data.result
    .filter(({ metric }) => !unwanted.some((pattern) => pattern.test(metric["__name__"] ?? "")))
    .map(({ metric, values }) => ({ selector: selector(metric), values: onGrid(values, start, end) }))
    .filter((one) => !internal.test(one.selector) && one.values.some((value) => value !== undefined));
  writeFileSync(join(folder, `${values.state}.series`), writeSeries({ start, step, series: sorted(series) }));
  if (values.tempo !== undefined) await addNames(values.state, values.tempo);
}

/** A series as PromQL writes it, with its labels sorted. */
function selector({ __name__: name = "", ...labels }: Record<string, string>): string {
  const pairs = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
  const text = `${name}{${pairs.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(",")}}`;
  return addresses.reduce((done, [address, replacement]) => done.replace(address, replacement), text);
}

/** The newest raw sample of each step; nothing is carried over a gap. */
function onGrid(samples: [number, string][], start: number, end: number): (string | undefined)[] {
  const values = Array.from<string | undefined>({ length: (end - start) / step + 1 });
  for (const [time, value] of samples) {
    const at = Math.ceil((time - start) / step);
    if (at >= 0) values[at] = value;
  }
  return values;
}

function sorted(series: Series[]): Series[] {
  return series.sort((one, other) => (one.selector < other.selector ? -1 : 1));
}

/** Adds the names on Tempo's page to the list of all states. */
async function addNames(state: string, tempo: string): Promise<void> {
  const file = join(folder, "metrics.json");
  const known = JSON.parse(readFileSync(file, "utf8")) as Record<string, { type: string; states: string[] }>;
  const page = await (await fetch(`${tempo}/metrics`)).text();
  for (const entry of Object.values(known)) entry.states = entry.states.filter((one) => one !== state);
  // A family whose vector has no child yet is not on the page at all.
  for (const [, name = "", type = ""] of page.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const states = [...(known[name]?.states ?? []), state].sort();
    known[name] = { type, states };
  }
  const names = Object.entries(known).sort(([one], [other]) => (one < other ? -1 : 1));
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(names), null, 2)}\n`);
}

void main();
