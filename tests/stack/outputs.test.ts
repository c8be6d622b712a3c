import assert from "node:assert/strict";
import { parse } from "yaml";
import { planGrafana } from "../../components/grafana/plan";
import { renderOutputs, type TempoOutputs } from "../../stack/outputs";
import { sectionOf, settingsOf, type Changes } from "./program/stacks";

const OWNER = "tempo.local";
const outputsOf = (changes: Changes = {}): TempoOutputs => renderOutputs(settingsOf("local", changes), OWNER);
const tailnet = sectionOf("prod", "tailnet");

/** Outputs with a Grafana, at `https://grafana.example.com/sub/` unless the section says another place. */
function withGrafana(section: Changes): TempoOutputs {
  const settings = settingsOf("local", {
    prometheus: { remoteWriteUrl: "http://prometheus:9090/api/v1/write" },
    grafana: { url: "https://grafana.example.com/sub/", ...section },
  });
  const { grafana } = settings;
  assert.ok(grafana);
  return renderOutputs(settings, OWNER, { grafana, contents: planGrafana(settings, grafana, OWNER) });
}
const provisioned = { ownership: "provisioned" };

/** What a provisioning file says, by Grafana's own expansion of variables: `$$` is a `$`. */
function entryOf(text: string | undefined): Record<string, unknown> {
  assert.ok(text !== undefined && !/(?<!\$)\$(?:\$\$)*(?!\$)/.test(text), "every $ is written twice");
  const { apiVersion, datasources } = parse(text.replaceAll("$$", "$")) as {
    apiVersion: number;
    datasources: object[];
  };
  assert.deepEqual([apiVersion, datasources.length], [1, 1]);
  return { ...datasources[0] };
}

