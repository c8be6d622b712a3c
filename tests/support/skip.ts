/** Skipping a suite, or one test: its programs are missing, or it is only for a full run. */
import type { AsyncFunc, Context, Func, Runnable, Suite } from "mocha";
import { setting } from "./findProgram";

/** Whether the tests that take longest run, and the random ones with all of their inputs: `.ci/run` sets it. */
export const FULL_RUN = setting("TEMPO_ALL_TESTS") !== undefined;
const LEFT_OUT = " (skipped: set TEMPO_ALL_TESTS=yes, as .ci/run does)";

/** A suite, or a test, of full runs only; in others it is skipped. */
export const inFullRun = {
  describe: (title: string, body: (this: Suite) => void): unknown =>
    FULL_RUN ? describe(title, body) : describe.skip(title + LEFT_OUT, body),
  it: (title: string, body: Func | AsyncFunc): unknown =>
    FULL_RUN ? it(title, body) : it.skip(title + LEFT_OUT, body),
};

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
