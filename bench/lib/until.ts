import { setTimeout as sleep } from "node:timers/promises";

/** Polls until something is so. @throws when it is not in time */
export async function until(
  what: string,
  check: () => Promise<boolean> | boolean,
  { every = 100, within = 60_000 }: { every?: number; within?: number } = {},
): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${within / 1000} s`);
    await sleep(every);
  }
}
