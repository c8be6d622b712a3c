import { showBytes, showTime } from "../../../lib/format";
import { storagePlan } from "./plan";
import { goDuration, hours } from "../../../lib/schema/duration";
import { toBytes } from "../../../lib/schema/quantity";
import type { Settings } from "../../contracts/settings";
import type { Finding } from "../../../lib/kubernetes/objects";

/** What a deployed guard's configuration and metrics tell of the volume; each absent where there is none to ask. */
export interface GuardAnswers {
  /** Its `guard.conf`. */
  readonly conf?: string | undefined;
  readonly page?: string | undefined;
}

export interface Shortening {
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

/** Whether retention begins to depend on the volume's size with this run. */
export function switchesOn({ storage }: Pick<Settings, "storage">, { conf }: GuardAnswers): boolean {
  return storage.adaptiveRetention && !/^SIZE_AWARE=1$/m.test(conf ?? "");
}

/**
 * Tells how much would go when `storage.adaptiveRetention` is switched on over a volume that is fuller than its marks, and asks
 * for the word. Only about a claim that is there.
 */
export function checkShortening(settings: Settings, answers: GuardAnswers): Shortening {
  if (!switchesOn(settings, answers)) return { findings: [], notes: [] };
  const { retention, storage, volume } = settings;
  const { used, limit, claim, excess, fitting } = figures(answers.page);
  if (used === undefined || limit === undefined) {
    const note =
      "storage.adaptiveRetention: how full the volume is could not be asked of its guard. What is there goes for new traces only" +
      (storage.shortenAtOnceTo ? `, and down to ${storage.shortenAtOnceTo.text} at once` : "");
    return { findings: [], notes: [note] };
  }
  const { high, low } = storagePlan(settings).marks;
  // The claim may grow with the same run.
  const growth = Math.max(0, toBytes(volume.size) - (claim ?? Infinity));
  const room = limit + growth;
  if (used < (room * high) / 1_000) return { findings: [], notes: [] };
  const amount = (excess ?? used - (limit * low) / 1_000) - (growth * low) / 1_000;
  if (amount <= 0) return { findings: [], notes: [] };

  // To the hour, so that a block that gets older meanwhile is part of it.
  const age =
    fitting === undefined
      ? storage.minRetention.ms
      : Math.max(storage.minRetention.ms, floorTo(fitting * 1_000, hours(1)));
  const full = `the volume is ${Math.round((used / room) * 100)} % full`;
  const goes = `${showBytes(amount)} of it`;
  const older = fitting === undefined ? "the oldest traces" : `traces older than ${showTime(age)}`;
  if (storage.shortenAtOnceTo) {
    const least = showTime(Math.max(age, storage.shortenAtOnceTo.ms));
    const note = `storage.adaptiveRetention: ${full}, so within minutes up to ${goes} are deleted: traces older than ${least}`;
    return { findings: [], notes: [note] };
  }
  const message =
    `${full}, and ${goes} would be deleted within minutes: ${older}. Write storage.shortenAtOnceTo = ${goDuration(age)} if ` +
    `they may go, or ${retention.text} there if they may go for new traces only; or a larger volume.size`;
  return { findings: [{ key: "storage.adaptiveRetention", isSetting: true, found: "true", message }], notes: [] };
}

function figures(page = "") {
  const sample = (name: string): number | undefined => {
    const text = new RegExp(`^${name} ([0-9.e+]+)$`, "m").exec(page)?.[1];
    return text === undefined ? undefined : Number(text);
  };
  return {
    used: sample("tempo_volume_used_bytes"),
    limit: sample("tempo_volume_limit_bytes"),
    claim: sample("tempo_volume_claim_bytes"),
    excess: sample("tempo_volume_excess_bytes"),
    fitting: sample("tempo_retention_fitting_seconds"),
  };
}

function floorTo(ms: number, unit: number): number {
  return Math.floor(ms / unit) * unit;
}
