import assert from "node:assert/strict";
import { parseConfig } from "../../stack/settings/parse";

const url = "https://grafana.example.com";

describe("a section grafana with a secret", () => {
  // The engine says that there is a secret in the section, not where; any setting of a plugin may be one.
  for (const tempo of [
    { jsonData: "hunter2" },
    { jsonData: ["hunter2"] },
    [{ jsonData: { oauthToken: "hunter2" } }],
    { uid: { jsonData: { a: "hunter2" } } },
  ]) {
    it(`shows nothing below jsonData: ${JSON.stringify(tempo)}`, () => {
      const refused = (secretKeys: string[]): string => {
        try {
          parseConfig({ kubeContext: "c", grafana: { url, auth: "glsa_x", tempo } }, secretKeys);
        } catch (error) {
          return String(error);
        }
        throw new Error("not refused");
      };
      assert.doesNotMatch(refused(["grafana"]), /hunter2/);
      assert.match(refused(["grafana"]), /\[secret\]/);
      // In plain text a mistake is shown as it is.
      assert.match(refused([]), /hunter2/);
    });
  }
});
