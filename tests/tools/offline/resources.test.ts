/** What a comment says of whole resources, for the kinds of change that a reader must not miss. */
import assert from "node:assert/strict";
import { renderDifference, renderMarkdown, compareFiles } from "../../../tools/offline/against";
import { renderFiles, type RenderedFiles } from "../../../tools/offline/files";
import { compareResources } from "../../../tools/offline/resources";
import { planOf, sectionOf } from "../../stack/program/stacks";

describe("what a comment says of resources", () => {
  const rendered = new Map<string, RenderedFiles>();
  const CLAIM = "`kubernetes:core/v1:PersistentVolumeClaim  tempo-claim`";

  before(async () => {
    const volume = sectionOf("prod", "volume");
    const tailnet = sectionOf("prod", "tailnet");
    // One after the other: Pulumi's SDK has one program at a time.
    for (const [name, changes] of [
      ["prod", {}],
      ["unprotected", { volume: { ...volume, protect: false } }],
      ["without a policy", { networkPolicy: {} }],
      ["with gRPC", { tailnet: { ...tailnet, otlpGrpcHostname: "tempo-grpc" } }],
      ["retention", { retention: "3d" }],
    ] as const) {
      rendered.set(name, renderFiles(await planOf("prod", changes)));
    }
  });

  const changed = (to: string, from = "prod"): string[] =>
    compareResources(rendered.get(from) ?? new Map(), rendered.get(to) ?? new Map());

  it("is nothing where only what they are made of changes", () => {
    assert.deepEqual(changed("prod"), []);
    assert.deepEqual(changed("retention"), []);
  });

  it("is that the volume loses its protection", () => {
    assert.deepEqual(changed("unprotected"), [`**No longer protected:** ${CLAIM}`]);
    assert.deepEqual(changed("prod", "unprotected"), []);
  });

  it("is which come and go", () => {
    const policy = "`kubernetes:networking.k8s.io/v1:NetworkPolicy  tempo-network-policy`";
    assert.deepEqual(changed("without a policy"), [`**Deleted:** ${policy}`]);
    assert.deepEqual(changed("prod", "without a policy"), [`Created: ${policy}`]);
    assert.equal(changed("with gRPC").length, 1);
    assert.match(changed("with gRPC")[0] ?? "", /^Created: `kubernetes:networking\.k8s\.io\/v1:Ingress /);
  });

  it("is that one is made anew, or no longer kept", () => {
    const files = (options: string): RenderedFiles =>
      new Map([
        ["resources.yaml", `- type: kubernetes:core/v1:PersistentVolumeClaim\n  name: tempo-claim\n${options}`],
      ]);
    assert.deepEqual(compareResources(files("  retainOnDelete: true\n"), files("  parent: a::b\n")), [
      `**No longer kept by a destroy:** ${CLAIM}`,
      `**Made anew, since it has another parent:** ${CLAIM}`,
    ]);
  });

  it("is no list of everything where there was nothing before", () => {
    assert.deepEqual(compareResources(new Map(), rendered.get("prod") ?? new Map()), []);
  });

  it("stands above the files, in the comment and on a terminal", () => {
    const difference = compareFiles(
      { name: "main", commit: "0".repeat(40) },
      rendered.get("prod") ?? new Map(),
      rendered.get("unprotected") ?? new Map(),
    );
    const comment = renderMarkdown("prod", difference);
    assert.ok(comment.indexOf(`- **No longer protected:** ${CLAIM}`) < comment.indexOf("<details>"));
    assert.match(renderDifference(difference), /^Against main .*\n {2}No longer protected: kubernetes:core\/v1:Pers/);
  });
});
