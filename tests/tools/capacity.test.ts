import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { ownSeries } from "../../components/grafana/queries/own";
import { settingsOf } from "../stack/program/stacks";
import { describePrometheus } from "../support/describePrometheus";
import type { Prometheus } from "../support/prometheus";
import { startTool, type Result } from "../support/tool";
import { ArgumentsError, readArguments } from "../../tools/capacity/arguments";
import { measure, type Measured } from "../../tools/capacity/measure";
import type { Report } from "../../tools/capacity/report";
import { serve } from "../../tools/lib/loopback";

const OWN = ownSeries(settingsOf("prod"), "tempo.prod");

/** `npm run capacity -- ARGS`, without npm. */
function capacity(...args: string[]): Promise<Result> {
  return startTool("tools/capacity", args).result;
}

async function reportOf(...args: string[]): Promise<Report> {
  const { status, stdout, stderr } = await capacity(...args, "--json");
  assert.deepEqual([status, stderr], [0, ""]);
  return JSON.parse(stdout) as Report;
}

/** Serves on a free port while something is done with its URL. */
async function serving<T>(answer: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
  const { url, stop } = await serve(answer);
  try {
    return await use(url);
  } finally {
    await stop();
  }
}

/** What a Prometheus answers whose queries of a metric have these values, and all others none. */
function prometheusWith(values: Readonly<Record<string, number>>, seen: string[] = []): RequestListener {
  return (request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const query = new URLSearchParams(body).get("query") ?? "";
      seen.push(`${request.headers.authorization ?? ""} ${request.url ?? ""} ${query}`);
      const found = Object.entries(values).find(([part]) => query.includes(part));
      const result = found ? [{ metric: {}, value: [0, String(found[1])] }] : [];
      const data =
        query === "time()" ? { resultType: "scalar", result: [0, "200000"] } : { resultType: "vector", result };
      response.end(JSON.stringify({ status: "success", data }));
    });
  };
}

const telling = {
  "timestamp(tempo_distributor_spans_received_total": 100_000,
  "rate(tempo_distributor_spans_received_total": 40,
  "rate(tempo_distributor_bytes_received_total": 12_000,
  "rate(tempo_ingester_traces_created_total": 8,
  tempodb_backend_bytes_total: 600,
  tempo_volume_used_bytes: 2 ** 30,
};

