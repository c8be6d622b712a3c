import assert from "node:assert/strict";
import { provider, type ManagedRouteInputs } from "../../../components/caddy/provider";
import { findCaddy, SITES, startCaddy, type Caddy } from "../../support/caddy";
import { skipWithout } from "../../support/skip";
import { ID, routeOf } from "./support";

const ROUTES = "/config/apps/http/servers/srv0/routes";

describe("the provider of the route, with a real Caddy", () => {
  let caddy: Caddy;
  /** The configuration as others left it. */
  let theirs: unknown;
  before(function () {
    skipWithout(this, findCaddy());
  });
  beforeEach(async () => {
    caddy = await startCaddy({ sites: SITES });
    theirs = await caddy.config();
  });
  afterEach(() => caddy.stop());

  const inputsOf = (section: Readonly<Record<string, unknown>> = {}): ManagedRouteInputs => ({
    adminUrl: caddy.adminUrl,
    route: routeOf({ upstream: "http://127.0.0.1:3200", ...section }),
  });
  const stateOf = (inputs: ManagedRouteInputs, server = "srv0") => ({ ...inputs, server });
  const routes = async (): Promise<unknown[]> => (await caddy.admin("GET", ROUTES)) as unknown[];

  /** The configuration without our route is that of the others, in their order. */
  async function assertOthersUntouched(): Promise<void> {
    const config = (await caddy.config()) as { apps: { http: { servers: { srv0: { routes: object[] } } } } };
    const { srv0 } = config.apps.http.servers;
    srv0.routes = srv0.routes.filter((route) => !("@id" in route && route["@id"] === ID));
    assert.deepEqual(config, theirs);
  }

  it("creates it before the routes of others, reads it and deletes it, and leaves theirs alone", async () => {
    const inputs = inputsOf();
    const created = await provider.create(inputs);
    assert.deepEqual(created, { id: ID, outs: { adminUrl: caddy.adminUrl, server: "srv0", route: inputs.route } });
    assert.deepEqual((await routes())[0], inputs.route);
    await assertOthersUntouched();
    assert.equal((await caddy.get("forge.ops.localhost")).text, "the forge");

    assert.deepEqual(await provider.read(ID, stateOf(inputs)), { id: ID, props: stateOf(inputs) });
    assert.deepEqual(await provider.diff(ID, stateOf(inputs), inputs), { changes: false });

    await provider.delete(ID, stateOf(inputs));
    assert.deepEqual(await caddy.config(), theirs);
    assert.deepEqual(await provider.read(ID, stateOf(inputs)), { id: "", props: {} });
    // Somebody may have been faster.
    await provider.delete(ID, stateOf(inputs));
  });

  it("changes it where it stands", async () => {
    const before = inputsOf();
    await provider.create(before);
    await caddy.admin("PUT", `${ROUTES}/0`, { match: [{ host: ["early.ops.localhost"] }], terminal: true });
    theirs = undefined;
    for (const section of [{ hostname: "traces.ops.localhost" }, { upstream: "https://tempo.example.com" }]) {
      const after = inputsOf(section);
      assert.deepEqual(await provider.diff(ID, stateOf(before), after), { changes: true });
      assert.deepEqual(await provider.update(ID, stateOf(before), after), { outs: stateOf(after) });
      assert.deepEqual((await routes())[1], after.route);
    }
    assert.equal((await routes()).length, 4);
  });

  it("puts it into the server that is named, and is replaced when that or the URL changes", async () => {
    const other = { listen: ["127.0.0.1:0"] };
    await caddy.admin("PUT", "/config/apps/http/servers/other", other);
    const inputs = { ...inputsOf(), server: "other" };
    assert.equal((await provider.create(inputs)).outs?.server, "other");
    assert.deepEqual(await caddy.admin("GET", "/config/apps/http/servers/other/routes"), [inputs.route]);

    const replaced = (...replaces: string[]) => ({ changes: true, replaces, deleteBeforeReplace: true });
    const state = stateOf(inputs, "other");
    assert.deepEqual(await provider.diff(ID, state, { ...inputs, server: "srv0" }), replaced("server"));
    assert.deepEqual(await provider.diff(ID, state, { ...inputs, adminUrl: "http://c:2019" }), replaced("adminUrl"));
    const renamed = { ...inputs, route: { ...inputs.route, "@id": "pulumi-tempo.prod" } };
    assert.deepEqual(await provider.diff(ID, state, renamed), replaced("route"));
    // Without a name it stays where it is.
    assert.deepEqual(await provider.diff(ID, state, inputsOf()), { changes: false });
  });

  it("fills a server that has no route yet, or an empty list of them", async () => {
    for (const server of [{ listen: ["127.0.0.1:0"] }, { listen: ["127.0.0.1:0"], routes: [] }]) {
      await caddy.admin("POST", "/config/apps/http/servers/other", server);
      const inputs = { ...inputsOf(), server: "other" };
      await provider.create(inputs);
      assert.deepEqual(await caddy.admin("GET", "/config/apps/http/servers/other/routes"), [inputs.route]);
      await provider.delete(ID, stateOf(inputs, "other"));
      assert.deepEqual(await caddy.admin("GET", "/config/apps/http/servers/other/routes"), []);
    }
  });

  describe("drift", () => {
    it("shows what somebody wrote into it, and writes it anew", async () => {
      const inputs = inputsOf();
      await provider.create(inputs);
      await caddy.admin("PATCH", `/id/${ID}/handle/0/routes/0/handle/0/upstreams/0/dial`, "127.0.0.1:9999");
      const read = await provider.read(ID, stateOf(inputs));
      const changed = { ...inputs, route: routeOf({ upstream: "http://127.0.0.1:9999" }) };
      // As inputs, too: the next plan shows what is written back.
      assert.deepEqual(read, { id: ID, props: stateOf(changed), inputs: changed });
      // After a refresh, and without one.
      assert.deepEqual(await provider.diff(ID, read.props as never, inputs), { changes: true });
      assert.deepEqual(await provider.diff(ID, stateOf(inputs), inputs), { changes: true });
      await provider.update(ID, stateOf(inputs), inputs);
      assert.deepEqual((await routes())[0], inputs.route);
      await assertOthersUntouched();
    });

    it("puts back what somebody took out", async () => {
      const inputs = inputsOf();
      await provider.create(inputs);
      await caddy.admin("DELETE", `/id/${ID}`);
      assert.deepEqual(await provider.read(ID, stateOf(inputs)), { id: "", props: {} });
      assert.deepEqual(await provider.diff(ID, stateOf(inputs), inputs), { changes: true });
      await provider.update(ID, stateOf(inputs), inputs);
      assert.deepEqual((await routes())[0], inputs.route);
      await assertOthersUntouched();
    });

    it("puts it first again where a site took its requests", async () => {
      const inputs = inputsOf();
      await provider.create(inputs);
      const wildcard = { match: [{ host: ["*.ops.localhost"] }], terminal: true };
      await caddy.admin("PUT", `${ROUTES}/0`, wildcard);
      assert.deepEqual(await provider.diff(ID, stateOf(inputs), inputs), { changes: true });
      await provider.update(ID, stateOf(inputs), inputs);
      assert.deepEqual((await routes()).slice(0, 2), [inputs.route, wildcard]);
    });
  });

  it("takes over the route that has its @id and its name", async () => {
    await caddy.admin("PUT", `${ROUTES}/0`, routeOf({ upstream: "http://127.0.0.1:1" }));
    const inputs = inputsOf();
    await provider.create(inputs);
    assert.deepEqual((await routes())[0], inputs.route);
    await assertOthersUntouched();
  });

  it("refuses a name that somebody else's route answers, and changes nothing", async () => {
    const route = routeOf({ hostname: "forge.ops.localhost", upstream: "http://127.0.0.1:3200" });
    await assert.rejects(provider.create({ adminUrl: caddy.adminUrl, route }), {
      message:
        `Caddy at ${caddy.adminUrl}: caddy.hostname: Caddy has a route for it that is not of this ` +
        "stack: apps/http/servers/srv0/routes/1/handle/0/routes/0. Take it out of Caddy's configuration, write another " +
        "name, or leave adminUrl out and keep that route",
    });
    assert.deepEqual(await caddy.config(), theirs);
  });

  it("says what Caddy has against it, and Caddy runs on as before", async () => {
    const inputs = inputsOf();
    const route = { ...inputs.route, handle: [{ handler: "no_such_handler" }] } as never;
    await assert.rejects(
      provider.create({ ...inputs, route }),
      /^CaddyRefused: Caddy at \S+: PUT \/config\/apps\/http\/servers\/srv0\/routes\/0 answers 500: loading new config: .*unknown module: http\.handlers\.no_such_handler/,
    );
    assert.deepEqual(await caddy.config(), theirs);
    assert.equal((await caddy.get("forge.ops.localhost")).text, "the forge");
  });

  it("keeps what others change at the same time", async () => {
    const inputs = inputsOf();
    const names = Array.from({ length: 12 }, (_, number) => `other${number}.ops.localhost`);
    const others = names.map((name) => ({ match: [{ host: [name] }], terminal: true }));
    const isThere = async (name: string): Promise<boolean> => JSON.stringify(await routes()).includes(`"${name}"`);
    const insert = async (): Promise<void> => {
      for (const [number, other] of others.entries()) {
        // The connection may break after the change was made.
        while (!(await isThere(names[number] ?? "")))
          await caddy.admin("PUT", `${ROUTES}/0`, other).catch(() => undefined);
      }
    };
    const ours = async (): Promise<void> => {
      for (let round = 0; round < 4; round++) {
        await provider.create(inputs);
        await provider.update(ID, stateOf(inputs), inputsOf({ upstream: `http://127.0.0.1:${round + 1}` }));
        await provider.delete(ID, stateOf(inputs));
      }
    };
    await Promise.all([insert(), ours()]);
    const left = (await routes()) as { match: { host: string[] }[] }[];
    assert.deepEqual(
      left.map(({ match: [set] }) => set?.host[0]),
      [...names.toReversed(), "ops.localhost", "*.ops.localhost"],
    );
  });

  it("outlives a restart with --resume, and is put back after one from a file", async () => {
    const inputs = inputsOf();
    await provider.create(inputs);
    await caddy.restart("--resume");
    assert.deepEqual(await provider.diff(ID, stateOf(inputs), inputs), { changes: false });
    await caddy.restart("from its file");
    assert.deepEqual(await provider.read(ID, stateOf(inputs)), { id: "", props: {} });
    assert.deepEqual(await provider.diff(ID, stateOf(inputs), inputs), { changes: true });
    await provider.update(ID, stateOf(inputs), inputs);
    await assertOthersUntouched();
    assert.deepEqual((await routes())[0], inputs.route);
  });

  it("has no opinion in a plan where Caddy does not answer, and fails in everything else", async () => {
    const inputs = inputsOf();
    await caddy.stop();
    assert.deepEqual(await provider.diff(ID, stateOf(inputs), inputs), { changes: false });
    const silent = { message: new RegExp(`^Caddy at ${caddy.adminUrl}: connect ECONNREFUSED`) };
    await assert.rejects(provider.create(inputs), silent);
    await assert.rejects(provider.update(ID, stateOf(inputs), inputs), silent);
    await assert.rejects(provider.read(ID, stateOf(inputs)), silent);
    await assert.rejects(provider.delete(ID, stateOf(inputs)), (error: Error) => {
      assert.match(
        error.message,
        /: connect ECONNREFUSED \S+\. Start it; or, if it is gone for good, take the route out /,
      );
      // The SDK prints it beside the message.
      assert.equal(error.stack, "");
      return true;
    });
  });
});
