import { Provider } from "@pulumi/kubernetes/provider";
import type * as pulumi from "@pulumi/pulumi";
import { withoutVariables } from "../environment";
import { expandHome } from "./live";

/** The cluster, as the inputs of a Kubernetes provider. */
export interface ClusterArgs {
  /** Kubeconfig context; absent only in an offline plan of a stack that takes the current one. */
  readonly context?: string;
  /** Path of the kubeconfig; absent: the plugin's own default, $KUBECONFIG or ~/.kube/config. */
  readonly kubeconfig?: string;
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
      ...(kubeconfig !== undefined && { kubeconfig: expandHome(kubeconfig) }),
    };
    return new Provider(name, inputs, opts);
  });
}
