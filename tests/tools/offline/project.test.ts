import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findStack, readProject, readStackConfig, unknownOf } from "../../../tools/offline/project";
import { ROOT } from "../../stack/program/stacks";

const PROJECT = `
name: tempo
config:
  namespace: { type: string, default: monitoring }
  createNamespace: { type: boolean, default: false }
  volume: { type: object, default: { size: 10Gi, protect: true } }
  tags: { type: array, items: { type: string }, default: [] }
  other:region: { value: eu }
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-project-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Reads a stack `one` of a project. */
function read(stack: string, project = PROJECT) {
  writeFileSync(join(folder, "Pulumi.yaml"), project);
  writeFileSync(join(folder, "Pulumi.one.yaml"), stack);
  return readStackConfig(folder, "one");
}

describe("readStackConfig", () => {
  it("reads the project's own stacks", () => {
    for (const stack of ["prod", "local"]) {
      const config = readStackConfig(ROOT, stack);
      assert.deepEqual([config.project, config.stack, config.secretKeys], ["tempo", stack, []]);
      assert.deepEqual([config.values["tempo:namespace"], unknownOf(config)], ["monitoring", undefined]);
    }
  });

  for (const [title, text] of Object.entries({
    "an empty file": "",
    "nothing but comments": "# nothing\n",
    "an empty config": "config:\n",
    "other parts only": "encryptionsalt: v1:abc\n",
  })) {
    it(`gives the project's defaults, as an engine hands them over, to ${title}`, () => {
      assert.deepEqual(read(text), {
        project: "tempo",
        stack: "one",
        values: {
          "tempo:namespace": "monitoring",
          "tempo:createNamespace": "false",
          "tempo:volume": '{"protect":true,"size":"10Gi"}',
          "tempo:tags": "[]",
          "other:region": "eu",
        },
        secretKeys: [],
      });
    });
  }

  it("lets a stack replace a section as a whole, and keeps what it adds", () => {
    const { values } = read(
      "config:\n  tempo:volume: { size: 20Gi }\n  tempo:createNamespace: true\n  tempo:maxLiveTraces: 5\n  aws:region: eu-1\n",
    );
    assert.equal(values["tempo:volume"], '{"size":"20Gi"}');
    assert.equal(values["tempo:createNamespace"], "true");
    assert.equal(values["tempo:maxLiveTraces"], "5");
    assert.equal(values["aws:region"], "eu-1");
    assert.equal(values["tempo:namespace"], "monitoring");
  });

  it("replaces every secret, at any depth, and says which key holds one", () => {
    const { values, secretKeys } = read(`config:
  tempo:token: { secure: v1:abc }
  tempo:tailnet: { domain: x.ts.net, apiKey: { secure: v1:def }, more: [{ deep: { secure: v1:ghi } }] }
  tempo:volume: { size: 20Gi }
`);
    assert.equal(values["tempo:token"], "[secret]");
    assert.deepEqual(JSON.parse(values["tempo:tailnet"] ?? ""), {
      domain: "x.ts.net",
      apiKey: "[secret]",
      more: [{ deep: "[secret]" }],
    });
    assert.deepEqual(secretKeys, ["tempo:token", "tempo:tailnet"]);
    assert.doesNotMatch(JSON.stringify(values), /v1:/);
  });

  it("names every value that the CLI would refuse for its type, and takes those that it takes", () => {
    assert.throws(
      () => read("config:\n  namespace: [x]\n  createNamespace: yes\n  volume: 10Gi\n  tags: [1, x]\n"),
      (error: Error) => {
        assert.deepEqual(error.message.replace("Pulumi.one.yaml: ", "").split("\n"), [
          "config.namespace: Pulumi.yaml declares the type string, and the CLI takes nothing else",
          "config.createNamespace: Pulumi.yaml declares the type boolean, and the CLI takes nothing else",
          "config.volume: Pulumi.yaml declares the type object, and the CLI takes nothing else",
          "config.tags: Pulumi.yaml declares a list of string, and the CLI takes nothing else",
        ]);
        return true;
      },
    );
    const { values } = read('config:\n  namespace: 010\n  createNamespace: "true"\n  tags: ["1", { secure: v1:a }]\n');
    assert.deepEqual([values["tempo:namespace"], values["tempo:createNamespace"]], ["8", "true"]);
    assert.throws(() => read("config:\n  volume: { secure: v1:abc }\n"), /config\.volume: .* the type object/);
  });

  it("names what is missing, which aborts the CLI", () => {
    const project = "name: tempo\nconfig:\n  a: { type: string }\n  b:\n  c: { default: ~ }\n  d: x\n";
    assert.throws(() => read("", project), /^Error: Pulumi\.one\.yaml: (config\.[abc]: missing[^\n]*\n?){3}$/);
    assert.deepEqual(read("config: { a: 1, b: 2, tempo:c: 3 }\n", project).values, {
      "tempo:a": "1",
      "tempo:b": "2",
      "tempo:c": "3",
      "tempo:d": "x",
    });
  });

  // The CLI takes either, by the order of a Go map, which is another one at each run.
  it("refuses a key in two spellings", () => {
    for (const other of ["a", "tempo:config:a"]) {
      assert.throws(() => read(`config:\n  tempo:a: 1\n  ${other}: 2\n`), /config\.tempo:a: given in two spellings/);
    }
  });

  it("refuses a number that no JSON can have, and names its key", () => {
    assert.throws(() => read("config:\n  tempo:a: { b: .inf }\n"), /config\.tempo:a: Infinity is no number/);
  });

  it("names the file that is no YAML", () => {
    assert.throws(() => read("config: [\n"), /^Error: Pulumi\.one\.yaml: [^]*line [12]/);
    assert.throws(() => read("", "name: a: b\n"), /^Error: Pulumi\.yaml: [^]*line 1/);
  });

  it("knows the files of a folder that Pulumi.yaml names, under the old name as well", () => {
    mkdirSync(join(folder, "stacks"));
    writeFileSync(join(folder, "stacks", "Pulumi.two.yaml"), "config:\n  tempo:a: 1\n");
    for (const line of ["stackConfigDir: stacks", "config: stacks", "stackConfigDir: ./stacks/"]) {
      writeFileSync(join(folder, "Pulumi.yaml"), `name: tempo\n${line}\n`);
      writeFileSync(join(folder, "Pulumi.one.yaml"), "");
      assert.deepEqual(readStackConfig(folder, "two").values, { "tempo:a": "1" });
      // Where the CLI does not look, nothing is found.
      assert.throws(
        () => readStackConfig(folder, "one"),
        /^Error: There is no .*stacks.Pulumi\.one\.yaml\. The stacks here: two\.$/,
      );
    }
  });
});

