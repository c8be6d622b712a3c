/**
 * Captured series as text: one line for each series with all its values, which is a tenth of the size of OpenMetrics,
 * where every sample repeats its labels. The notation of the values is that of promtool's unit tests.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The states of a real Tempo 2.10.1, and of a real collector, that tests/fixtures/series holds; its README says how each was made. */
export const states = [
  "fresh",
  "loaded",
  "idle",
  "quiet",
  "trouble",
  "corrupt",
  "down",
  "volume",
  "volume-filling",
  "collector",
  "collector-outage",
  "collector-lost",
  "collector-gone",
] as const;
export type State = (typeof states)[number];

/** One series, such as `up{job="tempo"}`, with one value for each step; undefined where it had none. */
export interface Series {
  selector: string;
  values: (string | undefined)[];
}

/** Series on one time grid, in seconds. */
export interface Capture {
  start: number;
  step: number;
  series: Series[];
}

/** Reads the fixture of a state. */
export function readState(state: State): Capture {
  return readSeries(readFileSync(join(__dirname, "../fixtures/series", `${state}.series`), "utf8"));
}

/**
 * Parses the text of a capture.
 * @throws when the text is no capture
 */
export function readSeries(text: string): Capture {
  const header = /^start (\d+) step (\d+)$/m.exec(text);
  if (header === null) throw new Error('a capture has a line "start <seconds> step <seconds>"');
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#") && line !== header[0]);
  return {
    start: Number(header[1]),
    step: Number(header[2]),
    series: lines.map((line) => {
      const end = line.lastIndexOf("} ") + 1;
      if (end === 0) throw new Error(`no series in "${line}"`);
      return {
        selector: line.slice(0, end),
        values: line
          .slice(end + 1)
          .split(" ")
          .flatMap(expand),
      };
    }),
  };
}

/** `5` is one value, `_` none; `5x3` is 5 and three repetitions of it, `_x3` a gap of three, as promtool has it. */
function expand(token: string): (string | undefined)[] {
  const [value = "", times] = token.split("x");
  if (value === "_") return Array.from({ length: Number(times ?? 1) }, () => undefined);
  return Array.from({ length: Number(times ?? 0) + 1 }, () => value);
}

/** Writes the text of a capture. */
export function writeSeries({ start, step, series }: Capture): string {
  const lines = series.map(({ selector, values }) => `${selector} ${shorten(values).join(" ")}\n`);
  return `start ${start} step ${step}\n${lines.join("")}`;
}

function shorten(values: (string | undefined)[]): string[] {
  const runs: { value: string | undefined; length: number }[] = [];
  for (const value of values) {
    const last = runs.at(-1);
    if (last?.value === value && last !== undefined) last.length++;
    else runs.push({ value, length: 1 });
  }
  return runs.map(({ value, length }) => {
    const repeated = value === undefined ? length : length - 1;
    return `${value ?? "_"}${repeated > (value === undefined ? 1 : 0) ? `x${repeated}` : ""}`;
  });
}

/** The seconds of the newest value, which is where a test looks. */
export function lastTime({ start, step, series }: Capture): number {
  return start + step * (Math.max(...series.map(({ values }) => values.length)) - 1);
}

/** The capture as OpenMetrics text. Families need no TYPE line there, which would demand suffixes that Tempo has not. */
export function toOpenMetrics({ start, step, series }: Capture): string {
  const lines = series.flatMap(({ selector, values }) =>
    values.flatMap((value, at) => (value === undefined ? [] : [`${selector} ${value} ${start + at * step}\n`])),
  );
  return `${lines.join("")}# EOF\n`;
}
