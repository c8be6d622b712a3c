import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { alloyPeers, renderAlloyConfigMap, renderAlloyDeployment } from "../../../components/monitoring/alloy";
import { renderAlloyConfig } from "../../../components/monitoring/alloyConfig";
import { selectorOf } from "../../../components/contracts/labels";
import type { Settings } from "../../../components/contracts/settings";
import { parseConfig, type Config } from "../../stack/settings/parse";
import { onPath } from "../../support/findProgram";
import { Lab } from "../../support/lab";
import { skipWithout } from "../../support/skip";

const remoteWriteUrl = "http://prometheus:9090/api/v1/write";
const settings = (config: Config = {}, scrape: Config = {}, externalLabels: Record<string, string> = {}): Settings =>
  parseConfig({
    kubeContext: "c",
    prometheus: { remoteWriteUrl, externalLabels },
    ...config,
    scrape: { method: "alloy", ...scrape },
  });

function configOf(parsed: Settings): string {
  assert.ok(parsed.prometheus);
  return renderAlloyConfig(parsed, parsed.prometheus, "tempo.dev");
}

/** Labels with all that needs care in a string of Alloy's. */
const awkward = { source: "tempo", a: 'quote " backslash \\ ü 🎉 {{x}}', true: "a keyword's name" };

describe("renderAlloyConfig", () => {
  it("scrapes both and writes where the span metrics go", () => {
    assert.equal(
      configOf(settings({}, {}, { source: "tempo", b: "c" })),
      `prometheus.scrape "tempo" {
	targets         = [{"__address__" = "tempo.monitoring.svc.cluster.local:3200"}]
	forward_to      = [prometheus.remote_write.default.receiver]
	job_name        = "tempo"
	metrics_path    = "/metrics"
	scrape_interval = "30s"
	scrape_timeout  = "10s"
}

prometheus.scrape "guard" {
	targets         = [{"__address__" = "tempo-guard.monitoring.svc.cluster.local:3201"}]
	forward_to      = [prometheus.remote_write.default.receiver]
	job_name        = "tempo-guard"
	metrics_path    = "/metrics/"
	scrape_interval = "30s"
	scrape_timeout  = "10s"
}

prometheus.remote_write "default" {
	external_labels = {
		"b"              = "c",
		"source"         = "tempo",
		"tempo_instance" = "tempo.dev/monitoring/tempo",
	}

	endpoint {
		url = "http://prometheus:9090/api/v1/write"
	}

	wal {
		truncate_frequency = "15m"
		min_keepalive_time = "5m"
		max_keepalive_time = "1h"
	}
}
`,
    );
  });

  it("scrapes Tempo alone without a guard, and writes whose the series are where there are no other labels", () => {
    const text = configOf(settings({ storage: { guard: false } }));
    assert.equal(text.match(/^prometheus\.scrape /gm)?.length, 1);
    assert.doesNotMatch(text, /guard/);
  });

  // Alloy does not start with a timeout above the interval.
  it("does not wait for an answer longer than the interval", () => {
    const timeouts = (interval: string) => configOf(settings({}, { interval })).match(/scrape_(interval|timeout) .*/g);
    assert.deepEqual(timeouts("5s")?.slice(0, 2), ['scrape_interval = "5s"', 'scrape_timeout  = "5s"']);
    assert.deepEqual(timeouts("0.25m")?.slice(0, 2), ['scrape_interval = "15s"', 'scrape_timeout  = "10s"']);
  });

  it("quotes labels", () => {
    const text = configOf(settings({}, {}, awkward));
    assert.match(text, /\t\t"a" {14}= `quote " backslash \\ ü 🎉 \{\{x\}\}`,\n/);
    assert.match(text, /\t\t"true" {11}= "a keyword's name",\n/);
  });
});

/** A suite's own reason, for the report. */
const alloy = onPath("alloy");
const skipped = "no alloy on the PATH: see github.com/grafana/alloy for its releases";

