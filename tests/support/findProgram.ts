/** Where programs are on this machine. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { isProgram, onPath } from "../../tools/lib/onPath";

export { isProgram, onPath };

/** An environment variable; an empty one counts as not set, as in a shell's `${NAME:-default}`. */
export function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === "" ? undefined : value;
}

/** The majors of Prometheus that people run: Debian's packages have 2, and `.ci/install` builds 3. */
export const PROMETHEUS_MAJORS = [2, 3] as const;
export type PrometheusMajor = (typeof PROMETHEUS_MAJORS)[number];
export type PrometheusPrograms = Readonly<Record<"prometheus" | "promtool", string>>;

/**
 * Looks for prometheus and promtool.
 * @param major 2 is looked for on the PATH, 3 where `.ci/install` builds it; without it, whatever is on the PATH, or else 3
 * @returns both paths, or as `missing` a sentence that names what is not there and what to do
 */
export function findPrometheus(major?: PrometheusMajor): PrometheusPrograms | { missing: string } {
  if (major === 3) return findBuilt("prometheus", "promtool");
  const [prometheus, promtool] = [onPath("prometheus"), onPath("promtool")];
  if (prometheus !== undefined && promtool !== undefined) {
    const version = major === undefined ? "" : versionOf(prometheus);
    if (major === undefined || version.startsWith(`${major}.`)) return { prometheus, promtool };
    return { missing: `no Prometheus ${major} on the PATH: ${prometheus} is ${version}` };
  }
  const built = major === undefined ? findBuilt("prometheus", "promtool") : { missing: "" };
  if (!("missing" in built)) return built;
  return { missing: `no ${prometheus === undefined ? "prometheus" : "promtool"} on the PATH: run .ci/install as root` };
}

/** What a program of Prometheus calls its version. */
function versionOf(program: string): string {
  const { stdout, stderr } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return / version (\S+)/.exec(`${stdout}${stderr}`)?.[1] ?? "of no known version";
}

/** Looks for Tempo, which no package registry has: at the variable TEMPO, or on the PATH. */
export function findTempo(): { tempo: string } | { missing: string } {
  const configured = setting("TEMPO");
  const tempo = configured ?? onPath("tempo");
  if (tempo === undefined) return { missing: "no tempo at TEMPO or on the PATH: bring a Tempo 2.10.1" };
  return isProgram(tempo) ? { tempo } : { missing: `TEMPO is ${tempo}, which is no executable file` };
}

/** The folders of `.ci` with the pins of what `.ci/install` builds. */
const pins = join(__dirname, "../../.ci");

/** What `.ci/install` builds: the folder of its pins, and the module whose version it has. */
const built = {
  actionlint: ["actionlint", "github.com/rhysd/actionlint"],
  "kube-apiserver": ["kube-apiserver", "k8s.io/kubernetes"],
  "kube-score": ["kube-score", "github.com/zegl/kube-score"],
  "kube-controller-manager": ["kube-apiserver", "k8s.io/kubernetes"],
  "kube-scheduler": ["kube-apiserver", "k8s.io/kubernetes"],
  kubectl: ["kube-apiserver", "k8s.io/kubernetes"],
  helm: ["helm", "helm.sh/helm/v4"],
  kustomize: ["kustomize", "sigs.k8s.io/kustomize/kustomize/v5"],
  kwok: ["kwok", "sigs.k8s.io/kwok"],
  prometheus: ["prometheus", "github.com/prometheus/prometheus"],
  promtool: ["prometheus", "github.com/prometheus/prometheus"],
  pulumi: ["pulumi", "github.com/pulumi/pulumi/pkg/v3"],
  "pulumi-resource-kubernetes": ["pulumi-resource-kubernetes", "github.com/pulumi/pulumi-kubernetes/provider/v4"],
} as const;

/** Where `.ci/install` puts a program that it builds: the version is the one that is pinned. */
export function builtPath(program: keyof typeof built): string {
  const [folder, module] = built[program];
  const file = join(pins, folder, "go.mod");
  const lines = readFileSync(file, "utf8").split("\n");
  const [, version] =
    lines
      .map((line) =>
        line
          .trim()
          .replace(/^require /, "")
          .split(" "),
      )
      .find(([name]) => name === module) ?? [];
  if (version === undefined) throw new Error(`${file} does not require ${module}`);
  const cache = setting("XDG_CACHE_HOME") ?? join(homedir(), ".cache");
  return join(cache, "pulumi-tempo", `${program}-${version}`, program);
}

/**
 * Looks for programs that `.ci/install` builds, and only there: which version it is decides what a test can expect.
 * @returns their paths, or as `missing` a sentence that names the first that is not there and what to do
 */
export function findBuilt<P extends keyof typeof built>(...programs: P[]): Record<P, string> | { missing: string } {
  const paths = Object.fromEntries(programs.map((program) => [program, builtPath(program)])) as Record<P, string>;
  const missing = programs.find((program) => !isProgram(paths[program]));
  if (missing === undefined) return paths;
  return { missing: `no ${missing} at ${paths[missing]}: run .ci/install, which builds it with Go` };
}

/**
 * Looks for a release of Node that `.ci/install` installs.
 * @param major one of those that `.ci/node/package.json` pins
 */
export function findNode(major: number): { node: string } | { missing: string } {
  const { dependencies } = JSON.parse(readFileSync(join(pins, "node", "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const version = dependencies[`node-${major}`]?.split("@").at(-1);
  if (version === undefined) throw new Error(`.ci/node/package.json pins no node-${major}`);
  const cache = setting("XDG_CACHE_HOME") ?? join(homedir(), ".cache");
  const node = join(cache, "pulumi-tempo", `node-${version}`, "node");
  return isProgram(node) ? { node } : { missing: `no Node ${version} at ${node}: run .ci/install` };
}

/** Looks for a linter that `.ci/install` puts into a virtual environment. */
export function findLinter(name: "shellcheck" | "zizmor"): { linter: string } | { missing: string } {
  const cache = setting("XDG_CACHE_HOME") ?? join(homedir(), ".cache");
  const linter = join(cache, "pulumi-tempo", "linters", "bin", name);
  return isProgram(linter) ? { linter } : { missing: `no ${name} at ${linter}: run .ci/install` };
}

/** Looks for actionlint, which checks workflows: on the PATH, or where `.ci/install` builds it. */
export function findActionlint(): { actionlint: string } | { missing: string } {
  const actionlint = onPath("actionlint");
  return actionlint === undefined ? findBuilt("actionlint") : { actionlint };
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
  return findBuilt("kubectl");
}
