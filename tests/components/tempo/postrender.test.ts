import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { GRACE_PERIOD_SECONDS } from "../../../components/tempo/v2/configuration";
import { ROOT } from "../../stack/program/stacks";

const script = join(ROOT, "components/tempo/postrender.mjs");

/** Runs the post-renderer as Helm does: as a command, by its first line. */
function postrender(input: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(script, { cwd: ROOT, input, encoding: "utf8" });
}

function rendered(input: string): string {
  const { status, stdout, stderr } = postrender(input);
  assert.equal(status, 0, stderr);
  return stdout;
}

/** The documents of a stream that say something, read as by YAML's version 1.1 (Helm's reader) or 1.2. */
function documents(text: string, version: "1.1" | "1.2" = "1.1"): unknown[] {
  return parseAllDocuments(text, { version, intAsBigInt: true }).flatMap((document): unknown[] => {
    assert.deepEqual(document.errors, []);
    const value: unknown = document.toJS();
    return value === null ? [] : [value];
  });
}

const service = (ports: string): string => `---
# Source: tempo/templates/service.yaml
apiVersion: v1
kind: Service
metadata:
  name: tempo
  labels: {app.kubernetes.io/name: tempo}
spec:
  type: ClusterIP
  ports:
${ports}
  selector:
    app.kubernetes.io/name: tempo
`;

const servicePorts = {
  legacy: `  - name: tempo-jaeger-thrift-compact
    port: 6831
    protocol: UDP
    targetPort: 6831
  - name: tempo-jaeger-thrift-binary
    port: 6832
    protocol: UDP
    targetPort: 6832
  - name: tempo-jaeger-thrift-http
    port: 14268
    protocol: TCP
    targetPort: 14268
  - name: grpc-tempo-jaeger
    port: 14250
    protocol: TCP
    targetPort: 14250
  - name: tempo-zipkin
    port: 9411
    protocol: TCP
    targetPort: 9411
  - name: tempo-otlp-legacy
    port: 55680
    protocol: TCP
    targetPort: 55680
  - name: tempo-otlp-http-legacy
    port: 55681
    protocol: TCP
    targetPort: 55681`,
  kept: `  - name: tempo-prom-metrics
    port: 3200
    protocol: TCP
    targetPort: 3200
  - name: grpc-tempo-otlp
    port: 4317
    protocol: TCP
    targetPort: 4317
  - name: tempo-otlp-http
    port: 4318
    protocol: TCP
    targetPort: 4318`,
};

const CHART_PROBES = `
        livenessProbe:
          httpGet: {path: /status/version, port: 3200}
          initialDelaySeconds: 30
          periodSeconds: 10
        readinessProbe:
          httpGet: {path: /ready, port: 3200}`;

/** Those of Tempo as the post-renderer writes them, with numbers. */
const PROBES = `
        livenessProbe:
          httpGet: {path: /ready, port: 3200}
          periodSeconds: 10
          timeoutSeconds: 5
          failureThreshold: 4
        readinessProbe:
          httpGet: {path: /ready, port: 3200}
        startupProbe:
          grpc: {port: 3200}
          periodSeconds: 1
          timeoutSeconds: 2
          failureThreshold: 86400`;

/**
 * @param more lines at the end of the pod's spec
 * @param own lines at the beginning of the StatefulSet's own
 * @param probes of Tempo's container
 */
const statefulSet = (ports: string, more = "", own = "", probes = CHART_PROBES): string => `---
# Source: tempo/templates/statefulset.yaml
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: tempo
spec:${own}
  serviceName: tempo-headless
  template:
    spec:
      containers:
      - args:
        - -config.file=/conf/tempo.yaml
        - -mem-ballast-size-mbs=0
        image: docker.io/grafana/tempo:2.10.1
        name: tempo
        ports:
${ports}
        env:
        - name: GOMEMLIMIT
          value: "858993459"${probes}
      - name: sidecar
        image: busybox${more}
  updateStrategy:
    type:
      RollingUpdate
`;

const containerPorts = {
  legacy: `        - containerPort: 6831
          name: jaeger-thrift-c
          protocol: UDP
        - containerPort: 6832
          name: jaeger-thrift-b
          protocol: UDP
        - containerPort: 14268
          name: jaeger-thrift-h
        - containerPort: 14250
          name: jaeger-grpc
        - containerPort: 9411
          name: zipkin
        - containerPort: 55680
          name: otlp-legacy
        - containerPort: 55681
          name: otlp-httplegacy`,
  kept: `        - containerPort: 3200
          name: prom-metrics
        - containerPort: 4317
          name: otlp-grpc
        - containerPort: 4318
          name: otlp-http`,
};