describe("npm run capacity", function () {
  it("tells what a rate needs, how long the volume lasts, and what a size costs", async () => {
    const words = ["--stack", "local", "--spans-per-second", "25", "--bytes-per-span", "250", "--price", "0.08 EUR"];
    const { status, stdout, stderr } = await capacity(...words, "--retention", "7d", "--size", "10Gi");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal(stdout, expected);
  });

  const expected = `Stack local: a volume of 10Gi, retention 7d, maxSpanAge 12h

Assumed
  spans   25 per second (given)
  a span  250 bytes as sent (given)
  blocks  0.42 bytes for each byte sent (docs/guides/capacity.md)
  usable  9.26 GiB: 2.5 % of the volume is its file system's, and from 95 % of the rest on nothing is planned

Needed for 7d
  1.52 GiB  blocks in the backend, until they are deleted
    18 MiB  inputs and outputs of compaction
   137 MiB  the ingester's copies of the newest blocks
   144 MiB  the generator's local blocks
  9.95 MiB  WAL of both
   149 MiB  reserve: the file system's own, and what is above the mark
  1.96 GiB  together, 0.16 EUR a month

The volume
  10Gi lasts 41.7 days at 25 spans/s.
  It holds 7d up to 132 spans/s of 250 bytes.

Rates (spans of 250 bytes as sent)
  spans/s  size for 7d  10Gi lasts   a month
        1      165 MiB  2.11 years  0.01 EUR
        5      473 MiB    200 days  0.04 EUR
       10      857 MiB    103 days  0.07 EUR
       25     1.96 GiB   41.7 days  0.16 EUR
       50     3.84 GiB   20.4 days  0.31 EUR
      100     7.59 GiB   9.63 days  0.61 EUR
      250     18.9 GiB   3.12 days  1.51 EUR
      500     37.6 GiB  23.2 hours  3.01 EUR
    1,000     75.1 GiB   too small  6.01 EUR

At the limit (limits.ingestionRate = 1M)
  Senders may send 4,000 spans/s of 250 bytes, which does not fit for 7d: from empty it is full within 84.9 minutes.
  The floor of 24h does not hold at it.
  Nothing shortens retention or refuses senders before: storage.sizeAware is false.
`;

  it("--json has the same in bytes, milliseconds and spans per second", async () => {
    const report = await reportOf("--stack", "local", "--spans-per-second", "25", "--price", "0.08");
    assert.equal(report.settings.retention, "168h");
    assert.deepEqual(report.assumed, {
      spansPerSecond: { value: 25, source: "given" },
      bytesPerSpan: { value: 250, source: "default" },
      stored: { value: 0.42, source: "default" },
    });
    const row = report.table.find(({ spansPerSecond }) => spansPerSecond === 25) ?? assert.fail();
    assert.deepEqual([row.size, row.cost], [report.needed.size, report.needed.cost]);
    assert.equal(row.lasts, report.lasts);
    assert.equal(report.needed.cost, (report.needed.size / 2 ** 30) * 0.08);
    assert.ok(report.parts.total < report.needed.size);
    assert.equal(report.atLimit.spansPerSecond, 4_000);
  });

  it("without a rate takes the highest that the volume holds", async () => {
    const report = await reportOf();
    assert.equal(report.stack, "prod");
    const { value, source } = report.assumed.spansPerSecond;
    assert.deepEqual([value, source], [report.highestRate, "highest"]);
    assert.equal(report.needed.size, report.size);
    assert.ok(Math.abs((report.lasts ?? 0) / (168 * 3_600_000) - 1) < 1e-6);
  });

  it("measures with a Prometheus, where what is given counts more", async () => {
    const [report, given] = await serving(prometheusWith(telling), (url) =>
      Promise.all([
        reportOf("--prometheus", url),
        reportOf("--prometheus", url, "--spans-per-second", "7", "--bytes-per-span", "100"),
      ]),
    );
    assert.deepEqual(report.assumed, {
      spansPerSecond: { value: 40, source: "measured" },
      bytesPerSpan: { value: 300, source: "measured" },
      // 600 bytes a trace, 8 traces a second, 12,000 bytes a second.
      stored: { value: 0.4, source: "measured" },
      measuredOver: 86_400_000,
    });
    assert.equal(report.usedNow, 2 ** 30);
    assert.deepEqual(given.assumed.spansPerSecond, { value: 7, source: "given" });
    assert.deepEqual(given.assumed.bytesPerSpan, { value: 100, source: "given" });
  });

  it("says how little a Prometheus has seen", async () => {
    const young = { ...telling, "timestamp(tempo_distributor_spans_received_total": 200_000 - 7_200 };
    const { stdout } = await serving(prometheusWith(young), (url) => capacity("--prometheus", url));
    assert.match(stdout, /40 per second \(measured over 2 hours\)/);
    assert.match(stdout, /has seen only 2 hours of Tempo: ask again after a whole day\./);
    assert.match(stdout, /It holds 1 GiB now\./);
  });

  it("tells every wrong word at once, and how it is used", async () => {
    const { status, stdout, stderr } = await capacity("--prize", "--size", "10GB", "--json=1", "--stack");
    assert.deepEqual([status, stdout], [2, ""]);
    assert.ok(
      stderr.startsWith(`--prize: an unknown option. Did you mean --price?
--size "10GB": write a Kubernetes quantity of bytes, such as 10Gi
--json takes no value. Write it alone
--stack has no value. Write the NAME of a Pulumi.NAME.yaml

npm run capacity -- [--stack NAME]`),
      stderr,
    );
  });

  it("tells how it is used when it is asked", async () => {
    const { status, stdout, stderr } = await capacity("--help");
    assert.deepEqual([status, stderr], [0, ""]);
    for (const option of ["stack", "spans-per-second", "prometheus", "bytes-per-span", "retention", "size", "price"])
      assert.ok(stdout.includes(`--${option} `), option);
  });

  it("names the stacks that there are, and a Prometheus that is not there, without a stack trace", async () => {
    const [stack, prometheus] = await Promise.all([
      capacity("--stack", "staging"),
      serving(
        () => undefined,
        (url) => Promise.resolve(url),
      ).then((closed) => capacity("--prometheus", closed)),
    ]);
    assert.deepEqual([stack.status, stack.stdout], [1, ""]);
    assert.match(stack.stderr, /^There is no Pulumi\.staging\.yaml\. The stacks here: [^\n]*\n$/);
    assert.deepEqual([prometheus.status, prometheus.stdout], [1, ""]);
    assert.match(
      prometheus.stderr,
      /^http:\/\/127\.0\.0\.1:\d+ is not to be reached \(connect ECONNREFUSED [^\n]*\)\. Is it running, [^\n]*\n$/,
    );
  });
});

