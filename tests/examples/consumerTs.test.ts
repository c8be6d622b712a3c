import { join } from "node:path";
import { ROOT } from "../stack/program/stacks";
import { describeConsumer } from "./support/describeConsumer";
import { runProgram } from "./support/program";

describe("the consumer in TypeScript", () => {
  const program = join(ROOT, "examples/consumer-ts/index.ts");
  describeConsumer((config, referred) => runProgram(program, config, referred));
});
