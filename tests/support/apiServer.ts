/**
 * A real kube-apiserver on etcd, for tests that ask Kubernetes itself whether it would accept a manifest. There is no
 * kubelet and no controller: objects are stored, nothing runs. `.ci/install` installs both programs.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { request as httpsRequest } from "node:https";
import { createServer, type AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";

/** A Kubernetes object as a manifest has it; anything beside these keys goes to the API server as it is. */
export interface Manifest {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string; namespace?: string };
}

/** The answer to one request. */
export interface ApiResponse {
  /** The HTTP status. */
  status: number;
  /** The parsed JSON, or the text where it is not JSON, e.g. `ok` from /readyz. */
  body: unknown;
}

/** A running API server with its own etcd, both on ports of 127.0.0.1, which forgets everything when it stops. */
export interface ApiServer {
  /** The path of a kubeconfig whose user may do everything. It is deleted by `stop`. */
  readonly kubeconfig: string;
  /** The only context of the kubeconfig. */
  readonly context: string;
  /** The process ids of etcd and kube-apiserver. */
  readonly pids: readonly number[];
  /**
   * Kills both processes and deletes their data. Resolves when they are gone; a second call does nothing.
   * The end of this process does the same, a SIGKILL to it excepted.
   */
  stop(): Promise<void>;
  /**
   * Sends one request as the administrator.
   * @param method an HTTP method
   * @param path the path with its query, from the slash on
   * @param body sent as JSON where given, a PATCH as server-side apply; default: no body
   * @returns the answer, whatever its status
   * @throws when the server cannot be reached, or says nothing for 30 s
   */
  request(method: string, path: string, body?: unknown): Promise<ApiResponse>;
  /**
   * Asks the server whether it would accept an object: server-side apply with strict field validation as a dry run.
   * The object is not stored; its namespace is, where it does not exist yet, because a dry run needs it.
   * @param object any object with `apiVersion`, `kind` and `metadata.name`; a namespaced one without a
   * `metadata.namespace` goes to `default`
   * @returns the object as the server would store it, with its defaults
   * @throws with the server's message when it refuses the object or does not serve its kind
   */
  putDryRun(object: Manifest): Promise<unknown>;
}

/** How long both programs have to become ready together, in ms. They need about 5 s on two idle cores. */
const readyDeadline = 60_000;
/** How long a request may wait for the server's next byte, in ms. */
const requestTimeout = 30_000;
/** How often a start is tried again when another process takes a port between our choice and the program's `listen`. */
const portRetries = 3;
const contextName = "pulumi-tempo-tests";
const moduleFile = resolve(__dirname, "../../.ci/kube-apiserver/go.mod");

/**
 * Looks for the two programs: kube-apiserver at the environment variable KUBE_APISERVER, on the PATH, then where
 * `.ci/install` builds it; etcd on the PATH, then at /usr/bin/etcd.
 * @returns both paths, or as `missing` a sentence that names what is not there and what to do
 */
export function findApiServer(): { etcd: string; apiServer: string } | { missing: string } {
  const configured = setting("KUBE_APISERVER");
  // A path that was asked for is not replaced by another one: the test would be of something else than it says.
  if (configured !== undefined && !isProgram(configured)) {
    return { missing: `KUBE_APISERVER is ${configured}, which is no executable file: correct or unset it` };
  }
  const apiServer = configured ?? onPath("kube-apiserver") ?? [builtApiServer()].find(isProgram);
  if (apiServer === undefined)
    return { missing: `no kube-apiserver at KUBE_APISERVER, on the PATH or at ${builtApiServer()}: run .ci/install` };
  const etcd = onPath("etcd") ?? ["/usr/bin/etcd"].find(isProgram);
  if (etcd === undefined) return { missing: "no etcd on the PATH or at /usr/bin/etcd: run .ci/install as root" };
  return { etcd, apiServer };
}

/**
 * Starts etcd and kube-apiserver on free ports of 127.0.0.1, with all their files in one temporary folder.
 * @returns the server, ready to answer
 * @throws when a program is missing, ends early (with the end of its log) or is not ready within 60 s; nothing is left
 */
