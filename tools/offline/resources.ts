import { parse } from "yaml";
import type { RenderedFiles } from "./files";

/** What `resources.yaml` says of one resource. */
interface Listed {
  readonly type: string;
  readonly name: string;
  readonly parent?: string;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
}

/**
 * What happens to whole resources, in sentences for the top of a comment: a diff of files hides among hundreds of lines
 * that a volume is no longer protected. Empty where no resource comes, goes, or loses its protection.
 */
export function compareResources(before: RenderedFiles, after: RenderedFiles): string[] {
  const old = listed(before);
  const now = listed(after);
  // A ref from before the stack: everything is new, which needs no list.
  if (old.size === 0) return [];
  const names = (keys: string[]): string => keys.map((key) => `\`${key}\``).join(", ");
  const gone = [...old.keys()].filter((key) => !now.has(key));
  const come = [...now.keys()].filter((key) => !old.has(key));
  const both = [...now].flatMap(([key, resource]) => {
    const earlier = old.get(key);
    return earlier ? [{ key, earlier, resource }] : [];
  });
  const those = (changed: (earlier: Listed, resource: Listed) => boolean): string[] =>
    both.filter(({ earlier, resource }) => changed(earlier, resource)).map(({ key }) => key);
  const sentences: [string, string[]][] = [
    ["**Deleted:**", gone],
    ["**No longer protected:**", those((one, other) => one.protect === true && other.protect !== true)],
    ["**No longer kept by a destroy:**", those((one, other) => one.retainOnDelete === true && !other.retainOnDelete)],
    ["**Made anew, since it has another parent:**", those((one, other) => one.parent !== other.parent)],
    ["Created:", come],
  ];
  return sentences.flatMap(([what, keys]) => (keys.length > 0 ? [`${what} ${names(keys)}`] : []));
}

function listed(files: RenderedFiles): Map<string, Listed> {
  const text = files.get("resources.yaml");
  const resources = text === undefined ? [] : (parse(text) as Listed[]);
  return new Map(resources.map((resource) => [`${resource.type}  ${resource.name}`, resource]));
}
