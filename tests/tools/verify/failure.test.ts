import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer as createHttps } from "node:https";
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from "node:net";
import type { Check } from "../../../tools/verify/lib/report";
import { Lab } from "../../support/lab";
import { skipWithout } from "../../support/skip";
import { verifyIn, type Verified } from "./support/run";
import { withEnvironment } from "../../stack/program/stacks";
import { findOpenssl } from "../../support/findProgram";
import { selfSigned } from "./support/tls";
import { World, type Answer } from "./support/world";

/** Serves on a free port while something is done with it. */
async function serving<T>(server: Server, use: (port: number) => Promise<T>): Promise<T> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    socket.on("error", () => undefined);
    sockets.add(socket);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/** An exporter tries again for as long as this. */
const unanswered = { wait: 15_000, times: { export: 4_000 } } as const;

/** All targets are one server. */
function everywhere(url: string, times = {}): Promise<Verified> {
  const all = new URL(url);
  const urls = { query: all, otlp: all, otlpGrpc: all, prometheus: all, grafana: all };
  return verifyIn({}, { urls, ...unanswered, times: { ...unanswered.times, ...times } });
}

/** What is failed by it, and which part of the explanation is the same for all. */
const parts: readonly Check[] = ["queryApi", "otlpHttp", "otlpGrpc", "prometheus", "grafana"];

function assertAll(verified: Verified, what: RegExp, causes: RegExp, checks = parts): void {
  for (const check of checks) {
    const failed = verified.failed(check);
    assert.match(failed.what, what, `${check}: ${failed.what}`);
    assert.match(failed.causes, causes, `${check}: ${failed.causes}`);
  }
}

describe("verify of servers that do not answer", function () {
  it("a name that DNS does not know", async () => {
    assertAll(
      await everywhere("http://tempo.invalid", { request: 10_000, export: 10_000 }),
      /^tempo\.invalid is not known here/,
      /misspelt, or DNS/,
    );
  });

  it("a name of the tailnet, for a machine that is not on it", async () => {
    const { failed } = await verifyIn({}, { stack: "prod", without: ["query", "otlp", "grafana"], ...unanswered });
    const dns = /^tempo(-otlp)?\.tail8d86e\.ts\.net is not known here/;
    for (const check of ["queryApi", "otlpHttp"] as const) {
      assert.match(failed(check).what, dns);
      assert.match(failed(check).causes, /not on the tailnet.*MagicDNS[\s\S]*Ingress has no ADDRESS/);
      assert.match(
        failed(check).more,
        /tailscale status[\s\S]*kubectl --context minikube-indri -n monitoring get ingresses/,
      );
    }
  });

  it("a name of the cluster: how to forward the ports", async () => {
    const given = { stack: "local", without: ["query", "otlp", "otlpGrpc"], ...unanswered } as const;
    const { failed, skipped } = await verifyIn({}, given);
    assert.match(failed("queryApi").causes, /known inside the cluster only/);
    assert.match(
      failed("queryApi").more,
      /kubectl -n monitoring port-forward service\/tempo 3200:3200 4318:4318 4317:4317\nnpm run verify -- --stack local --query-url http:\/\/localhost:3200/,
    );
    // Nobody has asked for gRPC.
    assert.match(skipped("otlpGrpc").what, /known inside the cluster only: forward its port and give --otlp-grpc-url/);
  });

  it("a port at which nothing listens", async () => {
    assertAll(
      await everywhere("http://127.0.0.1:2"),
      /^127\.0\.0\.1:2 refuses the connection/,
      /this machine, on which/,
    );
  });

  it("a server that hangs", async () => {
    await serving(createTcp(), async (port) => {
      // Each attempt waits for all of it.
      const verified = await everywhere(`http://127.0.0.1:${port}`, {
        request: 1_000,
        export: 1_000,
        beforeSending: 1_000,
      });
      assertAll(
        verified,
        /does not answer: (no answer within|the connection|Request Timeout)/,
        /a NetworkPolicy, a tailnet ACL.*or .* hangs/,
      );
    });
  });

  it("a server that ends every connection", async () => {
    const server = createTcp((socket) => {
      // With what was sent left unread, so that the other side sees a reset.
      socket.resetAndDestroy();
    });
    await serving(server, async (port) => {
      assertAll(
        await everywhere(`http://127.0.0.1:${port}`),
        /ends the connection without an answer/,
        /starting or crashing/,
      );
    });
  });

  it("https to a plain port, and HTTP/1.1 to one of gRPC, and the other way round", async () => {
    const world = await World.make();
    try {
      const plain = await everywhere(world.addresses.query.replace("http:", "https:"));
      assertAll(plain, /speaks no TLS/, /write http:\/\/127\.0\.0\.1:\d+ in --/);
      const grpc = await everywhere(world.addresses.otlpGrpc);
      const others = parts.filter((part) => part !== "otlpGrpc");
      assertAll(grpc, /speaks no HTTP\/1\.1/, /a port of gRPC/, others);
      assertAll(
        await everywhere(world.addresses.otlp),
        /speaks no gRPC/,
        /This is a receiver of OTLP over HTTP \(port 4318\)/,
        ["otlpGrpc"],
      );
    } finally {
      await world.stop();
    }
  });
});

