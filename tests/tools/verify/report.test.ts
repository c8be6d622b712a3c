import assert from "node:assert/strict";
import { Commands } from "../../../tools/verify/lib/commands";
import { Progress } from "../../../tools/verify/progress";
import { exitStatus, renderReport, type Outcome, type Report } from "../../../tools/verify/lib/report";
import { redactor } from "../../../tools/verify/secrets";
import { targetsOf } from "../../../tools/verify/lib/targets";
import { settingsOf } from "../../stack/program/stacks";

const causes = ["The volume is full.", "Or it is broken."];
const checks: readonly Outcome[] = [
  { check: "queryApi", title: "Query API", status: "passed", what: "Tempo 2.10.1 is ready", took: 30 },
  { check: "byId", title: "Trace by ID", status: "failed", what: "it is gone", causes, more: ["kubectl logs", "df"] },
  {
    check: "search",
    title: "TraceQL search",
    status: "failed",
    what: "no trace matches",
    causes,
    more: ["kubectl logs"],
  },
  {
    check: "spanMetrics",
    title: "Span metrics",
    status: "passed",
    what: "traces_spanmetrics_calls_total",
    took: 12_345,
  },
  { check: "grafana", title: "Grafana data source", status: "skipped", what: "no --grafana-url is given" },
];
const report: Report = {
  stack: "prod",
  targets: { query: "https://tempo.example.ts.net" },
  traces: [{ id: "4bf92f3577b34da6a3ce929d0e0e4736", protocol: "http" }],
  logLine: "level=info trace_id=4bf92f3577b34da6a3ce929d0e0e4736",
  clockBehind: -90_000,
  took: 31_000,
  interrupted: false,
  passed: 2,
  failed: 2,
  skipped: 1,
  checks,
};

const expected = `Stack prod: query https://tempo.example.ts.net
The clock of this machine is 90 s ahead of Tempo's.

passed   Query API            0.03 s  Tempo 2.10.1 is ready
FAILED   Trace by ID                  see below
FAILED   TraceQL search               see below
passed   Span metrics         12.3 s  traces_spanmetrics_calls_total
skipped  Grafana data source          no --grafana-url is given

FAILED: Trace by ID, TraceQL search
  it is gone
  no trace matches
  Likely causes:
    - The volume is full.
    - Or it is broken.
  To see more:
    kubectl logs
    df

trace 4bf92f3577b34da6a3ce929d0e0e4736 (http)
its log line would be: level=info trace_id=4bf92f3577b34da6a3ce929d0e0e4736
2 passed, 2 failed, 1 skipped in 31 s`;

describe("the report of verify", () => {
  it("has a line for each check, and what failed for one cause in one piece", () => {
    assert.equal(renderReport(report), expected);
  });

  it("ends with a status", () => {
    assert.equal(exitStatus(report), 1);
    assert.equal(exitStatus({ ...report, failed: 0 }), 0);
    assert.equal(exitStatus({ ...report, interrupted: true }), 130);
  });
});

describe("the progress of verify", () => {
  it("is one line of a terminal, cut to its width and taken away", async () => {
    const written: string[] = [];
    const progress = new Progress(
      { isTTY: true, columns: 40, write: (text) => written.push(text) },
      Date.now(),
      180_000,
    );
    progress.seen("byId", "trace is not found");
    progress.seen("spanMetrics", "no such series");
    await new Promise((done) => setTimeout(done, 400));
    progress.end({ check: "byId", title: "Trace by ID", status: "passed", what: "all 2 spans" });
    progress.stop();
    assert.ok(written.length >= 2);
    assert.equal(written[0], "\r[0 s of 3 min] 0/14 done, waiting for T\u001b[K");
    assert.equal(written.at(-1), "\r\u001b[K");
    assert.ok(written.every((text) => !text.includes("\n")));
  });

  it("is a line for each check elsewhere", () => {
    const written: string[] = [];
    const progress = new Progress({ write: (text) => written.push(text) }, Date.now(), 180_000);
    progress.end({ check: "byId", title: "Trace by ID", status: "failed", what: "not found" });
    progress.end({ check: "disk", title: "Disk metrics", status: "skipped", what: "no Prometheus" });
    progress.stop();
    assert.deepEqual(written, ["[0 s of 3 min] Trace by ID: failed: not found\n"]);
  });
});

describe("what verify prints", () => {
  const urls = {
    query: new URL("https://reader:s3cr3t%21pass@tempo.example.com"),
    otlp: new URL("https://otlp.example.com"),
    grafana: new URL("https://grafana.example.com"),
  };

  it("holds no credential, in whatever form a server repeats it", () => {
    const redact = redactor(targetsOf({ urls, uids: {} }, undefined, "admin:hunter22", "", ""));
    const forms = [
      "s3cr3t!pass",
      "s3cr3t%21pass",
      Buffer.from("reader:s3cr3t!pass").toString("base64"),
      "hunter22",
      "admin:hunter22",
      Buffer.from("admin:hunter22").toString("base64"),
    ];
    for (const form of forms) assert.equal(redact(`a ${form} b`), "a [secret] b");
    assert.equal(redact("nothing to hide"), "nothing to hide");
  });

  it("has commands with the stack's names, and the variable in place of Grafana's credential", () => {
    const settings = settingsOf("prod", { namespace: "tracing", name: "traces" });
    const commands = new Commands(targetsOf({ urls, uids: {}, stack: "prod" }, settings, "glsa_x", "", "tempo.prod"));
    assert.deepEqual(commands.tempoLog("no space left|error"), [
      "kubectl --context minikube-indri -n tracing logs traces-0 -c tempo --since=15m | grep -iE 'no space left|error'",
    ]);
    assert.deepEqual(commands.guardPage(), [
      "kubectl --context minikube-indri -n tracing get --raw /api/v1/namespaces/tracing/services/traces-guard:3201/proxy/metrics/ | grep -v '^#'",
    ]);
    assert.deepEqual(commands.countersLike("tempo_x"), [
      "curl -sS https://tempo.example.com/metrics | grep -E '^(tempo_x)'",
    ]);
    assert.deepEqual(commands.prometheus("/api/v1/query", { query: 'up{job="x"}' }, "prom"), [
      `curl -sS -G -H "Authorization: Bearer $GRAFANA_AUTH" https://grafana.example.com/api/datasources/proxy/uid/prom/api/v1/query --data-urlencode 'query=up{job="x"}'`,
    ]);
    const unknown = new Commands(targetsOf({ urls, uids: {}, orgId: "home" }, undefined, "user:pass", "", ""));
    assert.deepEqual(unknown.tempoLog("x"), []);
    assert.deepEqual(unknown.tempo("/status/config"), [
      "curl -sS -H 'X-Scope-OrgID: home' https://tempo.example.com/status/config",
    ]);
    assert.deepEqual(unknown.grafana("/api/health"), [
      'curl -sS -u "$GRAFANA_AUTH" https://grafana.example.com/api/health',
    ]);
  });
});
