/** Kubeconfigs of every kind, the same for the same seed, in files of one folder for each. */
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";
import { stringify } from "yaml";
import type { World } from "./kubectlWorld";

/** One configuration, and how it is used. */
export interface Case {
  readonly folder: string;
  /** What is in it, for the title of a failure. */
  readonly kinds: readonly string[];
  /** `$KUBECONFIG` and whatever else is set; nothing of this process' own of these names. */
  readonly env: Readonly<Record<string, string>>;
  /** Absent: the current one. */
  readonly context?: string;
}

/** A generator of pseudo-random numbers between 0 and 1 (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Section = Record<string, unknown>;
interface Choice {
  readonly kind: string;
  readonly value: Section;
}

export function generate(world: World, number: number, seed = 20_261_130): Case {
  const next = random(seed + number * 7_919);
  const pick = <T>(...from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const chance = (share: number): boolean => next() < share;
  const folder = join(world.folder, `case-${number}`);
  const kinds: string[] = [];
  const say = <T>(kind: string, value: T): T => {
    kinds.push(kind);
    return value;
  };

  // Which file has what.
  const files = Array.from({ length: pick(1, 1, 2, 3) }, (_, index) => join(folder, `folder${index}`, "config"));
  const place = (): string => pick(...files);
  const homes = { cluster: place(), user: place(), context: place() };
  for (const file of files) mkdirSync(dirname(file), { recursive: true });
  /** A file beside the kubeconfig that names it, by a path of either kind. */
  const beside = (home: string, name: string, text: string): string => {
    const path = join(dirname(home), "..", "shared", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return chance(0.6) ? say("relative path", relative(dirname(home), path)) : path;
  };
  const base64 = (text: string): string => Buffer.from(text).toString("base64");

  const env: Record<string, string> = {};
  const cluster = makeCluster();
  const user = makeUser();

  function makeCluster(): Section {
    const isPlain = chance(0.15);
    const viaProxy = chance(0.35);
    const host = viaProxy ? pick("api.example.test", "127.0.0.1", "localhost") : pick("127.0.0.1", "localhost");
    const port = isPlain ? world.ports.plain : world.ports.secure;
    const scheme = isPlain ? pick("http://", "http://", "") : pick("https://", "https://", "https://", "HTTPS://");
    const path =
      scheme === "" ? "" : pick("", "", "", "/", "/k8s/clusters/c-1", "/prefix/", "?a=b", "/a%2Fb", "/ü;(x)");
    if (isPlain) say("plain http", undefined);
    if (path !== "") say(`server with ${path}`, undefined);
    const server = `${scheme}${host}:${port}${path}`;
    const proxy = viaProxy ? makeProxy(isPlain) : {};
    const name =
      isPlain || chance(0.75)
        ? {}
        : { "tls-server-name": pick("api.example.test", "api.example.test", "wrong.example.test") };
    if (Object.keys(name).length > 0) say(`tls-server-name`, undefined);
    return { server, ...proxy, ...name, ...(isPlain && chance(0.5) ? {} : makeTrust()) };
  }

  function makeProxy(isPlain: boolean): Section {
    const how = pick("http", "https", "socks5", "environment", "environment", "lower case", "without scheme");
    say(`proxy: ${how}`, undefined);
    if (how === "http" || how === "https" || how === "socks5") {
      if (chance(0.3)) env["NO_PROXY"] = "*";
      const { url } = world.proxies[how];
      return { "proxy-url": chance(0.3) && how === "http" ? url.replace("//", "//me:secret%40@") : url };
    }
    const name = isPlain ? "HTTP_PROXY" : "HTTPS_PROXY";
    const url = pick(
      world.proxies.http.url,
      world.proxies.socks5.url,
      world.proxies.http.url.replace("//", "//user:pass@"),
    );
    env[how === "lower case" ? name.toLowerCase() : name] =
      how === "without scheme" ? world.proxies.http.url.slice(7) : url;
    const except = [
      "example.test",
      ".example.test",
      "api.example.test",
      "*.example.test",
      "other.test",
      "127.0.0.0/8,10.0.0.0/8",
      "*",
      "test",
      "ample.test",
      " api.example.test , x",
      `api.example.test:${isPlain ? world.ports.plain : world.ports.secure}`,
      "api.example.test:1",
      "::ffff:127.0.0.1",
    ];
    if (chance(0.5)) env[pick("NO_PROXY", "no_proxy")] = say("NO_PROXY", pick(...except));
    return {};
  }

  function makeTrust(): Section {
    const { authority, intermediate, stranger } = world;
    const good = ["data", "data", "file", "skip", "system", "partial", "bundle"];
    const bad = ["stranger", "empty", "both", "skip and data", "gone", "garbage", "none"];
    // One fault hides another: most have none here.
    const kind = chance(0.8) ? pick(...good) : pick(...bad);
    say(`authority: ${kind}`, undefined);
    const data = "certificate-authority-data";
    switch (kind) {
      case "file":
        return { "certificate-authority": beside(homes.cluster, "ca.crt", authority.cert) };
      case "skip":
        return { "insecure-skip-tls-verify": true };
      case "system":
        env["SSL_CERT_FILE"] = authority.certificate;
        return {};
      case "partial":
        return { [data]: base64(intermediate.cert) };
      case "stranger":
        return { [data]: base64(stranger.cert) };
      case "both":
        return {
          "certificate-authority": beside(homes.cluster, "ca.crt", authority.cert),
          [data]: base64(authority.cert),
        };
      case "skip and data":
        return { "insecure-skip-tls-verify": true, [data]: base64(authority.cert) };
      case "empty":
        return { "certificate-authority": beside(homes.cluster, "ca.crt", "") };
      case "gone":
        return { "certificate-authority": "nowhere.crt" };
      case "garbage":
        return { [data]: base64("no certificate") };
      case "bundle":
        return { [data]: base64(`# two of them\n${stranger.cert}\n${authority.cert}`) };
      case "none":
        return {};
      default:
        return { [data]: base64(authority.cert) };
    }
  }

  function makeUser(): Section {
    const { client } = world;
    const token = (text = `token-${number}`): Section => ({ token: text });
    const answer = (status: object, version: string): string =>
      JSON.stringify({ kind: "ExecCredential", apiVersion: `client.authentication.k8s.io/${version}`, status });
    const plugin = (status: object, version: string, more: object = {}): Section => ({
      exec: {
        apiVersion: `client.authentication.k8s.io/${version}`,
        command: chance(0.5) ? relative(dirname(homes.user), world.plugin) : world.plugin,
        args: [join(folder, "answer.json")],
        env: [{ name: "EXTRA", value: "from the kubeconfig" }],
        ...(version === "v1" && { interactiveMode: pick("Never", "IfAvailable") }),
        ...(chance(0.5) && { provideClusterInfo: true }),
        ...more,
      },
      ...(writeFileSync(join(folder, "answer.json"), answer(status, version)), {}),
    });
    const files = (): Section => ({
      "client-certificate": beside(homes.user, "client.crt", client.cert),
      "client-key": beside(homes.user, "client.key", client.keyText),
    });
    const data = { "client-certificate-data": base64(client.cert), "client-key-data": base64(client.keyText) };
    const given = { clientCertificateData: client.cert, clientKeyData: client.keyText };
    const makers: readonly (() => Choice)[] = [
      () => ({ kind: "token", value: token() }),
      () => ({ kind: "token", value: token() }),
      () => ({ kind: "tokenFile", value: { tokenFile: beside(homes.user, "token", `from-file-${number}\n`) } }),
      () => ({
        kind: "token and tokenFile",
        value: { ...token(), tokenFile: beside(homes.user, "token", `from-file-${number}`) },
      }),
      () => ({ kind: "tokenFile that is gone", value: { tokenFile: "nowhere" } }),
      () => ({ kind: "token and a tokenFile that is gone", value: { ...token(), tokenFile: "nowhere" } }),
      () => ({ kind: "basic", value: { username: "user", password: "päss:word" } }),
      () => ({ kind: "token and basic", value: { ...token(), username: "user", password: "x" } }),
      () => ({ kind: "certificate", value: data }),
      () => ({ kind: "certificate files", value: files() }),
      () => ({ kind: "certificate and token", value: { ...data, ...token() } }),
      () => ({
        kind: "certificate without key",
        value: { "client-certificate-data": data["client-certificate-data"] },
      }),
      () => ({ kind: "certificate twice", value: { ...data, ...files() } }),
      () => ({ kind: "key without certificate", value: { ...token(), "client-key-data": data["client-key-data"] } }),
      () => ({ kind: "exec v1", value: plugin({ token: "from-plugin" }, "v1") }),
      () => ({
        kind: "exec v1beta1",
        value: plugin({ token: "from-plugin", expirationTimestamp: "2099-01-01T00:00:00Z" }, "v1beta1"),
      }),
      () => {
        const times = ["tomorrow", "2099-01-01", "2099-01-01T00:00:00", 4_070_908_800, null];
        const expirationTimestamp = times[number % times.length];
        return {
          kind: `exec that expires at ${String(expirationTimestamp)}`,
          value: plugin({ token: "from-plugin", expirationTimestamp }, "v1"),
        };
      },
      () => ({
        kind: "tokenFile with other spaces",
        value: { tokenFile: beside(homes.user, "token", " \t token\u{a0}\u{85}\n") },
      }),
      () => ({ kind: "exec with certificate", value: plugin({ ...given }, "v1") }),
      () => ({ kind: "exec with both", value: plugin({ ...given, token: "from-plugin" }, "v1") }),
      () => ({ kind: "exec beside a token", value: { ...plugin({ token: "from-plugin" }, "v1"), ...token() } }),
      () => ({ kind: "exec v1 without mode", value: plugin({ token: "x" }, "v1", { interactiveMode: undefined }) }),
      () => ({ kind: "exec v1alpha1", value: plugin({ token: "x" }, "v1alpha1") }),
      () => ({ kind: "exec that answers nothing", value: plugin({}, "v1") }),
      () => ({ kind: "exec with half a certificate", value: plugin({ clientKeyData: client.keyText }, "v1") }),
      () => ({ kind: "exec that is gone", value: plugin({ token: "x" }, "v1", { command: "./nowhere" }) }),
      () => ({ kind: "exec that asks", value: plugin({ token: "x" }, "v1", { interactiveMode: "Always" }) }),
      () => ({ kind: "auth-provider gcp", value: { "auth-provider": { name: "gcp", config: {} } } }),
      () => ({
        kind: "auth-provider oidc",
        value: {
          "auth-provider": {
            name: "oidc",
            config: { "idp-issuer-url": "https://127.0.0.1:1", "client-id": "me", "id-token": idToken(4_000_000_000) },
          },
        },
      }),
      () => ({
        kind: "auth-provider oidc, expired",
        value: {
          "auth-provider": {
            name: "oidc",
            config: { "idp-issuer-url": "https://127.0.0.1:1", "client-id": "me", "id-token": idToken(1) },
          },
        },
      }),
      () => ({ kind: "nothing", value: {} }),
    ];
    const { kind, value } = pick(...makers)();
    say(`user: ${kind}`, undefined);
    const others: Section = chance(0.75)
      ? {}
      : pick<Section>(
          { as: "somebody" },
          { as: "sömebody", "as-groups": ["a", "b c"], "as-uid": "42" },
          { as: "somebody", "as-user-extra": { "example.test/Scope%": ["x", "y"], plain: ["z"] } },
          { as: "somebody", "as-user-extra": { Scope: ["x"], scope: ["y"] } },
          { "as-groups": ["a"] },
        );
    if (Object.keys(others).length > 0) say(`as: ${Object.keys(others).join(", ")}`, undefined);
    return { ...value, ...others };
  }

  // Names that other files have, too, in vain.
  const context = pick("one", "one", "kind of one", "arn:aws:eks:eu-west-1:1:cluster/one");
  const decoy = {
    cluster: {
      server: `https://127.0.0.1:${world.ports.decoy}`,
      "insecure-skip-tls-verify": true,
      "tls-server-name": "decoy",
    },
    user: { token: "decoy", as: "decoy" },
    context: { cluster: "nowhere", user: "nobody" },
  };
  const danglingUser = chance(0.04) && say("a user that is not there", true);
  const wanted = { cluster: "c", user: danglingUser ? "gone" : "u", ...(chance(0.3) && { namespace: "monitoring" }) };
  const named = chance(0.4);
  const current = named ? pick("", "elsewhere") : context;
  const currentAt = place();
  const documents = files.map((file, index) => {
    const later = (home: string): boolean => index > files.indexOf(home);
    const entries = (home: string, entry: object, other: object): object[] =>
      file === home ? [entry] : later(home) && chance(0.7) ? [say("name in two files", other)] : [];
    const here = files.indexOf(currentAt);
    return {
      ...(chance(0.8) && { apiVersion: "v1", kind: "Config" }),
      clusters: entries(homes.cluster, { name: "c", cluster }, { name: "c", cluster: decoy.cluster }),
      users: entries(homes.user, { name: "u", user }, { name: "u", user: decoy.user }),
      contexts: entries(homes.context, { name: context, context: wanted }, { name: context, context: decoy.context }),
      "current-context": index === here ? current : index > here ? pick("", "elsewhere") : "",
      ...(chance(0.2) && { unknown: { of: "a later version" }, preferences: {} }),
    };
  });
  files.forEach((file, index) => {
    writeFileSync(file, encoded(documents[index]));
  });

  function encoded(document: unknown): Buffer {
    const text = chance(0.3)
      ? JSON.stringify(document, undefined, pick<number | string>(0, 2, "\t"))
      : stringify(document);
    switch (pick("", "", "", "", "BOM", "UTF-16", "CRLF", "second document")) {
      case "BOM":
        return say("BOM", Buffer.from(`\u{feff}${text}`));
      case "UTF-16":
        return say("UTF-16", Buffer.from(`\u{feff}${text}`, "utf16le"));
      case "CRLF":
        return say("CRLF", Buffer.from(text.replaceAll("\n", "\r\n")));
      case "second document":
        return text.startsWith("{")
          ? Buffer.from(text)
          : say("second document", Buffer.from(`${text}---\nclusters: [\n`));
      default:
        return Buffer.from(text);
    }
  }

  const list = files.flatMap((file): string[] => {
    const more = pick<() => string[]>(
      () => [],
      () => [],
      () => [say("missing file", join(folder, "missing"))],
      () => [say("empty entry", "")],
      () => [say("repeated file", file)],
    )();
    if (more[0]?.endsWith("missing")) return [more[0], file];
    return [file, ...more];
  });
  if (chance(0.2)) {
    const empty = say("empty file", join(folder, "empty"));
    writeFileSync(empty, "");
    list.push(empty);
  }
  env["KUBECONFIG"] = list.join(delimiter);
  return { folder, kinds: [...new Set(kinds)], env, ...(named && { context }) };
}

/** An unsigned token with nothing but its end, in s since 1970. */
function idToken(exp: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ exp })}.x`;
}
