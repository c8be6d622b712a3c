import { readFileSync } from "node:fs";
import { planStack } from "../../tools/offline/run";
import type { StackConfig } from "../../tools/offline/project";

/** Plans the configuration in the file that is named, and prints how many resources it has. */
async function main(path: string): Promise<void> {
  const { resources } = await planStack(JSON.parse(readFileSync(path, "utf8")) as StackConfig);
  process.stdout.write(String(resources.length));
}

void main(process.argv[2] ?? "");
