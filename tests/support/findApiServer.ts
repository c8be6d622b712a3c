/** Where the programs of `startApiServer` are on this machine. */
import { builtPath, isProgram, onPath, setting } from "./findProgram";

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
  const built = builtPath("kube-apiserver");
  const apiServer = configured ?? onPath("kube-apiserver") ?? [built].find(isProgram);
  if (apiServer === undefined)
    return { missing: `no kube-apiserver at KUBE_APISERVER, on the PATH or at ${built}: run .ci/install` };
  const etcd = onPath("etcd") ?? ["/usr/bin/etcd"].find(isProgram);
  if (etcd === undefined) return { missing: "no etcd on the PATH or at /usr/bin/etcd: run .ci/install as root" };
  return { etcd, apiServer };
}
