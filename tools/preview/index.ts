import { ROOT } from "../../lib/root";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { describeContext } from "../../lib/kubernetes/context";
import { describeQueue } from "../../components/collector/budget";
import { onTempoCluster } from "../../components/contracts/endpoints";
import { checkPlan, renderViolations } from "../../packages/policy/check";
import { warningsOf } from "../../stack/warnings";
import {
  compareFiles,
  fenced,
  renderAt,
  renderDifference,
  renderFailure,
  renderMarkdown,
  VIOLATION_STATUS,
} from "../offline/against";
import { renderFiles, requireOwn, writeFiles } from "../offline/files";
import { findCheckout, resolveRef, type Checkout, type Ref } from "../offline/git";
import { findStack, readStackConfig, settingsOf, unknownOf } from "../offline/project";
import { planStack } from "../offline/run";
import { renderTree } from "../offline/tree";

/**
 * `npm run preview`: what a stack would be, without an engine, a cluster or an account.
 * Exit status: 0, or 1 with the list of what is wrong, 2 when its arguments are invalid, and 3 when everything is
 * rendered but a policy does not hold.
 */
const USAGE = `npm run preview -- [--stack NAME] [--out FOLDER] [--against REF] [--json | --markdown]

  --stack NAME     the stack to plan: its Pulumi.NAME.yaml (default: prod); ORG/NAME and ORG/PROJECT/NAME as well
  --out FOLDER     where everything rendered is written (default: out/NAME)
  --against REF    also show what changed in it since the merge base with a git ref, rendered with its own packages
  --json           the whole plan as JSON on standard output
  --markdown       only the changes, as Markdown for a comment (needs --against)`;

/** Among the rendered files, what is not known of the configuration that they come from. */
const UNKNOWN_FILE = "INCOMPLETE.txt";

async function main(asked: ReturnType<typeof readArguments>): Promise<void> {
  const { against, json, markdown } = asked;
  const { stack } = findStack(ROOT, asked.stack);
  const out = asked.out ?? join(ROOT, "out", stack);
  // What is wrong with the words is said before anything is worked out.
  requireOwn(out);
  const base = against === undefined ? undefined : baseOf(against);
  const config = readStackConfig(ROOT, asked.stack);
  const unknown = unknownOf(config);
  const plan = await planStack(config).catch((error: unknown) => {
    if (unknown === undefined) throw error;
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${unknown}`);
  });
  // Among the files, too, so that whoever has them alone is told.
  const files = new Map([
    ...renderFiles(plan),
    ...(unknown === undefined ? [] : [[UNKNOWN_FILE, `${unknown}\n`] as const]),
  ]);
  writeFiles(out, files);

  const violations = checkPlan(plan.resources, { stack });
  if (violations.length > 0) process.exitCode = VIOLATION_STATUS;
  const difference = base && compareFiles(base.ref, renderAt(base.ref, stack, base.checkout), files);
  if (json) {
    print(
      JSON.stringify(
        {
          ...plan,
          ...(config.environment && { environment: config.environment }),
          files: Object.fromEntries(files),
          violations,
          ...(difference && { against: difference }),
        },
        null,
        2,
      ),
    );
    return;
  }
  if (markdown && difference) {
    const notes = [
      ...(unknown === undefined ? [] : [`**Incomplete.** ${unknown}`]),
      ...(violations.length > 0 ? [fenced("text", renderViolations(violations))] : []),
    ];
    print(renderMarkdown(stack, difference, notes));
    return;
  }
  const settings = settingsOf(config);
  const { collector } = settings;
  print(`Stack ${stack} of project ${plan.project}, planned offline: no engine, no cluster, no account.`);
  if (unknown !== undefined) print(`\nIncomplete. ${unknown}\n`);
  print(`Cluster: kubeconfig context ${describeContext(settings)}`);
  if (collector && !onTempoCluster(settings, collector)) {
    print(`Cluster of the collector: kubeconfig context ${collector.kubeContext ?? describeContext(settings)}`);
  }
  print(`\n${renderTree(plan)}`);
  print("\nOutputs:");
  for (const [key, value] of Object.entries(plan.outputs)) {
    print(`  ${key}: ${showOutput(value)}`);
  }
  if (collector) print(`\nCollector: ${describeQueue(collector.queue)}`);
  // What the plan itself does not show; an engine's preview warns of the same.
  for (const warning of warningsOf(settings)) print(`\nWarning: ${warning}`);
  print(`\n${renderViolations(violations)}`);
  print(`\n${files.size} files rendered to ${out}`);
  if (difference) print(`\n${renderDifference(difference)}`);
}

/** What is compared with. */
function baseOf(against: string): { ref: Ref; checkout: Checkout } {
  const checkout = findCheckout(ROOT);
  return { ref: resolveRef(against, checkout), checkout };
}

/** On one line; whole files, such as those for Grafana, are among the rendered ones. */
function showOutput(value: unknown): string {
  const shown = (text: string): string => (text.includes("\n") ? `${text.split("\n").length - 1} lines` : text);
  if (typeof value === "string") return shown(value);
  return JSON.stringify(value, (_, below: unknown) => (typeof below === "string" ? shown(below) : below));
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        stack: { type: "string", default: "prod" },
        out: { type: "string" },
        against: { type: "string" },
        json: { type: "boolean", default: false },
        markdown: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) {
      print(USAGE);
      process.exit(0);
    }
    if (values.markdown && values.against === undefined)
      throw new Error("--markdown shows changes: give --against REF too.");
    if (values.markdown && values.json) throw new Error("--json and --markdown exclude each other.");
    return {
      ...values,
      out: values.out === undefined ? undefined : resolve(process.env["INIT_CWD"] ?? process.cwd(), values.out),
    };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const asked = readArguments();
main(asked).catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  console.error(reason);
  // A comment that says nothing of it would be that of the last commit.
  if (asked.markdown) print(renderFailure(asked.stack.split("/").at(-1) ?? asked.stack, reason));
  process.exit(1);
});
