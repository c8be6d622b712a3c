/** Where the programs of `startApiServer` are on this machine. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { isProgram, onPath, setting } from "./findProgram";

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

/** Where `.ci/install` puts kube-apiserver: the version is the one that the wrapper module pins. */
function builtApiServer(): string {
  const version = /^require k8s\.io\/kubernetes (v\S+)$/m.exec(readFileSync(moduleFile, "utf8"))?.[1];
  if (version === undefined) throw new Error(`${moduleFile} has no line "require k8s.io/kubernetes v<version>"`);
  const cache = setting("XDG_CACHE_HOME") ?? join(homedir(), ".cache");
  return join(cache, "pulumi-tempo", `kube-apiserver-${version}`, "kube-apiserver");
}
