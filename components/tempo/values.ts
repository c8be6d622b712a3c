import { podAnnotations } from "../monitoring/annotations";
import { traceStorageOf } from "../storage";
import { escapeTemplate } from "./template";
import { ownerLabel } from "../../lib/kubernetes/owner";
import { renderResources, renderScheduling, renderSeLinux } from "../common/pod";
import { ports } from "../contracts/ports";
import { remoteWriteMounts, remoteWriteVolumes } from "../common/remoteWrite";
import { toBytes } from "../../lib/schema/quantity";
import { tempoVersionOf } from "../versions";
import type { ImageReference } from "../../lib/schema/image";
import type { Settings } from "../contracts/settings";

/**
 * Values for the community chart. Only what the chart knows: it ignores unknown keys without a word, therefore
 * tests/components/tempo/values.test.ts holds every path against the pinned chart's own.
 */
export function renderValues(settings: Settings, tempoYaml: string, owner: string): Record<string, unknown> {
  const { name, pod, prometheus } = settings;
  const stored = traceStorageOf(settings).pod(settings);
  // What was first stays so: another order would restart every pod.
  const [volume, ...volumes] = stored.volumes;
  const [mount, ...mounts] = stored.mounts;
  const { imagePullSecrets, ...scheduling } = renderScheduling(pod);
  return {
    // Both, because the chart names some objects by one and some by the other.
    nameOverride: name,
    fullnameOverride: name,
    global: { commonLabels: ownerLabel(owner) },
    replicas: 1,
    config: escapeTemplate(tempoYaml),
    tempo: {
      ...imageValues(settings.image),
      ...tempoVersionOf(settings).chart.values,
      // The chart makes the list of Kubernetes from names.
      ...(imagePullSecrets && { pullSecrets: pod.imagePullSecrets }),
      resources: renderResources(settings.resources),
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
        mount,
        { name: "tmp", mountPath: "/tmp" },
        ...mounts,
        ...(prometheus ? remoteWriteMounts(prometheus) : []),
      ],
    },
    ...scheduling,
    securityContext: {
      ...user(settings),
      runAsNonRoot: true,
      // Not at every start: on a full volume the change of owner alone takes minutes.
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
      ...renderSeLinux(pod),
    },
    serviceAccount: { automountServiceAccountToken: false },
    // The claim is our own object (claim.ts): a StatefulSet's template can neither grow nor outlive a change.
    persistence: { enabled: false },
    podLabels: { ...pod.labels, ...ownerLabel(owner) },
    podAnnotations: {
      ...pod.annotations,
      ...podAnnotations(settings),
      ...stored.annotations,
    },
    ...(stored.initContainers.length > 0 && { initContainers: stored.initContainers }),
    ...(stored.containers.length > 0 && { extraContainers: stored.containers }),
    extraVolumes: [
      volume,
      { name: "tmp", emptyDir: {} },
      ...volumes,
      ...(prometheus ? remoteWriteVolumes(prometheus, name) : []),
    ],
  };
}

/** Tempo's own user in its image. The chart has it by default, therefore nothing is written as null. */
const TEMPO_USER = 10001;

function user({ pod }: Settings): Record<string, number | null> {
  const id = pod.runAs === "fixed" ? TEMPO_USER : null;
  return { runAsUser: id, runAsGroup: id, fsGroup: id };
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
