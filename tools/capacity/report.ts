import { digits, showBytes, showRate, showTime } from "../../lib/format";
import {
  BYTES_PER_SPAN,
  capacityWarnings,
  FILE_SYSTEM,
  fits,
  footprint,
  highestRate,
  keptBy,
  limitOf,
  longestRetention,
  sizeNeeded,
  STORED,
  timeToFill,
  usable,
  usableShare,
  type Footprint,
} from "../../components/storage/volume/capacity";
import { storagePlan } from "../../components/storage/volume/plan";
import { toBytes } from "../../lib/schema/quantity";
import type { Settings } from "../../components/contracts/settings";
import type { Arguments, Price } from "./arguments";
import type { Measured } from "./measure";

/** Rates of the table, in spans per second. */
const RATES = [1, 5, 10, 25, 50, 100, 250, 500, 1_000];

/** Where a number comes from. */
type Source = "given" | "measured" | "default" | "highest";

/** Everything that is told: bytes, milliseconds, spans per second. */
export interface Report {
  readonly stack: string;
  readonly settings: {
    readonly size: string;
    readonly retention: string;
    readonly maxSpanAge: string;
    readonly traceqlMetrics: string;
    readonly adaptiveRetention: boolean;
    readonly floor: string;
    readonly ingestionRate: string;
  };
  readonly assumed: {
    readonly spansPerSecond: { readonly value: number; readonly source: Source };
    readonly bytesPerSpan: { readonly value: number; readonly source: Source };
    /** Bytes of a block for each byte sent. */
    readonly stored: { readonly value: number; readonly source: Source };
    readonly measuredOver?: number;
  };
  readonly size: number;
  readonly usable: number;
  /** Share of what the file system leaves that may be in use. */
  readonly mark: number;
  readonly usedNow?: number;
  readonly needed: Needed;
  readonly parts: Footprint;
  /** Absent: not even the copies of the newest spans fit. */
  readonly lasts?: number;
  readonly highestRate: number;
  readonly table: readonly (Needed & { readonly spansPerSecond: number; readonly lasts?: number })[];
  readonly atLimit: {
    readonly spansPerSecond: number;
    readonly fits: boolean;
    readonly floorHolds: boolean;
    readonly fillsWithin: number;
    /** What the guard holds senders to at the floor, in bytes per second; only where it is size-aware. */
    readonly fallbackRate?: number;
  };
  readonly warnings: readonly string[];
}

interface Needed {
  readonly size: number;
  readonly cost?: number;
}

/**
 * Does the arithmetic.
 * @param settings those of the stack, with what the command's arguments replace
 */
export function makeReport(settings: Settings, words: Arguments, measured?: Measured): Report {
  const choose = (given: number | undefined, found: number | undefined, otherwise: number, source: Source) =>
    given !== undefined
      ? ({ value: given, source: "given" } as const)
      : found !== undefined
        ? ({ value: found, source: "measured" } as const)
        : { value: otherwise, source };
  const bytesPerSpan = choose(words.bytesPerSpan, measured?.bytesPerSpan, BYTES_PER_SPAN, "default");
  const stored = choose(undefined, measured?.stored, STORED, "default");
  const span = { bytesPerSpan: bytesPerSpan.value, stored: stored.value };
  const highest = highestRate(span, settings);
  const spansPerSecond = choose(words.spansPerSecond, measured?.spansPerSecond, highest, "highest");

  const load = { ...span, spansPerSecond: spansPerSecond.value };
  const row = (rate: number) => {
    const one = { ...span, spansPerSecond: rate };
    const size = sizeNeeded(one, settings);
    return { spansPerSecond: rate, size, ...cost(size, words.price), ...lasts(one, settings) };
  };
  const limit = limitOf(settings, span);
  const floor = { ...settings, retention: settings.storage.minRetention };
  return {
    stack: words.stack,
    settings: {
      size: settings.volume.size.text,
      retention: settings.retention.text,
      maxSpanAge: settings.metricsGenerator.maxSpanAge.text,
      traceqlMetrics: settings.metricsGenerator.traceqlMetrics,
      adaptiveRetention: settings.storage.adaptiveRetention,
      floor: settings.storage.minRetention.text,
      ingestionRate: settings.limits.ingestionRate.text,
    },
    assumed: { spansPerSecond, bytesPerSpan, stored, ...(measured && { measuredOver: measured.window }) },
    size: toBytes(settings.volume.size),
    usable: usable(settings),
    mark: usableShare(settings),
    ...(measured?.used !== undefined && { usedNow: measured.used }),
    needed: { size: sizeNeeded(load, settings), ...cost(sizeNeeded(load, settings), words.price) },
    parts: footprint(load, keptBy(settings)),
    ...lasts(load, settings),
    highestRate: highest,
    table: RATES.map(row),
    atLimit: {
      spansPerSecond: limit.spansPerSecond,
      fits: fits(limit, settings),
      floorHolds: fits(limit, floor),
      fillsWithin: timeToFill(limit, settings),
      ...(settings.storage.adaptiveRetention && { fallbackRate: storagePlan(settings).fallbackRate }),
    },
    warnings: capacityWarnings(settings),
  };
}

function lasts(load: Parameters<typeof longestRetention>[0], settings: Settings): { lasts?: number } {
  const time = longestRetention(load, settings);
  return time === undefined ? {} : { lasts: time };
}

const GIB = 2 ** 30;

