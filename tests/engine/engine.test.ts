import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { outputNames, type TempoOutputs } from "../../packages/consumer";
import { findPython } from "../examples/support/python";
import { planOf, ROOT } from "../stack/program/stacks";
import { findControllers } from "../support/apiServer";
import { findCaddy } from "../support/caddy";
import { credentials } from "../support/fakeGrafana";
import { findBuilt, findNode } from "../support/findProgram";
import { inFullRun, skipWithout } from "../support/skip";
import { changes, type Change } from "./changes";
import { EngineStack, type Config, type Run, type Step } from "./support/engine";
import { LOCAL_NAMESPACE, startHomelab, type Homelab } from "./support/homelab";
import { serveProgram, spawnHost, type LanguageHost } from "./support/languageHost";
import { danglingReferences } from "./support/references";
import { ANNOUNCED, checkOut, findRelease } from "./support/release";

/** Two cores that compile something else meanwhile need it, in ms. */
const TIMEOUT = 600_000;

/** The stack itself, and providers that run code of the program and read the state. */
const ENGINES_OWN = /^pulumi:(?:pulumi:Stack|providers:pulumi(?:-nodejs)?)$/;

/** How many previews at a time. */
const LANES = 3;

const CLAIM = "data-tempo-0";

inFullRun.describe("the stacks on a real engine and a real API server", function () {
  this.timeout(TIMEOUT);
  // Each step stands on the one before it.
  this.bail(true);

  let running: Homelab | undefined;
  let local: EngineStack;
  let prod: EngineStack;
  const homelab = (): Homelab => running ?? assert.fail("the lab was not started");

  before(async function () {
    const engine = findBuilt("pulumi", "pulumi-resource-kubernetes");
    const controllers = findControllers();
    for (const found of [engine, controllers, findCaddy()]) skipWithout(this, found);
    if ("missing" in engine || "missing" in controllers) return;
    running = await startHomelab(engine, controllers);
    [local, prod] = await Promise.all([stackOf("local"), stackOf("prod")]);
  });

  after(() => running?.stop());

  function stackOf(name: "local" | "prod"): Promise<EngineStack> {
    const { engine, folder, program, configOf } = homelab();
    return new EngineStack(engine, name, folder, program, configOf(name)).create();
  }

  /** What of a namespace's objects Pulumi or Helm have made. */
  const namesOf = async (namespace: string): Promise<string[]> =>
    (await homelab().objectsOf(namespace)).map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();

  /** {@link namesOf} when they are as expected; what Helm deletes goes a moment later. */
  async function settled(namespace: string, expected: readonly string[]): Promise<string[]> {
    const end = Date.now() + 30_000;
    for (;;) {
      const names = await namesOf(namespace);
      if (isDeepStrictEqual(names, expected) || Date.now() > end) return names;
      await sleep(200);
    }
  }

  const claimOf = (namespace: string): Promise<{ metadata: { uid: string } }> =>
    homelab().get(`/api/v1/namespaces/${namespace}/persistentvolumeclaims/${CLAIM}`);

  describe("when they are deployed", () => {
    it("come up with what the program registers and nothing else, and every policy holds", async () => {
      const args = [`--policy-pack=${homelab().engine.policyPack}`];
      const [ofLocal, ofProd] = await Promise.all([local.up({ args }), prod.up({ args })]);
      const { adminUrl } = homelab().caddy;
      for (const [stack, { steps, text }, plan] of [
        ["local", ofLocal, await planOf("local")],
        ["prod", ofProd, await planOf("prod", { caddy: { hostname: "tempo.ops.localhost", adminUrl } })],
      ] as const) {
        const planned = plan.resources.map(({ name }) => `create ${name}`);
        assert.deepEqual(linesOf(steps), planned.sort(), stack);
        assert.ok(!text.includes(credentials.token), "the credential of Grafana is printed");
      }
    });

    it("preview without changes", async () => {
      const previews = await Promise.all([local.preview(), prod.preview()]);
      assert.deepEqual(
        previews.map(({ steps }) => steps),
        [[], []],
      );
    });

    it("have every output, and no secret in plain text", () => {
      for (const stack of [local, prod]) {
        assert.deepEqual(Object.keys(stack.outputs()).sort(), [...outputNames].sort());
        assert.ok(!stack.state().includes(credentials.token), "the credential of Grafana is in the state");
      }
    });

    it("refer to nothing that is not there, and select the pods that they mean", async () => {
      for (const namespace of [LOCAL_NAMESPACE, "monitoring", "alloy"]) {
        const objects = await homelab().objectsOf(namespace);
        assert.ok(
          objects.some(({ kind }) => kind === "Pod"),
          namespace,
        );
        assert.deepEqual(danglingReferences(objects), []);
        assert.ok(!JSON.stringify(objects).includes(credentials.token), namespace);
      }
    });
  });

  describe("plan a change of", function () {
    this.bail(false);
    const previews = new Map<string, Promise<PromiseSettledResult<Run>>>();

    before(() => {
      // A few at a time: each waits for its plugins as long as it computes. The program runs in this process, where an
      // error of one run would be reported by all: those that are refused have their turns at the end.
      const lanes: Promise<unknown>[] = Array.from({ length: LANES }, () => Promise.resolve());
      const enqueue = (lane: number, title: string, change: Change): void => {
        const before = lanes[lane];
        const preview = async (): Promise<PromiseSettledResult<Run>> => {
          await before;
          const [result] = await Promise.allSettled([previewOf(change)]);
          return result;
        };
        const result = preview();
        lanes[lane] = result;
        previews.set(title, result);
      };
      const isRefused = ([, { steps }]: [string, Change]): boolean => steps instanceof RegExp;
      const all = Object.entries(changes);
      all
        .filter((entry) => !isRefused(entry))
        .forEach(([title, change], index) => {
          enqueue(index % LANES, title, change);
        });
      lanes[0] = Promise.all(lanes);
      for (const [title, change] of all.filter(isRefused)) enqueue(0, title, change);
    });

    function previewOf(change: Change): Promise<Run> {
      const { cluster, charts } = homelab();
      const stack = change.stack === "local" ? local : prod;
      const config = withChange(stack.config, change, { $KUBECONFIG: cluster.kubeconfig, $CHARTS: charts });
      return stack.preview({ config, fails: change.steps instanceof RegExp });
    }

    for (const [title, { steps }] of Object.entries(changes)) {
      it(title, async () => {
        const result = await previews.get(title);
        if (result?.status !== "fulfilled") throw result?.reason;
        if (steps instanceof RegExp) assert.match(result.value.text, steps);
        else assert.deepEqual(linesOf(result.value.steps), steps);
      });
    }
  });

  describe("when something has drifted", () => {
    const policy = "/apis/networking.k8s.io/v1/namespaces/monitoring/networkpolicies/tempo";
    const guard = "/api/v1/namespaces/monitoring/configmaps/tempo-guard";

    it("show it in a refresh", async () => {
      const { apply, cluster, caddy } = homelab();
      await cluster.request("DELETE", policy);
      await caddy.admin("DELETE", "/id/pulumi-tempo.prod");
      const metadata = { name: "tempo-guard", namespace: "monitoring" };
      await apply(guard, { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "guard.sh": "exit 0" } });
      assert.deepEqual(linesOf((await prod.refresh()).steps), [
        "delete caddy-route",
        "delete tempo-network-policy",
        'update tempo-guard: data["guard.sh"]',
      ]);
    });

    it("put it right with the next `up`", async () => {
      assert.deepEqual(linesOf((await prod.up()).steps), [
        "create caddy-route",
        "create tempo-network-policy",
        'replace tempo-guard: data["guard.sh"]',
      ]);
      await homelab().get(policy);
      await homelab().get<{ data: Record<string, string> }>(guard, ({ data }) => data["guard.sh"] !== "exit 0");
      assert.deepEqual((await prod.preview()).steps, []);
    });
  });

  describe("when an object is there that the state has lost", () => {
    // A provider since 4.29 refuses it, unless the object is one of those that are adopted: `npm run test:e2e`.
    it("take it over, as every provider before 4.29 does", async () => {
      await local.forget("monitoring-guard");
      assert.deepEqual(linesOf((await local.up()).steps), ["create monitoring-guard"]);
    });
  });

  describe("beside a second stack on the same cluster", () => {
    let second: EngineStack;
    const made = (): string[] => second.resources().flatMap(({ type, urn }) => (ENGINES_OWN.test(type) ? [] : [urn]));

    before(async () => {
      const { engine, folder, program, configOf } = homelab();
      const config = { ...configOf("local"), "tempo:namespace": "second", "tempo:createNamespace": false };
      second = await new EngineStack(engine, "second", folder, program, config).create();
    });

    it("are safe from it where they are", async () => {
      const { text } = await second.up({ config: local.config, fails: true });
      assert.match(text, /PersistentVolumeClaim local\/data-tempo-0: .*tempo\.local/);
      assert.match(text, /Service local\/tempo: .*tempo\.local/);
      assert.deepEqual(made(), []);
    });

    it("see it refused where somebody else has one of its names, and nothing created", async () => {
      const { apply, cluster } = homelab();
      const service = "/api/v1/namespaces/second/services/tempo";
      const metadata = { name: "tempo", namespace: "second" };
      await apply(service, { apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 3200 }] } });
      const { text } = await second.up({ fails: true });
      assert.match(text, /Service second\/tempo: exists and is not this stack's/);
      assert.deepEqual(made(), []);
      assert.deepEqual(await namesOf("second"), ["Service tempo"]);
      await cluster.request("DELETE", service);
    });

    it("see it come up after its first `up` was killed, in the way that README.md tells", async () => {
      const { get, cluster } = homelab();
      await second.up({ until: get("/apis/apps/v1/namespaces/second/statefulsets/tempo") });
      const claim = await claimOf("second");
      // The lock of a backend that is a folder.
      await second.cli("cancel", "--yes", "second");
      assert.match((await second.up({ fails: true })).text, /cannot re-use a name that is still in use/);
      await cluster.request("DELETE", "/api/v1/namespaces/second/secrets?labelSelector=owner%3Dhelm,name%3Dtempo");
      await second.refresh({ args: ["--clear-pending-creates"] });
      await second.up();
      assert.deepEqual((await second.preview()).steps, []);
      assert.equal((await claimOf("second")).metadata.uid, claim.metadata.uid);
    });

    it("are not touched when it goes", async () => {
      await second.destroy();
      assert.deepEqual((await local.preview({ args: ["--refresh"] })).steps, []);
    });
  });

  describe("have a consumer that reads their outputs", () => {
    const consume = async (language: string, host: LanguageHost): Promise<void> => {
      const { engine, cluster } = homelab();
      const folder = engine.project(`consumer-${language}`, join(ROOT, `examples/consumer-${language}`));
      const settings = { tempoStack: "organization/tempo/prod", kubeContext: cluster.context, image: "hermes:1.4.2" };
      const config = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`hermes:${key}`, value]));
      const hermes = await new EngineStack(engine, language, folder, host, config).create();
      await hermes.up();
      const { environment, configMap, dashboard } = hermes.outputs() as Record<string, string>;
      const { otelEnvironment, dashboardUrls } = prod.outputs() as unknown as TempoOutputs;
      assert.equal(dashboard, dashboardUrls["services"]);
      const path = `/api/v1/namespaces/hermes/configmaps/${configMap}`;
      const { data } = await homelab().get<{ data: Record<string, string> }>(path);
      assert.deepEqual(data, environment);
      assert.equal(data["OTEL_EXPORTER_OTLP_ENDPOINT"], otelEnvironment["OTEL_EXPORTER_OTLP_ENDPOINT"]);
      assert.deepEqual(danglingReferences(await homelab().objectsOf("hermes")), []);
      await hermes.destroy();
    };

    it("in TypeScript", async () => {
      const path = join(ROOT, "examples/consumer-ts/index.ts");
      const host = await serveProgram(() => {
        // Its resources are registered when it is loaded.
        Reflect.deleteProperty(require.cache, path);
        // oxlint-disable-next-line typescript/no-require-imports
        return Promise.resolve(require(path) as Record<string, unknown>);
      });
      await consume("ts", host).finally(host.stop);
    });

    it("in Python", async function () {
      const found = findPython();
      skipWithout(this, found);
      if ("missing" in found) return;
      const cwd = join(ROOT, "examples/consumer-python");
      const args = [join(__dirname, "support/language_host.py"), join(cwd, "__main__.py")];
      const env = { ...process.env, PYTHONPATH: join(ROOT, "packages/consumer/python"), PYTHONDONTWRITEBYTECODE: "1" };
      const host = await spawnHost(found.python, args, { cwd, env });
      await consume("python", host).finally(host.stop);
    });
  });

  describe("when they are destroyed", () => {
    /** What outlives them. */
    const kept = [`PersistentVolumeClaim ${CLAIM}`];

    it("leave the claim and the namespace", async () => {
      const before = await claimOf(LOCAL_NAMESPACE);
      await local.destroy();
      assert.deepEqual(await settled(LOCAL_NAMESPACE, kept), kept);
      assert.equal((await claimOf(LOCAL_NAMESPACE)).metadata.uid, before.metadata.uid);
    });

    it("find the claim again with the next `up`", async () => {
      const before = await claimOf(LOCAL_NAMESPACE);
      await local.up();
      assert.equal((await claimOf(LOCAL_NAMESPACE)).metadata.uid, before.metadata.uid);
      assert.deepEqual((await local.preview()).steps, []);
    });

    it("refuse it where the claim is protected, before anything is deleted", async () => {
      assert.match((await prod.destroy({ fails: true })).text, /tempo-claim.*protect/s);
      assert.deepEqual((await prod.preview()).steps, []);
    });

    it("leave what is protected, and the settings of data sources that are somebody's", async () => {
      await prod.destroy({ args: ["--exclude-protected"] });
      assert.deepEqual(await settled("monitoring", kept), kept);
      assert.deepEqual(await settled("alloy", []), []);
      const deleted = homelab().deletedInGrafana();
      assert.ok(deleted.includes("grafana-folder"));
      assert.deepEqual(
        deleted.filter((name) => ["grafana-tempo", "grafana-loki"].includes(name)),
        [],
      );
      const { apps } = (await homelab().caddy.config()) as { apps: object };
      assert.ok(!JSON.stringify(apps).includes("pulumi-tempo.prod"));
    });
  });

  describe("made by the last release", () => {
    let host: LanguageHost | undefined;
    let folder: string;
    before(async function () {
      // The packages of this project that only the release loads need a newer Node than the project does.
      const [found, newer] = [findRelease(), findNode(24)];
      for (const each of [found, newer]) skipWithout(this, each);
      if ("missing" in found || "missing" in newer) return;
      folder = homelab().engine.made("release");
      checkOut(found.release, folder);
      const args = ["--require", join(folder, "tools/loader.cjs"), join(__dirname, "support/languageHost.ts")];
      host = await spawnHost(newer.node, [...args, join(folder, "index.ts")], { cwd: folder, env: process.env });
    });
    after(() => host?.stop());

    it("are taken over without a replacement or a deletion", async () => {
      const takeOver = async (stack: EngineStack): Promise<void> => {
        const config = homelab().configOf(stack.name as "local" | "prod", folder);
        if (host) await stack.up({ program: host, folder, config });
        const { steps } = await stack.preview();
        const disruptive = linesOf(steps.filter(isDisruptive));
        assert.deepEqual(
          disruptive.filter((line) => !ANNOUNCED.includes(line)),
          [],
        );
        await stack.up();
        assert.deepEqual((await stack.preview()).steps, []);
      };
      await Promise.all([takeOver(local), takeOver(prod)]);
    });
  });
});

