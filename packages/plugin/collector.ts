import * as pulumi from "@pulumi/pulumi";
import type { ClusterSection, CollectorSection } from "./args";
import { load } from "./load";

/** A collector by itself: which cluster, the settings of the stack's section `collector`, and where it sends to. */
export interface CollectorArgs extends ClusterSection, CollectorSection {
  /** Base URL of Tempo's OTLP, such as the output otlpUrl of Tempo's stack. */
  readonly endpoint: pulumi.Input<string>;
}

/** Grafana Alloy with Beyla on a cluster, for a Tempo that another program has. */
export class Collector extends pulumi.ComponentResource {
  /** Namespace of the collector. */
  readonly namespace: pulumi.Output<string>;
  /** OTLP over HTTP in its cluster, for services with an SDK; empty without a receiver. */
  readonly otlpHttpEndpoint: pulumi.Output<string>;

  constructor(name: string, args: CollectorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tempo:index:Collector", name, {}, opts);
    const outputs = load().buildCollector(this, name, args);
    this.namespace = outputs.namespace;
    this.otlpHttpEndpoint = outputs.otlpHttpEndpoint;
    this.registerOutputs(outputs);
  }
}
