import assert from "node:assert/strict";
import { findApiServer } from "./findApiServer";

describe("findApiServer", () => {
  const configured = process.env["KUBE_APISERVER"];
  afterEach(() => {
    if (configured === undefined) delete process.env["KUBE_APISERVER"];
    else process.env["KUBE_APISERVER"] = configured;
  });

  it("does not replace a KUBE_APISERVER that is not there", () => {
    process.env["KUBE_APISERVER"] = "/nowhere/kube-apiserver";
    assert.deepEqual(findApiServer(), {
      missing: "KUBE_APISERVER is /nowhere/kube-apiserver, which is no executable file: correct or unset it",
    });
  });
});
