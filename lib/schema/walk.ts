import { z } from "zod";

/** What a type says of itself, for the reference and for editors. */
export interface About {
  readonly description?: string;
  /** What a value is, such as `size, bytes`. */
  readonly label?: string;
  readonly secret?: boolean;
  /** Name of the section's type in the package of components. Default: from its key. */
  readonly typeName?: string;
}

/** A setting within the sections: its type, and what is known of it. */
export interface Setting extends About {
  readonly key: string;
  /** Such as `volume.size`, or `collector.services[].name`. */
  readonly path: string;
  /** Without its defaults, optionality and preprocessing. */
  readonly type: z.ZodType;
  /** Absent where it has none. */
  readonly byDefault?: unknown;
  readonly isRequired: boolean;
  /** Of a section, or of a list of sections: what is in it. */
  readonly settings?: readonly Setting[];
  readonly isList: boolean;
}

/** The layers of a type, from the outside: defaults, optionality, preprocessing, and the type itself. */
function layersOf(type: z.ZodType): z.ZodType[] {
  if (type instanceof z.ZodDefault || type instanceof z.ZodPrefault || type instanceof z.ZodOptional) {
    return [type, ...layersOf(type.unwrap() as z.ZodType)];
  }
  if (type instanceof z.ZodPipe) {
    const { in: before, out: after } = type;
    return [type, ...layersOf((before instanceof z.ZodTransform ? after : before) as z.ZodType)];
  }
  return [type];
}

/** A type without its defaults, optionality and preprocessing. */
export function unwrap(type: z.ZodType): z.ZodType {
  return layersOf(type).at(-1) ?? type;
}

/** The types below a section by their keys; none for any other type. */
export function fieldsOf(type: z.ZodType): Readonly<Record<string, z.ZodType>> {
  const inner = unwrap(type);
  return inner instanceof z.ZodObject ? inner.shape : {};
}

/** Every setting of a section, in the order in which they are declared. */
export function settingsIn(fields: Readonly<Record<string, z.ZodType>>, path = ""): Setting[] {
  return Object.entries(fields).map(([key, type]) => settingOf(key, path === "" ? key : `${path}.${key}`, type));
}

function settingOf(key: string, path: string, outer: z.ZodType): Setting {
  const layers = layersOf(outer);
  const type = unwrap(outer);
  const isList = type instanceof z.ZodArray;
  const element = isList ? (type.element as z.ZodType) : type;
  const below = settingsIn(fieldsOf(element), isList ? `${path}[]` : path);
  const given = layers.find((layer) => layer instanceof z.ZodDefault || layer instanceof z.ZodPrefault);
  return {
    // What is outside says more of this place than what is inside.
    ...(Object.assign({}, ...layers.toReversed().map((layer) => z.globalRegistry.get(layer))) as About),
    key,
    path,
    type,
    isRequired: !z.safeParse(outer, undefined).success,
    ...(given && { byDefault: given.def.defaultValue }),
    ...(below.length > 0 && { settings: below }),
    isList,
  };
}
