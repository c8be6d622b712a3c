import assert from "node:assert/strict";
import { isRoutePattern } from "../../../lib/schema/routePattern";
import { blockAt, parseAlloy, type ParsedBlock } from "../alloy/parse";
import type { Changes } from "../../stack/program/stacks";
import { transformed, type Attributes, type Span } from "./ottl";
import { configOf, variantOf } from "./variants";

function transformOf(section: Changes = {}): ParsedBlock {
  return blockAt(parseAlloy(configOf(variantOf(section))), "otelcol.processor.transform");
}
const prod = transformOf();

function spanOf(attributes: Attributes, span: Partial<Span> = {}): Span {
  return { name: "GET /", kind: "SPAN_KIND_SERVER", resource: { "service.name": "frigate" }, ...span, attributes };
}
const after = (attributes: Attributes, span: Partial<Span> = {}, transform = prod): Span =>
  transformed(transform, spanOf(attributes, span));

/** What nobody may read. */
const SECRET = "hunter2";

describe("what leaves a node", () => {
  const urls: [attribute: string, before: string, expected: string | undefined][] = [
    ["url.query", `token=${SECRET}`, undefined],
    ["url.fragment", SECRET, undefined],
    ["url.full", `https://a.example/b?token=${SECRET}`, "https://a.example/b"],
    ["url.full", `https://a.example?${SECRET}`, "https://a.example"],
    ["url.full", `https://a.example/b#${SECRET}?x`, "https://a.example/b"],
    ["url.full", `https://me:${SECRET}@a.example:8443/b@c?d`, "https://a.example:8443/b@c"],
    ["url.full", `https://${SECRET}@a.example/`, "https://a.example/"],
    ["url.full", `https://me:p@${SECRET}@a.example/b`, "https://a.example/b"],
    ["url.full", `https://a.example/b?c\n${SECRET}`, "https://a.example/b"],
    ["url.full", "https://a.example/users/@me", "https://a.example/users/@me"],
    ["url.original", `https://me:${SECRET}@a.example/b?c=${SECRET}`, "https://a.example/b"],
    ["http.url", `https://me:${SECRET}@a.example/b?c=${SECRET}`, "https://a.example/b"],
    ["http.target", `/b?c=${SECRET}&d=?${SECRET}`, "/b"],
    ["url.path", `/b?c=${SECRET}`, "/b"],
    ["url.path", "/a/b", "/a/b"],
  ];
  for (const [attribute, before, expected] of urls) {
    it(`has no query and no credentials in ${attribute}: ${before.replaceAll(SECRET, "…")}`, () => {
      // Whatever the span is: of a client, of a service that the settings do not know.
      for (const kind of ["SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_INTERNAL"]) {
        for (const resource of [{ "service.name": "frigate" }, { "service.name": "another" }, {}]) {
          assert.equal(after({ [attribute]: before }, { kind, resource }).attributes[attribute], expected);
        }
      }
    });
  }

  it("has no query in its name, where an SDK names a span by the path", () => {
    const nameOf = (name: string): string => after({}, { name, kind: "SPAN_KIND_CLIENT" }).name;
    assert.equal(nameOf(`GET /a/b?token=${SECRET}`), "GET /a/b");
    assert.equal(nameOf(`GET /?${SECRET} again`), "GET / again");
    assert.equal(nameOf(`https://a.example/b?${SECRET}`), "https://a.example/b");
    for (const name of ["UsersController#show", "GET /a/{id}", "is it so? yes", "select ?"]) {
      assert.equal(nameOf(name), name);
    }
  });

  it("says otherwise what the sender said", () => {
    const attributes = { "http.request.method": "GET", "url.scheme": "https", "server.address": "a?b", other: "c?d" };
    const span = spanOf(attributes, { kind: "SPAN_KIND_CLIENT" });
    assert.deepEqual(transformed(prod, span), {
      ...span,
      resource: { ...span.resource, "k8s.cluster.name": "ringtail" },
    });
  });
});

