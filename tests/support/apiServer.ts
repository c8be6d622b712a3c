/**
 * A real kube-apiserver on etcd, for tests that ask Kubernetes itself whether it would accept a manifest. There is no
 * kubelet and no controller: objects are stored, nothing runs. `.ci/install` installs both programs.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { dryRunner, send, type ApiClient, type Connection } from "./apiClient";
import { findApiServer } from "./findApiServer";
import { freePorts, Lab } from "./lab";

/** A running API server with its own etcd, both on ports of 127.0.0.1, which forgets everything when it stops. */
export interface ApiServer extends ApiClient {
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
}

/** How long both programs have to become ready together, in ms. They need about 5 s on two idle cores. */
const readyDeadline = 60_000;
/** How often a start is tried again when another process takes a port between our choice and the program's `listen`. */
const portRetries = 3;
const contextName = "pulumi-tempo-tests";

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
      // As kubeadm, k3s and minikube have it.
      "--allow-privileged=true",
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

    const connection = await ready(lab, `https://127.0.0.1:${port}`, token);
    return {
      kubeconfig: lab.write("kubeconfig", kubeconfigText(connection)),
      context: contextName,
      pids: lab.pids(),
      stop: () => lab.stop(),
      request: (method, path, body) => send(connection, method, path, body),
      putDryRun: dryRunner(connection),
    };
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

/**
 * Waits until the API server says that it is ready.
 * @throws when a program ends early, or after `readyDeadline`
 */
async function ready(lab: Lab, server: string, token: string): Promise<Connection> {
  const deadline = Date.now() + readyDeadline;
  let last = "it has not made its certificate";
  while (Date.now() < deadline) {
    lab.assertAlive();
    try {
      const connection = { server, token, authority: readFileSync(lab.path("certs/apiserver.crt"), "utf8") };
      const { status, body } = await send(connection, "GET", "/readyz");
      if (status === 200) return connection;
      last = String(body);
    } catch (error) {
      last = String(error);
    }
    await sleep(100);
  }
  throw new Error(`kube-apiserver was not ready within ${readyDeadline / 1000} s: ${last}\n${lab.tails()}`);
}

/** The text of a kubeconfig with one context. */
function kubeconfigText({ server, authority, token }: Connection): string {
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
