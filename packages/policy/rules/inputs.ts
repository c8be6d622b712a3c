/** Reading inputs of resources, whose shapes are only known by their types. */

export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** The value below a path of keys; undefined where the path ends before. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((below, key) => fields(below)[key], value);
}

export interface Leaf {
  /** Keys and indices, such as `spec.template.spec.containers[0].image`. */
  readonly path: string;
  readonly key: string;
  readonly value: string | number | boolean;
}

/** Every text, number and truth value below a value, with its path. */
export function leaves(value: unknown, path = "", key = ""): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, `${path}[${index}]`, key));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, below]) =>
      leaves(below, path === "" ? name : `${path}.${name}`, name),
    );
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? [{ path, key, value }]
    : [];
}
