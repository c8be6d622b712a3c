import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type * as Client from "@kubernetes/client-node" with { "resolution-mode": "import" };

/** What is used of the client. */
const USED = ["createConfiguration", "KubeConfig", "KubernetesObjectApi", "ServerConfiguration"] as const;

export type KubernetesClient = Pick<typeof Client, (typeof USED)[number]>;

const load = createRequire(__filename);

/**
 * The Kubernetes client. It has a file for each kind of object, 960 in all, and loading them takes longer than the rest
 * of a preview; therefore its first use after an install writes what is used of it into one file among the installed
 * packages, where `npm ci` removes it again. Where that cannot be done, the client is loaded as it is.
 */
export async function kubernetesClient(folder = packagesFolder()): Promise<KubernetesClient> {
  try {
    return load(bundleIn(folder)) as KubernetesClient;
  } catch {
    return import("@kubernetes/client-node");
  }
}

/** The folder `node_modules` that has the client. */
function packagesFolder(): string {
  const entry = load.resolve("@kubernetes/client-node");
  return entry.slice(0, entry.lastIndexOf("node_modules") + "node_modules".length);
}

/** @throws Error where nothing tells what is installed, or nothing can be written. */
function bundleIn(folder: string): string {
  // npm writes it at each install, with the version and the checksum of every package.
  const installed = readFileSync(join(folder, ".package-lock.json"));
  const key = createHash("sha256").update(installed).update(USED.join()).digest("hex").slice(0, 16);
  const file = join(folder, ".cache", "pulumi-tempo", `kubernetes-client-${key}.cjs`);
  if (existsSync(file)) return file;
  const { buildSync } = load("esbuild") as typeof import("esbuild");
  mkdirSync(dirname(file), { recursive: true });
  // Another run may be at it, too: whoever is last puts the same file there.
  const draft = `${file}.${process.pid}`;
  try {
    buildSync({
      stdin: { contents: `export { ${USED.join(", ")} } from "@kubernetes/client-node";`, resolveDir: folder },
      bundle: true,
      platform: "node",
      format: "cjs",
      outfile: draft,
      logLevel: "silent",
    });
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
  return file;
}
