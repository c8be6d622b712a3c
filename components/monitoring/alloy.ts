import type { types } from "@pulumi/kubernetes";
import type { Peer, Settings } from "../contracts/settings";
import { alloyArgs, CONFIG_FILE, CONFIG_PATH, configChecksum, MIN_READY_SECONDS } from "../alloy/pod";
import { labelsOf } from "../contracts/labels";
import { renderResources, renderScheduling, renderSeLinux } from "../common/pod";
import { remoteWriteMounts, remoteWriteVolumes } from "../common/remoteWrite";

type ConfigMap = types.input.core.v1.ConfigMap;
type Deployment = types.input.apps.v1.Deployment;

/**
 * A Grafana Alloy that scrapes Tempo and the guard and remote-writes, for a cluster in which nothing else scrapes.
 * As plain values; its configuration is alloyConfig.ts.
 */

const STORAGE_PATH = "/var/lib/alloy/data";
/** The user `alloy` of the image, which does not use it by itself. */
const ALLOY_USER = 473;

/** Name of the Deployment and of its ConfigMap. */
export function alloyName({ name }: Pick<Settings, "name">): string {
  return `${name}-metrics`;
}

function alloySelector(settings: Pick<Settings, "name">): Record<string, string> {
  return { "app.kubernetes.io/name": alloyName(settings) };
}

/** Who scrapes besides the peers of the settings: a NetworkPolicy of Tempo must let it in. */
export function alloyPeers(settings: Pick<Settings, "name" | "namespace" | "scrape">): Peer[] {
  if (settings.scrape.method !== "alloy") return [];
  return [{ namespace: settings.namespace, labels: alloySelector(settings) }];
}

export function renderAlloyConfigMap(settings: Settings, config: string, owner: string): ConfigMap {
  const name = alloyName(settings);
  return {
    metadata: { name, namespace: settings.namespace, labels: labelsOf({ name }, owner) },
    data: { [CONFIG_FILE]: config },
  };
}

export function renderAlloyDeployment(settings: Settings, config: string, owner: string): Deployment {
  const name = alloyName(settings);
  const { pod, prometheus } = settings;
  const labels = labelsOf({ name }, owner);
  return {
    metadata: { name, namespace: settings.namespace, labels },
    spec: {
      replicas: 1,
      minReadySeconds: MIN_READY_SECONDS,
      // Two at once would send each sample twice, at two times.
      strategy: { type: "Recreate" },
      selector: { matchLabels: alloySelector(settings) },
      template: {
        metadata: {
          labels: { ...pod.labels, ...labels },
          annotations: { ...pod.annotations, ...configChecksum(config) },
        },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          ...renderScheduling(pod),
          securityContext: {
            ...(pod.runAs === "fixed" && { runAsUser: ALLOY_USER, runAsGroup: ALLOY_USER }),
            runAsNonRoot: true,
            ...(pod.runAs === "fixed" && { fsGroup: ALLOY_USER }),
            seccompProfile: { type: "RuntimeDefault" },
            ...renderSeLinux(pod),
          },
          containers: [alloyContainer(settings)],
          volumes: [
            { name: "config", configMap: { name } },
            // An hour of all series every five seconds is a tenth of it.
            { name: "storage", emptyDir: { sizeLimit: "256Mi" } },
            { name: "tmp", emptyDir: { sizeLimit: "16Mi" } },
            ...(prometheus ? remoteWriteVolumes(prometheus, settings.name) : []),
          ],
        },
      },
    },
  };
}

function alloyContainer({ scrape, prometheus }: Settings): types.input.core.v1.Container {
  return {
    name: "alloy",
    image: scrape.alloyImage.text,
    args: alloyArgs(STORAGE_PATH),
    resources: renderResources(scrape.resources),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      { name: "config", mountPath: CONFIG_PATH, readOnly: true },
      { name: "storage", mountPath: STORAGE_PATH },
      { name: "tmp", mountPath: "/tmp" },
      ...(prometheus ? remoteWriteMounts(prometheus) : []),
    ],
  };
}
