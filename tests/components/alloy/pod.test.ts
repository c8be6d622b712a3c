import assert from "node:assert/strict";
import { alloyArgs, configChecksum } from "../../../components/alloy/pod";

describe("a pod with Alloy", () => {
  it("is another one when its file is, and only then", () => {
    assert.deepEqual(configChecksum("a"), configChecksum("a"));
    assert.notDeepEqual(configChecksum("a"), configChecksum("a "));
    assert.match(JSON.stringify(configChecksum("a")), /^\{"checksum\/config":"[0-9a-f]{64}"\}$/);
  });

  it("reads the file, writes to the given folder, reports to nobody, and shows its pages to nobody outside", () => {
    assert.deepEqual(alloyArgs("/var/lib/a"), [
      "run",
      "/etc/alloy/config.alloy",
      "--storage.path=/var/lib/a",
      "--server.http.listen-addr=127.0.0.1:12345",
      "--disable-reporting",
    ]);
  });
});