function cost(size: number, price: Price | undefined): { cost?: number } {
  return price === undefined ? {} : { cost: (size / GIB) * price.amount };
}

/** The report for a reader. */
export function renderReport(report: Report, price?: Price): string {
  const { settings } = report;
  const twice = settings.traceqlMetrics === "retention" ? ", spans stored twice for TraceQL metrics" : "";
  return [
    `Stack ${report.stack}: a volume of ${settings.size}, retention ${settings.retention}, maxSpanAge ${settings.maxSpanAge}${twice}`,
    ...section("Assumed", assumed(report)),
    ...section(`Needed for ${settings.retention}`, needed(report, price)),
    ...section("The volume", volume(report)),
    ...section(`Rates (spans of ${digits(report.assumed.bytesPerSpan.value)} bytes as sent)`, rates(report, price)),
    ...section(`At the limit (limits.ingestionRate = ${settings.ingestionRate})`, atLimit(report)),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  return ["", title, ...lines.map((line) => `  ${line}`)];
}

/** Rows with aligned columns; the first one to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  "));
}

function assumed({ assumed: given, usable: bytes, mark, settings }: Report): string[] {
  const over = given.measuredOver === undefined ? "" : ` over ${showTime(given.measuredOver)}`;
  const tell = (source: Source): string =>
    ({
      given: "given",
      measured: `measured${over}`,
      default: "docs/guides/capacity.md",
      highest: "the most that the volume holds: neither given nor measured",
    })[source];
  const above = settings.adaptiveRetention ? "retention is shortened" : "nothing is planned";
  return [
    `spans   ${digits(given.spansPerSecond.value)} per second (${tell(given.spansPerSecond.source)})`,
    `a span  ${digits(given.bytesPerSpan.value)} bytes as sent (${tell(given.bytesPerSpan.source)})`,
    `blocks  ${digits(given.stored.value)} bytes for each byte sent (${tell(given.stored.source)})`,
    `usable  ${showBytes(bytes)}: ${digits(FILE_SYSTEM * 100)} % of the volume is its file system's, and from ${digits(mark * 100)} % of the rest on ${above}`,
    ...(given.measuredOver !== undefined && given.measuredOver < 23 * 3_600_000
      ? [`The Prometheus has seen only ${showTime(given.measuredOver)} of Tempo: ask again after a whole day.`]
      : []),
  ];
}

const PARTS: Readonly<Record<Exclude<keyof Footprint, "total">, string>> = {
  blocks: "blocks in the backend, until they are deleted",
  compaction: "inputs and outputs of compaction",
  ingester: "the ingester's copies of the newest blocks",
  generator: "the generator's local blocks",
  wal: "WAL of both",
};

function needed({ parts, needed: { size, cost: amount } }: Report, price: Price | undefined): string[] {
  const rows = Object.entries(PARTS).map(([part, what]) => [showBytes(parts[part as keyof Footprint]), what]);
  rows.push(
    [showBytes(size - parts.total), "reserve: the file system's own, and what is above the mark"],
    [showBytes(size), `together${amount === undefined ? "" : `, ${money(amount, price)} a month`}`],
  );
  const width = Math.max(...rows.map(([bytes = ""]) => bytes.length));
  return rows.map(([bytes = "", what = ""]) => `${bytes.padStart(width)}  ${what}`);
}

function volume(report: Report): string[] {
  const { settings, assumed: given } = report;
  const lines = [
    report.lasts === undefined
      ? `${settings.size} does not hold the copies of the newest spans (maxSpanAge = ${settings.maxSpanAge}).`
      : `${settings.size} lasts ${showTime(report.lasts)} at ${digits(given.spansPerSecond.value)} spans/s.`,
    `It holds ${settings.retention} up to ${showRate(report.highestRate, given.bytesPerSpan.value)}.`,
  ];
  if (report.usedNow !== undefined) lines.push(`It holds ${showBytes(report.usedNow)} now.`);
  return lines;
}

function rates(report: Report, price: Price | undefined): string[] {
  const { settings } = report;
  const head = ["spans/s", `size for ${settings.retention}`, `${settings.size} lasts`];
  return table([
    [...head, ...(price ? ["a month"] : [])],
    ...report.table.map((row) => [
      digits(row.spansPerSecond),
      showBytes(row.size),
      row.lasts === undefined ? "too small" : showTime(row.lasts),
      ...(row.cost === undefined ? [] : [money(row.cost, price)]),
    ]),
  ]);
}

function money(amount: number, price: Price | undefined): string {
  return `${amount.toFixed(2)} ${price?.currency ?? ""}`.trim();
}

function atLimit({ atLimit: limit, settings, assumed: given }: Report): string[] {
  const allowed = showRate(limit.spansPerSecond, given.bytesPerSpan.value);
  if (limit.fits) return [`Senders may send ${allowed}: it fits for ${settings.retention}.`];
  const lines = [
    `Senders may send ${allowed}, which does not fit for ${settings.retention}: from empty it is full within ${showTime(limit.fillsWithin)}.`,
    `The floor of ${settings.floor} ${limit.floorHolds ? "holds" : "does not hold"} at it` +
      (limit.floorHolds || limit.fallbackRate === undefined
        ? "."
        : `: senders are held to ${digits(limit.fallbackRate / 1_000)} kB/s and told to retry.`),
  ];
  if (!settings.adaptiveRetention)
    lines.push("Nothing shortens retention or refuses senders before: storage.adaptiveRetention is false.");
  return lines;
}
