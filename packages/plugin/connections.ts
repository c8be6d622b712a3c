import type * as pulumi from "@pulumi/pulumi";
import type { LiveCluster } from "../../lib/kubernetes/live";
import { clusterArgs } from "../../lib/kubernetes/provider";
import { planGrafana } from "../../components/grafana/plan";
import { connect, type Connections } from "../../stack/connect";
import { hasEngine } from "../../lib/engine";
import type { Settings } from "../../components/contracts/settings";

/** What a component is made with at once, and the check of it, which takes a while. */
export interface Opening {
  readonly connections: Connections;
  /** Rejected where the clusters or Grafana do not fit. Everything waits for it, so that nothing is registered then. */
  readonly checked: Promise<pulumi.Resource[]>;
}

/**
 * A constructor cannot wait; what it needs of the clusters follows from the settings, which name each context.
 * @param prefix what goes before the names of the resources
 */
export function openConnections(settings: Settings, owner: string, prefix: string): Opening {
  const { kubeContext, kubeconfig, collector, grafana } = settings;
  const connecting = connect(settings, owner, prefix);
  const auth = process.env["GRAFANA_AUTH"] ?? "";
  return {
    connections: {
      cluster: {
        cluster: clusterArgs(settings),
        ...(hasEngine() && { live: later(connecting.then(({ cluster }) => cluster.live)) }),
      },
      ...(collector && {
        collector: {
          cluster: clusterArgs({
            kubeContext: collector.kubeContext ?? kubeContext,
            kubeconfig: collector.kubeconfig ?? kubeconfig,
          }),
        },
      }),
      ...(grafana && {
        grafana: { grafana, contents: planGrafana(settings, grafana, owner), ...(auth !== "" && { auth }) },
      }),
    },
    checked: connecting.then(() => []),
  };
}

/** A cluster that is asked once it is there; nothing is found on a silent one. */
function later(opening: Promise<LiveCluster | undefined>): LiveCluster {
  return {
    context: "",
    server: "",
    read: async (ref) => (await opening)?.read(ref),
    list: async (...query) => (await (await opening)?.list(...query)) ?? [],
    page: async (...query) => (await opening)?.page(...query),
  };
}
