#!/usr/bin/env node
/**
 * Helm post-renderer: takes the ports of protocols that Tempo does not listen for here out of the chart's Service and
 * StatefulSet. The chart's templates name Zipkin and the two old OTLP ports whatever its values say.
 *
 * Manifests come on standard input and leave on standard output; everything but those ports passes unchanged. Plain
 * JavaScript, because Helm runs it as a command of its own, without the program's loader.
 */
import { readFileSync } from "node:fs";
import { isMap, isSeq, parseAllDocuments } from "yaml";

/** Jaeger (thrift compact, thrift binary, thrift HTTP, gRPC), Zipkin, OTLP before 2021 (gRPC, HTTP). */
const LEGACY_PORTS = new Set([6831, 6832, 14268, 14250, 9411, 55680, 55681]);

function dropPorts(list, key) {
  if (!isSeq(list)) return;
  list.items = list.items.filter((port) => !LEGACY_PORTS.has(port.get(key)));
}

const documents = parseAllDocuments(readFileSync(0, "utf8"));
for (const document of documents) {
  if (document.errors.length > 0) throw document.errors[0];
  if (!isMap(document.contents)) continue;
  const kind = document.get("kind");
  if (kind === "Service") dropPorts(document.getIn(["spec", "ports"]), "port");
  if (kind === "StatefulSet") {
    const containers = document.getIn(["spec", "template", "spec", "containers"]);
    for (const container of isSeq(containers) ? containers.items : []) {
      dropPorts(container.get("ports"), "containerPort");
    }
  }
}
process.stdout.write(
  documents
    .filter(({ contents }) => contents !== null)
    .map((document) => document.toString({ lineWidth: 0, directives: false }))
    .join("---\n"),
);
