/** Skipping a suite whose programs this machine lacks. */
import type { Context } from "mocha";

/**
 * For a suite's `before` hook: skips the suite, with the reason, where something is missing. Nothing after the call runs.
 * @param context the hook's `this`
 * @param found what a search for programs answered
 */
export function skipWithout(context: Context, found: object | { missing: string }): void {
  if (!("missing" in found)) return;
  console.error(`skipped: ${found.missing}`);
  // The reporter repeats the reason at the end of its report, where a reader looks for it.
  context.test?.parent?.eachTest((test) => (test.title += ` (skipped: ${found.missing})`));
  context.skip();
}
