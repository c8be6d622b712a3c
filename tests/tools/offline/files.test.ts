import assert from "node:assert/strict";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { readFiles, renderFiles, writeFiles } from "../../../tools/offline/files";
import { planOf, resourceOf } from "../../stack/program/stacks";

describe("renderFiles", () => {
  it("has a file for every object, for each part of a release, for the resources and the outputs", async () => {
    assert.deepEqual(
      [...renderFiles(await planOf("prod")).keys()],
      [
        "alloy/tempo-collector.alloy",
        "caddy/Caddyfile",
        "caddy/Caddyfile.fragment",
        "caddy/route.json",
        "charts/tempo-release/release.yaml",
        "charts/tempo-release/tempo.yaml",
        "charts/tempo-release/values.yaml",
        "grafana/dashboards/tempo-collector.json",
        "grafana/dashboards/tempo-operations.json",
        "grafana/dashboards/tempo-service-graph.json",
        "grafana/dashboards/tempo-services.json",
        "grafana/dashboards/tempo-storage.json",
        "grafana/datasourceconfig-loki.yaml",
        "grafana/datasourceconfig-tempo.yaml",
        "grafana/folder.yaml",
        "grafana/prometheus-rules.yaml",
        "grafana/provisioning/prometheus.yaml",
        "grafana/rulegroup-Collector.yaml",
        "grafana/rulegroup-Services.yaml",
        "grafana/rulegroup-Storage.yaml",
        "grafana/rulegroup-Tempo.yaml",
        "manifests/alloy/configmap-tempo-collector.yaml",
        "manifests/alloy/daemonset-tempo-collector.yaml",
        "manifests/alloy/networkpolicy-tempo-collector.yaml",
        "manifests/alloy/serviceaccount-tempo-collector.yaml",
        "manifests/clusterrole-alloy-tempo-collector.yaml",
        "manifests/clusterrolebinding-alloy-tempo-collector.yaml",
        "manifests/configmap-tempo-guard.yaml",
        "manifests/ingress-tempo-otlp-tailscale.yaml",
        "manifests/ingress-tempo-tailscale.yaml",
        "manifests/networkpolicy-tempo.yaml",
        "manifests/persistentvolumeclaim-data-tempo-0.yaml",
        "manifests/service-tempo-guard.yaml",
        "outputs.yaml",
        "prometheus/scrape-config.yaml",
        "resources.yaml",
      ],
    );
    const local = [...renderFiles(await planOf("local")).keys()].filter((path) => path.startsWith("manifests/"));
    assert.deepEqual(local, [
      "manifests/configmap-tempo-guard.yaml",
      "manifests/namespace-monitoring.yaml",
      "manifests/persistentvolumeclaim-data-tempo-0.yaml",
      "manifests/service-tempo-guard.yaml",
    ]);
  });

  it("loses nothing of what is planned", async () => {
    const plan = await planOf("prod", {
      prometheus: { remoteWriteUrl: "http://p/write", externalLabels: { a: "{{ x }}", b: "yes" } },
    });
    const files = renderFiles(plan);
    const read = (path: string): Record<string, unknown> => parse(files.get(path) ?? "") as Record<string, unknown>;
    assert.deepEqual(read("manifests/networkpolicy-tempo.yaml"), resourceOf(plan, "tempo-network-policy").inputs);
    const { values, ...release } = resourceOf(plan, "tempo-release").inputs as { values: Record<string, unknown> };
    const { config, ...others } = values;
    assert.deepEqual(read("charts/tempo-release/release.yaml"), release);
    assert.deepEqual(read("charts/tempo-release/values.yaml"), others);
    // As Tempo reads it: without the escapes that Helm's templates need.
    assert.match(String(config), /a: "\{\{ "\{\{" \}\} x \}\}"/);
    assert.match(files.get("charts/tempo-release/tempo.yaml") ?? "", /a: "\{\{ x \}\}"/);
    assert.deepEqual(read("outputs.yaml"), plan.outputs);
    const { folder, configJson } = resourceOf(plan, "grafana-dashboard-tempo-services").inputs;
    assert.equal(folder, "tempo");
    const dashboard: unknown = JSON.parse(files.get("grafana/dashboards/tempo-services.json") ?? "");
    assert.deepEqual(dashboard, JSON.parse(String(configJson)));
    const { jsonDataEncoded } = resourceOf(plan, "grafana-loki").inputs;
    assert.deepEqual(
      read("grafana/datasourceconfig-loki.yaml")["jsonDataEncoded"],
      JSON.parse(String(jsonDataEncoded)),
    );
    const { grafanaProvisioning } = plan.outputs as { grafanaProvisioning: Record<string, string> };
    assert.equal(files.get("grafana/provisioning/prometheus.yaml"), grafanaProvisioning["prometheus"]);
    const { rules } = resourceOf(plan, "grafana-rules-Tempo").inputs as {
      rules: { name: string; for: string; labels: object; datas: { model: string }[] }[];
    };
    const [sent] = rules;
    assert.ok(sent);
    const { expr } = JSON.parse(sent.datas[0]?.model ?? "") as { expr: string };
    const { groups } = read("grafana/prometheus-rules.yaml") as {
      groups: { name: string; rules: object[] }[];
    };
    const [first] = groups;
    assert.ok(first);
    assert.deepEqual(
      groups.map(({ name }) => name),
      ["Tempo", "Storage", "Collector", "Services"],
    );
    assert.equal(first.rules.length, rules.length);
    assert.deepEqual(first.rules[0], {
      alert: sent.name,
      expr: `(${expr}) < 1`,
      for: sent.for,
      labels: sent.labels,
      annotations: {
        summary: "Tempo is down, or Prometheus does not scrape it",
        description:
          "Prometheus has had no metrics of Tempo for 5 minutes. Senders keep their spans as long as their queues last.",
        runbook: "docs/runbooks/tempo-down.md",
      },
    });
    assert.equal(files.get("prometheus/scrape-config.yaml"), plan.outputs["prometheusScrapeConfig"]);
    assert.equal((parse(files.get("resources.yaml") ?? "") as unknown[]).length, plan.resources.length);
  });

  it("has no file for a scrape job that nobody shall paste", async () => {
    const files = renderFiles(await planOf("prod", { scrape: { method: "none" } }));
    assert.deepEqual(
      [...files.keys()].filter((path) => path.startsWith("prometheus/")),
      [],
    );
  });

  it("is the same text every time", async () => {
    assert.deepEqual(renderFiles(await planOf("prod")), renderFiles(await planOf("prod")));
  });
});

describe("writeFiles", () => {
  let base: string;
  let folder: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "pulumi-tempo-files-"));
    folder = join(base, "out");
  });
  afterEach(() => {
    rmSync(base, { recursive: true });
  });

  const files = new Map([
    ["a.yaml", "a: 1\n"],
    ["deep/er/b.yaml", "b: é\n"],
  ]);

  it("writes what readFiles reads", () => {
    writeFiles(folder, files);
    assert.deepEqual(readFiles(folder), files);
    assert.equal(readFileSync(join(folder, "deep/er/b.yaml"), "utf8"), "b: é\n");
  });

  it("leaves nothing of an earlier run", () => {
    writeFiles(folder, files);
    writeFiles(folder, new Map([["c.yaml", "c\n"]]));
    assert.deepEqual(readFiles(folder), new Map([["c.yaml", "c\n"]]));
    assert.equal(existsSync(join(folder, "deep")), false);
  });

  it("uses an empty folder", () => {
    mkdirSync(folder);
    writeFiles(folder, files);
    assert.deepEqual(readFiles(folder), files);
  });

  it("refuses a folder with other files, hidden ones as well, and deletes nothing", () => {
    mkdirSync(folder);
    writeFileSync(join(folder, ".gitkeep"), "");
    assert.throws(
      () => {
        writeFiles(folder, files);
      },
      { message: `--out ${folder} holds other files (.gitkeep). Name a new or empty folder.` },
    );
    assert.deepEqual(readdirSync(folder), [".gitkeep"]);
  });

  it("refuses a folder with nothing but a link", () => {
    mkdirSync(folder);
    symlinkSync(base, join(folder, "link"));
    assert.throws(() => {
      writeFiles(folder, files);
    }, /holds other files \(link\)/);
    assert.deepEqual(readdirSync(folder), ["link"]);
  });

  // The marker once was the right to delete everything; now it lists what was written.
  it("refuses a folder of its own to which somebody has added a file", () => {
    writeFiles(folder, files);
    writeFileSync(join(folder, "deep/notes.md"), "mine");
    assert.throws(
      () => {
        writeFiles(folder, files);
      },
      { message: `--out ${folder} holds other files (deep/notes.md). Name a new or empty folder.` },
    );
    assert.equal(readFileSync(join(folder, "deep/notes.md"), "utf8"), "mine");
    assert.equal(readFileSync(join(folder, "deep/er/b.yaml"), "utf8"), "b: é\n");
  });

  it("lists what it wrote, and knows it again when somebody has deleted some", () => {
    writeFiles(folder, files);
    assert.deepEqual(readFileSync(join(folder, ".rendered-by-preview"), "utf8").split("\n"), [...files.keys()]);
    rmSync(join(folder, "a.yaml"));
    writeFiles(folder, files);
    assert.deepEqual(readFiles(folder), files);
  });

  it("refuses a file in the folder's place", () => {
    writeFileSync(folder, "mine");
    assert.throws(
      () => {
        writeFiles(folder, files);
      },
      { message: `--out ${folder} holds other files (it is no folder). Name a new or empty folder.` },
    );
    assert.equal(readFileSync(folder, "utf8"), "mine");
  });

  it("refuses a link in the folder's place, be it to a folder of its own or to nothing", () => {
    const target = join(base, "target");
    writeFiles(target, files);
    for (const to of [target, join(base, "nowhere")]) {
      symlinkSync(to, folder);
      assert.throws(
        () => {
          writeFiles(folder, new Map([["c.yaml", "c\n"]]));
        },
        { message: `--out ${folder} holds other files (it is no folder). Name a new or empty folder.` },
      );
      assert.ok(lstatSync(folder).isSymbolicLink());
      rmSync(folder);
    }
    assert.deepEqual(readFiles(target), files);
    assert.equal(existsSync(join(base, "nowhere")), false);
  });

  // The folder may be somebody's home: its top tells it, without a walk through all of it.
  it("looks at the top first", () => {
    writeFiles(folder, files);
    writeFileSync(join(folder, "deep/a-note.md"), "mine");
    mkdirSync(join(folder, "zzz"));
    assert.throws(() => {
      writeFiles(folder, files);
    }, /holds other files \(zzz\)/);
    assert.equal(readFileSync(join(folder, "deep/a-note.md"), "utf8"), "mine");
  });
});

describe("readFiles", () => {
  it("reads nothing where there is no folder", () => {
    assert.deepEqual(readFiles(join(tmpdir(), "pulumi-tempo-no-such-folder")), new Map());
  });
});
