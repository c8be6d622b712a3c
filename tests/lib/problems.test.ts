import assert from "node:assert/strict";
import { z } from "zod";
import { ConfigurationError, formatProblem, joinPath, problemsOf, suggest } from "../../lib/problems";

describe("formatProblem", () => {
  it("gives key, value and sentence, and ends it with one full stop", () => {
    assert.equal(formatProblem({ key: "tempo:a", message: "missing. Write it" }), "tempo:a: missing. Write it.");
    assert.equal(formatProblem({ key: "tempo:a", found: '"x"', message: "wrong." }), 'tempo:a = "x": wrong.');
    assert.equal(
      formatProblem({ key: "tempo:a", message: "unknown. Did you mean b?" }),
      "tempo:a: unknown. Did you mean b?",
    );
  });
});

describe("ConfigurationError", () => {
  const problem = { key: "tempo:a", message: "missing" };

  it("counts its problems and tells that nothing was changed", () => {
    const error = new ConfigurationError([problem, { ...problem, key: "tempo:b", found: "5" }], "prod");
    assert.equal(
      error.message,
      '2 problems in the configuration of stack "prod"; nothing was changed:\n' +
        "  - tempo:a: missing.\n" +
        "  - tempo:b = 5: missing.",
    );
    assert.equal(error.name, "ConfigurationError");
    assert.equal(error.problems.length, 2);
  });

  it("knows the singular", () => {
    assert.equal(
      new ConfigurationError([problem], "prod").message,
      '1 problem in the configuration of stack "prod"; nothing was changed:\n  - tempo:a: missing.',
    );
  });
});

describe("suggest", () => {
  const known = ["size", "storageClass", "accessModes"];

  it("names the nearest key for a slip of the finger", () => {
    assert.equal(suggest("siez", known), "Did you mean size?");
    assert.equal(suggest("storageclas", known), "Did you mean storageClass?");
    assert.equal(suggest("storage-class", known), "Did you mean storageClass?");
    assert.equal(suggest("accesMode", known), "Did you mean accessModes?");
  });

  it("lists the keys where none is near", () => {
    assert.equal(suggest("unrelated", known), "Known are size, storageClass, accessModes");
    assert.equal(suggest("", known), "Known are size, storageClass, accessModes");
  });

  it("names a key that was written in capitals", () => {
    assert.equal(suggest("RETENTION", ["name", "image", "retention"]), "Did you mean retention?");
    assert.equal(suggest("STORAGECLASS", known), "Did you mean storageClass?");
  });
});

describe("joinPath", () => {
  it("writes a path as `pulumi config set --path` takes it", () => {
    assert.equal(joinPath("tempo:volume", []), "tempo:volume");
    assert.equal(joinPath("tempo:volume", ["size"]), "tempo:volume.size");
    assert.equal(joinPath("tempo:networkPolicy", ["query", 0, "namespace"]), "tempo:networkPolicy.query[0].namespace");
    assert.equal(joinPath("tempo:volume", ["selector", "a/b"]), 'tempo:volume.selector["a/b"]');
    assert.equal(joinPath("tempo:volume", ["selector", "a-b_c"]), "tempo:volume.selector.a-b_c");
    assert.equal(joinPath("tempo:volume", ["selector", ""]), 'tempo:volume.selector[""]');
  });
});