describe("a real alloy", () => {
  const configs: Record<string, Settings> = {
    "both targets": settings({}, {}, { source: "tempo", b: "c" }),
    "no guard, no labels": settings({ storage: { guard: false } }),
    "awkward labels": settings({}, { interval: "7.5s" }, awkward),
  };
  for (const [title, parsed] of Object.entries(configs)) {
    it(`accepts the configuration and would write it the same: ${title}`, async function () {
      if (alloy === undefined) {
        skipWithout(this, { missing: skipped });
        return;
      }
      const lab = new Lab();
      try {
        const file = lab.write("config.alloy", configOf(parsed));
        execFileSync(alloy, ["validate", file], { encoding: "utf8" });
        assert.equal(execFileSync(alloy, ["fmt", file], { encoding: "utf8" }), configOf(parsed));
      } finally {
        await lab.stop();
      }
    });
  }
});

/** A Deployment's spec, as far as it is looked at here. */
interface Spec {
  replicas: number;
  strategy: { type: string };
  selector: { matchLabels: Record<string, string> };
  template: {
    metadata: { labels: Record<string, string>; annotations: Record<string, string> };
    spec: {
      automountServiceAccountToken: boolean;
      securityContext: Record<string, unknown>;
      containers: [
        {
          image: string;
          args: string[];
          volumeMounts: { name: string; mountPath: string }[];
          securityContext: object;
          resources: object;
        },
      ];
      volumes: { name: string }[];
    };
  };
}

function specOf(parsed: Settings, config = "a"): Spec {
  return renderAlloyDeployment(parsed, config, "o").spec as unknown as Spec;
}

describe("Alloy in the cluster", () => {
  const parsed = settings();
  const deployment = specOf(parsed);
  const { spec, metadata } = deployment.template;
  const [container] = spec.containers;

  it("is one pod, and never two: the second would send everything again", () => {
    assert.deepEqual([deployment.replicas, deployment.strategy.type], [1, "Recreate"]);
  });

  it("has a pod that is neither Tempo's nor selected as Tempo's", () => {
    for (const [key, value] of Object.entries(deployment.selector.matchLabels)) {
      assert.equal(metadata.labels[key], value);
    }
    assert.ok(Object.entries(selectorOf(parsed)).some(([key, value]) => metadata.labels[key] !== value));
  });

  it("is restarted by a change of its configuration, and by nothing else", () => {
    const checksum = (config: string) => specOf(parsed, config).template.metadata.annotations;
    assert.notDeepEqual(checksum("a"), checksum("b"));
    assert.deepEqual(checksum("a"), checksum("a"));
  });

  it("may do nothing that it does not need", () => {
    assert.equal(spec.automountServiceAccountToken, false);
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    const { runAsUser, runAsNonRoot, fsGroup } = spec.securityContext;
    assert.deepEqual([runAsUser, runAsNonRoot, fsGroup], [473, true, 473]);
  });

  it("runs the file of its ConfigMap, with a folder that it may write to", () => {
    const { data } = renderAlloyConfigMap(parsed, "the text", "o");
    assert.deepEqual(data, { "config.alloy": "the text" });
    const at = (name: string) => container.volumeMounts.find((mount) => mount.name === name)?.mountPath ?? "?";
    assert.ok(container.args.includes(`${at("config")}/config.alloy`));
    assert.ok(container.args.includes(`--storage.path=${at("storage")}`));
    assert.deepEqual(
      spec.volumes.map(({ name }) => name),
      container.volumeMounts.map(({ name }) => name),
    );
  });

  it("has the image of the settings", () => {
    assert.equal(container.image, "grafana/alloy:v1.18.1");
    const other = specOf(settings({}, { alloyImage: "registry.local/alloy:v1.19.0" }));
    assert.equal(other.template.spec.containers[0].image, "registry.local/alloy:v1.19.0");
  });

  it("is a peer of the NetworkPolicy where it scrapes, by labels that its pod has", () => {
    const [peer, ...more] = alloyPeers(parsed);
    assert.ok(peer && more.length === 0);
    assert.equal(peer.namespace, "monitoring");
    for (const [key, value] of Object.entries(peer.labels)) assert.equal(metadata.labels[key], value);
    assert.ok(Object.keys(peer.labels).length > 0);
    assert.deepEqual(alloyPeers(settings({}, { method: "job" })), []);
  });
});
