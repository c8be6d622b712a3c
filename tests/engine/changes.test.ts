import assert from "node:assert/strict";
import { schema } from "../../stack/schema";
import { changes } from "./changes";

describe("the changes that an engine is asked about", () => {
  it("are of every setting", () => {
    const covered = new Set(Object.values(changes).flatMap(({ settings }) => Object.keys(settings)));
    assert.deepEqual(
      Object.keys(schema).filter((key) => !covered.has(key)),
      [],
    );
  });
});
