import { ROOT } from "../../lib/root";
import { ownSeries, type Own } from "../../components/grafana/queries/own";
import { ownerOf } from "../../lib/kubernetes/owner";
import type { Settings } from "../../components/contracts/settings";
import { ArgumentsError, readArguments, USAGE, type Arguments } from "./arguments";
import { measure } from "./measure";
import { makeReport, renderReport } from "./report";
import { readStackConfig, settingsOf, unknownOf } from "../offline/project";

/**
 * `npm run capacity`: the volume that a load needs, and how long a volume lasts.
 * Exit status: 0, or 1 with what is wrong with the stack or the Prometheus, or 2 when its arguments are invalid.
 */

async function main(): Promise<void> {
  const words = readArguments(process.argv.slice(2));
  if (words.help) {
    print(USAGE);
    return;
  }
  const { settings, own } = readSettings(words);
  const measured = words.prometheus && (await measure(words.prometheus, own));
  const report = makeReport(settings, words, measured);
  print(words.json ? JSON.stringify(report, null, 2) : renderReport(report, words.price));
}

/** The stack's, with what the command's arguments replace. */
function readSettings({ stack, size, retention }: Arguments): { settings: Settings; own: Own } {
  const config = readStackConfig(ROOT, stack);
  const unknown = unknownOf(config);
  if (unknown !== undefined) console.error(unknown);
  const settings = settingsOf(config);
  return {
    settings: {
      ...settings,
      ...(retention && { retention }),
      ...(size && { volume: { ...settings.volume, size } }),
    },
    own: ownSeries(settings, ownerOf(config.project, config.stack)),
  };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  const wrongWords = error instanceof ArgumentsError;
  console.error(wrongWords ? `${message}\n\n${USAGE}` : message);
  process.exit(wrongWords ? 2 : 1);
});