describe("the words of npm run capacity", () => {
  const mistakes: [words: string[], complaint: string][] = [
    [["--spans-per-second", "0"], `--spans-per-second "0": write a number above 0, such as 25`],
    [["--spans-per-second=-3"], `--spans-per-second "-3": write a number above 0, such as 25`],
    [["--bytes-per-span", "1k"], `--bytes-per-span "1k": write a number above 0, such as 25`],
    [["--retention", "7"], `--retention "7": write a time of at least 1h, such as 168h or 7d`],
    [["--retention", "59m"], `--retention "59m": write a time of at least 1h, such as 168h or 7d`],
    [["--size", "0"], `--size "0": write a Kubernetes quantity of bytes, such as 10Gi`],
    [["--price", "free"], `--price "free": write a number and, if you like, a currency, such as "0.08 EUR"`],
    [
      ["--price", "0.08 EUR 3"],
      `--price "0.08 EUR 3": write a number and, if you like, a currency, such as "0.08 EUR"`,
    ],
    [
      ["--prometheus", "prometheus:9090"],
      `--prometheus "prometheus:9090": write an http:// or https:// URL, such as http://prometheus.example.com:9090`,
    ],
    [["25"], "25: not expected here. Every value belongs to an option"],
    [["--size", "--json"], "--size has no value. Write a Kubernetes quantity of bytes, such as 10Gi"],
    [["--size", "1Gi", "--size", "2Gi"], "--size stands there twice. Write it once"],
  ];
  for (const [words, complaint] of mistakes) {
    it(`are refused: ${words.join(" ")}`, () => {
      assert.throws(
        () => readArguments(words),
        (error: Error) => error instanceof ArgumentsError && error.message === complaint,
      );
    });
  }

  it("are read", () => {
    const words = ["--size=10Gi", "--retention", "7d", "--price", "€0.08", "--spans-per-second", "2.5", "--json"];
    const { size, retention, ...others } = readArguments(words);
    assert.deepEqual([size?.text, retention?.ms], ["10Gi", 604_800_000]);
    assert.deepEqual(others, {
      ...{ stack: "prod", help: false, json: true },
      ...{ spansPerSecond: 2.5, price: { amount: 0.08, currency: "€" } },
    });
  });
});

