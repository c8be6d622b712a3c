import assert from "node:assert/strict";
import { withoutVariables } from "../../lib/environment";

describe("withoutVariables", () => {
  const names = ["TEMPO_TEST_A", "TEMPO_TEST_B", "TEMPO_OTHER"] as const;
  beforeEach(() => {
    for (const name of names) process.env[name] = name;
  });
  afterEach(() => {
    for (const name of names) Reflect.deleteProperty(process.env, name);
  });
  const values = (): (string | undefined)[] => names.map((name) => process.env[name]);

  it("hides what matches from what it runs, and nothing else", () => {
    assert.deepEqual(withoutVariables(/^TEMPO_TEST_/, values), [undefined, undefined, "TEMPO_OTHER"]);
  });

  it("has everything back afterwards, after an error too", () => {
    withoutVariables(/^TEMPO_/, () => undefined);
    assert.deepEqual(values(), names);
    assert.throws(() =>
      withoutVariables(/^TEMPO_/, () => {
        throw new Error("a fault");
      }),
    );
    assert.deepEqual(values(), names);
  });

  it("may be used within itself", () => {
    const inner = withoutVariables(/_A$/, () => {
      const deeper = withoutVariables(/_B$/, values);
      return [deeper, values()];
    });
    assert.deepEqual(inner, [
      [undefined, undefined, "TEMPO_OTHER"],
      [undefined, "TEMPO_TEST_B", "TEMPO_OTHER"],
    ]);
    assert.deepEqual(values(), names);
  });
});
