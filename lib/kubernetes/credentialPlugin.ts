import { spawn } from "node:child_process";
import { basename } from "node:path";
import { isatty } from "node:tty";
import { stripVTControlCharacters } from "node:util";
import { parse } from "yaml";
import { escapedPath } from "./escapedPath";
import { KubeconfigError, type KubeCluster, type KubeExec } from "./kubeconfig";

/**
 * Programs that a kubeconfig names for a credential (`exec`), run as kubectl runs them.
 * Source: `plugin/pkg/client/auth/exec` of k8s.io/client-go.
 */
export interface PluginCredential {
  readonly token?: string;
  /** PEM, both or none. */
  readonly certificate?: string;
  readonly key?: string;
  /** In ms since 1970; absent: until the end of the run. */
  readonly expires?: number;
}

/** How long a program may take, in ms. It may wait for somebody who logs in with a browser. */
const TIME_LIMIT = 60_000;
/** How much of what a program says stands in an error, in characters. */
const LONGEST = 500;

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const API = "client.authentication.k8s.io/";
const runs = new Map<string, Promise<PluginCredential>>();

/**
 * The credential of a program, which runs once for all requests until what it gave has expired.
 * @param exec of a user, already checked
 * @param limit of the program's time, in ms
 * @throws KubeconfigError where the program is not there, fails, takes too long or gives no credential
 */
export async function pluginCredential(
  exec: KubeExec,
  cluster: KubeCluster,
  limit = TIME_LIMIT,
): Promise<PluginCredential> {
  const key = JSON.stringify([exec, exec.provideClusterInfo && cluster]);
  const known = runs.get(key);
  const found = known && (await known);
  if (found && (found.expires === undefined || found.expires > Date.now())) return found;
  // Whoever waited beside us may have started it meanwhile.
  const newest = runs.get(key);
  if (newest !== undefined && newest !== known) return newest;
  const run = runPlugin(exec, cluster, limit);
  runs.set(key, run);
  return run;
}

async function runPlugin(exec: KubeExec, cluster: KubeCluster, limit: number): Promise<PluginCredential> {
  // Said here and not by the check of the kubeconfig: kubectl, too, wants a terminal only when the credential is needed.
  const interactive = exec.interactiveMode !== "Never" && isatty(0);
  if (exec.interactiveMode === "Always" && !interactive) {
    throw failure(exec, "asks its questions at a terminal, and standard input is none here");
  }
  const info = {
    kind: "ExecCredential",
    apiVersion: exec.apiVersion,
    spec: { ...(exec.provideClusterInfo && { cluster: clusterInfo(cluster) }), interactive },
  };
  const variables = Object.fromEntries(exec.env.map(({ name, value }) => [name, value]));
  const env = { ...process.env, ...variables, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  return credentialIn(exec, await outputOf(exec, env, interactive, limit));
}

/** What `provideClusterInfo` tells a program. */
function clusterInfo(cluster: KubeCluster): object {
  const { "tls-server-name": name, "proxy-url": proxy, "certificate-authority-data": authority } = cluster;
  const config = cluster.extensions.find((extension) => extension.name === `${API}exec`)?.extension;
  return {
    server: withoutQuery(cluster.server),
    ...(name !== "" && { "tls-server-name": name }),
    ...(cluster["insecure-skip-tls-verify"] && { "insecure-skip-tls-verify": true }),
    ...(authority !== "" && { "certificate-authority-data": Buffer.from(authority, "latin1").toString("base64") }),
    ...(proxy !== "" && { "proxy-url": proxy }),
    ...(cluster["disable-compression"] && { "disable-compression": true }),
    config: config ?? null,
  };
}

/** Go writes anew what has a path, and leaves the others as they are; a path that may stand in a URL stays as it is. */
function withoutQuery(server: string): string {
  const [, scheme = "", host = "", path = ""] = /^(\w+)(:\/\/[^/?#]+)(\/[^?#]+)/.exec(server) ?? [];
  if (path === "") return server;
  return scheme.toLowerCase() + host + (/^[\w\-.~!$&'()*+,;=:@%/[\]]+$/.test(path) ? path : escapedPath(path));
}

function outputOf(exec: KubeExec, env: NodeJS.ProcessEnv, interactive: boolean, limit: number): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(exec.command, exec.args, {
      env,
      stdio: [interactive ? "inherit" : "ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    let output = "";
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-LONGEST);
      // At once: it may be the address at which somebody logs in.
      process.stderr.write(text);
    });
    const end = (why?: KubeconfigError): void => {
      clearTimeout(timer);
      if (why) fail(why);
      else done(output);
    };
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      // What it started may hold them open.
      child.stdout.destroy();
      child.stderr.destroy();
      end(failure(exec, `has given no credential within ${limit / 1_000} s`, said));
    }, limit);
    child.once("error", (error) => {
      const isMissing = "code" in error && error.code === "ENOENT";
      end(failure(exec, isMissing ? "is not there" : error.message, isMissing ? exec.installHint : said));
    });
    child.once("close", (code, signal) => {
      end(
        code === 0
          ? undefined
          : failure(exec, code === null ? `ended by ${signal}` : `failed with status ${code}`, said),
      );
    });
  });
}

/** An error with what the program, or whoever wrote the kubeconfig, has to say; without signs that move a cursor. */
function failure({ command }: KubeExec, what: string, said = ""): KubeconfigError {
  const words = oneLine(said);
  return new KubeconfigError(`the credential plugin ${basename(command)} ${what}${words === "" ? "" : `: ${words}`}`);
}

function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\p{Cc}+/gu, " ")
    .trim();
}

interface ExecCredential {
  readonly kind?: unknown;
  readonly apiVersion?: unknown;
  readonly status?: Readonly<Record<string, unknown>> | null;
}

function credentialIn(exec: KubeExec, output: string): PluginCredential {
  let answer: ExecCredential | null;
  try {
    // What begins like JSON is JSON and nothing after it; kubectl takes YAML, too.
    const isJson = output.trimStart().startsWith("{");
    answer = (isJson ? JSON.parse(output) : parse(output, { logLevel: "silent" })) as ExecCredential | null;
  } catch {
    // The text may have a credential in it.
    throw failure(exec, "printed no ExecCredential");
  }
  if ((answer?.kind ?? "ExecCredential") !== "ExecCredential" || !answer)
    throw failure(exec, "printed no ExecCredential");
  if (answer.apiVersion !== exec.apiVersion) {
    throw failure(exec, `answers in ${String(answer.apiVersion)}, and the kubeconfig has ${exec.apiVersion} for it`);
  }
  const read = (key: string): string => {
    const value = answer.status?.[key];
    return typeof value === "string" ? value : "";
  };
  const [token, certificate, key] = [read("token"), read("clientCertificateData"), read("clientKeyData")];
  if (token === "" && certificate === "" && key === "") throw failure(exec, "gave neither a token nor a certificate");
  if ((certificate === "") !== (key === "")) throw failure(exec, "gave a certificate or its key, and not both");
  const expiry = answer.status?.["expirationTimestamp"] ?? undefined;
  const expires = expiry === undefined ? NaN : Date.parse(read("expirationTimestamp"));
  if (expiry !== undefined && (Number.isNaN(expires) || !RFC_3339.test(read("expirationTimestamp")))) {
    throw failure(exec, "gave an expirationTimestamp that is no time such as 2026-01-31T12:00:00Z");
  }
  return {
    ...(token !== "" && { token }),
    ...(key !== "" && { certificate, key }),
    ...(!Number.isNaN(expires) && { expires }),
  };
}
