/** What a collector's configuration has to be for a run on this machine, outside any cluster. */
import { ports } from "../../../../components/contracts/ports";
import { STORAGE_PATH } from "../../../../components/collector/paths";

export interface Host {
  /** Ports of 127.0.0.1 in place of those of OTLP. */
  readonly grpcPort: number;
  readonly httpPort: number;
  /** In place of the folder of the queue. */
  readonly storagePath: string;
}

const KUBERNETES = "otelcol.processor.k8sattributes";

/** Components that need a kernel with eBPF or a Kubernetes API, and those that scrape them. */
const CLUSTER_ONLY = /^(?:beyla\.ebpf|otelcol\.processor\.k8sattributes) "|= beyla\.ebpf\./m;

/**
 * The rendered configuration without what only a cluster has: who handed over to the Kubernetes attributes hands over
 * to whom those would have. Everything else, all that spans pass, stays as it is.
 */
export function onHost(config: string, { grpcPort, httpPort, storagePath }: Host): string {
  const components = config.split(/\n\n(?=\S)/);
  const afterKubernetes = components
    .filter((component) => component.startsWith(KUBERNETES))
    .flatMap((component) => /traces = \[(.*)\]/.exec(component)?.[1] ?? []);
  return components
    .filter((component) => !CLUSTER_ONLY.test(component))
    .join("\n\n")
    .replace(`${KUBERNETES}.default.input`, afterKubernetes[0] ?? "")
    .replace(`0.0.0.0:${ports.otlpGrpc}`, `127.0.0.1:${grpcPort}`)
    .replace(`0.0.0.0:${ports.otlpHttp}`, `127.0.0.1:${httpPort}`)
    .replaceAll(STORAGE_PATH, storagePath);
}
