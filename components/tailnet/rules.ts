import type { Finding, IsSecret, LooseSettings } from "../contracts/rules";

const MINUTE = 60_000;

/** Longest time that an `up` may wait for the tailnet, in minutes. */
const LONGEST_WAIT = 10;

export function tailnet({ tailnet: section }: LooseSettings, isSecret: IsSecret): Finding[] {
  if (!section) return [];
  const findings: Finding[] = [];
  const { apiKey, oauthClientId, oauthClientSecret } = section;
  const hostnames = ["queryHostname", "otlpHostname", "otlpGrpcHostname"] as const;
  for (const [index, key] of hostnames.entries()) {
    const value = section[key];
    const other = hostnames.slice(0, index).find((earlier) => section[earlier] === value);
    if (value === undefined || other === undefined) continue;
    const message = `the same as tailnet.${other}; a name serves one port only. Write two, such as tempo and tempo-otlp`;
    findings.push({ key: `tailnet.${key}`, found: JSON.stringify(value), message });
  }
  if ((oauthClientId === undefined) !== (oauthClientSecret === undefined)) {
    const missing = oauthClientId === undefined ? "oauthClientId" : "oauthClientSecret";
    findings.push({ key: `tailnet.${missing}`, message: "missing beside its other half. Write both, or neither" });
  }
  const timeout = section.addressTimeout;
  if (timeout && timeout.ms > LONGEST_WAIT * MINUTE) {
    findings.push({
      key: "tailnet.addressTimeout",
      found: JSON.stringify(timeout.text),
      message: `longer than ${LONGEST_WAIT}m, for which an \`up\` would hang where no operator answers. Write less`,
    });
  }
  if (apiKey !== undefined && oauthClientId !== undefined) {
    findings.push({
      key: "tailnet.apiKey",
      found: "[secret]",
      message: "given together with an OAuth client. Write one of the two credentials",
    });
  }
  for (const [key, value] of Object.entries({ apiKey, oauthClientSecret })) {
    if (value === undefined || isSecret("tailnet")) continue;
    findings.push({
      key: `tailnet.${key}`,
      found: "[plain text]",
      message: `a secret in plain text. Write it with: pulumi config set --path --secret tailnet.${key}`,
    });
  }
  return findings;
}
