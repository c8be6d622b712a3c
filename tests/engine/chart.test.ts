import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { renderValues } from "../../components/tempo/values";
import { settingsOf } from "../stack/program/stacks";
import { versions } from "../../components/versions/pins";

const folder = join(__dirname, "chart");
const templates = readdirSync(join(folder, "templates")).map((file) =>
  readFileSync(join(folder, "templates", file), "utf8"),
);
const fixture = join(__dirname, `../fixtures/tempo-chart-${versions.tempoChart}-value-paths.json`);
const known = new Set(JSON.parse(readFileSync(fixture, "utf8")) as string[]);

/** Every path below `.Values`, those inside `with .Values.x` included, where it is written from the dot on. */
function pathsOf(template: string): string[] {
  const scopes: string[] = [];
  return [...template.matchAll(/\{\{-?\s*(.*?)\s*-?\}\}/gs)].flatMap(([, action = ""]) => {
    const scope = scopes.findLast((each) => each !== "") ?? "";
    const found = [
      ...[...action.matchAll(/\.Values\.([\w.]+)/g)].map(([, path = ""]) => path),
      ...(scope === "" ? [] : [...action.matchAll(/(?<=^|[\s(])\.(\w[\w.]*)/g)])
        .map(([, path = ""]) => path)
        .filter((path) => !/^(?:Values|Release)\b/.test(path))
        .map((path) => `${scope}.${path}`),
    ];
    if (/^(?:if|range|with|define)\b/.test(action)) {
      const inside = /^with \.Values\.([\w.]+)$/.exec(action)?.[1];
      scopes.push(inside ?? (action.startsWith("if") ? scope : ""));
    } else if (action === "end") scopes.pop();
    return found;
  });
}

const used = new Set(templates.flatMap(pathsOf));
const isUsed = (path: string): boolean => used.has(path) || [...used].some((each) => path.startsWith(`${each}.`));

/** The paths of values that have nothing below them, lists and empty maps included. */
function leaves(values: object, prefix = ""): string[] {
  return Object.entries(values).flatMap(([key, value]: [string, unknown]) =>
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
      ? leaves(value, `${prefix}${key}.`)
      : [prefix + key],
  );
}

describe("the chart that stands in for the community's", () => {
  it("takes no value that the community's does not have", () => {
    assert.ok(used.size > 25, `only ${used.size} paths were found in the templates`);
    assert.deepEqual(
      [...used].filter((path) => !known.has(path)),
      [],
    );
  });

  for (const stack of ["local", "prod"]) {
    it(`takes every value that the program gives it: ${stack}`, () => {
      const values = renderValues(settingsOf(stack), "target: all\n", "tempo.test");
      assert.deepEqual(
        leaves(values).filter((path) => !isUsed(path)),
        [],
      );
    });
  }

  it("has the name and the version that are asked for", () => {
    const { name, version } = parse(readFileSync(join(folder, "Chart.yaml"), "utf8")) as Record<string, string>;
    assert.deepEqual([name, version], ["tempo", versions.tempoChart]);
  });
});
