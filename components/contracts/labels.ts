import { ownerLabel } from "../../lib/kubernetes/owner";
import type { Settings } from "./settings";

/**
 * Labels of the objects that we write ourselves; the chart's own get the owner label through its values.
 * Without `app.kubernetes.io/instance`: where Argo CD tracks by that label, an Application named `tempo` would take
 * the claim for its own and prune it, and the traces with it.
 */
export function labelsOf(settings: Pick<Settings, "name">, owner: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": settings.name,
    "app.kubernetes.io/managed-by": "pulumi",
    ...ownerLabel(owner),
  };
}

/** Labels that select Tempo's pod; the chart derives them from the release's and its own name. */
export function selectorOf(settings: Pick<Settings, "name">): Record<string, string> {
  return { "app.kubernetes.io/name": settings.name, "app.kubernetes.io/instance": settings.name };
}
