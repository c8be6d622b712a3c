/**
 * A real Tempo with the rendered configuration: what a browser asks of its receiver, how large a message it takes, and
 * by what a Prometheus behind a proxy that looks at every request knows it.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { DATA_PATH } from "../../../components/contracts/dataPath";
import { renderTempoYaml } from "../../../components/tempo/tempoYaml";
import { ports } from "../../../components/contracts/ports";
import { request } from "../../../lib/http/request";
import { parseConfig, type Config } from "../../stack/settings/parse";
import { findPrometheus, findTempo } from "../../support/findProgram";
import { freePorts, Lab } from "../../support/lab";
import { skipWithout } from "../../support/skip";

const deadline = 60_000;

/** Asks until an answer is the one that is waited for. */
async function until<T>(lab: Lab, what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + deadline;
  while (Date.now() < end) {
    lab.assertAlive();
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    await sleep(200);
  }
  throw new Error(`${what} not within ${deadline / 1_000} s\n${lab.tails()}`);
}

const isReady = (url: string) => async () => ((await request(url, {})).status === 200 ? true : undefined);

/** Starts it. @param edit of the configuration's text: paths and addresses of this machine */
async function startTempo(
  lab: Lab,
  tempo: string,
  config: Config,
  secrets: readonly string[],
  edit: (text: string) => string,
) {
  const [http, otlpHttp, otlpGrpc] = await freePorts();
  const [grpc] = await freePorts();
  const yaml = renderTempoYaml(parseConfig({ kubeContext: "c", ...config }, secrets), "o")
    .replace("server:\n", "server:\n  http_listen_address: 127.0.0.1\n")
    .replace(`http_listen_port: ${ports.http}`, `http_listen_port: ${http}`)
    .replace(`grpc_listen_port: ${ports.grpc}`, `grpc_listen_port: ${grpc}`)
    .replace(`0.0.0.0:${ports.otlpGrpc}`, `127.0.0.1:${otlpGrpc}`)
    .replace(`0.0.0.0:${ports.otlpHttp}`, `127.0.0.1:${otlpHttp}`)
    .replaceAll(DATA_PATH, lab.path("data"));
  lab.spawn(tempo, [`-config.file=${lab.write("tempo.yaml", edit(yaml))}`]);
  await until(lab, "tempo was ready", isReady(`http://127.0.0.1:${http}/ready`));
  return { query: `http://127.0.0.1:${http}`, otlp: `http://127.0.0.1:${otlpHttp}/v1/traces` };
}

/** A message of spans, each a trace of its own. */
function spans(count: number, resource = "", attribute = ""): string {
  const now = Date.now();
  const pair = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const scope = {
    spans: Array.from({ length: count }, () => ({
      traceId: randomBytes(16).toString("hex"),
      spanId: randomBytes(8).toString("hex"),
      name: "GET /",
      kind: 2,
      startTimeUnixNano: `${now - 10}000000`,
      endTimeUnixNano: `${now}000000`,
      attributes: [pair("a", attribute)],
    })),
  };
  return JSON.stringify({
    resourceSpans: [
      { resource: { attributes: [pair("service.name", "shop"), pair("r", resource)] }, scopeSpans: [scope] },
    ],
  });
}

const JSON_TYPE = { "Content-Type": "application/json" };

