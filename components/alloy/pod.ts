import { createHash } from "node:crypto";

/** What every pod with Alloy has: its file and its command line. */

export const CONFIG_PATH = "/etc/alloy";
export const CONFIG_FILE = "config.alloy";
/** Alloy reads its file at its start: with this annotation a new file is a new pod. */
export function configChecksum(config: string): Record<string, string> {
  return { "checksum/config": createHash("sha256").update(config).digest("hex") };
}

export function alloyArgs(storagePath: string): string[] {
  return [
    "run",
    `${CONFIG_PATH}/${CONFIG_FILE}`,
    `--storage.path=${storagePath}`,
    // Its pages show the configuration and take profiles and reloads, from everyone. Nobody needs them from outside: its
    // own metrics it reads in memory, and a port-forward ends here. Probes would be the only ones, and `/-/ready` says no
    // more than that the file was read, without which the process ends (docs/decisions/collector.md).
    "--server.http.listen-addr=127.0.0.1:12345",
    "--disable-reporting",
  ];
}

/**
 * How long a pod must have run to count as there, in seconds: a file that Alloy does not take ends it in less.
 */
export const MIN_READY_SECONDS = 10;
