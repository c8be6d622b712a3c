import assert from "node:assert/strict";
import { connectCaddy } from "../../../components/caddy/connect";
import { MANAGED_ROUTE, ROUTE_NAME } from "../../../components/caddy/managed";
import type { Engine, StateResource } from "../../../lib/engine";
import type { Settings } from "../../../components/contracts/settings";
import { parseConfig } from "../../stack/settings/parse";
import { serve } from "../../../tools/lib/loopback";
import { ID, OWNER, routeOf, settingsOf } from "./support";

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

const route = routeOf();
const name = "Caddy's route of tempo.ops.localhost";
const survival = `warn: ${name} does not outlive a restart unless Caddy is started with --resume, nor a reload from a file. A later \`up\` puts it back: docs/decisions/caddy.md.`;
const wildcard = { match: [{ host: ["*.ops.localhost"] }], terminal: true };

/** A Caddy's configuration. */
const configOf = (...routes: unknown[]) => ({ apps: { http: { servers: { srv0: { listen: [":443"], routes } } } } });

describe("connectCaddy", () => {
  const running: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((stop) => stop()));
  });

  /** An admin API that answers with a configuration and refuses everything else. */
  async function start(config: unknown, status = 200): Promise<string> {
    const { url, stop } = await serve(({ method }, response) => {
      response.writeHead(method === "GET" ? status : 405, { etag: '"/config/ 1"' }).end(JSON.stringify(config));
    });
    running.push(stop);
    return url;
  }

  const connect = (adminUrl: string, engine: Engine, section: Readonly<Record<string, unknown>> = {}): Promise<void> =>
    connectCaddy(settingsOf({ adminUrl, ...section }).settings, OWNER, engine);

  const inState = (adminUrl: string, made: unknown = route): StateResource[] => [
    { type: MANAGED_ROUTE, name: "another", outputs: { adminUrl, route: { "@id": "other" } } },
    { type: MANAGED_ROUTE, name: ROUTE_NAME, outputs: { adminUrl, server: "srv0", route: made } },
  ];

  /** What a preview and an `up` say, which is the same. */
  async function said(config: unknown, state: (url: string) => StateResource[] = () => []): Promise<string[]> {
    const url = await start(config);
    const all = await Promise.all(
      [true, false].map(async (isPreview) => {
        const engine = engineOf(isPreview, state(url));
        await connect(url, engine);
        return engine.said;
      }),
    );
    assert.deepEqual(all[0], all[1]);
    return all[0] ?? [];
  }

  /** The error of a preview and of an `up`. */
  async function refusalOf(url: string, section: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const messages = await Promise.all(
      [true, false].map((isPreview) =>
        connect(url, engineOf(isPreview), section).then(
          () => assert.fail("it connects"),
          (error: unknown) => {
            // The engine shows a RunError's message alone, any other error with its stack.
            assert.ok(error instanceof Error && "__pulumiRunError" in error);
            return error.message;
          },
        ),
      ),
    );
    assert.equal(messages[0], messages[1]);
    return messages[0] ?? "";
  }

  it("has nothing to do without the section, without an admin API, or without an engine", async () => {
    const refused = (settings: Settings, engine?: Engine): Promise<void> => connectCaddy(settings, OWNER, engine);
    await refused(parseConfig({ kubeContext: "c" }), engineOf(false));
    await refused(settingsOf().settings, engineOf(false));
    await refused(settingsOf({ adminUrl: "http://127.0.0.1:1" }).settings);
  });

  it("says of a new route what it does not outlive", async () => {
    assert.deepEqual(await said(configOf(wildcard)), [survival]);
    for (const admin of [{ persist: false }, { load: { module: "http" } }]) {
      assert.deepEqual(await said({ ...configOf(wildcard), admin: { config: admin } }), [
        `warn: ${name} does not outlive a restart: this Caddy keeps no change made by its admin API (admin.config). A later \`up\` puts it back: docs/decisions/caddy.md.`,
      ]);
    }
  });

  it("says nothing of a route that is as this stack left it", async () => {
    assert.deepEqual(await said(configOf(route, wildcard), (url) => inState(url)), []);
    // The settings have changed since; the plan shows that.
    const old = routeOf({ hostname: "old.ops.localhost" });
    assert.deepEqual(await said(configOf(old, wildcard), (url) => inState(url, old)), []);
  });

  it("says that a route was lost, changed or hidden", async () => {
    assert.deepEqual(await said(configOf(wildcard), (url) => inState(url)), [
      `warn: ${name} is gone: Caddy was started or reloaded from a file, or somebody took it out. An \`up\` puts it back.`,
      survival,
    ]);
    const changed = routeOf({ upstream: "http://127.0.0.1:1" });
    assert.deepEqual(await said(configOf(changed, wildcard), (url) => inState(url)), [
      `warn: ${name} was changed by somebody else. An \`up\` writes it anew.`,
    ]);
    assert.deepEqual(await said(configOf(wildcard, route), (url) => inState(url)), [
      `warn: ${name} gets no request, another one stands before it. An \`up\` puts it first.`,
    ]);
  });

  it("says that a route becomes this stack's, which only its @id tells", async () => {
    const adopted = [`info: ${name} (@id ${ID}) is there already and becomes this stack's.`];
    assert.deepEqual(await said(configOf(route, wildcard)), adopted);
    assert.deepEqual(await said(configOf(route), () => inState("http://elsewhere:2019")), adopted);
  });

  it("knows its route under the @id that it had before the stack was renamed", async () => {
    const old = { ...route, "@id": "pulumi-tempo.old" };
    assert.deepEqual(await said(configOf(old, wildcard), (url) => inState(url, old)), [survival]);
  });

  it("gives every problem in one message, by the full keys of the settings", async () => {
    const url = await start(configOf({ match: [{ host: ["tempo.ops.localhost"] }], handle: [] }, { "@id": ID }));
    const at = "apps/http/servers/srv0/routes";
    assert.equal(
      await refusalOf(url),
      `Caddy at ${url} does not fit the configuration; nothing was changed:\n` +
        `  - tempo:caddy.hostname = "tempo.ops.localhost": Caddy has a route for it that is not of this stack: ${at}/0. ` +
        "Take it out of Caddy's configuration, write another name, or leave adminUrl out and keep that route.\n" +
        `  - tempo:caddy.adminUrl: the @id ${ID}, which names the route of this stack, is that of something else in ` +
        `Caddy: ${at}/1. Give it another @id, or take it out.`,
    );
    assert.match(
      await refusalOf(url, { server: "srv9" }),
      /\n {2}- tempo:caddy\.server = "srv9": no HTTP server of Caddy\. Write one of srv0 \(:443\)\.$/,
    );
  });

  it("warns in a preview and refuses an up where Caddy does not answer", async () => {
    const engine = engineOf(true);
    await connect("http://127.0.0.1:1", engine);
    const begin = "Caddy at http://127.0.0.1:1 (tempo:caddy.adminUrl) could not be checked";
    const reason = "connect ECONNREFUSED 127.0.0.1:1";
    assert.deepEqual(engine.said, [`warn: ${begin}; an \`up\` would refuse to start: ${reason}`]);
    await assert.rejects(connect("http://127.0.0.1:1", engineOf(false)), {
      message: `${begin}, so nothing was changed: ${reason}`,
    });
  });

  it("refuses where Caddy does not let it, in a preview too", async () => {
    const url = await start({ error: "host not allowed: x" }, 403);
    assert.equal(
      await refusalOf(url),
      `Caddy at ${url} (tempo:caddy.adminUrl) cannot be used, so nothing was changed: it refuses this client (403: host not ` +
        "allowed: x). Write an address that it listens on, or allow the one that is used in its admin.origins.",
    );
  });

  it("lets through what is a fault of the program", async () => {
    const engine = { ...engineOf(true), resources: () => Promise.reject(new TypeError("no such stack")) };
    await assert.rejects(connect(await start(configOf()), engine), { name: "TypeError" });
  });
});
