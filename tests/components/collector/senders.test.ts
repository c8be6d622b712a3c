import assert from "node:assert/strict";
import { sendersOf, type Senders } from "../../../components/collector/senders";
import { sdkEndpoint } from "../../../components/sdk/environment";
import { variantOf } from "./variants";

const entry = (namespace: string, more: object = {}) => ({ namespace, cluster: "collector", ...more });

describe("who may send to the collector", () => {
  const cases: [title: string, receiver: boolean | undefined, namespaces: object[], expected: Senders | undefined][] = [
    ["nobody, where nobody is told to", undefined, [], undefined],
    ["those that sdk leaves to what is nearest", undefined, [entry("iris"), entry("hermes")], ["iris", "hermes"]],
    ["those that sdk sends there by name", undefined, [entry("iris", { endpoint: "collector" })], ["iris"]],
    ["no one whom sdk sends elsewhere", undefined, [entry("iris", { endpoint: "tailnet" })], undefined],
    [
      "only those of several",
      undefined,
      [entry("iris", { endpoint: "tailnet" }), entry("hermes"), { namespace: "zeus", cluster: "tempo" }],
      ["hermes"],
    ],
    ["everyone, where the settings say so", true, [], "everyone"],
    ["everyone, also beside sdk", true, [entry("iris")], "everyone"],
    ["nobody, where the settings say so", false, [entry("iris", { endpoint: "tailnet" })], undefined],
  ];
  for (const [title, receiver, namespaces, expected] of cases) {
    it(`is ${title}`, () => {
      const sdk = namespaces.length > 0 ? { sdk: { namespaces } } : {};
      assert.deepEqual(sendersOf(variantOf({ receiver }, sdk).settings), expected);
    });
  }

  it("is nobody without a collector", () => {
    assert.equal(sendersOf({ collector: undefined, sdk: undefined }), undefined);
  });

  it("is whoever is told the collector's address, and nobody whose spans go elsewhere", () => {
    for (const receiver of [undefined, true, false]) {
      for (const endpoint of [undefined, "collector", "tailnet"] as const) {
        if (receiver === false && endpoint === "collector") continue;
        const { settings } = variantOf({ receiver }, { sdk: { namespaces: [entry("iris", { endpoint })] } });
        const [target] = settings.sdk?.namespaces ?? [];
        assert.ok(target);
        const goesThere = sdkEndpoint(settings, target)?.includes("tempo-collector.alloy") === true;
        const senders = sendersOf(settings);
        assert.ok(!goesThere || senders === "everyone" || senders?.includes("iris"), `${receiver} ${endpoint}`);
        if (receiver === undefined) assert.equal(senders !== undefined, goesThere, `${endpoint}`);
      }
    }
  });
});
