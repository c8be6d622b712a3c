import { createServer, type AddressInfo, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** The few things that the end-to-end test does to the cluster itself. */
export interface TestCluster {
  /** @returns undefined where there is none. */
  claim(namespace: string, name: string): Promise<ClaimState | undefined>;
  namespaceExists(name: string): Promise<boolean>;
  /** Name of a StorageClass that allows expansion, if there is one. */
  expandableClass(): Promise<string | undefined>;
  /** Ends a pod without a grace period, as a crash does, and waits until its successor is ready. */
  killPod(namespace: string, name: string): Promise<void>;
  deleteNamespace(name: string): Promise<void>;
  deleteService(namespace: string, name: string): Promise<void>;
  /** Makes a pod's port reachable here. */
  forward(namespace: string, pod: string, port: number): Promise<Forward>;
}

export interface ClaimState {
  readonly requested: string | undefined;
  readonly capacity: string | undefined;
  readonly uid: string | undefined;
}

export interface Forward {
  readonly port: number;
  close(): void;
}

const READY_TIMEOUT = 180_000;

export async function openTestCluster(context: string): Promise<TestCluster> {
  const k8s = await import("@kubernetes/client-node");
  const kubeconfig = new k8s.KubeConfig();
  kubeconfig.loadFromDefault();
  kubeconfig.setCurrentContext(context);
  const core = kubeconfig.makeApiClient(k8s.CoreV1Api);
  const storage = kubeconfig.makeApiClient(k8s.StorageV1Api);
  const absent = (error: unknown): undefined => {
    if ((error as { code?: number }).code === 404) return undefined;
    throw error;
  };

  return {
    async claim(namespace, name) {
      const claim = await core.readNamespacedPersistentVolumeClaim({ namespace, name }).catch(absent);
      return (
        claim && {
          requested: claim.spec?.resources?.requests?.["storage"],
          capacity: claim.status?.capacity?.["storage"],
          uid: claim.metadata?.uid,
        }
      );
    },
    async namespaceExists(name) {
      return (await core.readNamespace({ name }).catch(absent)) !== undefined;
    },
    async expandableClass() {
      const { items } = await storage.listStorageClass();
      return items.find((item) => item.allowVolumeExpansion === true)?.metadata?.name;
    },
    async killPod(namespace, name) {
      const before = (await core.readNamespacedPod({ namespace, name })).metadata?.uid;
      await core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
      const deadline = Date.now() + READY_TIMEOUT;
      for (;;) {
        const pod = await core.readNamespacedPod({ namespace, name }).catch(absent);
        const ready = pod?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
        if (pod?.metadata?.uid !== before && ready) return;
        if (Date.now() > deadline) throw new Error(`pod ${name} was not ready again within ${READY_TIMEOUT / 1000} s`);
        await sleep(500);
      }
    },
    async deleteNamespace(name) {
      await core.deleteNamespace({ name }).catch(absent);
    },
    async deleteService(namespace, name) {
      await core.deleteNamespacedService({ namespace, name });
    },
    async forward(namespace, pod, port) {
      const forwarder = new k8s.PortForward(kubeconfig);
      const server: Server = createServer((socket) => {
        socket.on("error", () => socket.destroy());
        forwarder.portForward(namespace, pod, [port], socket, null, socket).catch(() => socket.destroy());
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return {
        port: (server.address() as AddressInfo).port,
        close: () => {
          server.close();
        },
      };
    },
  };
}
