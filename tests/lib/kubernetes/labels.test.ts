import assert from "node:assert/strict";
import { formerOwnerOf, OWNER_LABEL, ownerOf, ownerTag } from "../../../lib/kubernetes/owner";
import { routeId } from "../../../components/caddy/route";

/** What Kubernetes takes as the value of a label that is not empty. */
const LABEL_VALUE = /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;

const long = "s".repeat(57);

/** Projects and stacks that Pulumi takes: up to 100 letters, digits, `-`, `_` and `.`. */
const stacks: (readonly [project: string, stack: string])[] = [
  ...[
    ...["wrong", "wrong-", "wrong_", "wrong.", "wrong--", "-wrong", "_wrong", ".wrong", "Wrong", "wr.ong", "wr-ong"],
    ...["wr_ong", "wr..ong", "-", "_", ".", "a", "a-", "--", "prod", "prod-2", "prod.2", "prod_2"],
    ...[long, `${long}a`, `${long}ab`, `${long}b`, `${long}-`, `${long}_`, `${long.slice(1)}-a`, `${long.slice(1)}_a`],
    ...["x".repeat(99), "x".repeat(100), `${"x".repeat(99)}y`, `${"x".repeat(99)}-`, `${"x".repeat(99)}_`],
  ].map((stack) => ["tempo", stack] as const),
  ...(
    [
      ["tempo.a", "b"],
      ["tempo", "a.b"],
      ["tempo-a", "b"],
      ["tempo-", "prod"],
      ["tempo_", "prod"],
      ["_tempo", "prod"],
      ["-tempo", "prod"],
      [".tempo", "prod"],
      ["tempo.", "prod"],
      ["tempo", ".prod"],
      ["p".repeat(100), "prod"],
      [`${"p".repeat(99)}q`, "prod"],
      ["p".repeat(62), "prod"],
      ["p".repeat(63), "prod"],
    ] as const
  ).map((pair) => pair),
];

/** Their owners, and what a stack would have to be called to have them as its plain name. */
const owners = stacks.map(([project, stack]) => ownerOf(project, stack));
for (const owner of [...owners]) {
  const dot = owner.indexOf(".");
  const [project, stack] = dot < 0 ? ["tempo", owner] : [owner.slice(0, dot), owner.slice(dot + 1)];
  if (stacks.some(([p, s]) => p === project && s === stack)) continue;
  stacks.push([project, stack]);
  owners.push(ownerOf(project, stack));
}

describe("the owner of an object", () => {
  it("is another one for every other stack, on each of its places", () => {
    assert.ok(stacks.length > 60);
    for (const written of [owners, owners.map(ownerTag), owners.map(routeId)]) {
      const seen = new Map<string, string>();
      written.forEach((owner, index) => {
        const name = (stacks[index] ?? []).join(" / ");
        assert.equal(seen.get(owner), undefined, `${owner} is that of ${name}, too`);
        seen.set(owner, name);
      });
    }
  });

  it("is a label's value, and a tag that Grafana's database takes", () => {
    for (const owner of owners) {
      assert.match(owner, LABEL_VALUE);
      assert.ok(ownerTag(owner).length <= 50, ownerTag(owner));
    }
  });

  it("stays what it was for a stack with an ordinary name", () => {
    const ordinary = ["prod", "local", "dev-2", "dev_2", "a.b", "-a", long] as const;
    for (const stack of ordinary) {
      assert.equal(ownerOf("tempo", stack), `tempo.${stack}`);
      assert.equal(formerOwnerOf("tempo", stack), undefined);
    }
    assert.equal(ownerTag("tempo.prod"), `${OWNER_LABEL}=tempo.prod`);
  });

  it("was that of other stacks before, for the others", () => {
    for (const stack of ["wrong-", "wrong_", "wrong."]) assert.equal(formerOwnerOf("tempo", stack), "tempo.wrong");
    assert.equal(formerOwnerOf("tempo", `${long}ab`), `tempo.${long}`);
    assert.equal(formerOwnerOf("tempo.a", "b"), "tempo.a.b");
  });
});
