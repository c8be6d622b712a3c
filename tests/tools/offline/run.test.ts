import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { keyOf, planStack, UNKNOWN } from "../../../tools/offline/run";
import { configOf, planOf, resourceOf, sectionOf } from "../../stack/program/stacks";

describe("planStack", () => {
  it("plans the same twice in one process, whatever was planned between", async () => {
    const first = await planOf("prod");
    await planOf("local", { retention: "24h" });
    assert.deepEqual(await planOf("prod"), first);
  });

  it("keeps stacks apart: no setting of one reaches the next", async () => {
    await planOf("prod");
    const names = (await planOf("local")).resources.map(({ name }) => name);
    assert.doesNotMatch(names.join(), /tailnet|network-policy/);
  });

  it("shows every option that a resource was given, and the parent by type and name", async () => {
    const { parent, provider, protect, retainOnDelete } = resourceOf(await planOf("prod"), "tempo-claim");
    assert.deepEqual(
      { parent, provider, protect, retainOnDelete },
      {
        parent: keyOf("tempo:tempo:Tempo", "tempo"),
        provider: "tempo-claim-provider",
        protect: true,
        retainOnDelete: true,
      },
    );
  });

  it("shows plain data: no Output, no promise, no undefined", async () => {
    const plan = await planOf(
      "prod",
      { tailnet: { ...sectionOf("prod", "tailnet"), apiKey: "x" } },
      { secretKeys: ["tailnet"] },
    );
    assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan);
    assert.ok(!JSON.stringify(plan).includes(UNKNOWN));
  });

  it("changes nothing in the configuration that it was given", async () => {
    const config = configOf("prod");
    const copy = structuredClone(config);
    await planStack(config);
    assert.deepEqual(config, copy);
  });

  it("fails as the program does, without a stack trace for the person who made the mistake", async () => {
    await assert.rejects(planOf("prod", { retention: "soon" }), (error: Error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.match(error.message, /^1 problem in the configuration of stack "prod"; nothing was changed:\n/);
      return true;
    });
    assert.ok((await planOf("prod")).resources.length > 9);
  });

  // The SDK keeps a second promise of the stack that nobody awaits: whoever caught the first one died of the second.
  it("fails once: a caller that catches the error lives on", async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => {
      unhandled.push(reason);
    };
    process.on("unhandledRejection", listener);
    try {
      await assert.rejects(planOf("prod", { retention: "soon" }));
      await new Promise((done) => setTimeout(done, 20));
    } finally {
      process.off("unhandledRejection", listener);
    }
    assert.deepEqual(unhandled, []);
  });

  // The SDK shows only the `details` of what a mock throws: without them a person read an empty line.
  it("asks no provider: a function that nobody declared is an error", async () => {
    await planOf("prod");
    await assert.rejects(
      pulumi.runtime.invoke("tailscale:index/getDevice:getDevice", {}),
      /the program calls tailscale:index\/getDevice:getDevice, which an offline plan cannot answer/,
    );
  });

  it("answers the functions that were declared", async () => {
    const asked: unknown[] = [];
    await planOf(
      "prod",
      {},
      {
        call: (token, inputs) => {
          asked.push([token, inputs]);
          return Promise.resolve({ found: true });
        },
      },
    );
    assert.deepEqual(await pulumi.runtime.invoke("test:index:get", { name: "x" }), { found: true });
    assert.deepEqual(asked, [["test:index:get", { name: "x" }]]);
  });
});
