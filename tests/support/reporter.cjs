// Mocha's spec reporter, and after it what a reader of a CI log asks next: what was skipped and why, where the time
// went, and how many. A .cjs file, because mocha loads its reporter with `require`.
const { writeFileSync } = require("node:fs");
const process = require("node:process");
const { reporters } = require("mocha");

/** How many tests the list of the slowest names. */
const slowest = 10;

/**
 * Sorts skipped tests by their reasons. A title says its reason itself: `starts (skipped: no etcd on the PATH)`.
 * @param {string[]} titles full titles, with those of the suites
 * @returns {Map<string, string[]>} from each reason to the titles without it, both in the order of the tests
 */
function byReason(titles) {
  const groups = new Map();
  for (const title of titles) {
    const [mark, reason] = /\s*\(skipped: ([^()]*)\)/.exec(title) ?? ["", "no reason given"];
    groups.set(reason, [...(groups.get(reason) ?? []), title.replace(mark, "")]);
  }
  return groups;
}

class Reporter extends reporters.Spec {
  /** The tests that ran, for their durations. A test that is retried is here once, with its last attempt. */
  ran = [];
  /** The tests that were skipped. */
  skipped = [];

  constructor(runner, options) {
    super(runner, options);
    runner.on("test end", (test) => (test.isPending() ? this.skipped : this.ran).push(test));
  }

  /**
   * Prints the ends of the report, the line with the counts last, and writes the counts as JSON to the file that the
   * environment variable TEST_COUNTS_FILE names, where it is set (.ci/run reads them).
   */
  epilogue() {
    super.epilogue();
    const log = reporters.Base.consoleLog;

    for (const [reason, titles] of byReason(this.skipped.map((test) => test.fullTitle()))) {
      log(`Skipped (${reason}):`);
      for (const title of titles) log(`  ${title}`);
    }

    const bySlowness = this.ran.toSorted((a, b) => (b.duration ?? 0) - (a.duration ?? 0)).slice(0, slowest);
    if (bySlowness.length > 0) log("Slowest:");
    for (const test of bySlowness) log(`  ${String(test.duration ?? 0).padStart(6)} ms  ${test.fullTitle()}`);

    const counts = { passed: this.stats.passes, failed: this.stats.failures, skipped: this.stats.pending };
    const file = process.env.TEST_COUNTS_FILE;
    if (file) writeFileSync(file, JSON.stringify(counts));
    log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }
}

module.exports = Reporter;
