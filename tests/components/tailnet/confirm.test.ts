import assert from "node:assert/strict";
import { confirmName, lookedUp, type ConfirmArgs } from "../../../components/tailnet/confirm";
import { exposures } from "../../../components/tailnet/ingress";
import { tailnetSettingsOf, type Changes } from "../../stack/program/stacks";

const NAME = "tempo.tail8d86e.ts.net";

/** What one run of `confirmName` said and asked. */
interface Run {
  readonly given: string | undefined;
  readonly warnings: readonly string[];
  /** How often the status was read, and every name that was looked up. */
  readonly reads: number;
  readonly lookups: readonly string[];
  /** How long it waited. */
  readonly ms: number;
}

/** Answers in their order, the last one for ever; an Error is thrown. */
type Answers<T> = readonly [T | Error, ...(T | Error)[]];

interface Scene {
  readonly hostname: Answers<string | undefined>;
  readonly lookup?: Answers<undefined>;
  readonly wait?: boolean;
  readonly section?: Changes;
}

async function run({ hostname, lookup, wait = true, section = {} }: Scene): Promise<Run> {
  const { settings, tailnet } = tailnetSettingsOf({ addressTimeout: "60s", ...section });
  const [exposure] = exposures(settings, tailnet);
  assert.ok(exposure);
  const warnings: string[] = [];
  const lookups: string[] = [];
  let [reads, ms] = [0, 0];
  const answer = <T>(answers: Answers<T>, index: number): Promise<T> => {
    const value = answers[Math.min(index, answers.length - 1)] as T | Error;
    return value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
  };
  const args: ConfirmArgs = {
    exposure,
    tailnet,
    namespace: settings.namespace,
    wait,
    clock: {
      now: () => ms,
      sleep: (pause) => {
        ms += pause;
        return Promise.resolve();
      },
    },
    readHostname: () => answer(hostname, reads++),
    ...(lookup && {
      lookup: (name: string) => {
        lookups.push(name);
        return answer(lookup, lookups.length - 1);
      },
    }),
    warn: (message) => warnings.push(message),
  };
  const given = await confirmName(args);
  return { given, warnings, reads, lookups, ms };
}

const noAddress = (when: string, why: string): string =>
  `Ingress monitoring/tempo-tailscale has no name on the tailnet${when} (${why}), so that https://${NAME} answers ` +
  "nobody. Look at: kubectl -n monitoring describe ingress tempo-tailscale; kubectl get proxygroup ingress; " +
  "kubectl -n tailscale logs deploy/operator; and autoApprovers.services in the tailnet's policy file.";

const notFound = (what: string, why: string): string =>
  `the Tailscale API does not know ${what} (${why}). ` +
  "Look at the machine in the admin console of tail8d86e.ts.net, and at what the credentials may read.";

