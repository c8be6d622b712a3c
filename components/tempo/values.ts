import { podAnnotations } from "../monitoring/annotations";
import { guardChecksum, guardContainer, guardVolumes, seedContainer, tempoMount } from "../storage/guard";
import { DATA_PATH } from "./paths";
import { claimName } from "./claim";
import { ownerLabel } from "../labels";
import { ports } from "../ports";
import { toBytes } from "../../settings/parse/quantity";
import type { ImageReference } from "../../settings/parse/image";
import type { Settings } from "../../settings/schema";

/**
 * Values for the community chart. Only what the chart knows: it ignores unknown keys without a word, therefore
 * tests/tempo/values.test.ts holds every path against the pinned chart's own.
 */
export function renderValues(settings: Settings, tempoYaml: string, owner: string): Record<string, unknown> {
  const { name, resources, storage } = settings;
  return {
    // Both, because the chart names some objects by one and some by the other.
    nameOverride: name,
    fullnameOverride: name,
    global: { commonLabels: ownerLabel(owner) },
    replicas: 1,
    config: escapeTemplate(tempoYaml),
    tempo: {
      ...imageValues(settings.image),
      // A ballast held memory for Go's collector before GOMEMLIMIT existed; the chart still takes 1 GiB by default.
      memBallastSizeMbs: 0,
      resources: {
        requests: {
          ...(resources.requests.cpu && { cpu: resources.requests.cpu.text }),
          memory: resources.requests.memory.text,
        },
        limits: {
          ...(resources.limits.cpu && { cpu: resources.limits.cpu.text }),
          memory: resources.limits.memory.text,
        },
      },
      extraEnv: [{ name: "GOMEMLIMIT", value: String(memoryTarget(settings)) }],
      // The chart's Service has a port for every receiver with an endpoint here, whatever the configuration says.
      receivers: {
        jaeger: {
          protocols: {
            grpc: { endpoint: "" },
            thrift_binary: { endpoint: "" },
            thrift_compact: { endpoint: "" },
            thrift_http: { endpoint: "" },
          },
        },
        otlp: {
          protocols: {
            grpc: { endpoint: `0.0.0.0:${ports.otlpGrpc}` },
            http: { endpoint: `0.0.0.0:${ports.otlpHttp}` },
          },
        },
      },
      readinessProbe: {
        httpGet: { path: "/ready", port: ports.http },
        initialDelaySeconds: 1,
        periodSeconds: 2,
        timeoutSeconds: 2,
        failureThreshold: 3,
      },
      // Not /ready, the chart's default: while a long WAL is replayed it says no, and a restart would begin anew. The
      // post-renderer makes it /ready together with a startup probe, for which the chart has no value.
      livenessProbe: {
        httpGet: { path: "/status/version", port: ports.http },
        initialDelaySeconds: 30,
        periodSeconds: 10,
        timeoutSeconds: 5,
        failureThreshold: 6,
      },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
      extraVolumeMounts: [
        { name: "storage", mountPath: DATA_PATH },
        { name: "tmp", mountPath: "/tmp" },
        ...(storage.sizeAware ? [tempoMount] : []),
      ],
    },
    securityContext: {
      runAsUser: 10001,
      runAsGroup: 10001,
      runAsNonRoot: true,
      fsGroup: 10001,
      // Not at every start: on a full volume the change of owner alone takes minutes.
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
    serviceAccount: { automountServiceAccountToken: false },
    // The claim is our own object (claim.ts): a StatefulSet's template can neither grow nor outlive a change.
    persistence: { enabled: false },
    podLabels: ownerLabel(owner),
    podAnnotations: {
      ...podAnnotations(settings),
      ...(storage.guard && { "checksum/guard": guardChecksum(settings) }),
    },
    ...(storage.guard && {
      // Tempo does not start without the overrides file.
      ...(storage.sizeAware && { initContainers: [seedContainer(storage.image.text)] }),
      extraContainers: [guardContainer(storage.image.text)],
    }),
    extraVolumes: [
      { name: "storage", persistentVolumeClaim: { claimName: claimName(settings) } },
      { name: "tmp", emptyDir: {} },
      ...(storage.guard ? guardVolumes(settings) : []),
    ],
  };
}

/** Share of the memory limit that Go aims at; the rest is for stacks, page cache and moments between collections. */
const MEMORY_TARGET = 0.8;

function memoryTarget({ resources }: Settings): number {
  return Math.floor(toBytes(resources.limits.memory) * MEMORY_TARGET);
}

/** The chart writes `registry/repository:tag`; a container runtime that sees a digest behind a tag ignores the tag. */
function imageValues({ registry, repository, tag, digest }: ImageReference): Record<string, string> {
  const version = tag ?? "pinned";
  return { registry, repository, tag: digest === undefined ? version : `${version}@${digest}` };
}

/** The chart passes the configuration through Helm's `tpl`, which would evaluate braces in a label's value. */
function escapeTemplate(text: string): string {
  return text.replaceAll("{{", ESCAPED_BRACES);
}

const ESCAPED_BRACES = '{{ "{{" }}';

/** The configuration as the chart will have evaluated it. */
export function unescapeTemplate(text: string): string {
  return text.replaceAll(ESCAPED_BRACES, "{{");
}
