import { parse } from "yaml";

/**
 * Names that Kubernetes, DNS and Tailscale give rules for.
 * Sources: Kubernetes "Object Names and IDs" (RFC 1123 labels and subdomains) and "Labels and Selectors";
 * Tailscale "tags" (a letter first, then letters, digits and hyphens).
 */

/** An RFC 1123 label: at most 63 of a-z, 0-9 and `-`, beginning and ending with a letter or digit. */
export function isDnsLabel(text: string): boolean {
  return text.length <= 63 && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(text);
}

/** A name of several labels, at most 253 characters. */
export function isDnsName(text: string): boolean {
  return text.length <= 253 && text.split(".").every(isDnsLabel);
}

/** A Kubernetes label's key: an optional DNS name and `/`, then at most 63 letters, digits, `-`, `_`, `.`. */
export function isLabelKey(text: string): boolean {
  const parts = text.split("/");
  const name = parts.at(-1) ?? "";
  if (parts.length > 2 || (parts.length === 2 && !isDnsName(parts[0] ?? ""))) return false;
  return name !== "" && isLabelValue(name);
}

/** A Kubernetes label's value: at most 63 characters, or empty. */
export function isLabelValue(text: string): boolean {
  return text.length <= 63 && /^(?:[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)?$/.test(text);
}

/** A tailnet's DNS name: `<name>.ts.net`, or a domain of one's own with another control server; no machine's name. */
export function isTailnetDomain(text: string): boolean {
  const labels = text.split(".");
  return (
    isDnsName(text) &&
    (/(^|\.)ts\.net$/.test(text) ? labels.length === 3 : labels.length >= 2) &&
    !/^\d+$/.test(labels.at(-1) ?? "")
  );
}

/**
 * Whether a name stays a text where a template writes it without quotes, as the chart does with its namespace and its
 * labels: `true`, `no`, `5` and `1e3` do not. By YAML 1.1, which Helm and Kubernetes read.
 */
export function isYamlText(name: string): boolean {
  return typeof parse(name, { version: "1.1" }) === "string";
}

/** A Tailscale ACL tag, `tag:` included. */
export function isTailscaleTag(text: string): boolean {
  return /^tag:[A-Za-z][A-Za-z0-9-]*$/.test(text);
}

/** A Prometheus label's name; two leading underscores are reserved for Prometheus itself. */
export function isPrometheusLabel(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && !text.startsWith("__");
}
