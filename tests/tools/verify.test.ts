import assert from "node:assert/strict";
import { USAGE } from "../../tools/verify/lib/arguments";
import type { Report } from "../../tools/verify/lib/report";
import { startTool, type Result } from "../support/tool";
import { TOKEN, World, type Weather } from "./verify/support/world";

/** `npm run verify -- ARGS`, without npm. */
function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return startTool("tools/verify", args, { GRAFANA_AUTH: "", ...environment });
}

function verify(args: readonly string[], environment?: Record<string, string>): Promise<Result> {
  return start(args, environment).result;
}

async function inWorld<T>(weather: Weather, use: (urls: readonly string[], world: World) => Promise<T>): Promise<T> {
  const world = await World.make(weather);
  try {
    const { query, otlp, otlpGrpc, prometheus, grafana } = world.addresses;
    const urls = ["--query-url", query, "--otlp-url", otlp, "--otlp-grpc-url", otlpGrpc];
    return await use([...urls, "--prometheus-url", prometheus, "--grafana-url", grafana], world);
  } finally {
    await world.stop();
  }
}

describe("npm run verify", function () {
  it("prints a table, its progress beside it, and ends with 0", async () => {
    const { status, stdout, stderr } = await inWorld({}, (urls) => verify(urls, { GRAFANA_AUTH: TOKEN }));
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /^Tempo: query http:\/\/127\.0\.0\.1:\d+, otlp/);
    assert.match(stdout, /^passed {2}Exemplar +\d+\.\d\d s {2}the label traceID has the trace's ID$/m);
    assert.match(stdout, /^14 passed, 0 failed, 0 skipped in /m);
    assert.match(stderr, /^\[\d+ s of 3 min\] Trace by ID: passed$/m);
    assert.ok(!(stdout + stderr).includes("glsa_"));
    // No terminal's control sequences in a log.
    assert.ok(!stderr.includes("\u001b"));
  });

  it("--json has the same as data, and nothing else is on standard output", async () => {
    const weather: Weather = { exemplars: false, flags: { "enable-feature": "" } };
    const { status, stdout } = await inWorld(weather, (urls) =>
      verify([...urls, "--json", "--timeout", "30s"], { GRAFANA_AUTH: TOKEN }),
    );
    assert.equal(status, 1);
    const report = JSON.parse(stdout) as Report;
    assert.deepEqual([report.passed, report.failed, report.skipped], [13, 1, 0]);
    const failed = report.checks.find(({ status: ended }) => ended === "failed");
    assert.equal(failed?.check, "exemplar");
    assert.ok((failed.causes ?? []).length > 0);
    const passed = report.checks.find(({ check }) => check === "spanMetrics");
    assert.equal(typeof passed?.took, "number");
  });

  it("takes what is not given from the stack", async () => {
    const { status, stdout } = await inWorld({}, (urls) =>
      verify(["--stack", "prod", ...urls.slice(0, 4), ...urls.slice(6)], { GRAFANA_AUTH: TOKEN }),
    );
    assert.equal(status, 0, stdout);
    assert.match(stdout, /^Stack prod: query http/);
    assert.match(stdout, /^skipped {2}OTLP over gRPC +tempo\.monitoring\.svc\.cluster\.local:4317 is known inside/m);
  });

  it("ends cleanly by Ctrl-C, with what is known by then", async () => {
    await inWorld({ calls: false, edge: false, config: "" }, async (urls, world) => {
      const { child, result } = start(urls, { GRAFANA_AUTH: TOKEN });
      while (world.spans.length < 4 && child.exitCode === null) await new Promise((done) => setTimeout(done, 100));
      setTimeout(() => child.kill("SIGINT"), 1_000);
      const { status, stdout } = await result;
      assert.equal(status, 130, stdout);
      assert.match(stdout, /^skipped {2}Span metrics +interrupted$/m);
      assert.match(stdout, /, 0 failed, \d+ skipped in .*, interrupted$/m);
    });
  });

  it("never shows a credential, though servers repeat it", async () => {
    const repeating: Weather["query"] = (request, out) => {
      const { authorization = "" } = request.headers;
      const plain = Buffer.from(authorization.replace("Basic ", ""), "base64").toString();
      out.writeHead(500).end(`no ${authorization} no ${plain}`);
    };
    const run = (format: readonly string[]): Promise<Result> =>
      inWorld({ query: repeating, grafana: repeating, otlp: repeating }, (urls) => {
        const words = urls.map((url, at) => (at === 1 || at === 3 ? url.replace("//", "//reader:s3cr3tpass@") : url));
        return verify([...words, ...format, "--timeout", "10s"], { GRAFANA_AUTH: TOKEN });
      });
    for (const { status, stdout, stderr } of await Promise.all([run([]), run(["--json"])])) {
      assert.equal(status, 1);
      assert.match(stdout, /\[secret\]/);
      assert.doesNotMatch(stdout + stderr, /s3cr3tpass|cmVhZGVyOnMz|glsa_/);
    }
  });

  it("tells what is wrong with its words, and ends with 2", async () => {
    const none = await verify([]);
    assert.deepEqual([none.status, none.stdout], [2, ""]);
    assert.match(none.stderr, /^--query-url: missing/);
    assert.ok(none.stderr.includes(USAGE));
    const stack = await verify(["--stack", "porsche"]);
    assert.equal(stack.status, 2);
    assert.match(stack.stderr, /^--stack porsche: There is no Pulumi\.porsche\.yaml\. The stacks here: .*prod/);
    const help = await verify(["--help"]);
    assert.deepEqual([help.status, help.stdout], [0, `${USAGE}\n`]);
  });
});
