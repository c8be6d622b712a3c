import { homedir, userInfo } from "node:os";
import { Provider } from "@pulumi/kubernetes/provider";
import type * as pulumi from "@pulumi/pulumi";
import { hasEngine } from "../engine";
import { withoutVariables } from "../environment";
import { IN_CLUSTER, KubeconfigError, loadKubeconfig } from "./kubeconfig";
import { expandHome, type ClusterChoice } from "./live";

/** The cluster, as the inputs of a Kubernetes provider. */
export interface ClusterArgs {
  /** Kubeconfig context; absent only in an offline plan of a stack that takes the current one. */
  readonly context?: string;
  /**
   * Path of the kubeconfig, or the text of the one that a pod has, in which its credential is a file; absent: the
   * plugin's own default, $KUBECONFIG or ~/.kube/config, which it reads as we do.
   */
  readonly kubeconfig?: string;
}

/**
 * What the provider's plugin needs to come to the cluster that was checked. Never what the kubeconfig has in it: the
 * state would hold a credential, and change with each new one.
 */
export function clusterArgs({
  kubeContext,
  kubeconfig,
}: Pick<ClusterChoice, "kubeContext" | "kubeconfig">): ClusterArgs {
  const given = kubeconfig ?? (kubeContext === IN_CLUSTER && hasEngine() ? podKubeconfig() : undefined);
  return {
    ...(kubeContext !== undefined && { context: kubeContext }),
    ...(given !== undefined && { kubeconfig: given }),
  };
}

/** Without it a plugin elsewhere, such as that of a `destroy`, would take the context that is current there. */
function podKubeconfig(): string | undefined {
  try {
    return loadKubeconfig().ofPod;
  } catch (error) {
    // The check says so.
    if (error instanceof KubeconfigError) return undefined;
    throw error;
  }
}

/** A provider for the cluster; it creates what does not exist and refuses what does. */
export function clusterProvider(name: string, cluster: ClusterArgs, opts?: pulumi.ResourceOptions): Provider {
  return makeProvider(name, cluster, false, opts);
}

/**
 * A provider whose creates take over an object that is there already, which pulumi-kubernetes refuses since 4.29.
 * For an object that outlives a `destroy`, and for nothing else: whatever else exists is somebody's.
 */
export function adoptingProvider(name: string, cluster: ClusterArgs, opts?: pulumi.ResourceOptions): Provider {
  return makeProvider(name, cluster, true, opts);
}

function makeProvider(
  name: string,
  { context, kubeconfig }: ClusterArgs,
  upsertExistingObjects: boolean,
  opts?: pulumi.ResourceOptions,
): Provider {
  // $PULUMI_K8S_UPSERT_EXISTING_OBJECTS would let it take over what is not ours; a $KUBECONFIG of several files is no
  // path, and the plugin reads it itself.
  return withoutVariables(/^(KUBECONFIG|PULUMI_K8S_.*)$/, () => {
    const inputs = {
      upsertExistingObjects,
      ...(context !== undefined && { context }),
      ...(kubeconfig !== undefined && { kubeconfig: isHomeOfUser() ? kubeconfig : expandHome(kubeconfig) }),
    };
    return new Provider(name, inputs, opts);
  });
}

/**
 * Whether the plugin, which asks the system and not $HOME, expands `~/` to the same folder. Then the state has what the
 * setting has: a path of one person's home is none on the machine of another, where the plugin takes it for a kubeconfig's
 * text and fails.
 */
function isHomeOfUser(): boolean {
  try {
    return userInfo().homedir === homedir();
  } catch {
    // A user without an entry in the system's list, as in a container.
    return true;
  }
}