describe("the outputs", () => {
  it("have names that consumers rely on; a new one is added here, an old one never goes", () => {
    assert.deepEqual(Object.keys(outputsOf()), [
      "queryUrl",
      "otlpUrl",
      "namespace",
      "queryEndpoint",
      "otlpGrpcEndpoint",
      "otlpGrpcUrl",
      "otlpHttpEndpoint",
      "claimName",
      "retention",
      "otelEnvironment",
      "dashboardUrls",
      "grafanaProvisioning",
      "prometheusScrapeConfig",
      "caddyRoute",
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

  it("have a URL for gRPC where the tailnet has a name for it, and an empty text otherwise", () => {
    assert.equal(outputsOf().otlpGrpcUrl, "");
    assert.equal(outputsOf({ tailnet }).otlpGrpcUrl, "");
    const section = { ...tailnet, domain: "example.ts.net", otlpGrpcHostname: "spans" };
    assert.equal(outputsOf({ tailnet: section }).otlpGrpcUrl, "https://spans.example.ts.net");
  });

  it("name Caddy's URL for queries where the settings prefer it, and for nothing else", () => {
    const caddy = { hostname: "tempo.ops.eblu.me" };
    assert.equal(outputsOf({ tailnet, caddy }).queryUrl, outputsOf({ tailnet }).queryUrl);
    const preferred = outputsOf({ tailnet, caddy: { ...caddy, preferred: true } });
    assert.equal(preferred.queryUrl, "https://tempo.ops.eblu.me");
    assert.equal(preferred.otlpUrl, outputsOf({ tailnet }).otlpUrl);
    assert.equal(preferred.queryEndpoint, outputsOf({ tailnet }).queryEndpoint);
  });

  it("give the route of Caddy in each form, and nothing without one", () => {
    assert.deepEqual(outputsOf({ tailnet }).caddyRoute, {});
    const { caddyRoute } = outputsOf({ tailnet, caddy: { hostname: "tempo.ops.eblu.me" } });
    assert.deepEqual(Object.keys(caddyRoute), ["json", "caddyfile", "fragment"]);
    for (const text of Object.values(caddyRoute)) assert.match(text, /tempo\.ops\.eblu\.me/);
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
        if (!/(Url|Endpoint)$/.test(name) || value === "") continue;
        const { pathname, search, hash } = new URL(String(value));
        assert.deepEqual([pathname, search, hash, String(value).endsWith("/")], ["/", "", "", false], name);
      }
    });
  }

  it("give the retention as it was written", () => {
    assert.equal(outputsOf({ retention: "14d" }).retention, "14d");
  });

  it("give the jobs to paste where they are the way to be scraped, and nothing otherwise", () => {
    const { prometheusScrapeConfig } = outputsOf({ name: "traces", scrape: { method: "job", interval: "15s" } });
    const { scrape_configs: jobs } = parse(prometheusScrapeConfig) as { scrape_configs: { job_name: string }[] };
    assert.deepEqual(
      jobs.map(({ job_name }) => job_name),
      ["monitoring/traces", "monitoring/traces-guard"],
    );
    assert.equal(outputsOf({ scrape: { method: "none" } }).prometheusScrapeConfig, "");
  });

  it("are plain data", () => {
    for (const outputs of [outputsOf({ tailnet }), withGrafana({ loki: provisioned, prometheus: provisioned })]) {
      assert.deepEqual(JSON.parse(JSON.stringify(outputs)), outputs);
    }
  });

  it("of Grafana are empty where there is none, or nothing of the kind", () => {
    for (const { dashboardUrls, grafanaProvisioning } of [outputsOf(), withGrafana({})]) {
      assert.deepEqual([dashboardUrls, grafanaProvisioning], [{}, {}]);
    }
    assert.deepEqual(withGrafana({ prometheus: provisioned, dashboards: false }).dashboardUrls, {});
  });

  it("say where each dashboard is, below the path of Grafana's URL", () => {
    assert.deepEqual(withGrafana({ prometheus: provisioned, uidPrefix: "traces" }).dashboardUrls, {
      services: "https://grafana.example.com/sub/d/traces-services",
      "service-graph": "https://grafana.example.com/sub/d/traces-service-graph",
      operations: "https://grafana.example.com/sub/d/traces-operations",
      storage: "https://grafana.example.com/sub/d/traces-storage",
    });
  });

  it("say what to provision for exactly the data sources that are provisioned", () => {
    const url = "http://a";
    for (const [section, keys] of [
      [{ tempo: provisioned }, ["tempo"]],
      [{ loki: provisioned }, ["loki"]],
      [{ tempo: provisioned, loki: provisioned, prometheus: provisioned }, ["tempo", "loki", "prometheus"]],
      [
        { tempo: { ownership: "settings-only" }, loki: { ownership: "create", url }, prometheus: provisioned },
        ["prometheus"],
      ],
    ] as const) {
      assert.deepEqual(Object.keys(withGrafana(section).grafanaProvisioning), keys);
    }
  });

  it("give the whole entry for Tempo's data source, and of others' only what is added", () => {
    const { grafanaProvisioning } = withGrafana({
      tempo: { ...provisioned, uid: "traces", name: "Traces" },
      loki: { ...provisioned, uid: "logs" },
    });
    const { jsonData, ...tempo } = entryOf(grafanaProvisioning["tempo"]);
    assert.deepEqual(tempo, {
      uid: "traces",
      name: "Traces",
      type: "tempo",
      access: "proxy",
      url: "http://tempo.monitoring.svc.cluster.local:3200",
    });
    const { tracesToLogsV2 } = jsonData as { tracesToLogsV2: { datasourceUid: string; query: string } };
    assert.equal(tracesToLogsV2.datasourceUid, "logs");
    assert.match(tracesToLogsV2.query, /\$\{__tags\}/);

    const { jsonData: links, ...loki } = entryOf(grafanaProvisioning["loki"]);
    assert.deepEqual(loki, { uid: "logs", name: "Loki", type: "loki" });
    const { derivedFields } = links as { derivedFields: { url: string; datasourceUid: string }[] };
    for (const { url, datasourceUid } of derivedFields) {
      assert.deepEqual([url, datasourceUid], ["${__value.raw}", "traces"]);
    }
  });

  it("give Tempo's data source the URL that was written", () => {
    const { grafanaProvisioning } = withGrafana({ tempo: { ...provisioned, url: "https://tempo.example.ts.net" } });
    assert.equal(entryOf(grafanaProvisioning["tempo"])["url"], "https://tempo.example.ts.net");
  });
});
