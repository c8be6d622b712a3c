import assert from "node:assert/strict";
import { parseSettings } from "../../../stack/settings";
import { connectGrafana } from "../../../components/grafana/preflight";
import { renderFiles } from "../../../tools/offline/files";
import { renderTree } from "../../../tools/offline/tree";
import type { Plan } from "../../../tools/offline/run";
import { configOf, planOf, resourceOf, sectionOf, withEnvironment, without, type Changes } from "./stacks";

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
      assert.match(
        error.message,
        /^1 problem [^]*tempo:prometheus = \[secret\]: holds a secret that is neither in prometheus\.headers nor /,
      );
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

/** The stack prod with changes in its section for Grafana, which holds a secret unless it is said not to. */
function withGrafana(section: Changes, secretKeys = ["grafana"], preview = true): Promise<Plan> {
  return planOf("prod", { grafana: { ...sectionOf("prod", "grafana"), ...section } }, { secretKeys, preview });
}

function assertNowhere(plan: Plan): void {
  const shown = [JSON.stringify(plan), renderTree(plan), ...renderFiles(plan).values()].join("\n");
  for (const text of [CANARY, Buffer.from(CANARY).toString("base64")]) assert.ok(!shown.includes(text), text);
}

const secretHeaders = {
  loki: {
    ownership: "settings-only",
    uid: "loki",
    httpHeaders: { Authorization: `Bearer ${CANARY}`, "X-Scope-OrgID": "a" },
  },
};

describe("a secret for Grafana", () => {
  for (const preview of [true, false]) {
    it(`is nowhere in what ${preview ? "a preview" : "an update"} shows`, async () => {
      assertNowhere(await withGrafana({ auth: CANARY, ...secretHeaders }, undefined, preview));
      assertNowhere(await withGrafana({ auth: `admin:${CANARY}` }, undefined, preview));
    });

    it(`is nowhere in what ${preview ? "a preview" : "an update"} shows when it comes from the environment`, async () => {
      const plan = withEnvironment({ GRAFANA_AUTH: CANARY }, () => planOf("prod", {}, { preview }));
      assertNowhere(await plan);
    });
  }

  it("is what the provider gets, as a secret", async () => {
    const expected = { url: "https://grafana.ops.eblu.me", insecureSkipVerify: "false", auth: "[secret]" };
    const { type, inputs } = resourceOf(await withGrafana({ auth: CANARY }), "grafana-provider");
    assert.equal(type, "pulumi:providers:grafana");
    assert.deepEqual(inputs, expected);
    const plan = await withEnvironment({ GRAFANA_AUTH: CANARY }, () => planOf("prod"));
    assert.deepEqual(resourceOf(plan, "grafana-provider").inputs, expected);
  });

  it("is what a data source's headers are, names included", async () => {
    const plan = await withGrafana({ auth: CANARY, ...secretHeaders });
    assert.equal(resourceOf(plan, "grafana-loki").inputs["httpHeaders"], "[secret]");
    assert.equal("httpHeaders" in resourceOf(plan, "grafana-tempo").inputs, false);
  });

  // A colleague's shell must not change what is deployed, nor put something into the state.
  it("is all that is taken from the environment", async () => {
    const environment = {
      GRAFANA_URL: "https://elsewhere.example.com",
      GRAFANA_ORG_ID: "7",
      GRAFANA_HTTP_HEADERS: JSON.stringify({ "X-Token": CANARY }),
      GRAFANA_INSECURE_SKIP_VERIFY: "true",
      GRAFANA_CA_CERT: CANARY,
      GRAFANA_TLS_KEY: CANARY,
      GRAFANA_TLS_CERT: CANARY,
      GRAFANA_RETRIES: "9",
      GRAFANA_RETRY_WAIT: "9",
      GRAFANA_RETRY_STATUS_CODES: "418",
      GRAFANA_STORE_DASHBOARD_SHA256: "true",
      GRAFANA_CLOUD_ACCESS_POLICY_TOKEN: CANARY,
      GRAFANA_SM_ACCESS_TOKEN: CANARY,
      GRAFANA_ONCALL_ACCESS_TOKEN: CANARY,
      GRAFANA_K6_ACCESS_TOKEN: CANARY,
    };
    const [elsewhere, left] = await withEnvironment(environment, async () => [
      await planOf("prod"),
      Object.keys(environment).map((name) => process.env[name]),
    ]);
    assert.deepEqual(elsewhere, await planOf("prod"));
    assert.deepEqual(left, Object.values(environment));
  });

  it("counts from the settings, else from the environment; an empty one is none", async () => {
    const authOf = async (section: Changes, variable?: string): Promise<unknown> => {
      const { values, project, stack } = configOf("prod", { grafana: { ...sectionOf("prod", "grafana"), ...section } });
      const settings = parseSettings(values, project, stack, (key) => key === "grafana" && "auth" in section);
      return withEnvironment({ GRAFANA_AUTH: variable }, async () => (await connectGrafana(settings, "a"))?.auth);
    };
    assert.equal(await authOf({ auth: "one" }, "other"), "one");
    assert.equal(await authOf({}, "other"), "other");
    assert.equal(await authOf({}, ""), undefined);
    assert.equal(await authOf({}), undefined);
  });

  for (const [title, section] of Object.entries<Changes>({
    "a list where a text belongs": { auth: [CANARY] },
    "a section where a text belongs": { auth: { token: CANARY } },
    "a line break in it": { auth: `${CANARY}\n` },
    "an unknown key": { atuh: CANARY },
    "a header that is none": { tempo: { httpHeaders: { "a b": CANARY } } },
    "headers without effect": { prometheus: { httpHeaders: { Authorization: CANARY } } },
    "half of a header in jsonData": { auth: "a", tempo: { jsonData: { httpHeaderValue1: CANARY } } },
    "a secret among jsonData": { tempo: { ownership: "settings-only", jsonData: { oauthToken: CANARY } } },
    "jsonData without effect": { auth: "a", prometheus: { jsonData: { oauthToken: CANARY } } },
    "a URL with credentials": { url: `https://admin:${CANARY}@grafana.example.com` },
  })) {
    it(`is not in the error about ${title}`, async () => {
      await assert.rejects(withGrafana(section), (error: Error) => {
        assert.match(error.message, /nothing was changed:\n {2}- tempo:grafana/);
        assert.ok(!error.message.includes(CANARY), error.message);
        return true;
      });
    });
  }

  it("is refused in plain text, without being shown", async () => {
    await assert.rejects(withGrafana({ auth: CANARY, ...secretHeaders }, []), (error: Error) => {
      assert.match(error.message, /^2 problems [^]*tempo:grafana\.auth = \[plain text\]/);
      assert.match(error.message, /tempo:grafana\.loki\.httpHeaders\.Authorization = \[plain text\]/);
      assert.ok(!error.message.includes(CANARY), error.message);
      return true;
    });
  });
});
