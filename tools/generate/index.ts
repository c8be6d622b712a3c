import { ROOT } from "../../lib/root";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { schema } from "../../stack/schema";
import { settingsIn } from "../../lib/schema/walk";
import { renderArguments } from "./arguments";
import { renderProject } from "./project";
import { renderReference } from "./reference";
import { renderStackSchema } from "./stackSchema";

/**
 * `npm run generate`: whatever repeats the settings is written from their declarations (components/<part>/settings.ts).
 * `--check` writes nothing and ends with 1 where a file is stale.
 */

/** Every generated file by its path, with what it must be. */
export function generated(root = ROOT): ReadonlyMap<string, string> {
  const settings = settingsIn(schema);
  return new Map([
    ["Pulumi.yaml", renderProject(readFileSync(join(root, "Pulumi.yaml"), "utf8"), settings)],
    ["docs/reference/settings.md", renderReference(settings)],
    ["docs/reference/stack.schema.json", renderStackSchema(schema)],
    ["packages/plugin/args.ts", renderArguments(settings)],
  ]);
}

function contentOf(path: string): string {
  try {
    return readFileSync(join(ROOT, path), "utf8");
  } catch {
    return "";
  }
}

if (require.main === module) {
  const stale = [...generated()].filter(([path, text]) => contentOf(path) !== text);
  const isCheck = process.argv.includes("--check");
  for (const [path, text] of stale) {
    if (!isCheck) writeFileSync(join(ROOT, path), text);
    console.error(isCheck ? `${path} is stale. Run: npm run generate` : `${path} written`);
  }
  if (isCheck && stale.length > 0) process.exitCode = 1;
}