const configMap = `---
apiVersion: v1
kind: ConfigMap
metadata:
  name: tempo
data:
  overrides.yaml: |
    overrides:
      {}
  tempo.yaml: |+
    # a comment inside
    long: "${"x".repeat(300)} ${"word ".repeat(80)}"
    ---
    ports: [{port: 9411}]
    tail: spaces   

  folded: >-
    ${"one line of many words ".repeat(12)}
    and another


    after a gap
  quoted: "tab\\t, é, \\u0007 and ${"more words ".repeat(30)}"
  indented: |2
      two more
    than the rest
`;

const texts = `---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: tempo
  annotations: {a: "yes", b: 'on', c: "0x1f", d: "1e3", e: "null", f: "~", g: "", h: "12:30", i: "012", j: " x "}
automountServiceAccountToken: false
nothing:
tilde: ~
`;

/** The pod's grace period as the post-renderer writes it: a number, or Kubernetes refuses it. */
const grace = `\n      terminationGracePeriodSeconds: ${GRACE_PERIOD_SECONDS}`;

/** By default a pod that never became ready is not replaced. */
const parallel = "\n  podManagementPolicy: Parallel";

/** What becomes of the chart's StatefulSet. @param more lines at the end of the pod's spec */
const expectedSet = (more: string): string => statefulSet(containerPorts.kept, more, parallel, PROBES);

/** Plain scalars that a reader of another YAML version, or a number's shortest form, would make something else of. */
const scalars = `---
kind: Numbers
octal: 0777
exponent: 1e3
commit: 12e45678
large: 123456789012345678901
fraction: 1.10
plus: +12
hexadecimal: 0x1F
underscore: 1_000
words: [yes, No, on, OFF, True, y, NULL]
time: 12:30:45
date: 2024-01-01
`;