describe("problemsOf", () => {
  const type = z.strictObject({
    text: z.string(),
    list: z.array(z.string()).optional(),
    inner: z.strictObject({ count: z.number() }).optional(),
    labels: z.record(z.string(), z.string()).optional(),
    custom: z.string().min(3, { error: "too short. Write three letters" }).optional(),
  });
  const known = (path: readonly PropertyKey[]): Record<string, z.ZodType> =>
    path.length === 0 ? { text: z.string(), inner: z.unknown() } : { count: z.number().meta({ formerly: "number" }) };

  function lines(input: unknown, isSecret: (path: readonly PropertyKey[]) => boolean = () => false): string[] {
    const result = type.safeParse(input);
    return result.success ? [] : problemsOf("t:s", input, result.error, isSecret, known).map(formatProblem);
  }

  it("is empty for what is right", () => {
    assert.deepEqual(lines({ text: "" }), []);
  });

  it("says of each type what it is not and how to write it", () => {
    assert.deepEqual(lines({ text: 5, list: "a", inner: [], labels: null }), [
      "t:s.text = 5: not a text. Write a string.",
      't:s.list = "a": not a list. Write a list in [ ] or with a line beginning with - for each entry.',
      "t:s.inner = []: not a section. Write the keys of the section below it.",
      "t:s.labels = null: not a map. Write a line `key: value` for each entry.",
    ]);
    assert.deepEqual(lines("x"), ['t:s = "x": not a section. Write the keys of the section below it.']);
    assert.deepEqual(lines({ text: "", inner: { count: "1" } }), ['t:s.inner.count = "1": not a number.']);
  });

  it("tells the new name of what was renamed", () => {
    assert.deepEqual(lines({ text: "", inner: { count: 1, number: 2 } }), [
      "t:s.inner.number: an unknown key. It was renamed. Write count.",
    ]);
  });

  it("passes a rule's own message on, with the value", () => {
    assert.deepEqual(lines({ text: "", custom: "ab" }), ['t:s.custom = "ab": too short. Write three letters.']);
  });

  it("tells what is missing apart from what is wrong", () => {
    assert.deepEqual(lines({}), ["t:s.text: missing. Write a string."]);
  });

  it("gives of a message only the advice where nothing was found", () => {
    const needed = z.strictObject({
      list: z.array(z.string()),
      section: z.strictObject({}),
      choice: z.enum(["a", "b"], { error: "neither of the two. Write a or b" }),
      count: z.number(),
    });
    const { error } = needed.safeParse({});
    assert.ok(error);
    const found = problemsOf("t:s", {}, error, () => false, known).map(formatProblem);
    assert.deepEqual(found, [
      "t:s.list: missing. Write a list in [ ] or with a line beginning with - for each entry.",
      "t:s.section: missing. Write the keys of the section below it.",
      "t:s.choice: missing. Write a or b.",
      "t:s.count: missing. Write a number.",
    ]);
  });

  it("names every unknown key, at its level", () => {
    assert.deepEqual(lines({ text: "", txet: 1, innner: 2, inner: { count: 1, cuont: 1 } }), [
      "t:s.inner.cuont: an unknown key. Did you mean count?",
      "t:s.txet: an unknown key. Did you mean text?",
      "t:s.innner: an unknown key. Did you mean inner?",
    ]);
  });

  it("shows no value whose path is a secret's", () => {
    assert.deepEqual(
      lines({ text: 5, custom: "ab" }, (path) => path[0] === "custom"),
      ["t:s.text = 5: not a text. Write a string.", "t:s.custom = [secret]: too short. Write three letters."],
    );
  });

  it("shows no secret below a value that is shown", () => {
    const secrets = { apiKey: "hunter2", oauthClientId: "hunter2", oauthClientSecret: "hunter2", auth: "hunter2" };
    const [line] = lines({ text: [{ ...secrets, httpHeaders: { a: "hunter2" }, url: "b" }] });
    assert.match(line ?? "", /^t:s\.text = .*"httpHeaders":"\[secret\]","url":"b"/);
    assert.ok(line && !line.includes("hunter2"));
  });

  // One that is pasted where a certificate belongs.
  it("shows no private key", () => {
    for (const kind of ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]) {
      const key = `-----BEGIN ${kind}-----\nhunter2\n-----END ${kind}-----\n`;
      const pem = `-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n${key}`;
      const [line] = lines({ text: [key, { pem }] });
      assert.match(line ?? "", /^t:s\.text = \["\[secret\]",\{"pem":"\[secret\]"\}\]: /);
    }
  });

  // Logs of a failed run are read by many.
  it("shows no credentials of a URL", () => {
    assert.deepEqual(lines({ text: ["https://me:hunter2@host/x"] }), [
      't:s.text = ["https://[secret]@host/x"]: not a text. Write a string.',
    ]);
  });
});