describe("the cluster", () => {
  const clusterOf = (resource: Attributes): string | undefined => after({}, { resource }).resource["k8s.cluster.name"];

  it("is told of spans whose sender did not, and left where it did", () => {
    assert.equal(clusterOf({}), "ringtail");
    assert.equal(clusterOf({ "k8s.cluster.name": "indri" }), "indri");
  });
});

describe("the routes of a service", () => {
  const method = { "http.request.method": "GET" };
  const request = (path: string, span: Partial<Span> = {}, section?: Changes): Span =>
    after({ ...method, "url.path": path, "http.route": "/heuristic" }, span, section && transformOf(section));

  for (const [path, route] of [
    ["/api/events/1700000000.123-abc", "/api/events/{id}"],
    ["/api/events/1700000000.123-abc/", "/api/events/{id}"],
    ["/api/events/1/thumbnail.jpg", "/api/events/{id}/{part}"],
    // The first that fits, though a later one does as well.
    ["/api/front_door/latest.jpg", "/api/{camera}/latest.jpg"],
    ["/api/front_door/latestXjpg", "/heuristic"],
    ["/api/front_door/recordings/12", "/api/{camera}/{kind}/{item}"],
    ["/api/events", "/heuristic"],
    ["/", "/heuristic"],
    ["/x/api/events/1", "/heuristic"],
  ] as const) {
    it(`make of ${path} the route ${route}, and name the span by it`, () => {
      const { name, attributes } = request(path);
      assert.deepEqual([attributes["http.route"], name], [route, `GET ${route}`]);
      assert.equal(attributes["url.path"], path);
    });
  }

  it("are those of that service alone, and of the requests that it answers", () => {
    for (const span of [
      { resource: { "service.name": "ollama" } },
      { resource: { "service.name": "frigate-notify" } },
      { resource: {} },
      { kind: "SPAN_KIND_CLIENT" },
      { kind: "SPAN_KIND_INTERNAL" },
    ]) {
      const { name, attributes } = request("/api/events/1", span);
      assert.deepEqual([attributes["http.route"], name], ["/heuristic", "GET /"], JSON.stringify(span));
    }
  });

  it("leave a span without path and one without any route as they are", () => {
    assert.equal(after(method).name, "GET /");
    assert.deepEqual(after({ ...method, "url.path": "/unknown" }).attributes["http.route"], undefined);
    assert.equal(after({ ...method, "url.path": "/unknown" }).name, "GET /");
  });

  it("make few names of ten thousand paths", () => {
    const names = new Set<string>();
    for (let index = 0; index < 10_000; index++) {
      const kind = ["", "/snapshot.jpg", "/clip.mp4"][index % 3] ?? "";
      names.add(request(`/api/events/${index}-${(index * 7919).toString(36)}${kind}`).name);
    }
    assert.deepEqual([...names].sort(), ["GET /api/events/{id}", "GET /api/events/{id}/{part}"]);
  });

  it("are looked at after queries are gone", () => {
    const { attributes } = request("/api/events/1?token=hunter2");
    assert.equal(attributes["http.route"], "/api/events/{id}");
  });

  // Each is text of the settings within a string of OTTL within a string of Alloy.
  it("stay in their strings, whatever the settings take", () => {
    const routes = ["/a.b/c+d/(e)/$1/%7B", "/~user/'q'/a=b,c;d@e!/*", "/-_.~&/{x}"].filter(isRoutePattern);
    const name = "it's `a` $name (with {braces}) and where % / é";
    const services = [{ name, namespace: "a", deployment: "a", routes }];
    assert.equal(routes.length, 3);
    const resource = { "service.name": name };
    for (const [path, route] of [
      ["/a.b/c+d/(e)/$1/%7B", routes[0]],
      ["/axb/c+d/(e)/$1/%7B", "/heuristic"],
      ["/~user/'q'/a=b,c;d@e!/x/y", routes[1]],
      ["/-_.~&/1", routes[2]],
    ]) {
      const { attributes } = request(path ?? "", { resource }, { services });
      assert.equal(attributes["http.route"], route, path);
    }
  });
});
