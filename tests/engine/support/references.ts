/** What objects of a cluster refer to: others that must be there, and pods that must be selected. Nothing checks it but a kubelet. */

export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
}

interface PodSpec {
  readonly serviceAccountName?: string;
  readonly volumes?: readonly {
    readonly name: string;
    readonly configMap?: { readonly name: string };
    readonly secret?: { readonly secretName: string };
    readonly persistentVolumeClaim?: { readonly claimName: string };
  }[];
  readonly containers: readonly {
    readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
    readonly volumeMounts?: readonly { readonly name: string }[];
  }[];
}

interface Port {
  readonly port: number;
  readonly targetPort: number | string;
}

/**
 * @param objects of one namespace: pods, Services, ConfigMaps, Secrets, claims, accounts, Ingresses, NetworkPolicies
 * @returns a sentence for everything that leads nowhere
 */
export function danglingReferences(objects: readonly KubernetesObject[]): string[] {
  const names = (kind: string): string[] =>
    objects.filter((each) => each.kind === kind).map(({ metadata }) => metadata.name);
  const pods = objects.filter(({ kind }) => kind === "Pod");
  const selected = (labels: Readonly<Record<string, string>>): KubernetesObject[] =>
    pods.filter(({ metadata }) => Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value));
  const titleOf = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata.namespace}/${metadata.name}`;
  const missing = (whose: KubernetesObject, kind: string, name: string | undefined): string[] =>
    name === undefined || names(kind).includes(name) ? [] : [`${titleOf(whose)}: there is no ${kind} ${name}`];

  return objects.flatMap((object): string[] => {
    switch (object.kind) {
      case "Pod": {
        const { serviceAccountName, volumes = [], containers } = object.spec as PodSpec;
        const mounted = containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
        return [
          ...(serviceAccountName === "default" ? [] : missing(object, "ServiceAccount", serviceAccountName)),
          ...volumes.flatMap(({ name, configMap, secret, persistentVolumeClaim }) => [
            ...missing(object, "ConfigMap", configMap?.name),
            ...missing(object, "Secret", secret?.secretName),
            ...missing(object, "PersistentVolumeClaim", persistentVolumeClaim?.claimName),
            ...(mounted.includes(name) ? [] : [`${titleOf(object)}: nobody mounts the volume ${name}`]),
          ]),
        ];
      }
      case "Service": {
        const { selector, ports } = object.spec as {
          selector?: Readonly<Record<string, string>>;
          ports: readonly Port[];
        };
        const behind = selected(selector ?? {});
        if (behind.length === 0) return [`${titleOf(object)}: selects no pod`];
        const open = behind.flatMap(({ spec }) => (spec as PodSpec).containers.flatMap((each) => each.ports ?? []));
        return ports
          .filter(
            ({ targetPort }) => !open.some((each) => each.name === targetPort || each.containerPort === targetPort),
          )
          .map(({ port }) => `${titleOf(object)}: no pod has the port behind ${port}`);
      }
      case "NetworkPolicy": {
        const { podSelector } = object.spec as { podSelector: { matchLabels?: Readonly<Record<string, string>> } };
        return selected(podSelector.matchLabels ?? {}).length > 0 ? [] : [`${titleOf(object)}: selects no pod`];
      }
      case "Ingress": {
        const { rules } = object.spec as {
          rules: { http: { paths: { backend: { service: { name: string; port: { number: number } } } }[] } }[];
        };
        return rules.flatMap(({ http }) =>
          http.paths.flatMap(({ backend: { service } }) => {
            const found = objects.find(({ kind, metadata }) => kind === "Service" && metadata.name === service.name);
            const { ports } = (found?.spec ?? { ports: [] }) as { ports: readonly Port[] };
            return ports.some(({ port }) => port === service.port.number)
              ? []
              : [`${titleOf(object)}: no Service ${service.name} has the port ${service.port.number}`];
          }),
        );
      }
      default:
        return [];
    }
  });
}