describe("measuring", function () {
  it("asks below the URL's path and with its credentials, and never shows them", async () => {
    const seen: string[] = [];
    await serving(prometheusWith(telling, seen), async (url) => {
      await measure(new URL(`${url.replace("http://", "http://user:p%40ss@")}/prometheus/`), OWN);
    });
    const basic = `Basic ${Buffer.from("user:p@ss").toString("base64")}`;
    for (const one of seen) assert.ok(one.startsWith(`${basic} /prometheus/api/v1/query `), one);
    await assert.rejects(
      serving(
        (_, response) => response.writeHead(401).end("no"),
        (url) => measure(new URL(url.replace("http://", "http://user:secret@")), OWN),
      ),
      (error: Error) =>
        error.message.includes("does not answer as a Prometheus does (status 401") && !error.message.includes("secret"),
    );
  });

  it("knows what is no Prometheus, and hands on what one complains about", async () => {
    const page: RequestListener = (_, response) => response.end("<html>");
    await assert.rejects(
      serving(page, (url) => measure(new URL(url), OWN)),
      /does not answer as a Prometheus does \(status 200/,
    );
    const broken: RequestListener = (_, response) =>
      response.writeHead(422).end(`{"status":"error","error":"too many samples"}`);
    await assert.rejects(
      serving(broken, (url) => measure(new URL(url), OWN)),
      /refuses a query: too many samples/,
    );
  });

  it("has nothing to go by without a Tempo, a span, or two minutes", async () => {
    const nothing: [values: Record<string, number>, complaint: RegExp][] = [
      [
        {},
        /has nothing of this stack's Tempo \(no tempo_build_info\{job="tempo", .*\}\)\. Does it scrape Tempo's port 3200\?/,
      ],
      [{ tempo_build_info: 1 }, /scrapes a Tempo that has not received a span within a day/],
      [{ "count(tempo_distributor_spans_received_total": 1 }, /has seen spans for less than two minutes/],
      [
        { ...telling, "rate(tempo_distributor_spans_received_total": 0 },
        /Tempo has not received a span for 86400s\. Give --spans-per-second/,
      ],
    ];
    for (const [values, complaint] of nothing) {
      await assert.rejects(
        serving(prometheusWith(values), (url) => measure(new URL(url), OWN)),
        complaint,
      );
    }
  });
});

describePrometheus("measuring with a real Prometheus", ["loaded", "fresh", "quiet"], (server) => {
  /** The captures are from the past: asks what is captured as if it were now. */
  function measureAt(prometheus: Prometheus): Promise<Measured> {
    const forward: RequestListener = (request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        const parameters = new URLSearchParams(body);
        parameters.set("time", String(prometheus.lastTime));
        void fetch(`${prometheus.url}${request.url ?? ""}`, { method: "POST", body: parameters })
          .then(async (answer) => response.writeHead(answer.status).end(await answer.text()))
          .catch((error: unknown) => response.writeHead(502).end(String(error)));
      });
    };
    return serving(forward, (url) => measure(new URL(url), OWN));
  }

  it("finds the rate, the size of a span and what is stored of it", async () => {
    const { window, spansPerSecond, bytesPerSpan, stored, used } = await measureAt(server("loaded"));
    // The capture has eight minutes; the first sample that a step of a minute sees may be a minute later.
    assert.ok(window >= 400_000 && window <= 480_000, `${window}`);
    // From 14,197 to 26,689 spans and from 3,992,464 to 7,501,508 bytes in 480 s.
    assert.ok(Math.abs(spansPerSecond / (12_492 / 480) - 1) < 0.02, `${spansPerSecond}`);
    assert.ok(Math.abs(bytesPerSpan / (3_509_044 / 12_492) - 1) < 0.02, `${bytesPerSpan}`);
    // 2,375,015 bytes of blocks and about 7.2 MB sent before the newest block was cut.
    assert.ok(stored !== undefined && Math.abs(stored / 0.33 - 1) < 0.05, `${stored}`);
    assert.equal(used, undefined);
  });

  it("says that there was no span", async () => {
    await assert.rejects(measureAt(server("fresh")), /scrapes a Tempo that has not received a span within a day/);
    await assert.rejects(measureAt(server("quiet")), /Tempo has not received a span for \d+s/);
  });
});
