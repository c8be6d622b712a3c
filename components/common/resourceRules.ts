import { compareQuantities } from "../../lib/schema/quantity";
import type { Settings } from "../contracts/settings";
import type { Finding, Loose } from "../contracts/rules";

/** Requests above the limits, and none beside a limit, at a key of the settings. */
export function requestsWithin(key: string, amounts: Loose<Settings["resources"]> | undefined): Finding[] {
  if (!amounts) return [];
  const { requests = {}, limits = {} } = amounts;
  const above = (["cpu", "memory", "ephemeralStorage"] as const).flatMap((resource): Finding[] => {
    const request = requests[resource];
    const limit = limits[resource];
    if (!request || !limit || compareQuantities(request, limit) <= 0) return [];
    return [
      {
        key: `${key}.requests.${resource}`,
        found: JSON.stringify(request.text),
        message: `more than the limit of ${limit.text}. Write at most the limit, or raise ${key}.limits.${resource}`,
      },
    ];
  });
  // Left out on purpose, not for an error of its own.
  if (!limits.cpu || !("cpu" in requests) || requests.cpu) return above;
  const message = `none, for which Kubernetes puts the limit of ${limits.cpu.text}. Write an amount, or "" as ${key}.limits.cpu as well`;
  return [...above, { key: `${key}.requests.cpu`, found: '""', message }];
}