export async function startApiServer(): Promise<ApiServer> {
  const found = findApiServer();
  if ("missing" in found) throw new Error(found.missing);
  for (let attempt = 0; ; attempt++) {
    try {
      return await start(found.etcd, found.apiServer);
    } catch (error) {
      if (attempt === portRetries || !String(error).includes("address already in use")) throw error;
    }
  }
}

/**
 * One attempt of `startApiServer`.
 * @param etcd the path of the program
 * @param apiServer the path of the program
 * @throws as `startApiServer`, and when a port is taken
 */
async function start(etcd: string, apiServer: string): Promise<ApiServer> {
  const lab = new Lab();
  try {
    const [etcdPort, peerPort, port] = await freePorts();
    const etcdUrl = `http://127.0.0.1:${etcdPort}`;
    const peerUrl = `http://127.0.0.1:${peerPort}`;
    lab.spawn(etcd, [
      "--name=tests",
      `--data-dir=${lab.path("etcd")}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=tests=${peerUrl}`,
      // Nobody reads the data after a crash.
      "--unsafe-no-fsync",
    ]);

    const token = randomBytes(16).toString("hex");
    const keyFile = lab.write("service-account.key", serviceAccountKey());
    lab.spawn(apiServer, [
      `--etcd-servers=${etcdUrl}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${port}`,
      `--cert-dir=${lab.path("certs")}`,
      `--token-auth-file=${lab.write("tokens.csv", `${token},admin,admin,system:masters\n`)}`,
      "--authorization-mode=AlwaysAllow",
      // It demands service accounts that only the controller manager creates.
      "--disable-admission-plugins=ServiceAccount",
      "--service-cluster-ip-range=10.96.0.0/16",
      // Without it the `kubernetes` Service gets this machine's address, where nothing listens.
      "--endpoint-reconciler-type=none",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${keyFile}`,
      `--service-account-signing-key-file=${keyFile}`,
      // Debian's etcd 3.4.23 cannot report its progress, without which a streaming list never ends.
      "--feature-gates=WatchList=false",
      "--profiling=false",
    ]);

    const client = await ready(lab, `https://127.0.0.1:${port}`, token);
    return {
      kubeconfig: lab.write("kubeconfig", kubeconfigText(client)),
      context: contextName,
      pids: lab.pids(),
      stop: () => lab.stop(),
      request: (method, path, body) => send(client, method, path, body),
      putDryRun: dryRunner(client),
    };
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

/** A temporary folder and the processes that work in it, which disappear together. */
class Lab {
  private readonly folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-apiserver-"));
  private readonly children: { child: ChildProcess; log: string; gone: Promise<void>; failure?: Error }[] = [];
  /** Kills the programs and deletes the folder, without waiting. */
  private readonly kill = (): void => {
    // SIGKILL: kube-apiserver takes seconds over a polite end, and there is nothing to save.
    for (const { child } of this.children) child.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  };
  /** A signal ends a process without its `exit` event. Having caught it we end it, unless others (mocha) did, too. */
  private readonly killAndDie = (signal: NodeJS.Signals): void => {
    this.kill();
    this.forget();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };

  constructor() {
    process.on("exit", this.kill);
    for (const signal of deadlySignals) process.on(signal, this.killAndDie);
  }

  /** Takes the handlers off this process. */
  private forget(): void {
    process.off("exit", this.kill);
    for (const signal of deadlySignals) process.off(signal, this.killAndDie);
  }

  /** The path of a file in the folder. */
  path(name: string): string {
    return join(this.folder, name);
  }

  /**
   * Writes a file that only this user can read.
   * @returns its path
   */
  write(name: string, text: string): string {
    writeFileSync(this.path(name), text, { mode: 0o600 });
    return this.path(name);
  }

  /**
   * Starts a program with its output in a log file of the folder. It does not keep this process alive: a test that
   * forgets `stop` ends as ever, and takes the program with it.
   */
  spawn(program: string, args: string[]): void {
    const log = this.path(`${this.children.length}.log`);
    const output = openSync(log, "w");
    const child = spawn(program, args, { cwd: this.folder, stdio: ["ignore", output, output] });
    closeSync(output);
    child.unref();
    const entry: (typeof this.children)[number] = {
      child,
      log,
      gone: new Promise((done) => {
        child.once("exit", () => {
          done();
        });
        child.once("error", (error) => {
          entry.failure = error;
          done();
        });
      }),
    };
    this.children.push(entry);
  }

  /** The process ids of the programs, in the order of their starts. */
  pids(): number[] {
    return this.children.flatMap(({ child }) => child.pid ?? []);
  }

  /** @throws when a program has ended or could not be started, with the end of its log */
  assertAlive(): void {
    for (const { child, log, failure } of this.children) {
      const end = failure?.message ?? child.signalCode ?? child.exitCode;
      if (end !== null) throw new Error(`${child.spawnfile} ended early (${end}):\n${this.tail(log)}`);
    }
  }

  /** The last lines of every log, for an error. */
  tails(): string {
    return this.children.map(({ child, log }) => `${child.spawnfile}:\n${this.tail(log)}`).join("\n");
  }

  /** The last 20 lines of one log. */
  private tail(log: string): string {
    return readFileSync(log, "utf8").trimEnd().split("\n").slice(-20).join("\n");
  }

  /** Kills the programs, waits until they are gone and deletes the folder. */
  async stop(): Promise<void> {
    for (const { child } of this.children) {
      child.ref();
      child.kill("SIGKILL");
    }
    await Promise.all(this.children.map(({ gone }) => gone));
    // Once more, for its deletion: a program may have written a file until it was gone.
    this.kill();
    this.forget();
  }
}

const deadlySignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What a request needs to know of a server. */
interface Client {
  /** E.g. https://127.0.0.1:40001 */
  server: string;
  /** The certificate that signed the server's, PEM. */
  authority: string;
  /** The administrator's bearer token. */
  token: string;
}

/**
 * Waits until the API server says that it is ready.
 * @throws when a program ends early, or after `readyDeadline`
 */
async function ready(lab: Lab, server: string, token: string): Promise<Client> {
  const deadline = Date.now() + readyDeadline;
  let last = "it has not made its certificate";
  while (Date.now() < deadline) {
    lab.assertAlive();
    try {
      const client = { server, token, authority: readFileSync(lab.path("certs/apiserver.crt"), "utf8") };
      const { status, body } = await send(client, "GET", "/readyz");
      if (status === 200) return client;
      last = String(body);
    } catch (error) {
      last = String(error);
    }
    await sleep(100);
  }
  throw new Error(`kube-apiserver was not ready within ${readyDeadline / 1000} s: ${last}\n${lab.tails()}`);
}

/** `ApiServer.request` on a given server. */
function send(client: Client, method: string, path: string, body?: unknown): Promise<ApiResponse> {
  const type = method === "PATCH" ? "application/apply-patch+yaml" : "application/json";
  return new Promise((succeed, fail) => {
    const request = httpsRequest(
      `${client.server}${path}`,
      {
        method,
        ca: client.authority,
        // No connection is kept: one that idles would keep the test process alive.
        agent: false,
        timeout: requestTimeout,
        headers: {
          authorization: `Bearer ${client.token}`,
          accept: "application/json",
          ...(body === undefined ? {} : { "content-type": type }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", fail);
        response.on("end", () => {
          succeed({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString("utf8")) });
        });
      },
    );
    request.on("error", fail);
    request.on("timeout", () =>
      request.destroy(new Error(`${method} ${path}: no answer within ${requestTimeout / 1000} s`)),
    );
    // JSON is YAML, so it suits an apply patch as well.
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The value of a JSON text, or the text itself where it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** One entry of an API's discovery document, e.g. { name: "pods", kind: "Pod", namespaced: true }. */
interface Resource {
  name: string;
  kind: string;
  namespaced: boolean;
}

/** `ApiServer.putDryRun` on a given server. */
function dryRunner(client: Client): ApiServer["putDryRun"] {
  /** @throws with the server's message unless the status is 2xx or one of those that are expected */
  async function call(subject: string, method: string, path: string, body?: unknown, expected: number[] = []) {
    const answer = await send(client, method, path, body);
    if ((answer.status < 200 || answer.status > 299) && !expected.includes(answer.status)) {
      throw new Error(`${subject}: ${method} ${path} was answered with ${answer.status}: ${messageOf(answer.body)}`);
    }
    return answer.body;
  }

  return async (object) => {
    const { apiVersion, kind, metadata } = object;
    if (apiVersion === undefined || kind === undefined || metadata?.name === undefined) {
      throw new Error(`apiVersion, kind and metadata.name are required, but missing from ${JSON.stringify(object)}`);
    }
    const subject = `${apiVersion} ${kind} ${metadata.name}`;
    const api = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    // Not remembered: a CustomResourceDefinition that a test has just created adds to it.
    const { resources } = (await call(subject, "GET", api)) as { resources: Resource[] };
    // A subresource such as `pods/status` has the kind, too.
    const resource = resources.find(({ name, kind: served }) => served === kind && !name.includes("/"));
    if (resource === undefined) throw new Error(`${subject}: the API server has no kind ${kind} in ${apiVersion}`);

    const namespace = metadata.namespace ?? "default";
    if (resource.namespaced) {
      const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
      await call(subject, "POST", "/api/v1/namespaces", body, [409]);
    }
    const folder = resource.namespaced ? `${api}/namespaces/${encodeURIComponent(namespace)}` : api;
    const query = "dryRun=All&fieldValidation=Strict&fieldManager=tests&force=true";
    const path = `${folder}/${resource.name}/${encodeURIComponent(metadata.name)}?${query}`;
    return call(subject, "PATCH", path, object);
  };
}

/** What the server says in a Status object, or all of the answer where it is none. */
function messageOf(body: unknown): string {
  const message = typeof body === "object" && body !== null && "message" in body ? body.message : undefined;
  return typeof message === "string" ? message : JSON.stringify(body);
}

/** The text of a kubeconfig with one context. */
function kubeconfigText({ server, authority, token }: Client): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: contextName,
        cluster: { server, "certificate-authority-data": Buffer.from(authority).toString("base64") },
      },
    ],
    users: [{ name: contextName, user: { token } }],
    contexts: [{ name: contextName, context: { cluster: contextName, user: contextName, namespace: "default" } }],
    "current-context": contextName,
  });
}

/** A private key, PEM, which kube-apiserver does not start without. */
function serviceAccountKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "sec1", format: "pem" }).toString();
}

