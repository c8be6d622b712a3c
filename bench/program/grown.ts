import type { StackConfig } from "../../tools/offline/project";

/** How large a stack is made. */
export interface Size {
  /** Services that the collector watches, each with an alert of its own. */
  readonly services: number;
  /** Namespaces of services with an SDK, each with its ConfigMap, in which senders may reach Tempo. */
  readonly namespaces: number;
}

type Section = Readonly<Record<string, object>>;

/** A stack's configuration with so many services and namespaces, and everything else as it is. */
export function grown(config: StackConfig, { services, namespaces }: Size): StackConfig {
  const section = (key: string): Section => JSON.parse(config.values[`${config.project}:${key}`] ?? "{}") as Section;
  const names = Array.from({ length: services }, (_, index) => `service-${index}`);
  const grafana = section("grafana");
  const policy = section("networkPolicy");
  const spaces = Array.from({ length: namespaces }, (_, index) => ({ namespace: `space-${index}` }));
  const sections: Readonly<Record<string, object>> = {
    collector: {
      ...section("collector"),
      services: names.map((name) => ({ name, namespace: name, deployment: name, routes: [`/${name}/{id}`] })),
    },
    grafana: {
      ...grafana,
      alerts: {
        ...grafana["alerts"],
        services: names.map((name) => ({ name, errorRatio: 0.05, latency: "2s" })),
      },
    },
    networkPolicy: { ...policy, otlp: spaces },
    sdk: { namespaces: spaces.map((space) => ({ ...space, cluster: "tempo", endpoint: "service" })) },
  };
  const values = Object.entries(sections).map(
    ([key, value]) => [`${config.project}:${key}`, JSON.stringify(value)] as const,
  );
  return { ...config, values: { ...config.values, ...Object.fromEntries(values) } };
}
