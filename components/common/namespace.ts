import { Namespace } from "@pulumi/kubernetes/core/v1";
import type * as pulumi from "@pulumi/pulumi";
import { adoptingProvider, type ClusterArgs } from "../../lib/kubernetes/provider";
import { ownerLabel } from "../../lib/kubernetes/owner";

export interface NamespaceArgs {
  /** The namespace. */
  readonly namespace: string;
  /** Value of the owner label. */
  readonly owner: string;
  readonly cluster: ClusterArgs;
  /** Pulumi refuses to delete it. */
  readonly protect: boolean;
  /** Labels besides the owner's. */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * A namespace that is kept on destroy, with whatever others have put into it; and therefore found again by the next
 * `up`. One that is not ours is refused before (stack/preflight.ts).
 */
export function makeNamespace(name: string, args: NamespaceArgs, parent: pulumi.Resource): Namespace {
  const { namespace, owner, cluster, protect, labels } = args;
  return new Namespace(
    `${name}-namespace`,
    {
      metadata: {
        name: namespace,
        labels: { ...labels, ...ownerLabel(owner) },
        annotations: { "pulumi.com/patchFieldManager": "pulumi-tempo", "pulumi.com/patchForce": "true" },
      },
    },
    {
      parent,
      provider: adoptingProvider(`${name}-namespace-provider`, cluster, { parent }),
      retainOnDelete: true,
      protect,
    },
  );
}
