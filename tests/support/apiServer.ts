/**
 * A real kube-apiserver on etcd, for tests that ask Kubernetes itself whether it would accept a manifest. Objects are
 * stored, nothing runs, unless controllers are asked for: then workloads get pods, and KWOK says of a node and of every
 * pod on it that they are ready. `.ci/install` installs all these programs.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { dryRunner, send, type ApiClient, type Connection } from "./apiClient";
import { findApiServer } from "./findApiServer";
import { findBuilt } from "./findProgram";
import { freePorts, Lab } from "./lab";

/** A running API server with its own etcd, both on ports of 127.0.0.1, which forgets everything when it stops. */
export interface ApiServer extends ApiClient {
  /** The path of a kubeconfig whose user may do everything. It is deleted by `stop`. */
  readonly kubeconfig: string;
  /** The current context of the kubeconfig. */
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

/** What makes a cluster of an API server. */
export interface Controllers {
  /** Paths of the programs. */
  readonly programs: Readonly<Record<"kube-controller-manager" | "kube-scheduler" | "kwok", string>>;
  /** Contexts of the kubeconfig, of which the first is the current one. All lead to this server. */
  readonly contexts: readonly string[];
}

/** Looks for the programs of {@link Controllers}. @returns them, or as `missing` a sentence that says what to do */
export function findControllers(): Controllers["programs"] | { missing: string } {
  const found = findApiServer();
  return "missing" in found ? found : findBuilt("kube-controller-manager", "kube-scheduler", "kwok");
}

/**
 * Starts etcd and kube-apiserver on free ports of 127.0.0.1, with all their files in one temporary folder.
 * @param controllers starts these as well; without a kubelet no container ever runs
 * @returns the server, ready to answer
 * @throws when a program is missing, ends early (with the end of its log) or is not ready within 60 s; nothing is left
 */
export async function startApiServer(controllers?: Controllers): Promise<ApiServer> {
  const found = findApiServer();
  if ("missing" in found) throw new Error(found.missing);
  for (let attempt = 0; ; attempt++) {
    try {
      return await start(found.etcd, found.apiServer, controllers);
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
async function start(etcd: string, apiServer: string, controllers?: Controllers): Promise<ApiServer> {
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
      // They wait for service accounts and node conditions, whose controllers are not among ours.
      "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
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
    const [context = contextName, ...others] = controllers?.contexts ?? [];
    const kubeconfig = lab.write("kubeconfig", kubeconfigText(connection, [context, ...others]));
    if (controllers) await addControllers(lab, connection, { ...controllers, kubeconfig, keyFile });
    return {
      kubeconfig,
      context,
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

/** The controllers that the objects of this project need. All of them together take twice the processor time. */
const controllerNames = [
  "daemonset",
  "deployment",
  "replicaset",
  "statefulset",
  "endpoints",
  "endpointslice",
  "garbage-collector",
  "namespace",
  "persistentvolume-binder",
  "persistentvolumeclaim-protection",
];

/**
 * Starts controllers, scheduler and KWOK, and makes a node.
 * @throws when a program ends early, or the node is not ready within `readyDeadline`
 */
async function addControllers(
  lab: Lab,
  connection: Connection,
  { programs, kubeconfig, keyFile }: Controllers & { readonly kubeconfig: string; readonly keyFile: string },
): Promise<void> {
  const [managerPort, schedulerPort] = await freePorts();
  const common = [`--kubeconfig=${kubeconfig}`, "--leader-elect=false", "--bind-address=127.0.0.1"];
  lab.spawn(programs["kube-controller-manager"], [
    ...common,
    `--secure-port=${managerPort}`,
    `--cert-dir=${lab.path("manager")}`,
    `--controllers=${controllerNames.map((name) => `${name}-controller`).join(",")}`,
    `--service-account-private-key-file=${keyFile}`,
  ]);
  lab.spawn(programs["kube-scheduler"], [
    ...common,
    `--secure-port=${schedulerPort}`,
    `--cert-dir=${lab.path("scheduler")}`,
    "--authentication-skip-lookup=true",
  ]);
  const stages = lab.write("stages.yaml", kwokStages.map((stage) => stringify(stage)).join("---\n"));
  lab.spawn(programs.kwok, [`--kubeconfig=${kubeconfig}`, `--config=${stages}`, "--manage-all-nodes=true"]);

  const resources = { cpu: "32", memory: "128Gi", pods: "200", "ephemeral-storage": "1Ti" };
  const node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "node", labels: { "kubernetes.io/os": "linux", "kubernetes.io/hostname": "node" } },
    status: { allocatable: resources, capacity: resources },
  };
  const { status, body } = await send(connection, "POST", "/api/v1/nodes", node);
  if (status !== 201) throw new Error(`the node was not made: ${status} ${JSON.stringify(body)}`);
  lab.assertAlive();
}

/** The status of a pod whose containers all run and are ready, as a template in YAML. */
const readyPod = `phase: Running
startTime: {{ Now | Quote }}
podIP: {{ index (PodIPsWith .spec.nodeName (or .spec.hostNetwork false) .metadata.uid .metadata.name .metadata.namespace) 0 | Quote }}
conditions:
{{ range (list "Initialized" "Ready" "ContainersReady") }}
- { type: {{ . }}, status: "True", lastTransitionTime: {{ Now | Quote }} }
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- { name: {{ .name }}, image: {{ .image | Quote }}, imageID: "", ready: true, started: true, restartCount: 0, state: { running: {} } }
{{ end }}
`;

/** What KWOK does with an object of a kind, while the expressions match. */
function kwokStage(name: string, kind: string, matchExpressions: object[], next: object): object {
  const spec = { resourceRef: { apiGroup: "v1", kind }, selector: { matchExpressions }, next };
  return { apiVersion: "kwok.x-k8s.io/v1alpha1", kind: "Stage", metadata: { name }, spec };
}

const isDeleted = { key: ".metadata.deletionTimestamp", operator: "Exists" };
const isNew = (field: string): object => ({ key: `.status.${field}`, operator: "DoesNotExist" });
const kwokStages = [
  kwokStage("node-ready", "Node", [isNew("conditions")], {
    statusTemplate: `conditions: [{ type: Ready, status: "True" }]`,
  }),
  kwokStage("pod-ready", "Pod", [{ ...isDeleted, operator: "DoesNotExist" }, isNew("podIP")], {
    statusTemplate: readyPod,
  }),
  kwokStage("pod-gone", "Pod", [isDeleted], { delete: true }),
];

/** The text of a kubeconfig, whose contexts all lead to the same cluster. */
function kubeconfigText({ server, authority, token }: Connection, contexts: readonly [string, ...string[]]): string {
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
    contexts: contexts.map((name) => ({
      name,
      context: { cluster: contextName, user: contextName, namespace: "default" },
    })),
    "current-context": contexts[0],
  });
}

/** A private key, PEM, which kube-apiserver does not start without. */
function serviceAccountKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "sec1", format: "pem" }).toString();
}
