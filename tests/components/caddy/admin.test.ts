import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { CaddyInterrupted, openCaddy } from "../../../components/caddy/admin";
import { findCaddy, SITES, startCaddy } from "../../support/caddy";
import { skipWithout } from "../../support/skip";
import { serve } from "../../../tools/lib/loopback";

const read = { config: {}, etag: '"/config/ 1"' };
const isIt = "Is this the URL of Caddy's admin API itself?";

describe("the client of Caddy's admin API", () => {
  const running: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((stop) => stop()));
  });

  async function start(answer: RequestListener): Promise<string> {
    const { url, stop } = await serve(answer);
    running.push(stop);
    return url;
  }

  it("reads the configuration with its ETag, as a header or behind the body", async () => {
    const etag = '"/config/ 811c9dc5"';
    const newer = await start((_, response) => response.writeHead(200, { etag }).end("null\n"));
    const older = await start((_, response) => {
      response.writeHead(200, { trailer: "ETag" });
      response.write("null\n");
      response.addTrailers({ etag });
      response.end();
    });
    for (const url of [newer, `${newer}/`, older]) {
      assert.deepEqual(await openCaddy(url).read(), { config: null, etag });
    }
  });

  it("sends no header by which a newer Caddy takes it for a page in a browser", async () => {
    const names: string[] = [];
    const url = await start((request, response) => {
      names.push(...Object.keys(request.headers));
      response.end();
    });
    await openCaddy(url).write({ method: "PUT", path: ["apps"], body: {} }, read);
    assert.deepEqual(names.sort(), ["accept", "connection", "content-length", "content-type", "host", "if-match"]);
  });

  it("binds a change to what was read, and names its place", async () => {
    const asked: unknown[] = [];
    const url = await start((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        asked.push([request.method, request.url, request.headers["if-match"], body]);
        response.end();
      });
    });
    await openCaddy(url).write({ method: "PUT", path: ["apps", "a server/1", "routes", 0], body: { a: "ü" } }, read);
    await openCaddy(`${url}/caddy/`).write({ method: "DELETE", path: ["apps"] }, read);
    assert.deepEqual(asked, [
      ["PUT", "/config/apps/a%20server%2F1/routes/0", read.etag, '{"a":"ü"}'],
      ["DELETE", "/caddy/config/apps", read.etag, ""],
    ]);
  });

  it("asks again where Caddy breaks the connection, and not for ever", async () => {
    let broken = 0;
    const url = await start((request, response) => {
      if (broken++ < 3) request.socket.resetAndDestroy();
      else response.writeHead(200, { etag: read.etag }).end("{}");
    });
    assert.deepEqual(await openCaddy(url).read(), read);
    const never = await start((request) => request.socket.resetAndDestroy());
    await assert.rejects(openCaddy(never).read(), { name: "CaddySilent", message: "it ended the connection" });
    // Whether a change was made is not known; the provider looks.
    await assert.rejects(openCaddy(never).write({ method: "DELETE", path: ["apps"] }, read), CaddyInterrupted);
  });

  for (const [what, answer, error] of [
    [
      "is no Caddy",
      (_, response) => response.end("{}"),
      `GET /config/ answers without an ETag, which Caddy has from 2.5.2 on. ${isIt}`,
    ],
    [
      "has another page there",
      (_, response) => response.writeHead(200, { etag: "x" }).end("<html>"),
      `GET /config/ answers no JSON. ${isIt}`,
    ],
    ["has nothing there", (_, response) => response.writeHead(404).end(), `GET /config/ answers 404. ${isIt}`],
    [
      "sends elsewhere",
      (_, response) => response.writeHead(302, { location: "/login" }).end(),
      `GET /config/ answers 302. ${isIt}`,
    ],
    ["says nothing", () => undefined, "no answer within 0.2 s"],
    ["does not end", (_, response) => response.write("{"), "no answer within 0.2 s"],
  ] satisfies [string, RequestListener, string][]) {
    it(`is silent where the server ${what}`, async () => {
      const caddy = openCaddy(await start(answer), { read: 200, write: 200 });
      await assert.rejects(caddy.read(), { name: "CaddySilent", message: error });
    });
  }

  it("is silent where nobody listens", async () => {
    await assert.rejects(openCaddy("http://127.0.0.1:1").read(), {
      name: "CaddySilent",
      message: "connect ECONNREFUSED 127.0.0.1:1",
    });
    await assert.rejects(openCaddy("http://no.such.host.invalid:2019").read(), {
      name: "CaddySilent",
      message: /no\.such\.host\.invalid/,
    });
  });

  it("tells what Caddy says to a change", async () => {
    const answers: [number, string][] = [
      [500, '{"error":"loading new config: unknown module"}'],
      [502, "<html>Bad gateway</html>"],
      [412, '{"error":"If-Match header did not match current config hash"}'],
      [500, '{"error":"a: caching certificate: decoding certificate metadata: unexpected end of JSON input"}'],
    ];
    const url = await start((_, response) => {
      const [status, text] = answers.shift() ?? [200, ""];
      response.writeHead(status).end(text);
    });
    const write = () => openCaddy(url).write({ method: "PUT", path: ["apps"], body: {} }, read);
    await assert.rejects(write, {
      name: "CaddyRefused",
      message: "PUT /config/apps answers 500: loading new config: unknown module",
    });
    await assert.rejects(write, { message: "PUT /config/apps answers 502: <html>Bad gateway</html>" });
    await assert.rejects(write, { name: "CaddyChanged" });
    await assert.rejects(write, { name: "CaddyChanged" });
    await write();
  });

  describe("with a real Caddy", () => {
    before(function () {
      skipWithout(this, findCaddy());
    });

    it("reads it, and is refused by a name that Caddy does not allow", async () => {
      const caddy = await startCaddy({ sites: SITES });
      running.push(() => caddy.stop());
      const { config, etag } = await openCaddy(caddy.adminUrl).read();
      assert.deepEqual(config, await caddy.config());
      assert.match(etag, /^"\/config\/ [0-9a-f]{8,}"$/);
      // It runs on a host that others reach by its name only.
      const listen = new URL(caddy.adminUrl).host;
      await caddy.admin("PATCH", "/config/admin", { listen, origins: ["http://indri:2019"] });
      // Its former listener answers for a moment.
      while (
        await openCaddy(caddy.adminUrl)
          .read()
          .then(Boolean, () => false)
      )
        await sleep(20);
      await assert.rejects(openCaddy(caddy.adminUrl).read(), {
        name: "CaddyRefused",
        message:
          `it refuses this client (403: host not allowed: ${listen}). ` +
          "Write an address that it listens on, or allow the one that is used in its admin.origins",
      });
    });

    it("changes nothing that somebody else has changed since", async () => {
      const caddy = await startCaddy({ sites: SITES });
      running.push(() => caddy.stop());
      const client = openCaddy(caddy.adminUrl);
      const before = await client.read();
      const path = ["apps", "http", "servers", "srv0", "routes", 0];
      await caddy.admin("PUT", "/config/apps/http/grace_period", "10s");
      const theirs = await caddy.config();
      await assert.rejects(client.write({ method: "DELETE", path }, before), { name: "CaddyChanged" });
      assert.deepEqual(await caddy.config(), theirs);
    });
  });
});
