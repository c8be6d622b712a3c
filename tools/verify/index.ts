import { ROOT } from "../../lib/root";
import { readArguments, USAGE, type Arguments } from "./lib/arguments";
import { Progress } from "./progress";
import { exitStatus, renderReport } from "./lib/report";
import { verify } from "./run";
import { redactor } from "./secrets";
import { AUTH_VARIABLE, HEADERS_VARIABLE, targetsOf, type Targets } from "./lib/targets";
import { ArgumentsError } from "../lib/parseArguments";
import { ownerOf } from "../../lib/kubernetes/owner";

/**
 * `npm run verify`: proves a deployment from the outside, by a trace that is sent and looked for.
 * Exit status: 0, or 1 when a check failed or the stack's settings are wrong, or 2 when the command's own words are
 * off, or 130 when it was interrupted.
 */

/** gRPC's own code does what Node is about to forbid; that is no news for whoever runs this. */
process.noDeprecation = true;

async function main(): Promise<number> {
  const words = readArguments(process.argv.slice(2));
  if (words.help) {
    await print(USAGE);
    return 0;
  }
  const targets = readTargets(words);
  const redact = redactor(targets);
  const began = Date.now();
  const { stderr } = process;
  const terminal = {
    isTTY: stderr.isTTY,
    columns: stderr.columns,
    write: (text: string) => stderr.write(redact(text)),
  };
  const progress = new Progress(terminal, began, words.timeout);
  try {
    const report = await verify({ targets, timeout: words.timeout, progress, interrupt: interrupted() });
    await print(redact(words.json ? JSON.stringify(report, null, 2) : renderReport(report)));
    return exitStatus(report);
  } finally {
    progress.stop();
  }
}

function readTargets(words: Arguments): Targets {
  const { stack } = words;
  const environment = process.env[AUTH_VARIABLE];
  const auth = environment === "" ? undefined : environment;
  const headers = readHeaders(process.env[HEADERS_VARIABLE]);
  if (stack === undefined) return targetsOf(words, undefined, auth, "", "", headers);
  // Only a stack needs the settings, and with them Pulumi's SDK.
  // oxlint-disable-next-line typescript/no-require-imports
  const offline = require("../offline/project") as typeof import("../offline/project");
  let config;
  try {
    config = offline.readStackConfig(ROOT, stack);
  } catch (error) {
    throw new ArgumentsError(`--stack ${stack}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const unknown = offline.unknownOf(config);
  if (unknown !== undefined) console.error(unknown);
  const owner = ownerOf(config.project, config.stack);
  return targetsOf(words, offline.settingsOf(config), auth, offline.SECRET, owner, headers);
}

/** @throws ArgumentsError without showing what was found, which may hold a credential */
function readHeaders(text = ""): Record<string, string> {
  if (text === "") return {};
  try {
    const headers: unknown = JSON.parse(text);
    const isMap = typeof headers === "object" && headers !== null && !Array.isArray(headers);
    if (isMap && Object.values(headers).every((value) => typeof value === "string")) {
      return headers as Record<string, string>;
    }
  } catch {
    // As below.
  }
  throw new ArgumentsError(`$${HEADERS_VARIABLE} is no JSON object of texts. Write it such as {"X-Api-Key": "..."}`);
}

/** Aborted by the first Ctrl-C; the second one ends the process as ever. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      controller.abort(new Error("interrupted"));
    });
  }
  return controller.signal;
}

function print(text: string): Promise<void> {
  return new Promise((done) => {
    process.stdout.write(`${text}\n`, () => {
      done();
    });
  });
}

main().then(
  (status) => {
    // Connections that are kept alive would keep this process, too.
    process.exit(status);
  },
  (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    const wrongWords = error instanceof ArgumentsError;
    console.error(wrongWords ? `${message}\n\n${USAGE}` : message);
    process.exit(wrongWords ? 2 : 1);
  },
);
