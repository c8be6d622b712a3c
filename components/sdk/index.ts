import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import type { SdkSettings, Settings } from "../contracts/settings";
import { renderSdkConfigMap, sdkEndpoint } from "./environment";

/** For services with an OpenTelemetry SDK: a ConfigMap of OTEL_* variables in each of their namespaces. */
export interface SdkArgs {
  readonly settings: Settings;
  readonly sdk: SdkSettings;
  /** Value of the owner label on every object. */
  readonly owner: string;
  /** Of the two clusters. */
  readonly providers: Readonly<Record<"tempo" | "collector", pulumi.ProviderResource>>;
}

export class Sdk extends pulumi.ComponentResource {
  constructor(name: string, args: SdkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tempo:sdk:Sdk", name, {}, opts);
    const { settings, sdk, owner, providers } = args;
    for (const target of sdk.namespaces) {
      const endpoint = sdkEndpoint(settings, target);
      if (endpoint === undefined) throw new Error(`sdk: no way from namespace ${target.namespace} to Tempo`);
      new ConfigMap(
        `${name}-${target.cluster}-${target.namespace}`,
        renderSdkConfigMap(settings, sdk.configMapName, target, endpoint, owner),
        { parent: this, provider: providers[target.cluster] },
      );
    }
    this.registerOutputs({});
  }
}
