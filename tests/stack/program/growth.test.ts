import assert from "node:assert/strict";
import { grown } from "../../../bench/program/grown";
import { readStackConfig } from "../../../tools/offline/project";
import { planStack, type Plan } from "../../../tools/offline/run";
import { ROOT } from "./stacks";

describe("a stack that grows", function () {
  const planned = (services: number, namespaces: number): Promise<Plan> =>
    planStack(grown(readStackConfig(ROOT, "prod"), { services, namespaces }));

  /** Characters of everything that it would send. */
  const size = ({ resources }: Plan): number => JSON.stringify(resources).length;

  it("has as many resources for 400 services as for four, and texts that grow with their number", async () => {
    const [few, some, many] = [await planned(4, 1), await planned(40, 1), await planned(400, 1)];
    assert.deepEqual([some.resources.length, many.resources.length], [few.resources.length, few.resources.length]);
    const each = (size(some) - size(few)) / 36;
    const eachOfMany = (size(many) - size(some)) / 360;
    // Names have a digit more.
    assert.ok(eachOfMany < each * 1.05, `${eachOfMany} characters for each service, where it was ${each}`);
  });

  it("has one resource more for each namespace", async () => {
    const [one, twenty] = [await planned(4, 1), await planned(4, 20)];
    assert.equal(twenty.resources.length, one.resources.length + 19);
    assert.ok(size(twenty) < size(one) * 1.5);
  });
});
