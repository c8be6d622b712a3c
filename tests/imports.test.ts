import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";
import ts from "typescript";
import { ROOT } from "./stack/program/stacks";

/** Rooms from the top of the house to its foundation: imports run downwards only. docs/architecture.md. */
const FLOORS = [
  ["index.ts", "tools", "bench", "packages/plugin", "packages/policy", "caddy"],
  ["stack"],
  ["components"],
  ["packages/consumer", "lib"],
];

const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".ts") && !/(^|\/)node_modules\/|^(tests|examples|out)\//.test(file));

/** Files that a file imports, their types included. */
const imports = new Map(
  files.map((file) => {
    const found = ts.preProcessFile(readFileSync(join(ROOT, file), "utf8"), true, true).importedFiles;
    const paths = found.map(({ fileName }) => fileName).filter((name) => name.startsWith("."));
    const targets = paths.flatMap((path) => {
      const target = normalize(join(dirname(file), path));
      return [`${target}.ts`, `${target}/index.ts`.replace(/^\.\//, "")].filter((each) => files.includes(each));
    });
    return [file, targets] as const;
  }),
);

/** Groups of nodes that lead to each other, by Tarjan's algorithm. */
function circles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): number => {
    const begin = order.size;
    let low = begin;
    order.set(node, begin);
    stack.push(node);
    for (const next of edges.get(node) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (stack.includes(next)) low = Math.min(low, order.get(next) ?? low);
    }
    if (low === begin) {
      const circle = stack.splice(stack.indexOf(node));
      if (circle.length > 1) found.push(circle.sort());
    }
    return low;
  };
  for (const node of edges.keys()) if (!order.has(node)) visit(node);
  return found;
}

function byFolder(): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const [file, targets] of imports) {
    const folder = dirname(file);
    const others = targets.map((target) => dirname(target)).filter((other) => other !== folder);
    folders.set(folder, [...(folders.get(folder) ?? []), ...others]);
  }
  return folders;
}

function floorOf(file: string): number {
  return FLOORS.findIndex((rooms) => rooms.some((room) => file === room || file.startsWith(`${room}/`)));
}

describe("imports", () => {
  it("are those of the whole program", () => {
    assert.ok(imports.get("index.ts")?.includes("stack/compose.ts"));
    assert.deepEqual(
      files.filter((file) => floorOf(file) < 0),
      [],
    );
  });

  it("never run in a circle, between files or between folders", () => {
    assert.deepEqual(circles(imports), []);
    assert.deepEqual(circles(byFolder()), []);
  });

  it("run downwards: index, stack, components, lib", () => {
    const upwards = [...imports].flatMap(([file, targets]) =>
      targets.filter((target) => floorOf(target) < floorOf(file)).map((target) => `${file} imports ${target}`),
    );
    assert.deepEqual(upwards, []);
  });

  it("would be found where they run in a circle", () => {
    const edges = Object.entries({ a: ["b", "d"], b: ["c"], c: ["a"], d: [], e: ["d"] });
    assert.deepEqual(circles(new Map(edges)), [["a", "b", "c"]]);
  });
});
