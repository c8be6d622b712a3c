import { createHash } from "node:crypto";

/**
 * Labels by which an object is recognised as this stack's. A program sees no previous state, so "is it ours?" is
 * answered by the object itself (stack/preflight.ts).
 */
export const OWNER_LABEL = "pulumi-tempo/stack";

/** Longest value of a label. */
const LONGEST = 63;

/**
 * The owner label's value for a stack, another one for every other project and stack: `<project>.<stack>` where that is
 * a label's value with its first dot between the two, and else, without a dot, the beginning of it with a digest. Pulumi
 * allows names of 100 characters that end in `-`, `_` or `.`; a value ends in a letter or digit and has 63 of them.
 */
export function ownerOf(project: string, stack: string): string {
  const name = `${project}.${stack}`;
  const isPlain = /^[A-Za-z0-9][\w-]*$/.test(project) && /^[\w.-]*[A-Za-z0-9]$/.test(stack) && name.length <= LONGEST;
  return isPlain ? name : digested(name, JSON.stringify([project, stack]), LONGEST);
}

/**
 * What earlier versions wrote as the owner, cut and trimmed; undefined where it is the same. Other stacks may have it as
 * theirs, so that it counts only on what this stack's state has, too.
 */
export function formerOwnerOf(project: string, stack: string): string | undefined {
  const former = `${project}.${stack}`
    .replace(/[^\w.-]/g, "-")
    .slice(0, LONGEST)
    .replace(/[^A-Za-z0-9]+$/, "");
  return former === ownerOf(project, stack) ? undefined : former;
}

/** A dashboard's tag that names the owner: Grafana's column for it has 50 characters, and some databases insist. */
export function ownerTag(owner: string): string {
  const longest = 50 - `${OWNER_LABEL}=`.length;
  return `${OWNER_LABEL}=${owner.length <= longest ? owner : digested(owner, owner, longest)}`;
}

/** Letters, digits and dashes for `name`, half of them from a digest of `identity`. */
function digested(name: string, identity: string, longest: number): string {
  const digits = createHash("sha256")
    .update(identity)
    .digest("hex")
    .slice(0, Math.ceil(longest / 2));
  const readable = name.replace(/[^A-Za-z0-9]+/g, "-").slice(0, longest - digits.length - 1);
  return `${readable}-${digits}`.replace(/^-+/, "");
}

export function ownerLabel(owner: string): Record<string, string> {
  return { [OWNER_LABEL]: owner };
}
