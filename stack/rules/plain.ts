import { credentialsIn, turnsVerificationOff } from "../../lib/credentials";
import { joinPath, SECRET_FIELDS } from "../../lib/problems";
import type { Finding, LooseSettings } from "../../components/contracts/rules";

/**
 * Settings that are written where everybody reads them must not look like a credential, and none may turn the
 * verification of certificates off: the policy pack refuses both in what is made of them.
 */
export function plainTexts(settings: LooseSettings): Finding[] {
  return Object.entries(settings).flatMap(([key, value]) => below(value, key, [key]));
}

function below(value: unknown, key: string, path: readonly PropertyKey[]): Finding[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => below(item, key, [...path, index]));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, entry]) =>
      SECRET_FIELDS.has(name) ? [] : below(entry, name, [...path, name]),
    );
  }
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return [];
  const [head, ...rest] = path;
  const finding = (message: string): Finding[] => [
    { key: joinPath(String(head), rest), found: "[not shown]", message },
  ];
  const [credential] = typeof value === "string" ? credentialsIn(key, value) : [];
  if (credential !== undefined) {
    return finding(
      `looks like ${credential}, and stands where everybody reads it. Write it as a secret, or leave it out`,
    );
  }
  return turnsVerificationOff(key, value)
    ? finding("turns the verification of certificates off. Leave it out, and name the CA instead")
    : [];
}
