import assert from "node:assert/strict";
import { isHidden, nextChange, obstacles, removal } from "../../../components/caddy/changes";
import {
  chooseServer,
  claimsOf,
  describeRoute,
  findPlaces,
  isShadowed,
  keepsChanges,
} from "../../../components/caddy/config";
import { ID, routeOf } from "./support";

type Servers = Readonly<Record<string, unknown>>;

const configOf = (servers: Servers, http: object = {}): unknown => ({ apps: { http: { ...http, servers } } });
const site = (host: string, ...routes: unknown[]) => ({
  match: [{ host: [host] }],
  handle: [{ handler: "subroute", routes }],
  terminal: true,
});
const to = (dial: string, host: string) => ({
  match: [{ host: [host] }],
  handle: [{ handler: "reverse_proxy", upstreams: [{ dial }] }],
});

const route = routeOf();
const others = [site("*.ops.localhost", to("localhost:3001", "forge.ops.localhost")), site("ops.localhost")];
const listen = [":443"];
const withRoutes = (...routes: unknown[]): unknown => configOf({ srv0: { listen, routes } });
const AT = ["apps", "http", "servers", "srv0", "routes"];

describe("the configuration of a Caddy", () => {
  describe("chooseServer", () => {
    const servers = {
      web: { listen: [":80"] },
      sites: { listen: ["127.0.0.1:8080", "tcp/:443"] },
    };

    it("takes the one that is named", () => {
      assert.deepEqual(chooseServer(configOf(servers), "web"), { name: "web" });
    });

    for (const address of [":443", "0.0.0.0:443", "[::]:443", "tcp/:443", ":440-450", "udp/:443"]) {
      it(`takes the only one that listens on 443, as ${address}`, () => {
        const config = configOf({ srv0: { listen: [":80"] }, srv1: { listen: [address] } });
        assert.deepEqual(chooseServer(config, undefined), { name: "srv1" });
      });
    }

    it("takes 443 for what the configuration says that it is", () => {
      const config = configOf({ srv0: { listen }, srv1: { listen: [":8443"] } }, { https_port: 8443 });
      assert.deepEqual(chooseServer(config, undefined), { name: "srv1" });
    });

    it("says which there are where none is meant, or more than one", () => {
      const list = "Write one of web (:80), sites (127.0.0.1:8080, tcp/:443)";
      assert.deepEqual(chooseServer(configOf(servers), "srv0"), { problem: `no HTTP server of Caddy. ${list}` });
      assert.deepEqual(chooseServer(configOf({ a: { listen: [":80", ":4430", "unix//run/443"] } }), undefined), {
        problem: "missing, and no HTTP server of Caddy listens on 443. Write one of a (:80, :4430, unix//run/443)",
      });
      assert.deepEqual(chooseServer(configOf({ a: { listen: ["192.0.2.1:443"] }, b: { listen } }), undefined), {
        problem:
          "missing, and more than one HTTP server of Caddy listens on 443. Write one of a (192.0.2.1:443), b (:443)",
      });
    });

    it("says that there is none", () => {
      for (const config of [null, {}, { apps: {} }, configOf({}), [], "text"]) {
        assert.deepEqual(chooseServer(config, undefined), {
          problem: "Caddy has no HTTP server to which a route could be added. Write a site into its configuration",
        });
      }
    });
  });

  describe("claimsOf", () => {
    const claims = (hostname: string, ...routes: unknown[]): string[] =>
      claimsOf(withRoutes(...routes), "srv0", hostname, new Set([ID])).map((path) => path.slice(4).join("/"));

    it("finds a name in routes, in any of their matchers, and in routes inside others", () => {
      assert.deepEqual(claims("forge.ops.localhost", ...others), ["routes/0/handle/0/routes/0"]);
      assert.deepEqual(claims("ops.localhost", ...others), ["routes/1"]);
      const two = { match: [{ path: ["/x"] }, { host: ["a.example", "Tempo.Ops.Localhost"], path: ["/api/*"] }] };
      assert.deepEqual(claims("tempo.ops.localhost", { handle: [] }, two), ["routes/1"]);
    });

    it("takes no wildcard for a claim, nor what is ours", () => {
      assert.deepEqual(claims("tempo.ops.localhost", route, ...others, { handle: [{ handler: "vars" }] }), []);
    });

    it("looks into one server only", () => {
      const config = configOf({ srv0: { listen }, srv1: { listen, routes: [route] } });
      assert.deepEqual(claimsOf(config, "srv0", "tempo.ops.localhost", new Set()), []);
      assert.equal(claimsOf(config, "srv1", "tempo.ops.localhost", new Set()).length, 1);
    });

    it("passes over what has not the form of a route", () => {
      for (const odd of [null, 1, "text", [], { match: {}, handle: {} }, { match: [null], handle: [null] }]) {
        assert.deepEqual(claims("tempo.ops.localhost", odd), []);
      }
    });
  });

  describe("isShadowed", () => {
    const shadows = (before: unknown): boolean => isShadowed([before, route], 1, "tempo.ops.localhost");

    it("is by what takes every request for the name", () => {
      for (const match of [
        undefined,
        [],
        [{ host: ["*.ops.localhost"] }],
        [{ host: ["x"] }, { host: ["*.*.localhost"] }],
      ]) {
        assert.equal(shadows({ ...(match && { match }), terminal: true }), true, JSON.stringify(match));
      }
    });

    it("is not by what lets some of them pass, or is for other names", () => {
      const hosts = ["ops.localhost", "*.localhost", "*.tempo.ops.localhost", "other.ops.localhost"];
      assert.equal(shadows({ match: [{ host: hosts }], terminal: true }), false);
      assert.equal(shadows({ match: [{ host: ["*.ops.localhost"], path: ["/robots.txt"] }], terminal: true }), false);
      assert.equal(shadows({ match: [{ host: ["*.ops.localhost"] }] }), false);
      assert.equal(isShadowed([route, ...others], 0, "tempo.ops.localhost"), false);
    });
  });

  it("keeps changes unless it says otherwise", () => {
    assert.equal(keepsChanges(null), true);
    assert.equal(keepsChanges({ admin: { listen: ":2019", config: { persist: true } } }), true);
    assert.equal(keepsChanges({ admin: { config: { persist: false } } }), false);
    assert.equal(keepsChanges({ admin: { config: { load: { module: "http", url: "http://config" } } } }), false);
  });

  it("has every place of an @id", () => {
    const config = { a: { "@id": ID, b: [{}, { "@id": ID }] }, "@id": "other", c: { "@id": 5 } };
    assert.deepEqual(findPlaces(config, ID), [["a"], ["a", "b", 1]]);
    assert.deepEqual(findPlaces(null, ID), []);
  });

  it("tells of a route where it leads", () => {
    assert.equal(describeRoute(withRoutes(...others), [...AT, 0]), `${AT.join("/")}/0 (to localhost:3001)`);
    assert.equal(describeRoute(withRoutes(...others), [...AT, 1]), `${AT.join("/")}/1`);
  });
});

