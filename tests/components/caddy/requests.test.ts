import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect, createServer as createHttp2Server, type Http2Server } from "node:http2";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { connect as connectTls } from "node:tls";
import { provider } from "../../../components/caddy/provider";
import { findCaddy, SITES, startCaddy, type Caddy, type CaddyOptions } from "../../support/caddy";
import { skipWithout } from "../../support/skip";
import { CLOSED_REQUESTS, READER_REQUESTS } from "../tempo/requests";
import { routeOf } from "./support";

const HOSTNAME = "tempo.ops.localhost";

/** What a request through the route is for the one who answers it, and what comes back. */
describe("requests through the route, with a real Caddy", () => {
  const running: (() => Promise<unknown>)[] = [];
  before(function () {
    skipWithout(this, findCaddy());
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((stop) => stop()));
  });

  async function start(options: CaddyOptions): Promise<Caddy> {
    const caddy = await startCaddy(options);
    running.push(() => caddy.stop());
    return caddy;
  }

  async function listen(server: Server | Http2Server): Promise<number> {
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    running.push(
      () =>
        new Promise((closed) => {
          server.close(closed);
          if ("closeAllConnections" in server) server.closeAllConnections();
        }),
    );
    return (server.address() as AddressInfo).port;
  }

  /** A Caddy of the homelab with the route. */
  async function startWithRoute(upstream: string, trust?: string): Promise<Caddy> {
    const caddy = await start({ sites: SITES, ...(trust !== undefined && { trust }) });
    await provider.create({ adminUrl: caddy.adminUrl, route: routeOf({ hostname: HOSTNAME, upstream }) });
    return caddy;
  }

  /** What a tailnet's proxy is: it ends TLS for its own name, and asks a server behind it. */
  const startProxy = async (directive: string): Promise<Caddy> => {
    const proxy = await start({ sites: `localhost {\n\t${directive}\n}\n` });
    // Its certificate comes after its start, and a handshake fails until then.
    await proxy.get("localhost");
    return proxy;
  };

  it("know the upstream by its name, in TLS as in the Host header", async () => {
    const proxy = await startProxy(
      'respond "{http.request.hostport} {http.request.tls.server_name} {http.request.proto}"',
    );
    const caddy = await startWithRoute(`https://localhost:${proxy.port}`, proxy.authority);
    assert.deepEqual(await caddy.get(HOSTNAME, "/ready"), {
      status: 200,
      text: `localhost:${proxy.port} localhost HTTP/2.0`,
    });
    // Those of others go where they went.
    assert.equal((await caddy.get("forge.ops.localhost")).text, "the forge");
    assert.equal((await caddy.get("none.ops.localhost")).status, 404);
    assert.equal((await caddy.get("ops.localhost")).text, "the domain");
  });

  it("do not reach an upstream whose certificate is not trusted", async () => {
    const proxy = await startProxy('respond "spans"');
    const caddy = await startWithRoute(`https://localhost:${proxy.port}`);
    assert.deepEqual(await caddy.get(HOSTNAME, "/ready"), { status: 502, text: "" });
  });

  it("keep the name that was asked for where there is no TLS", async () => {
    const port = await listen(createServer(({ headers: { host }, url }, response) => response.end(`${host} ${url}`)));
    const caddy = await startWithRoute(`http://127.0.0.1:${port}`);
    assert.equal((await caddy.get(HOSTNAME, "/api/search?q=%7B%7D")).text, `${HOSTNAME} /api/search?q=%7B%7D`);
  });

  it("reach the other side as they are written where readers need them, and not at all otherwise", async () => {
    const asked: string[] = [];
    const port = await listen(
      createServer(({ url }, response) => {
        asked.push(url ?? "");
        response.end("tempo");
      }),
    );
    const caddy = await startWithRoute(`http://127.0.0.1:${port}`);
    for (const target of READER_REQUESTS) {
      assert.deepEqual(await caddy.get(HOSTNAME, target), { status: 200, text: "tempo" }, target);
    }
    assert.deepEqual(asked.splice(0), READER_REQUESTS);
    for (const target of CLOSED_REQUESTS) {
      assert.deepEqual(await caddy.get(HOSTNAME, target), { status: 404, text: "" }, target);
    }
    assert.deepEqual(asked, []);
  });

  it("are answered piece by piece, and end with the one who asked", async () => {
    const ended = new Promise<void>((isEnded) => {
      void listen(
        createServer((_, response) => {
          response.write("first ");
          response.on("close", isEnded);
        }),
      ).then(ask);
    });
    async function ask(port: number): Promise<void> {
      const caddy = await startWithRoute(`http://127.0.0.1:${port}`);
      // The certificate is there.
      await caddy.get("forge.ops.localhost");
      const first = await new Promise<string>((got, fail) => {
        const options = {
          host: "127.0.0.1",
          port: caddy.port,
          servername: HOSTNAME,
          path: "/api/search",
          headers: { Host: HOSTNAME },
          ca: readFileSync(caddy.authority),
          agent: false as const,
        };
        const asked = request(options, (response) => {
          response.once("data", (chunk: Buffer) => {
            got(chunk.toString());
            asked.destroy();
          });
        });
        asked.on("error", fail);
        asked.end();
      });
      // The answer goes on; whoever has seen its beginning goes away.
      assert.equal(first, "first ");
    }
    await ended;
  });

  it("may be gRPC, with its trailers", async () => {
    const server = createHttp2Server();
    server.on("stream", (stream, headers) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => {
        stream.sendTrailers({ "grpc-status": "0", "x-path": headers[":path"] });
      });
      stream.end("message");
    });
    const port = await listen(server);
    const proxy = await startProxy(`reverse_proxy h2c://127.0.0.1:${port}`);
    const caddy = await startWithRoute(`https://localhost:${proxy.port}`, proxy.authority);
    await caddy.get("forge.ops.localhost");

    const options = { host: "127.0.0.1", port: caddy.port, servername: HOSTNAME, ca: readFileSync(caddy.authority) };
    const session = connect(`https://${HOSTNAME}`, {
      createConnection: () => connectTls({ ...options, ALPNProtocols: ["h2"] }),
    });
    running.push(
      () =>
        new Promise<void>((closed) => {
          session.close(closed);
        }),
    );
    const stream = session.request({ ":method": "POST", ":path": "/tempopb.StreamingQuerier/Search", te: "trailers" });
    const trailers = await new Promise<Record<string, unknown>>((got, fail) => {
      stream.on("trailers", got);
      stream.on("error", fail);
      stream.resume();
      stream.end("question");
    });
    assert.equal(trailers["grpc-status"], "0");
    assert.equal(trailers["x-path"], "/tempopb.StreamingQuerier/Search");
  });
});
