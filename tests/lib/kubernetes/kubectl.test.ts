import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { inspect, isDeepStrictEqual, promisify } from "node:util";
import { loadKubeconfig } from "../../../lib/kubernetes/kubeconfig";
import { openApi } from "../../../lib/kubernetes/live";
import { findKubectl, findOpenssl } from "../../support/findProgram";
import { FULL_RUN, skipWithout } from "../../support/skip";
import { startWorld, type World } from "./support/kubectlWorld";
import { generate, type Case } from "./support/kubeconfigs";

const run = promisify(execFile);
/** How many configurations; more with another number in the environment, from another seed. */
const COUNT = Number(process.env["KUBECONFIG_CASES"] ?? (FULL_RUN ? "100" : "10"));
const SEED = Number(process.env["KUBECONFIG_SEED"] ?? "20261130");
/** Whatever may be set here that decides how a cluster is reached. */
const DECIDING =
  /^(KUBECONFIG|(HTTPS?|NO|ALL)_PROXY|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|KUBERNETES_SERVICE_.*|HOME|NOTES)$/i;

/** What one of the two did with a configuration. */
interface Outcome {
  readonly seen: ReturnType<World["take"]>;
  readonly error?: string;
  /** What a credential plugin was told, and how often it ran. */
  readonly plugin?: { readonly info: unknown; readonly extra: string; readonly runs: number };
}

describe("a kubeconfig", function () {
  this.timeout(600_000);
  let world: World;
  let kubectl: string;
  let folder: string | undefined;
  before(async function () {
    const found = findKubectl();
    const foundOpenssl = findOpenssl();
    skipWithout(this, found);
    skipWithout(this, foundOpenssl);
    if ("missing" in found || "missing" in foundOpenssl) return;
    ({ kubectl } = found);
    folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-kubectl-"));
    world = await startWorld(foundOpenssl.openssl, folder);
  });
  after(async () => {
    if (folder === undefined) return;
    await world.stop();
    rmSync(folder, { recursive: true });
  });

  const unset = (): NodeJS.ProcessEnv =>
    Object.fromEntries(Object.entries(process.env).filter(([name]) => !DECIDING.test(name)));

  /** @param which a folder for what a plugin notes */
  async function observed(
    each: Case,
    which: string,
    ask: (env: NodeJS.ProcessEnv, path: string) => Promise<unknown>,
  ): Promise<Outcome> {
    const notes = join(each.folder, which);
    mkdirSync(notes);
    const marker = "/api/v1/marked";
    world.take(marker);
    const error = await ask({ ...unset(), ...each.env, HOME: each.folder, NOTES: notes }, marker).then(
      () => undefined,
      (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)),
    );
    const note = (name: string): string => readFileSync(join(notes, name), "utf8");
    const seen = world.take(marker);
    return {
      seen,
      ...(error !== undefined && { error }),
      ...(existsSync(join(notes, "runs")) && {
        plugin: { info: JSON.parse(note("info")), extra: note("extra"), runs: note("runs").split("\n").length - 1 },
      }),
    };
  }

  async function withEnvironment<T>(env: NodeJS.ProcessEnv, act: () => Promise<T>): Promise<T> {
    const before = { ...process.env };
    for (const name of Object.keys(process.env)) if (DECIDING.test(name)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, env);
    try {
      return await act();
    } finally {
      for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name);
      Object.assign(process.env, before);
    }
  }

  const contextOf = ({ context }: Case): string[] => (context === undefined ? [] : ["--context", context]);

  /** @returns the chosen entries by kubectl, everything in place; undefined where it refuses */
  async function viewByKubectl(each: Case): Promise<unknown> {
    const env = { ...unset(), ...each.env, HOME: each.folder };
    const args = ["config", "view", "--minify", "--raw", "--flatten", "-o", "json", ...contextOf(each)];
    const { stdout } = await run(kubectl, args, { env, timeout: 60_000 }).catch(() => ({ stdout: "" }));
    return stdout === "" ? undefined : JSON.parse(stdout);
  }

  it(`is to us what it is to kubectl, in ${COUNT} generated configurations`, async () => {
    const differences: string[] = [];
    let accepted = 0;
    for (let number = 0; number < COUNT; number++) {
      const each = generate(world, number, SEED);
      const viewed = viewByKubectl(each);
      const theirs = await observed(each, "kubectl", (env, path) => {
        const child = run(kubectl, ["get", "--raw", path, ...contextOf(each)], { env, timeout: 60_000 });
        child.child.stdin?.end();
        return child;
      });
      const ours = await observed(each, "ours", (env, path) =>
        withEnvironment(env, async () => {
          const settings = { kubeContext: each.context, allowedKubeContexts: ["*"], kubeconfig: undefined };
          const { status } = await openApi(settings).ask("GET", path);
          assert.equal(status, 200);
        }),
      );
      const view = await viewed;
      const loaded =
        view && (await withEnvironment({ ...unset(), ...each.env }, () => Promise.resolve(flattened(each.context))));
      if (theirs.error === undefined) accepted++;
      const problem = differenceOf([theirs, ours], [written(view), loaded]);
      if (problem !== undefined) differences.push(`case ${number} (${each.kinds.join("; ")}): ${problem}`);
    }
    assert.equal(differences.join("\n\n"), "");
    // Most of them must be good ones, or little was compared.
    assert.ok(accepted > COUNT / 4, `${accepted} accepted`);
  });
});

