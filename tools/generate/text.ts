import { z } from "zod";
import { aboutOf, type Setting } from "../../lib/schema/walk";

/** What a value of a setting is, in a word or two. */
export function kindOf({ type, label, settings, isList }: Setting): string {
  if (isList) {
    const element = (type as z.ZodArray).element as z.ZodType;
    const { label: item } = aboutOf(element);
    if (settings) return "list of sections";
    return element instanceof z.ZodEnum ? `list of ${wordsOf(element)}` : `list (${item ?? "entries"})`;
  }
  if (settings) return "section";
  if (type instanceof z.ZodEnum) return wordsOf(type);
  return label ?? "section";
}

function wordsOf(type: z.ZodEnum): string {
  return type.options.map((word) => `\`${word}\``).join(", ");
}

/** A default as somebody would write it; undefined where there is none. */
export function defaultOf({ byDefault, settings, isList, isRequired }: Setting): string | undefined {
  if (isRequired || (settings && !isList)) return undefined;
  if (byDefault === undefined || byDefault === "") return undefined;
  if (typeof byDefault === "string") return byDefault;
  return JSON.stringify(byDefault);
}

/** Whether a section stands by itself, without being written. */
export function isAbsentByDefault({ type, byDefault }: Setting): boolean {
  return type instanceof z.ZodObject && byDefault === undefined;
}

export function pascal(key: string): string {
  return key.charAt(0).toUpperCase() + key.slice(1);
}

/** A sentence without Markdown's marks and with its full stop. */
export function plain(text: string): string {
  const sentence = text.replaceAll("`", "");
  return /[.!?:]$/.test(sentence) ? sentence : `${sentence}.`;
}
