import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureReady, renderReady, type ReadyOptions } from "../../bench/ready";
import { openBenchCluster, type BenchCluster } from "../../bench/ready/cluster";
import { serve, type Served } from "../../tools/lib/loopback";
import { ROOT } from "../stack/program/stacks";

describe("the time to ready", function () {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-ready-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** A `pulumi` that writes down what it is asked for and where, and fails at one command. */
  function pulumi(failing = ""): string {
    const path = join(folder, "pulumi");
    const lines = [
      "#!/bin/sh",
      `echo "$1 $(basename "$PWD")" >> "${join(folder, "log")}"`,
      `if [ "$1" = version ]; then echo v3.0.0; fi`,
      `if [ "$1" = "${failing}" ]; then echo "error: no such chart" >&2; exit 255; fi`,
    ];
    writeFileSync(path, lines.join("\n"));
    chmodSync(path, 0o755);
    return path;
  }
  const log = (): string[] =>
    existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8").trim().split("\n") : [];

  /** A cluster whose Tempo takes spans a moment after an `up` or the deletion of its pod. */
  function cluster(existing: readonly string[] = []): BenchCluster & { readonly done: readonly string[] } {
    const done: string[] = [];
    let refusals = 2;
    return {
      done,
      namespaceExists: (name) => Promise.resolve(existing.includes(name)),
      takesSpan: () => Promise.resolve(log().at(-1)?.startsWith("up ") === true && refusals-- <= 0),
      deletePod: (namespace, name) => {
        done.push(`pod ${namespace}/${name}`);
        refusals = 2;
        return Promise.resolve();
      },
      deleteNamespace: (name) => {
        done.push(`namespace ${name}`);
        refusals = 2;
        return Promise.resolve();
      },
    };
  }

  const told: string[] = [];
  const optionsOf = (more: Partial<ReadyOptions>): ReadyOptions => ({
    root: ROOT,
    pulumi: more.pulumi ?? pulumi(),
    context: "lab",
    rounds: 1,
    settle: 0,
    tell: (text) => told.push(text),
    cluster: cluster(),
    ...more,
  });

  it("is measured in turns, the first of them uncounted, and leaves nothing behind", async () => {
    const live = cluster();
    const report = await measureReady(optionsOf({ cluster: live, chart: "/charts/tempo" }));
    const turn = ["up copy", "destroy copy", "up chart", "destroy chart"];
    assert.deepEqual(log().slice(0, -1), ["stack copy", "stack chart", ...turn, ...turn]);
    const round = ["tempo-bench", "tempo-bench-chart"].flatMap((name) => [`pod ${name}/tempo-0`, `namespace ${name}`]);
    assert.deepEqual(live.done, [...round, ...round]);
    assert.deepEqual(
      [report.version, ...report.stacks.map(({ name, rounds }) => [name, rounds.length])],
      ["v3.0.0", ["this stack", 1], ["the chart's defaults", 1]],
    );
    // Two refusals, each with a pause behind it; a timer may be a millisecond early.
    for (const { rounds } of report.stacks) {
      for (const times of rounds)
        for (const time of Object.values(times)) assert.ok(time >= 0.095 && time < 30, String(time));
    }
  });

  it("is not measured over somebody's namespace", async () => {
    const live = cluster(["tempo-bench-chart"]);
    const expected = /^Error: the namespace tempo-bench-chart exists; it is the bench's own\. Delete it/;
    await assert.rejects(measureReady(optionsOf({ cluster: live })), expected);
    assert.deepEqual([log(), live.done], [[], []]);
  });

  it("says why an up fails, and takes away what it made", async () => {
    const live = cluster();
    await assert.rejects(
      measureReady(optionsOf({ pulumi: pulumi("up"), cluster: { ...live, takesSpan: () => Promise.resolve(false) } })),
      /^Error: pulumi up failed:\nerror: no such chart/,
    );
    assert.deepEqual(log().slice(-2), ["up copy", "destroy copy"]);
    assert.deepEqual(live.done, ["namespace tempo-bench"]);
  });

  it("names the namespace that cannot be taken away", async () => {
    told.length = 0;
    await measureReady(optionsOf({ pulumi: pulumi("destroy") }));
    assert.match(told.join("\n"), /^the namespace tempo-bench is left: Error: pulumi destroy failed/m);
  });

  it("is a table, with the ratio round by round", () => {
    const stacks = [
      {
        name: "this stack",
        rounds: [
          { up: 5, restart: 10 },
          { up: 10, restart: 10 },
        ],
      },
      {
        name: "the chart's defaults",
        rounds: [
          { up: 50, restart: 20 },
          { up: 20, restart: 20 },
        ],
      },
    ];
    const lines = renderReady({ version: "v3.0.0", stacks }).split("\n");
    assert.deepEqual(lines.slice(-2), [
      "| from `up` to the first span, s | 7.5 (5.0 to 10.0) | 35.0 (20.0 to 50.0) | 6.00 (2.00 to 10.00) |",
      "| from the deletion of the pod to the next span, s | 10.0 (10.0 to 10.0) | 20.0 (20.0 to 20.0) | 2.00 (2.00 to 2.00) |",
    ]);
  });

  describe("on its cluster", () => {
    let api: Served;
    let asked: string[];
    let answers: Record<string, readonly number[]>;
    const { KUBECONFIG: before } = process.env;
    beforeEach(async () => {
      [asked, answers] = [[], {}];
      api = await serve((request, response) => {
        const question = `${request.method ?? ""} ${request.url ?? ""}`;
        const [status = 404, ...later] = answers[question] ?? [];
        if (later.length > 0) answers[question] = later;
        asked.push(question);
        request.resume();
        // Nothing is said where there is no status.
        if (status > 0) response.writeHead(status).end("{}");
      });
      const config = {
        clusters: [{ name: "lab", cluster: { server: `${api.url}/`, "insecure-skip-tls-verify": true } }],
        users: [{ name: "lab", user: { token: "t" } }],
        contexts: [{ name: "lab", context: { cluster: "lab", user: "lab" } }],
      };
      process.env["KUBECONFIG"] = join(folder, "kubeconfig");
      writeFileSync(join(folder, "kubeconfig"), JSON.stringify(config));
    });
    afterEach(async () => {
      if (before === undefined) delete process.env["KUBECONFIG"];
      else process.env["KUBECONFIG"] = before;
      await api.stop();
    });

    it("names the contexts that there are", () => {
      assert.throws(() => openBenchCluster("prod"), {
        message: '--context "prod" is not in the kubeconfig. It has: lab',
      });
    });

    it("takes a span through the Service of its namespace, or does not", async () => {
      const path = "POST /api/v1/namespaces/a/services/tempo:4318/proxy/v1/traces";
      const live = openBenchCluster("lab");
      answers[path] = [404, 503, 0, 200];
      const taken: boolean[] = [];
      for (let time = 0; time < 4; time++) taken.push(await live.takesSpan("a"));
      assert.deepEqual(taken, [false, false, false, true]);
    });

    it("deletes a namespace, and waits until it is gone", async () => {
      const live = openBenchCluster("lab");
      const path = "/api/v1/namespaces/a";
      answers[`DELETE ${path}`] = [200];
      answers[`GET ${path}`] = [200, 200, 404];
      await live.deleteNamespace("a");
      assert.deepEqual(asked, [`DELETE ${path}`, `GET ${path}`, `GET ${path}`, `GET ${path}`]);
      answers[`DELETE ${path}`] = [403];
      await assert.rejects(live.deleteNamespace("a"), /^Error: DELETE \/api\/v1\/namespaces\/a answers 403/);
    });
  });
});
