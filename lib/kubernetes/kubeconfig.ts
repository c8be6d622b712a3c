import { existsSync, readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { delimiter, dirname, isAbsolute, join, resolve, sep } from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";

/**
 * Kubeconfigs as kubectl and the Kubernetes provider's plugin read them: which files, how they are merged, what their
 * paths are relative to. Source: `tools/clientcmd` of k8s.io/client-go; tests/cluster compares it with kubectl.
 */

/** What makes a kubeconfig unusable, in words for a person. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";
}

/** The files of a run, merged. */
export interface Kubeconfig {
  /** Set where there is none, and the pod that this program runs in has a credential: a kubeconfig with it. */
  readonly ofPod?: string;
  /** Empty where none is chosen. */
  readonly currentContext: string;
  readonly contexts: ReadonlyMap<string, KubeContext>;
  readonly clusters: ReadonlyMap<string, KubeCluster>;
  readonly users: ReadonlyMap<string, KubeUser>;
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);
const mapOf = <T extends z.ZodType>(item: T) =>
  z
    .record(z.string(), item)
    .nullish()
    .transform((value) => value ?? {});
/** Base64 of standard alphabet and padding, which Go wants; line breaks do not count. */
const data = text
  .transform((value) => value.replaceAll(/[\r\n]/g, ""))
  .refine((value) => value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value), { error: "no base64" })
  .transform((value) => Buffer.from(value, "base64").toString("latin1"));

const kubeContext = z.object({ cluster: text, user: text, namespace: text });
const kubeCluster = z.object({
  server: text,
  "tls-server-name": text,
  "insecure-skip-tls-verify": flag,
  "certificate-authority": text,
  "certificate-authority-data": data,
  "proxy-url": text,
  "disable-compression": flag,
  extensions: listOf(z.object({ name: text, extension: z.unknown() })),
});
const kubeUser = z.object({
  "client-certificate": text,
  "client-certificate-data": data,
  "client-key": text,
  "client-key-data": data,
  token: text,
  tokenFile: text,
  as: text,
  "as-uid": text,
  "as-groups": listOf(text),
  "as-user-extra": mapOf(listOf(text)),
  username: text,
  password: text,
  "auth-provider": z.object({ name: text, config: mapOf(text) }).nullish(),
  exec: z
    .object({
      command: text,
      args: listOf(text),
      env: listOf(z.object({ name: text, value: text })),
      apiVersion: text,
      installHint: text,
      provideClusterInfo: flag,
      interactiveMode: text,
    })
    .nullish(),
});
const orEmpty = <T extends z.ZodType>(value: T) => z.preprocess((found) => found ?? {}, value);
const kubeconfigFile = z.object({
  apiVersion: text.refine((value) => value === "" || value === "v1", { error: "not v1" }),
  kind: text.refine((value) => value === "" || value === "Config", { error: "not Config" }),
  "current-context": text,
  preferences: z.object({}).nullish(),
  extensions: listOf(z.object({ name: text })),
  contexts: listOf(orEmpty(z.object({ name: text, context: orEmpty(kubeContext) }))),
  clusters: listOf(orEmpty(z.object({ name: text, cluster: orEmpty(kubeCluster) }))),
  users: listOf(orEmpty(z.object({ name: text, user: orEmpty(kubeUser) }))),
});

export type KubeContext = z.infer<typeof kubeContext>;
export type KubeCluster = z.infer<typeof kubeCluster>;
export type KubeUser = z.infer<typeof kubeUser>;
export type KubeExec = NonNullable<KubeUser["exec"]>;

/**
 * Reads the kubeconfig. Where there is none it is the one of the pod that this program runs in, if that has a credential.
 * @param path a file that must be there; absent: those of `$KUBECONFIG`, of which any may be missing, else
 *   `~/.kube/config`. The first file that has a context, a cluster or a user of some name has it alone.
 * @param folder what paths in the files are relative to; absent: the file's own folder.
 * @throws KubeconfigError for what cannot be read or is none, of all files
 */
export function loadKubeconfig(path?: string, folder?: string): Kubeconfig {
  const problems: string[] = [];
  const files = (path === undefined ? defaultFiles() : [path]).flatMap((file) => {
    try {
      const bytes = readFileSync(file);
      return [parseKubeconfig(decode(bytes), folder ?? resolve(dirname(file)), file)];
    } catch (error) {
      const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (path !== undefined || !isMissing) problems.push(error instanceof Error ? error.message : String(error));
      return [];
    }
  });
  if (problems.length > 0) throw new KubeconfigError(problems.join("; "));
  const first = <T>(maps: readonly ReadonlyMap<string, T>[]): Map<string, T> =>
    new Map(maps.toReversed().flatMap((map) => [...map]));
  const merged = {
    currentContext: files.find(({ currentContext }) => currentContext !== "")?.currentContext ?? "",
    contexts: first(files.map(({ contexts }) => contexts)),
    clusters: first(files.map(({ clusters }) => clusters)),
    users: first(files.map(({ users }) => users)),
  };
  const isEmpty = merged.contexts.size === 0 && merged.currentContext === "";
  const ofPod = path === undefined && isEmpty ? podKubeconfig() : undefined;
  return ofPod === undefined ? merged : { ...parseKubeconfig(ofPod, "/", IN_CLUSTER), ofPod };
}

