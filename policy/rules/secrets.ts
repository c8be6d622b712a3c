import { leaves } from "./inputs";
import type { Policy } from "./types";

/** What the offline preview shows in the place of a secret. */
const HIDDEN = "[secret]";

/** Credentials by what they look like, wherever they stand. */
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

/** Inputs that the SDKs themselves make secrets. The engine keeps them as such, and lays them open to a policy. */
function isKept(type: string, path: string): boolean {
  return (
    type.startsWith("pulumi:providers:") ||
    type === "kubernetes:core/v1:Secret" ||
    (type.startsWith("grafana:") && /^(?:httpHeaders|secureJsonDataEncoded)\b/.test(path))
  );
}

export const noPlainSecret: Policy = {
  name: "no-plain-secret",
  description: "No credential stands in a manifest, in a chart's values, or in Grafana.",
  check: ({ type, inputs }) =>
    leaves(inputs).flatMap(({ path, key, value }) => {
      if (typeof value !== "string" || value === HIDDEN || isKept(type, path)) return [];
      // With its key, by which alone a password is known.
      const text = `${key}: ${value}`;
      return CREDENTIALS.filter(([, pattern]) => pattern.test(text)).map(
        ([what]) => `${path} looks like ${what}. Keep it in a Secret of Kubernetes, or as a secret of Pulumi`,
      );
    }),
};
