import { MANAGED_ROUTE } from "../../components/caddy/managed";
import { keyOf, type Plan, type PlannedResource } from "./run";

/** A plan as a tree of lines, one for each resource, with the options that matter. */
export function renderTree(plan: Plan): string {
  const children = new Map<string | undefined, PlannedResource[]>();
  for (const resource of plan.resources) {
    children.set(resource.parent, [...(children.get(resource.parent) ?? []), resource]);
  }
  const lines = [`pulumi:pulumi:Stack  ${plan.project}-${plan.stack}`];
  const draw = (parent: string | undefined, indent: string): void => {
    const below = children.get(parent) ?? [];
    below.forEach((resource, index) => {
      const last = index === below.length - 1;
      lines.push(`${indent}${last ? "└─" : "├─"} ${describe(resource)}`);
      draw(keyOf(resource.type, resource.name), `${indent}${last ? "   " : "│  "}`);
    });
  };
  draw(undefined, "");
  return lines.join("\n");
}

function describe(resource: PlannedResource): string {
  const options = [
    ...(resource.protect ? ["protected"] : []),
    ...(resource.retainOnDelete ? ["retained on destroy"] : []),
    ...(resource.provider === undefined ? [] : [`provider ${resource.provider}`]),
    ...(resource.dependsOn.length > 0 ? [`after ${resource.dependsOn.join(", ")}`] : []),
  ];
  const target = targetOf(resource);
  return (
    `${resource.type}  ${resource.name}` +
    (target === undefined ? "" : `  ${target}`) +
    (options.length > 0 ? `  [${options.join("; ")}]` : "")
  );
}

/** What the resource is on the cluster, or which cluster it is. */
function targetOf({ type, inputs }: PlannedResource): string | undefined {
  const { metadata, namespace, name, context, adminUrl, route } = inputs as {
    metadata?: { namespace?: string; name?: string };
    namespace?: string;
    name?: string;
    context?: string;
    adminUrl?: string;
    route?: { match?: { host?: string[] }[] };
  };
  if (type.startsWith("pulumi:providers:")) return context === undefined ? undefined : `context ${context}`;
  if (type === MANAGED_ROUTE) return `${route?.match?.[0]?.host?.[0] ?? "?"} in Caddy at ${adminUrl ?? "?"}`;
  const parts = [metadata?.namespace ?? namespace, metadata?.name ?? name].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join("/") : undefined;
}