describe("verify of certificates", function () {
  let lab: Lab;

  before(function () {
    skipWithout(this, findOpenssl());
    lab = new Lab();
  });
  after(async () => {
    await (lab as Lab | undefined)?.stop();
  });

  it("of an authority that is not known", async () => {
    const server = createSecureServer({ ...selfSigned(lab, "localhost"), allowHTTP1: true }, (_, out) => {
      out.end("echo");
    });
    await serving(server as unknown as Server, async (port) => {
      const verified = await everywhere(`https://localhost:${port}`);
      assertAll(verified, /certificate of an authority that is not known here/, /NODE_EXTRA_CA_CERTS/);
      assert.match(verified.failed("queryApi").more, /openssl s_client -connect localhost:\d+ -servername localhost/);
    });
  });

  it("for other names, and that has ended, of an authority that is known", async () => {
    const failing = (name: string, days?: number): Promise<Verified> => {
      const server = createSecureServer({ ...selfSigned(lab, name, days), allowHTTP1: true }, (_, out) => {
        out.end("echo");
      });
      return withEnvironment({ SSL_CERT_FILE: lab.path(`${name}.pem`) }, () =>
        serving(server as unknown as Server, (port) => everywhere(`https://localhost:${port}`)),
      );
    };
    assertAll(await failing("tempo"), /certificate for other names/, /not among the names/);
    assertAll(await failing("localhost", -1), /not valid now/, /has expired/);
  });

  it("is wanted where plain HTTP is spoken", async () => {
    const server = createHttps(selfSigned(lab, "localhost"));
    await serving(server, async (port) => {
      const { failed } = await everywhere(`http://127.0.0.1:${port}`);
      assert.match(failed("queryApi").causes, /may want TLS: write https/);
    });
    // As Go's servers answer.
    const told: RequestListener = (_, out) => {
      out.writeHead(400).end("Client sent an HTTP request to an HTTPS server.\n");
    };
    await serving(createServer(told), async (port) => {
      const { failed } = await everywhere(`http://127.0.0.1:${port}`);
      for (const check of ["queryApi", "otlpHttp"] as const)
        assert.match(failed(check).causes, /wants TLS: write https/);
    });
  });
});

