import type { CollectorSettings, InstrumentedService } from "../contracts/settings";
import { block, component, map, type Block, type Component, type Reference } from "../alloy/syntax";

/** Services that one instance of Beyla instruments. */
export interface Group {
  /** Label of the component. */
  readonly label: string;
  readonly services: readonly InstrumentedService[];
  readonly ignoredRoutes: readonly string[];
}

/**
 * The services by the paths that they ignore, of which Beyla has one list for all that it instruments. Most often it is
 * one group: each more loads all programs into the kernel once more.
 */
export function groups(services: readonly InstrumentedService[]): Group[] {
  const byRoutes = new Map<string, InstrumentedService[]>();
  for (const service of services) {
    const key = JSON.stringify([...service.ignoredRoutes].sort());
    byRoutes.set(key, [...(byRoutes.get(key) ?? []), service]);
  }
  return [...byRoutes.values()].map((members, index) => ({
    label: `services_${index + 1}`,
    services: members,
    ignoredRoutes: members[0]?.ignoredRoutes ?? [],
  }));
}

/**
 * An instance of Beyla. Source of what the fields mean: Alloy's reference of beyla.ebpf and Beyla's source, v1.18 and
 * v3.28; docs/decisions/collector.md says which defaults are not kept.
 */
export function beyla(
  { label, services, ignoredRoutes }: Group,
  { clusterName, propagation }: Pick<CollectorSettings, "clusterName" | "propagation">,
  output: Reference,
): Component {
  return component("beyla.ebpf", label, [
    block("attributes", [
      block("kubernetes", [
        ["enable", "true"],
        ["cluster_name", clusterName],
        // Without service.name and service.namespace, whose labels would win over the names of the settings.
        ["resource_labels", map({ "service.version": ["app.kubernetes.io/version"] })],
      ]),
      block("select", [
        ["attr", "traces"],
        ["exclude", ["url.query"]],
      ]),
    ]),
    block("discovery", [
      ["exclude_otel_instrumented_services", true],
      ...services.map(instrument),
      // The default names whole namespaces besides, such as monitoring: what is listed is meant.
      block("default_exclude_instrument", [["exe_path", "{*beyla,*alloy,*otelcol*}"]]),
    ]),
    block("ebpf", [
      // Read at once. By default below 500 events a timer of 3 s does it, and what a process left that has ended is
      // dropped: of a restarted pod the last seconds.
      ["wakeup_len", 1],
      // Without it an incoming traceparent is not looked at.
      ["track_request_headers", true],
      ["context_propagation", propagation === "inject" ? "headers" : "disabled"],
    ]),
    block("routes", [
      ["unmatched", "low-cardinality"],
      ["ignored_patterns", [...ignoredRoutes]],
      ["ignore_mode", "traces"],
    ]),
    // Request rates, errors and durations are made of the spans, by Tempo.
    block("metrics", [["features", []]]),
    // Not the statements of databases, which hold data.
    block("traces", [["instrumentations", ["http", "grpc"]]]),
    block("output", [["traces", [output]]]),
  ]);
}

/** Conditions in one block must all be met. They are globs, and no name in the settings has a character of theirs. */
function instrument(service: InstrumentedService): Block {
  const { name, namespace, deployment, statefulSet, daemonSet, labels, sampling } = service;
  return block("instrument", [
    ["name", name],
    block("kubernetes", [
      ["namespace", namespace],
      ["deployment_name", deployment],
      ["statefulset_name", statefulSet],
      ["daemonset_name", daemonSet],
      ["pod_labels", Object.keys(labels).length > 0 ? map(labels) : undefined],
    ]),
    ...(sampling < 1
      ? [
          block("sampler", [
            ["name", "parentbased_traceidratio"],
            ["arg", String(sampling)],
          ]),
        ]
      : []),
  ]);
}
