import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttps, request as requestHttps } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { request as requestHttp, type RequestListener } from "node:http";
import { openGrafana } from "../../components/grafana/api/live";
import { agentFor, reasonOf, request } from "../../lib/http/request";
import { startEngine } from "../../bench/program/engine";
import { ours } from "../../bench/program/programs";
import { startWorld } from "../../bench/program/world";
import { runOnce } from "../../bench/lib/turns";
import { measure } from "../../tools/capacity/measure";
import { upsertComment } from "../../tools/comment/api";
import { readStackConfig } from "../../tools/offline/project";
import { Endpoint } from "../../tools/verify/lib/http";
import { send } from "../../tools/verify/lib/send";
import { makeTrace } from "../../tools/verify/lib/trace";
import type { Party } from "../../tools/verify/lib/failure";
import { ROOT } from "./program/stacks";
import { findOpenssl } from "../support/findProgram";
import { OtlpReceiver } from "../support/otlpReceiver";
import { skipWithout } from "../support/skip";
import { Authority, type Pair } from "../lib/kubernetes/support/certificates";
import { startHttpProxy, startSocksProxy, type ProxyOptions, type TestProxy } from "./support/proxies";
import { ANYBODY } from "../support/anybody";

const VARIABLES = [
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "NO_PROXY",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "grpc_proxy",
  "no_grpc_proxy",
];

