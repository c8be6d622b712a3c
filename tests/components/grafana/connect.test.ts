import assert from "node:assert/strict";
import type { Engine, StateResource } from "../../../lib/engine";
import { connectGrafana, type GrafanaConnection } from "../../../components/grafana/preflight";
import { TOKENS } from "../../../components/grafana/api/resources";
import type { Settings } from "../../../components/contracts/settings";
import { parseConfig } from "../../stack/settings/parse";
import { answers, credentials, startFakeGrafana, type FakeGrafana, type GrafanaState } from "../../support/fakeGrafana";

const OWNER = "tempo.dev";

/** An engine that says what it is told to say. */
function engineOf(isPreview: boolean, state: readonly StateResource[] = []): Engine & { readonly said: string[] } {
  const said: string[] = [];
  const say = (level: string) => (text: string) => {
    said.push(`${level}: ${text}`);
    return Promise.resolve();
  };
  return {
    project: "tempo",
    stack: "dev",
    isPreview,
    info: say("info"),
    warn: say("warn"),
    resources: () => Promise.resolve(state),
    said,
  };
}

function settingsOf(url: string, section: Readonly<Record<string, unknown>> = {}): Settings {
  const grafana: Readonly<Record<string, unknown>> = { url, auth: credentials.token, ...section };
  return parseConfig({ kubeContext: "c", grafana }, grafana["auth"] === "" ? [] : ["grafana"]);
}

