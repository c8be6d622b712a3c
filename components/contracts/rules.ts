import type { Duration } from "../../lib/schema/duration";
import type { ChartSource } from "../../lib/schema/fields";
import type { ImageReference } from "../../lib/schema/image";
import type { Quantity } from "../../lib/schema/quantity";
import type { Problem } from "../../lib/problems";
import type { Settings } from "./settings";

/** A value that is one thing; sections are what is left. */
type Leaf =
  | string
  | number
  | boolean
  | Quantity
  | Duration
  | ImageReference
  | ChartSource
  | readonly unknown[]
  | undefined;
/** A map of free keys is a whole. */
type IsMap<T> = string extends keyof T ? true : false;
export type Loose<T> = T extends Leaf
  ? T
  : IsMap<T> extends true
    ? T
    : { readonly [K in keyof T]?: Loose<T[K]> | undefined };

/**
 * The settings as far as they parsed: a value with an error of its own is absent, in a section as well, so that every
 * error is told at once and none twice.
 */
export type LooseSettings = { readonly [K in keyof Settings]?: Loose<Settings[K]> | undefined };

/** A problem without the project's prefix on its key. */
export type Finding = Problem;

/** Whether the configuration holds a top-level key as a secret. */
export type IsSecret = (key: string) => boolean;
