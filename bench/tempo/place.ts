/** Moves a configuration from its pod to this machine. This file has every change that the bench makes to one. */
import { join } from "node:path";
import type { Config } from "./variants";

/** Where a Tempo of the bench runs. */
export interface Place {
  readonly folder: string;
  /** Ports of 127.0.0.1. */
  readonly ports: {
    readonly http: number;
    readonly grpc: number;
    readonly otlpGrpc: number;
    readonly otlpHttp: number;
  };
  readonly remoteWriteUrl: string;
}

/** Where volumes are mounted in the pods of all variants. */
const MOUNTS = /^\/(var\/tempo|tmp|run|conf)(?=\/|$)/;

/**
 * The changes: paths lie below one folder; Tempo listens on free ports of 127.0.0.1; remote write goes to the bench;
 * receivers other than OTLP, which nobody uses here, are left out; no usage is reported to Grafana Labs.
 */
export function placeConfig(config: Config, { folder, ports, remoteWriteUrl }: Place): Config {
  const moved = movePaths(config, folder) as Record<string, Record<string, unknown>>;
  const receivers = moved["distributor"]?.["receivers"] as Record<string, { protocols: Record<string, object> }>;
  const otlp = receivers["otlp"]?.protocols ?? {};
  const generator = moved["metrics_generator"];
  const storage = generator?.["storage"] as { remote_write?: readonly object[] } | undefined;
  return {
    ...moved,
    usage_report: { reporting_enabled: false },
    server: {
      ...moved["server"],
      http_listen_address: "127.0.0.1",
      http_listen_port: ports.http,
      grpc_listen_address: "127.0.0.1",
      grpc_listen_port: ports.grpc,
    },
    distributor: {
      ...moved["distributor"],
      receivers: {
        otlp: {
          protocols: {
            grpc: { ...otlp["grpc"], endpoint: `127.0.0.1:${ports.otlpGrpc}` },
            http: { ...otlp["http"], endpoint: `127.0.0.1:${ports.otlpHttp}` },
          },
        },
      },
    },
    // The members of the rings, which are all in this process, speak over the address of the gRPC server.
    ...(generator && {
      metrics_generator: {
        ...generator,
        storage: {
          ...storage,
          remote_write: storage?.remote_write?.map((target) => ({ ...target, url: remoteWriteUrl })),
        },
      },
    }),
  };
}

/** Files that must exist before Tempo starts: overrides of tenants, which are empty in normal times. */
export function filesOf(config: Config): string[] {
  const overrides = config["overrides"] as { per_tenant_override_config?: string } | undefined;
  return overrides?.per_tenant_override_config === undefined ? [] : [overrides.per_tenant_override_config];
}

/**
 * Timings for the measurement on the backend's blocks alone, the same in all variants: with their own the bench would
 * wait for an hour until all blocks were listed, compacted, and their inputs deleted.
 */
export function hurryCompaction(config: Config): Config {
  const { compactor, storage } = config as {
    compactor?: { compaction?: object };
    storage?: { trace?: object };
  };
  return {
    ...config,
    compactor: {
      ...compactor,
      compaction: { ...compactor?.compaction, compaction_cycle: "1s", compacted_block_retention: "1s" },
    },
    storage: { ...storage, trace: { ...storage?.trace, blocklist_poll: "3s" } },
  };
}

function movePaths(value: unknown, folder: string): unknown {
  if (typeof value === "string") return MOUNTS.test(value) ? join(folder, value) : value;
  if (Array.isArray(value)) return value.map((item) => movePaths(item, folder));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, movePaths(item, folder)]));
}
