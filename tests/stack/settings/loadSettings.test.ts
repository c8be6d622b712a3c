import { ROOT } from "../../../lib/root";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as pulumi from "@pulumi/pulumi";
import { loadSettings } from "../../../stack/settings";

/** What the engine would hand over to the program of a stack. */
async function configure(values: Record<string, string>, secretKeys: string[] = [], stack = "dev"): Promise<void> {
  await pulumi.runtime.setMocks(
    { newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }), call: () => ({}) },
    "tempo",
    stack,
    true,
  );
  pulumi.runtime.setAllConfig(values, secretKeys);
}

/** The RunError that loadSettings throws. */
function runError(): pulumi.RunError {
  try {
    loadSettings();
  } catch (error) {
    // Told by its mark: an `instanceof` fails where the SDK is loaded twice.
    assert.ok(pulumi.RunError.isInstance(error));
    return error;
  }
  assert.fail("loadSettings returned");
}

describe("loadSettings", () => {
  afterEach(() => {
    pulumi.runtime.setAllConfig({});
  });

  it("reads the engine's configuration", async () => {
    await configure({ "tempo:kubeContext": "c", "tempo:volume": '{"size":"20Gi"}', "tempo:createNamespace": "true" });
    const settings = loadSettings();
    assert.equal(settings.kubeContext, "c");
    assert.equal(settings.volume.size.text, "20Gi");
    assert.equal(settings.createNamespace, true);
  });

  it("throws the whole list as a RunError, which the CLI shows without a stack trace", async () => {
    await configure({ "tempo:kubeContext": "c", "tempo:retention": "7 days", "tempo:retentoin": "7d" }, [], "staging");
    assert.equal(
      runError().message,
      `2 problems in the configuration of stack "staging"; nothing was changed:
  - tempo:retentoin: an unknown key. Did you mean retention?
  - tempo:retention = "7 days": not a duration. Write a number with a unit, such as 168h, 7d or 90s.`,
    );
  });

  it("asks the engine which keys are secrets, by their full names", async () => {
    const values = { "tempo:kubeContext": "c", "tempo:tailnet": '{"domain":"a.ts.net","apiKey":"hunter2"}' };
    await configure(values, ["tempo:tailnet"]);
    assert.equal(loadSettings().tailnet?.apiKey, "hunter2");

    await configure(values, ["other:tailnet"]);
    assert.equal(
      runError().message,
      `1 problem in the configuration of stack "dev"; nothing was changed:
  - tempo:tailnet.apiKey = [plain text]: a secret in plain text. Write it with: pulumi config set --path --secret tailnet.apiKey.`,
    );
  });

  it("does not show a secret that is of the wrong type", async () => {
    await configure({ "tempo:kubeContext": "c", "tempo:tailnet": "hunter2" }, ["tempo:tailnet"]);
    assert.equal(
      runError().message,
      `1 problem in the configuration of stack "dev"; nothing was changed:
  - tempo:tailnet = [secret]: not a section. Write the keys of the section below it.`,
    );
  });
});

describe("the committed stack files", () => {
  // As git has them: the CLI writes a salt into the file of a stack that somebody brings up here, or makes new ones.
  const git = (...args: string[]): string => execFileSync("git", args, { cwd: ROOT, encoding: "utf8" });
  const files = git("ls-files", "Pulumi.*.yaml").split("\n").filter(Boolean);

  it("are those of prod and local", () => {
    assert.deepEqual(files.sort(), ["Pulumi.local.yaml", "Pulumi.prod.yaml"]);
  });

  it("hold no secret and no key to one: they belong to one person's passphrase or account", () => {
    for (const file of files) {
      const text = git("show", `:${file}`);
      for (const word of [/encryptionsalt/i, /secure:/i, /secretsprovider/i, /encryptedkey/i, /tskey-/]) {
        assert.doesNotMatch(text, word, file);
      }
    }
  });
});
