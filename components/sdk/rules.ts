import { onTempoCluster } from "../contracts/endpoints";
import { wayOf } from "../collector/senders";
import { sdkEndpoint } from "./environment";
import type { SdkNamespace, Settings } from "../contracts/settings";
import type { Finding, LooseSettings } from "../contracts/rules";

/** Rules on the section of services with an SDK. */
export function sdk(settings: LooseSettings): Finding[] {
  const { sdk: section, name, namespace, tailnet, collector } = settings;
  // A section that is wrong by itself is not there at all, or only in part; an absent one is there, as undefined.
  if (!section || name === undefined || namespace === undefined) return [];
  if (!("tailnet" in settings) || !("collector" in settings)) return [];
  const known = { name, namespace, tailnet, collector } as Ways;
  const namespaces = section.namespaces ?? [];
  return [
    ...namespaces.flatMap((entry, index): Finding[] => {
      const at = (part: string): string => `sdk.namespaces[${index}].${part}`;
      if (namespaces.slice(0, index).some((other) => placeOf(settings, other) === placeOf(settings, entry))) {
        const message = "named above already for the same cluster. Write each namespace once";
        return [{ key: at("namespace"), found: JSON.stringify(entry.namespace), message }];
      }
      if (entry.cluster === "collector" && !collector) {
        const message = "there is no collector. Write tempo, or the section collector";
        return [{ key: at("cluster"), found: '"collector"', message }];
      }
      return way(known, entry, at("endpoint"));
    }),
    ...configMap(settings, namespaces),
  ];
}

type Place = Pick<SdkNamespace, "cluster" | "namespace">;
type Ways = Pick<Settings, "name" | "namespace" | "tailnet" | "collector">;

/** A namespace of a cluster; the two clusters may be one. */
function placeOf({ collector, kubeContext, kubeconfig }: LooseSettings, { cluster, namespace }: Place): string {
  const isTempos = cluster === "tempo" || (collector && onTempoCluster({ kubeContext, kubeconfig }, collector));
  return `${isTempos ? "tempo" : "collector"}/${namespace}`;
}

function way(known: Ways, entry: SdkNamespace, key: string): Finding[] {
  if (sdkEndpoint(known, entry) !== undefined) return [];
  const messages = {
    service: "Tempo's Service is in the other cluster. Write tailnet or collector",
    tailnet: known.tailnet
      ? "the tailnet has no name for gRPC. Write tailnet.otlpGrpcHostname, or protocol http"
      : "there is no tailnet. Write the section tailnet, or another way",
    collector: "no collector on this cluster takes spans. Write tailnet, or collector.receiver true",
  };
  const found = entry.endpoint !== undefined && { found: JSON.stringify(entry.endpoint) };
  return [{ key, ...found, message: messages[wayOf(known, entry)] }];
}

/** The ConfigMap has a name of its own beside those of Tempo and of the collector. */
function configMap(settings: LooseSettings, namespaces: readonly SdkNamespace[]): Finding[] {
  const { sdk: section, name, namespace, collector } = settings;
  const configMapName = section?.configMapName;
  if (configMapName === undefined || name === undefined) return [];
  const taken = [
    ...[name, `${name}-guard`, `${name}-metrics`].map((each) => ({ cluster: "tempo", namespace, name: each })),
    { cluster: "collector", namespace: collector?.namespace, name: collector?.name },
  ] as (Place & { name: string })[];
  const places = namespaces.map((entry) => placeOf(settings, entry));
  const clash = taken.find((other) => other.name === configMapName && places.includes(placeOf(settings, other)));
  if (!clash) return [];
  const message = `the name of another ConfigMap of this stack in namespace ${clash.namespace}. Write another one, such as tempo-otel`;
  return [{ key: "sdk.configMapName", found: JSON.stringify(configMapName), message }];
}
