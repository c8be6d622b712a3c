import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { schema, type Key } from "../../../stack/schema";

/** One key of Pulumi.yaml's `config`. */
interface Declaration {
  readonly type?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly secret?: boolean;
}

const project = parse(readFileSync(resolve(__dirname, "../../../Pulumi.yaml"), "utf8")) as {
  config: Record<string, Declaration>;
};
const declared = Object.entries(project.config);

function typeOf(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value;
}

/** A default as the engine hands it over: scalars as text. */
function asInput(value: unknown): unknown {
  return typeof value === "string" || typeof value === "object" ? value : JSON.stringify(value);
}

describe("Pulumi.yaml", () => {
  it("declares exactly the settings, in the schema's order", () => {
    assert.deepEqual(
      declared.map(([key]) => key),
      Object.keys(schema),
    );
  });

  for (const [key, { type, default: value, description }] of declared) {
    describe(key, () => {
      it("has a default of its type, since the CLI aborts without one", () => {
        assert.notEqual(value, undefined);
        assert.notEqual(value, null);
        assert.equal(typeOf(value), type);
      });

      it("has a description, a sentence", () => {
        assert.match(description ?? "", /^\S.*\.$/s);
      });

      it("has the default of the schema", () => {
        const field: z.ZodType = schema[key as Key];
        const byDefault = z.safeParse(field, undefined);
        const byDeclaration = z.safeParse(field, asInput(value));
        assert.ok(byDefault.success && byDeclaration.success);
        // Compared as texts of data: an absent key and one that is undefined are the same setting.
        assert.deepEqual(plain(byDeclaration.data), plain(byDefault.data));
      });
    });
  }
});

function plain(value: unknown): unknown {
  const text = JSON.stringify(value, (_, entry: unknown) =>
    typeof entry === "bigint" ? `${entry.toString()}n` : entry,
  );
  return (text as string | undefined) === undefined ? undefined : (JSON.parse(text) as unknown);
}