describe("confirmName", () => {
  it("says nothing about the name that was promised", async () => {
    const { given, warnings, reads } = await run({ hostname: [NAME] });
    assert.deepEqual([given, warnings, reads], [NAME, [], 1]);
  });

  it("waits for a name that comes late", async () => {
    const { given, warnings, reads } = await run({ hostname: [undefined, new Error("silent"), undefined, NAME] });
    assert.deepEqual([given, warnings, reads], [NAME, [], 4]);
  });

  it("says that another name was given, and whose the promised one is", async () => {
    const { given, warnings } = await run({ hostname: ["tempo-1.tail8d86e.ts.net"] });
    assert.equal(given, "tempo-1.tail8d86e.ts.net");
    assert.deepEqual(warnings, [
      "the tailnet gave Ingress monitoring/tempo-tailscale the name tempo-1.tail8d86e.ts.net, not " +
        `${NAME}, which is another machine's: the outputs of this stack point there. Remove or rename that machine in ` +
        "the admin console, delete the Ingress's proxy, then run `pulumi up` again; or write another hostname.",
    ]);
  });

  it("gives up on a name after the time that is set, and says where to look", async () => {
    const { given, warnings, reads, lookups, ms } = await run({ hostname: [undefined], lookup: [undefined] });
    assert.equal(given, undefined);
    assert.deepEqual(warnings, [noAddress(" after 60s", "its status has no address")]);
    assert.deepEqual([reads, ms, lookups], [31, 60_000, []]);
  });

  it("names the operator's log alone where each proxy stands for itself", async () => {
    const { warnings } = await run({ hostname: [undefined], wait: false, section: { proxyGroup: "" } });
    assert.deepEqual(warnings, [
      `Ingress monitoring/tempo-tailscale has no name on the tailnet yet (its status has no address), so that ` +
        `https://${NAME} answers nobody. Look at: kubectl -n monitoring describe ingress tempo-tailscale; ` +
        "kubectl -n tailscale logs deploy/operator.",
    ]);
  });

  it("tells what a silent cluster said", async () => {
    const { given, warnings } = await run({ hostname: [new Error("connection refused\n")], wait: false });
    assert.equal(given, undefined);
    assert.deepEqual(warnings, [noAddress(" yet", "connection refused")]);
  });

  it("looks once in a preview and does not wait, however long an update would", async () => {
    const silent = await run({ hostname: [undefined], wait: false });
    assert.deepEqual([silent.reads, silent.warnings.length], [1, 1]);
    const unknown = await run({ hostname: [NAME], lookup: [new Error("404")], wait: false });
    assert.deepEqual([unknown.reads, unknown.lookups, unknown.warnings.length], [1, [NAME], 1]);
    assert.deepEqual([silent.ms, unknown.ms], [0, 0]);
  });

  it("looks up the name that was given, and is content with what is found late", async () => {
    const { given, warnings, lookups } = await run({
      hostname: [undefined, NAME],
      lookup: [new Error("404"), new Error("404"), undefined],
    });
    assert.deepEqual([given, warnings, lookups], [NAME, [], [NAME, NAME, NAME]]);
  });

  it("looks up another name than the promised one, too", async () => {
    const { lookups, warnings } = await run({ hostname: ["tempo-1.tail8d86e.ts.net"], lookup: [undefined] });
    assert.deepEqual([lookups, warnings.length], [["tempo-1.tail8d86e.ts.net"], 1]);
  });

  it("says that the API does not know the Service, or the device", async () => {
    const scene: Scene = { hostname: [NAME], lookup: [new Error(" not found \n")] };
    const service = await run(scene);
    assert.deepEqual(service.warnings, [notFound("svc:tempo", "not found")]);
    assert.deepEqual([service.lookups.length, service.ms], [5, 60_000]);
    const device = await run({ ...scene, section: { proxyGroup: "" } });
    assert.deepEqual(device.warnings, [notFound(NAME, "not found")]);
    assert.deepEqual([service.given, device.given], [NAME, NAME]);
  });

  it("never throws, whatever is thrown at it", async () => {
    // Other people's code throws texts, and at once instead of in a promise.
    const { settings, tailnet } = tailnetSettingsOf();
    const [exposure] = exposures(settings, tailnet);
    assert.ok(exposure);
    const warnings: string[] = [];
    const args: ConfirmArgs = {
      exposure,
      tailnet,
      namespace: "monitoring",
      wait: false,
      readHostname: () => Promise.resolve(NAME),
      lookup: () => {
        // oxlint-disable-next-line typescript/only-throw-error
        throw "a text";
      },
      warn: (message) => warnings.push(message),
    };
    assert.equal(await confirmName(args), NAME);
    const silent = () => {
      throw new Error("at once");
    };
    assert.equal(await confirmName({ ...args, readHostname: silent }), undefined);
    assert.deepEqual(warnings, [notFound("svc:tempo", "a text"), noAddress(" yet", "at once")]);
  });
});

describe("lookedUp", () => {
  it("is a Service of a ProxyGroup by its first label, and a device by its full name", () => {
    assert.equal(lookedUp(NAME, { proxyGroup: "ingress" }), "svc:tempo");
    assert.equal(lookedUp("tempo-1.tail8d86e.ts.net", { proxyGroup: "ingress" }), "svc:tempo-1");
    assert.equal(lookedUp(NAME, { proxyGroup: undefined }), NAME);
  });
});
