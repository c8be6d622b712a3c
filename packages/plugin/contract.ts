import type * as pulumi from "@pulumi/pulumi";
import type { TempoOutputs } from "../consumer";

/**
 * What the two components are made by. They load it without its type (load.ts): at every run Pulumi reads the classes
 * anew with the compiler, along with each file that theirs import, types included. With the whole program among them
 * that takes 4.9 s of CPU time, without it 1.9 s.
 */
export interface Builder {
  /** Registers a whole stack below a component. The outputs are rejected where a cluster or Grafana does not fit. */
  buildStack(component: pulumi.ComponentResource, name: string, args: object): pulumi.Output<TempoOutputs>;
  /** Registers a collector below a component. */
  buildCollector(
    component: pulumi.ComponentResource,
    name: string,
    args: { readonly kubeContext: string; readonly kubeconfig?: string; readonly endpoint: pulumi.Input<string> },
  ): pulumi.Output<CollectorOutputs>;
}

export interface CollectorOutputs {
  readonly namespace: string;
  readonly otlpHttpEndpoint: string;
}
