import assert from "node:assert/strict";
import { routePattern } from "../../../lib/schema/fields";
import { IGNORED_ROUTES, isRoutePattern, routeExpression } from "../../../lib/schema/routePattern";
import { Random } from "../../../bench/load/random";
import { re2 } from "../../support/re2";

describe("a pattern of paths", () => {
  it("is text, placeholders and a star at the end, from the first slash on", () => {
    const good = [
      "/",
      "/a",
      "/a/b",
      "/{id}",
      "/a/{id}/b",
      "/a/*",
      "/*",
      "/{a}/*",
      "/.well-known/x",
      "/a.b~c_d-e",
      "/%7Ba%7D",
    ];
    for (const text of [...good, "/a!b$c&d'e(f)g+h,i;j=k@l"]) assert.equal(isRoutePattern(text), true, text);
  });

  it("is nothing else", () => {
    const bad = [
      "",
      "a",
      "a/b",
      "//",
      "//a",
      "/a/",
      "/a//b",
      "/a/*/b",
      "/a*",
      "/a/**",
      "/{",
      "/{}",
      "/{a",
      "/a}",
      "/{a}b",
    ];
    for (const text of [
      ...bad,
      "/{a-b}",
      "/{a b}",
      "/a b",
      "/a?b",
      "/a#b",
      "/:id",
      "/a:b",
      "https://a/b",
      " /a",
      "/a ",
    ]) {
      assert.equal(isRoutePattern(text), false, text);
    }
  });

  // Each stands in a string of OTTL, which stands in a string of Alloy; `{{` would be a template to others.
  it("has no sign by which it would leave its string", () => {
    for (const sign of ['"', "\\", "`", "\n", "\r", "\t", "\0", "{{", "}}", "|", "^", "[", "]", "<", ">", "é", "🎉"]) {
      for (const text of [`/${sign}`, `/a${sign}`, `/a/${sign}/b`, `/{${sign}}`, `/a${sign}/*`]) {
        assert.equal(isRoutePattern(text), false, JSON.stringify(text));
        assert.equal(routePattern.safeParse(text).success, false, JSON.stringify(text));
      }
    }
  });

  it("fits the paths of the usual probes", () => {
    for (const text of IGNORED_ROUTES) assert.ok(isRoutePattern(text), text);
  });
});

/** As Beyla takes it: segment by segment, an empty one at either end of the path not counted. */
function fits(pattern: string, path: string): boolean {
  const wanted = segmentsOf(pattern);
  const given = segmentsOf(path);
  const open = wanted.at(-1) === "*";
  const fixed = open ? wanted.slice(0, -1) : wanted;
  if (open ? given.length < fixed.length : given.length !== fixed.length) return false;
  return fixed.every((segment, index) => segment.startsWith("{") || segment === given[index]);
}

function segmentsOf(path: string): string[] {
  const parts = path.split("/");
  if (parts[0] === "") parts.shift();
  if (parts.at(-1) === "") parts.pop();
  return parts;
}

describe("routeExpression", () => {
  const cases: [pattern: string, yes: string[], no: string[]][] = [
    ["/", ["/"], ["/a", "//"]],
    ["/a", ["/a", "/a/"], ["/ab", "/a/b", "/", "/b/a", "a"]],
    ["/a/{id}", ["/a/1", "/a/é%20", "/a/1/"], ["/a", "/a/", "/a/1/2", "/A/1"]],
    ["/a/*", ["/a", "/a/", "/a/1", "/a/1/2/"], ["/ab", "/b/a"]],
    ["/*", ["/", "/a", "/a/b"], []],
    ["/{a}/b", ["/1/b"], ["/b", "/1/2/b"]],
    ["/a.b+c$(d)", ["/a.b+c$(d)"], ["/axb+c$(d)", "/a.bbc$(d)"]],
  ];
  for (const [pattern, yes, no] of cases) {
    it(`of ${pattern} fits what is meant`, () => {
      const expression = re2(routeExpression(pattern));
      for (const path of yes) assert.ok(expression.test(path), path);
      for (const path of no) assert.ok(!expression.test(path), path);
    });
  }

  it("means what Beyla means, over random patterns and paths", () => {
    const random = new Random(4);
    const words = ["a", "b", "api", "v1.0", "a.b", "(x)", "$1", "1+1", "~u", "%2F", "x@y", "a'b"] as const;
    const word = (): string => words[random.word() % words.length] ?? "";
    const times = <T>(most: number, one: () => T): T[] => Array.from({ length: random.word() % (most + 1) }, one);
    let fitting = 0;
    for (let round = 0; round < 20_000; round++) {
      const segments = times(3, () => (random.happens(0.4) ? `{${"idx"[random.word() % 3] ?? ""}}` : word()));
      const pattern = `/${[...segments, ...(random.happens(0.3) ? ["*"] : [])].join("/")}`;
      assert.ok(isRoutePattern(pattern), pattern);
      // Near to the pattern, so that many fit.
      const given = segments.map((segment) => (segment.startsWith("{") || random.happens(0.1) ? word() : segment));
      const rest = random.happens(0.5) ? times(2, word) : [];
      const path = `/${[...given, ...rest].join("/")}${random.happens(0.2) && given.length > 0 ? "/" : ""}`;
      const expected = fits(pattern, path);
      assert.equal(re2(routeExpression(pattern)).test(path), expected, `${pattern} on ${path}`);
      if (expected) fitting++;
    }
    assert.ok(fitting > 5_000 && fitting < 19_000, String(fitting));
  });
});
