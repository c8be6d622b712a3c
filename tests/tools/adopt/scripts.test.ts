import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { parse } from "yaml";
import type { LiveObject } from "../../../lib/kubernetes/live";
import { readArguments } from "../../../tools/adopt/arguments";
import { filesOf, manifestOf } from "../../../tools/adopt/scripts";
import { renderReport } from "../../../tools/adopt/report";
import { ArgumentsError } from "../../../tools/lib/parseArguments";
import { adoptionOf } from "./standing";

const files = async (): Promise<Record<string, string>> => {
  const { report, before, kept } = await adoptionOf();
  return filesOf(report.steps, { objects: before, kept, root: "/home/me/it's here" });
};

describe("npm run adopt: the scripts", () => {
  it("are what a shell can read", async () => {
    const scripts = Object.entries(await files()).filter(([path]) => path.endsWith(".sh"));
    assert.deepEqual(
      scripts.map(([path]) => path),
      ["1-prepare.sh", "2-switch.sh", "3-check.sh", "4-tidy.sh", "undo.sh", "back.sh"],
    );
    for (const [path, text] of scripts) {
      const { status, stderr } = spawnSync("sh", ["-n"], { input: text, encoding: "utf8" });
      assert.equal(status, 0, `${path}: ${stderr}`);
    }
  });

  it("stop at the first command that fails", async () => {
    const { "2-switch.sh": script = "" } = await files();
    const stubs = `kubectl() { echo "kubectl $*" >&2; case "$*" in *" scale "*) return 1;; *reclaimPolicy*|*ReclaimPolicy*) echo Retain;; *stack}*) echo tempo.prod;; esac; }\n`;
    const { status, stderr } = spawnSync("sh", [], {
      input: script.replace("set -eu", `set -eu\n${stubs}`),
      encoding: "utf8",
    });
    assert.notEqual(status, 0);
    assert.match(stderr, /scale statefulset/);
    assert.doesNotMatch(stderr, /delete/);
  });

  it("go no further where the volume would go with its claim", async () => {
    const { "2-switch.sh": script = "" } = await files();
    const stubs = `kubectl() { echo "kubectl $*" >&2; case "$*" in *ReclaimPolicy*) echo Delete;; *stack}*) echo tempo.prod;; esac; }\n`;
    const { status, stderr } = spawnSync("sh", [], {
      input: script.replace("set -eu", `set -eu\n${stubs}`),
      encoding: "utf8",
    });
    assert.notEqual(status, 0);
    assert.doesNotMatch(stderr, /scale|delete/);
  });

  it("come with the old manifests, the claim and its volume apart", async () => {
    const written = Object.keys(await files());
    assert.deepEqual(
      written.filter((path) => path.includes("/")),
      [
        "before/statefulset-tempo.yaml",
        "before/service-tempo.yaml",
        "before/ingress-tempo-tailscale.yaml",
        "before/ingress-tempo-otlp-tailscale.yaml",
        "before/configmap-tempo-config-7h.yaml",
        "kept/persistentvolumeclaim-data-tempo-0.yaml",
        "kept/persistentvolume-pvc-1.yaml",
      ],
    );
  });

  it("have manifests that can be applied again, and are nobody's", () => {
    const metadata = {
      name: "tempo",
      namespace: "monitoring",
      uid: "1",
      resourceVersion: "2",
      creationTimestamp: new Date(0),
      managedFields: [],
      labels: { app: "tempo", "pulumi-tempo/stack": "tempo.prod" },
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", mine: "1" },
    };
    const spec = { clusterIP: "10.0.0.9", clusterIPs: ["10.0.0.9"], ports: [{ port: 3200 }] };
    const object = { apiVersion: "v1", kind: "Service", metadata, spec, status: {} } as unknown as LiveObject;
    assert.deepEqual(parse(manifestOf(object)), {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "tempo", namespace: "monitoring", labels: { app: "tempo" }, annotations: { mine: "1" } },
      spec: { ports: [{ port: 3200 }] },
    });
    const headless = { ...object, spec: { clusterIP: "None" } };
    assert.deepEqual((parse(manifestOf(headless)) as { spec: object }).spec, { clusterIP: "None" });
  });
});

describe("npm run adopt: the report", () => {
  it("has every command, and says that nothing was changed", async () => {
    const { report } = await adoptionOf();
    const text = renderReport(report);
    for (const command of report.steps.flatMap((step) => step.commands)) {
      assert.ok(text.includes(command.split("\n")[0] ?? ""), command);
    }
    assert.match(text, /Nothing was changed/);
  });

  it("has no step while something stands in the way", async () => {
    const text = renderReport((await adoptionOf({ claim: null })).report);
    assert.match(text, /Nothing can be taken over yet:\n {2}- PersistentVolumeClaim/);
    assert.doesNotMatch(text, /kubectl .*scale/);
  });
});

describe("npm run adopt: its words", () => {
  it("are told all at once", () => {
    assert.throws(
      () => readArguments(["--stck", "x", "--tempo-version", "3", "--shorten-retention=yes"]),
      (error) => error instanceof ArgumentsError && error.message.split("\n").length === 4,
    );
  });

  it("change nothing by default", () => {
    assert.deepEqual(readArguments(["--stack", "prod"]), {
      help: false,
      json: false,
      stack: "prod",
      shortenRetention: false,
    });
    assert.equal(readArguments(["--stack", "prod", "--tempo-version", "v2.9.0"]).version, "2.9.0");
  });
});
