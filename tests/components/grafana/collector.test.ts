/** The alerts on the collector, on hand-made series by promtool. */
import assert from "node:assert/strict";
import { findPrometheus } from "../../support/findProgram";
import { promtoolCheckRules, promtoolTestRules } from "../../support/prometheus";
import { FULL_RUN, inFullRun, skipWithout } from "../../support/skip";
import { concerned, expressionTestFile, ruleFile, rulesOf, testFile, type TestedRule } from "./support/alerts";
import { UNGUARDED } from "./support/collector";
import { listing, silenced, suites } from "./support/collectorScenarios";

const groups = rulesOf(UNGUARDED);
const ofCollector = groups.find(({ name }) => name === "Collector")?.rules ?? [];
function ruleOf(key: string): TestedRule {
  const rule = groups.flatMap(({ rules }) => rules).find((candidate) => candidate.key === key);
  assert.ok(rule, key);
  return rule;
}

describe("the alerts on the collector, by promtool", function () {
  this.timeout(300_000);
  let output = "";

  before(async function () {
    skipWithout(this, findPrometheus());
    const scenarios = [...suites["are silent on"], ...suites["tell of"]];
    const ofScenarios = concerned(groups, ["Collector"], scenarios);
    const results = await Promise.all([
      promtoolTestRules(testFile(scenarios, ofScenarios), { "rules.yaml": ruleFile(ofScenarios) }),
      ...(FULL_RUN
        ? [
            promtoolTestRules(expressionTestFile(listing, ruleOf("collector-unheard")), {}),
            promtoolTestRules(expressionTestFile(silenced, ruleOf("source-silent")), {}),
          ]
        : []),
    ]);
    output = results.map((result) => result.output).join("\n");
    // A failure is told by the test of its scenario, if it is one of a scenario.
    assert.ok(results.every(({ passed }) => passed) || output.includes(" # "), output);
  });

  for (const [title, scenarios] of Object.entries(suites)) {
    // Days take as long as all others.
    ([listing, silenced].includes(scenarios) ? inFullRun : { describe }).describe(title, () => {
      for (const { name } of scenarios) {
        it(name, () => {
          const failures = output.split(/^ +expr: /m).filter((part) => part.includes(` # ${name}"`));
          assert.deepEqual(failures, []);
        });
      }
    });
  }

  it("have a scenario each, in which they fire", () => {
    const fired = new Set(
      Object.values(suites).flatMap((all) => all.flatMap(({ fires = [] }) => fires.map(({ rule }) => rule))),
    );
    assert.ok(ofCollector.length >= 9);
    assert.deepEqual(
      ofCollector.map(({ key }) => key).filter((key) => !fired.has(key)),
      [],
    );
  });

  it("parse, with every text that a notification has", async () => {
    const { passed, output: said } = await promtoolCheckRules(ruleFile(groups));
    assert.ok(passed, said);
  });
});
