/** Amounts as a reader wants them: three digits and a unit. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Bytes, in binary units. */
export function showBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1_000 && unit < units.length - 1) [value, unit] = [value / 1_024, unit + 1];
  return `${digits(value)} ${units[unit] ?? ""}`;
}

/** A time, from minutes to years. */
export function showTime(ms: number): string {
  const [days, hours] = [ms / DAY, ms / HOUR];
  if (days >= 36_500) return "100 years and more";
  if (days >= 2 * 365) return `${digits(days / 365)} years`;
  if (days >= 2) return `${digits(days)} days`;
  return hours >= 2 ? `${digits(hours)} hours` : `${digits(ms / 60_000)} minutes`;
}

/** Spans per second, with the bytes that they are as sent. */
export function showRate(spansPerSecond: number, bytesPerSpan: number): string {
  return `${digits(spansPerSecond)} spans/s of ${digits(bytesPerSpan)} bytes`;
}

/** Three digits before and after the point together, or all that are before it. */
export function digits(value: number): string {
  const places = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  const text = value.toFixed(places);
  const [whole = "", fraction = ""] = text.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = fraction.replace(/0+$/, "");
  return rest === "" ? grouped : `${grouped}.${rest}`;
}
