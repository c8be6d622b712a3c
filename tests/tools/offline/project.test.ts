import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mergeConfig, readStackConfig } from "../../../tools/offline/project";
import { ROOT } from "../../program/stacks";

const project = {
  name: "tempo",
  config: {
    namespace: { default: "monitoring" },
    createNamespace: { default: false },
    volume: { default: { size: "10Gi", protect: true } },
    tags: { default: [] },
    "other:region": { value: "eu" },
    undefaulted: null,
  },
};
const merged = (config: Record<string, unknown> | null) => mergeConfig(project, "test", { config });

describe("mergeConfig", () => {
  it("gives the project's defaults as an engine hands them over: texts, and JSON for what has parts", () => {
    assert.deepEqual(merged(null), {
      project: "tempo",
      stack: "test",
      values: {
        "tempo:namespace": "monitoring",
        "tempo:createNamespace": "false",
        "tempo:volume": '{"size":"10Gi","protect":true}',
        "tempo:tags": "[]",
        "other:region": "eu",
      },
      secretKeys: [],
    });
  });

  it("lets a stack replace a section as a whole, and keeps what it adds", () => {
    const { values } = merged({
      "tempo:volume": { size: "20Gi" },
      "tempo:createNamespace": true,
      "tempo:maxLiveTraces": 5,
      "aws:region": "eu-central-1",
    });
    assert.equal(values["tempo:volume"], '{"size":"20Gi"}');
    assert.equal(values["tempo:createNamespace"], "true");
    assert.equal(values["tempo:maxLiveTraces"], "5");
    assert.equal(values["aws:region"], "eu-central-1");
    assert.equal(values["tempo:namespace"], "monitoring");
  });

  it("takes a key without a namespace for the project's own", () => {
    assert.equal(merged({ namespace: "traces" }).values["tempo:namespace"], "traces");
  });

  it("replaces every secret, at any depth, and says which key holds one", () => {
    const { values, secretKeys } = merged({
      "tempo:token": { secure: "v1:abc" },
      "tempo:tailnet": { domain: "x.ts.net", apiKey: { secure: "v1:def" }, more: [{ deep: { secure: "v1:ghi" } }] },
      "tempo:volume": { size: "20Gi" },
    });
    assert.equal(values["tempo:token"], "[secret]");
    assert.deepEqual(JSON.parse(values["tempo:tailnet"] ?? ""), {
      domain: "x.ts.net",
      apiKey: "[secret]",
      more: [{ deep: "[secret]" }],
    });
    assert.deepEqual(secretKeys, ["tempo:token", "tempo:tailnet"]);
    assert.doesNotMatch(JSON.stringify(values), /v1:/);
  });

  it("does not take a section that merely has a key `secure` for a secret", () => {
    const { values, secretKeys } = merged({ "tempo:a": { secure: "yes", other: 1 } });
    assert.deepEqual([values["tempo:a"], secretKeys], ['{"secure":"yes","other":1}', []]);
  });

  it("takes a key without a value for an empty text", () => {
    assert.equal(merged({ "tempo:namespace": null }).values["tempo:namespace"], "");
  });
});

describe("readStackConfig", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-project-"));
    writeFileSync(join(folder, "Pulumi.yaml"), "name: tempo\nconfig:\n  namespace:\n    default: monitoring\n");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("reads the project's own stacks", () => {
    for (const stack of ["prod", "local"]) {
      const { project: name, values, secretKeys } = readStackConfig(ROOT, stack);
      assert.deepEqual([name, values["tempo:namespace"], secretKeys], ["tempo", "monitoring", []]);
    }
  });

  for (const [title, text] of Object.entries({
    "an empty file": "",
    "nothing but comments": "# nothing\n",
    "an empty config": "config:\n",
    "other parts only": "encryptionsalt: v1:abc\n",
  })) {
    it(`takes a stack file for the defaults alone: ${title}`, () => {
      writeFileSync(join(folder, "Pulumi.a.b.yaml"), text);
      assert.deepEqual(readStackConfig(folder, "a.b").values, { "tempo:namespace": "monitoring" });
    });
  }

  it("names the stacks that there are, and looks for a file nowhere else", () => {
    writeFileSync(join(folder, "Pulumi.one.yaml"), "");
    for (const stack of ["two", "", "../one", "one.yaml"]) {
      assert.throws(() => readStackConfig(folder, stack), {
        message: `There is no Pulumi.${stack}.yaml. The stacks here: one.`,
      });
    }
  });

  it("knows YAML's merge keys, as the CLI does", () => {
    writeFileSync(
      join(folder, "Pulumi.one.yaml"),
      "config:\n  tempo:a: &a {x: 1, y: 2}\n  tempo:b:\n    <<: *a\n    y: 3\n",
    );
    const { values } = readStackConfig(folder, "one");
    assert.deepEqual(JSON.parse(values["tempo:b"] ?? ""), { x: 1, y: 3 });
  });

  it("names the file that is no YAML", () => {
    writeFileSync(join(folder, "Pulumi.one.yaml"), "config: [\n");
    assert.throws(() => readStackConfig(folder, "one"), /^Error: Pulumi\.one\.yaml: [^]*line [12]/);
    writeFileSync(join(folder, "Pulumi.yaml"), "name: a: b\n");
    assert.throws(() => readStackConfig(folder, "one"), /^Error: Pulumi\.yaml: [^]*line 1/);
  });

  it("reads a project's file without configuration", () => {
    writeFileSync(join(folder, "Pulumi.yaml"), "name: tempo\n");
    writeFileSync(join(folder, "Pulumi.one.yaml"), "config:\n  tempo:a: 1\n");
    assert.deepEqual(readStackConfig(folder, "one").values, { "tempo:a": "1" });
  });
});