describe("behind proxies and private authorities", function () {
  let folder: string;
  let authority: Pair;
  let server: Pair;
  let stranger: Pair;
  const servers: Server[] = [];
  const proxies: TestProxy[] = [];
  const before_ = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));

  before(function () {
    folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-proxies-"));
    const found = findOpenssl();
    skipWithout(this, found);
    if ("missing" in found) return;
    const make = new Authority(found.openssl, folder);
    authority = make.root("authority");
    stranger = make.root("stranger");
    const names = ["api", "grafana", "prometheus", "forge", "tempo"].map((name) => `DNS:${name}.example.test`);
    server = make.signed("server", authority, [...names, "IP:127.0.0.1"].join(","));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    for (const name of VARIABLES) Reflect.deleteProperty(process.env, name);
  });
  afterEach(async () => {
    for (const [name, value] of Object.entries(before_)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    for (const each of servers.splice(0)) each.close();
    await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
  });

  /** @returns the port of a server with a certificate of the authority */
  async function serve(answer: RequestListener): Promise<number> {
    const made = createHttps({ cert: server.cert, key: server.keyText }, answer);
    servers.push(made);
    await new Promise<void>((listening) => made.listen(0, "127.0.0.1", listening));
    return (made.address() as AddressInfo).port;
  }

  async function proxy(options: ProxyOptions = {}): Promise<TestProxy> {
    const made = await startHttpProxy(options);
    proxies.push(made);
    return made;
  }

  /** A server that counts, and gives back what it was sent. */
  async function echo(): Promise<{ port: number; bodies: string[] }> {
    const bodies: string[] = [];
    const port = await serve((message, response) => {
      let body = "";
      message.on("data", (text: Buffer) => (body += text.toString()));
      message.on("end", () => {
        bodies.push(body);
        response.end(`${message.url} ${message.headers.authorization ?? ""}`);
      });
    });
    return { port, bodies };
  }

  const ask = (url: string, options: object = {}): Promise<{ text: string }> =>
    request(url, { signal: AbortSignal.timeout(60_000), ...options });

  for (const [kind, start] of [
    ["http", () => startHttpProxy()],
    ["https", () => startHttpProxy({ tls: { cert: server.cert, key: server.keyText } })],
    ["socks5", () => startSocksProxy()],
  ] as const) {
    it(`a request goes through a proxy that speaks ${kind}, which does not see its credential`, async () => {
      const through = await start();
      proxies.push(through);
      const { port, bodies } = await echo();
      [process.env["HTTPS_PROXY"], process.env["SSL_CERT_FILE"]] = [through.url, authority.certificate];
      const options = {
        method: "POST",
        headers: { authorization: "Bearer secret" },
        signal: AbortSignal.timeout(60_000),
      };
      const { text } = await request(`https://api.example.test:${port}/a`, options, "body");
      assert.equal(text, "/a Bearer secret");
      // Sent once, although the authority was found at the second attempt only.
      assert.deepEqual(bodies, ["body"]);
      const what = kind === "socks5" ? "SOCKS" : "CONNECT";
      assert.deepEqual([...new Set(through.asked)], [`${what} api.example.test:${port}`]);
      assert.ok(!through.headers.includes("authorization"), through.headers.join());
    });
  }

  it("a proxy's answer is never taken for the server's", async () => {
    process.env["HTTPS_PROXY"] = (await proxy({ refuse: 407 })).url;
    await assert.rejects(ask("https://api.example.test/"), {
      message: /^the proxy 127\.0\.0\.1:\d+ answers 407 Refused$/,
    });
  });

  it("a proxy that says nothing is waited for as long as a server", async () => {
    process.env["HTTPS_PROXY"] = (await proxy({ refuse: "silence" })).url;
    const signal = AbortSignal.timeout(300);
    const error: unknown = await request("https://api.example.test/", { signal }).catch((reason: unknown) => reason);
    assert.equal(reasonOf(error, 300), "no answer within 0.3 s");
  });

  it("a proxy of another kind is refused", async () => {
    process.env["HTTPS_PROXY"] = "ftp://127.0.0.1:1";
    await assert.rejects(ask("https://api.example.test/"), {
      message: "the proxy ftp://127.0.0.1:1 is none of http, https and socks5",
    });
  });

  it("a server that nobody vouches for is refused, with what to do", async () => {
    const { port, bodies } = await echo();
    const error: unknown = await ask(`https://127.0.0.1:${port}/`).catch((reason: unknown) => reason);
    assert.match(
      reasonOf(error, 1),
      /Name the file with the certificate of its authority in \$SSL_CERT_FILE or \$NODE_EXTRA_CA_CERTS$/,
    );
    process.env["SSL_CERT_FILE"] = stranger.certificate;
    await assert.rejects(ask(`https://127.0.0.1:${port}/`));
    assert.deepEqual(bodies, []);
  });

  it("a certificate for another name is refused, through a proxy as well", async () => {
    const { port, bodies } = await echo();
    process.env["SSL_CERT_FILE"] = authority.certificate;
    process.env["HTTPS_PROXY"] = (await proxy()).url;
    for (const host of ["other.example.test", "10.0.0.1"]) {
      await assert.rejects(ask(`https://${host}:${port}/`), { code: "ERR_TLS_CERT_ALTNAME_INVALID" }, host);
    }
    assert.deepEqual(bodies, []);
  });

  it("a proxy that speaks https and is not vouched for gets nothing", async () => {
    const { port, bodies } = await echo();
    const through = await proxy({ tls: { cert: stranger.cert, key: stranger.keyText } });
    [process.env["HTTPS_PROXY"], process.env["SSL_CERT_FILE"]] = [through.url, authority.certificate];
    await assert.rejects(ask(`https://api.example.test:${port}/`));
    assert.deepEqual([through.asked, bodies], [[], []]);
  });

  it("an agent for other libraries does the same", async () => {
    const { port } = await echo();
    const through = await proxy();
    [process.env["HTTPS_PROXY"], process.env["SSL_CERT_FILE"]] = [through.url, authority.certificate];
    const url = new URL(`https://tempo.example.test:${port}/x`);
    const agent = await agentFor(url);
    const text = await new Promise((done, fail) => {
      requestHttps(url, { agent }, (response) => {
        response.on("data", (chunk: Buffer) => {
          done(chunk.toString());
        });
      })
        .on("error", fail)
        .end();
    });
    assert.equal(text, "/x ");
    assert.deepEqual(through.asked, [`CONNECT tempo.example.test:${port}`]);
  });

  it("Grafana, Prometheus, the forge and Tempo are asked through the proxy", async () => {
    const through = await proxy();
    [process.env["HTTPS_PROXY"], process.env["SSL_CERT_FILE"]] = [through.url, authority.certificate];
    const port = await serve((message, response) => {
      response.setHeader("content-type", "application/json");
      const isForge = message.headers.host?.startsWith("forge") === true;
      response.end(isForge ? "[]" : '{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}');
    });
    const at = (name: string): string => `https://${name}.example.test:${port}`;
    await openGrafana(at("grafana"), "token").get("/api/health");
    await assert.rejects(measure(new URL(at("prometheus")), ANYBODY));
    const forge = { url: at("forge"), repository: "me/tempo", token: "t" };
    assert.equal(await upsertComment(forge, 7, { author: "me", marker: "marker" }, () => "text"), "created");
    await new Endpoint(new URL(at("tempo")), { signal: new AbortController().signal, timeout: 60_000 }).get("/ready");
    assert.deepEqual(
      [...new Set(through.asked)].sort(),
      ["forge", "grafana", "prometheus", "tempo"].map((name) => `CONNECT ${name}.example.test:${port}`),
    );
  });

  for (const protocol of ["http", "grpc"] as const) {
    it(`spans by ${protocol} go through the proxy, and not where NO_PROXY has the host`, async () => {
      const through = await proxy();
      [process.env["HTTPS_PROXY"], process.env["SSL_CERT_FILE"]] = [through.url, authority.certificate];
      const receiver = new OtlpReceiver({ protocol, tls: { cert: server.cert, key: server.keyText } });
      await receiver.start();
      try {
        const { port } = new URL(receiver.url);
        const party = {
          part: "otlp",
          place: { url: new URL(`https://tempo.example.test:${port}`), from: "--otlp" },
        } as unknown as Party;
        const sending = { party, protocol, clock: { note: () => undefined }, timeout: 60_000 };
        await send(makeTrace(protocol), sending);
        assert.equal(receiver.taken.length, 2);
        assert.deepEqual([...new Set(through.asked)], [`CONNECT tempo.example.test:${port}`]);

        through.asked.splice(0);
        process.env["NO_PROXY"] = ".example.test";
        // The name is the proxy's alone: it cannot be reached without.
        await assert.rejects(send(makeTrace(protocol), { ...sending, timeout: 2_000 }));
        assert.deepEqual(through.asked, []);
      } finally {
        await receiver.stop();
      }
    });
  }

  it("the whole program checks two clusters and Grafana, and a credential plugin runs once", async () => {
    const [through, world, engine] = [await proxy(), await startWorld(), await startEngine()];
    try {
      const paths: string[] = [];
      const port = await serve((message, response) => {
        paths.push(`${message.headers.host} ${message.headers.authorization}`);
        requestHttp(`${world.url}${message.url}`, (answer) => {
          response.writeHead(answer.statusCode ?? 0, answer.headers);
          answer.pipe(response);
        }).end();
      });
      const config = readStackConfig(ROOT, "prod");
      const file = (name: string, content: object): string => {
        writeFileSync(join(folder, name), JSON.stringify(content));
        return join(folder, name);
      };
      const answer = {
        apiVersion: "client.authentication.k8s.io/v1",
        kind: "ExecCredential",
        status: { token: "from-plugin" },
      };
      const plugin = join(folder, "plugin");
      writeFileSync(
        plugin,
        `#!/bin/sh\necho run >>"${folder}/runs"\necho "log in" >&2\ncat "${file("answer", answer)}"\n`,
      );
      chmodSync(plugin, 0o755);
      const exec = { apiVersion: answer.apiVersion, command: "./plugin", interactiveMode: "Never" };
      const contexts = ["minikube-indri", "k3s-ringtail"].map((name) => ({
        name,
        context: { cluster: "c", user: "u" },
      }));
      const first = {
        clusters: [
          {
            name: "c",
            cluster: { server: `https://api.example.test:${port}`, "certificate-authority": "authority.crt" },
          },
        ],
        users: [{ name: "u", user: { exec } }],
        contexts,
      };
      // The same names, of another cluster, in a file that counts less.
      const second = {
        clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
        users: [{ name: "u", user: { token: "wrong" } }],
        contexts,
        "current-context": "elsewhere",
      };
      const { env, ...command } = ours(
        engine.address,
        ROOT,
        config,
        { ...world, url: `https://grafana.example.test:${port}` },
        folder,
      );
      const KUBECONFIG = [join(folder, "missing"), file("first", first), "", file("second", second)].join(delimiter);
      const proxied = {
        KUBECONFIG,
        HTTPS_PROXY: through.url,
        SSL_CERT_FILE: authority.certificate,
        NO_PROXY: "other.test",
      };
      await runOnce({ ...command, env: { ...env, ...proxied } });
      assert.deepEqual(
        engine.complaints.filter((text) => text.includes("could not be checked")),
        [],
      );
      assert.deepEqual([...new Set(paths)].sort(), [
        `api.example.test:${port} Bearer from-plugin`,
        `grafana.example.test:${port} Bearer bench`,
      ]);
      assert.deepEqual([...new Set(through.asked)].sort(), [
        `CONNECT api.example.test:${port}`,
        `CONNECT grafana.example.test:${port}`,
      ]);
      assert.ok(existsSync(join(folder, "runs")));
      assert.equal(readFileSync(join(folder, "runs"), "utf8"), "run\n");
    } finally {
      engine.stop();
      await world.stop();
    }
  });
});
