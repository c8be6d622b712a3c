/**
 * Sends a load from the command line:
 * `node --require ./tools/loader.cjs bench/load/main.ts --endpoint http://127.0.0.1:4318 --rate 5 --duration 600`
 */
import { parseArgs } from "node:util";
import { runLoad } from "./run";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      endpoint: { type: "string", default: "http://127.0.0.1:4318" },
      rate: { type: "string", default: "5" },
      duration: { type: "string", default: "60" },
      traces: { type: "string" },
      seed: { type: "string", default: "1" },
    },
  });
  const sent = await runLoad({
    endpoint: values.endpoint,
    rate: values.rate === "most" ? "most" : number("rate", values.rate),
    duration: number("duration", values.duration),
    ...(values.traces !== undefined && { traces: number("traces", values.traces) }),
    seed: number("seed", values.seed),
  });
  process.stdout.write(`${JSON.stringify(sent)}\n`);
}

function number(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${option} is "${text}": give a number above 0`);
  return value;
}

void main();
