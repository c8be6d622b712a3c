/** Bytes of a MiB. */
export const MIB = 1024 * 1024;

/**
 * Kubernetes resource quantities, by meaning: `10Gi` and `10240Mi` are the same size, `1.5G` is not `1.5Gi`.
 *
 * Source of the grammar: Kubernetes, "Quantity" in the API reference of `resource.Quantity`
 * (a signed number, then a binary suffix Ki..Ei, a decimal suffix n u m "" k M G T P E, or a decimal exponent).
 */
export interface Quantity {
  /** As it was written; what goes into manifests. */
  readonly text: string;
  /** The value in thousandths of the unit, because `500m` is a CPU quantity. */
  readonly milli: bigint;
}

const BINARY: Readonly<Record<string, bigint>> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
};

/** Powers of ten, counted from thousandths. */
const DECIMAL_EXPONENT: Readonly<Record<string, number>> = { m: 0, "": 3, k: 6, M: 9, G: 12, T: 15, P: 18, E: 21 };

/**
 * Reads a quantity.
 * @returns undefined when the text is none, is negative, or is finer than a thousandth.
 */
export function parseQuantity(text: string): Quantity | undefined {
  const match = /^(\d+)(?:\.(\d*))?([A-Za-z]{0,2}|[eE][+-]?\d{1,2})$/.exec(text);
  if (!match) return undefined;
  const [, whole = "", fraction = "", suffix = ""] = match;
  const digits = BigInt(whole + fraction);
  const scale = 10n ** BigInt(fraction.length);

  const binary = BINARY[suffix];
  if (binary !== undefined) return exact(text, digits * binary * 1000n, scale);

  const exponent = /^[eE]([+-]?\d+)$/.exec(suffix);
  const power = exponent ? Number(exponent[1]) + 3 : DECIMAL_EXPONENT[suffix];
  if (power === undefined) return undefined;
  return power >= 0
    ? exact(text, digits * 10n ** BigInt(power), scale)
    : exact(text, digits, scale * 10n ** BigInt(-power));
}

function exact(text: string, numerator: bigint, denominator: bigint): Quantity | undefined {
  return numerator % denominator === 0n ? { text, milli: numerator / denominator } : undefined;
}

/** The whole bytes (or units) of a quantity, rounded down. */
export function toBytes(quantity: Quantity): number {
  return Number(quantity.milli / 1000n);
}

/** Compares by value: negative when `a` is smaller than `b`. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.milli < b.milli ? -1 : a.milli > b.milli ? 1 : 0;
}
