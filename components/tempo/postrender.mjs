#!/usr/bin/env node
/**
 * Helm post-renderer: what the chart has no value for.
 * - The ports of protocols that Tempo does not listen for here leave the Service and the StatefulSet; the templates
 *   name Zipkin and the two old OTLP ports whatever the values say.
 * - The pod's grace period (v2/configuration.ts, GRACE_PERIOD_SECONDS, says why).
 * - podManagementPolicy Parallel: by default a StatefulSet does not replace a pod that never became ready, so that an
 *   `up` after a wrong image waited ten minutes for the very pod that it had corrected (seen). With one replica
 *   there is no order to keep.
 * - A startup probe, and with it /ready as Tempo's liveness. Tempo never ends by itself when a part of it has ended:
 *   after one GET /shutdown it took no span any more, and /status/version went on saying 200 (seen). /ready tells, but it
 *   says no as well while a WAL is replayed, which may take long and must not be broken off.
 * - shareProcessNamespace where the pod has a guard that acts: it ends a Tempo whose WAL cannot be written any more, which
 *   acknowledges and loses whatever it is sent until it is started anew.
 *
 * Manifests come on standard input and leave on standard output; everything else passes unchanged. Plain
 * JavaScript, because Helm runs it as a command of its own, without the program's loader.
 */
import { readFileSync } from "node:fs";
import { isMap, isSeq, parseAllDocuments, Scalar } from "yaml";

/** Jaeger (thrift compact, thrift binary, thrift HTTP, gRPC), Zipkin, OTLP before 2021 (gRPC, HTTP). */
const LEGACY_PORTS = new Set([6831, 6832, 14268, 14250, 9411, 55680, 55681]);

/** As GRACE_PERIOD_SECONDS in v2/configuration.ts; tests/components/tempo/postrender.test.ts holds the two together. */
const GRACE_PERIOD_SECONDS = "32";

/** The port of the query API, as in ports.ts. */
const HTTP_PORT = "3200";

/**
 * Over when no part of Tempo is starting any more, whether the others run or have ended; up to a day, since nobody knows
 * how long a WAL is. gRPC's health, which answers on the query port, tells just that, where /ready says 503 both while a
 * WAL is replayed and when it was shut down meanwhile.
 */
const STARTUP_PROBE = { grpc: { port: HTTP_PORT }, periodSeconds: "1", timeoutSeconds: "2", failureThreshold: "86400" };

/** Once started, a healthy Tempo says 200 under any load and with a full disk. Forty seconds, then it is started anew. */
const LIVENESS_PROBE = {
  httpGet: { path: "/ready", port: HTTP_PORT },
  periodSeconds: "10",
  timeoutSeconds: "5",
  failureThreshold: "4",
};

function dropPorts(list, key) {
  if (!isSeq(list)) return;
  list.items = list.items.filter((port) => !LEGACY_PORTS.has(Number(port.get(key))));
}

/** Only a guard that acts has something to do before Tempo starts. */
function isGuarded(initContainers) {
  return isSeq(initContainers) && initContainers.items.some((container) => container.get("name") === "guard-seed");
}

// Every scalar stays the text that it is: 0777 or 1e3 read as a number would be written back as another.
const documents = parseAllDocuments(readFileSync(0, "utf8"), { schema: "failsafe" });
for (const document of documents) {
  if (document.errors.length > 0) throw document.errors[0];
  if (!isMap(document.contents)) continue;
  const kind = document.get("kind");
  if (kind === "Service") dropPorts(document.getIn(["spec", "ports"]), "port");
  if (kind === "StatefulSet") {
    if (document.hasIn(["spec", "template", "spec"])) {
      document.setIn(["spec", "template", "spec", "terminationGracePeriodSeconds"], new Scalar(GRACE_PERIOD_SECONDS));
      document.setIn(["spec", "podManagementPolicy"], new Scalar("Parallel"));
      if (isGuarded(document.getIn(["spec", "template", "spec", "initContainers"]))) {
        document.setIn(["spec", "template", "spec", "shareProcessNamespace"], new Scalar("true"));
      }
    }
    const containers = document.getIn(["spec", "template", "spec", "containers"]);
    for (const container of isSeq(containers) ? containers.items : []) {
      dropPorts(container.get("ports"), "containerPort");
      if (container.get("name") === "tempo") {
        container.set("startupProbe", document.createNode(STARTUP_PROBE));
        container.set("livenessProbe", document.createNode(LIVENESS_PROBE));
      }
    }
  }
}
process.stdout.write(
  documents
    .filter(({ contents }) => contents !== null)
    .map((document) => document.toString({ lineWidth: 0, directives: false }))
    .join("---\n"),
);
