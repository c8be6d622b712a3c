/**
 * Texts that must not stand where everybody reads them, and switches that nobody shall turn. The settings refuse them,
 * and so does the policy pack in whatever was made of the settings (packages/policy/rules).
 */

/** Credentials by what they look like, wherever they stand. A password is known by its key alone. */
const CREDENTIALS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["a token of Grafana", /\bgl(?:sa|c|sat)_[A-Za-z0-9+/=_-]{20,}/],
  ["a key of Tailscale", /\btskey-[a-z]+-[A-Za-z0-9-]{6,}/],
  ["a private key", /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/],
  ["credentials in a URL", /\bhttps?:\/\/[^\s/@"']+:[^\s/@"']+@/],
  ["an Authorization header", /\bauthorization["']?\s*[:=]\s*["']?(?:bearer|basic)\s+[\w.~+/=-]{8,}/i],
  [
    "a password",
    /\b(?:password|passwd|client_secret|api_key|apikey)["']?\s*[:=]\s*["']?(?!["'\s]|\$|\{|<|\[secret)[^\s"',}]{4,}/i,
  ],
];

/** What a text with its key looks like; empty: like no credential. */
export function credentialsIn(key: string, value: string): string[] {
  const text = `${key}: ${value}`;
  return CREDENTIALS.filter(([, pattern]) => pattern.test(text)).map(([what]) => what);
}

/** Keys and texts that turn the verification of certificates off, in YAML, Alloy's language, JSON and arguments. */
const OFF_KEYS = /^(?:insecure_?skip_?(?:tls_?)?verify|tls_?skip_?verify|skip_?tls_?verify|insecure_?skip)$/i;
const OFF_TEXT =
  /\b(?:insecure_?skip_?verify|tls_?skip_?verify|tlsSkipVerify|insecure-skip-tls-verify|InsecureSkipVerify)["']?\s*[:=]\s*["']?true\b/i;

export function turnsVerificationOff(key: string, value: string | number | boolean): boolean {
  return (OFF_KEYS.test(key) && String(value) === "true") || (typeof value === "string" && OFF_TEXT.test(value));
}
