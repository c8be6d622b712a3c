import type { Settings } from "../settings/schema";

/**
 * Labels by which an object is recognised as this stack's. A program sees no previous state, so "is it ours?" is
 * answered by the object itself (cluster/preflight.ts).
 */
export const OWNER_LABEL = "pulumi-tempo/stack";

/** The owner label's value for a stack: `<project>.<stack>`, cut to the 63 characters that a label's value may have. */
export function ownerOf(project: string, stack: string): string {
  return `${project}.${stack}`
    .replace(/[^\w.-]/g, "-")
    .slice(0, 63)
    .replace(/[^A-Za-z0-9]+$/, "");
}

export function ownerLabel(owner: string): Record<string, string> {
  return { [OWNER_LABEL]: owner };
}

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