function differenceOf(
  [theirs, ours]: readonly [Outcome, Outcome],
  views: readonly [unknown, unknown],
): string | undefined {
  const bothFail = theirs.error !== undefined && ours.error !== undefined;
  const { plugin: a, ...theirRest } = theirs;
  const { plugin: b, ...ourRest } = ours;
  const isSame =
    isDeepStrictEqual(...views) &&
    (bothFail || isDeepStrictEqual([theirRest, a?.info, a?.extra], [ourRest, b?.info, b?.extra]));
  return isSame
    ? undefined
    : inspect({ views: isDeepStrictEqual(...views) ? "equal" : views, kubectl: theirs, ours }, { depth: 9 });
}

/** The entries of a context as `kubectl config view --minify --raw --flatten` shows them. */
function flattened(context: string | undefined): unknown {
  const { contexts, clusters, users, currentContext } = loadKubeconfig();
  const name = context ?? currentContext;
  const chosen = contexts.get(name);
  const content = (path: string, data: string): string =>
    (path === "" ? Buffer.from(data, "latin1") : readFileSync(path)).toString("base64");
  const cluster = clusters.get(chosen?.cluster ?? "");
  const user = users.get(chosen?.user ?? "");
  return written({
    kind: "Config",
    apiVersion: "v1",
    clusters: cluster && [
      {
        name: chosen?.cluster,
        cluster: {
          ...cluster,
          "certificate-authority": "",
          "certificate-authority-data": content(
            cluster["certificate-authority"],
            cluster["certificate-authority-data"],
          ),
        },
      },
    ],
    users: user && [
      {
        name: chosen?.user,
        user: {
          ...user,
          "client-certificate": "",
          "client-certificate-data": content(user["client-certificate"], user["client-certificate-data"]),
          "client-key": "",
          "client-key-data": content(user["client-key"], user["client-key-data"]),
        },
      },
    ],
    contexts: [{ name, context: chosen }],
    "current-context": name,
  });
}

/** Without what is empty, of which Go writes some and leaves some out. */
function written(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(written);
  if (typeof value !== "object" || value === null)
    return value === "" || value === false ? undefined : (value ?? undefined);
  const entries = Object.entries(value).flatMap(([key, inner]) => {
    // kubectl shows these as they are written, and takes them as relative to the file.
    const isPath = ["tokenFile", "command"].includes(key) && typeof inner === "string";
    const left = written(isPath ? basename(inner) : inner);
    return left === undefined ? [] : [[key, left] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
