import assert from "node:assert/strict";
import { SECRET } from "../../../../tools/offline/project";
import type { Arguments } from "../../../../tools/verify/lib/arguments";
import { Progress } from "../../../../tools/verify/progress";
import type { Check, Outcome, Report } from "../../../../tools/verify/lib/report";
import { verify } from "../../../../tools/verify/run";
import { targetsOf } from "../../../../tools/verify/lib/targets";
import type { Times } from "../../../../tools/verify/lib/times";
import { settingsOf } from "../../../stack/program/stacks";
import { TOKEN, World, type Weather } from "./world";

/** A hundredth of the true ones; the first three are for hangs only. */
export const QUICK: Times = {
  request: 30_000,
  export: 30_000,
  beforeSending: 30_000,
  patience: 300,
  interval: 100,
  seriesInterval: 100,
  scrapeInterval: 100,
  firstScrape: 100,
  scrapes: 400,
  written: 250,
  writing: 100,
  collections: 300,
  grace: 200,
};

/** Longer than any test may take. */
export const NEVER = 3_600_000;

/** What is waited for in vain is waited for until the test fails: it ends because nothing waits. */
export const forever = { wait: NEVER } as const;

/** A failed check, its lists as texts. */
type Failed = Omit<Outcome, "causes" | "more"> & { readonly causes: string; readonly more: string };

export interface Verified {
  readonly report: Report;
  readonly world: World;
  /** Everything that was written while it ran. */
  readonly progress: string;
  /** @throws when the check has not ended like this */
  readonly failed: (check: Check) => Failed;
  readonly passed: (check: Check) => Outcome;
  readonly skipped: (check: Check) => Outcome;
}

export interface Given {
  readonly urls?: Arguments["urls"];
  readonly uids?: Arguments["uids"];
  readonly orgId?: string;
  /** Overrides of a stack's settings; absent: no stack. */
  readonly stack?: "prod" | "local";
  readonly settings?: Record<string, unknown>;
  readonly auth?: string;
  /** Milliseconds in which something is waited for. */
  readonly wait?: number;
  /** Milliseconds for all of it. Default: another minute, which only a hang can take. */
  readonly timeout?: number;
  readonly times?: Partial<Times>;
  readonly interrupt?: AbortSignal;
  /** URLs that are not given. */
  readonly without?: readonly (keyof Arguments["urls"])[];
}

/** Runs all checks in a world. */
export async function verifyIn(weather: Weather, given: Given = {}): Promise<Verified> {
  const world = await World.make(weather);
  try {
    const { addresses } = world;
    const { stack, settings = {}, auth = TOKEN, uids = {}, orgId, without = [] } = given;
    const all = Object.entries<string>({ ...addresses }).map(([part, url]) => [part, new URL(url)] as const);
    const urls = {
      ...Object.fromEntries(all.filter(([part]) => !(without as string[]).includes(part))),
      ...given.urls,
    };
    const words = { urls, uids, ...(orgId !== undefined && { orgId }), ...(stack !== undefined && { stack }) };
    const targets = targetsOf(words, stack && settingsOf(stack, settings), auth, SECRET, "tempo.prod");
    let progress = "";
    const wait = given.wait ?? 3_000;
    const timeout = given.timeout ?? wait + 60_000;
    const report = await verify({
      targets,
      timeout,
      wait: Math.min(wait, timeout),
      progress: new Progress({ write: (text) => (progress += text) }, Date.now(), timeout),
      interrupt: given.interrupt ?? new AbortController().signal,
      times: { ...QUICK, ...given.times },
    });
    return { ...readable(report), report, world, progress };
  } finally {
    await world.stop();
  }
}

function readable(report: Report): Pick<Verified, "failed" | "passed" | "skipped"> {
  const ended = (check: Check, status: Outcome["status"]): Outcome => {
    const outcome = report.checks.find((one) => one.check === check);
    assert.equal(outcome?.status, status, `${check}: ${JSON.stringify(outcome, undefined, 1)}`);
    return outcome;
  };
  return {
    passed: (check) => ended(check, "passed"),
    skipped: (check) => ended(check, "skipped"),
    failed: (check) => {
      const outcome = ended(check, "failed");
      const { causes = [], more = [] } = outcome;
      return { ...outcome, causes: causes.join("\n"), more: more.join("\n") };
    },
  };
}

/** The checks that ended in a way, in their order. */
export function ended(report: Report, status: Outcome["status"]): Check[] {
  return report.checks.filter((one) => one.status === status).map(({ check }) => check);
}
