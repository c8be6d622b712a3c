/** What lies in Tempo's folder, in bytes. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Everything below a folder. */
export function bytesBelow(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).reduce((sum, entry) => {
    if (!entry.isFile()) return sum;
    // A file that was deleted meanwhile takes no room.
    return sum + (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0);
  }, 0);
}

/** Blocks of the one tenant that queries read: the inputs of a compaction lose their meta.json when it is done. */
export function liveBlocks(backend: string): { count: number; bytes: number } {
  const tenant = join(backend, "single-tenant");
  if (!existsSync(tenant)) return { count: 0, bytes: 0 };
  const blocks = readdirSync(tenant).filter((name) => existsSync(join(tenant, name, "meta.json")));
  return { count: blocks.length, bytes: blocks.reduce((sum, name) => sum + bytesBelow(join(tenant, name)), 0) };
}
