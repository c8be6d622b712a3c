import * as pulumi from "@pulumi/pulumi";
import { onTempoCluster } from "../components/collector/endpoint";
import { hasEngine } from "../engine";
import { userError } from "../errors";
import type { Settings } from "../settings/schema";
import { ClusterSilent, ContextRefused, openCluster, type ClusterChoice, type LiveCluster } from "./live";
import { clusterArgs, type ClusterArgs } from "./provider";
import { checkSnapshot, PreflightError, takeSnapshot, type PreflightResult } from "./preflight";
import { checkSenders, takeSendersSnapshot, type Cluster } from "./senders";

/** A cluster of this run. */
export interface Connection {
  /** Inputs of the Kubernetes providers. */
  readonly cluster: ClusterArgs;
  /** Absent where the cluster is silent, and in an offline plan. */
  readonly live?: LiveCluster;
}

/**
 * Chooses Tempo's cluster, tells which one it is, and checks what only it can tell.
 * Without an engine (the offline preview, tests) nothing is asked.
 * @throws RunError with every problem, when the context is refused or the cluster does not fit; and in an `up` when it
 *   does not answer. A preview goes on with a warning then, since PR checks may run where no cluster is reached.
 */
export function connectCluster(settings: Settings, owner: string): Promise<Connection> {
  return connectTo("Cluster", settings, async (live) => {
    const tempo = checkSnapshot(settings, pulumi.getProject(), owner, await takeSnapshot(settings, owner, live));
    const senders = await askSenders(settings, owner, "tempo", live);
    return { problems: [...tempo.problems, ...senders.problems], notes: [...tempo.notes, ...senders.notes] };
  });
}

/**
 * {@link connectCluster} for the cluster of the collector, which may be the same one; undefined where there is no
 * collector.
 */
export async function connectCollector(settings: Settings, owner: string): Promise<Connection | undefined> {
  const { collector } = settings;
  if (!collector) return undefined;
  const choice = onTempoCluster(settings, collector)
    ? settings
    : {
        kubeContext: collector.kubeContext ?? settings.kubeContext,
        kubeconfig: collector.kubeconfig ?? settings.kubeconfig,
        allowedKubeContexts: settings.allowedKubeContexts,
        key: collector.kubeContext === undefined ? "kubeContext" : "collector.kubeContext",
      };
  return connectTo("Cluster of the collector", choice, (live) => askSenders(settings, owner, "collector", live));
}

async function askSenders(settings: Settings, owner: string, cluster: Cluster, live: LiveCluster) {
  const snapshot = await takeSendersSnapshot(settings, cluster, live);
  return checkSenders(settings, pulumi.getProject(), owner, { cluster, snapshot });
}

async function connectTo(
  title: string,
  choice: ClusterChoice,
  check: (live: LiveCluster) => Promise<PreflightResult>,
): Promise<Connection> {
  const inContext = (kubeContext: string | undefined): ClusterArgs => clusterArgs({ ...choice, kubeContext });
  if (!hasEngine()) return { cluster: inContext(choice.kubeContext) };

  let context = choice.kubeContext;
  try {
    const live = openCluster(choice);
    context = live.context;
    await pulumi.log.info(`${title}: kubeconfig context "${live.context}" (${live.server})`);
    const result = await check(live);
    if (result.problems.length > 0) throw new PreflightError(result.problems, live.context);
    for (const note of result.notes) await pulumi.log.info(note);
    return { cluster: inContext(context), live };
  } catch (error) {
    if (error instanceof ContextRefused || error instanceof PreflightError) throw userError(error.message);
    if (!(error instanceof ClusterSilent)) throw error;
    const which = title.toLowerCase();
    if (!pulumi.runtime.isDryRun()) {
      throw userError(`the ${which} could not be checked, so nothing was changed: ${error.message}`);
    }
    await pulumi.log.warn(`the ${which} could not be checked; an \`up\` would refuse to start: ${error.message}`);
    return { cluster: inContext(context) };
  }
}