describe("what has to change for the route", () => {
  const change = (config: unknown, server?: string) => nextChange(config, { server, route });

  it("is to put it before all others", () => {
    assert.deepEqual(change(withRoutes(...others)), { method: "PUT", path: [...AT, 0], body: route });
    assert.deepEqual(change(withRoutes()), { method: "POST", path: AT, body: route });
    assert.deepEqual(change(configOf({ srv0: { listen } })), { method: "POST", path: AT, body: [route] });
    assert.deepEqual(change(configOf({ srv0: { listen, routes: null } })), { method: "POST", path: AT, body: [route] });
  });

  it("is nothing where it is as it is wanted, wherever that is", () => {
    assert.equal(change(withRoutes(route, ...others)), undefined);
    assert.equal(change(withRoutes(site("early.ops.localhost"), route, ...others)), undefined);
    assert.equal(change(configOf({ srv0: { listen }, srv1: { listen: [":1"], routes: [route] } })), undefined);
  });

  it("is to write it where it stands", () => {
    const stale = routeOf({ upstream: "http://127.0.0.1:1" });
    const before = site("early.ops.localhost");
    assert.deepEqual(change(withRoutes(before, stale)), { method: "PATCH", path: [...AT, 1], body: route });
  });

  it("is to take it from where it gets no request, or is not wanted, first", () => {
    assert.deepEqual(change(withRoutes(...others, route)), { method: "DELETE", path: [...AT, 2] });
    const config = configOf({ srv0: { listen, routes: [route] }, srv1: { listen: [":1"] } });
    assert.deepEqual(change(config, "srv1"), { method: "DELETE", path: [...AT, 0] });
    assert.equal(isHidden(config, { server: "srv0", index: 0, path: [], route }, route), false);
  });

  it("is to take it out, and nothing that only has its @id", () => {
    assert.deepEqual(removal(withRoutes(...others, route), ID), { method: "DELETE", path: [...AT, 2] });
    assert.equal(removal(withRoutes(...others), ID), undefined);
    assert.equal(removal({ apps: { tls: { "@id": ID } } }, ID), undefined);
    assert.equal(removal(withRoutes(site("x", route)), ID), undefined);
  });
});

