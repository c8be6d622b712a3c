/** The environment of a container, as kubelet makes it of a pod's spec. */

interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
}

/** What of a container concerns its environment, of the kinds that are used here. */
export interface Container {
  readonly name: string;
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly env?: readonly EnvVar[];
}

export interface Pod {
  /** What the downward API knows, by path: `metadata.name`. */
  readonly fields: Readonly<Record<string, string>>;
  /** The data of its namespace's ConfigMaps. */
  readonly configMaps: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * `env` wins over `envFrom`, and `$(NAME)` in it is replaced by what stands above, `envFrom` first of all: a variable
 * can so add to one of the same name. Seen with kubelet 1.36; its source (makeEnvironmentVariables) has done so since
 * 1.17 at least.
 * @throws Error where a ConfigMap or a field is not there: the pod would not start
 */
export function environmentOf({ envFrom = [], env = [] }: Container, { fields, configMaps }: Pod) {
  const variables = new Map<string, string>();
  for (const { configMapRef } of envFrom) {
    const data = found(configMaps[configMapRef.name], `there is no ConfigMap ${configMapRef.name}`);
    for (const [name, value] of Object.entries(data)) variables.set(name, value);
  }
  for (const { name, value = "", valueFrom } of env) {
    const expanded = value.replace(/\$\((\w+)\)/g, (text, other: string) => variables.get(other) ?? text);
    const path = valueFrom?.fieldRef.fieldPath;
    variables.set(name, path === undefined ? expanded : found(fields[path], `there is no field ${path}`));
  }
  return Object.fromEntries(variables);
}

function found<T>(value: T | undefined, otherwise: string): T {
  if (value === undefined) throw new Error(otherwise);
  return value;
}
