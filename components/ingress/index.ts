import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { Ingress } from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../contracts/settings";
import { exposedParts, renderHttpRoute, renderIngressOfClass } from "./routes";

/** Tempo by Ingresses of any class, and by HTTPRoutes: whichever the settings have. */
export interface ExposedArgs {
  readonly settings: Settings;
  /** Value of the owner label on every object. */
  readonly owner: string;
}

export class Exposed extends pulumi.ComponentResource {
  constructor(name: string, { settings, owner }: ExposedArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tempo:ingress:Exposed", name, {}, opts);
    const { ingress, httpRoute } = settings;
    const within = { parent: this };
    if (ingress) {
      for (const part of exposedParts(ingress)) {
        new Ingress(`${name}-${part}-ingress`, renderIngressOfClass(settings, ingress, part, owner), within);
      }
    }
    if (httpRoute) {
      for (const part of exposedParts(httpRoute)) {
        new CustomResource(`${name}-${part}-route`, renderHttpRoute(settings, httpRoute, part, owner), within);
      }
    }
    this.registerOutputs({});
  }
}
