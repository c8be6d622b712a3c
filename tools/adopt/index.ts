import { ROOT } from "../../lib/root";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ClusterSilent, ContextRefused, openCluster } from "../../lib/kubernetes/live";
import { ownerOf } from "../../lib/kubernetes/owner";
import { makePlan, type Adoption } from "./plan";
import { readArguments, USAGE, type Arguments } from "./arguments";
import { grafanaFindings } from "./grafana";
import { takeReading } from "./reading";
import { exitStatus, renderReport } from "./report";
import { filesOf } from "./scripts";
import { readStackConfig, settingsOf, unknownOf } from "../offline/project";
import { ArgumentsError } from "../lib/parseArguments";

/**
 * `npm run adopt`: how a Tempo that stands already becomes this stack's, with the traces that it has. It reads and prints;
 * every change is a command for a person.
 */
/** Where npm was called; it runs scripts in the project's folder. */
const HERE = process.env["INIT_CWD"] ?? process.cwd();

async function main(): Promise<number> {
  const words = readArguments(process.argv.slice(2));
  if (words.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const { stackConfig, config } = check(words);
  const unknown = unknownOf(stackConfig);
  if (unknown !== undefined) console.error(unknown);
  const settings = settingsOf(stackConfig);
  const { project, stack } = stackConfig;
  const owner = ownerOf(project, stack);
  const live = openCluster(settings);
  const [reading, grafana] = await Promise.all([
    takeReading(settings, owner, live),
    grafanaFindings(settings, { project, stack, owner }),
  ]);
  const adoption = makePlan({
    settings,
    project,
    stack,
    owner,
    reading: config === undefined ? reading : { ...reading, config },
    grafana,
    version: words.version,
    shortenRetention: words.shortenRetention,
    live,
  });
  const { report } = adoption;
  process.stdout.write(`${words.json ? JSON.stringify(report, null, 2) : renderReport(report)}\n`);
  if (words.write !== undefined && report.outcome === "adopt") write(resolve(HERE, words.write), adoption);
  return exitStatus(report);
}

/** What can be said before anything is asked, all at once. */
function check(words: Arguments) {
  const problems: string[] = [];
  const attempt = <T>(what: string, run: () => T): T | undefined => {
    try {
      return run();
    } catch (error) {
      problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  const { stack, config: path, write: folder } = words;
  if (stack === "") problems.push("--stack: missing. Write the NAME of a Pulumi.NAME.yaml");
  const stackConfig = stack === "" ? undefined : attempt(`--stack ${stack}`, () => readStackConfig(ROOT, stack));
  const config =
    path === undefined ? undefined : attempt(`--config ${path}`, () => readFileSync(resolve(HERE, path), "utf8"));
  if (folder !== undefined && existsSync(resolve(HERE, folder))) {
    const files = attempt(`--write ${folder}`, () => readdirSync(resolve(HERE, folder)));
    if (files && files.length > 0) problems.push(`--write ${folder}: has files in it. Write a new or empty folder`);
  }
  if (problems.length > 0 || !stackConfig) throw new ArgumentsError(problems.join("\n"));
  return { stackConfig, config };
}

function write(folder: string, { report, before, kept }: Adoption): void {
  const files = filesOf(report.steps, { objects: before, kept, root: ROOT });
  for (const [path, text] of Object.entries({ "plan.txt": `${renderReport(report)}\n`, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode: path.endsWith(".sh") ? 0o755 : 0o600 });
  }
  console.error(`Written to ${folder}. Read the scripts, then run them in their order.`);
}

main().then(
  (status) => {
    // Connections that are kept alive would keep this process, too.
    process.exitCode = status;
    process.stdout.write("", () => process.exit());
  },
  (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof ArgumentsError) console.error(`${message}\n\n${USAGE}`);
    else if (error instanceof ClusterSilent || error instanceof ContextRefused) {
      console.error(`The cluster could not be read, so there is no plan: ${message}`);
    } else console.error(message);
    process.exit(error instanceof ArgumentsError ? 2 : 1);
  },
);
