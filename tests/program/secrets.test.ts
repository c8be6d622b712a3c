import assert from "node:assert/strict";
import { renderFiles } from "../../tools/offline/files";
import { renderTree } from "../../tools/offline/tree";
import type { Plan } from "../../tools/offline/run";
import { planOf, resourceOf, sectionOf, without } from "./stacks";

/** A text that no program writes by itself. */
const CANARY = "hunter2-canary";

const credentials: Record<string, Record<string, string>> = {
  "an API key": { apiKey: CANARY },
  "an OAuth client": { oauthClientId: `${CANARY}-id`, oauthClientSecret: `${CANARY}-secret` },
};

function withCredentials(section: Record<string, unknown>, preview = true): Promise<Plan> {
  const tailnet = { ...sectionOf("prod", "tailnet"), ...section };
  return planOf("prod", { tailnet }, { secretKeys: ["tailnet"], preview });
}

describe("a secret in the configuration", () => {
  for (const [title, section] of Object.entries(credentials)) {
    for (const preview of [true, false]) {
      it(`is nowhere in what ${preview ? "a preview" : "an update"} shows: ${title}`, async () => {
        const plan = await withCredentials(section, preview);
        const shown = [JSON.stringify(plan), renderTree(plan), ...renderFiles(plan).values()];
        assert.ok(!shown.join("\n").includes(CANARY));
      });
    }

    it(`is what the Tailscale provider gets, as a secret: ${title}`, async () => {
      const { type, parent, inputs } = resourceOf(await withCredentials(section), "tailnet-provider");
      assert.equal(type, "pulumi:providers:tailscale");
      assert.equal(parent, "tempo:tailnet:Tailnet::tailnet");
      assert.deepEqual(without(inputs, "userAgent"), {
        baseUrl: "https://api.tailscale.com",
        ...Object.fromEntries(Object.keys(section).map((key) => [key, "[secret]"])),
      });
    });
  }

  it("gives the provider the base URL that was written", async () => {
    const plan = await withCredentials({ apiKey: CANARY, apiUrl: "https://headscale.example.com/api" });
    assert.equal(resourceOf(plan, "tailnet-provider").inputs["baseUrl"], "https://headscale.example.com/api");
  });

  it("makes the only difference: without one there is no Tailscale provider", async () => {
    const names = (plan: Plan): string[] => plan.resources.map(({ name }) => name);
    const without = names(await planOf("prod"));
    const added = names(await withCredentials({ apiKey: CANARY })).filter((name) => !without.includes(name));
    assert.deepEqual(added, ["tailnet-provider"]);
  });

  for (const [title, section] of Object.entries({
    "two kinds of credentials": { apiKey: CANARY, oauthClientId: CANARY, oauthClientSecret: CANARY },
    "half an OAuth client": { oauthClientSecret: CANARY },
    "an unknown key": { apiKy: CANARY },
    "a list where a text belongs": { apiKey: [CANARY] },
    "a section where a text belongs": { oauthClientId: { text: CANARY } },
  })) {
    it(`is not in the error about ${title}`, async () => {
      await assert.rejects(withCredentials(section), (error: Error) => {
        assert.match(error.message, /nothing was changed:\n {2}- tempo:tailnet\./);
        assert.ok(!error.message.includes(CANARY), error.message);
        return true;
      });
    });
  }

  it("is refused where it would be written into manifests, without being shown", async () => {
    const prometheus = { ...sectionOf("prod", "prometheus"), externalLabels: { token: CANARY } };
    await assert.rejects(planOf("prod", { prometheus }, { secretKeys: ["prometheus"] }), (error: Error) => {
      assert.match(error.message, /^1 problem [^]*tempo:prometheus = \[secret\]: a secret, though it is written into /);
      assert.ok(!error.message.includes(CANARY), error.message);
      return true;
    });
  });

  it("is refused in plain text, without being shown", async () => {
    const tailnet = { ...sectionOf("prod", "tailnet"), apiKey: CANARY };
    await assert.rejects(planOf("prod", { tailnet }), (error: Error) => {
      assert.match(error.message, /tempo:tailnet\.apiKey = \[plain text\]/);
      assert.ok(!error.message.includes(CANARY), error.message);
      return true;
    });
  });
});
