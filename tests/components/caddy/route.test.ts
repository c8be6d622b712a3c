import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { caddyUpstream, caddyUrl, renderCaddy, routeId } from "../../../components/caddy/route";
import { READER_PATHS } from "../../../components/contracts/openPaths";
import { findCaddy } from "../../support/caddy";
import { assertGoldens } from "../../support/golden";
import { skipWithout } from "../../support/skip";
import { OWNER, routeOf, settingsOf } from "./support";

const textsOf = (section: Readonly<Record<string, unknown>> = {}) => {
  const { settings, caddy } = settingsOf(section);
  return renderCaddy(settings, caddy, OWNER);
};

/** The handler of a route that passes requests on. */
function proxyOf(section: Readonly<Record<string, unknown>> = {}): unknown {
  const [{ routes }] = routeOf(section).handle;
  return routes[0].handle[0];
}

/** What each upstream is to Caddy. */
const UPSTREAMS = [
  { upstream: "https://tempo.example.com", dial: "tempo.example.com:443", host: "tempo.example.com" },
  { upstream: "https://tempo.example.com:8443/", dial: "tempo.example.com:8443", host: "tempo.example.com:8443" },
  { upstream: "https://tempo.example.com:443", dial: "tempo.example.com:443", host: "tempo.example.com" },
  { upstream: "http://tempo.monitoring", dial: "tempo.monitoring:80" },
  { upstream: "http://192.0.2.7:31320", dial: "192.0.2.7:31320" },
  { upstream: "http://[2001:db8::7]:3200", dial: "[2001:db8::7]:3200" },
];

describe("the route of Caddy", () => {
  it("is as it was", () => {
    for (const [name, section] of [
      ["tailnet", {}],
      ["cluster", { upstream: "http://192.0.2.7:31320" }],
    ] as const) {
      const { json, caddyfile, fragment } = textsOf(section);
      const files = { "route.json": json, Caddyfile: caddyfile, "Caddyfile.fragment": fragment };
      assertGoldens(`caddy/${name}`, new Map(Object.entries(files)));
    }
  });

  it("leads to the tailnet's name for queries, unless told otherwise", () => {
    const { settings, caddy } = settingsOf();
    assert.equal(caddyUpstream(settings, caddy), "https://tempo.tail8d86e.ts.net");
    const other = settingsOf({}, { tailnet: { domain: "example.ts.net", queryHostname: "traces" } });
    assert.equal(caddyUpstream(other.settings, other.caddy), "https://traces.example.ts.net");
    const own = settingsOf({ upstream: "http://192.0.2.7:31320/" }, {});
    assert.equal(caddyUpstream(own.settings, own.caddy), "http://192.0.2.7:31320");
  });

  it("has a URL", () => {
    assert.equal(caddyUrl(settingsOf().caddy), "https://tempo.ops.localhost");
  });

  for (const { upstream, dial, host } of UPSTREAMS) {
    it(`dials ${dial} for ${upstream}${host === undefined ? ", without TLS" : ", verified, by that name"}`, () => {
      assert.deepEqual(proxyOf({ upstream }), {
        handler: "reverse_proxy",
        ...(host !== undefined && {
          headers: { request: { set: { Host: [host] } } },
          transport: { protocol: "http", tls: {} },
        }),
        upstreams: [{ dial }],
      });
    });
  }

  it("passes on what readers ask for, and answers everything else itself", () => {
    const [{ routes }] = routeOf().handle;
    const [readers, others] = routes;
    assert.deepEqual(
      readers.match[0].path,
      READER_PATHS.flatMap((path) => [path, `${path}/*`]),
    );
    assert.equal(readers.terminal, true);
    assert.deepEqual(others, { handle: [{ handler: "static_response", status_code: 404 }] });
    assert.deepEqual(routes.slice(2), []);
  });

  it("says whose it is, in a form that an address of the admin API takes", () => {
    const { "@id": id, match, terminal } = routeOf();
    assert.equal(id, routeId(OWNER));
    assert.match(id, /^[\w.-]+$/);
    assert.deepEqual(match, [{ host: ["tempo.ops.localhost"] }]);
    assert.equal(terminal, true);
  });
});

describe("the texts for Caddy, as Caddy reads them", () => {
  let caddy: string;
  let folder: string | undefined;
  before(function () {
    const found = findCaddy();
    skipWithout(this, found);
    caddy = (found as { caddy: string }).caddy;
    folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-caddy-"));
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  const run = (input: string, ...args: string[]): string =>
    execFileSync(caddy, args, { input, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });
  // `caddy adapt` reads files only.
  const adapt = (caddyfile: string): unknown => {
    const file = join(folder ?? "", "Caddyfile");
    writeFileSync(file, caddyfile);
    return JSON.parse(run("", "adapt", "--adapter", "caddyfile", "--config", file));
  };

  /** Routes of the first server, with those inside others after them. */
  function routesIn(config: unknown): { match?: unknown; handle: Record<string, unknown>[] }[] {
    const all = (routes: unknown): ReturnType<typeof routesIn> =>
      (routes as ReturnType<typeof routesIn>).flatMap((route) => [
        route,
        ...route.handle.flatMap((handler) => ("routes" in handler ? all(handler["routes"]) : [])),
      ]);
    return all(
      (config as { apps: { http: { servers: { srv0: { routes: unknown } } } } }).apps.http.servers.srv0.routes,
    );
  }

  /** The handler for a name, where its name is asked for, what it passes on, and how it answers the rest. */
  function meaningOf(config: unknown): { proxy: unknown; match: unknown; open: unknown; others: unknown } {
    const routes = routesIn(config);
    const proxies = routes.flatMap(({ handle }) => handle.filter(({ handler }) => handler === "reverse_proxy"));
    const match = routes.find((route) => JSON.stringify(route.match ?? []).includes('"tempo.ops.localhost"'))?.match;
    assert.equal(proxies.length, 1);
    const open = routes.find((route) => JSON.stringify(route.match ?? []).includes('"/api/search"'))?.match;
    const others = routes.flatMap(({ handle }) =>
      handle.flatMap(({ handler, body, status_code: status }) =>
        handler === "static_response" && body === undefined ? [status] : [],
      ),
    );
    return { proxy: proxies[0], match, open, others };
  }

  for (const { upstream } of UPSTREAMS) {
    it(`mean the same in each form, for ${upstream}`, () => {
      const { caddyfile, fragment } = textsOf({ upstream });
      const { handle, match } = routeOf({ upstream });
      const { match: open } = handle[0].routes[0];
      const inside = `*.ops.localhost {\n${fragment}\n\thandle {\n\t\trespond "unknown" 404\n\t}\n}\n`;
      for (const config of [adapt(caddyfile), adapt(inside)]) {
        assert.deepEqual(meaningOf(config), { proxy: proxyOf({ upstream }), match, open, others: [404] });
      }
    });
  }

  it("are valid", () => {
    const { caddyfile, json } = textsOf();
    run(caddyfile, "validate", "--adapter", "caddyfile", "--config", "-");
    const config = { apps: { http: { servers: { srv0: { listen: [":0"], routes: [JSON.parse(json) as unknown] } } } } };
    run(JSON.stringify(config), "validate", "--config", "-");
  });

  it("are written as `caddy fmt` writes them", () => {
    for (const section of [{}, { upstream: "http://192.0.2.7:31320" }]) {
      const { caddyfile, fragment } = textsOf(section);
      assert.equal(run(caddyfile, "fmt", "-"), caddyfile);
      assert.equal(run(fragment, "fmt", "-"), fragment);
    }
  });
});
