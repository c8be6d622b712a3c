import { createHash } from "node:crypto";

/** What every pod with Alloy has: its file, its command line, its port. */

export const CONFIG_PATH = "/etc/alloy";
export const CONFIG_FILE = "config.alloy";
/** Its own pages and metrics. */
export const ALLOY_PORT = 12345;

/** Alloy reads its file at its start: with this annotation a new file is a new pod. */
export function configChecksum(config: string): Record<string, string> {
  return { "checksum/config": createHash("sha256").update(config).digest("hex") };
}

export function alloyArgs(storagePath: string): string[] {
  return [
    "run",
    `${CONFIG_PATH}/${CONFIG_FILE}`,
    `--storage.path=${storagePath}`,
    `--server.http.listen-addr=0.0.0.0:${ALLOY_PORT}`,
    "--disable-reporting",
  ];
}

/** A probe of a container, as a plain value. */
export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold?: number;
}

export interface Probes {
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
}

export function alloyProbes(): Probes {
  const ready = { httpGet: { path: "/-/ready", port: ALLOY_PORT } };
  return {
    readinessProbe: { ...ready, periodSeconds: 5, timeoutSeconds: 2 },
    livenessProbe: { ...ready, initialDelaySeconds: 30, periodSeconds: 15, timeoutSeconds: 5, failureThreshold: 6 },
  };
}