/** Three ports of 127.0.0.1 that were free a moment ago, all different. */
async function freePorts(): Promise<[number, number, number]> {
  const servers = [createServer(), createServer(), createServer()] as const;
  const port = (server: (typeof servers)[number]) =>
    new Promise<number>((found, fail) => {
      server.once("error", fail);
      server.listen(0, "127.0.0.1", () => {
        found((server.address() as AddressInfo).port);
      });
    });
  try {
    return await Promise.all([port(servers[0]), port(servers[1]), port(servers[2])]);
  } finally {
    await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  }
}

/** Where `.ci/install` puts kube-apiserver: the version is the one that the wrapper module pins. */
function builtApiServer(): string {
  const version = /^require k8s\.io\/kubernetes (v\S+)$/m.exec(readFileSync(moduleFile, "utf8"))?.[1];
  if (version === undefined) throw new Error(`${moduleFile} has no line "require k8s.io/kubernetes v<version>"`);
  const cache = setting("XDG_CACHE_HOME") ?? join(homedir(), ".cache");
  return join(cache, "pulumi-tempo", `kube-apiserver-${version}`, "kube-apiserver");
}

/** The path of a program on the PATH. */
function onPath(program: string): string | undefined {
  const folders = (setting("PATH") ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, program)).find(isProgram);
}

/** Whether a path is a file that this user may execute. */
function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** An environment variable; an empty one counts as not set, as in a shell's `${NAME:-default}`. */
function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === "" ? undefined : value;
}
