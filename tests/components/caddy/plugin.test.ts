import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import type { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { PROVIDER } from "../../../components/caddy/managed";
import { ROOT } from "../../stack/program/stacks";
import { findCaddy, SITES, startCaddy, type Caddy } from "../../support/caddy";
import { skipWithout } from "../../support/skip";
import { ID, routeOf } from "./support";

// What the SDK depends on is taken from where the SDK finds it.
const ofSdk = createRequire(require.resolve("@pulumi/pulumi"));
const grpc = ofSdk("@grpc/grpc-js") as { credentials: { createInsecure(): never } };
const { Struct } = ofSdk("google-protobuf/google/protobuf/struct_pb.js") as {
  Struct: { fromJavaScript(value: object): unknown };
};
const messages = ofSdk("@pulumi/pulumi/proto/provider_pb") as Record<string, new () => Message>;
const { ResourceProviderClient: Client } = ofSdk("@pulumi/pulumi/proto/provider_grpc_pb") as {
  ResourceProviderClient: new (address: string, credentials: never) => ResourceProviderClient;
};

/** A message of the protocol between engine and plugin, with a method for each field. */
type Message = Record<string, (value?: unknown) => unknown>;
type Properties = Record<string, unknown>;

/**
 * The plugin that runs the provider, as an engine starts it: the SDK's own program under a plain Node without a loader, in
 * the project's folder, told by the state where the provider is. Only the engine is missing.
 */
describe("the provider of the route, in the plugin's process", () => {
  let caddy: Caddy | undefined;
  let plugin: ChildProcess | undefined;
  let client: ResourceProviderClient;
  let said = "";
  before(async function () {
    skipWithout(this, findCaddy());
    caddy = await startCaddy({ sites: SITES });
    plugin = spawn(process.execPath, [ofSdk.resolve("@pulumi/pulumi/cmd/dynamic-provider"), "127.0.0.1:1"], {
      cwd: ROOT,
      env: { ...process.env, NODE_OPTIONS: "" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    plugin.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const [port] = (await once(plugin.stdout ?? plugin, "data")) as [Buffer];
    client = new Client(`127.0.0.1:${port.toString().trim()}`, grpc.credentials.createInsecure());
    await ask("configure", "ConfigureRequest", { Args: {} });
  });
  after(async () => {
    plugin?.kill();
    await caddy?.stop();
  });

  /** Calls a method of the plugin. @param fields objects become structures, as the engine sends them */
  async function ask(method: string, type: string, fields: Record<string, Properties | string>): Promise<Message> {
    const Request = messages[type];
    assert.ok(Request, type);
    const request = new Request();
    for (const [field, value] of Object.entries(fields)) {
      request[`set${field}`]?.(typeof value === "string" ? value : Struct.fromJavaScript(value));
    }
    const call = Reflect.get(client, method) as (
      request: Message,
      done: (error: Error | null, m: Message) => void,
    ) => void;
    return new Promise((done, fail) => {
      call.call(client, request, (error, response) => {
        if (error) fail(error);
        else done(response);
      });
    });
  }

  const propertiesOf = (response: Message): Properties => {
    const properties = response["getProperties"]?.() as { toJavaScript(): Properties } | undefined;
    assert.ok(properties);
    return properties.toJavaScript();
  };

  it("creates, reads, compares, changes and deletes it", async () => {
    assert.ok(caddy);
    const theirs = await caddy.config();
    const __provider = PROVIDER;
    const inputs = { adminUrl: caddy.adminUrl, route: routeOf({ upstream: "http://127.0.0.1:3200" }), __provider };
    const changed = { ...inputs, route: routeOf({ upstream: "http://127.0.0.1:3201" }) };

    await ask("check", "CheckRequest", { Olds: {}, News: inputs });
    const created = await ask("create", "CreateRequest", { Properties: inputs });
    assert.equal(created["getId"]?.(), ID);
    const state = propertiesOf(created);
    assert.deepEqual(state, { ...inputs, server: "srv0" });
    assert.deepEqual(await caddy.admin("GET", "/config/apps/http/servers/srv0/routes/0"), inputs.route);

    // 1: no difference, 2: some.
    const diff = async (olds: Properties, news: Properties): Promise<unknown> =>
      (await ask("diff", "DiffRequest", { Id: ID, Olds: olds, News: news }))["getChanges"]?.();
    assert.equal(await diff(state, inputs), 1);
    assert.equal(await diff(state, changed), 2);

    assert.deepEqual(propertiesOf(await ask("read", "ReadRequest", { Id: ID, Properties: state })), state);
    const updated = propertiesOf(await ask("update", "UpdateRequest", { Id: ID, Olds: state, News: changed }));
    assert.deepEqual(updated, { ...changed, server: "srv0" });
    assert.deepEqual(await caddy.admin("GET", `/id/${ID}`), changed.route);

    await ask("pb_delete" in client ? "pb_delete" : "delete", "DeleteRequest", { Id: ID, Properties: updated });
    assert.deepEqual(await caddy.config(), theirs);
    const gone = await ask("read", "ReadRequest", { Id: ID, Properties: updated });
    assert.equal(gone["getId"]?.(), "");
    assert.equal(said, "");
  });

  it("tells in words what is wrong", async () => {
    assert.ok(caddy);
    const route = routeOf({ hostname: "forge.ops.localhost", upstream: "http://127.0.0.1:3200" });
    await assert.rejects(
      ask("create", "CreateRequest", { Properties: { adminUrl: caddy.adminUrl, route, __provider: PROVIDER } }),
      /Caddy at \S+: caddy\.hostname: Caddy has a route for it/,
    );
  });
});
