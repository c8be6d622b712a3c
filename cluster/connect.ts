import * as pulumi from "@pulumi/pulumi";
import { hasEngine } from "../engine";
import { userError } from "../errors";
import type { Settings } from "../settings/schema";
import { ClusterSilent, ContextRefused, openCluster, type LiveCluster } from "./live";
import type { ClusterArgs } from "./provider";
import { checkSnapshot, PreflightError, takeSnapshot } from "./preflight";

/** The cluster of this run. */
export interface Connection {
  /** Inputs of the Kubernetes providers. */
  readonly cluster: ClusterArgs;
  /** Absent where the cluster is silent, and in an offline plan. */
  readonly live?: LiveCluster;
}

/**
 * Chooses the cluster, tells which one it is, and checks what only it can tell.
 * Without an engine (the offline preview, tests) nothing is asked.
 * @throws RunError with every problem, when the context is refused or the cluster does not fit; and in an `up` when it
 *   does not answer. A preview goes on with a warning then, since PR checks may run where no cluster is reached.
 */
export async function connectCluster(settings: Settings, owner: string): Promise<Connection> {
  const inContext = (context: string | undefined): ClusterArgs => ({
    ...(settings.kubeconfig !== undefined && { kubeconfig: settings.kubeconfig }),
    ...(context !== undefined && { context }),
  });
  if (!hasEngine()) return { cluster: inContext(settings.kubeContext) };

  let context = settings.kubeContext;
  try {
    const live = await openCluster(settings);
    context = live.context;
    await pulumi.log.info(`Cluster: kubeconfig context "${live.context}" (${live.server})`);
    const result = checkSnapshot(settings, pulumi.getProject(), owner, await takeSnapshot(settings, owner, live));
    if (result.problems.length > 0) throw new PreflightError(result.problems, live.context);
    for (const note of result.notes) await pulumi.log.info(note);
    return { cluster: inContext(context), live };
  } catch (error) {
    if (error instanceof ContextRefused || error instanceof PreflightError) throw userError(error.message);
    if (!(error instanceof ClusterSilent)) throw error;
    if (!pulumi.runtime.isDryRun()) {
      throw userError(`the cluster could not be checked, so nothing was changed: ${error.message}`);
    }
    await pulumi.log.warn(`the cluster could not be checked; an \`up\` would refuse to start: ${error.message}`);
    return { cluster: inContext(context) };
  }
}
