import assert from "node:assert/strict";
import { advisories, ADVISORIES_AS_OF, advisoryWarnings, knownOf } from "../../stack/advisories";
import { parseImage } from "../../lib/schema/image";
import { versions } from "../../components/versions/pins";
import { settingsOf, type Changes } from "./program/stacks";

const known = (image: string) => {
  const parsed = parseImage(image);
  assert.ok(typeof parsed === "object", image);
  return knownOf(parsed);
};
const idsOf = (image: string): string[] => known(image)?.advisories.flatMap(({ ids }) => ids) ?? [];

describe("what is known of an image", () => {
  it("is what Tempo's changelog says of 2.10.1, and 2.10.8 has none of it", () => {
    const ids = idsOf("grafana/tempo:2.10.1");
    for (const id of [
      "CVE-2026-28377",
      "CVE-2026-39822",
      "CVE-2026-27145",
      "CVE-2026-42504",
      "CVE-2026-42505",
      "CVE-2026-42507",
      "CVE-2026-46600",
      "CVE-2026-56852",
      "CVE-2026-41178",
      "GHSA-hrxh-6v49-42gf",
    ]) {
      assert.ok(ids.includes(id), id);
    }
    assert.equal(known("grafana/tempo:2.10.1")?.free, "2.10.8");
    assert.equal(known("grafana/tempo:2.10.8"), undefined);
  });

  it("ends with the version that mends it, on each line by itself", () => {
    for (const [image, has] of [
      ["grafana/tempo:2.10.2", true],
      ["grafana/tempo:2.10.3", false],
      ["grafana/tempo:2.9.5", false],
      ["grafana/tempo:3.0.0", false],
    ] as const) {
      assert.equal(idsOf(image).includes("CVE-2026-28377"), has, image);
    }
    for (const [image, free] of [
      ["grafana/tempo:2.8.0", "2.9.5"],
      ["grafana/tempo:2.9.4", "2.9.5"],
      ["grafana/tempo:2.10.7", "2.10.8"],
      ["grafana/tempo:3.0.0", "3.0.3"],
      ["grafana/alloy:v1.17.1", "1.18.1"],
      ["busybox:1.36.1", "1.37.0"],
    ] as const) {
      assert.equal(known(image)?.free, free, image);
    }
    for (const image of ["grafana/tempo:2.9.5", "grafana/tempo:3.0.3", "grafana/tempo:3.1.0", "busybox:1.37.0"]) {
      assert.equal(known(image), undefined, image);
    }
  });

  it("is known by other registries' names and by tags with more in them", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    for (const image of [
      "registry.example.net/tempo:v2.10.3-8b1f89e-nix",
      "registry.example.net:5000/mirror/grafana/tempo:2.10.3",
      `grafana/tempo:2.10.3@${digest}`,
    ]) {
      assert.equal(known(image)?.free, "2.10.8", image);
    }
  });

  it("is nothing of an image that does not tell its version, or that is another program", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    for (const image of [`grafana/tempo@${digest}`, "grafana/tempo:main-0a1b2c3", "grafana/tempo-query:2.10.1"]) {
      assert.equal(known(image), undefined, image);
    }
  });

  it("is a table whose versions grow and whose every fix leads to a version that has none", () => {
    const order = (version: string) => version.split(".").reduce((sum, part) => sum * 1_000 + Number(part), 0);
    for (const [name, table] of Object.entries(advisories)) {
      for (const { ids, affected } of table) {
        assert.ok(ids.length > 0);
        for (const [from, fixed] of affected) {
          for (const version of [from, fixed]) assert.match(version, /^\d+\.\d+\.\d+$/);
          assert.ok(order(from) < order(fixed), `${name} ${from}`);
          const { free } = known(`${name}:${from}`) ?? { free: "" };
          assert.match(free, /^\d+\.\d+\.\d+$/);
          assert.equal(known(`${name}:${free}`), undefined, `${name} ${free}`);
          assert.ok(order(free) >= order(fixed), `${name} ${free}`);
        }
      }
    }
    assert.match(ADVISORIES_AS_OF, /^\d{4}-\d{2}-\d{2}$/);
  });

  it("is kept for every image that is pinned", () => {
    for (const image of [versions.tempoImage, versions.guardImage, versions.alloyImage]) {
      const parsed = parseImage(image);
      assert.ok(typeof parsed === "object");
      assert.ok((parsed.repository.split("/").at(-1) ?? "") in advisories, image);
    }
  });
});

describe("the warnings of a preview", () => {
  const keysOf = (stack: "prod" | "local", changes: Changes = {}) =>
    advisoryWarnings(settingsOf(stack, changes)).map((warning) => warning.split(" = ")[0]);

  it("name the setting, what it has, as of when, and what to write instead", () => {
    const [warning = ""] = advisoryWarnings(settingsOf("prod"));
    assert.match(warning, /^image = grafana\/tempo:2\.10\.1 has known vulnerabilities, as of 2\d{3}-\d\d-\d\d: /);
    assert.match(warning, /CVE-2026-28377 .*CVE-2026-39822.*GHSA-hrxh-6v49-42gf/);
    assert.match(warning, /Free of them: 2\.10\.8\.$/);
  });

  it("are of the images that the stack runs, and of no others", () => {
    const images = { image: "grafana/tempo:2.10.8", collector: undefined };
    assert.deepEqual(keysOf("prod", { ...images, storage: { guard: false } }), []);
    assert.deepEqual(keysOf("prod", { ...images, storage: { guard: true, image: "busybox:1.36.1" } }), [
      "storage.image",
    ]);
    const scrape = { method: "alloy", alloyImage: "grafana/alloy:v1.17.0" };
    assert.deepEqual(keysOf("prod", { ...images, storage: { guard: false }, scrape }), ["scrape.alloyImage"]);
  });

  it("say nothing of Tempo in the stack local, which takes the version without them", () => {
    assert.ok(!keysOf("local").includes("image"));
  });
});
