/**
 * Durations as Go and Prometheus write them, by meaning: `168h`, `7d` and `6d24h` are the same.
 * Go itself knows no `d` and `w`, therefore what goes into tempo.yaml is always written with {@link goDuration}.
 */
export interface Duration {
  /** As it was written. */
  readonly text: string;
  /** The value in milliseconds. */
  readonly ms: number;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * Reads a duration such as `90s`, `1h30m`, `7d`; each unit at most once and from large to small.
 * @returns undefined when the text is none; a bare number has no unit and is none.
 */
export function parseDuration(text: string): Duration | undefined {
  let rest = text;
  let ms = 0;
  let previous = Infinity;
  while (rest !== "") {
    const match = /^(\d+(?:\.\d+)?)(ms|[smhdw])/.exec(rest);
    const unit = match?.[2] === undefined ? undefined : UNIT_MS[match[2]];
    if (!match || unit === undefined || unit >= previous) return undefined;
    // Exact, because 1.1 * 3600000 is not 3960000 in floating point.
    const [whole = "", fraction = ""] = (match[1] ?? "").split(".");
    const scaled = BigInt(whole + fraction) * BigInt(unit);
    const scale = 10n ** BigInt(fraction.length);
    if (scaled % scale !== 0n) return undefined;
    ms += Number(scaled / scale);
    previous = unit;
    rest = rest.slice(match[0].length);
  }
  return text !== "" && Number.isSafeInteger(ms) ? { text, ms } : undefined;
}

/** Milliseconds as Go's `time.ParseDuration` reads them, in the largest unit that is whole: `168h`, `90s`, `1500ms`. */
export function goDuration(ms: number): string {
  for (const unit of ["h", "m", "s"] as const) {
    const size = UNIT_MS[unit] ?? 1;
    if (ms !== 0 && ms % size === 0) return `${ms / size}${unit}`;
  }
  return ms === 0 ? "0s" : `${ms}ms`;
}

export const seconds = (count: number): number => count * 1_000;
export const minutes = (count: number): number => count * 60_000;
export const hours = (count: number): number => count * 3_600_000;
