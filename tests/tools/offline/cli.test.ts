/**
 * The offline reading of a stack's configuration against the CLI's, which is in the file, so that the test needs none.
 * tests/e2e/config.test.ts holds the file against the CLI, and writes it.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readStackConfig } from "../../../tools/offline/project";
import { captured, writeCase, type Reading } from "./cli";
import { cases, type Case } from "./cliCases";

describe("the configuration, read offline and by the CLI", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-cases-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function readOffline(files: Case): Reading {
    writeCase(folder, files);
    let config;
    try {
      config = readStackConfig(folder, "one");
    } catch {
      return "refused";
    }
    const { values, secretKeys } = config;
    const keys = Object.keys(values).sort();
    return Object.fromEntries(keys.map((key) => [key, secretKeys.includes(key) ? null : (values[key] ?? "")]));
  }

  it("is the same for every way to write a value", () => {
    const { readings: expectedOf } = captured();
    const readings = [...cases].map(([name, files]) => [name, opened(readOffline(files))] as const);
    const expected = [...cases.keys()].map((name) => [name, opened(expectedOf[name])] as const);
    assert.deepEqual(Object.fromEntries(readings), Object.fromEntries(expected));
    // A case that is never compared proves nothing.
    assert.deepEqual(Object.keys(expectedOf), [...cases.keys()]);
  });
});

/** Sections as what they mean: Go escapes signs that HTML knows. The order of their keys stays. */
function opened(reading: Reading | undefined): Reading | undefined {
  if (reading === undefined || reading === "refused") return reading;
  const open = (text: string): string => {
    try {
      return JSON.stringify(JSON.parse(text));
    } catch {
      return text;
    }
  };
  return Object.fromEntries(
    Object.entries(reading).map(([key, text]) => [key, text !== null && /^[[{]/.test(text) ? open(text) : text]),
  );
}
