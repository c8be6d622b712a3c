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

/** Sections that are absent by default; what they hold is described, not declared. */
const ABSENT = [
  "prometheus",
  "tailnet",
  "ingress",
  "httpRoute",
  "networkPolicy",
  "grafana",
  "collector",
  "sdk",
  "caddy",
];

function typeOf(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value;
}

/** A default as the engine hands it over: scalars as text. */
function asInput(value: unknown): unknown {
  return typeof value === "string" || typeof value === "object" ? value : JSON.stringify(value);
}

/** The section below what stands around it: defaults, absence, a step before. */
function sectionOf(type: z.ZodType): z.ZodObject | undefined {
  if (type instanceof z.ZodObject) return type;
  if (type instanceof z.ZodDefault || type instanceof z.ZodPrefault || type instanceof z.ZodOptional) {
    return sectionOf(type.unwrap() as z.ZodType);
  }
  if (!(type instanceof z.ZodPipe)) return undefined;
  return sectionOf(type.out as z.ZodType) ?? sectionOf(type.in as z.ZodType);
}

/** Every key below a section, such as `limits.cpu`. */
function keysOf(section: z.ZodObject, prefix = ""): string[] {
  return Object.entries(section.shape).flatMap(([key, type]) => {
    const below = sectionOf(type as z.ZodType);
    return below ? keysOf(below, `${prefix}${key}.`) : [`${prefix}${key}`];
  });
}

/** Every key below a default, as deep as the schema has sections. */
function keysIn(value: unknown, section: z.ZodObject, prefix = ""): string[] {
  return Object.entries(value as object).flatMap(([key, entry]) => {
    const type = section.shape[key] as z.ZodType | undefined;
    const below = type && sectionOf(type);
    return below ? keysIn(entry, below, `${prefix}${key}.`) : [`${prefix}${key}`];
  });
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

      const section = sectionOf(schema[key as Key]);
      if (section && !ABSENT.includes(key)) {
        it("has a default for every key of the section", () => {
          assert.deepEqual(keysIn(value, section).sort(), keysOf(section).sort());
        });
      }
    });
  }

  it("declares the sections that may be absent as absent", () => {
    for (const key of ABSENT) assert.deepEqual(project.config[key]?.default, {});
  });

  it("names in its descriptions every key of the sections that may be absent", () => {
    for (const key of ABSENT) {
      const section = sectionOf(schema[key as Key]);
      assert.ok(section, key);
      const description = project.config[key]?.description ?? "";
      const names = new Set(keysOf(section).flatMap((path) => path.split(".")));
      for (const name of names) assert.match(description, new RegExp(`\\b${name}\\b`));
    }
  });

  it("finds the sections that it holds the defaults against", () => {
    const sections = declared.filter(([key]) => sectionOf(schema[key as Key]) && !ABSENT.includes(key));
    assert.deepEqual(
      sections.map(([key]) => key),
      ["volume", "resources", "pod", "receiver", "limits", "metricsGenerator", "storage", "scrape"],
    );
  });
});

function plain(value: unknown): unknown {
  const text = JSON.stringify(value, (_, entry: unknown) =>
    typeof entry === "bigint" ? `${entry.toString()}n` : entry,
  );
  return (text as string | undefined) === undefined ? undefined : (JSON.parse(text) as unknown);
}
