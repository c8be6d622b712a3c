/** Where programs are on this machine. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { isProgram, onPath } from "../../tools/onPath";

export { isProgram, onPath };

/** An environment variable; an empty one counts as not set, as in a shell's `${NAME:-default}`. */
export function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === "" ? undefined : value;
}

/**
 * Looks for prometheus and promtool, which one package brings.
 * @returns both paths, or as `missing` a sentence that names what is not there and what to do
 */
export function findPrometheus(): { prometheus: string; promtool: string } | { missing: string } {
  const [prometheus, promtool] = [onPath("prometheus"), onPath("promtool")];
  if (prometheus === undefined) return { missing: "no prometheus on the PATH: run .ci/install as root" };
  if (promtool === undefined) return { missing: "no promtool on the PATH: run .ci/install as root" };
  return { prometheus, promtool };
}

/** Looks for Tempo, which no package registry has: at the variable TEMPO, or on the PATH. */
export function findTempo(): { tempo: string } | { missing: string } {
  const configured = setting("TEMPO");
  const tempo = configured ?? onPath("tempo");
  if (tempo === undefined) return { missing: "no tempo at TEMPO or on the PATH: bring a Tempo 2.10.1" };
  return isProgram(tempo) ? { tempo } : { missing: `TEMPO is ${tempo}, which is no executable file` };
}

/** Looks for actionlint, which checks workflows: on the PATH, or where `.ci/install` builds it. */
export function findActionlint(): { actionlint: string } | { missing: string } {
  const cache = setting("XDG_CACHE_HOME") ?? join(homedir(), ".cache");
  const pins = readFileSync(join(__dirname, "../../.ci/actionlint/go.mod"), "utf8");
  const [, version = ""] = /github\.com\/rhysd\/actionlint (v\S+)/.exec(pins) ?? [];
  const built = join(cache, "pulumi-tempo", `actionlint-${version}`, "actionlint");
  const actionlint = onPath("actionlint") ?? (isProgram(built) ? built : undefined);
  if (actionlint === undefined)
    return { missing: "no actionlint on the PATH: run .ci/install, which builds it with Go" };
  return { actionlint };
}

/** Looks for openssl, which makes certificates. */
export function findOpenssl(): { openssl: string } | { missing: string } {
  const openssl = onPath("openssl");
  return openssl === undefined ? { missing: "no openssl on the PATH: install the package openssl" } : { openssl };
}

/**
 * Looks for the kubectl that `.ci/install` builds. Not on the PATH: an older one, or one that clouds hand out, may read
 * kubeconfigs otherwise.
 */
export function findKubectl(): { kubectl: string } | { missing: string } {
  const cache = setting("XDG_CACHE_HOME") ?? join(homedir(), ".cache");
  const pins = readFileSync(join(__dirname, "../../.ci/kube-apiserver/go.mod"), "utf8");
  const [, version = ""] = /^require k8s\.io\/kubernetes (v\S+)$/m.exec(pins) ?? [];
  const kubectl = join(cache, "pulumi-tempo", `kubectl-${version}`, "kubectl");
  return isProgram(kubectl) ? { kubectl } : { missing: `no kubectl at ${kubectl}: run .ci/install` };
}
