import { onTempoCluster } from "../components/contracts/endpoints";
import type { Engine } from "../lib/engine";
import { userError } from "../lib/errors";
import type { Settings } from "../components/contracts/settings";
import {
  ClusterSilent,
  ContextRefused,
  openCluster,
  type ClusterChoice,
  type LiveCluster,
} from "../lib/kubernetes/live";
import { clusterArgs, type ClusterArgs } from "../lib/kubernetes/provider";
import { type PreflightResult } from "../lib/kubernetes/objects";
import { checkSnapshot, PreflightError, takeSnapshot } from "./preflight";
import { checkSenders, takeSendersSnapshot, type Cluster } from "../components/collector/preflight";
import { checkMoved, isReplaced, objectsIn, recognising } from "../lib/kubernetes/state";

/** A cluster of this run. */
export interface Connection {
  /** Inputs of the Kubernetes providers. */
  readonly cluster: ClusterArgs;
  /** Absent where the cluster is silent, and in an offline plan. */
  readonly live?: LiveCluster;
}

/** Whose run it is. */
export interface ClusterRun {
  /** Value of the owner label. */
  readonly owner: string;
  /** What goes before the names of the resources (stack/compose.ts). */
  readonly prefix: string;
  /** Without one (the offline preview, tests) nothing is asked. */
  readonly engine: Engine | undefined;
}

/**
 * Chooses Tempo's cluster, tells which one it is, and checks what only it can tell.
 * @throws RunError with every problem, when the context is refused or the cluster does not fit; and in an `up` when it
 *   does not answer. A preview goes on with a warning then, since PR checks may run where no cluster is reached.
 */
export function connectCluster(settings: Settings, run: ClusterRun): Promise<Connection> {
  const { owner, prefix } = run;
  const claim = (name: string): boolean => name === `${prefix}tempo-claim`;
  return connectTo({ title: "Cluster", choice: settings, wanted: claim }, run, async (live, project) => {
    const tempo = checkSnapshot(settings, project, owner, await takeSnapshot(settings, owner, live));
    const senders = await askSenders(settings, owner, "tempo", live, project);
    return { problems: [...tempo.problems, ...senders.problems], notes: [...tempo.notes, ...senders.notes] };
  });
}

/**
 * {@link connectCluster} for the cluster of the collector, which may be the same one; undefined where there is no
 * collector.
 */
export async function connectCollector(settings: Settings, run: ClusterRun): Promise<Connection | undefined> {
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
  const parts = (name: string): boolean => name.startsWith(`${run.prefix}collector-`);
  const providers = [`${run.prefix}collector-cluster`, `${run.prefix}cluster`];
  return connectTo({ title: "Cluster of the collector", choice, wanted: parts, providers }, run, (live, project) =>
    askSenders(settings, run.owner, "collector", live, project),
  );
}

async function askSenders(settings: Settings, owner: string, cluster: Cluster, live: LiveCluster, project: string) {
  const snapshot = await takeSendersSnapshot(settings, cluster, live);
  return checkSenders(settings, project, owner, { cluster, snapshot });
}

interface ClusterQuestion {
  readonly title: string;
  readonly choice: ClusterChoice;
  /** As {@link checkMoved} takes it. */
  readonly wanted: (name: string) => boolean;
  /**
   * Names of the provider that they may have. A change of its context is a plan to replace them, which is right for what
   * holds nothing: they are not missed then. Absent: they are missed by whatever way.
   */
  readonly providers?: readonly string[];
}

async function connectTo(
  { title, choice, wanted, providers = [] }: ClusterQuestion,
  { owner, engine }: ClusterRun,
  check: (live: LiveCluster, project: string) => Promise<PreflightResult>,
): Promise<Connection> {
  const inContext = (kubeContext: string | undefined): ClusterArgs => clusterArgs({ ...choice, kubeContext });
  if (!engine) return { cluster: inContext(choice.kubeContext) };

  let context = choice.kubeContext;
  try {
    const live = openCluster(choice);
    context = live.context;
    await engine.info(`${title}: kubeconfig context "${live.context}" (${live.server})`);
    const state = await engine.resources();
    const [moved, { problems, notes }] = await Promise.all([
      isReplaced(state, providers, live) ? [] : checkMoved(objectsIn(state), wanted, live),
      check(recognising(live, owner, { ...engine, state }), engine.project),
    ]);
    if (moved.length + problems.length > 0) throw new PreflightError([...moved, ...problems], live.context);
    for (const note of notes) await engine.info(note);
    return { cluster: inContext(context), live };
  } catch (error) {
    if (error instanceof ContextRefused || error instanceof PreflightError) throw userError(error.message);
    if (!(error instanceof ClusterSilent)) throw error;
    const which = title.toLowerCase();
    if (!engine.isPreview) {
      throw userError(`the ${which} could not be checked, so nothing was changed: ${error.message}`);
    }
    await engine.warn(`the ${which} could not be checked; an \`up\` would refuse to start: ${error.message}`);
    return { cluster: inContext(context) };
  }
}
