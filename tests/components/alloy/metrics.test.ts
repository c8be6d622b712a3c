import assert from "node:assert/strict";
import { remoteWrite } from "../../../components/alloy/metrics";
import { renderAlloy } from "../../../components/alloy/syntax";
import { blockAt, parseAlloy } from "./parse";

describe("remoteWrite", () => {
  const written = (labels: Readonly<Record<string, string>>) =>
    blockAt(
      parseAlloy(renderAlloy(remoteWrite("http://prometheus:9090/api/v1/write", labels, { headers: {} }))),
      "prometheus.remote_write",
    );

  it("writes to the URL, with the labels in an order of their own", () => {
    const { label, attributes } = written({ b: "2", a: "1" });
    assert.equal(label, "default");
    assert.deepEqual(attributes, { external_labels: { map: { a: "1", b: "2" } } });
    assert.equal(
      renderAlloy(remoteWrite("http://a", { b: "2", a: "1" }, { headers: {} })),
      renderAlloy(remoteWrite("http://a", { a: "1", b: "2" }, { headers: {} })),
    );
    assert.equal(blockAt(written({}).blocks, "endpoint").attributes["url"], "http://prometheus:9090/api/v1/write");
    assert.deepEqual(written({}).attributes, {});
  });

  // Prometheus refuses what is more than an hour older than its newest sample.
  it("keeps samples through an outage, and no longer than Prometheus takes them", () => {
    assert.equal(blockAt(written({}).blocks, "wal").attributes["max_keepalive_time"], "1h");
  });
});
