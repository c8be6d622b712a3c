import assert from "node:assert/strict";
import { renderOutputs, type TempoOutputs } from "../outputs";
import { sectionOf, settingsOf, type Changes } from "./program/stacks";

const outputsOf = (changes: Changes = {}): TempoOutputs => renderOutputs(settingsOf("local", changes));
const tailnet = sectionOf("prod", "tailnet");

describe("the outputs", () => {
  it("have names that consumers rely on; a new one is added here, an old one never goes", () => {
    assert.deepEqual(Object.keys(outputsOf()), [
      "queryUrl",
      "otlpUrl",
      "namespace",
      "queryEndpoint",
      "otlpGrpcEndpoint",
      "otlpHttpEndpoint",
      "claimName",
      "retention",
      "otelEnvironment",
    ]);
  });

  it("point at the Service of this release", () => {
    const { queryEndpoint, otlpGrpcEndpoint, otlpHttpEndpoint, namespace, claimName } = outputsOf({
      name: "traces",
      namespace: "observability",
    });
    assert.deepEqual(
      [queryEndpoint, otlpGrpcEndpoint, otlpHttpEndpoint],
      [3200, 4317, 4318].map((port) => `http://traces.observability.svc.cluster.local:${port}`),
    );
    assert.deepEqual([namespace, claimName], ["observability", "data-traces-0"]);
  });

  it("point at the tailnet where there is one, by its names and without a port", () => {
    const section = { ...tailnet, domain: "example.ts.net", queryHostname: "traces", otlpHostname: "spans" };
    const { queryUrl, otlpUrl, queryEndpoint, otlpHttpEndpoint } = outputsOf({ tailnet: section });
    assert.deepEqual([queryUrl, otlpUrl], ["https://traces.example.ts.net", "https://spans.example.ts.net"]);
    assert.match(
      queryEndpoint + otlpHttpEndpoint,
      /^http:\/\/tempo\.monitoring\.svc\S*http:\/\/tempo\.monitoring\.svc\S*$/,
    );
  });

  it("stay in the cluster where there is none", () => {
    const { queryUrl, otlpUrl, queryEndpoint, otlpHttpEndpoint } = outputsOf();
    assert.deepEqual([queryUrl, otlpUrl], [queryEndpoint, otlpHttpEndpoint]);
  });

  for (const [title, changes] of Object.entries<Changes>({ "a tailnet": { tailnet }, "the cluster": {} })) {
    it(`tell an SDK to send where otlpUrl is, in ${title}`, () => {
      const { otelEnvironment, otlpUrl } = outputsOf(changes);
      assert.deepEqual(otelEnvironment, {
        OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
        OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      });
    });

    it(`are base URLs, to which an SDK adds a path, in ${title}`, () => {
      for (const [name, value] of Object.entries(outputsOf(changes))) {
        if (!/(Url|Endpoint)$/.test(name)) continue;
        const { pathname, search, hash } = new URL(String(value));
        assert.deepEqual([pathname, search, hash, String(value).endsWith("/")], ["/", "", "", false], name);
      }
    });
  }

  it("give the retention as it was written", () => {
    assert.equal(outputsOf({ retention: "14d" }).retention, "14d");
  });

  it("are plain data", () => {
    const outputs = outputsOf({ tailnet });
    assert.deepEqual(JSON.parse(JSON.stringify(outputs)), outputs);
  });
});
