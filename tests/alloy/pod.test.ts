import assert from "node:assert/strict";
import { ALLOY_PORT, alloyArgs, alloyProbes, configChecksum } from "../../components/alloy/pod";

describe("a pod with Alloy", () => {
  it("is another one when its file is, and only then", () => {
    assert.deepEqual(configChecksum("a"), configChecksum("a"));
    assert.notDeepEqual(configChecksum("a"), configChecksum("a "));
    assert.match(JSON.stringify(configChecksum("a")), /^\{"checksum\/config":"[0-9a-f]{64}"\}$/);
  });

  it("reads the file, writes to the given folder, and reports to nobody", () => {
    assert.deepEqual(alloyArgs("/var/lib/a"), [
      "run",
      "/etc/alloy/config.alloy",
      "--storage.path=/var/lib/a",
      "--server.http.listen-addr=0.0.0.0:12345",
      "--disable-reporting",
    ]);
  });

  it("is asked where it listens, and given time before it is restarted", () => {
    const { readinessProbe, livenessProbe } = alloyProbes() as Record<
      "readinessProbe" | "livenessProbe",
      { httpGet: { path: string; port: number }; periodSeconds: number; failureThreshold?: number }
    >;
    for (const { httpGet } of [readinessProbe, livenessProbe]) {
      assert.deepEqual(httpGet, { path: "/-/ready", port: ALLOY_PORT });
    }
    assert.ok(livenessProbe.periodSeconds * (livenessProbe.failureThreshold ?? 3) >= 60);
  });
});