describe("what is in the way of the route", () => {
  const found = (
    config: unknown,
    { server = undefined as string | undefined, known = false, former = [] as string[] } = {},
  ) =>
    obstacles(config, { server, route }, known, former).map(({ key, found: value, message }) =>
      [key, value, message.replaceAll(AT.slice(0, 4).join("/"), "…")].join(" | "),
    );

  it("is nothing in a Caddy without it, or with it", () => {
    assert.deepEqual(found(withRoutes(...others)), []);
    assert.deepEqual(found(withRoutes(...others, route)), []);
  });

  it("is a server that is not there", () => {
    const which = "Write one of srv0 (:443)";
    assert.deepEqual(found(withRoutes(), { server: "srv1" }), [`server | "srv1" | no HTTP server of Caddy. ${which}`]);
    assert.match(found(configOf({ a: { listen: [":80"] } })).join(), /^server \| {2}\| missing, and no HTTP server /);
  });

  it("is not the choice of a server where it has one", () => {
    const two = configOf({ srv0: { listen, routes: [route] }, srv1: { listen: ["192.0.2.1:443"] } });
    assert.deepEqual(found(two), []);
    assert.equal(found(two, { server: "srv2" }).length, 1);
  });

  it("is every route of others for the name", () => {
    const claim = (place: string): string =>
      `hostname | "tempo.ops.localhost" | Caddy has a route for it that is not of this stack: …/${place}. ` +
      "Take it out of Caddy's configuration, write another name, or leave adminUrl out and keep that route";
    const theirs = to("localhost:3200", "tempo.ops.localhost");
    assert.deepEqual(found(withRoutes(theirs, site("*.ops.localhost", theirs))), [
      claim("routes/0 (to localhost:3200)"),
      claim("routes/1/handle/0/routes/0 (to localhost:3200)"),
    ]);
    // The stack was renamed, and its route with it.
    const old = { ...route, "@id": "pulumi-tempo.old" };
    assert.deepEqual(found(withRoutes(old)), [claim("routes/0 (to tempo.tail8d86e.ts.net:443)")]);
    assert.deepEqual(found(withRoutes(old), { former: ["pulumi-tempo.old"] }), []);
  });

  it("is anything else with its @id", () => {
    const strange = (place: string): string =>
      `adminUrl |  | the @id ${ID}, which names the route of this stack, is that of something else in Caddy: ${place}. ` +
      "Give it another @id, or take it out";
    const elsewhere = { ...(withRoutes() as object), logging: { "@id": ID } };
    assert.deepEqual(found(elsewhere), [strange("logging")]);
    assert.deepEqual(found(withRoutes(site("*.ops.localhost", { "@id": ID }))), [
      strange("…/routes/0/handle/0/routes/0"),
    ]);
    assert.deepEqual(found(withRoutes(route, { ...others[0], "@id": ID })), [
      strange("…/routes/1 (to localhost:3001)"),
    ]);
    assert.deepEqual(found(withRoutes(route, route)), [strange("…/routes/1 (to tempo.tail8d86e.ts.net:443)")]);
  });

  it("is not its own route under an earlier name, which only the state can tell", () => {
    const renamed = withRoutes({ ...route, match: [{ host: ["old.ops.localhost"] }] });
    assert.equal(found(renamed).length, 1);
    assert.deepEqual(found(renamed, { known: true }), []);
  });
});
