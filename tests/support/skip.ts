/** Skipping a suite, or one test, whose programs this machine lacks. */
import type { Context, Runnable } from "mocha";

/**
 * Skips with the reason where something is missing: the suite from its `before` hook, a test from the test itself. Nothing
 * after the call runs.
 * @param context the `this` of the hook or the test
 * @param found what a search for programs answered
 */
export function skipWithout(context: Context, found: object | { missing: string }): void {
  if (!("missing" in found)) return;
  console.error(`skipped: ${found.missing}`);
  // The reporter repeats the reason at the end of its report, where a reader looks for it.
  const test = context.test as (Runnable & { readonly type: "hook" | "test" }) | undefined;
  const tell = (skipped: { title: string }): unknown => (skipped.title += ` (skipped: ${found.missing})`);
  if (test?.type === "hook") test.parent?.eachTest(tell);
  else if (test) tell(test);
  context.skip();
}