describe("the post-renderer", () => {
  it("takes exactly the legacy ports out of Service and StatefulSet, wherever they stand", () => {
    for (const order of [
      (kept: string, legacy: string) => `${kept}\n${legacy}`,
      (kept: string, legacy: string) => `${legacy}\n${kept}`,
    ]) {
      const input =
        service(order(servicePorts.kept, servicePorts.legacy)) +
        statefulSet(order(containerPorts.kept, containerPorts.legacy));
      const expected = service(servicePorts.kept) + expectedSet(grace);
      assert.deepEqual(documents(rendered(input)), documents(expected));
    }
  });

  it("gives the pod the grace period of tempoYaml.ts, as a number, whatever the chart says", () => {
    for (const theirs of [
      "",
      "\n      terminationGracePeriodSeconds: 30",
      '\n      terminationGracePeriodSeconds: "60"',
    ]) {
      const output = rendered(statefulSet(containerPorts.kept, theirs));
      for (const version of ["1.1", "1.2"] as const) {
        assert.deepEqual(documents(output, version), documents(expectedSet(grace), version), `${theirs} ${version}`);
      }
    }
  });

  it("lets Tempo start as long as it takes, and starts it anew within two minutes when a part of it has ended", () => {
    const tempoOf = (text: string) => {
      const [set] = documents(text) as [{ spec: { template: { spec: { containers: Record<string, unknown>[] } } } }];
      return set.spec.template.spec.containers;
    };
    const [tempo, sidecar] = tempoOf(rendered(statefulSet(containerPorts.kept)));
    const { startupProbe, livenessProbe } = tempo as Record<"startupProbe" | "livenessProbe", Record<string, bigint>>;
    assert.ok(Number(startupProbe["failureThreshold"]) * Number(startupProbe["periodSeconds"]) >= 24 * 3_600);
    const { failureThreshold, periodSeconds, timeoutSeconds } = livenessProbe;
    // Noticed, killed at the latest when the grace period ends, and half a minute to start.
    const noticed = Number(failureThreshold) * Number(periodSeconds) + Number(timeoutSeconds);
    assert.ok(noticed >= 30 && noticed + GRACE_PERIOD_SECONDS + 30 <= 120, `${noticed} s`);
    assert.deepEqual(sidecar, { name: "sidecar", image: "busybox" });
  });

  it("lets a pod be replaced that never became ready, whatever the chart says", () => {
    for (const theirs of ["", parallel, "\n  podManagementPolicy: OrderedReady"]) {
      assert.deepEqual(
        documents(rendered(statefulSet(containerPorts.kept, "", theirs))),
        documents(expectedSet(grace)),
        theirs,
      );
    }
  });

  it("lets the guard see Tempo's process where it may restart it, and nobody otherwise", () => {
    const shared = "\n      shareProcessNamespace: true";
    const init = (name: string): string => `\n      initContainers: [{name: ${name}, image: "busybox"}]`;
    for (const [own, expected] of [
      [init("guard-seed"), shared],
      [init("another"), ""],
      ["", ""],
    ] as const) {
      assert.deepEqual(
        documents(rendered(statefulSet(containerPorts.kept, own, ""))),
        documents(expectedSet(own + grace + expected)),
      );
    }
  });

  it("gives both to a StatefulSet with a pod only, and makes none", () => {
    const others = `---
kind: Deployment
spec: {template: {spec: {containers: []}}}
---
kind: Pod
spec: {containers: []}
---
kind: StatefulSet
metadata: {name: without-a-pod}
`;
    assert.deepEqual(documents(rendered(others)), documents(others));
  });

  it("changes nothing when it runs again", () => {
    const input =
      service(servicePorts.legacy + `\n${servicePorts.kept}`) + statefulSet(containerPorts.legacy) + configMap + texts;
    const once = rendered(input);
    assert.equal(rendered(once), once);
  });

  it("leaves these numbers alone where they are no ports of those lists", () => {
    const others = `---
kind: Service
metadata: {name: tempo, labels: {port: "9411"}}
spec:
  healthCheckNodePort: 9411
  ports:
  - {name: a, port: 80, targetPort: 9411, nodePort: 30411}
  - {name: zipkin, port: 94110}
---
kind: NetworkPolicy
spec: {ingress: [{ports: [{port: 9411}]}]}
---
kind: ServiceEntry
spec: {ports: [{port: 9411}]}
---
kind: Deployment
spec: {template: {spec: {containers: [{ports: [{containerPort: 9411}]}]}}}
`;
    assert.deepEqual(documents(rendered(others)), documents(others));
  });

  for (const [title, input] of Object.entries({ "a ConfigMap": configMap, "texts in quotes": texts })) {
    it(`passes ${title} unchanged, for readers of YAML 1.1 and 1.2`, () => {
      const output = rendered(input);
      for (const version of ["1.1", "1.2"] as const) {
        assert.deepEqual(documents(output, version), documents(input, version), version);
      }
      assert.equal(documents(output).length, 1);
    });
  }

  // Read as numbers, 0777 became 777, 12e45678 became .inf, and a large number lost its last digits.
  it("passes plain scalars as they are written", () => {
    const output = rendered(scalars);
    for (const version of ["1.1", "1.2"] as const) {
      assert.deepEqual(documents(output, version), documents(scalars, version), version);
    }
    for (const line of scalars.split("\n").filter((text) => /^[a-z]+: [^[]/.test(text))) {
      assert.ok(output.split("\n").includes(line), `${line} is not in:\n${output}`);
    }
  });

  it("passes many documents in their order, without those that say nothing", () => {
    const nothing = "---\n# Source: tempo/templates/ingress.yaml\n---\n\n---\n# only\n\n# comments\n";
    const input = nothing + texts + nothing + configMap + nothing + service(servicePorts.kept) + nothing;
    const output = rendered(input);
    assert.deepEqual(documents(output), documents(input));
    assert.deepEqual(
      documents(output).map((document) => (document as { kind: string }).kind),
      ["ServiceAccount", "ConfigMap", "Service"],
    );
  });

  it("passes JSON, Windows' line ends, and a stream without a first separator", () => {
    const input = '{"kind": "ConfigMap", "data": {"a": "1e3"}}\n---\nkind: Secret\ndata:\n  b: "yes"\n';
    assert.deepEqual(documents(rendered(input)), documents(input));
    assert.deepEqual(documents(rendered(input.replaceAll("\n", "\r\n"))), documents(input));
  });

  it("gives nothing for nothing", () => {
    for (const input of ["", "\n", "---\n", "# a comment\n"]) assert.deepEqual(documents(rendered(input)), []);
  });

  for (const [title, input] of Object.entries({
    "an open bracket": `${texts}---\nspec: [\n`,
    "a key twice": "kind: Service\nkind: Secret\n",
    "a tab as indentation": "spec:\n\tports: []\n",
    "an error in the last document only": `${service(servicePorts.kept)}---\na: b: c\n`,
  })) {
    it(`refuses broken YAML, so that Helm installs nothing: ${title}`, () => {
      const { status, stdout, stderr } = postrender(input);
      assert.notEqual(status, 0);
      assert.equal(stdout, "");
      assert.match(stderr, /\S/);
    });
  }
});