describe("a real Tempo", function () {
  this.timeout(240_000);
  let lab: Lab;
  let tempo = "";
  before(function () {
    const found = findTempo();
    skipWithout(this, found);
    if ("tempo" in found) tempo = found.tempo;
  });
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.stop());

  it("answers a browser of the origins that may send, and no other", async () => {
    const cors = {
      allowedOrigins: ["https://app.example.com", "https://*.shop.example.com"],
      allowedHeaders: ["traceparent"],
      maxAge: "2h",
    };
    const { otlp } = await startTempo(lab, tempo, { receiver: { cors } }, [], (text) => text);
    const preflight = (Origin: string) =>
      request(otlp, {
        method: "OPTIONS",
        headers: {
          Origin,
          "Access-Control-Request-Method": "POST",
          "Access-Control-Request-Headers": "content-type,traceparent",
        },
      });
    for (const origin of ["https://app.example.com", "https://a.shop.example.com"]) {
      const { headers } = await preflight(origin);
      assert.equal(headers["access-control-allow-origin"], origin);
      assert.equal(headers["access-control-allow-headers"], "content-type,traceparent");
      assert.equal(headers["access-control-max-age"], "7200");
      const sent = await request(otlp, { method: "POST", headers: { ...JSON_TYPE, Origin: origin } }, spans(1));
      assert.deepEqual([sent.status, sent.headers["access-control-allow-origin"]], [200, origin]);
    }
    for (const origin of ["https://evil.example.com", "http://app.example.com"]) {
      assert.equal((await preflight(origin)).headers["access-control-allow-origin"], undefined, origin);
    }
  });

  it("takes a message as large as it is told, whose resource is repeated for each trace, and none that is larger", async () => {
    const config = { receiver: { maxMessageSize: "8Mi" }, limits: { ingestionBurst: "16Mi" } };
    const { otlp } = await startTempo(lab, tempo, config, [], (text) => text);
    const post = async (message: string) =>
      (await request(otlp, { method: "POST", headers: JSON_TYPE }, message)).status;
    const message = spans(18_000, "r".repeat(1_200), "a".repeat(200));
    assert.ok(message.length > 7 * 2 ** 20 && message.length < 8 * 2 ** 20, `${message.length} bytes`);
    assert.equal(await post(message), 200);
    assert.notEqual(await post(spans(20_000, "", "a".repeat(300))), 200);
  });

  it("is known to a receiver of remote writes by a user, a tenant and a header, and writes its series there", async function () {
    const found = findPrometheus();
    skipWithout(this, found);
    if ("missing" in found) return;
    const [port] = await freePorts();
    lab.spawn(found.prometheus, [
      `--config.file=${lab.write("prometheus.yaml", "{}\n")}`,
      `--storage.tsdb.path=${lab.path("tsdb")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--web.enable-remote-write-receiver",
    ]);
    const prometheus = `http://127.0.0.1:${port}`;
    await until(lab, "prometheus was ready", isReady(`${prometheus}/-/ready`));
    const proxy = await startProxy(prometheus);
    try {
      const password = `p"a'ss: # $HOME \\ ü`;
      const remote = {
        remoteWriteUrl: `${proxy.url}/api/v1/write`,
        tenant: "team-a",
        headers: { "X-Key": "k: $1" },
        auth: { username: "me", credential: password },
      };
      const files = [
        ["credential", password],
        ["header-x-key", "k: $1"],
      ] as const;
      for (const [name, content] of files) lab.write(name, `${content}\n`);
      const { otlp } = await startTempo(
        lab,
        tempo,
        { prometheus: remote, metricsGenerator: { collectionInterval: "1s" } },
        ["prometheus"],
        (text) => {
          assert.ok(!text.includes(password) && !text.includes("k: $1"));
          return text.replaceAll("/etc/tempo-remote-write", lab.path("."));
        },
      );
      await request(otlp, { method: "POST", headers: JSON_TYPE }, spans(1));
      const query = `${prometheus}/api/v1/query?query=traces_spanmetrics_calls_total`;
      const series = await until(lab, "the series were there", async () => {
        const { data } = JSON.parse((await request(query, {})).text) as { data: { result: { metric: object }[] } };
        return data.result[0]?.metric;
      });
      assert.equal(Reflect.get(series, "service"), "shop");
      const [seen] = proxy.requests;
      assert.equal(seen?.authorization, `Basic ${Buffer.from(`me:${password}`).toString("base64")}`);
      assert.equal(seen["x-scope-orgid"], "team-a");
      assert.equal(seen["x-key"], "k: $1");
    } finally {
      proxy.server.close();
      proxy.server.closeAllConnections();
    }
  });
});

/** Notes the headers of each request, and passes it on. */
async function startProxy(target: string): Promise<{ server: Server; url: string; requests: IncomingHttpHeaders[] }> {
  const requests: IncomingHttpHeaders[] = [];
  const server = createServer((incoming, outgoing) => {
    requests.push(incoming.headers);
    void (async () => {
      const body = await buffer(incoming);
      const answer = await fetch(`${target}${incoming.url ?? ""}`, {
        method: "POST",
        headers: {
          "Content-Type": "application/x-protobuf",
          "Content-Encoding": "snappy",
          "X-Prometheus-Remote-Write-Version": "0.1.0",
        },
        body,
      });
      outgoing.writeHead(answer.status).end(await answer.text());
    })();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