describe("connectGrafana", () => {
  const running: FakeGrafana[] = [];
  const auth = process.env["GRAFANA_AUTH"];
  beforeEach(() => {
    Reflect.deleteProperty(process.env, "GRAFANA_AUTH");
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((grafana) => grafana.stop()));
  });
  after(() => {
    if (auth !== undefined) process.env["GRAFANA_AUTH"] = auth;
  });

  async function start(state: GrafanaState = {}): Promise<string> {
    const grafana = await startFakeGrafana(state);
    running.push(grafana);
    return grafana.url;
  }

  const connect = (settings: Settings, engine?: Engine): Promise<GrafanaConnection | undefined> =>
    connectGrafana(settings, OWNER, engine);

  /** The error of a preview and of an `up`, which say the same. */
  async function refusalOf(settings: Settings): Promise<string> {
    const messages = await Promise.all(
      [true, false].map((isPreview) => {
        const engine = engineOf(isPreview);
        return connect(settings, engine).then(
          () => assert.fail(`it connects: ${engine.said.join()}`),
          (error: unknown) => {
            // The engine shows a RunError's message alone, any other error with its stack.
            assert.ok(error instanceof Error && "__pulumiRunError" in error);
            return error.message;
          },
        );
      }),
    );
    assert.equal(messages[0], messages[1]);
    return messages[0] ?? "";
  }

  it("has nothing to do without the section", async () => {
    assert.equal(await connect(parseConfig({ kubeContext: "c" }), engineOf(false)), undefined);
  });

  it("asks nobody without an engine, whose plan needs no credential", async () => {
    const given = await connect(settingsOf("http://127.0.0.1:1"));
    assert.deepEqual(Object.keys(given ?? {}), ["grafana", "contents", "auth"]);
    const none = await connect(settingsOf("http://127.0.0.1:1", { auth: "" }));
    assert.ok(none && !("auth" in none));
  });

  it("takes the credential of the settings before that of the environment", async () => {
    const url = await start();
    process.env["GRAFANA_AUTH"] = "glsa_unknown";
    assert.equal((await connect(settingsOf(url), engineOf(false)))?.auth, credentials.token);
    process.env["GRAFANA_AUTH"] = credentials.basic;
    assert.equal((await connect(settingsOf(url, { auth: "" }), engineOf(false)))?.auth, credentials.basic);
  });

  it("refuses without a credential and names both places for it", async () => {
    for (const variable of [undefined, ""]) {
      if (variable !== undefined) process.env["GRAFANA_AUTH"] = variable;
      assert.equal(
        await refusalOf(settingsOf("http://127.0.0.1:1", { auth: "" })),
        "tempo:grafana.auth: missing, so nothing was changed. Write the token of a Grafana service account with the role " +
          "Admin: pulumi config set --path --secret grafana.auth, or put it into $GRAFANA_AUTH.",
      );
    }
  });

  it("refuses with a credential that does not do, in a preview too, and does not show it", async () => {
    const url = await start();
    const known =
      "it does not know the credential (401). Write a valid token of a service account with the role Admin.";
    for (const [given, reason] of [
      ["glsa_unknown", known],
      [
        credentials.editor,
        "the credential may not read /api/datasources (403). Give its service account the role Admin, which data sources need.",
      ],
    ] as const) {
      assert.equal(
        await refusalOf(settingsOf(url, { auth: given })),
        `Grafana at ${url} refuses tempo:grafana.auth, so nothing was changed: ${reason}`,
      );
    }
    process.env["GRAFANA_AUTH"] = "glsa_unknown\nglsa_x";
    const message = await refusalOf(settingsOf(url, { auth: "" }));
    assert.match(message, / refuses \$GRAFANA_AUTH, so nothing was changed: the credential has a space, a line break /);
    assert.doesNotMatch(message, /glsa_/);
  });

  for (const [what, instead, reason] of [
    [
      "answers with a page",
      answers.html,
      "GET /api/datasources answers no JSON. Is this the base URL of Grafana itself?",
    ],
    [
      "sends to a login",
      answers.redirect("/login"),
      "GET /api/datasources is redirected to /login. Write the URL that answers itself, without a login in front of it",
    ],
    ["is no Grafana", answers.status(404), "GET /api/datasources answers 404. Is this the base URL of Grafana itself?"],
    ["breaks off", answers.cut, "it ended the connection"],
  ] as const) {
    it(`warns in a preview and refuses an up where the server ${what}`, async () => {
      const url = await start({ instead: { "/api/datasources": instead } });
      const engine = engineOf(true);
      const found = await connect(settingsOf(url), engine);
      assert.equal(found?.auth, credentials.token);
      const begin = `Grafana at ${url} (tempo:grafana.url) could not be checked`;
      assert.deepEqual(engine.said, [`warn: ${begin}; an \`up\` would refuse to start: ${reason}`]);
      await assert.rejects(connect(settingsOf(url), engineOf(false)), {
        message: `${begin}, so nothing was changed: ${reason}`,
      });
    });
  }

  it("gives every problem in one message, and none of its notes with them", async () => {
    const url = await start({
      dataSources: [
        { uid: "tempo", name: "Tempo", type: "tempo", readOnly: true },
        { uid: "loki", name: "Loki", type: "jaeger" },
      ],
    });
    const message = await refusalOf(settingsOf(url, { loki: { uid: "loki" } }));
    assert.equal(
      message,
      `Grafana at ${url} does not fit the configuration; nothing was changed:\n` +
        '  - tempo:grafana.tempo.ownership = "create": the data source tempo ("Tempo") is provisioned from files and ' +
        "read-only. Write provisioned and paste the output grafanaProvisioning into its file, or make it editable first: docs/guides/adopting.md.\n" +
        '  - tempo:grafana.loki.uid = "loki": the uid of a data source of type jaeger ("Loki"). Write that of one of type loki.',
    );
  });

  it("tells what the plan does not show, in a preview and in an up", async () => {
    const url = await start({ dataSources: [{ uid: "tempo", name: "Tempo", type: "tempo" }] });
    for (const isPreview of [true, false]) {
      const engine = engineOf(isPreview);
      await connect(settingsOf(url, { tempo: { ownership: "settings-only" } }), engine);
      assert.match(
        engine.said.join("\n"),
        /^info: Grafana: every setting \(jsonData\) of the data source "Tempo" .* On destroy they stay\.$/,
      );
    }
  });

  it("knows by the state what this stack has made", async () => {
    const url = await start({ dataSources: [{ uid: "tempo", name: "Tempo", type: "tempo" }] });
    const made: StateResource = { type: TOKENS.dataSource, name: "grafana-tempo", outputs: { uid: "tempo" } };
    assert.ok(await connect(settingsOf(url), engineOf(false, [made])));
    // Where the credential came from the settings, the command takes it from there.
    await assert.rejects(connect(settingsOf(url), engineOf(false)), /GRAFANA_AUTH="\$\(pulumi config get --stack dev /);
    process.env["GRAFANA_AUTH"] = credentials.token;
    await assert.rejects(
      connect(settingsOf(url, { auth: "" }), engineOf(false)),
      /GRAFANA_URL=\S+ pulumi import --stack dev /,
    );
  });

  it("lets through what is a fault of the program", async () => {
    const engine = { ...engineOf(true), resources: () => Promise.reject(new TypeError("no such stack")) };
    await assert.rejects(connect(settingsOf(await start()), engine), { name: "TypeError", message: "no such stack" });
  });
});
