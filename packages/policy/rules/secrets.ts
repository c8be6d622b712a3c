import { credentialsIn } from "../../../lib/credentials";
import { leaves } from "./inputs";
import type { Policy } from "./types";

/** What the offline preview shows in the place of a secret. */
const HIDDEN = "[secret]";

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
      return credentialsIn(key, value).map(
        (what) => `${path} looks like ${what}. Keep it in a Secret of Kubernetes, or as a secret of Pulumi`,
      );
    }),
};
