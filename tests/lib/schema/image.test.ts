import assert from "node:assert/strict";
import { parseImage } from "../../../lib/schema/image";

const SHA256 = `sha256:${"0123456789abcdef".repeat(4)}`;
const SHA512 = `sha512:${"0123456789abcdef".repeat(8)}`;

describe("parseImage", () => {
  it("reads a repository of Docker Hub", () => {
    assert.deepEqual(parseImage("grafana/tempo:2.10.1"), {
      text: "grafana/tempo:2.10.1",
      registry: "docker.io",
      repository: "grafana/tempo",
      tag: "2.10.1",
    });
  });

  const parts: [text: string, registry: string, repository: string, tag: string | undefined, digest?: string][] = [
    ["tempo:2.10.1", "docker.io", "library/tempo", "2.10.1"],
    ["docker.io/tempo:2.10.1", "docker.io", "library/tempo", "2.10.1"],
    ["docker.io/grafana/tempo:2.10.1", "docker.io", "grafana/tempo", "2.10.1"],
    ["ghcr.io/a/b/c:1.2.3", "ghcr.io", "a/b/c", "1.2.3"],
    ["registry.example:5000/tempo:2.10.1", "registry.example:5000", "tempo", "2.10.1"],
    [`registry.example:5000/grafana/tempo@${SHA256}`, "registry.example:5000", "grafana/tempo", undefined, SHA256],
    ["localhost/tempo:2.10.1", "localhost", "tempo", "2.10.1"],
    ["localhost:5000/tempo:2.10.1", "localhost:5000", "tempo", "2.10.1"],
    ["192.168.1.10:5000/tempo:2.10.1", "192.168.1.10:5000", "tempo", "2.10.1"],
    [`grafana/tempo@${SHA256}`, "docker.io", "grafana/tempo", undefined, SHA256],
    [`grafana/tempo@${SHA512}`, "docker.io", "grafana/tempo", undefined, SHA512],
    [`grafana/tempo:2.10.1@${SHA256}`, "docker.io", "grafana/tempo", "2.10.1", SHA256],
    ["grafana/tem__po.x-y_z:2.10.1", "docker.io", "grafana/tem__po.x-y_z", "2.10.1"],
  ];
  for (const [text, registry, repository, tag, digest] of parts) {
    it(`reads ${text.slice(0, 60)}`, () => {
      assert.deepEqual(parseImage(text), {
        text,
        registry,
        repository,
        ...(tag !== undefined && { tag }),
        ...(digest !== undefined && { digest }),
      });
    });
  }

  it("takes a digest for a pin, whatever the tag is called", () => {
    for (const tag of [":latest", ":2", ":main", ""]) {
      assert.equal(typeof parseImage(`grafana/tempo${tag}@${SHA256}`), "object", tag);
    }
  });

  it("takes versions of three numbers, commits and days for pins", () => {
    const tags = ["2.10.1", "v2.10.1", "2.10.1-rc.0", "2.10.1-alpine", "main-0a1b2c3", "r123-0a1b2c3", "20260131"];
    for (const tag of tags) assert.equal(typeof parseImage(`grafana/tempo:${tag}`), "object", tag);
  });

  const floating = ["latest", "LATEST", "main", "master", "edge", "nightly", "stable", "2", "v2", "2.10", "v2.10"];
  it("calls a reference floating whose tag can move, or that has none", () => {
    for (const tag of floating) assert.equal(parseImage(`grafana/tempo:${tag}`), "floating", tag);
    for (const text of ["grafana/tempo", "tempo", "registry.example:5000/tempo", "5", "localhost/tempo"]) {
      assert.equal(parseImage(text), "floating", text);
    }
  });

  it("calls floating what is no full version with more behind it", () => {
    const tags = ["2.10.x", "2.10-rc", "2-alpine", "2.10-alpine", "latest-amd64", "main-amd64", "r123", "abc"];
    for (const tag of [...tags, "canary", "testing", "rc", "snapshot", "debug", "x"]) {
      assert.equal(parseImage(`grafana/tempo:${tag}`), "floating", tag);
    }
  });

  const malformed: [why: string, ...texts: string[]][] = [
    ["is empty or blank", "", " ", ":", "@", "/", ":2.10.1", `@${SHA256}`],
    ["has upper case in its path", "Grafana/tempo:2.10.1", "grafana/Tempo:2.10.1", "ghcr.io/A/b:1.2.3"],
    ["has space", "grafana/tempo:2.10.1 ", " grafana/tempo:2.10.1", "grafana/ tempo:2.10.1", "grafana/tempo:2.10.1\n"],
    ["is a URL", "https://docker.io/grafana/tempo:2.10.1", "docker://grafana/tempo:2.10.1", "oci://a/b:1.2.3"],
    ["has an empty part", "/tempo:2.10.1", "grafana//tempo:2.10.1", "grafana/:2.10.1", "grafana/tempo:", "a/b/:1.2.3"],
    ["has a wrong tag", "grafana/tempo:-2.10.1", "grafana/tempo:.2", "grafana/tempo:2.10.1+x", "a/b:1.2.3:4.5.6"],
    ["has an overlong tag", `grafana/tempo:${"1".repeat(129)}`],
    ["has a wrong port", "host.x:0/a:1.2.3", "host.x:99999/a:1.2.3", "host.x:a/b:1.2.3", "host.x:/b:1.2.3"],
    ["has a wrong host", "-host.x/a:1.2.3", "host..x/a:1.2.3", "host.x-/a:1.2.3", "höst.x/a:1.2.3", ".x/a:1.2.3"],
    ["has separators at an edge", "grafana/-tempo:2.10.1", "grafana/tempo_:2.10.1", "grafana/te..mpo:2.10.1"],
    ["is not ASCII", "grafana/témpo:2.10.1", "grafana/tempo:２.10.1"],
    ["has a wrong digest", "a/b@sha256:abc", "a/b@sha256:", "a/b@", `a/b@md5:${"0".repeat(32)}`, "a/b@latest"],
    ["has a digest of wrong letters", `a/b@${SHA256.toUpperCase()}`, `a/b@sha256:${"g".repeat(64)}`, `a/b@${SHA256}0`],
    ["has two digests", `a/b@${SHA256}@${SHA256}`, `a/b@${SHA256}:2.10.1`],
  ];
  for (const [why, ...texts] of malformed) {
    it(`calls a text malformed that ${why}`, () => {
      for (const text of texts) assert.equal(parseImage(text), "malformed", JSON.stringify(text));
    });
  }
});
