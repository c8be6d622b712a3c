import assert from "node:assert/strict";

/**
 * RE2 by JavaScript's engine, as far as the two mean the same: groups, classes, repetitions, `(?i:…)` around everything.
 * @param text as it stands in LogQL
 * @throws AssertionError for what RE2 does not have: lookaround and backreferences, the faults that Loki would answer
 *   with `invalid or unsupported Perl syntax`
 */
export function re2(text: string): RegExp {
  const beyond = /\(\?<?[=!]|\\[1-9]|\\k</.exec(text);
  if (beyond) assert.fail(`RE2 has no ${beyond[0]}, at ${beyond.index} of ${text}`);
  const ignoresCase = text.includes("(?i");
  const source = text
    .replaceAll("(?P<", "(?<")
    .replace("(?i)", "")
    .replace(/\(\?(?:i|s|-i):/g, "(?:");
  return new RegExp(source, `s${ignoresCase ? "i" : ""}`);
}

/** The same for the right side of `=~`, which has to match all of a label's value. */
export function re2Label(text: string): RegExp {
  const { source, flags } = re2(text);
  return new RegExp(`^(?:${source})$`, flags);
}