describe("verify of servers that answer something else", function () {
  const http: readonly Check[] = ["queryApi", "otlpHttp", "prometheus", "grafana"];

  const answering = (answer: Answer): Promise<Verified> =>
    serving(createServer(answer), (port) => everywhere(`http://127.0.0.1:${port}`));

  it("a login page, by a redirect and by itself", async () => {
    const redirect = await answering((_, out) => {
      out.writeHead(302, { location: "https://user:pass@login.example.com/auth?state=secret-state" }).end();
    });
    assertAll(redirect, /redirects to https:\/\/login\.example\.com\/auth$/, /A login or another address/, http);
    const page = await answering((_, out) => {
      out.writeHead(200, { "content-type": "text/html" }).end("<html><title> Sign in </title>");
    });
    assertAll(page, /answers 200: a page titled "Sign in"/, /A login page stands in front of/, http);
  });

  it("a redirect to https, and something that is no API", async () => {
    const redirect = await answering((request, out) => {
      out.writeHead(301, { location: `https://${request.headers.host ?? ""}${request.url ?? ""}` }).end();
    });
    assertAll(redirect, /redirects to https:/, /is to be reached by https only: write https:\/\/ in/, http);
    const json = await answering((_, out) => {
      out.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
    assertAll(json, /answers 200: \{\}$/, /^That is no answer of /, http);
  });

  it("401, 403", async () => {
    for (const status of [401, 403]) {
      const verified = await answering((_, out) => {
        out.writeHead(status).end("no");
      });
      assertAll(verified, new RegExp(`answers ${status}: no`), /wants a credential|GRAFANA_AUTH|role Admin/, http);
    }
  });

  it("404, 405", async () => {
    for (const status of [404, 405]) {
      const verified = await answering((_, out) => {
        out.writeHead(status).end();
      });
      assertAll(verified, new RegExp(`answers ${status}$`), /Another server answers here/, http);
    }
  });

  it("5xx, as a proxy and as the server itself", async () => {
    const answered = await Promise.all(
      [502, 500].map((status) =>
        answering((_, out) => {
          out.writeHead(status).end("\u001b[31mno upstream\u001b[0m\n");
        }),
      ),
    );
    const causes = [/is not ready, or what is in front of it does not reach it/, /fails; its log says why/];
    for (const [index, verified] of answered.entries()) {
      // Nothing of a server's text controls the terminal. The SDK keeps what it may try again to itself.
      const what = new RegExp(`answers ${index === 0 ? 502 : 500}: \\[31mno upstream \\[0m$`);
      assertAll(verified, what, causes[index] ?? assert.fail(), http);
    }
  });

  it("each other", async () => {
    const world = await World.make();
    try {
      const { query, otlp, prometheus, grafana } = world.addresses;
      const url = (text: string): URL => new URL(text);
      const urls = {
        query: url(otlp),
        otlp: url(query),
        prometheus: url(grafana),
        grafana: url(query),
        otlpGrpc: url(query),
      };
      const { failed } = await verifyIn({}, { urls });
      assert.match(
        failed("queryApi").causes,
        /This is a receiver of OTLP over HTTP \(port 4318\)\. Tempo's query API is on port 3200\. Look at --query-url/,
      );
      assert.match(
        failed("otlpHttp").causes,
        /This is the query API of a Tempo \(port 3200\)\. The OTLP receiver is on port 4318/,
      );
      assert.match(failed("prometheus").causes, /This is a Grafana\. Look at --prometheus-url/);
      assert.match(failed("grafana").causes, /This is the query API of a Tempo/);
      const more = await verifyIn({}, { urls: { query: url(prometheus), otlp: url(grafana) } });
      assert.match(more.failed("otlpHttp").causes, /This is a Grafana/);
    } finally {
      await world.stop();
    }
  });

  it("gRPC without OTLP, and what else gRPC says", async () => {
    const cause = async (code: number, message: string): Promise<string> =>
      (await verifyIn({ grpc: { code, message } }, { without: ["prometheus", "grafana"] })).failed("otlpGrpc").causes;
    assert.match(await cause(12, "unknown service"), /A gRPC server without OTLP answers/);
    assert.match(await cause(16, "no token"), /wants a credential/);
    assert.match(await cause(13, "boom"), /its log says why/);
    assert.match(await cause(4, "deadline"), /hangs/);
  });
});