describe("findStack", () => {
  beforeEach(() => {
    writeFileSync(join(folder, "Pulumi.yaml"), "name: tempo\n");
    writeFileSync(join(folder, "Pulumi.a.b.yaml"), "");
  });

  it("takes what `pulumi --stack` takes, and gives the stack its own name", () => {
    for (const reference of ["a.b", "team/a.b", "organization/tempo/a.b"]) {
      const { stack, path } = findStack(folder, reference);
      assert.deepEqual([stack, path], ["a.b", join(folder, "Pulumi.a.b.yaml")]);
    }
  });

  it("refuses a stack of another project", () => {
    assert.throws(() => findStack(folder, "team/loki/a.b"), {
      message: "team/loki/a.b is a stack of the project loki; this is tempo. Write team/tempo/a.b.",
    });
  });

  it("names the stacks that there are, and looks for a file nowhere else", () => {
    for (const stack of ["two", "a.b.yaml", "team/two"]) {
      const name = stack.replace("team/", "");
      assert.throws(() => findStack(folder, stack), {
        message: `There is no Pulumi.${name}.yaml. The stacks here: a.b.`,
      });
    }
    for (const stack of ["", "../a.b", "x/y/tempo/a.b", "team/", "/a.b", "team/../a.b"]) {
      assert.throws(() => findStack(folder, stack), /is no name of a stack\. Write NAME, ORGANIZATION\/NAME or/);
    }
  });
});

describe("the backend of a project", () => {
  const backendOf = (text: string): string | undefined => {
    writeFileSync(join(folder, "Pulumi.yaml"), `name: tempo\n${text}\n`);
    return readProject(folder).backend;
  };

  it("is what Pulumi.yaml names, and none where it names none", () => {
    assert.equal(backendOf("backend:\n  url: s3://team-state"), "s3://team-state");
    for (const text of ["", "backend:", "backend: {}", 'backend:\n  url: ""']) assert.equal(backendOf(text), undefined);
  });
});

describe("a stack with environments of Pulumi ESC", () => {
  const project =
    "name: tempo\nconfig:\n  context: { type: string }\n  image: x\n  volume: { default: { size: 1Gi } }\n  tags: []\n";
  const environment = (text: string, config = "") => {
    const { values, environment: found } = read(`environment:${text}\nconfig:${config}\n`, project);
    return { values, found };
  };

  it("is known as far as its own file goes: whole values, and the fields that sections have", () => {
    const { found, values } = environment(
      "\n  - team/prod\n  - team/base@stable",
      "\n  volume: {size: 5Gi}\n  tempo:tags: [x]",
    );
    assert.deepEqual(found, {
      imports: ["team/prod", "team/base@stable"],
      absent: ["context", "image"],
      partial: ["volume"],
    });
    // A required key may come from there.
    assert.equal(values["tempo:context"], undefined);
    assert.match(
      unknownOf(read("environment: [team/prod]\n", project)) ?? "",
      /^This is not the whole configuration: Pulumi\.one\.yaml names the ESC environments team\/prod, .* what Pulumi\.one\.yaml leaves out: context, image, volume, tags\./,
    );
  });

  it("may get from a definition of its own what that sets, and no more", () => {
    const inline = "\n  values:\n    pulumiConfig:\n      tempo:context: minikube\n      image: ${images.tempo}";
    assert.deepEqual(environment(inline).found, { imports: [], absent: ["context", "image"], partial: [] });
    const imported = environment(`\n  imports:\n    - team/prod\n    - team/base: {merge: false}${inline}`).found;
    assert.deepEqual([imported?.imports, imported?.absent.length], [["team/prod", "team/base"], 4]);
    const unclear = "\n  values:\n    pulumiConfig:\n      fn::fromJSON: ${text}";
    assert.equal(environment(unclear).found?.absent.length, 4);
  });

  it("is like any other where the list is empty", () => {
    for (const text of [" []", " ~", ""]) {
      assert.throws(() => environment(text), /config\.context: missing/);
      assert.equal(environment(text, "\n  context: x").found, undefined);
    }
  });

  it("knows a secret for one value, of which nothing more can come", () => {
    assert.deepEqual(environment(" [a]", "\n  context: x\n  image: {secure: v1:a}\n  tags: []").found, {
      imports: ["a"],
      absent: ["volume"],
      partial: [],
    });
  });
});
