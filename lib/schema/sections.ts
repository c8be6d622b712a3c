import { z } from "zod";

/** What is absent is there, as undefined: settings/rules can tell it from what is wrong. */
export function withAbsent<T extends z.ZodType>(keys: readonly string[], type: T) {
  const absent = Object.fromEntries(keys.map((key) => [key, undefined]));
  return z.preprocess((input) => (isObject(input) ? { ...absent, ...input } : input), type);
}

/** `{}` is an absent section. */
export function section<T extends z.ZodType>(type: T) {
  return z.preprocess((input) => (isEmptyObject(input) ? undefined : input), type.optional());
}

function isEmptyObject(input: unknown): boolean {
  return isObject(input) && Object.keys(input).length === 0;
}

function isObject(input: unknown): input is object {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

/** What a part's settings parse to. */
export type Sections<T extends Readonly<Record<string, z.ZodType>>> = { readonly [K in keyof T]: z.output<T[K]> };