/** The name under which a pod's own credential is chosen, which no kubeconfig has. */
export const IN_CLUSTER = "in-cluster";
/** Where a pod finds the credential of its service account. */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The credential stays in its file. Source: `InClusterConfig` of client-go. */
export function podKubeconfig(folder = ACCOUNT): string | undefined {
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "" } = process.env;
  if (host === "" || port === "" || !existsSync(`${folder}/token`)) return undefined;
  const name = IN_CLUSTER;
  const cluster = {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    ...(existsSync(`${folder}/ca.crt`) && { "certificate-authority": `${folder}/ca.crt` }),
  };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster }],
    users: [{ name, user: { tokenFile: `${folder}/token` } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}

function defaultFiles(): string[] {
  const { KUBECONFIG: variable = "" } = process.env;
  // A variable that names no file at all, such as ":", is not the same as none.
  if (variable !== "") return [...new Set(variable.split(delimiter))].filter((file) => file !== "");
  return [join(home(), ".kube", "config")];
}

/** On Windows the first of three folders that has a kubeconfig. */
function home(): string {
  const { HOME = "", HOMEDRIVE = "", HOMEPATH = "", USERPROFILE = "" } = process.env;
  if (process.platform !== "win32") return HOME;
  const folders = [HOME, HOMEDRIVE && HOMEPATH && HOMEDRIVE + HOMEPATH, USERPROFILE].filter((folder) => folder !== "");
  return folders.find((folder) => existsSync(join(folder, ".kube", "config"))) ?? folders[0] ?? "";
}

/** @throws Error with the file's name and what is wrong with it */
function parseKubeconfig(content: string, folder: string, file: string): Kubeconfig {
  try {
    const { contexts, clusters, users, ...parsed } = kubeconfigFile.parse(parseYaml(content) ?? {});
    return {
      currentContext: parsed["current-context"],
      contexts: byName(
        "contexts",
        contexts.map(({ name, context }) => [name, context]),
      ),
      clusters: byName(
        "clusters",
        clusters.map(({ name, cluster }) => [name, clusterIn(folder, cluster)]),
      ),
      users: byName(
        "users",
        users.map(({ name, user }) => [name, userIn(folder, user)]),
      ),
    };
  } catch (error) {
    throw new Error(`${file}: ${reasonOf(error)}`);
  }
}

/** Windows' tools write UTF-16, and a mark before UTF-8. */
function decode(bytes: Buffer): string {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding, { fatal: true }).decode(bytes);
}

/** The first document, by YAML 1.1 as Go's library has it: `yes` is a boolean; a date, `1:20` and what is behind `!!binary` are texts. */
function parseYaml(yaml: string): unknown {
  const [first] = parseAllDocuments(yaml, {
    version: "1.1",
    uniqueKeys: false,
    logLevel: "silent",
    customTags: (tags) => [
      ...tags.filter((tag) => typeof tag === "string" || (!/timestamp|binary/.test(tag.tag) && tag.format !== "TIME")),
      { tag: "tag:yaml.org,2002:binary", resolve: (text: string) => Buffer.from(text, "base64").toString() },
    ],
  });
  if (first === undefined || !("errors" in first)) return undefined;
  const [error] = first.errors;
  if (error) throw error;
  return first.toJS();
}

/** Never with a value, which may be a credential. */
function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) {
    return error.issues.map(({ path, message }) => `${path.join(".") || "no kubeconfig"}: ${message}`).join(", ");
  }
  return error instanceof Error ? (error.message.split(/ at line |\n/)[0] ?? "") : String(error);
}

/** @throws Error where two entries have the same name */
function byName<T>(list: string, entries: readonly (readonly [string, T])[]): Map<string, T> {
  const map = new Map<string, T>();
  for (const [name, entry] of entries) {
    if (map.has(name)) throw new Error(`${list}: ${JSON.stringify(name)} is there twice`);
    map.set(name, entry);
  }
  return map;
}

function clusterIn(folder: string, cluster: KubeCluster): KubeCluster {
  return { ...cluster, "certificate-authority": absolute(folder, cluster["certificate-authority"]) };
}

function userIn(folder: string, user: KubeUser): KubeUser {
  const { exec } = user;
  return {
    ...user,
    "client-certificate": absolute(folder, user["client-certificate"]),
    "client-key": absolute(folder, user["client-key"]),
    tokenFile: absolute(folder, user.tokenFile),
    // A command without a separator is looked for in $PATH.
    ...(exec && {
      exec: {
        ...exec,
        command: exec.command.includes(sep) ? absolute(folder, exec.command) : exec.command,
        // Only the older API has a default.
        interactiveMode: exec.interactiveMode || (/v1(alpha1|beta1)$/.test(exec.apiVersion) ? "IfAvailable" : ""),
      },
    }),
  };
}

function absolute(folder: string, path: string): string {
  return path === "" || isAbsolute(path) ? path : join(folder, path);
}