/** What a deployed stack is not to be put through. A ConfigMap whose data changes the provider always makes anew. */
function isDisruptive({ op, type, diff }: Step): boolean {
  const isNewData = type === "kubernetes:core/v1:ConfigMap" && diff.every((path) => path.startsWith("data["));
  return op !== "create" && op !== "update" && !(op.includes("replace") && isNewData);
}

/** Settings with a change: a section is merged, an empty one goes. */
function withChange(config: Config, { settings }: Change, variables: Readonly<Record<string, string>>): Config {
  const changed: Record<string, unknown> = { ...config };
  for (const [key, value] of Object.entries(settings)) {
    const full = `tempo:${key}`;
    const isSection = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isSection && Object.keys(value).length === 0) Reflect.deleteProperty(changed, full);
    else if (isSection) changed[full] = { ...(config[full] as object | undefined), ...value };
    else changed[full] = typeof value === "string" ? (variables[value] ?? value) : value;
  }
  return changed;
}

/** A step a line, in the order of the names; of a replacement only that it is one. */
const linesOf = (steps: readonly Step[]): string[] =>
  steps
    .filter(({ op, type }) => op !== "create-replacement" && op !== "delete-replaced" && !ENGINES_OWN.test(type))
    .map(({ op, name, diff }) => `${op} ${name}${diff.length > 0 ? `: ${diff.join(" ")}` : ""}`)
    .sort();
